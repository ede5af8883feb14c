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
from tools.documents.page_index import listed_pages, page_places

_PAGE_TOP = re.compile(
    r"^(?:table of contents|index|\W*\d{1,3}\W*|.{0,60}\bform 10-k\b.{0,20})$", re.IGNORECASE
)
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
    anywhere = _is_indexed(chosen, blocks)
    pages = page_places(blocks) if anywhere and listing.items - taken else {}
    listed = listed_pages(blocks, items) if pages else {}
    missing = sorted(
        listing.items - taken, key=lambda key: (-_longest(listed.get(key, [])), items[key].order)
    )
    filled: list[tuple[int, int]] = []  # pages of the items placed so far
    places = {one.place for one in chosen}
    added: list[Candidate] = []
    for key in missing:
        if "-" in key or "." in key:
            continue
        low, high = (0, len(blocks)) if anywhere else _room(items[key], chosen, items, blocks)
        ranges = [pages[first] for first in _outside(listed.get(key, []), filled) if first in pages]
        target = listing.targets.get(key)
        if target is not None and low <= target < high:
            ranges = [*ranges, (target, min(target + 7, high))]
        place = _titled(blocks, key, [*_title_pages(key, listed, pages), *ranges], places)
        if place is None:
            place = _first_heading(blocks, ranges, places)
        if place is None and not ranges:
            found = _headings(blocks, key, low, high)
            place = next((one for one in found if one not in places), None)
        if place is not None:
            added.append(Candidate(place, key, 1.0))
            places.add(place)
            filled += listed.get(key, [])[:1]
    return sorted([*chosen, *added], key=lambda one: one.place)


def _longest(ranges: Sequence[tuple[int, int]]) -> int:
    return max((last - first + 1 for first, last in ranges), default=0)


def _outside(ranges: Sequence[tuple[int, int]], filled: Sequence[tuple[int, int]]) -> Iterator[int]:
    """First pages of the ranges that do not begin amid another item's pages.

    A long item may begin on the last page of another; a short one there is part of it.
    """
    for first, last in ranges:
        if not any(start < first < end or start < first == last == end for start, end in filled):
            yield first


def _title_pages(
    key: str,
    listed: Mapping[str, Sequence[tuple[int, int]]],
    pages: Mapping[int, tuple[int, int]],
) -> Iterator[tuple[int, int]]:
    """Pages where an item's title may stand: the first ones of its ranges, then maybe the rest.

    Two items that begin on one page ('Pages 3-7' and 'Pages 3-37') do not both open there; the
    title of one may come pages later.
    """
    ranges = listed.get(key, [])
    others = {first for other, rows in listed.items() if other != key for first, _ in rows}
    yield from (pages[first] for first, _ in ranges if first in pages)
    for first, last in ranges:
        if first in others:
            yield from (pages[page] for page in range(first + 1, last + 1) if page in pages)


def _titled(
    blocks: Sequence[Block], key: str, ranges: Sequence[tuple[int, int]], places: set[int]
) -> int | None:
    """The item's title, in the first of the ranges that has it."""
    for start, end in ranges:
        for place in range(start, end):
            if place not in places and _can_open(blocks[place]) and _is_title(blocks[place], key):
                return place
    return None


def _first_heading(
    blocks: Sequence[Block], ranges: Sequence[tuple[int, int]], places: set[int]
) -> int | None:
    """The first heading of the first range in which no other item begins."""
    for start, end in ranges:
        if any(start <= place < end for place in places):
            continue  # another item begins on that page: only a title would tell them apart
        near = [place for place in range(start, end) if _can_open(blocks[place])]
        bold = [place for place in near if blocks[place].bold]
        if near:
            return bold[0] if bold and bold[0] <= near[0] + 4 else near[0]
        tables = [place for place in range(start, end) if blocks[place].kind == "table"]
        if tables:
            return tables[0]
    return None


def _can_open(block: Block) -> bool:
    return block.kind == "prose" and not _PAGE_TOP.match(block.text)


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
