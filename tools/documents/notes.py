"""Cuts a research note into sections at its headings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.documents.blocks import Block, Part

OPENING = "opening"
MAX_PARTS = 60
_HEADING_WORDS = 14
_ENDS_SENTENCE = re.compile(r"[.,;!]$")
_SMALL = frozenset("a an and as at but by for from in of on or our the to vs with".split())


def note_parts(blocks: Sequence[Block]) -> list[Part]:
    """Cut at headings that have text under them; what stands before the first is the opening."""
    places = [place for place, block in enumerate(blocks) if _is_heading(blocks, place, block)]
    if not places or len(places) > MAX_PARTS:
        return [Part(OPENING, "The note", 0, len(blocks))] if blocks else []
    parts = [Part(OPENING, "Opening", 0, places[0])] if places[0] else []
    taken: set[str] = {OPENING}
    for start, end in zip(places, [*places[1:], len(blocks)], strict=True):
        title = blocks[start].text.replace("\n", " ").strip(" :")[:120]
        parts.append(Part(_name(title, taken), title, start, end))
    return parts


def _is_heading(blocks: Sequence[Block], place: int, block: Block) -> bool:
    text = block.text.strip()
    if block.kind != "prose" or not re.search(r"[A-Za-z]{3}", text):
        return False
    if len(text.split()) > _HEADING_WORDS or _ENDS_SENTENCE.search(text) or "\n" in text:
        return False
    if not (block.bold or text.isupper() or _is_title_case(text)):
        return False
    following = next((one for one in blocks[place + 1 :] if one.kind != "page"), None)
    return following is not None and not _is_short(following)


def _is_short(block: Block) -> bool:
    """Whether a block is no paragraph: another heading, or a line of a cover."""
    return block.kind == "prose" and len(block.text.split()) < 8


def _is_title_case(text: str) -> bool:
    words = [word for word in re.findall(r"[A-Za-z][\w'’-]*", text) if word not in _SMALL]
    return len(words) >= 2 and all(word[0].isupper() for word in words) and ":" not in text[:-1]


def _name(title: str, taken: set[str]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "part"
    name = slug
    for number in range(2, MAX_PARTS + 2):
        if name not in taken:
            break
        name = f"{slug}-{number}"
    taken.add(name)
    return name
