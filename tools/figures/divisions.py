"""Which of the values filed side by side make up a whole, each counted once.

Filings state parts, subtotals over them and parts of parts alike, so what is filed adds up to more
than the whole. Parts are those that remain where the fewest are left out and the rest adds up,
within what rounding allows. Where more sets than that add up, none is chosen; nor is one found by
trying so many that some would fit by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from math import comb, gcd

# Sets tried times the share of all totals that would fit: above this, a fit proves nothing.
_MOST_CHANCE = Decimal("0.01")
_MOST_TRIED = 20_000
_MOST_ITEMS = 3


@dataclass(frozen=True, slots=True)
class Amount:
    """A value, and how far rounding may have moved it: half the unit it is rounded to."""

    value: Decimal
    half_unit: Decimal

    @classmethod
    def filed(cls, value: Decimal, decimals: str | None) -> Amount:
        """Take XBRL's `decimals`: -6 is rounded to millions; INF, or none, is exact."""
        try:
            unit = Decimal(1).scaleb(-int(decimals or "INF"))
        except ValueError:
            unit = Decimal(0)
        return cls(value, unit / 2)


def find_parts(amounts: Sequence[Amount], whole: Amount) -> list[int] | None:
    """Return the places of the values that make up a whole, or None where that is not certain.

    Zeros are no parts. At least two values remain.
    """
    given = [place for place, one in enumerate(amounts) if one.value]
    tried = 0
    for left_out in range(max(len(given) - 1, 0)):
        tried += comb(len(given), left_out)
        if left_out and _by_chance(tried, amounts, whole):
            return None
        sets = [
            [place for place in given if place not in dropped]
            for dropped in combinations(given, left_out)
        ]
        fitting = [places for places in sets if adds_up([amounts[n] for n in places], whole)]
        if fitting:
            return fitting[0] if len(fitting) == 1 else None
    return None


def is_rest(amounts: Sequence[Amount], whole: Amount, apart: Sequence[Amount]) -> bool:
    """Tell whether values and a few of the items filed apart from them make up a whole."""
    given = [one for one in dict.fromkeys(apart) if one.value]
    tried = 0
    for taken in range(1, _MOST_ITEMS + 1):
        tried += comb(len(given), taken)
        if _by_chance(tried, [*amounts, *given], whole):
            return False
        if any(adds_up([*amounts, *items], whole) for items in combinations(given, taken)):
            return True
    return False


def adds_up(parts: Sequence[Amount], whole: Amount) -> bool:
    """Tell whether values are a whole, each of them and the whole rounded by itself."""
    rounding = sum((one.half_unit for one in parts), whole.half_unit)
    return abs(sum(one.value for one in parts) - whole.value) <= rounding


def _by_chance(tried: int, amounts: Sequence[Amount], whole: Amount) -> bool:
    """Tell whether so many tries might fit by chance, or are too many to go through."""
    rounding = sum((one.half_unit for one in amounts), whole.half_unit)
    step = Decimal(gcd(*(int(one.value.scaleb(10)) for one in [*amounts, whole]))).scaleb(-10)
    too_many = tried * (2 * rounding + step) > abs(whole.value) * _MOST_CHANCE
    return too_many or tried > _MOST_TRIED
