"""Sections of documents without items (S-1, exhibits, foreign reports): by their main headings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.documents.blocks import Block, Part

OTHER_ITEM = "other"
MAX_PARTS = 60
_LEAST = 1_500  # characters under a heading that makes a section of its own
_KNOWN = re.compile(
    r"^(?:prospectus summary|summary|the offering|risk factors|use of proceeds|dividend policy|"
    r"capitalization|dilution|business|management|executive compensation|underwriting|"
    r"management.{1,3}s discussion and analysis.*|principal (?:and selling )?stockholders|"
    r"description of (?:capital|share) .*|legal matters|experts|"
    r"selected .*financial (?:data|information)|"
    r"(?:consolidated )?financial statements|(?:index to )(?:consolidated )?financial statements|"
    r"report of independent.*|"
    r"notes to (?:the )?(?:condensed )?(?:consolidated )?financial statements|"
    r"item \d+[a-h]?\b.*)$",
    re.IGNORECASE,
)


def headed_parts(blocks: Sequence[Block]) -> list[Part]:
    """Cut at known headings and at link targets that stand out; one part where there are none."""
    places = [place for place, block in enumerate(blocks) if _opens(block)]
    kept = _with_text(places, blocks)
    if len(kept) < 2:
        return [Part(OTHER_ITEM, "The document", 0, len(blocks))] if blocks else []
    parts = [Part("cover", "Cover page and contents", 0, kept[0])] if kept[0] else []
    for start, end in zip(kept, [*kept[1:], len(blocks)], strict=True):
        title = blocks[start].text.replace("\n", " ").strip(" .:")[:120]
        parts.append(Part(_slug(title), title, start, end))
    return parts


def _opens(block: Block) -> bool:
    if block.kind != "prose" or block.links or len(block.text) > 120:
        return False
    stands_out = block.bold or block.text.isupper()
    return stands_out and bool(_KNOWN.match(block.text.strip(" .:")))


def _with_text(places: Sequence[int], blocks: Sequence[Block]) -> list[int]:
    """Headings with enough text under them, the longest first where there are too many."""
    if not places:
        return []
    offsets = [0]
    for block in blocks:
        offsets.append(offsets[-1] + len(block.text))
    sizes = {
        start: offsets[end] - offsets[start]
        for start, end in zip(places, [*places[1:], len(blocks)], strict=True)
    }
    long = [place for place in places if sizes[place] >= _LEAST]
    return sorted(sorted(long, key=lambda place: -sizes[place])[:MAX_PARTS])


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "part"
