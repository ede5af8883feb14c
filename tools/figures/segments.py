"""Figures of a company's segments, products and regions, and how a whole divides among them.

A total is never made of members that overlap: parts are shown as a division of the whole only
where one set of members of one axis, and no other of that size, adds up to the consolidated value.

Names are as printed in the row of a table that shows such a fact, where one does and it reads like
the member's own name; else tidied from that. Not done: facts with two axes (a product within a
segment).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import duckdb

from tools.figures.figure import Missing, evaluate
from tools.figures.resolve import resolve
from tools.warehouse import Warehouse

# Rounding of the parts: each printed figure may be half a unit off.
_SHARE = Decimal("0.0005")
_MOST_MEMBERS = 16
_SUFFIX = re.compile(r"(Segments?)?(Member)?$")
_NOTE_MARK = re.compile(r"\(\w\)")
_COLUMNS = (
    "kind, axis, member, member_qname, metric, concept, fiscal_year, fiscal_period, "
    "period_end, value, unit, accession, filed, fact_id"
)


@dataclass(frozen=True, slots=True)
class SegmentFigure:
    """One fact of one member of an axis; `member` is readable, `member_qname` as filed."""

    kind: str
    axis: str
    member: str
    member_qname: str
    metric: str | None
    concept: str
    fiscal_year: int
    fiscal_period: str
    period_end: date
    value: Decimal
    unit: str
    accession: str
    filed: date
    fact_id: int


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an axis, and for how many fiscal years it is on file."""

    kind: str
    axis: str
    member: str
    member_qname: str
    first_year: int
    last_year: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A metric divided by one axis.

    Attributes:
        parts: Members that exclude each other and together make up the total; empty where the
            filed ones do not.
        others: What is filed besides: wholes over several members, and parts of parts.
        total: The consolidated figure, or None where there is none.
        remainder: Total less parts, within rounding; None without parts.
        reason: Why there are no parts; empty where there are.
    """

    parts: tuple[SegmentFigure, ...]
    others: tuple[SegmentFigure, ...]
    total: Decimal | None
    remainder: Decimal | None
    reason: str = ""


def read_members(
    connection: duckdb.DuckDBPyConnection, cik: int, kind: str | None = None
) -> list[Member]:
    """List a company's members, by kind and name.

    Args:
        connection: To the warehouse.
        cik: The company.
        kind: segment, product, geography, customer...; all by default.
    """
    rows = connection.execute(
        "SELECT kind, axis, member, member_qname, min(fiscal_year), max(fiscal_year) "
        "FROM segment_figure WHERE cik = ? AND (? IS NULL OR kind = ?) GROUP BY ALL ORDER BY ALL",
        [cik, kind, kind],
    ).fetchall()
    names = read_names(connection, cik)
    return [replace(Member(*row), member=names.get(row[3], row[2])) for row in rows]


def read_names(connection: duckdb.DuckDBPyConnection, cik: int) -> dict[str, str]:
    """Return how tables print the names of a company's members, by qualified name."""
    rows = connection.execute(
        "SELECT member_qname, row_label, count(*) FROM segment_figure "
        "JOIN table_cell USING (accession, fact_id) WHERE cik = ? AND row_label IS NOT NULL "
        "GROUP BY ALL ORDER BY 3, 2",
        [cik],
    ).fetchall()
    return {
        qname: _NOTE_MARK.sub("", label).strip()
        for qname, label, _ in rows
        if _letters(label) == _letters(_SUFFIX.sub("", qname.partition(":")[2]))
    }


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def read_series(
    connection: duckdb.DuckDBPyConnection,
    cik: int,
    member: str,
    metric: str,
    fiscal_period: str = "FY",
) -> list[SegmentFigure]:
    """Return a member's values of a metric or concept over the years, oldest first.

    Args:
        connection: To the warehouse.
        cik: The company.
        member: Readable or qualified name, in any case.
        metric: A metric of the catalogue, or a concept such as `us-gaap:Revenues`.
        fiscal_period: Which period of each year.
    """
    names = read_names(connection, cik)
    named = [qname for qname, name in names.items() if name.lower() == member.lower()]
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM segment_figure WHERE cik = ? AND fiscal_period = ? "
        "AND (lower(?) IN (lower(member), lower(member_qname)) OR list_contains(?, member_qname)) "
        "AND ? IN (metric, concept) ORDER BY axis, fiscal_year, filed",
        [cik, fiscal_period, member, named, metric],
    ).fetchall()
    return _figures(rows, names)


def _figures(rows: Sequence[tuple[Any, ...]], names: Mapping[str, str]) -> list[SegmentFigure]:
    return [replace(SegmentFigure(*row), member=names.get(row[3], row[2])) for row in rows]


def break_down(
    warehouse: Warehouse,
    metric: str,
    cik: int,
    fiscal_year: int,
    fiscal_period: str = "FY",
    *,
    kind: str = "segment",
) -> Breakdown:
    """Divide a metric among the members of one kind of axis.

    Raises:
        ToolError: The metric is not in the catalogue.
    """
    whole = resolve(warehouse, metric, cik, fiscal_year, fiscal_period)
    found = warehouse.connection.execute(
        f"SELECT {_COLUMNS} FROM segment_figure WHERE cik = ? AND metric = ? "
        "AND fiscal_year = ? AND fiscal_period = ? AND kind = ? ORDER BY filed, member_qname",
        [cik, metric, fiscal_year, fiscal_period, kind],
    ).fetchall()
    rows = tuple(_figures(found, read_names(warehouse.connection, cik)))
    if isinstance(whole, Missing):
        return Breakdown((), rows, None, None, whole.reason)
    total = evaluate(whole)
    if not rows:
        return Breakdown((), (), total, None, f"No filing divides it by {kind}.")
    reason = ""
    for candidates in _one_filing_each(rows):
        parts, reason = _exclusive(candidates, total)
        if parts:
            taken = {part.fact_id for part in parts}
            others = tuple(row for row in rows if row.fact_id not in taken)
            return Breakdown(parts, others, total, total - sum(part.value for part in parts))
    return Breakdown((), rows, total, None, reason)


def _one_filing_each(rows: Sequence[SegmentFigure]) -> list[list[SegmentFigure]]:
    """Group by filing, concept and axis, newest first: members are renamed from year to year."""
    groups: dict[tuple[date, str, str, str], list[SegmentFigure]] = defaultdict(list)
    for row in rows:
        groups[row.filed, row.accession, row.concept, row.axis].append(row)
    return [groups[key] for key in sorted(groups, reverse=True)]


def _exclusive(
    rows: Sequence[SegmentFigure], total: Decimal
) -> tuple[tuple[SegmentFigure, ...], str]:
    """Return the one largest set of members that adds up to the whole, or why there is none."""
    given = [row for row in rows if row.value]
    if len(given) > _MOST_MEMBERS:
        return (), f"{len(given)} members are too many to tell parts from wholes."
    for size in range(len(given), 1, -1):
        sets = [
            chosen
            for chosen in combinations(given, size)
            if abs(sum(row.value for row in chosen) - total) <= abs(total) * _SHARE
        ]
        if len(sets) == 1:
            return sets[0], ""
        if sets:
            return (), "Several sets of the filed members add up to the whole."
    return (), "The filed members do not add up to the whole: some overlap, or some are not filed."
