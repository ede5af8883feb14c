"""Finds items whose headings bear a title but no number.

Some filers drop the numbers and print a cross-reference index instead; there, an item begins
where the index links to, or at a heading of exactly its title. Only items that the document
lists, and that no numbered heading opens, are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from tools.documents.blocks import Block
from tools.documents.form_items import Item
from tools.documents.item_candidates import Candidate, Listing

_LARGE = ("1", "1A", "7", "8")
_ENOUGH = 2_000
_EXACT = {
    "1": r"(?:our |description of )?business(?: overview)?",
    "1A": r"risk factors",
    "1B": r"unresolved staff comments",
    "1C": r"cybersecurity(?: risk management(?:,? strategy,? and governance)?)?",
    "2": r"(?:our |description of )?propert(?:ies|y)",
    "3": r"legal proceedings",
    "4": r"mine safety disclosures?",
    "5": r"market for .{5,120}",
    "6": r"selected (?:consolidated )?financial data",
    "7": r"management.{1,3}s discussion and analysis(?: of financial condition and results of "
    r"operations)?(?: \(md&a\))?",
    "7A": r"quantitative and qualitative disclosures? about market risks?",
    "8": r"(?:consolidated )?financial statements(?: and supplementa(?:l|ry) (?:data|details))?",
    "9A": r"(?:disclosure )?controls and procedures",
    "9B": r"other information",
    "10": r"directors, executive officers and corporate governance",
    "11": r"executive compensation",
    "15": r"exhibits(?:,| and) financial statement schedules",
}


def by_title(
    chosen: list[Candidate], blocks: Sequence[Block], items: Mapping[str, Item], listing: Listing
) -> list[Candidate]:
    """Add listed items that have a place by link or by title."""
    taken = {key for one in chosen for key in (one.key, *one.also)}
    places = {one.place for one in chosen}
    anywhere = _is_indexed(chosen, blocks)
    added: list[Candidate] = []
    for key in listing.items - taken:
        if "-" in key or "." in key:
            continue
        low, high = (0, len(blocks)) if anywhere else _room(items[key], chosen, items, blocks)
        place = _titled(blocks, key, low, high, listing, places)
        if place is not None:
            added.append(Candidate(place, key, 1.0))
            places.add(place)
    return sorted([*chosen, *added], key=lambda one: one.place)


def _is_indexed(chosen: Sequence[Candidate], blocks: Sequence[Block]) -> bool:
    """Whether the numbered headings found hold no report: its large items are elsewhere."""
    large = [one for one in chosen if one.key in _LARGE and _length(one, chosen, blocks) > _ENOUGH]
    return len(large) < 2


def _length(one: Candidate, chosen: Sequence[Candidate], blocks: Sequence[Block]) -> int:
    later = [other.place for other in chosen if other.place > one.place]
    end = min(later) if later else len(blocks)
    return sum(len(block.text) for block in blocks[one.place : end])


def _room(
    item: Item, chosen: Sequence[Candidate], items: Mapping[str, Item], blocks: Sequence[Block]
) -> tuple[int, int]:
    """Between which blocks an item can begin: after the item before it, before the next."""
    before = [one.place for one in chosen if items[one.key].order < item.order]
    after = [one.place for one in chosen if items[one.key].order > item.order]
    return max(before, default=0) + 1, min(after, default=len(blocks))


def _titled(
    blocks: Sequence[Block],
    key: str,
    low: int,
    high: int,
    listing: Listing,
    places: set[int],
) -> int | None:
    target = listing.targets.get(key)
    if target is not None and low <= target < high:
        near = [place for place in range(target, min(target + 7, high)) if place not in places]
        matching = [place for place in near if _is_title(blocks[place], key)]
        if matching:
            return matching[0]
        headings = [place for place in near if blocks[place].kind == "prose"]
        return headings[0] if headings else None
    found = _headings(blocks, key, low, high)
    return next((place for place in found if place not in places), None)


def _headings(blocks: Sequence[Block], key: str, low: int, high: int) -> Iterator[int]:
    for place in range(low, high):
        block = blocks[place]
        if block.links or not (block.bold or block.text.isupper()):
            continue
        if _is_title(block, key):
            yield place


def _is_title(block: Block, key: str) -> bool:
    if block.kind != "prose" or len(block.text) > 160 or key not in _EXACT:
        return False
    text = re.sub(r"\s+", " ", block.text).strip(" .:")
    return bool(re.fullmatch(_EXACT[key], text, re.IGNORECASE))
