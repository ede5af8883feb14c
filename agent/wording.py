"""How values, units and periods are written for a person.

Writing rounds; the record and `--json` keep every digit.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from agent.state import TRAILING, Evidence, Period

_SCALES = (
    (Decimal(10) ** 12, "trillion"),
    (Decimal(10) ** 9, "billion"),
    (Decimal(10) ** 6, "million"),
)
_PARTS = {
    "H1": "first half of",
    "9M": "first nine months of",
}


def write_value(value: Decimal, unit: str, *, display: str = "") -> str:
    """Write a value as an analyst would: $383.285 billion, 44.13%, $6.13, 0.91.

    Args:
        value: In base units (USD, shares, a fraction).
        unit: `USD`, `USD/shares`, `shares`, `ratio`, `days`, or any other filed unit.
        display: For ratios `percent` (the default), `multiple`, or `points` for a difference of
            two percentages.
    """
    sign, size = ("-" if value < 0 else ""), abs(value)
    if unit == "USD":
        return f"{sign}${_scaled(size)}"
    if unit == "USD/shares":
        return f"{sign}${_rounded(size, 4, at_least=2)} per share"
    if unit == "ratio":
        if display == "multiple":
            return f"{sign}{_rounded(size, 2, at_least=2)}"
        ending = " percentage points" if display == "points" else "%"
        return f"{sign}{_rounded(size * 100, 2, at_least=1)}{ending}"
    if unit == "days":
        return f"{sign}{_rounded(size, 1, at_least=0)} days"
    word = {"shares": "shares", "pure": ""}.get(unit, unit)
    return f"{sign}{_scaled(size)} {word}".rstrip()


def write_period(item: Evidence, *, with_end: bool = False) -> str:
    """Write an evidence's fiscal period, with its last day where asked for."""
    label = period_label(Period(item.fiscal_year or 0, item.part))
    if with_end and item.period_end:
        return f"{label} (ended {write_date(item.period_end)})"
    return label


def period_label(period: Period) -> str:
    """Write a fiscal period: FY2023, Q2 FY2023, first half of FY2023."""
    if period.part.startswith(TRAILING):
        quarter = Period(period.fiscal_year, period.part.removeprefix(TRAILING))
        return f"the twelve months to {quarter.label}"
    if period.part in _PARTS:
        return f"{_PARTS[period.part]} FY{period.fiscal_year}"
    return period.label


def write_date(day: date) -> str:
    """Write a day in full: September 30, 2023."""
    return f"{day:%B} {day.day}, {day.year}"


def join_words(parts: list[str]) -> str:
    """Join with commas and a last "and"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _scaled(size: Decimal) -> str:
    for scale, word in _SCALES:
        if size >= scale:
            return f"{_rounded(size / scale, 3, at_least=0)} {word}"
    return _rounded(size, 2, at_least=0)


def _rounded(size: Decimal, most: int, *, at_least: int) -> str:
    """Round to at most `most` decimals and drop closing zeros past `at_least`."""
    text = f"{size.quantize(Decimal(1).scaleb(-most), ROUND_HALF_EVEN):,f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(at_least, "0")
    return f"{whole}.{decimals}" if decimals else whole
