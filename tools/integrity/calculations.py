"""Sums that the filer's calculation linkbase states, within what rounding allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tools.integrity.records import Check, Fact, tolerance_of

FactsByPeriod = Mapping[tuple[date | None, date, str], Mapping[str, Fact]]


@dataclass(frozen=True, slots=True)
class Sum:
    """A summation of the calculation linkbase: a parent and its weighted children in a role."""

    role: str
    parent: str
    children: tuple[tuple[str, Decimal], ...]


def check(
    sums: Sequence[Sum], facts: Iterable[Fact], by_member: frozenset[str] = frozenset()
) -> Iterator[Check]:
    """Check one filing's sums for every period in which the parent and a child are filed.

    Args:
        sums: What the linkbase states.
        facts: The filing's consolidated facts.
        by_member: Concepts of the filing that have facts with members.
    """
    periods: dict[tuple[date | None, date, str], dict[str, Fact]] = defaultdict(dict)
    for fact in facts:
        periods[fact.start, fact.end, fact.unit][fact.concept] = fact
    whole_periods = _well_filled(sums, periods)
    for one in sums:
        for period, known in periods.items():
            parent = known.get(one.parent)
            present = [(known[name], weight) for name, weight in one.children if name in known]
            if parent is None or not present:
                continue
            missing = [name for name, _ in one.children if name not in known]
            row = _row(one, parent, present)
            if row.holds:
                yield row
            elif period in whole_periods[one.role]:
                yield _row(one, parent, present, _why(row, missing, by_member))


def _well_filled(
    sums: Sequence[Sum], periods: FactsByPeriod
) -> dict[str, set[tuple[date | None, date, str]]]:
    """Periods that a role's statement prints: others have only some facts from the notes.

    Those with at least half as many of the role's concepts as the fullest of their kind.
    """
    concepts: dict[str, set[str]] = defaultdict(set)
    for one in sums:
        concepts[one.role] |= {one.parent, *(name for name, _ in one.children)}
    kept: dict[str, set[tuple[date | None, date, str]]] = {}
    for role, names in concepts.items():
        filled = {period: len(names & known.keys()) for period, known in periods.items()}
        most = max(filled.values(), default=0)
        kept[role] = {period for period, count in filled.items() if count * 2 >= most}
    return kept


def _why(row: Check, missing: Sequence[str], by_member: frozenset[str]) -> str:
    split = [name for name in missing if name in by_member]
    if abs(row.difference) <= row.tolerance * 3:
        return "rounding"
    if split:
        return f"given by member only: {', '.join(split[:3])}"
    if missing:
        return f"missing element: {', '.join(missing[:3])}"
    return "the values differ from the sum that the filer's linkbase states"


def _row(
    one: Sum, parent: Fact, present: Sequence[tuple[Fact, Decimal]], explanation: str | None = None
) -> Check:
    return Check(
        accession=parent.accession,
        kind="calculation",
        detail=one.role,
        concept=parent.concept,
        unit=parent.unit,
        start=parent.start,
        end=parent.end,
        expected=parent.value,
        found=sum((fact.value * weight for fact, weight in present), Decimal(0)),
        tolerance=tolerance_of([parent, *(fact for fact, _ in present)]),
        explanation=explanation,
    )
