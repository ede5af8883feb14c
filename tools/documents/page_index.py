"""Finds items by page: some reports have no item headings but a cross-reference index.

'Item 1A. Risk Factors ... Pages 48-62' says on which printed page an item begins. Printed page
numbers run on with the pages, so the offset that fits most pages numbers them all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tools.documents.blocks import Block
from tools.documents.furniture import near_breaks
from tools.documents.item_candidates import HEAD, numbers_in

_NUMBER = re.compile(r"(?<![\d.,$-])(\d{1,3})(?![\d.,%-])")
_RANGES = re.compile(r"(?<![\d.])(\d{1,3})(?:\s*[-\u2013\u2014]\s*(\d{1,3}))?(?![\d.])")
_LEAST_PAGES = 10


def listed_pages(
    blocks: Sequence[Block], keys: Mapping[str, object]
) -> dict[str, list[tuple[int, int]]]:
    """The pages of each item by the document's indexes: first and last, longest ranges first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for block in blocks:
        if block.table_kind != "contents":
            continue
        key = ""
        for row in block.rows:
            texts = [cell.text for cell in row if cell.text]
            head = HEAD.match(" ".join(texts))
            if head is not None:
                key = next(iter(numbers_in(head["numbers"])), "")
            elif texts and re.match(
                r"^\W*(?:part\s+[ivx]+|signatures?)\b", texts[0], re.IGNORECASE
            ):
                key = ""
            if key in keys and len(texts) > 1:
                found.setdefault(key, []).extend(_ranges(texts[-1]))
    return {key: sorted(ranges, key=lambda one: one[0] - one[1]) for key, ranges in found.items()}


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    if len(text) > 80 or re.search(r"[A-Za-z]{5,}", text.replace("Pages", "").replace("pages", "")):
        return
    for first, last in _RANGES.findall(text):
        yield int(first), max(int(first), int(last or first))


def page_places(blocks: Sequence[Block]) -> dict[int, tuple[int, int]]:
    """Where each printed page's blocks start and end; empty where pages cannot be told."""
    bounds = _bounds(blocks)
    near = near_breaks(blocks)
    offsets: Counter[int] = Counter()
    for index, (start, end) in enumerate(bounds):
        edge = [place for place in range(start, end) if place in near]
        numbers = {int(one) for place in edge for one in _NUMBER.findall(blocks[place].text)}
        offsets.update(number - index for number in numbers)
    if len(bounds) < _LEAST_PAGES or not offsets:
        return {}
    offset, count = offsets.most_common(1)[0]
    if count * 2 < len(bounds):
        return {}
    return {index + offset: bound for index, bound in enumerate(bounds)}


def _bounds(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    breaks = [place for place, block in enumerate(blocks) if block.kind == "page"]
    edges = [0, *breaks, len(blocks)]
    return [(start, end) for start, end in pairwise(edges) if end - start > 1]
