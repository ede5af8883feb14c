"""Sections of exhibits that stand for parts of the report: Exhibit 13, and 8-K's Exhibit 99.

Exhibit 13 is the annual report to holders, from which Items 5 to 8 are incorporated. Where its
headings tell, its discussion is filed under Item 7 and its statements under Item 8; what else
there is stays under the exhibit's own name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.documents.blocks import Block, Part

_ANALYSIS = re.compile(
    r"^(?:management.{0,3}s\s+discussion|financial review|management.{0,3}s financial review)", re.I
)
_STATEMENTS = re.compile(
    r"^(?:reports? of (?:independent|management)|management.{0,3}s? responsibility|"
    r"(?:statements? of )?consolidated (?:statements? of|balance|income|earnings|financial stat)|"
    r"statements? of (?:consolidated )?(?:income|earnings|financial position|operations))",
    re.IGNORECASE,
)
_LEAST = 4_000


def is_read(form: str, exhibit: str) -> bool:
    """Whether an exhibit of a report holds what the report itself should."""
    if form.startswith(("10-K", "10-Q", "20-F")):
        return exhibit.startswith("EX-13")
    return form.startswith(("8-K", "6-K")) and exhibit.startswith("EX-99")


def exhibit_parts(blocks: Sequence[Block], exhibit: str) -> list[Part]:
    """Cut an exhibit."""
    whole = Part(exhibit, f"Exhibit {exhibit.removeprefix('EX-')}", 0, len(blocks))
    if not exhibit.startswith("EX-13"):
        return [whole]
    starts = [
        (key, place)
        for key, pattern in (("7", _ANALYSIS), ("8", _STATEMENTS))
        if (place := _start(blocks, pattern)) is not None
    ]
    starts.sort(key=lambda one: one[1])
    if not starts:
        return [whole]
    parts = [Part(exhibit, whole.title, 0, starts[0][1])]
    ends = [place for _, place in starts[1:]] + [len(blocks)]
    titles = {"7": "Management's Discussion and Analysis", "8": "Financial Statements"}
    for (key, start), end in zip(starts, ends, strict=True):
        parts.append(Part(key, f"{titles[key]} ({whole.title})", start, end))
    return [part for part in parts if part.end > part.start]


def _start(blocks: Sequence[Block], pattern: re.Pattern[str]) -> int | None:
    """The first heading of a kind that has pages of text or figures under it."""
    for place, block in enumerate(blocks):
        if block.kind != "prose" or len(block.text) > 160 or not pattern.match(block.text):
            continue
        stands_out = block.bold or block.text.isupper() or len(block.text.split()) <= 9
        following = blocks[place + 1 : place + 40]
        if stands_out and sum(len(one.text) for one in following) >= _LEAST:
            return place
    return None
