"""Reads a DOCX as blocks: paragraphs, headings (as bold), and tables by their cells.

Headers, footers, footnotes, text boxes and deleted text are left out; a DOCX has no pages until it
is printed, so only the breaks that its author set are kept.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tools.documents.blocks import BREAK, Block, RawCell, tidy
from tools.documents.html_tables import Grid
from tools.documents.layout import blocks_of_table
from tools.documents.pdf import INSTALL
from tools.errors import SetupError

MAGIC = b"PK\x03\x04"
MAX_UNPACKED_BYTES = 200_000_000
_MAX_PARTS = 20_000
_MAX_DEPTH = 40
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEFT_OUT = frozenset((
    f"{_W}del", f"{_W}moveFrom", f"{_W}txbxContent", f"{_W}pPr", f"{_W}rPr", f"{_W}instrText",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
))  # fmt: skip
_WRAPPERS = frozenset(
    _W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")
)
# What python-docx, lxml and zipfile raise on a damaged file.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, KeyError, ValueError, AttributeError,
    TypeError, IndexError, AssertionError, EOFError, OSError, RuntimeError,
)  # fmt: skip


def is_docx(name: str, head: bytes) -> bool:
    """Say whether a file is a DOCX, from its name and its first bytes."""
    return head.startswith(MAGIC) and name.lower().endswith(".docx")


def read_docx(data: bytes) -> list[Block]:
    """Read a DOCX.

    Raises:
        SetupError: python-docx is missing; or the file is broken, encrypted, or unpacks too large.
    """
    try:
        import docx
        from docx.opc.exceptions import OpcError
    except ImportError as error:
        raise SetupError(f"reading a DOCX needs python-docx: {INSTALL}") from error
    try:
        _check_size(data)
        document = docx.Document(io.BytesIO(data))
        styles = {style.style_id: style for style in document.styles}
        return _Reader(styles).read(document.element.body)
    except (OpcError, *_BROKEN) as error:
        reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise SetupError(f"not a readable DOCX ({reason[0][:120]})") from error


def _check_size(data: bytes) -> None:
    """Refuse a zip bomb; zipfile never unpacks more of a part than its directory says."""
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        parts = held.infolist()
    size = sum(part.file_size for part in parts)
    if size > MAX_UNPACKED_BYTES or len(parts) > _MAX_PARTS:
        raise SetupError(
            f"a DOCX that unpacks to {size // 1_000_000:,} MB in {len(parts):,} parts, more than "
            f"the limit of {MAX_UNPACKED_BYTES // 1_000_000} MB"
        )
    if any(part.flag_bits & 1 for part in parts):
        raise SetupError("a DOCX that needs a password; save a copy without one")


class _Reader:
    def __init__(self, styles: dict[str, Any]) -> None:
        self._styles = styles
        self._blocks: list[Block] = []

    def read(self, body: etree._Element) -> list[Block]:
        self._children(body, 0)
        return self._blocks

    def _children(self, element: etree._Element, depth: int) -> None:
        if depth > _MAX_DEPTH:
            return
        for child in element:
            if child.tag == f"{_W}p":
                self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                self._blocks += self._table(child, depth)
            elif child.tag in _WRAPPERS:
                self._children(child, depth + 1)

    def _paragraph(self, paragraph: etree._Element) -> None:
        text = "".join(_pieces(paragraph))
        for number, part in enumerate(text.split("\f")):
            if number:
                self._blocks.append(Block("", "page"))
            if part.strip():
                is_bold = self._is_heading(paragraph) or _is_bold(paragraph)
                self._blocks.append(Block(tidy(part), "prose", is_bold))

    def _is_heading(self, paragraph: etree._Element) -> bool:
        found = paragraph.find(f"{_W}pPr/{_W}pStyle")
        style = self._styles.get(found.get(f"{_W}val", "")) if found is not None else None
        for _ in range(10):  # a style is based on another; a broken file makes circles
            if style is None:
                return False
            name = str(style.name or "").lower()
            if name.startswith("heading") or name == "title":
                return True
            style = getattr(style, "base_style", None)
        return False

    def _table(self, table: etree._Element, depth: int) -> list[Block]:
        grid = Grid()
        for row in table.iter(f"{_W}tr"):
            if next(row.iterancestors(f"{_W}tbl")) is table:
                grid.rows.append([self._cell(cell) for cell in _cells(row)])
                grid.links.append("")
                grid.anchors.append(())
        blocks = blocks_of_table(grid)
        if blocks is None:  # paragraphs laid out in cells
            start = len(self._blocks)
            for cell in table.iter(f"{_W}tc"):
                if next(cell.iterancestors(f"{_W}tbl")) is table:
                    self._children(cell, depth + 1)
            blocks = self._blocks[start:]
            del self._blocks[start:]
        return blocks

    def _cell(self, cell: etree._Element) -> RawCell:
        paragraphs = list(cell.iter(f"{_W}p"))
        text = tidy(BREAK.join("".join(_pieces(one)).replace("\f", " ") for one in paragraphs))
        span = cell.find(f"{_W}tcPr/{_W}gridSpan")
        width = int(span.get(f"{_W}val", "1")) if span is not None else 1
        is_bold = bool(text) and all(
            _is_bold(one) for one in paragraphs if "".join(_pieces(one)).strip()
        )
        indent = _indent(paragraphs[0]) if paragraphs else 0.0
        return RawCell(text, max(1, min(width, 200)), (), indent, is_bold)


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for child in row:
        if child.tag == f"{_W}tc":
            yield child
        elif child.tag in _WRAPPERS:
            yield from _cells(child)


def _pieces(element: etree._Element, depth: int = 0) -> Iterator[str]:
    """Text of a paragraph as it stands with its changes accepted."""
    for child in element:
        if child.tag in _LEFT_OUT or depth > _MAX_DEPTH:
            continue
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag == f"{_W}tab":
            yield "\t"
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            yield "\f" if child.get(f"{_W}type") == "page" else BREAK
        elif child.tag == f"{_W}noBreakHyphen":
            yield "-"
        else:
            yield from _pieces(child, depth + 1)


def _is_bold(paragraph: etree._Element) -> bool:
    """Whether every run with text is set in bold."""
    runs = [run for run in paragraph.iter(f"{_W}r") if "".join(_pieces(run)).strip()]
    return bool(runs) and all(_is_on(run.find(f"{_W}rPr/{_W}b")) for run in runs)


def _is_on(element: etree._Element | None) -> bool:
    return element is not None and element.get(f"{_W}val", "1") not in ("0", "false", "off")


def _indent(paragraph: etree._Element) -> float:
    found = paragraph.find(f"{_W}pPr/{_W}ind")
    text = (found.get(f"{_W}left") or found.get(f"{_W}start") or "") if found is not None else ""
    return int(text) / 20 if text.isdigit() else 0.0  # twentieths of a point
