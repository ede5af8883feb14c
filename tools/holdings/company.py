"""Everything the warehouse holds of one company, counted, and all companies in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from tools.holdings.reports import Missing, Report, missing_reports, read_reports


@dataclass(frozen=True, slots=True)
class FactHolding:
    """The facts of one source: how many, of which periods, filed when."""

    source: str
    facts: int
    of_segments: int
    first_period: date
    last_period: date
    first_filed: date
    last_filed: date


@dataclass(frozen=True, slots=True)
class Holding:
    """One other kind of thing: how many, and from when to when, where it has days."""

    kind: str
    count: int
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of a company."""

    cik: int
    name: str
    tickers: tuple[str, ...]
    former_names: tuple[str, ...]
    sic: str | None
    fiscal_year_end: str | None
    facts: tuple[FactHolding, ...]
    reports: tuple[Report, ...]
    missing: tuple[Missing, ...]
    other: tuple[Holding, ...]
    conflicts: int
    files: int
    last_ingested: datetime | None


@dataclass(frozen=True, slots=True)
class CompanyLine:
    """One company in the table of all."""

    cik: int
    name: str
    ticker: str
    facts: int
    reports: int
    with_text: int
    first_period: date | None
    last_period: date | None
    missing: int
    last_ingested: datetime | None


def read_holdings(connection: duckdb.DuckDBPyConnection, cik: int) -> Holdings:
    """Read what is held of a company on file."""
    [(name, tickers, former, sic, year_end)] = connection.execute(
        "SELECT name, tickers, former_names, sic, fiscal_year_end FROM company WHERE cik = ?",
        [cik],
    ).fetchall()
    reports = read_reports(connection, cik).get(cik, [])
    [(files, last)] = connection.execute(
        "SELECT count(*), max(ingested) FROM ingested_file WHERE cik = ?", [cik]
    ).fetchall()
    [(conflicts,)] = connection.execute(
        "SELECT count(*) FROM fact_conflict "
        "WHERE accession IN (SELECT accession FROM filing WHERE cik = ?)",
        [cik],
    ).fetchall()
    return Holdings(
        cik=cik,
        name=name,
        tickers=tuple(tickers),
        former_names=tuple(former),
        sic=sic,
        fiscal_year_end=year_end,
        facts=_facts(connection, cik),
        reports=tuple(reports),
        missing=tuple(missing_reports(reports, tickers[0] if tickers else str(cik))),
        other=tuple(_others(connection, cik, tickers)),
        conflicts=conflicts,
        files=files,
        last_ingested=last,
    )


def _facts(connection: duckdb.DuckDBPyConnection, cik: int) -> tuple[FactHolding, ...]:
    rows = connection.execute(
        "SELECT source, count(*), count(dimensions), min(period_end), max(period_end), "
        "min(filed), max(filed) FROM fact WHERE cik = ? GROUP BY source ORDER BY count(*) DESC",
        [cik],
    ).fetchall()
    return tuple(FactHolding(*row) for row in rows)


_MINE = "accession IN (SELECT accession FROM filing WHERE cik = $cik)"
# Kind, table, condition, and the column that dates it. A table that this schema lacks is left out.
_COUNTED = (
    ("filings with statements in order", "statement_line", _MINE, None),
    ("sections", "section", _MINE, None),
    ("passages", "passage", _MINE, None),
    ("tables", "table_cell", _MINE, None),
    ("transcripts", "document", "cik = $cik AND kind = 'transcript'", "published"),
    ("research notes", "document", "cik = $cik AND kind = 'note'", "published"),
    ("news", "news", "cik = $cik OR list_contains($tickers, ticker)", "published"),
    ("bars", "bar", "list_contains($tickers, ticker)", "day"),
)
_COUNT = {
    "filings with statements in order": "count(DISTINCT accession)",
    "tables": "count(DISTINCT (accession, table_no))",
}


def _others(
    connection: duckdb.DuckDBPyConnection, cik: int, tickers: Sequence[str]
) -> list[Holding]:
    there = {
        row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    }
    found = []
    for kind, table, condition, day in _COUNTED:
        if table not in there:
            continue
        dates = f"min({day})::DATE, max({day})::DATE" if day else "NULL, NULL"
        values: dict[str, Any] = {"cik": cik, "tickers": list(tickers)}
        named = {name: value for name, value in values.items() if f"${name}" in condition}
        [row] = connection.execute(
            f"SELECT {_COUNT.get(kind, 'count(*)')}, {dates} FROM {table} WHERE {condition}", named
        ).fetchall()
        found.append(Holding(kind, *row))
    return found


def read_companies(connection: duckdb.DuckDBPyConnection) -> list[CompanyLine]:
    """Read a line for each company on file, by name."""
    reports = read_reports(connection, None)
    rows = connection.execute(
        "SELECT cik, name, coalesce(tickers[1], ''), coalesce(facts, 0), first, last, ingested "
        "FROM company LEFT JOIN (SELECT cik, count(*) AS facts, min(period_end) AS first, "
        "max(period_end) AS last FROM fact GROUP BY cik) USING (cik) "
        "LEFT JOIN (SELECT cik, max(ingested) AS ingested FROM ingested_file GROUP BY cik) "
        "USING (cik) ORDER BY name, cik"
    ).fetchall()
    return [
        CompanyLine(
            cik=cik,
            name=name,
            ticker=ticker,
            facts=facts,
            reports=len(reports.get(cik, [])),
            with_text=sum(one.held == "text" for one in reports.get(cik, [])),
            first_period=first,
            last_period=last,
            missing=len(missing_reports(reports.get(cik, []), ticker)),
            last_ingested=ingested,
        )
        for cik, name, ticker, facts, first, last, ingested in rows
    ]
