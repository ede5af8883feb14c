"""Gives table cells the scale and unit of the facts that they show.

What the page says of scale and unit in words is read elsewhere; a fact knows both exactly. A cell
stays linked only where its digits are its fact's: one that shows the fact rounded is unlinked.
Signs may differ, as a page shows an expense or an outflow with the sign it likes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from decimal import Decimal

from tools.documents.filings import FilingText
from tools.documents.table_reading import Table
from tools.documents.tables import TableCell
from tools.documents.units import PERCENT
from tools.xbrl.number_formats import EXACT
from tools.xbrl.records import InlineFact

_FINEST, _COARSEST = -10, 15  # powers of ten that a column DECIMAL(38,10) and a page can have

_Measure = tuple[Decimal, str]


def with_fact_measures(content: FilingText, facts: Sequence[InlineFact]) -> FilingText:
    """Give linked cells the measure of their facts, and cells beside them what these agree on."""
    tables = tuple(_measured(table, facts) for table in content.tables)
    return replace(content, tables=tables)


def _measured(table: Table, facts: Sequence[InlineFact]) -> Table:
    if not any(cell.fact is not None for cell in table.cells):
        return table
    cells = [_with_fact(cell, facts) for cell in table.cells]
    rows = _measures((cell.row_no, cell) for cell in cells)
    columns = _measures((cell.col_no, cell) for cell in cells)
    beside = [
        _with_neighbours(cell, rows.get(cell.row_no, set()), columns.get(cell.col_no, set()))
        for cell in cells
    ]
    return replace(table, cells=tuple(beside))


def _with_fact(cell: TableCell, facts: Sequence[InlineFact]) -> TableCell:
    if cell.fact is None:
        return cell
    fact = facts[cell.fact]
    if not cell.value and not fact.value:  # a zero or a dash: any scale fits
        percent = fact.unit == "pure" and cell.scale == PERCENT
        return replace(cell, unit="percent" if percent else fact.unit)
    scale = scale_between(cell.value, fact.value) if cell.value else None
    if scale is None:
        return replace(cell, fact=None)
    percent = fact.unit == "pure" and scale == PERCENT
    return replace(cell, scale=scale, unit="percent" if percent else fact.unit)


def scale_between(printed: Decimal, value: Decimal) -> Decimal | None:
    """The power of ten that makes `printed` into `value`, up to the sign; None where none does."""
    one, two = EXACT.normalize(printed).as_tuple(), EXACT.normalize(value).as_tuple()
    assert isinstance(one.exponent, int)
    assert isinstance(two.exponent, int)
    power = two.exponent - one.exponent
    if one.digits != two.digits or not _FINEST <= power <= _COARSEST:
        return None
    return Decimal(f"{Decimal(1).scaleb(power):f}")


def _measures(cells: Iterable[tuple[int, TableCell]]) -> dict[int, set[_Measure]]:
    """The measures that the linked figures of each row, or of each column, have."""
    found: dict[int, set[_Measure]] = defaultdict(set)
    for place, cell in cells:
        if cell.fact is not None and cell.value and cell.scale is not None and cell.unit:
            found[place].add((cell.scale, cell.unit))
    return found


def _with_neighbours(cell: TableCell, row: Set[_Measure], column: Set[_Measure]) -> TableCell:
    """Give a cell whose scale no words say that of its row, else of its column's like units.

    Only what all linked cells there agree on; a row's measure must be one of its column's too,
    as an equity statement has shares beside dollars.
    """
    if cell.scale is not None:
        return cell
    if len(row) == 1 and (not column or row <= column):
        [(scale, unit)] = row
        if cell.unit in (None, unit):
            return replace(cell, scale=scale, unit=unit)
    scales = {scale for scale, unit in column if unit == cell.unit}
    return replace(cell, scale=scales.pop()) if len(scales) == 1 else cell
