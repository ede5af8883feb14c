"""A metric for one segment, product or region, and a whole divided among them.

A value is a fact as filed, of the latest filing that reports it for the period; nothing is added
up. A division takes the members of one axis, one concept and one basis from one filing (see
`members`), and shows as parts only what counts once (see `divisions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from tools.figures.divisions import Amount, adds_up, find_parts, is_rest
from tools.figures.figure import LATEST, FactFigure, Formula, Missing, Resolution, evaluate
from tools.figures.formulas import flatten, parse
from tools.figures.members import BASES, AxisKind, Member, Place, is_apart, read_members, read_place
from tools.figures.metrics import Catalogue, Metric
from tools.figures.reporting_periods import ReportingPeriod, read_period
from tools.figures.resolve import resolve
from tools.warehouse import Warehouse

MEMBER_SQL = "SELECT value * ? AS value FROM fact WHERE fact_id = ?"
_APART = "The rest of the whole are eliminations, corporate or reconciling items, filed apart."
_NOT_WHOLE = (
    "These do not add up to the whole: some overlap, or there are other parts or eliminations."
)
_RESTATED = "They make up the whole as filed with them; a later filing restates it."
_OTHER_TOTAL = "They make up a total that is not the company's own."


@dataclass(frozen=True)
class Breakdown:
    """A metric divided by one axis.

    Attributes:
        parts: Members with their figures, of one filing.
        adds_up: Whether they make up the whole that the filing states, each counted once.
        note: What a reader should know where they do not, or where the whole was restated.
    """

    parts: tuple[tuple[Member, FactFigure], ...]
    adds_up: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Fact:
    """A filed value with the metric's sign; `dimensions` is empty for the consolidated one."""

    fact_id: int
    concept: str
    rank: int
    sign: int
    value: Decimal
    value_as_filed: str
    decimals: str | None
    accession: str
    filed: date
    form: str
    dimensions: str
    url: str | None
    company: str

    @property
    def amount(self) -> Amount:
        return Amount.filed(self.value, self.decimals)


def resolve_member(
    warehouse: Warehouse,
    metric: str,
    cik: int,
    period: tuple[int, str],
    member: Member,
    *,
    as_of: date | None = None,
) -> Resolution:
    """Find a metric's figure for a member: a filed fact, or a formula over such facts.

    Args:
        warehouse: An open warehouse with an installed catalogue.
        metric: Name in the catalogue.
        cik: The company.
        period: Fiscal year and part of it, as in the calendar.
        member: The segment, product or region.
        as_of: Only what was filed by this day counts.
    """
    named = Catalogue.installed(warehouse).metric(metric)
    span = read_period(warehouse, cik, *period)
    if span is None:
        return _missing(named, member, f"no such period is on file ({period[1]} {period[0]})")
    if named.concepts:
        facts = _read_facts(warehouse, named, cik, span, as_of or LATEST)
        return _of_member(named, cik, span, member, facts)
    return _formula(warehouse, named, cik, span, member, as_of)


def break_down(
    warehouse: Warehouse,
    metric: str,
    cik: int,
    period: tuple[int, str],
    kind: AxisKind,
    *,
    as_of: date | None = None,
) -> Breakdown | Missing:
    """Divide a metric among the members of one kind of axis.

    The newest filing whose members make up its whole counts; where none does, the members of the
    newest are shown with a note.

    Args:
        warehouse: An open warehouse with an installed catalogue.
        metric: Name in the catalogue.
        cik: The company.
        period: Fiscal year and part of it, as in the calendar.
        kind: Of which axis.
        as_of: Only what was filed by this day counts.
    """
    named = Catalogue.installed(warehouse).metric(metric)
    span = read_period(warehouse, cik, *period)
    facts = _read_facts(warehouse, named, cik, span, as_of or LATEST) if span else []
    found: list[tuple[list[_Fact], bool, str]] = []
    for _, of_filing in groupby(facts, key=lambda fact: fact.accession):
        found += _divide(list(of_filing), kind)
        if any(whole or note == _APART for _, whole, note in found):
            break
    if not found or span is None:
        return Missing(
            f"{named.label} by {kind} is not on file for that period.",
            "the filing itself, with its inline XBRL",
            metric=metric,
        )
    # The first of the best: what adds up, then what does with the items filed apart.
    parts, whole, note = min(found, key=lambda one: (not one[1], one[2] != _APART))
    if whole:
        note = _other_total(parts, resolve(warehouse, metric, cik, *period, as_of=as_of))
    members = {one.local_name: one for one in read_members(warehouse, cik) if one.kind == kind}
    pairs = [(members[_place(fact).local_name], _figure(named, cik, span, fact)) for fact in parts]
    return Breakdown(tuple(pairs), whole, note)


def _divide(facts: Sequence[_Fact], kind: AxisKind) -> list[tuple[list[_Fact], bool, str]]:
    """Return a filing's ways to divide its whole by one kind of axis, the preferred first."""
    wholes = {fact.concept: fact.amount for fact in facts if not fact.dimensions}
    groups: dict[tuple[bool, int, int, str], list[_Fact]] = {}
    for fact in facts:
        place = read_place(fact.dimensions) if fact.dimensions else None
        if place and place.kind == kind:
            of_whole = fact.concept in wholes
            key = (not of_whole, BASES.index(place.basis), fact.rank, place.axis)
            groups.setdefault(key, []).append(fact)
    found = []
    for _, group in sorted(groups.items()):
        if len(group) < 2:
            continue
        whole = wholes.get(group[0].concept)
        amounts = [fact.amount for fact in group]
        places = find_parts(amounts, whole) if whole else None
        if places:
            found.append(([group[place] for place in places], True, ""))
            continue
        apart = [
            fact.amount
            for fact in facts
            if fact.concept == group[0].concept
            and fact.dimensions
            and is_apart(fact.dimensions, kind)
        ]
        note = _APART if whole and is_rest(amounts, whole, apart) else _NOT_WHOLE
        found.append((group, False, note))
    return found


def _other_total(parts: Sequence[_Fact], whole: Resolution) -> str:
    """Say where the total that the parts make up is not the company's figure."""
    if isinstance(whole, Missing):
        return ""
    total = Amount(evaluate(whole), max(part.amount.half_unit for part in parts))
    if adds_up([part.amount for part in parts], total):
        return ""
    later = isinstance(whole, FactFigure) and whole.filed > parts[0].filed
    return _RESTATED if later else _OTHER_TOTAL


def _place(fact: _Fact) -> Place:
    place = read_place(fact.dimensions)
    assert place is not None, fact.dimensions  # as chosen by `_divide`
    return place


def _read_facts(
    warehouse: Warehouse, metric: Metric, cik: int, span: ReportingPeriod, as_of: date
) -> list[_Fact]:
    """Read the facts of a metric and period, whole and by dimension, the newest filing first."""
    start = span.start if metric.period_type == "duration" else None
    ranks = {choice.concept: (n, choice.sign) for n, choice in enumerate(metric.concepts)}
    rows = warehouse.connection.execute(
        "SELECT fact.fact_id, fact.concept, fact.value, fact.value_as_filed, fact.decimals, "
        "fact.accession, fact.filed, fact.form, coalesce(fact.dimensions, ''), filing.url, "
        "company.name FROM fact JOIN company ON company.cik = fact.cik "
        "LEFT JOIN filing ON filing.accession = fact.accession "
        "WHERE fact.cik = ? AND list_contains(?, fact.concept) AND fact.period_end = ? "
        "AND fact.period_start IS NOT DISTINCT FROM ? AND fact.unit = ? AND fact.filed <= ? "
        "ORDER BY fact.filed DESC, fact.accession DESC, fact.dimensions, fact.fact_id",
        [cik, list(ranks), span.end, start, metric.unit, as_of],
    ).fetchall()
    return [
        _Fact(row[0], row[1], *ranks[row[1]], row[2] * ranks[row[1]][1], *row[3:]) for row in rows
    ]


def _of_member(
    metric: Metric, cik: int, span: ReportingPeriod, member: Member, facts: Sequence[_Fact]
) -> FactFigure | Missing:
    fits = [
        (place, fact)
        for fact in facts
        if fact.dimensions
        and (place := read_place(fact.dimensions))
        and (place.kind, place.local_name) == (member.kind, member.local_name)
    ]
    if not fits:
        return _missing(metric, member, f"no filing on file reports it for {span.spoken}")
    newest = [pair for pair in fits if pair[1].accession == fits[0][1].accession]
    basis = min(BASES.index(place.basis) for place, _ in newest)
    chosen = [fact for place, fact in newest if BASES.index(place.basis) == basis]
    wholes = {
        fact.concept
        for fact in facts
        if not fact.dimensions and fact.accession == chosen[0].accession
    }
    # The concept by which the filing states the whole says what the member's value is a part of.
    chosen = [fact for fact in chosen if fact.concept in wholes] or chosen
    if len({fact.value for fact in chosen}) > 1:
        return _missing(metric, member, "the filing reports it under several concepts")
    best = min(chosen, key=lambda fact: fact.rank)
    figure = _figure(metric, cik, span, best)
    return replace(figure, note=_other_basis(best, [fact for _, fact in newest]))


def _other_basis(best: _Fact, facts: Iterable[_Fact]) -> str:
    """Say where a segment's own total, before eliminations, is another value."""
    others = {fact.value for fact in facts if fact.concept == best.concept} - {best.value}
    if not others:
        return ""
    return (
        "This is its share of the consolidated value; the filing also states its total before "
        "eliminations, which differs."
    )


def _figure(metric: Metric, cik: int, span: ReportingPeriod, fact: _Fact) -> FactFigure:
    return FactFigure(
        metric.name, cik, fact.company, fact.value, metric.unit, span.fiscal_year,
        span.fiscal_period, span.start, span.end, fact.concept, fact.accession, fact.filed,
        fact.form, fact.url, fact.value_as_filed, fact.fact_id, MEMBER_SQL,
        [fact.sign, fact.fact_id],
    )  # fmt: skip


def _formula(
    warehouse: Warehouse,
    metric: Metric,
    cik: int,
    span: ReportingPeriod,
    member: Member,
    as_of: date | None,
) -> Resolution:
    """Work a formula out over a member's own figures; only such as need no other period."""
    for formula in metric.formulas:
        terms = parse(formula)
        if terms.prior or terms.averaged or "days" in formula.split():
            continue
        period = (span.fiscal_year, span.fiscal_period)
        inputs = {
            name: resolve_member(warehouse, name, cik, period, member, as_of=as_of)
            for name in terms.current
        }
        facts = [given for given in inputs.values() if isinstance(given, FactFigure)]
        if len(facts) < len(inputs) or len({fact.accession for fact in facts}) != 1:
            continue
        found = Formula(
            metric.name, flatten(formula, days=span.days), inputs, cik, facts[0].company,
            metric.unit, span.fiscal_year, span.fiscal_period, span.start, span.end,
        )  # fmt: skip
        try:
            evaluate(found)
        except ZeroDivisionError:
            continue
        return found
    return _missing(metric, member, f"its parts are not reported for {span.spoken}")


def _missing(metric: Metric, member: Member, why: str) -> Missing:
    return Missing(
        f"{metric.label} of {member.label} is not to be had: {why}.",
        "a filing with its inline XBRL that reports it",
        metric=metric.name,
    )
