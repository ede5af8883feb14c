"""Tells tables of figures from tables that lay out a page, and turns the latter into prose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.documents.blocks import Block, RawCell
from tools.documents.html_tables import Grid
from tools.documents.tables import join_fragments, read_figure

_BULLET = re.compile(
    r"^(?:[\u2022\u25cf\u25aa\u25a0\u25e6\u00b7\u2013\u2014\u2023\uf0b7\u2043o*+\-]|"
    r"\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]|\(\d\)|[*\u2020\u2021]+)$"
)
ITEM_LABEL = re.compile(
    r"^\s*(?:part\s+[ivx]+\s*[,.:\-\u2013\u2014]*\s*)?items?\s*\d{1,2}\s*\(?[a-c]?\b", re.I
)
_PART_LABEL = re.compile(r"^\s*part\s+(?:i|ii|iii|iv|1|2|3|4)\b", re.I)
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_PAGE = re.compile(
    r"^(?:[A-Z]{1,2}-?)?\d{1,3}(?:\s*[-\u2013,]\s*(?:[A-Z]-?)?\d{1,3})*$|^(?:N/?A|\*+)$"
)
_PROSE_WORDS = 25


def blocks_of_table(grid: Grid) -> list[Block] | None:
    """Turn a table into blocks; None where its cells hold paragraphs to be read one by one."""
    rows = [[cell.text for cell in join_fragments(row)] for row in grid.rows]
    if not any(rows):
        return []
    entries = sum(_is_entry(row) for row in rows)
    if entries >= 4 and entries * 3 >= sum(map(bool, rows)):
        return [_table(grid, rows, "contents")]
    if _has_figures(rows):
        return [_table(grid, rows, "figures")]
    if _is_text_table(rows):
        return [_table(grid, rows, "text")]
    if any("\n" in cell.text and len(cell.text) > 200 for row in grid.rows for cell in row):
        return None
    return _prose(grid, rows)


def _is_entry(row: Sequence[str]) -> bool:
    """Whether this is a line of a table of contents or of a cross-reference index."""
    if not row or not ITEM_LABEL.match(row[0]):
        return False
    return len(row) == 1 or len(" ".join(row).split()) <= 40


def _has_figures(rows: Sequence[Sequence[str]]) -> bool:
    """Two figures beside labels; numbers of list items and of pages are none."""
    if len(rows) == 1 and len(rows[0]) <= 2:
        return False
    figures = 0
    prose = 0
    for row in rows:
        if row and ITEM_LABEL.match(row[0]):
            continue
        prose += sum(len(text.split()) > 60 for text in row)
        body = row[1:] if row and read_figure(row[0]) is None else row
        amounts = [text for text in body if read_figure(text) is not None]
        figures += sum(not _YEAR.match(text) or len(amounts) > 1 for text in amounts)
    return figures >= 2 and figures > 2 * prose


def _is_text_table(rows: Sequence[Sequence[str]]) -> bool:
    """Several columns of words: at least three rows, most with two cells that are no bullets."""
    if any(row and ITEM_LABEL.match(row[0]) and len(rows) <= 3 for row in rows):
        return False
    wide = [row for row in rows if len(row) >= 2 and not _BULLET.match(row[0])]
    if any(len(text.split()) > 120 for row in wide for text in row):
        return False
    return len(wide) >= 3 and len(wide) * 2 > sum(map(bool, rows))


def _table(grid: Grid, rows: list[list[str]], kind: str) -> Block:
    lines = ["  ".join(text.replace("\n", " ") for text in row) for row in rows]
    return Block(
        "\n".join(line for line in lines if line),
        "table",
        anchors=tuple(anchor for anchors in grid.anchors for anchor in anchors),
        rows=grid.rows,
        table_kind=kind,
        row_links=grid.links,
    )


def _prose(grid: Grid, rows: list[list[str]]) -> list[Block]:
    found: list[Block] = []
    for raw, texts, link, anchors in zip(grid.rows, rows, grid.links, grid.anchors, strict=True):
        text = " ".join(texts)
        if text:
            links = (link,) if link else ()
            found.append(Block(text, "prose", _bold(raw), anchors, links))
        elif anchors and found:
            found[-1].anchors += anchors
    return found


def _bold(row: Sequence[RawCell]) -> bool:
    return all(cell.bold for cell in row if cell.text)
