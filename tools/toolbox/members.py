"""Segments, products and regions: a company's members by name, and a metric's value for one.

A value is a filed fact with one member of one such axis (or that and "operating segments"), of the
latest filing that reports it for the period. Nothing is added up here, so nothing counts twice.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Literal

from tools.figures.figure import LATEST, FactFigure, Formula, Missing, Resolution, evaluate
from tools.figures.formulas import flatten, parse
from tools.figures.metrics import Catalogue, Metric
from tools.figures.reporting_periods import ReportingPeriod, read_period
from tools.figures.resolve import resolve
from tools.warehouse import Warehouse

AxisKind = Literal["segment", "product", "geography"]
AXES: dict[str, AxisKind] = {
    "StatementBusinessSegmentsAxis": "segment",
    "SubsegmentsAxis": "segment",
    "ProductOrServiceAxis": "product",
    "ProductsAndServicesAxis": "product",
    "StatementGeographicalAxis": "geography",
}
MEMBER_SQL = "SELECT value * ? AS value FROM fact WHERE fact_id = ?"
_OPERATING = ("ConsolidationItemsAxis", "OperatingSegmentsMember")
_COUNTRIES = {
    "US": "United States", "CN": "China", "JP": "Japan", "DE": "Germany", "GB": "United Kingdom",
    "CA": "Canada", "FR": "France", "IN": "India", "IE": "Ireland", "TW": "Taiwan",
    "KR": "South Korea", "SG": "Singapore", "MX": "Mexico", "BR": "Brazil", "CH": "Switzerland",
    "NL": "Netherlands", "IL": "Israel", "AU": "Australia", "HK": "Hong Kong", "IT": "Italy",
    "ES": "Spain", "BE": "Belgium", "SE": "Sweden", "CL": "Chile", "MY": "Malaysia",
    "PR": "Puerto Rico", "TH": "Thailand", "VN": "Vietnam", "PH": "Philippines",
    "NO": "Norway", "DK": "Denmark", "FI": "Finland", "AT": "Austria", "PL": "Poland",
    "RU": "Russia", "ZA": "South Africa", "AR": "Argentina", "SA": "Saudi Arabia",
    "AE": "United Arab Emirates", "ID": "Indonesia", "NZ": "New Zealand", "PT": "Portugal",
    "GR": "Greece", "CZ": "Czech Republic", "HU": "Hungary", "TR": "Turkey", "LU": "Luxembourg",
    "PE": "Peru", "CO": "Colombia", "BM": "Bermuda", "CR": "Costa Rica", "EG": "Egypt",
    "NonUsMember": "Outside the United States",
}  # fmt: skip
_DROPPED_SUBTOTALS = 2


@dataclass(frozen=True)
class Member:
    """A segment, product or region of a company, by the name that its filings give it."""

    kind: AxisKind
    local_name: str
    label: str

    @property
    def keys(self) -> frozenset[str]:
        """The squashed spellings under which a question may name it."""
        bare = re.sub(r"(?:Segment|Division)?Member$", "", self.local_name)
        return frozenset({member_key(self.label), member_key(bare)}) - {""}


def member_key(text: str) -> str:
    """Squash a name: lower case, letters and digits only, each word in the singular."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’.]", "", text.lower()).replace("&", " and "))
    kept = [_singular(word) for word in words if word not in {"segment", "division", "the"}]
    return "".join(kept)


def read_members(warehouse: Warehouse, cik: int) -> list[Member]:
    """Read the members of a company that some metric of the catalogue has facts for."""
    rows = warehouse.connection.execute(
        "SELECT DISTINCT dimensions FROM fact WHERE cik = ? AND dimensions IS NOT NULL "
        "AND concept IN (SELECT concept FROM metric_concept)",
        [cik],
    ).fetchall()
    found = {place for (text,) in rows if (place := member_of(text))}
    if not found:
        return []
    printed = _printed_labels(warehouse, cik)
    return [Member(kind, name, _label(name, printed)) for kind, name in sorted(found)]


def member_of(dimensions: str) -> tuple[AxisKind, str] | None:
    """Return the axis and the member of a fact, or None where it has other dimensions, too."""
    pairs = [
        (axis.rpartition(":")[2], member.rpartition(":")[2])
        for axis, member in json.loads(dimensions).items()
        if isinstance(member, str)
    ]
    own = [pair for pair in pairs if pair != _OPERATING]
    if len(own) != 1 or own[0][0] not in AXES or len(pairs) - len(own) > 1:
        return None
    return AXES[own[0][0]], own[0][1]


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
        return _filed(warehouse, named, cik, span, member, as_of or LATEST)
    return _formula(warehouse, named, cik, span, member, as_of)


def resolve_breakdown(
    warehouse: Warehouse,
    metric: str,
    cik: int,
    period: tuple[int, str],
    kind: AxisKind,
    *,
    as_of: date | None = None,
) -> tuple[list[tuple[Member, FactFigure]], str] | Missing:
    """Find a metric for each member of an axis, of one filing, without subtotals.

    Returns:
        The members with their figures, and a note where they do not add up to the whole.
    """
    named = Catalogue.installed(warehouse).metric(metric)
    found = [
        (member, figure)
        for member in read_members(warehouse, cik)
        if member.kind == kind
        for figure in [resolve_member(warehouse, metric, cik, period, member, as_of=as_of)]
        if isinstance(figure, FactFigure)
    ]
    newest = max((figure.filed for _, figure in found), default=None)
    found = [(member, figure) for member, figure in found if figure.filed == newest]
    if len(found) < 2:
        return Missing(
            f"{named.label} by {kind} is not on file for that period.",
            "the filing itself, with its inline XBRL",
            metric=metric,
        )
    whole = resolve(warehouse, metric, cik, *period, as_of=as_of)
    total = None if isinstance(whole, Missing) else evaluate(whole)
    for left_out in range(_DROPPED_SUBTOTALS + 1):
        for dropped in combinations(range(len(found)), left_out):
            kept = [pair for n, pair in enumerate(found) if n not in dropped]
            if len(kept) > 1 and sum(figure.value for _, figure in kept) == total:
                return kept, ""
    return found, "These do not add up to the whole, which has other parts or eliminations."


def _filed(
    warehouse: Warehouse,
    metric: Metric,
    cik: int,
    span: ReportingPeriod,
    member: Member,
    as_of: date,
) -> FactFigure | Missing:
    start = span.start if metric.period_type == "duration" else None
    rows = warehouse.connection.execute(
        "SELECT fact.fact_id, fact.concept, fact.value, fact.value_as_filed, fact.accession, "
        "fact.filed, fact.form, fact.dimensions, filing.url, company.name "
        "FROM fact JOIN company ON company.cik = fact.cik "
        "LEFT JOIN filing ON filing.accession = fact.accession "
        "WHERE fact.cik = ? AND list_contains(?, fact.concept) AND fact.period_end = ? "
        "AND fact.period_start IS NOT DISTINCT FROM ? AND fact.unit = ? AND fact.filed <= ? "
        "AND fact.dimensions IS NOT NULL ORDER BY fact.filed DESC, fact.accession DESC",
        [cik, [one.concept for one in metric.concepts], span.end, start, metric.unit, as_of],
    ).fetchall()
    fits = [row for row in rows if member_of(row[7]) == (member.kind, member.local_name)]
    if not fits:
        return _missing(metric, member, f"no filing on file reports it for {span.spoken}")
    newest = [row for row in fits if row[4] == fits[0][4]]
    plain = [row for row in newest if len(json.loads(row[7])) == 1] or newest
    ranks = {choice.concept: n for n, choice in enumerate(metric.concepts)}
    best = min(plain, key=lambda row: ranks[row[1]])
    if len({row[2] for row in plain}) > 1:
        return _missing(metric, member, "the filing reports it under several concepts")
    sign = metric.concepts[ranks[best[1]]].sign
    return FactFigure(
        metric.name, cik, best[9], best[2] * sign, metric.unit, span.fiscal_year,
        span.fiscal_period, span.start, span.end, best[1], best[4], best[5], best[6], best[8],
        best[3], best[0], MEMBER_SQL, [sign, best[0]],
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


def _printed_labels(warehouse: Warehouse, cik: int) -> dict[str, str]:
    """Return the labels that a company's tables print, by squashed name, the commonest first."""
    rows = warehouse.connection.execute(
        "SELECT row_label, count(*) FROM table_cell JOIN filing USING (accession) "
        "WHERE cik = ? AND length(row_label) BETWEEN 2 AND 80 GROUP BY ALL",
        [cik],
    ).fetchall()
    counts: dict[str, Counter[str]] = {}
    for text, count in rows:
        label = re.sub(r"\s*(?:\(\d+\)|:)\s*$", "", text.rpartition(": ")[2]).strip()
        counts.setdefault(member_key(label), Counter())[label] += count
    return {key: found.most_common(1)[0][0] for key, found in counts.items()}


def _label(local_name: str, printed: dict[str, str]) -> str:
    if local_name in _COUNTRIES:
        return _COUNTRIES[local_name]
    bare = re.sub(r"(?:Segment|Division)?Member$", "", local_name)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", bare)
    return printed.get(member_key(bare)) or printed.get(member_key(spaced)) or spaced


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
