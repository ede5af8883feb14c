"""Reads nodes from `figure_version`: a metric with its inputs, two fiscal years at a time."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

from tools.figures.metrics import Catalogue, Metric
from tools.figures.nodes import Filed, Key, Node, inputs_from_json, read_urls
from tools.figures.reporting_periods import ReportingPeriod
from tools.warehouse import Warehouse

_ROWS = (
    "SELECT metric, fiscal_year, fiscal_period, period_start, period_end, kind, value, reason, "
    "expression, inputs, note, concept, accession, filed, form, value_as_filed, fact_id "
    "FROM figure_version WHERE cik = ? AND fiscal_year BETWEEN ? AND ? "
    "AND metric IN ({}) AND ? BETWEEN known_from AND known_until"
)
_YEARS_ONLY = " AND fiscal_period = 'FY'"
_COMPANY = (
    "SELECT name FROM company WHERE cik = ? "
    "AND NOT EXISTS (SELECT 1 FROM stale_company WHERE cik = ?)"
)


class NotStored(LookupError):
    """The table does not hold a node (any more, or not yet)."""


class StoredNodes:
    """One company's nodes as the table holds them."""

    def __init__(self, warehouse: Warehouse, catalogue: Catalogue, cik: int) -> None:
        """Look the company up.

        Raises:
            NotStored: The company is unknown, or its facts have changed since.
        """
        connection = warehouse.connection
        row = warehouse.keep(
            ("stored company", cik), lambda: connection.execute(_COMPANY, [cik, cik]).fetchone()
        )
        if row is None:
            raise NotStored(cik)
        self.cik = cik
        self.company = str(row[0])
        self._warehouse = warehouse
        self._catalogue = catalogue
        self._rows: dict[tuple[Key, date], tuple[Any, ...]] = {}
        self._read_for: set[tuple[str, int, bool, date]] = set()
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
        is_year = key.fiscal_period == "FY"
        if (key.metric, key.fiscal_year, is_year, day) not in self._read_for:
            self._read(key, day)
        found = self._rows.get((key, day))
        if found is None:
            raise NotStored(key)
        return _node(found[5:])

    def period(self, fiscal_year: int, fiscal_period: str) -> ReportingPeriod | None:
        """Return the dates of a fiscal period that a node was read for."""
        return self._periods.get((fiscal_year, fiscal_period))

    def years(self, fiscal_period: str) -> tuple[int, int] | None:
        """Return nothing: what the table holds always has a period."""
        return None

    @cached_property
    def urls(self) -> dict[str, str | None]:
        """Where the company's filings are found, as far as that is known."""
        return self._warehouse.keep(
            ("urls", self.cik), lambda: read_urls(self._warehouse.connection, self.cik)
        )

    def _read(self, key: Key, day: date) -> None:
        """Read a metric and all it is worked out from, of its year and the one before.

        Whole years are worked out from whole years only; all periods would take twice as long.
        """
        names = sorted(self._catalogue.below(key.metric))
        years = (key.fiscal_year - 1, key.fiscal_year)
        kinds = (True,) if key.fiscal_period == "FY" else (True, False)
        self._read_for |= {(name, year, k, day) for name in names for year in years for k in kinds}
        sql = _ROWS.format(", ".join("?" * len(names))) + (_YEARS_ONLY if len(kinds) == 1 else "")
        params = [self.cik, *years, *names, day]
        for row in self._warehouse.connection.execute(sql, params).fetchall():
            self._rows[Key._make(row[:3]), day] = row
            self._periods[row[1:3]] = ReportingPeriod._make(row[1:5])


def _node(row: tuple[Any, ...]) -> Node:
    kind, value, reason, expression, inputs, note, concept, accession, filed, form, raw, fact = row
    if kind == "filed":
        taken = Filed(0, value, concept, accession, filed, form, raw, fact)
        return Node(kind, value, taken, note=note)
    if kind == "missing":
        return Node(kind, reason=reason)
    return Node(kind, value, None, expression, inputs_from_json(inputs), note)
