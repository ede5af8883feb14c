"""What `footnote ingest` does with words that are no paths: companies, fetched from EDGAR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import tools.errors
from agent.config import Settings
from agent.errors import SetupError
from tools.edgar import frames
from tools.edgar.client import Client
from tools.edgar.companies import ListedCompany
from tools.edgar.fetch import Fetched, Tell, fetch, find_companies
from tools.edgar.listing import Wanted, parse_forms, parse_years
from tools.edgar.settings import EdgarSettings
from tools.warehouse import Warehouse

_USUAL_FORMS = "10-K,10-Q"
_USUAL_YEARS = 3
_FILE_SUFFIXES = frozenset(
    ".json .jsonl .ndjson .htm .html .xhtml .xml .txt .gz .zip .csv .tsv .parquet .pdf .docx "
    ".xsd".split()
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which filings of a company, and which companies of bulk files: `footnote ingest`'s flags."""

    years: str | None = None
    forms: str | None = None
    facts_only: bool = False
    only: str | None = None
    ticker: str | None = None

    def wanted(self) -> Wanted | None:
        """Read the flags; None stands for facts alone.

        Raises:
            SetupError: A flag can't be read.
        """
        if self.facts_only:
            return None
        this_year = datetime.now(UTC).year
        usual = f"{this_year - _USUAL_YEARS + 1}-{this_year}"
        return Wanted(parse_forms(self.forms or _USUAL_FORMS), parse_years(self.years or usual))


def split_words(words: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Part paths from companies: what exists is a path, and so is what is written like one."""
    paths = [Path(word).expanduser() for word in words]
    is_path = [
        path.exists() or _looks_like_path(word) for word, path in zip(words, paths, strict=True)
    ]
    return (
        [path for path, yes in zip(paths, is_path, strict=True) if yes],
        [word for word, yes in zip(words, is_path, strict=True) if not yes],
    )


def _looks_like_path(word: str) -> bool:
    return "/" in word or "\\" in word or Path(word).suffix.lower() in _FILE_SUFFIXES


def fetch_companies(
    settings: Settings, words: Sequence[str], choice: Choice, tell: Tell
) -> Fetched:
    """Fetch companies by ticker, name or CIK into the cache.

    Raises:
        SetupError: A word means no company, or the settings don't allow to ask EDGAR.
    """
    wanted = choice.wanted()
    try:
        client = Client(edgar_settings(settings))
    except tools.errors.SetupError as error:
        raise SetupError(f"There is no file {words[0]!r}, and to ask EDGAR: {error}") from error
    with client:
        companies = find_companies(client, words)
        return fetch(client, companies, wanted, held=_held(settings, companies), tell=tell)


def fetch_frames(settings: Settings, concept: str, periods: Sequence[str], unit: str) -> Fetched:
    """Fetch a concept's value of every company, for each period, into the cache.

    Raises:
        SetupError: A word can't be read, or the settings don't allow to ask EDGAR.
    """
    with Client(edgar_settings(settings)) as client:
        return frames.fetch_frames(client, frames.Concept.read(concept), unit, periods)


def fetch_concept(settings: Settings, concept: str, words: Sequence[str]) -> Fetched:
    """Fetch a concept's facts of companies by ticker, name or CIK into the cache.

    Raises:
        SetupError: A word means no company, or the settings don't allow to ask EDGAR.
    """
    with Client(edgar_settings(settings)) as client:
        wanted = frames.Concept.read(concept)
        return frames.fetch_concept(client, find_companies(client, words), wanted)


def only_ciks(settings: Settings, text: str | None) -> frozenset[int] | None:
    """Read `--only AAPL,789019,Home Depot` as CIKs; numbers need no list of tickers.

    Raises:
        SetupError: A word means no company, or the SEC's list of tickers can't be had.
    """
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    if text is None:
        return None
    if not words:
        raise SetupError("--only: name companies with commas, such as AAPL,789019.")
    if all(word.isdigit() for word in words):
        return frozenset(int(word) for word in words)
    try:
        client = Client(edgar_settings(settings))
    except tools.errors.SetupError as error:
        raise SetupError(f"--only {text}: give CIKs, or to look up tickers: {error}") from error
    with client:
        return frozenset(company.cik for company in find_companies(client, words))


def edgar_settings(settings: Settings) -> EdgarSettings:
    """The part of the settings that is about EDGAR."""
    return EdgarSettings(
        user_agent=settings.edgar_user_agent.strip(),
        cache=settings.cache,
        url=settings.edgar_url,
        data_url=settings.edgar_data_url,
        requests_per_second=settings.edgar_requests_per_second,
    )


def _held(settings: Settings, companies: Sequence[ListedCompany]) -> set[str]:
    """Filings whose text is in the warehouse, from wherever it came."""
    if not settings.warehouse_path.exists():
        return set()
    ciks = [company.cik for company in companies]
    with Warehouse.open(settings.warehouse_path, wait_seconds=settings.wait_seconds) as warehouse:
        rows = warehouse.connection.execute(
            "SELECT accession FROM filing WHERE content_sha256 IS NOT NULL "
            "AND list_contains(?::BIGINT[], cik)",
            [ciks],
        ).fetchall()
    return {str(row[0]) for row in rows}


def stale_lines(fetched: Fetched) -> list[str]:
    """What a person should know of copies that could not be asked about."""
    if not fetched.stale:
        return []
    oldest = min(copy.fetched for copy in fetched.stale)
    day = date.fromtimestamp(oldest).isoformat() if oldest else "an unknown day"
    names = [copy.address.rsplit("/", 1)[1] for copy in fetched.stale]
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return [f"EDGAR can't be reached; used copies that may be out of date, from {day}: {shown}"]
