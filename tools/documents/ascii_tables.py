"""Tables of plain text by column positions, with or without `<S>` and `<C>` marks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.documents.blocks import RawCell

_MARKS = re.compile(r"<[SC]>", re.IGNORECASE)
_GAP = re.compile(r"\s{2,}|(?<=\S)\s*\.{3,}\s*|(?<=\S)\s+(?=\$)")
_TAG = re.compile(r"</?(?:TABLE|CAPTION|FN|F\d+)>", re.IGNORECASE)
_RULE = re.compile(r"^[\s\-=_]+$")
_AMOUNT = re.compile(r"(?:^|\s)\$?\s*\(?\$?\d[\d,]*(?:\.\d+)?\)?%?(?=\s|$)")
_PIECE = re.compile(r"\S+(?: \S+)*")


def looks_tabular(lines: Sequence[str]) -> bool:
    """Whether lines outside any `<TABLE>` are columns of figures all the same."""
    if len(lines) < 3:
        return False
    wide = sum(
        len(re.findall(r"\S\s{3,}(?=\S)", line.strip())) >= 1 and len(_AMOUNT.findall(line)) >= 2
        for line in lines
    )
    return wide >= 3 and wide * 2 >= len(lines)


def rows_of(lines: Sequence[str]) -> list[list[RawCell]]:
    """Cut lines into cells; a cell's columns are its character columns."""
    label_width = _label_width(lines)
    rows: list[list[RawCell]] = []
    held = ""
    for line in lines:
        if _MARKS.search(line) or _RULE.match(line):
            held = ""
            continue
        text = _TAG.sub("", line).rstrip()
        if not text.strip():
            held = ""
            continue
        row = _row(text, label_width)
        label = row[0].text if row and row[0].text else ""
        if held and label and len(row) > 1 and _continues(held, label):
            row[0] = row[0]._replace(text=f"{held} {label}")
        held = label if len(row) == 1 else ""
        rows.append(row)
    return rows


def _label_width(lines: Sequence[str]) -> int:
    """Where the first column of figures can begin at the earliest."""
    for line in lines:
        places = [match.start() for match in _MARKS.finditer(line)]
        if len(places) >= 2:
            return max(1, places[1] - 12)
    return 12


def _continues(held: str, label: str) -> bool:
    return label[:1].islower() or (not held.endswith(":") and held[-1:] in ",-")


def _row(text: str, label_width: int) -> list[RawCell]:
    pieces = _pieces(text)
    cells: list[RawCell] = []
    position = 0
    for start, end in pieces:
        is_label = not cells and start < max(label_width, 12) and not _AMOUNT.match(text[start:end])
        if is_label:
            label = text[start:end].rstrip(". ")
            cells.append(RawCell(label, end, (), float(start * 5)))
            position = end
            continue
        if not cells:
            cells.append(RawCell("", max(1, min(start, label_width))))
            position = cells[0].span
        if start > position:
            cells.append(RawCell("", start - position))
        cells.append(RawCell(text[start:end], end - start))
        position = end
    return cells


def _pieces(text: str) -> list[tuple[int, int]]:
    """Stretches of text without gaps; '$' belongs to the figure after it."""
    found: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip())
    for gap in _GAP.finditer(text, start):
        if gap.start() > start:
            found.append((start, gap.start()))
        start = gap.end()
    if start < len(text):
        found.append((start, len(text)))
    return _with_currency(text, found)


def _with_currency(text: str, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in pieces:
        if joined and text[joined[-1][0] : joined[-1][1]] in ("$", "("):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
