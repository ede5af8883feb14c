"""`footnote ingest` and `footnote prepare`: progress bars and summaries around the real work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from agent.assemble import Parts
from agent.config import Settings
from agent.edgar_loading import Choice, fetch_companies, only_ciks, split_words, stale_lines
from tools.edgar.fetch import Fetched, Tell
from tools.ingestion.run import IngestEvent, IngestSummary, ingest
from tools.sample import load_sample
from tools.warehouse import Warehouse


def load(settings: Settings, words: Sequence[str], choice: Choice) -> bool:
    """Ingest files, folders, and companies from EDGAR; return whether anything was readable."""
    screen = Console()
    paths, companies = split_words(words)
    only = only_ciks(settings, choice.only)
    fetched = Fetched()
    if companies:
        with _bar(screen) as bar:
            fetched = fetch_companies(settings, companies, choice, _fetching(bar))
        _print_fetched(fetched, screen)
    paths += fetched.paths
    summary = _ingest(settings, screen, paths, only, choice.ticker or "")
    return bool(summary.facts or summary.passages or summary.unchanged or not summary.skipped)


def load_fetched(settings: Settings, fetched: Fetched) -> bool:
    """Ingest what was fetched from EDGAR; return whether all of it could be had and read."""
    screen = Console()
    _print_fetched(fetched, screen)
    if not fetched.paths:
        return False
    summary = _ingest(settings, screen, fetched.paths, None, "")
    return not (fetched.problems or summary.skipped)


def _ingest(
    settings: Settings,
    screen: Console,
    paths: Sequence[Path],
    only: frozenset[int] | None,
    ticker: str,
) -> IngestSummary:
    with _writing(settings, screen) as warehouse, _progress(screen) as show:
        summary = ingest(
            warehouse,
            paths,
            progress=show,
            max_bytes=settings.max_file_bytes,
            workers=settings.ingest_workers,
            deadline_seconds=settings.document_seconds,
            only=only,
            ticker=ticker,
        )
    print_summary(summary, screen)
    return summary


def _writing(settings: Settings, screen: Console) -> Warehouse:
    return Parts(settings, tell=lambda line: screen.print(line, style="dim")).open_for_writing()


def _fetching(bar: Progress) -> Tell:
    task = bar.add_task("fetching", total=None)

    def tell(what: str, done: int, total: int) -> None:
        bar.update(task, total=total, completed=done, description=what[:32])

    return tell


def _print_fetched(fetched: Fetched, screen: Console) -> None:
    for company in fetched.companies:
        named = f"{company.name} (CIK {company.cik})"
        screen.print(named, markup=False, highlight=False, soft_wrap=True)
    for line in stale_lines(fetched):
        screen.print(line, markup=False, highlight=False, style="yellow", soft_wrap=True)
    for what, reason in fetched.problems:
        line = f"not fetched {what}: {reason}"
        screen.print(line, markup=False, highlight=False, style="yellow", soft_wrap=True)


def load_sample_data(settings: Settings) -> None:
    """Load the bundled sample."""
    screen = Console()
    with _writing(settings, screen) as warehouse, _progress(screen) as show:
        summary = load_sample(warehouse, progress=show)
    print_summary(summary, screen)


def prepare_model(settings: Settings) -> None:
    """Convert the embedded model once."""
    from adapters.conversion import prepare

    screen = Console()
    folder = prepare(
        settings.model_name,
        settings.cache,
        progress=lambda line: screen.print(line, style="dim", markup=False),
    )
    screen.print(f"model ready in {folder}", markup=False, highlight=False, soft_wrap=True)


def print_summary(summary: IngestSummary, screen: Console) -> None:
    """Print what was loaded and, a line each, what was not and why."""
    counts = (
        f"{summary.companies} companies, {summary.filings} filings, {summary.facts} facts, "
        f"{summary.sections} sections, {summary.tables} tables, {summary.passages} passages "
        f"added in {summary.seconds:.1f} s"
    )
    screen.print(counts, highlight=False)
    for note in summary.notes:
        screen.print(note, markup=False, highlight=False, soft_wrap=True)
    if summary.unchanged:
        screen.print(f"{summary.unchanged} files were on file already", highlight=False)
    if summary.conflicts:
        screen.print(
            f"{summary.conflicts} values disagree between sources; the inline value was kept",
            highlight=False,
        )
    for one in summary.skipped:
        line = f"skipped {one.path}: {one.reason}"
        screen.print(line, markup=False, highlight=False, style="yellow", soft_wrap=True)


@contextmanager
def _progress(screen: Console) -> Iterator[_Show]:
    with _bar(screen) as bar:
        yield _Show(bar)


def _bar(screen: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=screen, transient=True)


class _Show:
    """Shows ingestion events on a progress bar."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("reading", total=None)

    def __call__(self, event: IngestEvent) -> None:
        done = event.index - (event.outcome == "started")
        self._bar.update(
            self._task, total=event.total, completed=done, description=event.path.name[:32]
        )
