"""Reads a `<table>` as rows of cells, with spans, indentation and the facts shown in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from tools.documents.blocks import BREAK, RawCell, tidy
from tools.documents.markup import local_name
from tools.documents.styles import PLAIN, read_style
from tools.xbrl.inline import FACT_MARK

MAX_SPAN = 200
MAX_CELL_TEXT = 1200
_BOLD = frozenset(("b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"))
_LINES = frozenset(("br", "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "center"))
_DROPPED = frozenset(("script", "style", "head", "header", "hidden", "noscript", "title"))


@dataclass(slots=True)
class Grid:
    """A table as found; `links` and `anchors` hold what each row links to and is linked by."""

    rows: list[list[RawCell]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: list[tuple[str, ...]] = field(default_factory=list)


class _Cell:
    """A cell while it is read."""

    __slots__ = ("bold", "facts", "indent", "light", "parts", "rows", "span")

    def __init__(self, span: int, rows: int, indent: float) -> None:
        self.parts: list[str] = []
        self.facts: list[int] = []
        self.span, self.rows, self.indent = span, rows, indent
        self.bold = self.light = False

    def add(self, text: str, bold: bool) -> None:
        self.parts.append(text)
        if not text.isspace():
            self.bold |= bold
            self.light |= not bold

    def finished(self) -> RawCell:
        raw = "".join(self.parts)
        text = tidy(raw)
        indent = self.indent
        if text and raw[0] in "\u00a0\u2003\u2002 \n":
            lead = raw[: len(raw) - len(raw.lstrip())]
            indent += 3.0 * (lead.count("\u00a0") + 2 * lead.count("\u2003"))
        return RawCell(text, self.span, tuple(self.facts), indent, self.bold and not self.light)


class _GridReader:
    def __init__(self, targets: frozenset[str]) -> None:
        self.grid = Grid()
        self._targets = targets
        self._row: list[tuple[RawCell, int]] | None = None
        self._cell: _Cell | None = None
        self._bold = [False]
        self._over: list[int] = []  # by column: how many more rows a cell above covers
        self._link = ""
        self._anchors: list[str] = []

    def start(self, element: etree._Element, name: str) -> bool:
        """Open an element; False skips what is in it."""
        style = read_style(element.get("style") or "") if element.get("style") else PLAIN
        if style.hidden or name in _DROPPED:
            self._bold.append(self._bold[-1])
            return False
        self._bold.append(_is_bold(style.bold, name, self._bold[-1]))
        if name == "tr":
            self._end_row()
            self._row = []
        elif name in ("td", "th"):
            self._end_cell()
            self._cell = _Cell(_span(element, "colspan"), _span(element, "rowspan"), style.indent)
        elif self._cell is not None:
            self._inside(element, name, style.indent)
        self._note_anchor(element)
        self.text(element.text)
        return True

    def _inside(self, element: etree._Element, name: str, indent: float) -> None:
        assert self._cell is not None
        if name in _LINES:
            self._cell.parts.append(BREAK)
        if indent and not any(part.strip() for part in self._cell.parts):
            self._cell.indent += indent
        mark = element.get(FACT_MARK)
        if mark is not None:
            self._cell.facts.append(int(mark))

    def _note_anchor(self, element: etree._Element) -> None:
        for key in ("id", "name"):
            anchor = element.get(key)
            if anchor in self._targets:
                self._anchors.append(str(anchor))
        target = element.get("href")
        if target and target[0] == "#" and not self._link:
            self._link = target[1:]

    def end(self, element: etree._Element, name: str) -> None:
        self._bold.pop()
        if name == "tr":
            self._end_row()
        elif name in ("td", "th"):
            self._end_cell()
        elif name in ("p", "div", "li") and self._cell is not None:
            self._cell.parts.append(BREAK)
        self.text(element.tail)

    def text(self, text: str | None) -> None:
        if text and self._cell is not None:
            self._cell.add(text, self._bold[-1])

    def _end_cell(self) -> None:
        if self._cell is not None:
            if self._row is None:
                self._row = []
            self._row.append((self._cell.finished(), self._cell.rows))
            self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is None:
            return
        if any(cell.text for cell, _ in self._row) or any(count > 1 for _, count in self._row):
            self.grid.rows.append(self._placed(self._row))
            self.grid.links.append(self._link)
            self.grid.anchors.append(tuple(self._anchors))
            self._anchors = []
        self._row, self._link = None, ""

    def _placed(self, row: list[tuple[RawCell, int]]) -> list[RawCell]:
        """Put blanks where cells of rows above reach down."""
        if not any(self._over) and all(count == 1 for _, count in row):
            return [cell for cell, _ in row]
        placed: list[RawCell] = []
        over = self._over
        coming: list[int] = []
        for cell, count in row:
            covered = 0
            while len(coming) < len(over) and over[len(coming)] > 0:
                coming.append(over[len(coming)] - 1)
                covered += 1
            if covered:
                placed.append(RawCell("", covered))
            coming += [count - 1] * cell.span
            placed.append(cell)
        coming += [max(0, left - 1) for left in over[len(coming) :]]
        self._over = coming[:MAX_SPAN]
        return placed


def read_grid(table: etree._Element, targets: frozenset[str]) -> Grid | None:
    """Read a table's own cells; None where it holds another table or a page of text."""
    reader = _GridReader(targets)
    walk = etree.iterwalk(table, events=("start", "end"))
    name_of: Callable[[str], str] = local_name
    names: dict[str, str] = {}
    for event, element in walk:
        if element is table:
            continue
        tag = element.tag
        name = names.get(tag) or names.setdefault(tag, name_of(tag))
        if event == "end":
            reader.end(element, name)
            continue
        if name == "table":
            return None
        if not reader.start(element, name):
            walk.skip_subtree()
    reader._end_row()
    if any(len(cell.text) > MAX_CELL_TEXT for row in reader.grid.rows for cell in row):
        return None
    return reader.grid


def _is_bold(own: bool | None, name: str, outer: bool) -> bool:
    if own is not None:
        return own
    return outer or name in _BOLD


def _span(element: etree._Element, key: str) -> int:
    text = (element.get(key) or "1").strip()
    if not text.isascii() or not text.isdigit():
        return 1
    return max(1, min(int(text[:6]), MAX_SPAN))
