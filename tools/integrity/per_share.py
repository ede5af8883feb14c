"""Earnings per share times shares is about net income: a soft check, with room for rounding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from tools.integrity.records import Check, Fact

_EARNINGS = (
    "us-gaap:NetIncomeLossAvailableToCommonStockholdersBasic",
    "us-gaap:IncomeLossAttributableToParent",
    "us-gaap:NetIncomeLoss",
    "us-gaap:ProfitLoss",
)
_PER_SHARE = ("us-gaap:EarningsPerShareBasic", "us-gaap:EarningsPerShareBasicAndDiluted")
_SHARES = (
    "us-gaap:WeightedAverageNumberOfSharesOutstandingBasic",
    "us-gaap:WeightedAverageNumberOfShareOutstandingBasicAndDiluted",
)
CONCEPTS = frozenset({*_EARNINGS, *_PER_SHARE, *_SHARES})
_ROOM = Decimal("0.02")  # participating securities and preferred dividends
_CENT = Decimal("0.006")


def check(facts: Iterable[Fact]) -> Iterator[Check]:
    """Check one filing's periods, given its facts of `CONCEPTS`."""
    periods: dict[tuple[date | None, date], dict[str, Fact]] = defaultdict(dict)
    for fact in facts:
        if fact.start is not None:
            periods[fact.start, fact.end][fact.concept] = fact
    for known in periods.values():
        earnings = next((known[name] for name in _EARNINGS if name in known), None)
        rate = next((known[name] for name in _PER_SHARE if name in known), None)
        shares = next((known[name] for name in _SHARES if name in known), None)
        if earnings and rate and shares and shares.value > 0:
            yield _row(earnings, rate, shares)


def _row(earnings: Fact, rate: Fact, shares: Fact) -> Check:
    found = rate.value * shares.value
    tolerance = shares.value * _CENT + abs(earnings.value) * _ROOM
    apart = abs(found - earnings.value) > tolerance
    return Check(
        accession=earnings.accession,
        kind="per_share",
        detail="earnings per share x shares is about net income",
        concept=earnings.concept,
        unit=earnings.unit,
        start=earnings.start,
        end=earnings.end,
        expected=earnings.value,
        found=found,
        tolerance=tolerance,
        explanation="preferred dividends, several share classes, or shares in another scale"
        if apart
        else None,
    )
