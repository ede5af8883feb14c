"""Gives table cells the periods of the facts that they and their columns show.

A fact's period is exact where a heading says 'Years ended December 31,' over '2024'; a column
whose facts all have one period lends it to its cells without a fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tools.documents.filings import FilingText
from tools.documents.table_reading import Table
from tools.documents.tables import TableCell
from tools.xbrl.records import InlineFact

_Period = tuple[date | None, date]


def with_periods(content: FilingText, facts: Sequence[InlineFact]) -> FilingText:
    """Fill in the periods of a filing's cells."""
    tables = tuple(_filled(table, facts) for table in content.tables)
    return replace(content, tables=tables)


def _filled(table: Table, facts: Sequence[InlineFact]) -> Table:
    if not any(cell.fact is not None for cell in table.cells):
        return table
    columns = _columns(table, facts)
    cells = [_with(cell, _period(cell, facts), columns) for cell in table.cells]
    return replace(table, cells=tuple(cells))


def _columns(table: Table, facts: Sequence[InlineFact]) -> dict[str, set[_Period]]:
    columns: dict[str, set[_Period]] = {}
    for cell in table.cells:
        period = _period(cell, facts)
        if period is not None and cell.col_label:
            columns.setdefault(cell.col_label, set()).add(period)
    return columns


def _period(cell: TableCell, facts: Sequence[InlineFact]) -> _Period | None:
    if cell.fact is None:
        return None
    fact = facts[cell.fact]
    return fact.period_start, fact.period_end


def _with(cell: TableCell, own: _Period | None, columns: dict[str, set[_Period]]) -> TableCell:
    shared = columns.get(cell.col_label or "", set())
    period = own
    if own is None and len(shared) == 1:
        only = next(iter(shared))
        period = only if cell.period_end in (None, only[1]) else None
    if period is None:
        return cell
    return replace(cell, period_start=period[0], period_end=period[1])
