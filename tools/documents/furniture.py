"""Takes running heads, page numbers and links back to the contents out of a document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tools.documents.blocks import Block

_PAGE_NUMBER = re.compile(
    r"^[-\u2013\u2014\s]*(?:page\s+)?(?:[A-Z]{1,3}\s?-\s?)?\d{1,3}(?:\s+of\s+\d{1,3})?"
    r"[-\u2013\u2014\s]*$", re.IGNORECASE
)  # fmt: skip
_ROMAN = re.compile(r"^[ivx]{1,6}$")
_CONTENTS = re.compile(r"^(?:back to )?(?:table of contents|index|quicklinks)\W*$", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
MAX_LENGTH = 120
REACH = 4  # blocks on either side of a page break
REPEATS = 3


def furniture(blocks: Sequence[Block], kept: frozenset[int]) -> frozenset[int]:
    """Places of the blocks that belong to the pages, not to the text; `kept` ones never do."""
    near = near_breaks(blocks)
    shapes = Counter(_shape(blocks[place]) for place in near)
    everywhere = Counter(
        _shape(block) for block in blocks if block.kind == "prose" and len(block.text) <= MAX_LENGTH
    )
    seen: set[str] = set()
    found: set[int] = set()
    for place, block in enumerate(blocks):
        if block.kind != "prose" or len(block.text) > MAX_LENGTH:
            continue
        if place in kept or _opens_body(place, blocks, kept):
            seen.add(_shape(block))
            continue
        text = block.text
        if _CONTENTS.match(text) or (_PAGE_NUMBER.match(text) and not block.anchors):
            found.add(place)
            continue
        shape = _shape(block)
        repeated = place in near and shapes[shape] >= REPEATS
        if (
            (repeated and (shape in seen or "#" in shape))
            or (everywhere[shape] >= 6 and "#" in shape and "|" in shape)
            or (place in near and _ROMAN.match(text))
        ):
            found.add(place)
        seen.add(shape)
    return frozenset(found)


def _opens_body(place: int, blocks: Sequence[Block], kept: frozenset[int]) -> bool:
    """Whether a block is the first under a heading: 'None.' is an item's text, however often."""
    before = place - 1
    while before >= 0 and blocks[before].kind == "page":
        before -= 1
    text = blocks[place].text
    return before in kept and not (_PAGE_NUMBER.match(text) or _CONTENTS.match(text))


def near_breaks(blocks: Sequence[Block]) -> frozenset[int]:
    """Places of the short blocks at the head or the foot of a page."""
    near: set[int] = set()
    for place, block in enumerate(blocks):
        if block.kind == "page":
            for step in (-1, 1):
                near.update(_reach(blocks, place, step))
    return frozenset(near)


def _reach(blocks: Sequence[Block], place: int, step: int) -> list[int]:
    """Short blocks next to a break, up to the first that is a paragraph or a table."""
    found: list[int] = []
    here = place + step
    while 0 <= here < len(blocks) and len(found) < REACH:
        block = blocks[here]
        if block.kind == "prose" and len(block.text) <= MAX_LENGTH:
            found.append(here)
        elif block.kind != "page":
            break
        else:
            break
        here += step
    return found


def _shape(block: Block) -> str:
    return _DIGITS.sub("#", block.text).casefold()
