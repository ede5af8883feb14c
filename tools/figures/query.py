"""Figures by meaning: metrics x companies x periods as known on a day, and screens over them.

Compiled to SQL over `figure_version` with plain parameters. A screen's condition is parsed, not
pasted: metric names, numbers, arithmetic, comparisons, `and`, `or`, `not`; nothing else passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from tools.errors import ToolError
from tools.figures.figure import LATEST
from tools.figures.metrics import Catalogue

_ALLOWED = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Column, exp.Identifier, exp.Literal,
    exp.Between,
)  # fmt: skip
_CONDITIONS = (exp.And, exp.Or, exp.Not, exp.Predicate)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One metric of one company in one period; `reason` says why `value` is None."""

    cik: int
    company: str
    ticker: str | None
    metric: str
    fiscal_year: int
    fiscal_period: str
    period_end: date
    kind: str
    value: Decimal | None
    unit: str
    reason: str | None
    accession: str | None
    expression: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ScreenRow:
    """A company that passes a screen, with the metrics that were asked to be shown."""

    cik: int
    company: str
    ticker: str | None
    values: dict[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Query:
    """What to look up; `ciks` empty means all companies.

    Attributes:
        metrics: Names in the catalogue.
        ciks: Companies.
        first_year: First fiscal year.
        last_year: Last fiscal year.
        periods: FY, Q1 to Q4, H1, 9M, TTM-Q1 to TTM-Q3.
        as_of: Only what was filed by this day counts.
        sic: Beginning of the industry code that companies must have.
    """

    metrics: tuple[str, ...]
    ciks: tuple[int, ...] = ()
    first_year: int = 0
    last_year: int = 9999
    periods: tuple[str, ...] = ("FY",)
    as_of: date = LATEST
    sic: str = ""


_ROWS = """\
SELECT v.cik, company.name, company.tickers[1], v.metric, v.fiscal_year, v.fiscal_period,
       v.period_end, v.kind, v.value, v.unit, v.reason, v.accession, v.expression, v.note
FROM figure_version AS v JOIN company ON company.cik = v.cik
WHERE list_contains(?, v.metric) AND (len(?) = 0 OR list_contains(?, v.cik))
  AND v.fiscal_year BETWEEN ? AND ? AND list_contains(?, v.fiscal_period)
  AND ? BETWEEN v.known_from AND v.known_until AND starts_with(coalesce(company.sic, ''), ?)
ORDER BY v.cik, v.period_end, v.fiscal_period, list_position(?, v.metric)"""


def look_up(connection: duckdb.DuckDBPyConnection, query: Query) -> list[FigureRow]:
    """Return a row a metric, company and period on file, missing figures with their reasons.

    Raises:
        ToolError: A metric is not in the catalogue.
    """
    _check(Catalogue.read(connection), query.metrics)
    metrics, ciks = list(query.metrics), list(query.ciks)
    rows = connection.execute(
        _ROWS,
        [
            metrics, ciks, ciks, query.first_year, query.last_year, list(query.periods),
            query.as_of, query.sic, metrics,
        ],
    ).fetchall()  # fmt: skip
    return [FigureRow(*row) for row in rows]


def screen(
    connection: duckdb.DuckDBPyConnection,
    condition: str,
    fiscal_year: int,
    *,
    show: Sequence[str] = (),
    rank_by: str = "",
    fiscal_period: str = "FY",
    as_of: date = LATEST,
    sic: str = "",
) -> list[ScreenRow]:
    """Return the companies for which a condition over their metrics holds.

    A company with a metric of the condition missing does not pass.

    Args:
        connection: To the warehouse.
        condition: Such as `gross_margin > 0.4 and revenue > 1e9`.
        fiscal_year: Each company's own fiscal year.
        show: More metrics to return.
        rank_by: Metric to order by, largest first; by default the first of the condition.
        fiscal_period: FY, a quarter, or twelve months to one (TTM-Q2).
        as_of: Only what was filed by this day counts.
        sic: Beginning of the industry code that companies must have.

    Raises:
        ToolError: The condition is none, or names no metric.
    """
    catalogue = Catalogue.read(connection)
    tree, used = _parse(condition)
    names = list(dict.fromkeys([*used, *show, *([rank_by] if rank_by else [])]))
    _check(catalogue, names)
    columns = ", ".join(
        f"any_value(v.value) FILTER (v.metric = ?) AS {exp.to_identifier(name, quoted=True)}"
        for name in names
    )
    sql = (
        f"SELECT * FROM (SELECT v.cik, company.name, company.tickers[1] AS ticker, {columns} "
        "FROM figure_version AS v JOIN company ON company.cik = v.cik "
        "WHERE list_contains(?, v.metric) AND v.fiscal_year = ? AND v.fiscal_period = ? "
        "AND ? BETWEEN v.known_from AND v.known_until "
        "AND starts_with(coalesce(company.sic, ''), ?) GROUP BY ALL) "
        f"WHERE {tree.sql(dialect='duckdb')} "
        f"ORDER BY {exp.to_identifier(rank_by or used[0], quoted=True)} DESC NULLS LAST, cik"
    )
    params: list[Any] = [*names, names, fiscal_year, fiscal_period, as_of, sic]
    rows = connection.execute(sql, params).fetchall()
    return [
        ScreenRow(row[0], row[1], row[2], dict(zip(names, row[3:], strict=True))) for row in rows
    ]


def _parse(condition: str) -> tuple[exp.Expression, list[str]]:
    """Parse a condition and return it with the metrics it names, in order."""
    try:
        tree = sqlglot.parse_one(condition, dialect="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise ToolError(f"The condition {condition!r} cannot be read. {_EXAMPLE}") from error
    for node in tree.walk():
        text = isinstance(node, exp.Literal) and node.is_string
        qualified = isinstance(node, exp.Column) and node.table
        if not isinstance(node, _ALLOWED) or text or qualified:
            raise ToolError(f"{node.sql()!r} has no place in a condition. {_EXAMPLE}")
    used = list(dict.fromkeys(column.name for column in tree.find_all(exp.Column, bfs=False)))
    if not used or not isinstance(tree.unnest(), _CONDITIONS):
        raise ToolError(f"{condition!r} compares no metric with anything. {_EXAMPLE}")
    quoted = tree.transform(
        lambda node: (
            exp.column(exp.to_identifier(node.name, quoted=True))
            if isinstance(node, exp.Column)
            else node
        )
    )
    return quoted, used


_EXAMPLE = "Write such as: gross_margin > 0.4 and revenue > 1e9"


def _check(catalogue: Catalogue, names: Sequence[str]) -> None:
    for name in names:
        catalogue.metric(name)
