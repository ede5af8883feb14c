"""Presentation, label, calculation and definition linkbases of one filing's taxonomy.

Linkbases may be files of their own or sit inside the schema; both are read from the same trees.
Only what the filer wrote is here: labels that live in the standard taxonomy are not fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from lxml import etree

from tools.errors import SetupError
from tools.xbrl.secure_xml import parse_xml

LINK = "{http://www.xbrl.org/2003/linkbase}"
XLINK = "{http://www.w3.org/1999/xlink}"
XSD = "{http://www.w3.org/2001/XMLSchema}"
STANDARD_LABEL = "label"
_DEFAULT = "http://xbrl.org/int/dim/arcrole/dimension-default"


@dataclass(frozen=True, slots=True)
class PresentationArc:
    """A line `child` under `parent` in a role; `preferred_label` is the last part of its role."""

    role: str
    parent: str
    child: str
    order: Decimal
    preferred_label: str | None


@dataclass(frozen=True, slots=True)
class CalculationArc:
    """`parent` is the sum of its children times their weights, within a role."""

    role: str
    parent: str
    child: str
    order: Decimal
    weight: Decimal


@dataclass(slots=True)
class Linkbases:
    """What a filing's taxonomy says.

    Attributes:
        definitions: Role address to definition ('0000002 - Statement - CONSOLIDATED ...').
        labels: Concept to its labels by the last part of their role ('label', 'totalLabel').
        defaults: Axis to default member.
        abstracts: The filer's own concepts that hold no value.
    """

    definitions: dict[str, str] = field(default_factory=dict)
    presentation: list[PresentationArc] = field(default_factory=list)
    calculations: list[CalculationArc] = field(default_factory=list)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    abstracts: set[str] = field(default_factory=set)

    def label_of(self, concept: str, preferred: str | None = None) -> str | None:
        """The label in the preferred role, then the standard one, then None."""
        known = self.labels.get(concept, {})
        for role in _fallbacks(preferred):
            if role in known:
                return known[role]
        return None


def parse_linkbases(files: Mapping[str, bytes]) -> Linkbases:
    """Read linkbase and schema files, by name.

    Raises:
        SetupError: One of them is not well-formed or declares entities.
    """
    found = Linkbases()
    for name in sorted(files):
        try:
            root = parse_xml(files[name])
        except SetupError as error:
            raise SetupError(f"{name} beside it: {error}") from error
        _read_tree(root, found)
    return found


def _read_tree(root: etree._Element, found: Linkbases) -> None:
    _read_schema(root, found)
    for link in root.iter(f"{LINK}presentationLink"):
        found.presentation.extend(_presentation(link))
    for link in root.iter(f"{LINK}calculationLink"):
        found.calculations.extend(_calculations(link))
    for link in root.iter(f"{LINK}labelLink"):
        _read_labels(link, found.labels)
    for link in root.iter(f"{LINK}definitionLink"):
        for arc, axis, member in _arcs(link, "definitionArc"):
            if arc.get(f"{XLINK}arcrole") == _DEFAULT:
                found.defaults[axis] = member


def _read_schema(root: etree._Element, found: Linkbases) -> None:
    for role in root.iter(f"{LINK}roleType"):
        definition = role.find(f"{LINK}definition")
        if definition is not None and definition.text:
            text = re.sub(r"\s+", " ", definition.text).strip()
            found.definitions[role.get("roleURI") or ""] = text
    for element in root.iter(f"{XSD}element"):
        if element.get("abstract") == "true" and element.get("id"):
            found.abstracts.add(concept_of_id(element.get("id") or ""))


def concept_of_id(identifier: str) -> str:
    """'us-gaap_Assets', the id of a schema element, as 'us-gaap:Assets'."""
    prefix, _, local = identifier.partition("_")
    return f"{prefix}:{local}" if local else identifier


def _locators(link: etree._Element) -> dict[str, str]:
    return {
        loc.get(f"{XLINK}label") or "": concept_of_id(
            (loc.get(f"{XLINK}href") or "").rpartition("#")[2]
        )
        for loc in link.iter(f"{LINK}loc")
    }


def _arcs(link: etree._Element, name: str) -> Iterator[tuple[etree._Element, str, str]]:
    concepts = _locators(link)
    for arc in link.iter(f"{LINK}{name}"):
        if arc.get("use") == "prohibited":
            continue
        one = concepts.get(arc.get(f"{XLINK}from") or "")
        two = concepts.get(arc.get(f"{XLINK}to") or "")
        if one and two:
            yield arc, one, two


def _presentation(link: etree._Element) -> Iterator[PresentationArc]:
    role = link.get(f"{XLINK}role") or ""
    for arc, parent, child in _arcs(link, "presentationArc"):
        preferred = _tail(arc.get("preferredLabel"))
        yield PresentationArc(role, parent, child, _decimal(arc.get("order"), 1), preferred)


def _calculations(link: etree._Element) -> Iterator[CalculationArc]:
    role = link.get(f"{XLINK}role") or ""
    for arc, parent, child in _arcs(link, "calculationArc"):
        weight = _decimal(arc.get("weight"), 1)
        yield CalculationArc(role, parent, child, _decimal(arc.get("order"), 1), weight)


def _read_labels(link: etree._Element, labels: dict[str, dict[str, str]]) -> None:
    concepts = _locators(link)
    resources: dict[str, list[tuple[str, str]]] = {}
    for label in link.iter(f"{LINK}label"):
        role = _tail(label.get(f"{XLINK}role")) or STANDARD_LABEL
        text = re.sub(r"\s+", " ", "".join(str(part) for part in label.itertext())).strip()
        resources.setdefault(label.get(f"{XLINK}label") or "", []).append((role, text))
    for arc in link.iter(f"{LINK}labelArc"):
        concept = concepts.get(arc.get(f"{XLINK}from") or "")
        if concept and arc.get("use") != "prohibited":
            for role, text in resources.get(arc.get(f"{XLINK}to") or "", ()):
                labels.setdefault(concept, {}).setdefault(role, text)


def _tail(address: str | None) -> str | None:
    return address.rpartition("/")[2] if address else None


def _decimal(text: str | None, missing: int) -> Decimal:
    try:
        value = Decimal(text) if text else Decimal(missing)
    except InvalidOperation:
        return Decimal(missing)
    return value if value.is_finite() else Decimal(missing)


def is_negated(preferred: str | None) -> bool:
    """Say whether a label role shows the value with its sign turned ('negatedTotalLabel')."""
    return bool(preferred) and (preferred or "").lower().startswith("negated")


def _fallbacks(preferred: str | None) -> Iterable[str]:
    if preferred:
        yield preferred
        bare = preferred.removeprefix("negated")
        if bare != preferred and bare:
            yield bare[0].lower() + bare[1:]
    yield STANDARD_LABEL
    yield "terseLabel"
    yield "verboseLabel"
