"""Plain text, as filed in the 1990s, as blocks: paragraphs, headings, `<TABLE>`s, pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.documents.ascii_tables import looks_tabular, rows_of
from tools.documents.blocks import Block, tidy
from tools.documents.layout import ITEM_LABEL

_TAG = re.compile(r"<(/?)(TABLE|PAGE|CAPTION|S|C|FN|F\d+|TEXT|BTB|ETB)>", re.IGNORECASE)
_OTHER_TAG = re.compile(r"</?[A-Za-z][\w-]{0,15}(?:\s[^<>]{0,200})?>")
_PART = re.compile(r"^\s*part\s+(?:i|ii|iii|iv)\b\s*\.?\s*$", re.IGNORECASE)
_RULE = re.compile(r"^[\s\-=_*.]+$")
_ENTRY_END = re.compile(r"(?:\.{3,}|\s{2,})\s*[A-Z]{0,2}-?\d{1,3}\s*$")


def text_blocks(text: str) -> list[Block]:
    """Read plain text."""
    reader = _Reader()
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        reader.line(line.expandtabs())
    reader.end_paragraph()
    reader.end_table()
    return reader.blocks


class _Reader:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._lines: list[str] = []
        self._table: list[str] | None = None

    def line(self, line: str) -> None:
        if "\f" in line:
            line = line.replace("\f", "")
            self._page()
        tags = _TAG.findall(line) if "<" in line else []
        names = [(slash, name.upper()) for slash, name in tags]
        if ("", "PAGE") in names:
            self._page()
            line = re.sub(r"<PAGE>\s*\S*", "", line, flags=re.IGNORECASE)
        if ("", "TABLE") in names:
            self.end_paragraph()
            self.end_table()
            self._table = []
        if self._table is not None:
            self._table_line(line, names)
        else:
            self._text_line(_OTHER_TAG.sub("", line) if "<" in line else line)

    def _table_line(self, line: str, names: list[tuple[str, str]]) -> None:
        assert self._table is not None
        kept = ("", "S") in names or ("", "C") in names
        text = line if kept else _TAG.sub("", line)
        if text.strip():
            self._table.append(text)
        elif not names:
            self._table.append("")
        if ("/", "TABLE") in names:
            self.end_table()

    def _page(self) -> None:
        self.end_paragraph()
        if self._table is None:
            self.blocks.append(Block("", "page"))

    def _text_line(self, line: str) -> None:
        if not line.strip() or _RULE.match(line):
            self.end_paragraph()
            return
        if self._lines and (_starts_heading(line) or _PART.match(self._lines[-1])):
            self.end_paragraph()
        self._lines.append(line)

    def end_paragraph(self) -> None:
        """End the paragraph that is being read."""
        lines, self._lines = self._lines, []
        if not lines:
            return
        if looks_tabular(lines):
            self._add_table(lines)
            return
        self.blocks.append(Block(tidy(" ".join(lines)), "prose", _is_capital(lines)))

    def end_table(self) -> None:
        """End the `<TABLE>` that is being read."""
        lines, self._table = self._table, None
        if lines and any(line.strip() for line in lines):
            self._add_table(lines)

    def _add_table(self, lines: list[str]) -> None:
        kept = [line for line in lines if not _TAG.search(line)]
        entries = [line for line in kept if ITEM_LABEL.match(line)]
        if len(entries) >= 4 and sum(bool(_ENTRY_END.search(line)) for line in kept) >= 3:
            kind = "contents"
        elif len(entries) >= 1:
            self._split_at_items(kept)
            return
        else:
            kind = "figures"
        body = "\n".join(line.rstrip() for line in kept if line.strip() and not _RULE.match(line))
        if body:
            rows = rows_of(lines) if kind == "figures" else []
            self.blocks.append(Block(body, "table", rows=rows, table_kind=kind))

    def _split_at_items(self, lines: list[str]) -> None:
        """A `<TABLE>` around headings of items is no table."""
        for paragraph in _paragraphs(lines):
            text = tidy(" ".join(paragraph))
            if text:
                self.blocks.append(Block(text, "prose", _is_capital(paragraph)))


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    held: list[str] = []
    for line in lines:
        if not line.strip() or _RULE.match(line) or ITEM_LABEL.match(line):
            if held:
                yield held
            held = []
        if line.strip() and not _RULE.match(line):
            held.append(line)
    if held:
        yield held


def _starts_heading(line: str) -> bool:
    return bool(_PART.match(line)) or (
        bool(ITEM_LABEL.match(line))
        and bool(re.match(r"\s*(?:ITEM|PART|Items?\s+\d+\w?\s*[.:\-\u2014])", line))
    )


def _is_capital(lines: list[str]) -> bool:
    letters = [mark for line in lines for mark in line if mark.isalpha()]
    return len(letters) >= 4 and len(lines) <= 3 and all(mark.isupper() for mark in letters)
