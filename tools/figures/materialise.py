"""Keeps `figure_version` up to date: every figure of every company, in all its vintages.

Ingestion marks the companies whose facts changed and installing a catalogue marks the metrics
whose definition did; `refresh_stale` makes those anew and nothing else.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import duckdb
import pyarrow as pa

from tools.figures.metrics import Catalogue
from tools.figures.nodes import Filed, Key, inputs_to_json
from tools.figures.reporting_periods import TRAILING
from tools.figures.resolver import Resolver, Vintage
from tools.warehouse import Warehouse, append_rows

_EXACT = Context(prec=40)
_PLACES = Decimal("1e-10")
_LARGEST = Decimal(10) ** 28
_NO_FACT = (None,) * 6
_SCHEMA = pa.schema(
    [
        ("cik", pa.int64()),
        ("metric", pa.string()),
        ("fiscal_year", pa.int32()),
        ("fiscal_period", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("known_from", pa.date32()),
        ("known_until", pa.date32()),
        ("kind", pa.string()),
        ("value", pa.decimal128(38, 10)),
        ("unit", pa.string()),
        ("reason", pa.string()),
        ("expression", pa.string()),
        ("inputs", pa.string()),
        ("note", pa.string()),
        ("concept", pa.string()),
        ("accession", pa.string()),
        ("filed", pa.date32()),
        ("form", pa.string()),
        ("value_as_filed", pa.string()),
        ("fact_id", pa.int64()),
    ]
)


def mark_stale(connection: duckdb.DuckDBPyConnection, cik: int) -> None:
    """Note that a company's facts changed; part of the transaction that changed them."""
    connection.execute("INSERT OR IGNORE INTO stale_company VALUES (?)", [cik])


def is_stale(warehouse: Warehouse) -> bool:
    """Tell whether some figures have to be made anew."""
    row = warehouse.connection.execute(
        "SELECT EXISTS (FROM stale_company) OR EXISTS (FROM stale_metric)"
    ).fetchone()
    return bool(row and row[0])


def refresh_stale(warehouse: Warehouse) -> int:
    """Make the figures anew whose facts or definitions changed, one transaction a company.

    Returns:
        How many companies were looked at.
    """
    run = warehouse.connection.execute
    companies = [row[0] for row in run("SELECT cik FROM stale_company ORDER BY cik").fetchall()]
    for cik in companies:
        with warehouse.transaction() as connection:
            refresh(connection, cik)
    changed = [row[0] for row in run("SELECT name FROM stale_metric").fetchall()]
    if not changed:
        return len(companies)
    others = [
        row[0]
        for row in run("SELECT DISTINCT cik FROM fiscal_period ORDER BY cik").fetchall()
        if row[0] not in companies
    ]
    with warehouse.transaction() as connection:
        for cik in others:
            refresh(connection, cik, only=changed)
        connection.execute("DELETE FROM stale_metric")
    return len(companies) + len(others)


def refresh(
    connection: duckdb.DuckDBPyConnection, cik: int, *, only: Collection[str] | None = None
) -> None:
    """Make one company's figures anew from its facts.

    Args:
        connection: Inside a transaction.
        cik: The company.
        only: The metrics to make anew; all of them by default, and then the company is no
            longer marked as stale.
    """
    catalogue = Catalogue.read(connection)
    if not catalogue.metrics:
        return
    names = [name for name in catalogue.metrics if only is None or name in only]
    resolver = Resolver(connection, catalogue, cik)
    with _without_collection():
        columns = list(zip(*_rows(resolver, names), strict=True))
    if only is None:
        connection.execute("DELETE FROM figure_version WHERE cik = ?", [cik])
        connection.execute("DELETE FROM stale_company WHERE cik = ?", [cik])
    else:
        connection.execute(
            "DELETE FROM figure_version WHERE cik = ? AND list_contains(?, metric)", [cik, names]
        )
    if columns:
        arrays = [
            pa.array(column, kind.type) for column, kind in zip(columns, _SCHEMA, strict=True)
        ]
        append_rows(connection, "figure_version", pa.Table.from_arrays(arrays, schema=_SCHEMA))


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep Python from looking for cycles: figures are many small objects and form none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _rows(resolver: Resolver, names: Collection[str]) -> Iterator[tuple[Any, ...]]:
    """Yield a company's rows; a period's begin on the day some figure of it was first filed."""
    for where, since in sorted(resolver.facts.first_known.items()):
        period = resolver.facts.periods[where]
        trailing = period.fiscal_period.startswith(TRAILING)
        for name in names:
            metric = resolver.metric(name)
            if trailing and metric.period_type == "instant":
                continue  # the quarter's own row says it
            key = Key(name, *where)
            opening = (resolver.cik, *key, period.start, period.end)
            for vintage in resolver.vintages(key, since):
                yield (*opening, *_state(vintage, metric.unit))


def _state(vintage: Vintage, unit: str) -> tuple[Any, ...]:
    """Return what a row says beside its metric and period."""
    node = vintage.node
    return (
        vintage.first,
        vintage.last,
        node.kind,
        None if node.value is None else _stored(node.value),
        unit,
        node.reason or None,
        node.expression or None,
        inputs_to_json(node.inputs) if node.inputs else None,
        node.note,
        *(_of_fact(node.fact) if node.fact else _NO_FACT),
    )


def _of_fact(fact: Filed) -> tuple[str, str, date, str, str, int]:
    return (
        fact.concept,
        fact.accession,
        fact.filed,
        fact.form,
        fact.value_as_filed,
        fact.fact_id,
    )


def _stored(value: Decimal) -> Decimal:
    """Round a value to what the table holds."""
    if abs(value) >= _LARGEST:
        raise OverflowError(f"a figure of {value} does not fit the table")
    return value.quantize(_PLACES, ROUND_HALF_EVEN, _EXACT)
