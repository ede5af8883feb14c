"""Tables of a filing as labelled cells: row label, column label, text, number.

Filing tables spread '$', figures and ')' over separate HTML cells; here they are one cell again.
A row's label is its path: the headings above it, then its own words. Layout tables (no figure in
them) give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from tools.documents.blocks import RawCell
from tools.documents.units import is_statement

_PREFIX = {"$", "\u20ac", "\u00a3", "\u00a5", "US$", "C$", "(", "$(", "-$"}
_SUFFIX = {")", "%", ")%", "%)", "x", "pts", "pts.", "bps"}
_NUMBER = re.compile(
    r"^(?P<open>\()?\s*(?P<minus>[-\u2212])?\s*(?:US|C)?[$\u20ac\u00a3\u00a5]?\s*(?P<inner>\()?\s*"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"\s*(?P<close>\))?\s*(?P<percent>%)?\s*\)?$"
)
_DASH = {"-", "\u2013", "\u2014", "\u2212", "--"}
_YEAR = re.compile(r"^(?:FY\s*)?(?:19|20)\d\d(?:\s*\(\d\))?$")
_SCALE = re.compile(
    r"(?:\bin\s+|\(|\$\s?|\bdollars\s+)(thousands|millions|billions)\b", re.IGNORECASE
)
_FOOTNOTE = re.compile(
    r"(?<=[\d)%])\s*(?:\(\d{1,2}\)|\([a-z]\)|\*{1,3}|[\u2020\u2021\u00b9\u00b2\u00b3]+)+$"
)
_NOTE_MARK = re.compile(
    r"^(?:\(\d{1,2}\)|\([a-z]{1,2}\)|\*{1,3}|[\u2020\u2021\u00b9\u00b2\u00b3])+$"
)
_ENDED = re.compile(r"\btotals?\b|^net\b", re.IGNORECASE)
MAX_HEADING = 120
_LAST = frozenset("0123456789)%*\u2020\u2021\u00b9\u00b2\u00b3 ")


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a row that covers columns `start` up to `end`."""

    start: int
    end: int
    text: str
    facts: tuple[int, ...] = ()
    indent: float = 0.0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class TableCell:
    """A figure (or dash) of a table.

    Attributes:
        value: The number as printed, sign applied, scale not; None for a dash.
        scale: What `value` is multiplied by to give base units; None where nothing says.
        unit: 'USD', 'USD/shares', 'shares', 'percent', or None where nothing says.
        fact: Place in `InlineDocument.facts` of the fact that the cell shows.
        indent: Of its row's label, in points.
        period_start: None for an instant, or where nothing says.
    """

    row_no: int
    col_no: int
    row_label: str | None
    col_label: str | None
    text: str
    value: Decimal | None
    is_percent: bool
    fact: int | None = None
    indent: int = 0
    scale: Decimal | None = None
    unit: str | None = None
    period_start: date | None = None
    period_end: date | None = None


def join_fragments(row: Sequence[RawCell | tuple[str, int]]) -> list[Cell]:
    """Put the pieces of figures together; `row` holds (text, columns spanned, ...)."""
    cells: list[Cell] = []
    position = 0
    prefix, prefix_start = "", 0
    for raw in row:
        piece = raw if type(raw) is RawCell else RawCell(*raw)
        start, position = position, position + max(piece.span, 1)
        text = piece.text
        if not text:
            continue
        text = text.replace("\n", " ") if "\n" in text else text
        if text in _PREFIX:
            if not prefix:
                prefix_start = start
            prefix += text
        elif text in _SUFFIX and cells and not prefix:
            last = cells[-1]
            cells[-1] = Cell(
                last.start, position, last.text + text, last.facts or piece.facts, last.indent,
                last.bold,
            )  # fmt: skip
        elif cells and not prefix and _NOTE_MARK.match(text) and _is_figure(cells[-1].text):
            continue  # the mark of a footnote beside a figure
        else:
            first = prefix_start if prefix else start
            cells.append(
                Cell(first, position, prefix + text, piece.facts, piece.indent, piece.bold)
            )
            prefix = ""
    return cells


def _is_figure(text: str) -> bool:
    return read_figure(text) is not None


def read_figure(text: str) -> tuple[Decimal | None, bool] | None:
    """Read a printed figure: (value, is percent); None where the text is no figure.

    A dash is a figure without a value; the mark of a footnote after a figure is no part of it.
    """
    if len(text) > 60 or not (text[-1:] in _LAST or text.rstrip("% ")[-1:] in _DASH):
        return None
    if text.lstrip("$\u20ac\u00a3 ").rstrip("% ") in _DASH:
        return None, text.endswith("%")
    matched = _NUMBER.match(text) or _NUMBER.match(_FOOTNOTE.sub("", text))
    if not matched:
        return None
    number = Decimal(matched["digits"].replace(",", ""))
    bracketed = (matched["open"] or matched["inner"]) and ")" in text
    negative = bool(bracketed or matched["minus"])
    return -number if negative and number else number, bool(matched["percent"])


@dataclass(slots=True)
class _Heading:
    """A row without figures that names the rows under it."""

    text: str
    indent: float
    has_deeper: bool = False


class _Labels:
    """The path of headings over the row that is read."""

    def __init__(self) -> None:
        self._stack: list[_Heading] = []

    def clear(self) -> None:
        self._stack = []

    def push(self, cell: Cell) -> None:
        self._close(cell.indent, same=True)
        self._stack.append(_Heading(cell.text.rstrip(": "), cell.indent))

    def label(self, cell: Cell) -> str:
        """A row's path; a total at its heading's level ends that heading."""
        total = bool(_ENDED.search(cell.text[:40]))
        self._close(cell.indent, same=False)
        while total and self._stack and self._stack[-1].indent >= cell.indent:
            self._stack.pop()
        for heading in self._stack:
            heading.has_deeper |= heading.indent < cell.indent
        kept = [heading.text for heading in self._stack if not total or heading.has_deeper]
        return ": ".join([*kept, cell.text])

    def _close(self, indent: float, *, same: bool) -> None:
        while self._stack:
            last = self._stack[-1]
            if last.indent > indent or (last.indent == indent and (same or last.has_deeper)):
                self._stack.pop()
            else:
                return


def label_cells(rows: Sequence[Sequence[RawCell | tuple[str, int]]]) -> list[TableCell]:
    """Label every figure of a table; empty when it has no two (a layout table, a page number)."""
    reader = _RowReader()
    for row_no, raw in enumerate(rows):
        row = join_fragments(raw)
        if row:
            reader.read(row_no, row)
    return reader.cells if len(reader.cells) > 1 else []


class _RowReader:
    """Reads rows from the top down, knowing the headings over and beside them."""

    def __init__(self) -> None:
        self.cells: list[TableCell] = []
        self._headers: list[list[Cell]] = []
        self._in_data = False
        self._labels = _Labels()

    def read(self, row_no: int, row: list[Cell]) -> None:
        label, figures = _split(row)
        if any(_is_amount(cell) for cell in figures):
            self._read_figures(row_no, label, figures)
        elif label is not None and not figures:
            self._read_heading(label)
        elif figures or row[0].start > 0:
            self._headers = [row] if self._in_data else [*self._headers, row]
            self._in_data = False
            self._labels.clear()

    def _read_heading(self, label: Cell) -> None:
        opens = self._headers or self.cells or label.text.endswith(":")
        if opens and len(label.text) <= MAX_HEADING and not is_statement(label.text):
            self._labels.push(label)

    def _read_figures(self, row_no: int, label: Cell | None, figures: list[Cell]) -> None:
        self._in_data = True
        name = self._labels.label(label) if label else None
        indent = round(label.indent) if label else 0
        for place, cell in enumerate(figures):
            figure = read_figure(cell.text)
            if figure is None:
                continue
            fact = cell.facts[0] if len(cell.facts) == 1 else None
            heading = _heading(self._headers, cell, place, len(figures))
            self.cells.append(
                TableCell(row_no, cell.start, name, heading, cell.text, *figure, fact, indent)
            )


def _split(row: list[Cell]) -> tuple[Cell | None, list[Cell]]:
    first = row[0]
    is_label = first.start == 0 and (read_figure(first.text) is None or _YEAR.match(first.text))
    return (first, row[1:]) if is_label and not first.facts else (None, row)


def _is_amount(cell: Cell) -> bool:
    return read_figure(cell.text) is not None and (bool(cell.facts) or not _YEAR.match(cell.text))


def _heading(headers: list[list[Cell]], cell: Cell, place: int, count: int) -> str | None:
    parts: list[str] = []
    for row in headers:
        over = [head for head in row if head.start < cell.end and cell.start < head.end]
        parts += [head.text for head in over if head.start > 0 or cell.start == 0]
    if not parts and headers:
        # Columns that do not meet: the headings go with the figures one by one.
        beside = [head for head in headers[-1] if head.start > 0]
        parts = [beside[place].text] if len(beside) == count else []
    kept = [part for part, following in pairwise([*parts, ""]) if part != following]
    return " ".join(kept) or None


def scale_of(texts: Sequence[str]) -> str | None:
    """The scale a table states ('in millions'): the first text that has one, its last mention."""
    for text in texts:
        found = _SCALE.findall(text)
        if found:
            return str(found[-1]).lower()
    return None
