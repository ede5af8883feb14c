"""Assets = liabilities + temporary equity + equity, for each filing and balance-sheet date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations

from tools.integrity.records import Check, Fact, tolerance_of

_TOTAL = "us-gaap:LiabilitiesAndStockholdersEquity"
_EQUITY_WITH_OTHERS = (
    "us-gaap:StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest"
)
_EQUITY = ("us-gaap:StockholdersEquity", "us-gaap:PartnersCapital", "us-gaap:MembersEquity")
# What stands between liabilities and equity, or beside either, in one filing or another.
_BETWEEN = (
    "us-gaap:TemporaryEquityCarryingAmountIncludingPortionAttributableToNoncontrollingInterests",
    "us-gaap:TemporaryEquityCarryingAmountAttributableToParent",
    "us-gaap:TemporaryEquityCarryingAmount",
    "us-gaap:TemporaryEquityCarryingAmountAttributableToNoncontrollingInterest",
    "us-gaap:RedeemableNoncontrollingInterestEquityCarryingAmount",
    "us-gaap:RedeemableNoncontrollingInterestEquityCommonCarryingAmount",
    "us-gaap:RedeemableNoncontrollingInterestEquityPreferredCarryingAmount",
    "us-gaap:RedeemableNoncontrollingInterestEquityOtherCarryingAmount",
    "us-gaap:RedeemableNoncontrollingInterestEquityFairValue",
    "us-gaap:TemporaryEquityValueExcludingAdditionalPaidInCapital",
    "us-gaap:MinorityInterest",
    "us-gaap:CommitmentsAndContingencies",
    "us-gaap:LiabilitiesOfDisposalGroupIncludingDiscontinuedOperation",
)
CONCEPTS = frozenset(
    {"us-gaap:Assets", "us-gaap:Liabilities", _TOTAL, _EQUITY_WITH_OTHERS, *_EQUITY, *_BETWEEN}
)


def check(facts: Iterable[Fact]) -> Iterator[Check]:
    """Check one filing's balance sheets, given its instants of `CONCEPTS`."""
    by_day: dict[tuple[object, str], dict[str, Fact]] = {}
    for fact in facts:
        by_day.setdefault((fact.end, fact.unit), {})[fact.concept] = fact
    for known in by_day.values():
        assets, total = known.get("us-gaap:Assets"), known.get(_TOTAL)
        if assets and total:
            yield _row("assets = total of liabilities and equity", assets, [total])
        yield from _parts(known, assets or total)


def _parts(known: Mapping[str, Fact], whole: Fact | None) -> Iterator[Check]:
    liabilities = known.get("us-gaap:Liabilities")
    equity = known.get(_EQUITY_WITH_OTHERS) or next(
        (known[name] for name in _EQUITY if name in known), None
    )
    if whole is None or liabilities is None or equity is None:
        return
    plain = _row("assets = liabilities + equity", whole, [liabilities, equity])
    between = [known[name] for name in _BETWEEN if name in known and known[name].value]
    for size in range(1, 4):
        if plain.holds:
            break
        for more in combinations(between, size):
            fuller = _row("assets = liabilities + equity", whole, [liabilities, equity, *more])
            if fuller.holds:
                names = ", ".join(fact.concept for fact in more)
                plain = _row(fuller.detail, whole, [liabilities, equity, *more], f"with {names}")
                break
    if plain.holds or plain.explanation:
        yield plain
        return
    yield _row(plain.detail, whole, [liabilities, equity], _why(plain.difference, known))


def _why(difference: Decimal, known: Mapping[str, Fact]) -> str:
    matching = [fact.concept for fact in known.values() if fact.value == abs(difference)]
    if matching:
        return f"the difference is {', '.join(sorted(matching))}"
    return "an element between liabilities and equity is missing, or was tagged with another one"


def _row(detail: str, whole: Fact, parts: list[Fact], explanation: str | None = None) -> Check:
    return Check(
        accession=whole.accession,
        kind="balance",
        detail=detail,
        concept=whole.concept,
        unit=whole.unit,
        start=None,
        end=whole.end,
        expected=whole.value,
        found=sum((fact.value for fact in parts), Decimal(0)),
        tolerance=tolerance_of([whole, *parts]),
        explanation=explanation,
    )
