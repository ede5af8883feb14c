"""A document's content in reading order: paragraphs, rows of layout, tables, page breaks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

BREAK = "\v"  # a line break that the page asks for, as opposed to one of its source
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\x00]")

Kind = Literal["prose", "table", "page"]


class RawCell(NamedTuple):
    """A table cell as the page has it.

    Attributes:
        text: Its text, white space collapsed.
        span: Columns it covers.
        facts: Numbers of the facts shown in it (their places in `InlineDocument.facts`).
        indent: How far its text is moved in, in points.
        bold: Whether all of it is bold.
    """

    text: str
    span: int = 1
    facts: tuple[int, ...] = ()
    indent: float = 0.0
    bold: bool = False


@dataclass(slots=True)
class Block:
    """A piece of a document.

    Attributes:
        text: Its text; the rows of a table are lines.
        kind: Prose, a table, or a page break (which has no text).
        bold: Whether all of it is bold.
        anchors: Link targets that stand in it or just before it.
        links: Targets that it links to.
        rows: A table's cells.
        table_kind: 'figures', 'text' or 'contents' for a table.
        row_links: What each row of a table links to, or ''.
    """

    text: str
    kind: Kind = "prose"
    bold: bool = False
    anchors: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    rows: list[list[RawCell]] = field(default_factory=list)
    table_kind: str = ""
    row_links: list[str] = field(default_factory=list)


def tidy(text: str) -> str:
    """Collapse white space; line breaks that the page asks for stay, blank lines do not."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    if BREAK not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split(BREAK))
    return "\n".join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class Part:
    """Blocks `start` up to `end` under one heading; `also` are more items it opens."""

    item: str
    title: str
    start: int
    end: int
    also: tuple[str, ...] = ()
