"""Places in a document where an item may begin, each with the evidence for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.documents.blocks import Block
from tools.documents.form_items import Item

HEAD = re.compile(
    r"^\W{0,3}(?:part\s+(?P<part>i{1,3}|iv|[1-4])\b\W{0,4})?items?\W{0,3}"
    r"(?P<numbers>\d{1,2}(?:\.\d\d)?\s?\(?[a-c]?\b\)?(?:\s?\(?t\))?"
    r"(?:\s*(?:,|;|&|\band\b|\bthrough\b|\bto\b|[-\u2013\u2014])+\s*(?:items?\s*)?"
    r"\d{1,2}\b(?!\.\d)\s?\(?[a-c]?\b\)?)*)"
    r"(?P<mark>[\s.:;,)\u2013\u2014\-|*\u2022\u00b7]*)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(r"(\d{1,2}(?:\.\d\d)?)\s?\(?([a-c])?\b", re.IGNORECASE)
_RANGE = re.compile(r"\b(?:through|to)\b|[-\u2013\u2014]", re.IGNORECASE)
_PART = re.compile(r"^\W{0,3}part\s+(i{1,3}|iv|[1-4])\b", re.IGNORECASE)
_CONTINUED = re.compile(r"\bcont(?:inue)?d?\b\.?\W{0,2}", re.IGNORECASE)
_REFERENCE = re.compile(
    r"^(?:of|in|to|and|or|above|below|herein|hereof|for|is|are|was|under|which|contains?|"
    r"includes?|included|on|this|that|has|may|through|as|by|with|appearing|entitled|titled)\b"
)
_PAGE_END = re.compile(r"(?:\.{2,}|\s)\s*(?:[A-Z]{1,2}-)?\d{1,3}\W*$")
_PAGE_ONLY = re.compile(r"^(?:[A-Z]{1,2}-)?\d{1,3}(?:\s*[-\u2013,]\s*\d{1,3})*$|^(?:N/A|\*+)$")
_STOP = re.compile(r"[.:;!?\u201d\"')\]]$")
LOWEST = 1.5
MAX_CANDIDATES = 600


@dataclass(frozen=True, slots=True)
class Candidate:
    """Item `key` may begin at block `place`; `also` are more items under the same heading."""

    place: int
    key: str
    evidence: float
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What a table of contents or an index says: items, and the blocks they link to."""

    items: frozenset[str]
    targets: Mapping[str, int]


def numbers_in(text: str) -> list[str]:
    """Item numbers of a heading: '1 and 2' is ['1', '2'], '10 through 13' is four."""
    found = [f"{number}{(letter or '').upper()}" for number, letter in _NUMBER.findall(text)]
    if len(found) == 2 and _RANGE.search(text) and all(one.isdigit() for one in found):
        first, last = int(found[0]), int(found[1])
        if first < last <= first + 8:
            return [str(number) for number in range(first, last + 1)]
    return found


def read_listing(blocks: Sequence[Block], items: Mapping[str, Item]) -> Listing:
    """Read the document's tables of contents."""
    places = {anchor: place for place, block in enumerate(blocks) for anchor in block.anchors}
    listed: set[str] = set()
    targets: dict[str, int] = {}
    part = "I"
    for block in blocks:
        if block.table_kind != "contents":
            continue
        links = block.row_links or [""] * len(block.rows)
        texts = [" ".join(cell.text for cell in row if cell.text) for row in block.rows]
        for text, link in zip(texts, links, strict=False):
            part = _part_of(text, part)
            head = HEAD.match(text)
            if head is None:
                continue
            for key in _keys(head, items, part):
                listed.add(key)
                if link in places:
                    targets.setdefault(key, places[link])
    return Listing(frozenset(listed), targets)


def _part_of(text: str, part: str) -> str:
    found = _PART.match(text)
    if not found:
        return part
    return {"1": "I", "2": "II", "3": "III", "4": "IV"}.get(found[1], found[1].upper())


def _keys(head: re.Match[str], items: Mapping[str, Item], part: str) -> list[str]:
    two_parts = any(item.part == "II" for item in items.values())
    wanted = numbers_in(head["numbers"])
    if head["part"]:
        part = _part_of(f"part {head['part']}", part)
    prefix = "II-" if two_parts and part == "II" else ""
    return [f"{prefix}{number}" for number in wanted if f"{prefix}{number}" in items]


def find_candidates(
    blocks: Sequence[Block], items: Mapping[str, Item], listing: Listing
) -> list[Candidate]:
    """Every heading that may open an item, with its evidence, in order of place."""
    found: list[Candidate] = []
    part = "I"
    for place, block in enumerate(blocks):
        if block.kind == "page" or block.table_kind in ("contents", "figures"):
            continue
        part = _part_of(block.text[:40], part)
        head = HEAD.match(block.text[:600])
        if head is not None:
            found += _numbered(blocks, place, head, items, listing, part)
    if len(found) > MAX_CANDIDATES:
        best = sorted(found, key=lambda one: -one.evidence)[:MAX_CANDIDATES]
        found = sorted(best, key=lambda one: one.place)
    return found


def _numbered(
    blocks: Sequence[Block],
    place: int,
    head: re.Match[str],
    items: Mapping[str, Item],
    listing: Listing,
    part: str,
) -> Iterator[Candidate]:
    numbers = numbers_in(head["numbers"])
    parts = ["", "II-"] if any(item.part == "II" for item in items.values()) else [""]
    for prefix in parts:
        keys = [f"{prefix}{number}" for number in numbers if f"{prefix}{number}" in items]
        if not keys:
            continue
        score = _evidence(blocks, place, head, items[keys[0]])
        if len(parts) == 2:
            score += 1.0 if (prefix == "II-") == (part == "II") else -1.0
        target = listing.targets.get(keys[0])
        if target is not None and target - 2 <= place <= target + 6:
            score += 4.0
        if score >= LOWEST:
            yield Candidate(place, keys[0], score, tuple(keys[1:]))


def _evidence(blocks: Sequence[Block], place: int, head: re.Match[str], item: Item) -> float:
    block = blocks[place]
    rest = head["rest"].strip()
    bare = not rest
    following = _next_text(blocks, place) if bare else ""
    title = rest or following
    score = 2.0 if "." in head["mark"] or ":" in head["mark"] or bare else 1.0
    if item.wording.match(title.lstrip("\"'\u201c(\u2014 -[")):
        score += 3.0
    elif item.wording.search(title[:80]):
        score += 1.5
    elif bare and _PAGE_ONLY.match(following):
        score -= 3.0
    if block.bold or _is_capital(head[0][: len(head[0]) - len(rest)] + rest[:30]):
        score += 1.5
    if len(block.text) < 200:
        score += 1.0
    return score - _doubts(blocks, place, head, rest)


def _doubts(blocks: Sequence[Block], place: int, head: re.Match[str], rest: str) -> float:
    block = blocks[place]
    doubts = 0.0
    if _REFERENCE.match(rest) or head["mark"].strip() in (",", ";", ")"):
        doubts += 4.0
    if rest[:1] in "\"\u201c'" and not block.bold:
        doubts += 2.0
    if _CONTINUED.search(block.text[:160]):
        doubts += 2.0
    if len(block.text) < 200 and _PAGE_END.search(block.text) and rest:
        doubts += 3.0
    elif _PAGE_ONLY.match(_next_text(blocks, place)):
        doubts += 2.0
    if block.links:
        doubts += 1.0
    before = blocks[place - 1] if place else None
    if before is not None and before.kind == "prose" and len(before.text) > 70:
        doubts += 0.0 if _STOP.search(before.text) or before.bold or block.bold else 2.0
    return doubts


def _next_text(blocks: Sequence[Block], place: int) -> str:
    following = blocks[place + 1 : place + 3]
    return next((block.text for block in following if block.kind == "prose"), "")


def _is_capital(text: str) -> bool:
    letters = [mark for mark in text if mark.isalpha()]
    return len(letters) >= 4 and all(mark.isupper() for mark in letters)
