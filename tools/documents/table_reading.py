"""Reads a table block: its caption, labelled cells, scale, units and periods."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tools.documents.blocks import Block
from tools.documents.column_periods import read_period
from tools.documents.tables import TableCell, join_fragments, label_cells
from tools.documents.units import (
    ONE,
    PERCENT,
    WORDS,
    Statement,
    kind_of,
    own_scale,
    read_statement,
)

_NEAR_BLOCKS = 3
_NEAR_TEXT = 600
_CAPTION = 200
_HEADING_ROWS = 6
_DOLLAR = re.compile(r"\$|\bdollars\b|\bUSD\b", re.IGNORECASE)
_FOREIGN = re.compile("[\u20ac\u00a3\u00a5]")
_FIGURE_ITEMS = frozenset(("1", "6", "7", "7A", "8", "15", "14", "2", "EX-13", "other"))
_TOO_LARGE = 10_000_000
_FULL_STOP = re.compile(r"[.;,]$")


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `number` counts all tables of the filing. Only tables of figures have cells."""

    number: int
    item: str | None
    unit_scale: str | None
    cells: tuple[TableCell, ...]
    span_start: int | None
    span_end: int | None
    kind: str = "figures"
    caption: str | None = None


def read_table(
    blocks: Sequence[Block], index: int, number: int, item: str, span: tuple[int, int]
) -> Table:
    """Read the table at `index` of a section's blocks."""
    block = blocks[index]
    before = _before(blocks, index)
    caption = _caption(before)
    if block.table_kind != "figures":
        return Table(number, item, None, (), *span, block.table_kind, caption)
    cells = label_cells(block.rows)
    own = "\n".join(
        " ".join(cell.text.replace("\n", " ") for cell in row if cell.text)
        for row in block.rows[:_HEADING_ROWS]
    )
    near = " ".join(one.text for one in before)[-_NEAR_TEXT:]
    statement = read_statement(own, near)
    dollars = bool(_DOLLAR.search(block.text) or _DOLLAR.search(near[-200:]))
    headings = _shared_heading(block)
    rates = _rate_columns(cells)
    full = tuple(
        _complete(cell, statement, dollars, headings, cell.col_label in rates) for cell in cells
    )
    kind = "figures" if full else "text"
    return Table(number, item, statement.name, full, *span, kind, caption)


def _before(blocks: Sequence[Block], index: int) -> list[Block]:
    found: list[Block] = []
    for block in reversed(blocks[max(0, index - _NEAR_BLOCKS) : index]):
        if block.kind == "table":
            break
        found.append(block)
    return found[::-1]


def _caption(before: Sequence[Block]) -> str | None:
    """The nearest heading above a table, else the sentence that leads to it."""
    for block in reversed(before):
        text = block.text.replace("\n", " ")
        stands_out = block.bold or text.isupper()
        if (
            len(text) <= _CAPTION
            and not text.startswith("(")
            and (stands_out or not _FULL_STOP.search(text))
        ):
            return text
    if not before:
        return None
    return before[-1].text.replace("\n", " ")[-_CAPTION:]


def _shared_heading(block: Block) -> str:
    """Words over all columns, such as 'Years ended December 31,' in the label column."""
    words: list[str] = []
    for row in block.rows[:_HEADING_ROWS]:
        texts = [cell.text for cell in join_fragments(row)]
        if len(texts) == 1:
            words.append(texts[0])
    return " ".join(words)[:300]


def _rate_columns(cells: Sequence[TableCell]) -> set[str | None]:
    """Columns of percentages where only some cells bear the sign."""
    signed = {cell.col_label for cell in cells if cell.is_percent}
    money = {cell.col_label for cell in cells if "$" in cell.text or "," in cell.text}
    return signed - money


def _complete(
    cell: TableCell, statement: Statement, dollars: bool, shared: str, rates: bool
) -> TableCell:
    row, column = cell.row_label or "", cell.col_label or ""
    kind = "percent" if cell.is_percent else kind_of(row, column, cell.text)
    if rates and kind == "money":
        kind = "percent"
    scale, unit = _scale(kind, cell, statement, dollars)
    period = read_period(column) or read_period(f"{shared} {column}") if column else None
    return replace(
        cell,
        scale=scale,
        unit=unit,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
    )


def _scale(
    kind: str, cell: TableCell, statement: Statement, dollars: bool
) -> tuple[Decimal | None, str | None]:
    row, column = cell.row_label or "", cell.col_label or ""
    if kind == "percent":
        return PERCENT, "percent"
    if _is_whole(cell, statement):
        return ONE, "shares" if kind == "shares" else None
    if kind == "per share":
        return ONE, "USD/shares"
    own = own_scale(row.rpartition(": ")[2]) or own_scale(column)
    if kind == "shares":
        return own or statement.shares, "shares"
    if _FOREIGN.search(cell.text):
        return own or statement.money, None
    money = dollars or statement.money is not None
    return own or statement.money, "USD" if money else None


def _is_whole(cell: TableCell, statement: Statement) -> bool:
    """Whether a figure is too large for its table's scale: trillions of millions are shares."""
    millions = statement.money is not None and statement.money >= WORDS["million"]
    return millions and cell.value is not None and abs(cell.value) >= _TOO_LARGE


def with_usual_scale(tables: Sequence[Table]) -> list[Table]:
    """Give tables that state no scale the one that nearly all others of the report state.

    Reports say it once ('tabular amounts in millions'); only items of figures are meant.
    """
    stated = Counter(table.unit_scale for table in tables if table.unit_scale)
    if not stated:
        return list(tables)
    usual, count = stated.most_common(1)[0]
    if count * 10 < stated.total() * 8 or count < 3:
        return list(tables)
    factor = WORDS[str(usual).rstrip("s")]
    return [_scaled(table, factor) if _inherits(table) else table for table in tables]


def _inherits(table: Table) -> bool:
    return table.unit_scale is None and table.item in _FIGURE_ITEMS and bool(table.cells)


def _is_large(cell: TableCell) -> bool:
    return cell.value is not None and abs(cell.value) >= _TOO_LARGE


def _scaled(table: Table, factor: Decimal) -> Table:
    cells = [
        replace(cell, scale=factor) if cell.scale is None and not _is_large(cell) else cell
        for cell in table.cells
    ]
    return replace(table, cells=tuple(cells))
