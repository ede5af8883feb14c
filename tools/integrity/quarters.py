"""Sums of quarters: half years, nine months and years against the quarters that make them up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from tools.integrity.records import Check, Fact, tolerance_of

# Flows that every period of an income or cash-flow statement has.
CONCEPTS = frozenset(
    f"us-gaap:{name}"
    for name in (
        "Revenues RevenueFromContractWithCustomerExcludingAssessedTax SalesRevenueNet "
        "CostOfRevenue CostOfGoodsAndServicesSold GrossProfit OperatingExpenses "
        "OperatingIncomeLoss ResearchAndDevelopmentExpense "
        "SellingGeneralAndAdministrativeExpense IncomeTaxExpenseBenefit NetIncomeLoss "
        "ProfitLoss InterestExpense NoninterestExpense InterestIncomeExpenseNet PremiumsEarnedNet "
        "NetCashProvidedByUsedInOperatingActivities"
    ).split()
)
_PARTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "H1": (("Q1", "Q2"),),
    "9M": (("Q1", "Q2", "Q3"), ("H1", "Q3")),
    "FY": (("Q1", "Q2", "Q3", "Q4"), ("9M", "Q4")),
}


def check(
    facts: Iterable[Fact], periods: Mapping[tuple[date, date], tuple[int, str]]
) -> Iterator[Check]:
    """Check one company, given its facts of `CONCEPTS` and its fiscal calendar.

    Args:
        facts: Of all filings.
        periods: Start and end to fiscal year and period.
    """
    known: dict[tuple[str, str, int], dict[str, list[Fact]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for fact in facts:
        period = periods.get((fact.start, fact.end)) if fact.start else None
        if period is not None:
            year, name = period
            known[fact.concept, fact.unit, year][name].append(fact)
    for found in known.values():
        for whole, choices in _PARTS.items():
            parts = next((c for c in choices if all(found.get(name) for name in c)), None)
            if parts is not None and found.get(whole):
                yield _sum(whole, found[whole], [found[name] for name in parts], parts)


def _sum(
    name: str, whole: Sequence[Fact], parts: Sequence[Sequence[Fact]], names: Sequence[str]
) -> Check:
    """First the values as first filed; where they do not add up, the latest ones."""
    detail = f"{' + '.join(names)} = {name}"
    first = _row(detail, _oldest(whole), [_oldest(part) for part in parts])
    if first.holds:
        return first
    latest = _row(detail, _newest(whole), [_newest(part) for part in parts], "with restated values")
    if latest.holds:
        return latest
    restated = any(len({fact.value for fact in series}) > 1 for series in (whole, *parts))
    why = "restated later" if restated else "revised within the year, or reclassified"
    return _row(detail, _oldest(whole), [_oldest(part) for part in parts], why)


def _oldest(facts: Sequence[Fact]) -> Fact:
    return min(facts, key=lambda fact: (fact.filed, fact.accession))


def _newest(facts: Sequence[Fact]) -> Fact:
    return max(facts, key=lambda fact: (fact.filed, fact.accession))


def _row(detail: str, whole: Fact, parts: list[Fact], explanation: str | None = None) -> Check:
    return Check(
        accession=whole.accession,
        kind="quarters",
        detail=detail,
        concept=whole.concept,
        unit=whole.unit,
        start=whole.start,
        end=whole.end,
        expected=whole.value,
        found=sum((fact.value for fact in parts), Decimal(0)),
        tolerance=tolerance_of([whole, *parts]),
        explanation=explanation,
    )
