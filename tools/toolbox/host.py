"""What programs in the sandbox may ask for: figures, table cells, rows. Every answer is recorded.

`figure('AAPL', 'revenue', 2023)` gives a decimal. Nothing else of this process can be reached: the
functions take and return plain values, look only at the warehouse, and SQL runs on the locked
connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tools.errors import ToolError
from tools.figures.figure import FactFigure, Formula, Missing, evaluate
from tools.sandbox.interface import HostFunction
from tools.toolbox.companies import one_company
from tools.toolbox.figures import resolve_period
from tools.toolbox.metrics import one_metric
from tools.toolbox.periods import read_periods
from tools.toolbox.records import Table, TableCell
from tools.toolbox.sources import Sources
from tools.toolbox.tables import MAX_CELLS, get_table

MAX_GIVEN = 200
MAX_ROWS = 50
STUBS = {
    "figure": "def figure(company: str, metric: str, period: int | str, /) -> Decimal: ...",
    "figures": "def figures(company: str, metric: str, periods: str, /) -> list[Decimal]: ...",
    "cell": "def cell(accession: str, table_no: int, row: str, column: str, /) -> Decimal: ...",
    "sql": "def sql(query: str, /) -> list[list[Any]]: ...",
}


@dataclass(frozen=True)
class Given:
    """One thing that a program was given.

    Attributes:
        name: What it is, as a call that names it exactly; equal names are one thing.
        value: A decimal, or rows.
        resolution: For a figure, what it resolved to.
        table: For a cell, its table.
        cell: For a cell, the cell.
        query: For rows, the SQL that was run.
    """

    name: str
    value: Any
    resolution: FactFigure | Formula | None = None
    table: Table | None = None
    cell: TableCell | None = None
    query: str = ""


class HostCalls:
    """Host functions over the toolbox for one program, and what they gave it.

    Attributes:
        given: What the program was given, by name.
        asked: For each call as the program made it, the name, or the names, of what it was given.
    """

    def __init__(self, sources: Sources, *, as_of: date | None = None) -> None:
        self._sources = sources
        self._as_of = as_of
        self.given: dict[str, Given] = {}
        self.asked: dict[str, str | list[str]] = {}

    @property
    def functions(self) -> tuple[HostFunction, ...]:
        """The functions with their typed stubs."""
        by_name: dict[str, Callable[..., Any]] = {
            "figure": self._figure, "figures": self._figures, "cell": self._cell, "sql": self._sql,
        }  # fmt: skip
        return tuple(HostFunction(name, by_name[name], stub) for name, stub in STUBS.items())

    def _figure(self, company: str, metric: str, period: int | str) -> Decimal:
        names = self._look_up(company, metric, str(period))
        if len(names) != 1:
            raise ToolError(f"{period!r} is {len(names)} periods; use figures(...) for a list.")
        self.asked[call_text("figure", company, metric, period)] = names[0]
        value: Decimal = self.given[names[0]].value
        return value

    def _figures(self, company: str, metric: str, periods: str) -> list[Decimal]:
        names = self._look_up(company, metric, periods)
        self.asked[call_text("figures", company, metric, periods)] = names
        return [self.given[name].value for name in names]

    def _cell(self, accession: str, table_no: int, row: str, column: str) -> Decimal:
        table = get_table(self._sources, accession, int(table_no), MAX_CELLS)
        fits = [
            cell
            for cell in table.cells
            if _same(cell.row, row) and _same(cell.column, column) and cell.printed is not None
        ]
        if len(fits) != 1:
            raise ToolError(
                f"{len(fits)} numbers of table {table_no} stand at {row!r}, {column!r}. "
                "Take the labels exactly as get_table gives them."
            )
        [found] = fits
        value = found.printed if found.value is None else found.value
        name = call_text("cell", accession, int(table_no), row, column)
        self._keep(Given(name, value, table=table, cell=found))
        self.asked[name] = name
        assert value is not None
        return value

    def _sql(self, query: str) -> list[list[Decimal | str | None]]:
        found = self._sources.locked.query(query, max_rows=MAX_ROWS)
        rows = [[plain_cell(value) for value in row] for row in found.rows]
        name = call_text("sql", query)
        self._keep(Given(name, rows, query=found.sql))
        self.asked[name] = name
        return rows

    def _look_up(self, company: str, metric: str, periods: str) -> list[str]:
        """Look figures up and keep them; return their names."""
        one, named = one_company(self._sources, company), one_metric(self._sources, metric)
        names = []
        for period in read_periods(self._sources, one, periods):
            name = call_text("figure", one.ticker, named.name, period.label)
            names.append(name)
            if name in self.given:
                continue
            found = resolve_period(self._sources, one.cik, named.name, period, as_of=self._as_of)
            if isinstance(found, Missing):
                raise ToolError(f"{found.reason} Needed: {found.needed}.")
            self._keep(Given(name, evaluate(found), resolution=found))
        return names

    def _keep(self, given: Given) -> None:
        if given.name not in self.given and len(self.given) >= MAX_GIVEN:
            raise ToolError(f"The program asks for more than {MAX_GIVEN} things. Ask for fewer.")
        self.given[given.name] = given


def call_text(function: str, *arguments: Any) -> str:
    """Write a call as a program would."""
    return f"{function}({', '.join(map(repr, arguments))})"


def played_back(answers: Mapping[str, Any]) -> tuple[HostFunction, ...]:
    """Return host functions that give recorded answers again, by the text of the call.

    A program that asks for anything else is refused: it is not the one that was recorded.
    """

    def answer(function: str) -> Callable[..., Any]:
        def give(*arguments: Any) -> Any:
            text = call_text(function, *arguments)
            if text not in answers:
                raise ToolError(f"{text} was not asked for when the program was recorded.")
            return answers[text]

        return give

    return tuple(HostFunction(name, answer(name), stub) for name, stub in STUBS.items())


def _same(label: str, wanted: str) -> bool:
    return " ".join(label.lower().split()) == " ".join(wanted.lower().split())


def plain_cell(value: Any) -> Decimal | str | None:
    """Return a value of a row as a program gets it: a decimal, a text, or nothing."""
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        return str(value)
    return Decimal(str(value)) if isinstance(value, int | float) else str(value)
