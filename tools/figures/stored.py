"""Reads nodes from `figure_version`: a metric with its inputs, two fiscal years at a time."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

import duckdb

from tools.figures.metrics import Catalogue, Metric
from tools.figures.nodes import Filed, Key, Node, inputs_from_json, read_urls
from tools.figures.reporting_periods import ReportingPeriod

_ROWS = (
    "SELECT metric, fiscal_year, fiscal_period, period_start, period_end, kind, value, reason, "
    "expression, inputs, note, concept, accession, filed, form, value_as_filed, fact_id "
    "FROM figure_version WHERE cik = ? AND fiscal_year BETWEEN ? AND ? "
    "AND list_contains(?, metric) AND ? BETWEEN known_from AND known_until"
)


class NotStored(LookupError):
    """The table does not hold a node (any more, or not yet)."""


class StoredNodes:
    """One company's nodes as the table holds them."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, cik: int
    ) -> None:
        """Look the company up.

        Raises:
            NotStored: The company is unknown, or its facts have changed since.
        """
        row = connection.execute(
            "SELECT name FROM company WHERE cik = ? "
            "AND NOT EXISTS (SELECT 1 FROM stale_company WHERE cik = ?)",
            [cik, cik],
        ).fetchone()
        if row is None:
            raise NotStored(cik)
        self.cik = cik
        self.company = str(row[0])
        self._connection = connection
        self._catalogue = catalogue
        self._nodes: dict[tuple[Key, date], Node] = {}
        self._read_for: set[tuple[str, int, date]] = set()
        self._periods: dict[tuple[int, str], ReportingPeriod] = {}

    def metric(self, name: str) -> Metric:
        """Return a metric of the catalogue."""
        return self._catalogue.metric(name)

    def node(self, key: Key, day: date) -> Node:
        """Return the node of a key as known on a day.

        Raises:
            NotStored: The table has none: the metric's definition changed, no filing of that day
                covered the period, or the calendar does not know it.
        """
        if (key.metric, key.fiscal_year, day) not in self._read_for:
            self._read(key, day)
        found = self._nodes.get((key, day))
        if found is None:
            raise NotStored(key)
        return found

    def period(self, fiscal_year: int, fiscal_period: str) -> ReportingPeriod | None:
        """Return the dates of a fiscal period that a node was read for."""
        return self._periods.get((fiscal_year, fiscal_period))

    def years(self, fiscal_period: str) -> tuple[int, int] | None:
        """Return nothing: what the table holds always has a period."""
        return None

    @cached_property
    def urls(self) -> dict[str, str | None]:
        """Where the company's filings are found, as far as that is known."""
        return read_urls(self._connection, self.cik)

    def _read(self, key: Key, day: date) -> None:
        """Read a metric and all it is worked out from, of its year and the one before."""
        names = sorted(self._catalogue.below(key.metric))
        years = (key.fiscal_year - 1, key.fiscal_year)
        self._read_for |= {(name, year, day) for name in names for year in years}
        for row in self._connection.execute(_ROWS, [self.cik, *years, names, day]).fetchall():
            where = (row[1], row[2])
            self._nodes[Key(*row[:3]), day] = _node(row[5:])
            self._periods[where] = ReportingPeriod(*where, *row[3:5])


def _node(row: tuple[Any, ...]) -> Node:
    kind, value, reason, expression, inputs, note, concept, accession, filed, form, raw, fact = row
    if kind == "filed":
        taken = Filed(0, value, concept, accession, filed, form, raw, fact)
        return Node(kind, value, taken, note=note)
    if kind == "missing":
        return Node(kind, reason=reason)
    return Node(kind, value, None, expression, inputs_from_json(inputs), note)
