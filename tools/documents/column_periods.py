"""The period a column's heading names: 'Three Months Ended June 30, 2024', 'December 31, 2024'.

A heading that gives a year alone names no day; such columns get theirs from the facts shown in
them, or none.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + "|sept"
_DATE = re.compile(rf"\b({_MONTH})\.?\s+(\d{{1,2}})\s*,?\s*((?:19|20)\d\d)\b", re.IGNORECASE)
_DAY = re.compile(rf"\b({_MONTH})\.?\s+(\d{{1,2}})\b(?!\s*,?\s*(?:19|20)\d\d)", re.IGNORECASE)
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
_SHORT = re.compile(r"\b(\d{1,2})/(\d{1,2})/((?:19|20)?\d\d)\b")
_LENGTHS = {
    "three": 3, "3": 3, "quarter": 3, "six": 6, "6": 6, "nine": 9, "9": 9, "twelve": 12, "12": 12,
    "year": 12, "years": 12, "annual": 12,
}  # fmt: skip
_DURATION = re.compile(
    r"\b(?:(three|six|nine|twelve|3|6|9|12)[\s-]+months?|(quarters?|years?))[\s-]+(?:period\s+)?end(?:ed|ing)",
    re.IGNORECASE,
)
_WEEKS = re.compile(
    r"\b(\d\d?|thirteen|twenty-six|thirty-nine|fifty-two|fifty-three)[\s-]+weeks?\b", re.I
)
_WEEK_WORDS = {"thirteen": 13, "twenty-six": 26, "thirty-nine": 39, "fifty-two": 52,
               "fifty-three": 53}  # fmt: skip


class ColumnPeriod(NamedTuple):
    """`start` is None for an instant, or where the heading says no length."""

    start: date | None
    end: date


@lru_cache(maxsize=4096)
def read_period(heading: str) -> ColumnPeriod | None:
    """Read a heading; None where it names no single day."""
    text = heading[:400]
    end = _end(text)
    if end is None:
        return None
    return ColumnPeriod(_start(text, end), end)


def _end(text: str) -> date | None:
    whole = [_date(*found) for found in _DATE.findall(text)]
    days = [day for day in whole if day is not None]
    if days:
        return days[-1]
    years = _YEAR.findall(text)
    month_days = _DAY.findall(text)
    if month_days and years:
        month, day = month_days[-1]
        return _date(month, day, years[-1])
    short = _SHORT.findall(text)
    if short:
        month, day, year = (int(part) for part in short[-1])
        return _safe(year if year > 99 else year + (1900 if year > 60 else 2000), month, day)
    return None


def _date(month: str, day: str, year: str) -> date | None:
    number = next(place for place, name in enumerate(_MONTHS, 1) if name[:3] == month[:3].lower())
    return _safe(int(year), number, int(day))


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _start(text: str, end: date) -> date | None:
    weeks = _WEEKS.search(text)
    if weeks:
        count = _WEEK_WORDS.get(weeks[1].lower()) or int(weeks[1])
        return end - timedelta(days=7 * count - 1)
    found = _DURATION.search(text)
    if not found:
        return None
    months = _LENGTHS[(found[1] or found[2].rstrip("s")).lower()]
    return _months_before(end, months)


def _months_before(end: date, months: int) -> date:
    """The first day of a period of so many months that ends on `end`."""
    whole = end + timedelta(days=1)
    if whole.day != 1:  # years of 52 weeks end on a weekday, not with a month
        return end - timedelta(weeks=months * 52 // 12) + timedelta(days=1)
    index = whole.year * 12 + whole.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, 1)
