"""Ingests a quarter of the SEC's Financial Statement Data Sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tools.errors import SetupError
from tools.ingestion import data_sets, rounded
from tools.ingestion.companyfacts import index_url
from tools.ingestion.counts import Counts
from tools.ingestion.data_sets import DataSet
from tools.ingestion.merge import (
    FACT_SCHEMA,
    merge_facts,
    stable_ids,
    store_company,
    store_filings,
    store_labels,
    store_new_companies,
)
from tools.ingestion.records import CompanyRecord, FilingRecord
from tools.ingestion.sources import Document
from tools.statements.store import store_line_table

_ZIP = b"PK\x03\x04"


def accepts(name: str, head: bytes) -> bool:
    """Say whether this is a zipped set, or the table of filings of one in a folder."""
    if head.startswith(_ZIP):
        return name.lower().endswith(".zip")
    return data_sets.part_of(name) == "sub"


def prepare(document: Document) -> PreparedDataSet:
    """Read the tables and put them into our terms.

    Raises:
        SetupError: Not a set, or a corrupt one.
    """
    if document.data.startswith(_ZIP):
        tables = data_sets.read_zip(document.data)
    else:
        tables = data_sets.read_files({document.name: document.data, **document.beside})
    found = data_sets.translate(tables)
    if not found.filings.num_rows:
        raise SetupError("a data set without filings")
    return PreparedDataSet(found, fact_rows(found.facts))


def fact_rows(facts: pa.Table) -> pa.Table:
    """The facts as rows of `fact`."""
    known: dict[str, Any] = {name: facts.column(name) for name in facts.column_names}
    known["fact_id"] = pa.array(_ids(facts), pa.int64())
    known["source"] = pa.repeat(rounded.SOURCE, facts.num_rows)
    missing = pa.nulls(facts.num_rows)
    rows = [known.get(column.name, missing).cast(column.type) for column in FACT_SCHEMA]
    return pa.table(rows, schema=FACT_SCHEMA)


def _ids(facts: pa.Table) -> list[int]:
    names = ("accession", "concept", "unit", "period_start", "period_end", "dimensions")
    texts = [pc.fill_null(facts.column(name).cast(pa.string()), "") for name in names]
    return stable_ids(*(column.to_pylist() for column in texts))


@dataclass(frozen=True, slots=True)
class PreparedDataSet:
    """A set in our terms, its facts as rows of `fact`."""

    found: DataSet
    facts: pa.Table

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write companies, filings, facts, labels and statements; exact facts stay."""
        found = self.found
        facts = rounded.without_exact(connection, self.facts)
        inexact = set(facts.column("accession").unique().to_pylist())
        _store_companies(connection, found.companies.to_pylist())
        filings = found.filings.to_pylist()
        store_filings(connection, [_filing(row, row["accession"] in inexact) for row in filings])
        merge_facts(connection, facts)
        is_inexact = pc.is_in(
            found.filings.column("accession"), pa.array(sorted(inexact), pa.string())
        )
        rounded.note(connection, found.filings.filter(is_inexact))
        names = found.labels.column("name").to_pylist()
        store_labels(connection, dict(zip(names, found.labels["label"].to_pylist(), strict=True)))
        store_line_table(connection, found.lines)
        ciks = frozenset(found.companies.column("cik").to_pylist())
        return Counts(ciks, nil=found.nil, unreadable=found.unclear)


def _store_companies(connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    """Store the companies that this set says something new of: most are known from the last."""
    known = set(connection.execute("SELECT cik, name, source FROM company_name").fetchall())
    ciks = {row[0] for row in connection.execute("SELECT cik FROM company").fetchall()}
    store_new_companies(connection, [_company(row) for row in rows if row["cik"] not in ciks])
    for row in rows:
        news = {(row["cik"], row["name"], rounded.SOURCE)}
        news |= {(row["cik"], row["former"], "former")} if row["former"] else set()
        if row["cik"] in ciks and not news.issubset(known):
            store_company(connection, _company(row))


def _company(row: dict[str, Any]) -> CompanyRecord:
    return CompanyRecord(
        cik=row["cik"],
        name=row["name"],
        source=rounded.SOURCE,
        as_of=row["filed"],
        former_names=(row["former"],) if row["former"] else (),
        sic=row["sic"],
        fiscal_year_end=row["fiscal_year_end"],
    )


def _filing(row: dict[str, Any], with_period: bool) -> FilingRecord:
    period_end: date | None = row["period_end"] if with_period else None
    return FilingRecord(
        accession=row["accession"],
        cik=row["cik"],
        form=row["form"],
        filed=row["filed"],
        source=rounded.SOURCE,
        period_end=period_end,
        fiscal_year=row["fiscal_year"],
        fiscal_period=row["fiscal_period"],
        url=index_url(row["cik"], row["accession"]),
    )
