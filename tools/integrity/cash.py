"""Cash roll-forward: what a period's flows add up to, and from the opening to the closing balance.

Restricted cash, exchange rates and cash of discontinued operations enter where they are filed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from tools.integrity.records import Check, Fact, tolerance_of

_RESTRICTED = "us-gaap:CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents"
_WITH_DISPOSAL = f"{_RESTRICTED}IncludingDisposalGroupAndDiscontinuedOperations"
_PLAIN = "us-gaap:CashAndCashEquivalentsAtCarryingValue"
_PLAIN_CHANGE = "us-gaap:CashAndCashEquivalentsPeriodIncreaseDecrease"
_OTHER_BALANCES = (
    "us-gaap:CashAndCashEquivalentsAtCarryingValueIncludingDiscontinuedOperations",
    "us-gaap:Cash",
    "us-gaap:CashAndDueFromBanks",
)
_BALANCES = (_RESTRICTED, _WITH_DISPOSAL, _PLAIN, *_OTHER_BALANCES)
_CHANGES = (
    f"{_RESTRICTED}PeriodIncreaseDecreaseIncludingExchangeRateEffect",
    f"{_RESTRICTED}IncludingDisposalGroupAndDiscontinuedOperationsPeriodIncreaseDecrease"
    "IncludingExchangeRateEffect",
    f"{_RESTRICTED}PeriodIncreaseDecreaseExcludingExchangeRateEffect",
    _PLAIN_CHANGE,
    f"{_PLAIN_CHANGE}ExcludingExchangeRateEffect",
    "us-gaap:CashPeriodIncreaseDecrease",
)
_RATES = (
    f"us-gaap:EffectOfExchangeRateOn{_RESTRICTED.removeprefix('us-gaap:')}",
    f"us-gaap:EffectOfExchangeRateOn{_RESTRICTED.removeprefix('us-gaap:')}"
    "IncludingDisposalGroupAndDiscontinuedOperations",
    "us-gaap:EffectOfExchangeRateOnCashAndCashEquivalents",
    "us-gaap:EffectOfExchangeRateOnCash",
)
_ACTIVITIES = ("Operating", "Investing", "Financing")
_FLOWS = tuple(f"us-gaap:NetCashProvidedByUsedIn{name}Activities" for name in _ACTIVITIES)
_CONTINUING = tuple(f"{name}ContinuingOperations" for name in _FLOWS)
_ASIDE = (
    "us-gaap:NetCashProvidedByUsedInDiscontinuedOperations",
    "us-gaap:CashProvidedByUsedInDiscontinuedOperations",
    *(
        f"us-gaap:CashProvidedByUsedIn{name}ActivitiesDiscontinuedOperations"
        for name in _ACTIVITIES
    ),
)
CONCEPTS = frozenset({*_BALANCES, *_CHANGES, *_RATES, *_FLOWS, *_CONTINUING, *_ASIDE})
_NEAR_DAYS = 4


def check(facts: Iterable[Fact]) -> Iterator[Check]:
    """Check one filing's cash-flow statements, given its facts of `CONCEPTS`."""
    flows: dict[tuple[date, date, str], dict[str, Fact]] = defaultdict(dict)
    balances: dict[tuple[str, str], dict[date, Fact]] = defaultdict(dict)
    for fact in facts:
        if fact.start is None:
            balances[fact.concept, fact.unit][fact.end] = fact
        else:
            flows[fact.start, fact.end, fact.unit][fact.concept] = fact
    for (start, _, unit), known in flows.items():
        change = next((known[name] for name in _CHANGES if name in known), None)
        if change is None:
            continue
        yield from _sum_of_flows(known, change)
        yield from _roll_forward(known, change, balances, start, unit)


def _sum_of_flows(known: Mapping[str, Fact], change: Fact) -> Iterator[Check]:
    found = [
        known.get(total) or known.get(part) for total, part in zip(_FLOWS, _CONTINUING, strict=True)
    ]
    flows = [fact for fact in found if fact is not None]
    if len(flows) < 3:
        return
    rates = [known[name] for name in _RATES if name in known][:1]
    aside = [known[name] for name in _ASIDE if name in known]
    choices: list[tuple[list[Fact], str | None]]
    choices = [(flows + rates, None), (flows, "without the effect of exchange rates")]
    choices += [
        (flows + rates + aside, "with discontinued operations"),
        *((flows + rates + [one], f"with {one.concept}") for one in aside),
    ]
    yield _best("flows add up to the change in cash", change, choices)


def _roll_forward(
    known: Mapping[str, Fact],
    change: Fact,
    balances: Mapping[tuple[str, str], Mapping[date, Fact]],
    start: date,
    unit: str,
) -> Iterator[Check]:
    rates = [known[name] for name in _RATES if name in known][:1]
    outcomes = []
    for name in _BALANCES:
        days = balances.get((name, unit), {})
        closing, opening = days.get(change.end), _opening(days, start)
        if closing is None or opening is None:
            continue
        choices: list[tuple[list[Fact], str | None]] = [([opening, change], None)]
        if rates:
            choices.append(([opening, change, *rates], "with the effect of exchange rates"))
        outcomes.append(_best("opening + change = closing balance of cash", closing, choices))
    good = [outcome for outcome in outcomes if outcome.holds]
    yield from (good or outcomes)[:1]


def _opening(days: Mapping[date, Fact], start: date) -> Fact | None:
    """The balance of the day before; 52/53-week filers may date it some days off."""
    expected = start - timedelta(days=1)
    near = [day for day in days if abs((day - expected).days) <= _NEAR_DAYS]
    return days[min(near, key=lambda day: abs((day - expected).days))] if near else None


def _best(detail: str, whole: Fact, choices: list[tuple[list[Fact], str | None]]) -> Check:
    checks = [_row(detail, whole, parts, explanation) for parts, explanation in choices]
    good = next((one for one in checks if one.holds), None)
    if good is not None:
        return good
    plain = _row(detail, whole, *choices[0])
    return _row(
        detail,
        whole,
        choices[0][0],
        "restricted cash, exchange rates or discontinued operations are tagged apart"
        if abs(plain.difference) > plain.tolerance * 4
        else "rounding",
    )


def _row(detail: str, whole: Fact, parts: list[Fact], explanation: str | None) -> Check:
    return Check(
        accession=whole.accession,
        kind="cash",
        detail=detail,
        concept=whole.concept,
        unit=whole.unit,
        start=next((fact.start for fact in [whole, *parts] if fact.start), None),
        end=whole.end,
        expected=whole.value,
        found=sum((fact.value for fact in parts), Decimal(0)),
        tolerance=tolerance_of([whole, *parts]),
        explanation=explanation,
    )
