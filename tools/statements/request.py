"""What a person may ask of a statement, and the statement that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from tools.statements.common_size import as_common_size
from tools.statements.locate import FOREVER, Wanted, read_period
from tools.statements.quarterly import read_quarters
from tools.statements.read import read_statement
from tools.statements.records import StatementKind, statement_kind
from tools.statements.statement import Statement
from tools.statements.years import read_years


@dataclass(frozen=True, slots=True)
class StatementRequest:
    """A statement of a period, and how to show it.

    Attributes:
        years: How many fiscal years side by side, ending with the wanted one; 0: as printed.
        quarterly: The quarters of the wanted year, or of `years` of them.
        common_size: Percent of revenue, or of total assets.
    """

    kind: StatementKind
    wanted: Wanted
    as_of: date = FOREVER
    years: int = 0
    quarterly: bool = False
    common_size: bool = False


def read_request(
    statement: str,
    period: str,
    *,
    as_of: date | None = None,
    years: int = 0,
    quarterly: bool = False,
    common_size: bool = False,
) -> StatementRequest:
    """Read a request from words: 'cash flow', '2024Q3'.

    Raises:
        SetupError: A word is not understood.
    """
    return StatementRequest(
        statement_kind(statement),
        read_period(period),
        as_of or FOREVER,
        years,
        quarterly,
        common_size,
    )


def answer_request(
    connection: duckdb.DuckDBPyConnection, cik: int, request: StatementRequest
) -> Statement:
    """Read what was asked for.

    Raises:
        SetupError: It is not on file, or cannot be shown that way.
    """
    statement = _read(connection, cik, request)
    return as_common_size(connection, statement) if request.common_size else statement


def _read(connection: duckdb.DuckDBPyConnection, cik: int, request: StatementRequest) -> Statement:
    kind, wanted, as_of = request.kind, request.wanted, request.as_of
    if request.quarterly:
        years = max(request.years, 1)
        return read_quarters(connection, cik, wanted, kind, years=years, as_of=as_of)
    if request.years:
        return read_years(connection, cik, wanted, kind, request.years, as_of=as_of)
    return read_statement(connection, cik, wanted, kind, as_of=as_of)
