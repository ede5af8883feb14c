"""Statements' lines, in order and with labels, from a filing's linkbases."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tools.statements.kinds import Candidate, choose
from tools.statements.records import StatementKind, StatementLine
from tools.xbrl.linkbases import (
    CalculationArc,
    Linkbases,
    PresentationArc,
    is_negated,
    parse_linkbases,
)
from tools.xbrl.records import InlineFact

_STRUCTURE = re.compile(r"(?:Table|Axis|Domain|Member|LineItems)$")
_ABSTRACT = re.compile(r"(?:Abstract|RollForward|Hierarchy|LineItems|Table|Axis|Domain|Member)$")
_LABEL_TAG = re.compile(
    r"\s*\[(?:Abstract|Member|Domain|Axis|Line Items|Table|Roll ?Forward|Text Block)\]", re.I
)
_DEFINITION = re.compile(r"^\S+\s*-\s*(\w+)\s*-\s*(.*)$")
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class FilingLayout:
    """What a filing's linkbases say, ready to be stored; `lines` have no accession yet."""

    lines: tuple[StatementLine, ...]
    calculations: tuple[CalculationArc, ...]
    labels: tuple[tuple[str, str, str], ...]
    defaults: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Node:
    concept: str
    depth: int
    preferred: str | None
    is_frame: bool


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    concept: str | None
    depth: int
    is_abstract: bool
    preferred: str | None
    dimensions: str | None


def read_layout(files: Mapping[str, bytes], facts: Sequence[InlineFact]) -> FilingLayout:
    """Read linkbases and schemas, by file name, into the layout of the filing's statements.

    Args:
        files: `_pre.xml`, `_lab.xml`, `_cal.xml`, `_def.xml` and `.xsd`, in any mix.
        facts: The filing's facts; members of a statement's axes that they name become lines.

    Raises:
        SetupError: A file is not well-formed or declares entities.
    """
    linkbases = parse_linkbases(files)
    return FilingLayout(
        tuple(statement_lines(linkbases, facts)),
        tuple(linkbases.calculations),
        tuple(_kept_labels(linkbases)),
        tuple(sorted(linkbases.defaults.items())),
    )


def statement_lines(linkbases: Linkbases, facts: Sequence[InlineFact]) -> Iterator[StatementLine]:
    """The lines of the statements among the presentation roles."""
    roles: dict[str, list[PresentationArc]] = defaultdict(list)
    for arc in linkbases.presentation:
        roles[arc.role].append(arc)
    trees = {role: list(_walk(arcs)) for role, arcs in roles.items()}
    found = [
        _candidate(role, linkbases.definitions.get(role), trees[role]) for role in sorted(trees)
    ]
    candidates = [one for one in found if one.is_statement] or found
    members: dict[str, set[str]] = defaultdict(set)
    for fact in facts:
        if fact.dimensions is not None:
            members[fact.concept].add(fact.dimensions)
    for kind, chosen in choose(candidates).items():
        nodes = trees[chosen.key]
        yield from _lines(kind, chosen, nodes, linkbases, members)


def _candidate(role: str, definition: str | None, nodes: Sequence[_Node]) -> Candidate:
    matched = _DEFINITION.match(definition or "")
    title = matched[2] if matched else definition or spaced(role.rpartition("/")[2])
    concepts = frozenset(node.concept.partition(":")[2] for node in nodes)
    return Candidate(
        key=role,
        title=title,
        concepts=concepts,
        lines=len(nodes),
        is_statement=bool(matched) and matched is not None and matched[1].lower() == "statement",
    )


def _walk(arcs: Sequence[PresentationArc]) -> Iterator[_Node]:
    """The nodes of a role's tree, depth first; a cycle ends where it closes."""
    children: dict[str, list[PresentationArc]] = defaultdict(list)
    for arc in arcs:
        children[arc.parent].append(arc)
    below = {arc.child for arc in arcs}
    roots = [name for name in children if name not in below]

    def visit(arc: PresentationArc, depth: int, path: frozenset[str]) -> Iterator[_Node]:
        concept = arc.child
        under = sorted(children.get(concept, ()), key=lambda below: below.order)
        frame = bool(_STRUCTURE.search(concept)) or (not path and concept.endswith("Abstract"))
        yield _Node(concept, depth, arc.preferred_label, frame)
        if concept in path or depth > _MAX_DEPTH:
            return
        deeper = depth if frame else depth + 1
        for child in under:
            yield from visit(child, deeper, path | {concept})

    for root in roots:
        yield from visit(PresentationArc("", "", root, Decimal(0), None), 0, frozenset())


def _lines(
    kind: StatementKind,
    chosen: Candidate,
    nodes: Sequence[_Node],
    linkbases: Linkbases,
    members: Mapping[str, set[str]],
) -> Iterator[StatementLine]:
    axes = _axes(nodes, linkbases)
    rows: list[_Row] = []
    if kind == "equity":
        for member in _equity_members(axes):
            rows.append(_Row(_member_label(member, linkbases), None, 0, True, None, member))
    for node in nodes:
        if node.is_frame:
            continue
        if kind != "equity":
            for member in _members_of(node.concept, axes, members):
                name = _member_label(member, linkbases)
                depth = node.depth + 1
                rows.append(_Row(name, node.concept, depth, False, node.preferred, member))
        label = clean_label(linkbases.label_of(node.concept, node.preferred), node.concept)
        abstract = bool(_ABSTRACT.search(node.concept)) or node.concept in linkbases.abstracts
        rows.append(_Row(label, node.concept, node.depth, abstract, node.preferred, None))
    for ordinal, row in enumerate(rows):
        yield StatementLine(
            accession="",
            statement=kind,
            layout="linkbase",
            role=chosen.key,
            title=chosen.title,
            ordinal=ordinal,
            depth=row.depth,
            label=row.label,
            concept=row.concept,
            is_abstract=row.is_abstract,
            negated=is_negated(row.preferred),
            preferred_label=row.preferred,
            dimensions=row.dimensions,
        )


def _member_label(dimensions: str, linkbases: Linkbases) -> str:
    member = _member_of(dimensions)
    return clean_label(linkbases.label_of(member), member)


def _axes(nodes: Sequence[_Node], linkbases: Linkbases) -> list[tuple[str, list[str]]]:
    """Axes of a role with their members, in presentation order, without the default."""
    found: list[tuple[str, list[str]]] = []
    defaults = set(linkbases.defaults.values())
    for node in nodes:
        if node.concept.endswith("Axis"):
            found.append((node.concept, []))
        elif found and node.concept.endswith(("Member", "Domain")):
            found[-1][1].extend({node.concept} - defaults)
    return found


def _equity_members(axes: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    for axis, members in axes:
        if axis.endswith("StatementEquityComponentsAxis"):
            for member in members:
                yield _dimension(axis, member)


def _members_of(
    concept: str, axes: Iterable[tuple[str, list[str]]], members: Mapping[str, set[str]]
) -> Iterator[str]:
    known = members.get(concept, set())
    for axis, names in axes:
        for name in names:
            if _dimension(axis, name) in known:
                yield _dimension(axis, name)


def _dimension(axis: str, member: str) -> str:
    return json.dumps({axis: member}, separators=(",", ":"), ensure_ascii=False)


def _member_of(dimensions: str) -> str:
    return str(next(iter(json.loads(dimensions).values())))


def clean_label(label: str | None, concept: str) -> str:
    """A label without its tag ('[Abstract]'); the concept's name in words where there is none."""
    text = _LABEL_TAG.sub("", label).strip() if label else ""
    return text or spaced(re.sub(r"(?:Abstract|Member)$", "", concept.partition(":")[2] or concept))


def spaced(name: str) -> str:
    """'NetIncomeLoss' as 'Net Income Loss'."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)


def _kept_labels(linkbases: Linkbases) -> Iterator[tuple[str, str, str]]:
    for concept in sorted(linkbases.labels):
        standard = concept.startswith(("us-gaap:", "dei:", "srt:"))
        for role, label in linkbases.labels[concept].items():
            if label and not (standard and role == "documentation"):
                yield concept, role, label
