"""Read a financial statement as its filing presents it, and what is held of a company."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tools.errors import SetupError, ToolError
from tools.holdings.company import Holdings, read_holdings
from tools.statements.locate import FOREVER, Wanted
from tools.statements.read import read_statement
from tools.statements.statement import Column, Line
from tools.toolbox.companies import one_company
from tools.toolbox.figures import one_period
from tools.toolbox.records import StatementRow, StatementTable, StatementValue
from tools.toolbox.sources import Sources


def get_statement(
    sources: Sources,
    company: str,
    statement: Literal["income", "balance", "cash", "equity", "comprehensive"],
    period: str = "latest",
    as_of: date | None = None,
    limit: Annotated[int, Field(ge=1, le=300)] = 120,
) -> StatementTable:
    """Read a financial statement line by line, in the order and with the labels of its filing.

    Values are in whole units with the sign that the statement shows; each carries its fact.

    Args:
        company: Ticker, CIK, or a name that fits one company.
        statement: Which one.
        period: A fiscal year or quarter with a report: "FY2023", "Q2 FY2023", or "latest".
        as_of: Only what was filed by this day counts.
        limit: At most so many lines, 300 at most; `truncated` says if there were more.
    """
    one = one_company(sources, company)
    when = one_period(sources, one, period)
    try:
        found = read_statement(
            sources.warehouse.connection, one.cik, Wanted(when.fiscal_year, when.part), statement,
            as_of=as_of or FOREVER,
        )  # fmt: skip
    except SetupError as error:
        raise ToolError(f"{error} Single figures may be on file: ask get_figures.") from error
    filing = found.filing
    return StatementTable(
        filing.company, filing.accession, filing.form, filing.filed, found.title,
        tuple(_heading(column) for column in found.columns),
        tuple(_row(line) for line in found.lines[:limit]), len(found.lines) > limit, found.notes,
    )  # fmt: skip


def get_holdings(sources: Sources, company: str) -> Holdings:
    """Say what is held of a company: facts, reports, texts, prices, from when, what is missing.

    Args:
        company: Ticker, CIK, or a name that fits one company.
    """
    return read_holdings(sources.warehouse.connection, one_company(sources, company).cik)


def _heading(column: Column) -> str:
    return f"{column.fiscal}: {column.heading}" if column.fiscal else column.heading


def _row(line: Line) -> StatementRow:
    values = tuple(
        StatementValue(one.number, one.unit, one.accession, one.concept, one.fact_id)
        if one
        else None
        for one in line.values
    )
    return StatementRow(line.label, line.depth, line.concept, values)
