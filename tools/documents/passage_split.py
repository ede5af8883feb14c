"""Cuts a section's prose into passages of whole sentences, and tells prose from tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.documents.sentences import split_sentences

TARGET_WORDS = 150
MAX_WORDS = 190
MIN_WORDS = 8
_FIGURE = re.compile(r"^[$\u20ac\u00a3(\-\u2013\u2014\u2212]*\s*[\d,.]*\s*[%)x]*$")
_PAGE_NUMBER = re.compile(r"^(?:page\s+)?(?:[A-Z]-)?\d{1,3}$", re.IGNORECASE)
_CONTENTS = re.compile(r"^(?:table of contents|index)$", re.IGNORECASE)
_ENDED = re.compile(r"[.!?:;\u201d\"')\]]$")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, by character offsets, and how many words it has."""

    start: int
    end: int
    words: int


def clean_text(text: str, footers: frozenset[str]) -> str:
    """Plain text without page numbers and running heads; cut paragraphs are joined again."""
    blocks: list[str] = []
    for raw in re.split(r"\n\s*\n", text.replace("\u00a0", " ").replace("\u200b", "")):
        stripped = [line.strip() for line in raw.split("\n")]
        lines = [line for line in stripped if not _is_furniture(line, footers)]
        block = "\n".join(line for line in lines if line)
        if not block:
            continue
        tables = blocks and (is_table(blocks[-1]) or is_table(block))
        if blocks and not tables and is_continued(blocks[-1], block):
            blocks[-1] = f"{blocks[-1]} {block}"
        else:
            blocks.append(block)
    return "\n\n".join(blocks)


def running_heads(texts: list[str]) -> frozenset[str]:
    """Lines that repeat on page after page but for a number ('Apple Inc. | 2024 Form 10-K | 7')."""
    shapes: Counter[str] = Counter()
    for text in texts:
        for line in text.split("\n"):
            stripped = line.replace("\u00a0", " ").strip()
            if 3 <= len(stripped) <= 100 and "  " not in stripped:
                shapes[_shape(stripped)] += 1
    return frozenset(
        shape for shape, count in shapes.items() if count >= 6 and re.search("[#]", shape)
    )


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line)


def _is_furniture(line: str, footers: frozenset[str]) -> bool:
    if not line or _PAGE_NUMBER.match(line) or _CONTENTS.match(line):
        return True
    return "  " not in line and len(line) <= 100 and _shape(line) in footers and "|" in line


def is_continued(before: str, block: str) -> bool:
    """Say whether a page break cut one paragraph into these two."""
    return block[:1].islower() and not _ENDED.search(before) and len(before.split()) > 6


def is_table(block: str) -> bool:
    """Say whether a block of text is a rendered table rather than prose."""
    lines = block.split("\n")
    tabular = 0
    for line in lines:
        cells = [cell for cell in re.split(r"\s{2,}|\t", line.strip()) if cell]
        figures = sum(bool(_FIGURE.match(cell)) for cell in cells)
        tabular += len(cells) >= 2 and (figures > 0 or len(line.split()) < 12)
    return tabular * 2 >= len(lines) and tabular > 0


def split_passages(text: str) -> list[Span]:
    """Cut the prose of a section into spans of whole sentences, about 120 to 180 words each."""
    return _passages(text, _prose_runs(text))


def split_runs(text: str, runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Cut stretches of prose, where these are known, into passages; returns their spans."""
    return [(span.start, span.end) for span in _passages(text, runs)]


def _passages(text: str, runs: Iterable[tuple[int, int]]) -> list[Span]:
    passages: list[Span] = []
    for start, end in runs:
        passages += _fill(_sentences(text, start, end))
    return [span for span in passages if span.words >= MIN_WORDS]


def _prose_runs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of consecutive prose blocks between tables."""
    start: int | None = None
    end = 0
    for match in re.finditer(r"(?:(?!\n\n).)+", text, re.DOTALL):
        if is_table(match[0]):
            if start is not None:
                yield start, end
            start = None
            continue
        start = match.start() if start is None else start
        end = match.end()
    if start is not None:
        yield start, end


def _sentences(text: str, start: int, end: int) -> list[Span]:
    return [
        Span(start + first, start + last, len(text[start + first : start + last].split()))
        for first, last in split_sentences(text[start:end])
    ]


def _fill(sentences: list[Span]) -> list[Span]:
    passages: list[Span] = []
    held: Span | None = None
    for sentence in sentences:
        if held is None:
            held = sentence
        elif held.words >= TARGET_WORDS or held.words + sentence.words > MAX_WORDS:
            passages.append(held)
            held = sentence
        else:
            held = Span(held.start, sentence.end, held.words + sentence.words)
    if held is not None:
        passages.append(held)
    return passages
