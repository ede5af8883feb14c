"""Statements' lines from EDGAR's rendered reports (R2.htm, ... with FilingSummary.xml).

A row names its concept; a block of rows may belong to a member. Values are not read here: they
are the filing's facts.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree, html

from tools.errors import SetupError
from tools.statements.kinds import Candidate, choose
from tools.statements.layout import clean_label
from tools.statements.records import StatementKind, StatementLine
from tools.xbrl.linkbases import concept_of_id
from tools.xbrl.markup import decode
from tools.xbrl.records import InlineFact
from tools.xbrl.secure_xml import parse_xml

SUMMARY = "FilingSummary.xml"
_NAME = re.compile(r"^R\d+\.htm$", re.IGNORECASE)
_CONCEPT = re.compile(r"'defref_([^'=]+)(?:=([^']+))?'")
_DEFINITION = re.compile(r"^\S+\s*-\s*(\w+)\s*-\s*(.*)$")
_BALANCE_EDGE = re.compile(r"beginning|ending|\bend of\b|\bbeginning of\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    concept: str
    is_abstract: bool
    is_total: bool
    dimensions: str | None
    printed: str


def is_r_file(name: str) -> bool:
    """Say whether a file is one of EDGAR's rendered reports or their list."""
    return bool(_NAME.match(name)) or name.lower() == SUMMARY.lower()


def lines_from_r_files(
    files: Mapping[str, bytes], facts: Sequence[InlineFact]
) -> list[StatementLine]:
    """The statements' lines among rendered reports, by file name; empty without a list of them.

    Raises:
        SetupError: The list is not well-formed or declares entities.
    """
    summary = next((files[name] for name in files if name.lower() == SUMMARY.lower()), None)
    if summary is None:
        return []
    titles = dict(_titles(parse_xml(summary)))
    rows = {name: list(_rows(files[name])) for name in titles if name in files}
    candidates = [
        Candidate(
            key=name,
            title=titles[name],
            concepts=frozenset(row.concept.partition(":")[2] for row in found),
            lines=len(found),
            is_statement=True,
        )
        for name, found in rows.items()
    ]
    signs = _signs(facts)
    return [
        line
        for kind, one in choose(candidates).items()
        for line in _lines(kind, one, rows[one.key], signs)
    ]


def _titles(root: etree._Element) -> Iterator[tuple[str, str]]:
    """File names and titles of the reports that are statements."""
    for report in root.iter("Report"):
        name = report.findtext("HtmlFileName") or ""
        matched = _DEFINITION.match((report.findtext("LongName") or "").strip())
        category = report.findtext("MenuCategory") or ""
        if matched and (matched[1].lower() == "statement" or category == "Statements"):
            yield name, matched[2]


def _rows(data: bytes) -> Iterator[_Row]:
    try:
        text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode(data))
        root = html.fromstring(text, parser=html.HTMLParser(no_network=True))
    except (SetupError, etree.ParserError, ValueError):
        return  # one damaged report leaves the others
    dimensions: str | None = None
    for row in root.iter("tr"):
        link = next((one for one in row.iter("a") if "defref_" in (one.get("onclick") or "")), None)
        named = _CONCEPT.search(link.get("onclick") or "") if link is not None else None
        if link is None or named is None:
            continue
        label = " ".join("".join(str(part) for part in link.itertext()).split())
        kind = row.get("class") or ""
        if kind.startswith("rh") or named[2]:
            dimensions = _dimensions(named[1], named[2])
            continue
        cells = [cell for cell in row.iter("td") if (cell.get("class") or "").startswith("num")]
        printed = "".join(str(part) for part in cells[0].itertext()) if cells else ""
        is_abstract = link.find(".//strong") is not None and not cells
        concept = concept_of_id(named[1])
        yield _Row(label, concept, is_abstract, kind.endswith("u"), dimensions, printed)


def _dimensions(axis: str, member: str | None) -> str | None:
    if member is None:
        return None
    names = {concept_of_id(axis): concept_of_id(member)}
    return json.dumps(names, separators=(",", ":"), ensure_ascii=False)


def _signs(facts: Sequence[InlineFact]) -> dict[tuple[str, str], set[bool]]:
    """Whether facts are negative, by concept and digits."""
    found: dict[tuple[str, str], set[bool]] = defaultdict(set)
    for fact in facts:
        if fact.value:
            found[fact.concept, _digits(fact.value)].add(fact.value < 0)
    return found


def _digits(value: Decimal) -> str:
    return f"{abs(value):f}".replace(".", "").strip("0")


def _lines(
    kind: StatementKind,
    one: Candidate,
    rows: Sequence[_Row],
    signs: Mapping[tuple[str, str], set[bool]],
) -> Iterator[StatementLine]:
    depth = 0
    for ordinal, row in enumerate(rows):
        if row.is_abstract:
            depth = 0
        yield StatementLine(
            accession="",
            statement=kind,
            layout="r_file",
            role=one.key,
            title=one.title,
            ordinal=ordinal,
            depth=depth,
            label=clean_label(row.label, row.concept),
            concept=row.concept,
            is_abstract=row.is_abstract,
            negated=_is_negated(row, signs),
            preferred_label=_preferred(row),
            dimensions=row.dimensions,
        )
        depth = 1 if row.is_abstract else depth


def _preferred(row: _Row) -> str | None:
    edge = _BALANCE_EDGE.search(row.label)
    if edge and "cash" in row.concept.lower() + row.label.lower():
        return "periodStartLabel" if "begin" in edge[0].lower() else "periodEndLabel"
    return "totalLabel" if row.is_total else None


def _is_negated(row: _Row, signs: Mapping[tuple[str, str], set[bool]]) -> bool:
    digits = re.sub(r"[^\d]", "", row.printed).strip("0")
    filed = signs.get((row.concept, digits), set())
    return len(filed) == 1 and ("(" in row.printed) not in filed
