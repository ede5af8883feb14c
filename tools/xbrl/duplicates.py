"""One fact shown several times in a document: the most precise is kept, disagreements are noted."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tools.xbrl.records import Disagreement, InlineFact

FactKey = tuple[object, ...]


def precision_of(decimals: str | None) -> float:
    """Order of exactness: INF is most exact, a missing `decimals` least."""
    if decimals is None:
        return float("-inf")
    try:
        return float("inf") if decimals == "INF" else int(decimals)
    except ValueError:
        return float("-inf")


def merge_duplicates(
    facts: list[InlineFact],
) -> tuple[list[InlineFact], int, list[Disagreement]]:
    """Keep one fact per key, the most precise (then the first); note real disagreements."""
    kept, disagreements = keep_best((fact_key(fact), fact) for fact in facts)
    return list(kept.values()), len(facts) - len(kept), disagreements


def keep_best(
    facts: Iterable[tuple[FactKey, InlineFact]],
) -> tuple[dict[FactKey, InlineFact], list[Disagreement]]:
    """Merge facts that come with their keys; the first fact of a key gives it its place."""
    kept: dict[FactKey, InlineFact] = {}
    disagreements: list[Disagreement] = []
    for key, fact in facts:
        other = kept.get(key)
        if other is None:
            kept[key] = fact
            continue
        better = precision_of(fact.decimals) > precision_of(other.decimals)
        winner, loser = (fact, other) if better else (other, fact)
        kept[key] = winner
        if not agree(winner, loser):
            disagreements.append(Disagreement(winner, loser))
    return kept, disagreements


def fact_key(fact: InlineFact) -> FactKey:
    """What makes two facts one: all but their values."""
    return (
        fact.entity,
        fact.concept,
        fact.unit,
        fact.period_start,
        fact.period_end,
        fact.dimensions,
    )


def agree(one: InlineFact, two: InlineFact) -> bool:
    """Say whether two values of a fact can be one number, rounded as each declares."""
    gap = abs(one.value - two.value)
    slack = _half_unit(one.decimals) + _half_unit(two.decimals)
    return gap <= slack


def _half_unit(decimals: str | None) -> Decimal:
    try:
        return Decimal(5).scaleb(-int(decimals or "") - 1)
    except ValueError:
        return Decimal(0)
