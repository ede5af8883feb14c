"""Tables of a filing as labelled cells: row label, column label, text, number.

Filing tables spread '$', figures and ')' over separate HTML cells; here they are one cell again.
Layout tables (no figure in them) give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

_PREFIX = {"$", "\u20ac", "\u00a3", "\u00a5", "US$", "C$", "(", "$(", "-$"}
_SUFFIX = {")", "%", ")%", "%)", "x", "pts", "pts.", "bps"}
_NUMBER = re.compile(
    r"^(?P<open>\()?\s*(?P<minus>[-\u2212])?\s*(?:US|C)?[$\u20ac\u00a3\u00a5]?\s*(?P<inner>\()?\s*"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"\s*(?P<close>\))?\s*(?P<percent>%)?\s*\)?$"
)
_DASH = {"-", "\u2013", "\u2014", "\u2212", "--"}
_YEAR = re.compile(r"^(?:FY\s*)?(?:19|20)\d\d(?:\s*\(\d\))?$")
_SCALE = re.compile(r"\bin\s+(thousands|millions|billions)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a row that covers columns `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TableCell:
    """A figure (or dash) of a table; `value` is as printed, sign applied, scale not."""

    row_no: int
    col_no: int
    row_label: str | None
    col_label: str | None
    text: str
    value: Decimal | None
    is_percent: bool


def join_fragments(row: Sequence[tuple[str, int]]) -> list[Cell]:
    """Put the pieces of figures together; `row` holds (text, columns spanned)."""
    cells: list[Cell] = []
    position = 0
    prefix, prefix_start = "", 0
    for raw, span in row:
        text = re.sub(r"\s+", " ", raw.replace("\u200b", "")).strip()
        start, position = position, position + max(span, 1)
        if not text:
            continue
        if text in _PREFIX:
            if not prefix:
                prefix_start = start
            prefix += text
        elif text in _SUFFIX and cells and not prefix:
            last = cells[-1]
            cells[-1] = Cell(last.start, position, last.text + text)
        else:
            cells.append(Cell(prefix_start if prefix else start, position, prefix + text))
            prefix = ""
    return cells


def read_figure(text: str) -> tuple[Decimal | None, bool] | None:
    """Read a printed figure: (value, is percent); None where the text is no figure.

    A dash is a figure without a value.
    """
    if text.lstrip("$\u20ac\u00a3 ").rstrip("% ") in _DASH:
        return None, text.endswith("%")
    matched = _NUMBER.match(text)
    if not matched:
        return None
    number = Decimal(matched["digits"].replace(",", ""))
    bracketed = (matched["open"] or matched["inner"]) and ")" in text
    negative = bool(bracketed or matched["minus"])
    return -number if negative and number else number, bool(matched["percent"])


def label_cells(rows: Sequence[Sequence[tuple[str, int]]]) -> list[TableCell]:
    """Label every figure of a table; empty when it has no two (a layout table, a page number)."""
    cells: list[TableCell] = []
    headers: list[list[Cell]] = []
    in_data = False
    group = ""
    for row_no, raw in enumerate(rows):
        row = join_fragments(raw)
        if not row:
            continue
        label, figures = _split(row)
        if not any(_is_amount(cell.text) for cell in figures):
            if len(row) == 1 and row[0].start == 0 and row[0].text.endswith(":"):
                group = row[0].text
            elif figures or row[0].start > 0:
                headers = [row] if in_data else [*headers, row]
                in_data, group = False, ""
            continue
        in_data = True
        name = label.text if label else None
        if group and name and name.lower().startswith("total"):
            group = ""
        full = f"{group} {name}" if group and name else name
        for cell in figures:
            figure = read_figure(cell.text)
            if figure is not None:
                cells.append(
                    TableCell(row_no, cell.start, full, _heading(headers, cell), cell.text, *figure)
                )
    return cells if len(cells) > 1 else []


def _split(row: list[Cell]) -> tuple[Cell | None, list[Cell]]:
    first = row[0]
    is_label = first.start == 0 and (read_figure(first.text) is None or _YEAR.match(first.text))
    return (first, row[1:]) if is_label else (None, row)


def _is_amount(text: str) -> bool:
    return read_figure(text) is not None and not _YEAR.match(text)


def _heading(headers: list[list[Cell]], cell: Cell) -> str | None:
    parts: list[str] = []
    for row in headers:
        over = [head for head in row if head.start < cell.end and cell.start < head.end]
        parts += [head.text for head in over if head.start > 0 or cell.start == 0]
    kept = [part for part, following in pairwise([*parts, ""]) if part != following]
    return " ".join(kept) or None


def scale_of(texts: Sequence[str]) -> str | None:
    """The scale a table states ('in millions'): the first text that has one, its last mention."""
    for text in texts:
        found = _SCALE.findall(text)
        if found:
            return str(found[-1]).lower()
    return None
