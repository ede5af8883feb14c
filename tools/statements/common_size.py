"""Common-size statements: every amount as a percentage of revenue, or of total assets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb

from tools.errors import SetupError
from tools.statements.build import is_money
from tools.statements.statement import Column, Line, Statement, Value
from tools.xbrl.number_formats import EXACT

_ASSETS = ("us-gaap:Assets", "us-gaap:AssetsNet")
REVENUE = (
    "us-gaap:Revenues",
    "us-gaap:RevenuesNetOfInterestExpense",
    "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax",
    "us-gaap:RevenueFromContractWithCustomerIncludingAssessedTax",
    "us-gaap:SalesRevenueNet",
    "us-gaap:SalesRevenueGoodsNet",
    "us-gaap:SalesRevenueServicesNet",
    "us-gaap:RealEstateRevenueNet",
    "us-gaap:OperatingLeasesIncomeStatementLeaseRevenue",
    "us-gaap:GrossInvestmentIncomeOperating",
    "us-gaap:InterestAndDividendIncomeOperating",
)
_PLACES = Decimal("0.000001")


def as_common_size(connection: duckdb.DuckDBPyConnection, statement: Statement) -> Statement:
    """Show a statement in percent of its revenue (income, cash) or total assets (balance).

    Raises:
        SetupError: There is nothing to divide by, or the statement has no common size.
    """
    if statement.kind not in ("income", "balance", "cash"):
        raise SetupError("--common-size is for the income, balance and cash statements.")
    wholes = [_whole(connection, statement, index) for index in range(len(statement.columns))]
    if not any(wholes):
        base = "total assets" if statement.kind == "balance" else "revenue"
        raise SetupError(f"No {base} is on file for these periods, so no common size.")
    lines = [_line(line, wholes) for line in statement.lines]
    kept = [
        line
        for line, before in zip(lines, statement.lines, strict=True)
        if any(line.values) or not any(before.values)
    ]
    first = next(whole for whole in wholes if whole)
    return replace(
        statement,
        lines=tuple(kept),
        is_percent=True,
        scale=1,
        notes=(*statement.notes, f"Percent of {first.concept}."),
    )


def _line(line: Line, wholes: list[Value | None]) -> Line:
    values = tuple(
        _share(value, whole) if value is not None and whole is not None else None
        for value, whole in zip(line.values, wholes, strict=True)
    )
    return replace(line, values=values)


def _share(value: Value, whole: Value) -> Value | None:
    if value.unit != whole.unit or not whole.number:
        return None
    percent = EXACT.divide(value.number * 100, whole.number).quantize(_PLACES)
    return replace(
        value,
        number=percent,
        unit="percent",
        source="derived",
        note=f"{value.concept or 'value'} / {whole.concept} ({whole.number.normalize():f})",
    )


def _whole(connection: duckdb.DuckDBPyConnection, statement: Statement, index: int) -> Value | None:
    concepts = _ASSETS if statement.kind == "balance" else REVENUE
    column = statement.columns[index]
    shown = {
        line.concept: line.values[index]
        for line in statement.lines
        if line.concept in concepts and line.dimensions is None and line.values[index]
    }
    if column.is_derived or statement.kind != "cash":
        found = next((shown[name] for name in concepts if shown.get(name)), None)
        if found is not None:
            return found
    return _filed(connection, statement, column, concepts)


def _filed(
    connection: duckdb.DuckDBPyConnection,
    statement: Statement,
    column: Column,
    concepts: tuple[str, ...],
) -> Value | None:
    """The base as filed for the column's period, in its own filing if it is there."""
    rows = connection.execute(
        """
        SELECT concept, value, unit, accession, fact_id, decimals FROM fact
        WHERE cik = $cik AND dimensions IS NULL AND list_contains($concepts, concept)
            AND period_end = $end AND period_start IS NOT DISTINCT FROM $start
            AND filed <= $filed
        ORDER BY accession = $accession DESC, list_position($concepts, concept), filed DESC
        """,
        {
            "cik": statement.filing.cik,
            "concepts": list(concepts),
            "end": column.period_end,
            "start": column.period_start,
            "filed": column.filed or date.max,
            "accession": column.accession,
        },
    ).fetchall()
    for concept, number, unit, accession, fact_id, decimals in rows:
        if is_money(unit) and number:
            return Value(number, unit, "fact", accession, concept, fact_id, decimals)
    return None
