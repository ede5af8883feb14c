"""Chooses where each item begins: the best chain of headings in the order of the form.

A report names its items many times: in its contents, in cross-references, at the head of
every page. Items come in order and have text, so the chain with the most evidence is taken,
by dynamic programming over all places; items out of order come in by strong evidence only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tools.documents.blocks import Block
from tools.documents.form_items import Item
from tools.documents.item_candidates import Candidate

STRONG = 8.0


def choose(
    candidates: Sequence[Candidate], blocks: Sequence[Block], items: Mapping[str, Item]
) -> list[Candidate]:
    """Choose at most one place an item, in order of place."""
    if not candidates:
        return []
    offsets = _offsets(blocks)
    chain = _best_chain(candidates, offsets, items)
    taken = {key for one in chain for key in (one.key, *one.also)}
    places = {one.place for one in chain}
    for one in sorted(candidates, key=lambda one: (-one.evidence, one.place)):
        if one.evidence >= STRONG and one.key not in taken and one.place not in places:
            chain.append(one)
            taken.add(one.key)
            places.add(one.place)
    return sorted(chain, key=lambda one: one.place)


def _offsets(blocks: Sequence[Block]) -> list[int]:
    offsets = [0]
    for block in blocks:
        offsets.append(offsets[-1] + len(block.text))
    return offsets


def _best_chain(
    candidates: Sequence[Candidate], offsets: Sequence[int], items: Mapping[str, Item]
) -> list[Candidate]:
    count = len(candidates)
    first = [items[one.key].order for one in candidates]
    last = [max(items[key].order for key in (one.key, *one.also)) for one in candidates]
    best = [0.0] * count  # the best chain that starts with each candidate
    following = [-1] * count
    for index in range(count - 1, -1, -1):
        here = candidates[index].place
        gain = _content(offsets[-1] - offsets[here])
        for other in range(index + 1, count):
            there = candidates[other].place
            if there == here or first[other] <= last[index]:
                continue
            value = best[other] + _content(offsets[there] - offsets[here])
            if value > gain:
                gain, following[index] = value, other
        best[index] = gain + candidates[index].evidence
    index = max(range(count), key=lambda place: (best[place], -place))
    chain: list[Candidate] = []
    while index >= 0:
        chain.append(candidates[index])
        index = following[index]
    return chain


def _content(characters: int) -> float:
    """What a section of this many characters speaks for its heading: contents have no text."""
    return min(math.log2(1 + characters / 60) - 1.0, 4.0)
