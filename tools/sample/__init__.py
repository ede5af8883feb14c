"""The bundled sample: filed figures of ten well-known companies; an invented one's 10-K and prices.

`facts.csv.gz` is made by `build_facts`, the 10-K by `build_invented_10k`; see docs/sample.md.
Neither holds text of a real filing.
"""

from __future__ import annotations

import csv
import dataclasses
import gzip
import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Final

import duckdb

from tools.ingestion.accessions import infer_period_ends
from tools.ingestion.merge import store_company, store_facts, store_filings
from tools.ingestion.records import CompanyRecord, FactRecord, FilingRecord
from tools.ingestion.run import IngestEvent, IngestSummary, after_storing, ingest
from tools.warehouse import Warehouse

_HERE: Final = Path(__file__).parent
FACTS: Final = _HERE / "facts.csv.gz"
INVENTED_10K: Final = _HERE / "hldn-20241228.htm"
INVENTED_BARS: Final = _HERE / "HLDN.csv"
INVENTED_NEWS: Final = _HERE / "hldn-news.json"

# The number the invented filing goes by; no filer has this prefix.
INVENTED_FILING: Final = FilingRecord(
    accession="0009990001-25-000001",
    cik=9990001,
    form="10-K",
    filed=date(2025, 2, 19),
    source="sample",
    period_end=date(2024, 12, 28),
    fiscal_year=2024,
    fiscal_period="FY",
)

_Row = dict[str, str]


def sample_paths() -> list[Path]:
    """Files of the sample: the table of facts, and the invented 10-K, prices and news."""
    return [FACTS, INVENTED_10K, INVENTED_BARS, INVENTED_NEWS]


def load_sample(
    warehouse: Warehouse, *, progress: Callable[[IngestEvent], None] | None = None
) -> IngestSummary:
    """Load the sample; a second time changes nothing.

    Returns:
        What was added, the table of facts counting as one file.
    """
    began = time.monotonic()
    count = len(sample_paths())
    if progress is not None:
        progress(IngestEvent(FACTS, 1, count, "started"))
    companies, filings, facts = _load_facts(warehouse)
    if progress is not None:
        progress(IngestEvent(FACTS, 1, count, "done" if companies else "unchanged"))

    def after_facts(event: IngestEvent) -> None:
        if progress is not None:
            progress(dataclasses.replace(event, index=event.index + 1, total=count))

    summary = ingest(warehouse, sample_paths()[1:], progress=after_facts, workers=0)
    return dataclasses.replace(
        summary,
        companies=summary.companies + companies,
        filings=summary.filings + filings,
        facts=summary.facts + facts,
        unchanged=summary.unchanged + (not companies),
        seconds=time.monotonic() - began,
    )


def read_facts(path: Path = FACTS) -> Iterator[tuple[int, list[_Row]]]:
    """Rows of the table by company, which it is sorted by."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for cik, rows in groupby(csv.DictReader(file), key=lambda row: int(row["cik"])):
            yield cik, list(rows)


def _load_facts(warehouse: Warehouse) -> tuple[int, int, int]:
    """Store the table in one transaction; returns companies, filings and facts added."""
    sha256 = hashlib.sha256(FACTS.read_bytes()).hexdigest()
    known = "SELECT 1 FROM ingested_file WHERE content_sha256 = ?"
    if warehouse.connection.execute(known, [sha256]).fetchall():
        return 0, 0, 0
    before = _counts(warehouse.connection)
    with warehouse.transaction() as connection:
        for cik, rows in read_facts():
            _store(connection, cik, rows)
        store_filings(connection, [INVENTED_FILING])
        connection.execute(
            "INSERT INTO ingested_file VALUES (?, ?, 'sample', ?, now()::TIMESTAMP)",
            [sha256, str(FACTS), INVENTED_FILING.cik],
        )
    after = _counts(warehouse.connection)
    return after[0] - before[0], after[1] - before[1], after[2] - before[2]


def _counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    sql = "SELECT (SELECT count(*) FROM company), (SELECT count(*) FROM filing), count(*) FROM fact"
    [row] = connection.execute(sql).fetchall()
    return int(row[0]), int(row[1]), int(row[2])


def _store(connection: duckdb.DuckDBPyConnection, cik: int, rows: list[_Row]) -> None:
    filings = {row["accession"]: _filing(row) for row in rows}
    newest = max(filing.filed for filing in filings.values())
    tickers = tuple(rows[0]["ticker"].split())
    store_company(
        connection, CompanyRecord(cik, rows[0]["company"], "sample", newest, tickers=tickers)
    )
    store_filings(connection, filings.values())
    facts = [_fact(row) for row in rows]
    store_facts(connection, facts, filings=filings, source="sample")
    infer_period_ends(connection, cik)
    after_storing(connection, [cik])


def _filing(row: _Row) -> FilingRecord:
    return FilingRecord(
        accession=row["accession"],
        cik=int(row["cik"]),
        form=row["form"],
        filed=date.fromisoformat(row["filed"]),
        source="sample",
        fiscal_year=int(row["fiscal_year"]) if row["fiscal_year"] else None,
        fiscal_period=row["fiscal_period"] or None,
        url=row["url"],
    )


def _fact(row: _Row) -> FactRecord:
    start = row["period_start"]
    return FactRecord(
        accession=row["accession"],
        concept=row["concept"],
        value=Decimal(row["value"]),
        value_as_filed=row["value"],
        unit=row["unit"],
        period_start=date.fromisoformat(start) if start else None,
        period_end=date.fromisoformat(row["period_end"]),
    )
