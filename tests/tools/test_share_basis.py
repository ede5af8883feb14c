"""Which splits lie between a filing and the day on whose share count a price stands."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from tools.figures.splits import Split
from tools.market.prices import Action
from tools.market.share_basis import Between, splits_between

BEFORE, TRADED, KNOWN = date(2024, 5, 29), date(2024, 6, 10), date(2024, 8, 28)
# The restated count itself was filed a year before.
OLD: Any = SimpleNamespace(filed=date(2023, 8, 28))
FILED = Split(Fraction(10), KNOWN, OLD, OLD, OLD)
ACTION = Action("NVDA", TRADED, "split", Decimal(10), "file", KNOWN)


@pytest.mark.parametrize(
    ("filed", "basis", "actions", "factor"),
    [
        (date(2024, 2, 21), date(2024, 5, 20), [], 1),  # both before
        (date(2024, 2, 21), date(2024, 8, 28), [], 10),  # the filing before, the price after
        (date(2024, 8, 28), date(2024, 8, 30), [], 1),  # both after
        (BEFORE, date(2024, 6, 7), [ACTION], 1),  # the exchange's day tells
        (BEFORE, date(2024, 6, 10), [ACTION], 10),
        (date(2024, 8, 28), date(2024, 8, 30), [ACTION], 1),
    ],
)
def test_a_filed_split_counts_once_it_lies_between(
    filed: date, basis: date, actions: list[Action], factor: int
) -> None:
    found = splits_between([FILED], actions, [BEFORE, KNOWN], filed, basis)
    assert isinstance(found, Between)
    assert found.factor == factor


def test_a_day_that_nothing_places_is_refused() -> None:
    found = splits_between([FILED], [], [BEFORE, KNOWN], BEFORE, date(2024, 6, 20))
    assert isinstance(found, str)
    assert "10-for-1 split" in found


def test_a_split_that_no_filing_shows_yet_counts_by_its_day() -> None:
    after = splits_between([], [ACTION], [BEFORE], BEFORE, date(2024, 6, 20))
    before = splits_between([], [ACTION], [BEFORE], BEFORE, date(2024, 6, 7))
    assert isinstance(after, Between)
    assert (after.factor, after.splits) == (10, ("10-for-1 split of 2024-06-10",))
    assert before == Between()
