"""On which share count a price stands, and on which a filed amount: the splits between the two.

A price as traded stands on the share count of its day; one corrected for splits on that of the day
it was fetched. A filed share count or amount a share stands on that of its filing day: after a
split, filings restate. So what lies between is the splits from the filing to the price's basis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tools.figures.splits import Split
from tools.market.prices import Action

# A split's day at the exchange and its first restated filing lie this far apart at most.
_REPORTED_WITHIN = timedelta(days=200)


@dataclass(frozen=True, slots=True)
class Between:
    """New shares for one old share between two days, and each split in words."""

    factor: Fraction = Fraction(1)
    splits: tuple[str, ...] = ()

    def and_then(self, factor: Fraction, said: str) -> Between:
        """Return this and one more split."""
        return Between(self.factor * factor, (*self.splits, said))


def splits_between(
    splits: Sequence[Split],
    actions: Sequence[Action],
    reports: Sequence[date],
    filed: date,
    basis: date,
) -> Between | str:
    """Return the splits between a filing and a price's basis, or why that can't be told.

    Args:
        splits: Those that the company's filings show, of all days.
        actions: Those that came with its prices, of all days.
        reports: The days on which its reports were filed: one in old shares shows that the split
            had not been made by then.
        filed: The day of the filing.
        basis: The day on whose share count the price stands; not before `filed`.
    """
    traded = [(one.day, Fraction(one.value)) for one in actions if one.kind == "split"]
    between, explained = Between(), set()
    for split in splits:
        known = [
            (day, factor)
            for day, factor in traded
            if abs(factor - split.factor) < Fraction(1, 100)
            and split.known_from - _REPORTED_WITHIN <= day <= split.known_from
        ]
        explained |= set(known)
        if filed >= split.known_from:
            continue
        if known:
            day = max(known)[0]
            happened = filed < day <= basis
        elif _last_in_old_shares(split, reports) < basis < split.known_from:
            return (
                f"A {split.spoken} was made between {_last_in_old_shares(split, reports)} and "
                f"{split.known_from}, "
                "and nothing on file says whether the price is from before or after it"
            )
        else:
            happened = basis >= split.known_from
        if happened:
            between = between.and_then(split.factor, split.spoken)
    for day, factor in sorted(set(traded) - explained):
        if filed < day <= basis:
            said = f"{factor.numerator}-for-{factor.denominator} split of {day}"
            between = between.and_then(factor, said)
    return between


def _last_in_old_shares(split: Split, reports: Sequence[date]) -> date:
    return max((day for day in reports if day < split.known_from), default=split.before.filed)
