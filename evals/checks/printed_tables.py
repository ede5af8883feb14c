"""Tables of an HTML filing as a reader sees them: labels, printed numbers, headings, title.

Made to check the data layer, so it shares nothing with it: no inline-XBRL attribute is read, and
no module of `tools`. It knows the modern layout only (one table a statement or part of one, a
heading cell over the columns that it spans).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from lxml import etree, html

_DASHES = "—–-‒−"
_NUMBER = re.compile(r"\(?\s*[-−–]?\s*\(?\s*(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?\s*\)?\s*")
_TITLE_CHARACTERS = 700


@dataclass(frozen=True)
class Printed:
    """One number, with the columns of the grid that its cell covers."""

    value: Decimal
    text: str
    first: int
    last: int


@dataclass(frozen=True)
class Row:
    """A table row: its label, and its numbers from left to right."""

    label: str
    numbers: tuple[Printed, ...]
    cells: tuple[tuple[str, int, int], ...]


@dataclass
class Table:
    """A table in document order with the text that stands above it."""

    above: str
    rows: list[Row] = field(default_factory=list)

    def text(self) -> str:
        """All of its cells, as one text."""
        return " ".join(cell[0] for row in self.rows for cell in row.cells)


def read_tables(data: bytes) -> tuple[list[Table], str]:
    """Read every table, and the text of the document's first pages."""
    root = html.fromstring(data, parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    tables: list[Table] = []
    above: list[str] = []
    opening: list[str] = []
    for found in _walk(root):
        if isinstance(found, str):
            above.append(found)
            if sum(map(len, opening)) < 40_000:
                opening.append(found)
            continue
        table = _table(found, _squeeze(" ".join(above))[-_TITLE_CHARACTERS:])
        if any(row.numbers for row in table.rows):
            tables.append(table)
            above = [] if len(table.rows) > 3 else above
        else:
            above.append(_squeeze(table.text()))
        if len(opening) < 4000:
            opening.append(_squeeze(table.text()))
    return tables, _squeeze(" ".join(opening))


def _walk(root: etree._Element) -> Iterator[str | etree._Element]:
    """Yield text and tables in the order of the document."""
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "end":
            if element.tail:
                yield element.tail
            continue
        if not isinstance(element.tag, str) or _hidden(element):
            walker.skip_subtree()
        elif element.tag == "table":
            walker.skip_subtree()
            yield element
        elif element.text:
            yield element.text


def _hidden(element: etree._Element) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.tag in ("ix:header", "script", "style", "head") or "display:none" in style


def _table(element: etree._Element, above: str) -> Table:
    table = Table(above)
    spans: dict[int, tuple[int, str]] = {}
    for line in element.iter("tr"):
        cells: list[tuple[str, int, int]] = []
        column = 0
        for cell in line.iterchildren("td", "th"):
            while spans.get(column, (0, ""))[0] > 0:
                spans[column] = (spans[column][0] - 1, "")
                column += 1
            width = _span(cell.get("colspan"))
            text = _squeeze(_text(cell))
            if text:
                cells.append((text, column, column + width - 1))
            for place in range(column, column + width):
                spans[place] = (_span(cell.get("rowspan")) - 1, "")
            column += width
        if cells:
            table.rows.append(_row(cells))
    return table


def _span(text: str | None) -> int:
    return max(1, int(text)) if text and text.strip().isdigit() else 1


def _text(cell: etree._Element) -> str:
    parts = [cell.text or ""]
    for child in cell:
        if isinstance(child.tag, str) and not _hidden(child):
            block = child.tag in ("br", "div", "p", "tr")
            parts.append(f"{' ' if block else ''}{_text(child)}{' ' if block else ''}")
        parts.append(child.tail or "")
    return "".join(parts)


def _squeeze(text: str) -> str:
    return re.sub(r"[\s\u00a0\u200b\u2002-\u200a]+", " ", text).strip()


def _row(cells: list[tuple[str, int, int]]) -> Row:
    label = ""
    numbers: list[Printed] = []
    for place, (text, first, last) in enumerate(cells):
        if re.fullmatch(r"[$€£¥)%\s]+", text):
            continue
        following = cells[place + 1][0] if place + 1 < len(cells) else ""
        value = read_printed(text, closes=following.startswith(")"))
        if value is not None and (label or first > 0):
            numbers.append(Printed(value, text, first, last))
        elif not numbers and not label:
            label = text
    return Row(label, tuple(numbers), tuple(cells))


def read_printed(text: str, *, closes: bool = False) -> Decimal | None:
    """Read a printed amount: parentheses are a minus, a dash is zero; None for words."""
    bare = re.sub(r"[$€£¥\s]", "", text)
    if bare and all(character in _DASHES for character in bare):
        return Decimal(0)
    matched = _NUMBER.fullmatch(bare.rstrip("%*"))
    if not matched or not (matched[1] or matched[2]):
        return None
    value = Decimal((matched[1] or "0").replace(",", "") + (matched[2] or ""))
    negative = bare[0] in "(-−–" and (bare[0] != "(" or ")" in bare or closes)
    return -value if negative else value
