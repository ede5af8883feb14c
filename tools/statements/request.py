"""What a person may ask of a statement, and the statement that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from tools.statements.locate import FOREVER, Wanted, read_period
from tools.statements.read import read_statement
from tools.statements.records import StatementKind, statement_kind
from tools.statements.statement import Statement


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
    return read_statement(connection, cik, request.wanted, request.kind, as_of=request.as_of)
