"""What an inline fact shows: its text, its number with scale and sign, how exact it is."""

from __future__ import annotations

import re
from decimal import Decimal

from lxml import etree

from tools.xbrl.number_formats import EXACT, read_number

# Most numbers are written like this, under a format (or none) that reads a dot as the point.
_USUAL = re.compile(r"\d{1,3}(?:,?\d{3})*(?:\.\d+)?", re.ASCII)
_SCALES = {3: " (in thousands)", 6: " (in millions)", 9: " (in billions)", -2: "%", 0: ""}
_USUAL_FORMATS = frozenset({"", "num-dot-decimal", "numdotdecimal"})


def value_of(element: etree._Element, shown: str, scale: int) -> Decimal:
    """The number that `shown` stands for, with scale and sign.

    Raises:
        NotANumber: The text does not fit the element's format, or that is unknown.
    """
    transform = (element.get("format") or "").rpartition(":")[2]
    if transform in _USUAL_FORMATS and 0 <= scale <= 12 and _USUAL.fullmatch(shown):
        number = _read_usual(shown, scale)
    else:
        number = plain(EXACT.scaleb(read_number(shown, transform), Decimal(scale)))
    return -number if is_negative(element) and number else number


def _read_usual(shown: str, scale: int) -> Decimal:
    """Shift the point by text, which is exact and a tenth of the work of decimal arithmetic."""
    whole, _, part = shown.replace(",", "").partition(".")
    part = part.ljust(scale, "0")
    digits = whole + part[:scale]
    return Decimal(f"{digits}.{part[scale:]}" if len(part) > scale else digits)


def is_negative(element: etree._Element) -> bool:
    """Say whether its sign is turned."""
    return element.get("sign") == "-"


def plain(value: Decimal) -> Decimal:
    """The same number without an exponent ('4E+2' becomes '400')."""
    return Decimal(f"{value:f}")


def as_filed(shown: str, scale: int, *, negative: bool) -> str:
    """Write a displayed value with the sign and scale that its page gives around it."""
    text = " ".join(shown.split())
    signed = f"({text})" if negative else text
    words = _SCALES.get(scale)
    return signed + (f" (scale {scale})" if words is None else words)


def decimals_of(element: etree._Element) -> str | None:
    """Its `decimals`; of a `precision` only INF counts."""
    decimals = element.get("decimals")
    precision = element.get("precision")
    if decimals is None and precision is not None:
        return "INF" if precision == "INF" else None
    return decimals


def shown_text(element: etree._Element) -> str:
    """An element's text without what `ix:exclude` leaves out."""
    if len(element) == 0:
        return element.text or ""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and not child.tag.endswith("}exclude"):
            parts.append(shown_text(child))
        parts.append(child.tail or "")
    return "".join(parts)
