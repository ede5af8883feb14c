"""What is known of one metric in one fiscal period on one day: a node of the web of figures.

A node is a filed value, arithmetic over other nodes, or the reason there is no value. It names
its inputs by metric, period and day, so it can be kept in a table and opened again.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

import duckdb

from tools.figures.figure import FIGURE_SQL, LATEST, FactFigure, Formula, Missing, Resolution
from tools.figures.metrics import Metric
from tools.figures.reporting_periods import ReportingPeriod

Kind = Literal["filed", "derived", "formula", "missing"]


class Key(NamedTuple):
    """A metric in a fiscal period of the company at hand."""

    metric: str
    fiscal_year: int
    fiscal_period: str


class Input(NamedTuple):
    """What a name in an expression stands for; no day means the day the whole is asked for."""

    key: Key
    day: date | None


class Filed(NamedTuple):
    """One filed fact taken for a metric, its value with the metric's sign."""

    rank: int
    value: Decimal
    concept: str
    accession: str
    filed: date
    form: str
    value_as_filed: str
    fact_id: int


class Node(NamedTuple):
    """A metric's state in a period; which attributes are set depends on `kind`."""

    kind: Kind
    value: Decimal | None = None
    fact: Filed | None = None
    expression: str = ""
    inputs: tuple[tuple[str, Input], ...] = ()
    note: str = ""
    reason: str = ""


class Nodes(Protocol):
    """Where nodes of one company come from: worked out just now, or read from the table."""

    cik: int
    company: str

    def node(self, key: Key, day: date) -> Node:
        """Return the node of a key as known on a day."""
        ...

    def period(self, fiscal_year: int, fiscal_period: str) -> ReportingPeriod | None:
        """Return a fiscal period's dates, or None where the calendar has no such period."""
        ...

    def years(self, fiscal_period: str) -> tuple[int, int] | None:
        """Return the first and last fiscal year that have such a period, or None."""
        ...

    @property
    def urls(self) -> dict[str, str | None]:
        """Where the company's filings are found, as far as that is known."""
        ...

    def metric(self, name: str) -> Metric:
        """Return a metric of the catalogue."""
        ...


def read_urls(connection: duckdb.DuckDBPyConnection, cik: int) -> dict[str, str | None]:
    """Read where a company's filings are found."""
    return dict(
        connection.execute("SELECT accession, url FROM filing WHERE cik = ?", [cik]).fetchall()
    )


def inputs_to_json(inputs: tuple[tuple[str, Input], ...]) -> str:
    """Write a node's inputs for the table: JSON, as `json.dumps` spells it."""
    return "{" + ", ".join(_input_to_json(name, item) for name, item in inputs) + "}"


def _input_to_json(name: str, item: Input) -> str:
    metric, year, period = item.key
    day = f'"{item.day.isoformat()}"' if item.day else "null"
    return f"{_quoted(name)}: [{_quoted(metric)}, {year}, {_quoted(period)}, {day}]"


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return json.dumps(text)


def inputs_from_json(text: str) -> tuple[tuple[str, Input], ...]:
    """Read a node's inputs from the table."""
    return tuple(
        (name, Input(Key(metric, year, period), date.fromisoformat(day) if day else None))
        for name, (metric, year, period, day) in json.loads(text).items()
    )


def present(nodes: Nodes, key: Key, day: date) -> Resolution:
    """Open a node with everything below it, as a caller reads it."""
    node = nodes.node(key, day)
    metric = nodes.metric(key.metric)
    period = nodes.period(key.fiscal_year, key.fiscal_period)
    if period is None or node.kind == "missing":
        return _missing(nodes, key, period, node.reason, day)
    if node.fact is not None:
        return FactFigure(
            metric=key.metric,
            cik=nodes.cik,
            company=nodes.company,
            value=node.fact.value,
            unit=metric.unit,
            fiscal_year=period.fiscal_year,
            fiscal_period=period.fiscal_period,
            period_start=period.start,
            period_end=period.end,
            concept=node.fact.concept,
            accession=node.fact.accession,
            filed=node.fact.filed,
            form=node.fact.form,
            url=nodes.urls.get(node.fact.accession),
            value_as_filed=node.fact.value_as_filed,
            fact_id=node.fact.fact_id,
            sql=FIGURE_SQL,
            params=[day.isoformat(), nodes.cik, *key],
            note=node.note,
        )
    return Formula(
        metric.name,
        node.expression,
        {name: present(nodes, item.key, item.day or day) for name, item in node.inputs},
        nodes.cik,
        nodes.company,
        metric.unit,
        period.fiscal_year,
        period.fiscal_period,
        period.start,
        period.end,
        node.note,
    )


def _missing(
    nodes: Nodes, key: Key, period: ReportingPeriod | None, why: str, day: date
) -> Missing:
    label = nodes.metric(key.metric).label
    if period is None:
        years = nodes.years(key.fiscal_period)
        held = f"{years[0]} to {years[1]}" if years else "none"
        quarter = "" if key.fiscal_period == "FY" else f"{key.fiscal_period} of "
        asked = f"{quarter}fiscal year"
        return Missing(
            f"{label} of {nodes.company} for {asked} {key.fiscal_year} is not to be had: "
            f"the warehouse covers {asked} {held}.",
            f"a filing of {nodes.company} for {asked} {key.fiscal_year}",
            metric=key.metric,
        )
    known = "" if day == LATEST else f" as known on {day.isoformat()}"
    form = "10-K" if period.fiscal_period in ("FY", "Q4") else "10-Q"
    return Missing(
        f"{label} of {nodes.company} for {period.spoken} is not to be had{known}: {why}",
        f"a {form} of {nodes.company} that reports {label} for {period.spoken}",
        metric=key.metric,
    )
