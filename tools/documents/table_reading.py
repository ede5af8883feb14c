"""Reads a table block: its caption, labelled cells, scale, units and periods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tools.documents.blocks import Block
from tools.documents.column_periods import read_period
from tools.documents.tables import TableCell, join_fragments, label_cells
from tools.documents.units import ONE, PERCENT, Statement, kind_of, own_scale, read_statement

_NEAR_BLOCKS = 3
_NEAR_TEXT = 600
_CAPTION = 200
_HEADING_ROWS = 6
_DOLLAR = re.compile(r"\$|\bdollars\b|\bUSD\b", re.IGNORECASE)
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
    own = " ".join(
        cell.text.replace("\n", " ") for row in block.rows[:_HEADING_ROWS] for cell in row
    )
    near = " ".join(one.text for one in before)[-_NEAR_TEXT:]
    statement = read_statement([own, near])
    dollars = bool(_DOLLAR.search(block.text) or _DOLLAR.search(near[-200:]))
    headings = _shared_heading(block)
    full = tuple(
        _complete(cell, statement, dollars, f"{caption or ''}", headings) for cell in cells
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


def _complete(
    cell: TableCell, statement: Statement, dollars: bool, caption: str, shared: str
) -> TableCell:
    row, column = cell.row_label or "", cell.col_label or ""
    kind = "percent" if cell.is_percent else kind_of(row, column)
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
    if kind == "per share":
        return ONE, "USD/shares"
    own = own_scale(row.rpartition(": ")[2]) or own_scale(column)
    if kind == "shares":
        return own or statement.shares, "shares"
    money = dollars or statement.money is not None
    return own or statement.money, "USD" if money else None
