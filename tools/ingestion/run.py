"""Fills the warehouse from files: companyfacts, submissions, inline-XBRL filings, folders of them.

One transaction a file, keyed by the hash of its content: a file is in wholly or not at all, and
a second run changes nothing. A file that cannot be read gives one line in the summary.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from tools.errors import SetupError
from tools.figures import fiscal_periods, materialise
from tools.ingestion.accessions import settle
from tools.ingestion.counts import Counts
from tools.ingestion.finding import sources
from tools.ingestion.frames import make_facts
from tools.ingestion.intake import DEFAULT_MAX_BYTES, Skipped, one_line
from tools.ingestion.merge import show_company, store_tickers
from tools.ingestion.pool import DEADLINE_SECONDS, Pool, worker_count
from tools.ingestion.preparing import Ready, Result, Rules, Unchanged, prepare
from tools.ingestion.provisional_companies import adopt
from tools.ingestion.readers import READERS, Reader
from tools.ingestion.sources import Source
from tools.ingestion.summary import IngestEvent, IngestSummary, Outcome, Tally
from tools.integrity.run import check_changed
from tools.search import segments
from tools.warehouse import Warehouse

__all__ = ["IngestEvent", "IngestSummary", "after_storing", "catch_up", "ingest"]

# What follows from a company's rows, in order; part of the same transaction.
AFTER_STORING: tuple[Callable[[duckdb.DuckDBPyConnection, int], object], ...] = (
    adopt,
    settle,
    make_facts,
    fiscal_periods.refresh,
    materialise.mark_stale,
)

# What is worked out once, after the last file; may hold its own transactions. A run that was killed
# before leaves it undone, so opening for writing does it too.
AFTER_RUN: tuple[Callable[[Warehouse], object], ...] = (
    materialise.refresh_stale,
    segments.refresh,
    check_changed,
)


def ingest(
    warehouse: Warehouse,
    paths: Sequence[Path],
    *,
    tickers: Mapping[int, Sequence[str]] | None = None,
    progress: Callable[[IngestEvent], None] | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    workers: int | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
    readers: tuple[Reader, ...] = READERS,
    only: Collection[int] | None = None,
    ticker: str = "",
) -> IngestSummary:
    """Read files and folders into the warehouse; what fails is reported, the rest goes in.

    Several documents are parsed in worker processes; the outcome does not depend on how many.

    Args:
        warehouse: Open for writing.
        paths: Files (plain or gzip), zips, and folders (walked recursively).
        tickers: More tickers by CIK, ahead of those the files give.
        progress: Called before and after every file.
        max_bytes: Limit of one file's size, also once unpacked.
        workers: How many processes parse; 0 for this one, None for what the input repays.
        deadline_seconds: Time for a worker to parse one document.
        readers: The kinds of documents to take.
        only: CIKs; files named by another CIK, as in the SEC's bulk zips, are passed over.
        ticker: The company on file whose documents are that don't tell whose they are.
    """
    began = time.monotonic()
    before = _counts(warehouse)
    tally = Tally()
    found = list(sources(paths, only))
    rules = Rules(max_bytes, _known_hashes(warehouse), readers, ticker)
    parsing = _parse(found, worker_count(found, workers), rules, deadline_seconds)
    with parsing as results:
        for index, item in enumerate(found, start=1):
            path = item.path if isinstance(item, Skipped) else item.place
            _tell(progress, IngestEvent(path, index, len(found), "started"))
            outcome = _keep(warehouse, path, next(results), tally)
            message = tally.skipped[-1].reason if outcome == "skipped" else ""
            _tell(progress, IngestEvent(path, index, len(found), outcome, message))
    _give_tickers(warehouse, tickers or {})
    catch_up(warehouse)
    after = _counts(warehouse)
    added = {name: after[name] - before[name] for name in after}
    return IngestSummary(
        companies=added["company"],
        filings=added["filing"],
        facts=added["fact"],
        sections=added["section"],
        tables=tally.tables,
        passages=added["passage"],
        seconds=time.monotonic() - began,
        skipped=tally.skipped,
        unchanged=tally.unchanged,
        conflicts=added["fact_conflict"],
        nil=tally.nil,
        unfit=tally.unfit,
        unreadable=tally.unreadable,
        notes=tally.notes,
    )


def after_storing(connection: duckdb.DuckDBPyConnection, ciks: Iterable[int]) -> None:
    """Bring up to date what follows from these companies' rows, within the same transaction."""
    for cik in sorted(ciks):
        for bring_up_to_date in AFTER_STORING:
            bring_up_to_date(connection, cik)


def catch_up(warehouse: Warehouse) -> None:
    """Do what a whole run ends with; after a run that was killed, what it left undone."""
    for finish in AFTER_RUN:
        finish(warehouse)


def _tell(progress: Callable[[IngestEvent], None] | None, event: IngestEvent) -> None:
    if progress is not None:
        progress(event)


def _counts(warehouse: Warehouse) -> dict[str, int]:
    names = ("company", "filing", "fact", "section", "passage", "fact_conflict")
    sql = ", ".join(f"(SELECT count(*) FROM {name})" for name in names)
    [row] = warehouse.connection.execute(f"SELECT {sql}").fetchall()
    return dict(zip(names, (int(value) for value in row), strict=True))


@contextmanager
def _parse(
    found: Sequence[Source | Skipped], workers: int, rules: Rules, deadline_seconds: float
) -> Iterator[Iterator[Result]]:
    """Parse what was found, here or in workers; gives the results in order."""
    if workers == 0:
        yield (item if isinstance(item, Skipped) else prepare(item, rules) for item in found)
    else:
        with Pool(found, workers, rules, deadline_seconds=deadline_seconds) as pool:
            yield pool.results()


def _keep(warehouse: Warehouse, path: Path, result: Result, tally: Tally) -> Outcome:
    if isinstance(result, Skipped):
        tally.skipped.append(result)
        return "skipped"
    if isinstance(result, Unchanged) or _is_known(warehouse, result.sha256):
        tally.unchanged += 1
        return "unchanged"
    try:
        with warehouse.transaction() as connection:
            tally.add(_store(connection, path, result))
    except SetupError as error:
        return _skip(tally, path, str(error))
    except (duckdb.Error, OSError, MemoryError) as error:
        return _after_storage_error(warehouse, path, result.sha256, tally, error)
    except Exception as error:  # the batch item: recorded, counted, and the rest goes on
        return _skip(tally, path, f"could not be stored ({type(error).__name__}: {error})")
    return "done"


def _after_storage_error(
    warehouse: Warehouse, path: Path, sha256: str, tally: Tally, error: Exception
) -> Outcome:
    if isinstance(error, duckdb.FatalException):
        warehouse.reopen()
        if _is_known(warehouse, sha256):  # committed before the disk was full
            return "done"
    return _skip(tally, path, _storage_reason(error))


def _give_tickers(warehouse: Warehouse, tickers: Mapping[int, Sequence[str]]) -> None:
    if not tickers:
        return
    with warehouse.transaction() as connection:
        known = {row[0] for row in connection.execute("SELECT cik FROM company").fetchall()}
        for cik in sorted(known & tickers.keys()):
            store_tickers(connection, cik, tickers[cik], "given", date.max)
            show_company(connection, cik)


def _skip(tally: Tally, path: Path, reason: str) -> Outcome:
    tally.skipped.append(Skipped(path, one_line(reason)))
    return "skipped"


def _storage_reason(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "No space left" in text or "File too large" in text or "Disk quota" in text:
        return f"the disk is full; nothing of this file was kept ({text})"
    return f"the warehouse refused it: {text}"


def _is_known(warehouse: Warehouse, sha256: str) -> bool:
    rows = warehouse.connection.execute(
        "SELECT 1 FROM ingested_file WHERE content_sha256 = ?", [sha256]
    ).fetchall()
    return bool(rows)


def _known_hashes(warehouse: Warehouse) -> frozenset[str]:
    rows = warehouse.connection.execute("SELECT content_sha256 FROM ingested_file").fetchall()
    return frozenset(str(row[0]) for row in rows)


def _store(connection: duckdb.DuckDBPyConnection, path: Path, ready: Ready) -> Counts:
    counts = ready.prepared.store(connection)
    after_storing(connection, counts.ciks)
    connection.execute(
        "INSERT INTO ingested_file VALUES (?, ?, ?, ?, now()::TIMESTAMP)",
        [ready.sha256, str(path), ready.kind, min(counts.ciks, default=0)],
    )
    return counts
