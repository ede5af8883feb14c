"""Reads a company's statement of a fiscal period from the warehouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb

from tools.statements.build import build_statement
from tools.statements.locate import FOREVER, Wanted, find_filing
from tools.statements.records import StatementKind
from tools.statements.statement import Column, Statement
from tools.statements.table_values import build_from_tables


def read_statement(
    connection: duckdb.DuckDBPyConnection,
    cik: int,
    wanted: Wanted,
    kind: StatementKind,
    *,
    as_of: date = FOREVER,
) -> Statement:
    """Read a statement as the latest report of the period up to `as_of` printed it.

    Raises:
        SetupError: It is not on file; says what is held and what is needed.
    """
    filing, layout = find_filing(connection, cik, wanted, kind, as_of=as_of)
    if layout == "table":
        return name_periods(connection, build_from_tables(connection, filing, kind))
    return name_periods(connection, build_statement(connection, filing, kind, layout))


def name_periods(connection: duckdb.DuckDBPyConnection, statement: Statement) -> Statement:
    """Give the columns the names that the company's fiscal calendar has for their periods."""
    rows = connection.execute(
        "SELECT fiscal_year, fiscal_period, period_start, period_end FROM fiscal_period "
        "WHERE cik = ?",
        [statement.filing.cik],
    ).fetchall()
    names = {(start, end): _name(year, period) for year, period, start, end in rows}
    instants: dict[date | None, str] = {
        end: _name(year, period) for year, period, _, end in rows if period not in ("H1", "9M")
    }
    instants.update({end: _name(year, period) for year, period, _, end in rows if period == "FY"})

    def named(column: Column) -> Column:
        if column.period_start is None:
            return replace(column, fiscal=instants.get(column.period_end))
        return replace(column, fiscal=names.get((column.period_start, column.period_end)))

    return replace(statement, columns=tuple(named(column) for column in statement.columns))


def _name(year: int, period: str) -> str:
    return f"FY{year}" if period == "FY" else f"{period} {year}"
