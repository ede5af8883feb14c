"""Contexts and units of an XBRL document, plain or inline: who, when, in what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from lxml import etree

_XBRLI = "{http://www.xbrl.org/2003/instance}"
_XBRLDI = "{http://xbrl.org/2006/xbrldi}"
CONTEXT, UNIT = f"{_XBRLI}context", f"{_XBRLI}unit"
_ENTITY, _IDENTIFIER, _PERIOD = f"{_XBRLI}entity", f"{_XBRLI}identifier", f"{_XBRLI}period"
_INSTANT, _START, _END = f"{_XBRLI}instant", f"{_XBRLI}startDate", f"{_XBRLI}endDate"
_EXPLICIT, _TYPED = f"{_XBRLDI}explicitMember", f"{_XBRLDI}typedMember"
# `json.dumps` would make an encoder for every context.
_write_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_TAXONOMY = re.compile(
    r"^https?://(?:fasb\.org|xbrl\.sec\.gov|xbrl\.ifrs\.org|xbrl\.us)/(?:taxonomy/)?"
)


@dataclass(frozen=True, slots=True)
class Period:
    """A context's period; `start` is None for an instant."""

    start: date | None
    end: date


@dataclass(frozen=True, slots=True)
class Context:
    """Who and when a fact is about; `dimensions` is None for the consolidated entity."""

    entity: str
    period: Period | None
    dimensions: str | None


def units_of(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Units of a document by their ids."""
    return units_among(root.iter(UNIT))


def units_among(elements: Iterable[etree._Element]) -> Iterator[tuple[str, str]]:
    """Units by their ids, measures without prefixes: 'USD', 'USD/shares'."""
    for unit in elements:
        divide = unit.find(f"{_XBRLI}divide")
        if divide is None:
            yield unit.get("id") or "", _measures(unit)
            continue
        over = divide.find(f"{_XBRLI}unitNumerator")
        under = divide.find(f"{_XBRLI}unitDenominator")
        if over is not None and under is not None:
            yield unit.get("id") or "", f"{_measures(over)}/{_measures(under)}"


def _measures(element: etree._Element) -> str:
    texts = [(measure.text or "").strip() for measure in element.findall(f"{_XBRLI}measure")]
    return "*".join(text.rpartition(":")[2] for text in texts)


def contexts_of(root: etree._Element) -> Iterator[tuple[str, Context]]:
    """Contexts of a document by their ids."""
    return contexts_among(root.iter(CONTEXT))


def contexts_among(elements: Iterable[etree._Element]) -> Iterator[tuple[str, Context]]:
    """Contexts by their ids."""
    prefixes: dict[str, str] = {}
    for element in elements:
        entity = ""
        period = None
        for child in element:
            tag = child.tag
            if tag == _ENTITY:
                entity = (child.findtext(_IDENTIFIER) or "").strip()
            elif tag == _PERIOD:
                period = _period(child)
        yield element.get("id") or "", Context(entity, period, _dimensions(element, prefixes))


def _period(element: etree._Element) -> Period | None:
    texts = {child.tag: child.text or "" for child in element}
    return _period_between(texts.get(_INSTANT), texts.get(_START), texts.get(_END))


@lru_cache(maxsize=4096)  # a document has a few dozen periods for hundreds of contexts
def _period_between(instant: str | None, start: str | None, end: str | None) -> Period | None:
    instant = (instant or "").strip()
    try:
        if instant:
            return Period(None, _day(instant, closing=True))
        if start is None or end is None:
            return None
        first = _day(start.strip(), closing=False)
        return period_of(first, _day(end.strip(), closing=True))
    except ValueError:
        return None


def period_of(start: date | None, end: date) -> Period:
    """A period; one of a single day has no start.

    EDGAR's companyfacts list a period of one day as an instant, and one fact has one spelling.
    """
    return Period(None if start == end else start, end)


def _day(text: str, *, closing: bool) -> date:
    day = date.fromisoformat(text[:10])
    # XBRL 2.1, 4.7.2: a closing midnight belongs to the day before.
    return day - timedelta(days=1) if closing and text[10:].startswith("T00:00:00") else day


def _dimensions(context: etree._Element, prefixes: dict[str, str]) -> str | None:
    members: dict[str, str] = {}
    for member in context.iter(_EXPLICIT, _TYPED):
        axis = _name(member, member.get("dimension"), prefixes)
        if member.tag == _EXPLICIT:
            members[axis] = _name(member, member.text, prefixes)
        else:
            members[axis] = "".join(str(part) for part in member.itertext()).strip()
    if not members:
        return None
    return _write_json(members)


def _name(element: etree._Element, qualified: str | None, prefixes: dict[str, str]) -> str:
    """Name a concept as EDGAR does; `prefixes` keeps what the document's prefixes stand for."""
    prefix, _, local = (qualified or "").strip().rpartition(":")
    if prefix not in prefixes:
        prefixes[prefix] = standard_prefix(element.nsmap.get(prefix or None) or "", prefix)
    return f"{prefixes[prefix]}:{local}"


def standard_prefix(namespace: str, prefix: str) -> str:
    """Name a taxonomy as EDGAR does, whatever prefix the document chose for it."""
    matched = _TAXONOMY.match(namespace)
    if not matched:
        return prefix
    parts = namespace[matched.end() :].split("/")
    return next((part for part in parts if not re.fullmatch(r"[\d-]+", part)), prefix)
