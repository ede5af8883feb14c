"""Fills the warehouse from files: companyfacts, submissions, inline-XBRL filings, folders of them.

One transaction a file, keyed by the hash of its content: a file is in wholly or not at all, and
a second run changes nothing. A file that cannot be read gives one line in the summary.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb

from tools.errors import SetupError
from tools.figures import fiscal_periods
from tools.ingestion.accessions import settle
from tools.ingestion.counts import Counts
from tools.ingestion.finding import sources
from tools.ingestion.intake import DEFAULT_MAX_BYTES, Skipped
from tools.ingestion.merge import show_company, store_tickers
from tools.ingestion.readers import Prepared, reader_of
from tools.ingestion.sources import Source, load
from tools.warehouse import Warehouse

# What follows from a company's rows, in order; part of the same transaction.
AFTER_STORING: tuple[Callable[[duckdb.DuckDBPyConnection, int], object], ...] = (
    settle,
    fiscal_periods.refresh,
)

# What is worked out once, after the last file; may hold its own transactions. A run that was killed
# before leaves it undone, so opening for writing does it too.
AFTER_RUN: tuple[Callable[[Warehouse], object], ...] = ()

Outcome = Literal["started", "done", "unchanged", "skipped"]


@dataclass(frozen=True, slots=True)
class IngestEvent:
    """Progress: file number `index` (from 1) of `total` was started or has an outcome."""

    path: Path
    index: int
    total: int
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What a run added, and what it left out and why.

    `nil` counts facts filed as nil, `unfit` values that DECIMAL(38,10) cannot hold exactly,
    `unreadable` facts with a missing unit or an unknown format; none of them is stored.
    """

    companies: int
    filings: int
    facts: int
    sections: int
    tables: int
    passages: int
    seconds: float
    skipped: list[Skipped]
    unchanged: int
    conflicts: int
    nil: int = 0
    unfit: int = 0
    unreadable: int = 0


@dataclass(slots=True)
class _Tally:
    nil: int = 0
    unfit: int = 0
    unreadable: int = 0
    tables: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    def add(self, counts: Counts) -> None:
        self.nil += counts.nil
        self.unfit += counts.unfit
        self.unreadable += counts.unreadable
        self.tables += counts.tables


def ingest(
    warehouse: Warehouse,
    paths: Sequence[Path],
    *,
    tickers: Mapping[int, Sequence[str]] | None = None,
    progress: Callable[[IngestEvent], None] | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> IngestSummary:
    """Read files and folders into the warehouse; what fails is reported, the rest goes in.

    Args:
        warehouse: Open for writing.
        paths: Files (plain or gzip) and folders (walked recursively).
        tickers: More tickers by CIK, ahead of those the files give.
        progress: Called before and after every file.
        max_bytes: Limit of one file's size, also once unpacked.
    """
    began = time.monotonic()
    before = _counts(warehouse)
    tally = _Tally()
    found = list(sources(paths))
    for index, item in enumerate(found, start=1):
        path = item.path if isinstance(item, Skipped) else item.place
        _tell(progress, IngestEvent(path, index, len(found), "started"))
        outcome: Outcome = "skipped"
        if isinstance(item, Skipped):
            tally.skipped.append(item)
        else:
            outcome = _one(warehouse, item, max_bytes, tally)
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


def _one(
    warehouse: Warehouse,
    source: Source,
    max_bytes: int,
    tally: _Tally,
) -> Outcome:
    sha256 = ""
    try:
        document = load(source, max_bytes)
        sha256 = document.sha256
        if _is_known(warehouse, sha256):
            tally.unchanged += 1
            return "unchanged"
        reader = reader_of(document)
        prepared = reader.prepare(document)
        with warehouse.transaction() as connection:
            tally.add(_store(connection, source, sha256, reader.kind, prepared))
    except SetupError as error:
        return _skip(tally, source.place, str(error))
    except (duckdb.Error, OSError, MemoryError) as error:
        return _after_storage_error(warehouse, source.place, sha256, tally, error)
    except Exception as error:  # the batch item: recorded, counted, and the rest goes on
        return _skip(tally, source.place, f"could not be read ({type(error).__name__}: {error})")
    return "done"


def _after_storage_error(
    warehouse: Warehouse, path: Path, sha256: str, tally: _Tally, error: Exception
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


def _skip(tally: _Tally, path: Path, reason: str) -> Outcome:
    tally.skipped.append(Skipped(path, " ".join(reason.split())[:300]))
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


def _store(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    sha256: str,
    kind: str,
    prepared: Prepared,
) -> Counts:
    counts = prepared.store(connection)
    after_storing(connection, counts.ciks)
    connection.execute(
        "INSERT INTO ingested_file VALUES (?, ?, ?, ?, now()::TIMESTAMP)",
        [sha256, str(source.place), kind, min(counts.ciks)],
    )
    return counts
