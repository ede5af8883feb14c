"""What matters of an element's inline style: hidden, bold, page break, indentation."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_WEIGHT = re.compile(r"font-weight\s*:\s*(\w+)")
_SHORTHAND = re.compile(r"(?:^|;)\s*font\s*:[^;]*\bbold\b")
_PAGE = re.compile(r"(?:page-)?break-(before|after)\s*:\s*(?:always|page)")
_INLINE = re.compile(r"display\s*:\s*inline\b(?!-)")
_LENGTH = re.compile(
    r"(padding-left|margin-left|text-indent|padding|margin)\s*:\s*([^;]*)", re.IGNORECASE
)
_POINTS = {"pt": 1.0, "px": 0.75, "em": 10.0, "in": 72.0, "cm": 28.3, "mm": 2.83, "%": 3.0}
_SIZE = re.compile(r"(-?\d*\.?\d+)(pt|px|em|in|cm|mm|%)?")


class Style(NamedTuple):
    """`bold` is None where the style does not say; `indent` is in points."""

    hidden: bool = False
    bold: bool | None = None
    page_before: bool = False
    page_after: bool = False
    inline: bool = False
    indent: float = 0.0


PLAIN = Style()


@lru_cache(maxsize=4096)
def read_style(text: str) -> Style:
    """Read a `style` attribute."""
    lowered = text[:2000].lower()
    breaks = _PAGE.findall(lowered)
    return Style(
        hidden=bool(_HIDDEN.search(lowered)),
        bold=_bold(lowered),
        page_before="before" in breaks,
        page_after="after" in breaks,
        inline=bool(_INLINE.search(lowered)),
        indent=_indent(lowered),
    )


def _bold(style: str) -> bool | None:
    weight = _WEIGHT.search(style)
    if weight:
        return weight[1] in ("bold", "bolder", "600", "700", "800", "900")
    return True if _SHORTHAND.search(style) else None


def _indent(style: str) -> float:
    total = 0.0
    for name, value in _LENGTH.findall(style):
        sizes = _SIZE.findall(value[:60])
        if not sizes:
            continue
        number, unit = sizes[_left(len(sizes))] if name in ("padding", "margin") else sizes[0]
        total += float(number) * _POINTS.get(unit, 1.0)
    return total


def _left(count: int) -> int:
    """Which of a shorthand's sizes (top, right, bottom, left) is the left one."""
    return {1: 0, 2: 1, 3: 1}.get(count, 3)
