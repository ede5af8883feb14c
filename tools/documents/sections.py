"""Cuts a document's blocks into sections: the cover, the items, the signatures, and the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.documents.blocks import Block, Part
from tools.documents.form_items import Item, family_of, items_of
from tools.documents.headings import headed_parts
from tools.documents.item_candidates import (
    HEAD,
    Candidate,
    find_candidates,
    read_listing,
)
from tools.documents.item_chain import choose
from tools.documents.item_titles import by_title

COVER_ITEM = "cover"
SIGNATURES_ITEM = "signatures"
_SIGNATURES = re.compile(r"^\W{0,3}signatures?\W{0,3}$", re.IGNORECASE)
_STATEMENTS = re.compile(
    r"^(?:\W{0,3}|the |index to |our |notes to )*(?:reports? of (?:independent|management)|"
    r"(?:consolidated )?financial statements|consolidated (?:balance|statements? of))",
    re.IGNORECASE,
)
_LATE = 5_000  # characters after the signatures that can be financial statements


def cut(blocks: Sequence[Block], form: str) -> list[Part]:
    """Cut a document into parts; all of its blocks are in one."""
    items = items_of(form)
    chosen: list[Candidate] = []
    if items:
        listing = read_listing(blocks, items)
        chosen = choose(find_candidates(blocks, items, listing), blocks, items)
        chosen = by_title(chosen, blocks, items, listing)
    if not chosen:
        return headed_parts(blocks)
    parts = [_first(chosen[0], family_of(form))]
    ends = [one.place for one in chosen[1:]] + [len(blocks)]
    for one, end in zip(chosen, ends, strict=True):
        title = _title(blocks, one, items)
        parts.append(Part(one.key, title, one.place, end, one.also))
    parts += _after_signatures(parts, blocks)
    return [part for part in parts if part.end > part.start]


def _first(first: Candidate, family: str) -> Part:
    return Part(COVER_ITEM, "Cover page and contents", 0, first.place)


def _title(blocks: Sequence[Block], one: Candidate, items: dict[str, Item]) -> str:
    """The form's title for an item, or the filer's own where it is another one."""
    item = items[one.key]
    head = HEAD.match(blocks[one.place].text[:600])
    own = head["rest"].strip() if head else ""
    if not own and head and one.place + 1 < len(blocks):
        own = blocks[one.place + 1].text
    own = own.split("\n")[0].strip(" .:\u2014-")
    if own and not one.also and not item.wording.match(own.lstrip("\"'(\u2014 -[")):
        return item.title
    if own and not one.also and len(own) <= 120 and _is_another(own, item.title):
        return own
    return item.title


def _is_another(own: str, title: str) -> bool:
    mine = set(re.findall(r"[a-z]{4,}", own.lower()))
    usual = set(re.findall(r"[a-z]{4,}", title.lower()))
    return bool(mine) and not mine & usual


def _after_signatures(parts: list[Part], blocks: Sequence[Block]) -> list[Part]:
    """Cut signatures off the last item, and statements that follow them off these."""
    last = parts[-1]
    start = next(
        (
            place
            for place in range(last.start + 1, last.end)
            if _SIGNATURES.match(blocks[place].text[:40])
        ),
        None,
    )
    if start is None:
        return []
    parts[-1] = Part(last.item, last.title, last.start, start, last.also)
    end = _statements_after(blocks, start, last.end)
    found = [Part(SIGNATURES_ITEM, "Signatures", start, end)]
    if end < last.end:
        title = "Financial Statements and Supplementary Data (after the signatures)"
        found.append(Part("8", title, end, last.end))
    return found


def _statements_after(blocks: Sequence[Block], start: int, end: int) -> int:
    """Where financial statements begin behind the signatures; `end` where there are none."""
    for place in range(start + 1, end):
        block = blocks[place]
        short = block.kind == "prose" and len(block.text) <= 120
        if short and _STATEMENTS.match(block.text):
            rest = blocks[place:end]
            figures = sum(one.table_kind == "figures" for one in rest)
            if figures >= 4 and sum(len(one.text) for one in rest) >= _LATE:
                return place
    return end
