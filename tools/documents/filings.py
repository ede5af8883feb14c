"""A filing's document as sections, passages and tables.

The filing's plain text is its sections' texts in order, joined by form feeds; every span counts
characters of that text. Nothing here touches the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from tools.documents.ascii_blocks import text_blocks
from tools.documents.blocks import Block, Part
from tools.documents.exhibits import exhibit_parts
from tools.documents.form_items import items_of
from tools.documents.furniture import furniture
from tools.documents.html_blocks import html_blocks
from tools.documents.markup import is_markup, parse_html
from tools.documents.notes import note_parts
from tools.documents.passage_split import is_continued, split_runs
from tools.documents.sections import cut
from tools.documents.table_reading import Table, read_table, with_usual_scale
from tools.errors import SetupError

JOINT = "\f"
NOTE = "note"  # stands for the form of a research note
GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Section:
    """An item of the report; in a 10-Q, items of Part II are 'II-1', 'II-1A'.

    An item that shares its heading with the one before ('Items 1 and 2') has no text of its own.
    """

    item: str
    title: str
    text: str
    span_start: int
    span_end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of a section; `section` is its index."""

    section: int
    text: str
    span_start: int
    span_end: int


@dataclass(frozen=True, slots=True)
class FilingText:
    """A filing's readable content; `pages` are (number, start) where the document marks pages."""

    sections: tuple[Section, ...]
    passages: tuple[Passage, ...]
    tables: tuple[Table, ...]
    pages: tuple[tuple[int, int], ...] = ()

    @property
    def plain_text(self) -> str:
        """The text that spans count in."""
        return JOINT.join(section.text for section in self.sections)


def read(text: str, form: str) -> FilingText:
    """Read a filing's HTML (or old plain text).

    Raises:
        SetupError: There is no text in it.
    """
    return read_blocks([(blocks_of(text), form)])


def blocks_of(text: str) -> list[Block]:
    """Read a document's blocks, be it HTML or plain text."""
    return html_blocks(parse_html(text)) if is_markup(text) else text_blocks(text)


def read_tree(root: etree._Element, form: str) -> FilingText:
    """Read a page that is already parsed, its facts marked or not.

    Raises:
        SetupError: There is no text in it.
    """
    return read_blocks([(html_blocks(root), form)])


def read_blocks(documents: Sequence[tuple[list[Block], str]]) -> FilingText:
    """Read a filing's documents (the report, then its exhibits), each with its form or type.

    Raises:
        SetupError: There is no text in them.
    """
    writer = _Writer()
    for blocks, form in documents:
        parts = _parts(blocks, form)
        opening = frozenset(part.start for part in parts)
        dropped = furniture(blocks, opening)
        for part in parts:
            writer.add(blocks, part, dropped, form)
    if not any(section.text for section in writer.sections):
        raise SetupError("no text in this document")
    return FilingText(
        tuple(writer.sections),
        tuple(writer.passages),
        tuple(with_usual_scale(writer.tables)),
        tuple(writer.pages),
    )


def _parts(blocks: list[Block], form: str) -> list[Part]:
    if form == NOTE:
        return note_parts(blocks)
    return exhibit_parts(blocks, form) if form.startswith("EX-") else cut(blocks, form)


class _Writer:
    """Lays the parts of a filing out as text, one after another."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.passages: list[Passage] = []
        self.tables: list[Table] = []
        self.pages: list[tuple[int, int]] = []
        self._end = 0
        self._number = 0

    def add(self, blocks: list[Block], part: Part, dropped: frozenset[int], form: str) -> None:
        start = self._end + (len(JOINT) if self.sections else 0)
        places = [
            place
            for place in range(part.start, part.end)
            if place not in dropped and blocks[place].text
        ]
        kept = [blocks[place] for place in places]
        pieces, runs, tables = _lay_out(kept, part.item)
        text = "".join(pieces)
        if not text:
            return
        self._add_section(part.item, part.title, text)
        index = len(self.sections) - 1
        for first, last in split_runs(text, runs):
            self.passages.append(Passage(index, text[first:last], start + first, start + last))
        self._add_tables(tables, kept, part, start)
        self._add_pages(places, pieces, blocks, start)
        titles = items_of(form)
        for key in part.also:
            title = titles[key].title if key in titles else key
            self._add_section(key, f"{title} (with Item {part.item})", "")

    def _add_section(self, item: str, title: str, text: str) -> None:
        start = self._end + (len(JOINT) if self.sections else 0)
        self._end = start + len(text)
        self.sections.append(Section(item, title, text, start, self._end))

    def _add_pages(
        self, places: list[int], pieces: list[str], blocks: list[Block], start: int
    ) -> None:
        """Note where pages begin; `pieces` are the blocks' texts with the gaps between them."""
        page = 1 + sum(block.kind == "page" for block in blocks[: places[0]])
        before = places[0]
        for number, place in enumerate(places):
            page += sum(block.kind == "page" for block in blocks[before:place])
            before = place
            if not self.pages or self.pages[-1][0] != page:
                self.pages.append((page, start + sum(map(len, pieces[: 2 * number]))))

    def _add_tables(
        self, places: list[tuple[int, int, int]], kept: list[Block], part: Part, start: int
    ) -> None:
        for index, first, last in places:
            table = read_table(kept, index, self._number, part.item, (start + first, start + last))
            self._number += 1
            if table is not None:
                self.tables.append(table)


def _lay_out(
    kept: Sequence[Block], item: str
) -> tuple[list[str], list[tuple[int, int]], list[tuple[int, int, int]]]:
    """Text pieces, spans of prose without a table between, and tables as (block, start, end)."""
    pieces: list[str] = []
    runs: list[tuple[int, int]] = []
    tables: list[tuple[int, int, int]] = []
    end = 0
    prose = False
    for index, block in enumerate(kept):
        if pieces:
            previous = kept[index - 1]
            both = block.kind == previous.kind == "prose"
            gap = " " if both and is_continued(previous.text, block.text) else GAP
            pieces.append(gap)
            end += len(gap)
        start, end = end, end + len(block.text)
        pieces.append(block.text)
        if block.kind == "table":
            tables.append((index, start, end))
            prose = False
        elif prose:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
            prose = True
    return pieces, runs, tables


__all__ = ["FilingText", "Passage", "Section", "Table", "read", "read_blocks", "read_tree"]
