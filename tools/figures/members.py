"""Segments, products and regions: the members of a company's axes, by the names its filings give.

A fact counts for a member where it has one such axis and no other, but for the mark that filers
put beside it on the axis of consolidation items: the member as a segment reports it, before
eliminations ("operating segments"), or as a region of the whole.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tools.warehouse import Warehouse

AxisKind = Literal["segment", "product", "geography"]
AXES: dict[str, AxisKind] = {
    "StatementBusinessSegmentsAxis": "segment",
    "SubsegmentsAxis": "segment",
    "ProductOrServiceAxis": "product",
    "ProductsAndServicesAxis": "product",
    "StatementGeographicalAxis": "geography",
}
# Marks of consolidation items beside a member, the one that is preferred first. Without a mark a
# value is the member's share of the consolidated one; operating segments' may hold sales to others.
BASES = ("", "OperatingSegmentsMember", "ReportableGeographicalComponentsMember")
_CONSOLIDATION = "ConsolidationItemsAxis"
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
    places = [read_place(text) for (text,) in rows]
    found = {(place.kind, place.local_name) for place in places if place}
    if not found:
        return []
    printed = _printed_labels(warehouse, cik)
    return [Member(kind, name, _label(name, printed)) for kind, name in sorted(found)]


class Place(NamedTuple):
    """Where a fact stands: one member of one axis, on one basis (see BASES)."""

    kind: AxisKind
    axis: str
    local_name: str
    basis: str


def read_place(dimensions: str) -> Place | None:
    """Return where a fact stands, or None where it has other dimensions, too."""
    pairs = _read_pairs(dimensions)
    marks = [member for axis, member in pairs if axis == _CONSOLIDATION]
    own = [pair for pair in pairs if pair[0] != _CONSOLIDATION]
    basis = marks[0] if marks else ""
    if len(own) != 1 or own[0][0] not in AXES or basis not in BASES:
        return None
    axis, member = own[0]
    return Place(AXES[axis], axis, member, basis)


def is_apart(dimensions: str, kind: AxisKind) -> bool:
    """Tell whether a fact is an elimination, a corporate item or the like, beside the members."""
    pairs = _read_pairs(dimensions)
    marked = any(axis == _CONSOLIDATION and member not in BASES for axis, member in pairs)
    others = [axis for axis, _ in pairs if axis != _CONSOLIDATION]
    return marked and all(AXES.get(axis) == kind for axis in others)


def _read_pairs(dimensions: str) -> list[tuple[str, str]]:
    """Return axes and members without prefixes; a typed member is its own text."""
    return [
        (axis.rpartition(":")[2], str(member).rpartition(":")[2])
        for axis, member in json.loads(dimensions).items()
    ]


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
