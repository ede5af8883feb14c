"""Facts of an inline-XBRL document (10-K, 10-Q) by one direct lxml pass.

Numeric facts come out exact, with scale, sign, units, dimensions and the place in the source;
of the text facts only the cover page's (`dei`) strings are kept. `ix:fraction` is counted as
unreadable (no filing seen uses it).
"""

from __future__ import annotations

import html.entities
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from tools.errors import SetupError
from tools.xbrl.number_formats import EXACT, NotANumber, read_number

IX_NAMESPACES = (
    "http://www.xbrl.org/2013/inlineXBRL",
    "http://www.xbrl.org/2011/inlineXBRL",
    "http://www.xbrl.org/2008/inlineXBRL",
)
_XBRLI = "{http://www.xbrl.org/2003/instance}"
_XBRLDI = "{http://xbrl.org/2006/xbrldi}"
FACT_MARK = "footnote-fact"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
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


@dataclass(frozen=True, slots=True)
class InlineFact:
    """A numeric fact; `value` has scale and sign applied, spans are character offsets."""

    concept: str
    value: Decimal
    value_as_filed: str
    unit: str
    period_start: date | None
    period_end: date
    dimensions: str | None
    decimals: str | None
    entity: str
    element_id: str | None
    span_start: int | None
    span_end: int | None


@dataclass(frozen=True, slots=True)
class DeiText:
    """A cover-page string, e.g. dei:DocumentType, with its context."""

    name: str
    text: str
    context: Context


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two values of one fact in one document that rounding cannot explain."""

    kept: InlineFact
    other: InlineFact


@dataclass(frozen=True, slots=True)
class InlineDocument:
    """What an inline-XBRL document says; facts are unique, the most precise kept."""

    facts: tuple[InlineFact, ...]
    dei: tuple[DeiText, ...]
    nil: int
    duplicates: int
    disagreements: tuple[Disagreement, ...]
    unreadable: tuple[str, ...] = field(default=())

    def text_of(self, name: str) -> str | None:
        """The consolidated dei string `name` ('DocumentType'), or None."""
        found = [row for row in self.dei if row.name == name]
        plain = [row for row in found if row.context.dimensions is None] or found
        return plain[0].text if plain and plain[0].text else None


def parse(data: bytes) -> InlineDocument:
    """Read an inline-XBRL document.

    Raises:
        SetupError: Not decodable, not well-formed (truncated), or without inline XBRL.
    """
    return parse_text(decode(data))


def parse_text(text: str) -> InlineDocument:
    """Read a decoded inline-XBRL document; spans count characters of `text`.

    Raises:
        SetupError: Not well-formed (truncated), or without inline XBRL.
    """
    return read_tree(parse_tree(text), text)


def parse_tree(text: str) -> etree._Element:
    """Parse a decoded inline-XBRL document; its tree serves facts and text alike.

    Raises:
        SetupError: Not well-formed (truncated), or without inline XBRL.
    """
    if not has_inline_xbrl(text):
        raise SetupError("no inline XBRL in this document")
    return _root(text)


def read_tree(root: etree._Element, text: str) -> InlineDocument:
    """Read a parsed document's facts, and mark each element with the fact that it shows.

    The mark (`FACT_MARK`) is the fact's place in `InlineDocument.facts`.
    """
    return _Reader(root, text).read()


def has_inline_xbrl(text: str) -> bool:
    """Say whether the document declares an inline-XBRL namespace."""
    return any(namespace in text for namespace in IX_NAMESPACES)


def decode(data: bytes) -> str:
    """Decode a document: byte-order mark, then UTF-8, then what it declares itself to be.

    Raises:
        SetupError: None of these fits.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        names = ["utf-16"]
    else:
        declared = re.search(rb"""(?:encoding|charset)\s*=\s*["']?([\w.:-]+)""", data[:4096])
        names = ["utf-8-sig"] + ([declared[1].decode("ascii")] if declared else [])
    place = 0
    for name in names:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError) as error:
            place = getattr(error, "start", place)
            continue
        if "\x00" not in text:
            return text
        raise SetupError("not text (it has NUL characters)")
    raise SetupError(f"wrong encoding (cannot decode byte {place} as {' or '.join(names)})")


def _root(text: str) -> etree._Element:
    if "<!ENTITY" in text:
        raise SetupError("declares XML entities, which are refused")
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1).lstrip()
    try:
        return _xml(body)
    except etree.XMLSyntaxError as error:
        failure = error
    try:
        return _xml(_NAMED_ENTITY.sub(_entity, body))
    except etree.XMLSyntaxError:
        pass
    if not re.search(r"</html>\s*$", body[-4096:], re.IGNORECASE):
        raise SetupError("truncated (no end of the document)") from failure
    raise SetupError(f"not well-formed XHTML ({failure.msg})") from failure


def _xml(body: str) -> etree._Element:
    parser = etree.XMLParser(
        huge_tree=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    return etree.fromstring(body.encode("utf-8", "surrogatepass"), parser)


_NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")


def _entity(match: re.Match[str]) -> str:
    name = match[1]
    if name in ("amp", "lt", "gt", "quot", "apos"):
        return match[0]
    point = html.entities.name2codepoint.get(name)
    return f"&#{point};" if point else match[0]


class _Reader:
    """One pass over one document."""

    def __init__(self, root: etree._Element, text: str) -> None:
        self._root = root
        self._source = text
        self._units = dict(units_of(root))
        self._contexts = dict(contexts_of(root))
        self._unreadable: list[str] = []
        self._nil = 0
        self._prefixes: dict[str, str] = {}
        pieces = root.iter(*(f"{{{namespace}}}continuation" for namespace in IX_NAMESPACES))
        self._continuations = {piece.get("id"): piece for piece in pieces}

    def read(self) -> InlineDocument:
        found = list(self._numeric())
        facts, duplicates, disagreements = merge_duplicates([fact for _, fact in found])
        places = {_key(fact): str(place) for place, fact in enumerate(facts)}
        for element, fact in found:
            element.set(FACT_MARK, places[_key(fact)])
        for namespace in IX_NAMESPACES:
            for element in self._root.iter(f"{{{namespace}}}fraction"):
                self._unreadable.append(f"{element.get('name')}: ix:fraction is not supported")
        return InlineDocument(
            tuple(facts),
            tuple(self._dei()),
            self._nil,
            duplicates,
            tuple(disagreements),
            tuple(self._unreadable),
        )

    def _numeric(self) -> Iterator[tuple[etree._Element, InlineFact]]:
        names = [f"{{{namespace}}}nonFraction" for namespace in IX_NAMESPACES]
        elements = list(self._root.iter(*names))
        spans = element_spans(self._source, "nonFraction")
        known = spans if len(spans) == len(elements) else [(None, None)] * len(elements)
        for element, span in zip(elements, known, strict=True):
            if element.get(_NIL) in ("true", "1"):
                self._nil += 1
                continue
            try:
                yield element, self._fact(element, span)
            except (NotANumber, KeyError, ValueError) as error:
                self._unreadable.append(f"{element.get('name')}: {error}")

    def _fact(self, element: etree._Element, span: tuple[int | None, int | None]) -> InlineFact:
        context = self._context(element)
        if context.period is None:
            raise ValueError("a numeric fact without a period")
        shown = _shown(element)
        transform = (element.get("format") or "").rpartition(":")[2]
        scale = int(element.get("scale") or 0)
        number = EXACT.scaleb(read_number(shown, transform), Decimal(scale))
        negative = element.get("sign") == "-"
        return InlineFact(
            concept=self._concept(element),
            value=plain(-number if negative and number else number),
            value_as_filed=as_filed(shown, scale, negative),
            unit=self._unit(element),
            period_start=context.period.start,
            period_end=context.period.end,
            dimensions=context.dimensions,
            decimals=_decimals(element, scale),
            entity=context.entity,
            element_id=element.get("id"),
            span_start=span[0],
            span_end=span[1],
        )

    def _dei(self) -> Iterator[DeiText]:
        names = [f"{{{namespace}}}nonNumeric" for namespace in IX_NAMESPACES]
        for element in self._root.iter(*names):
            name = element.get("name") or ""
            if not name.startswith("dei:") or element.get(_NIL) in ("true", "1"):
                continue
            context = self._contexts.get(element.get("contextRef") or "")
            if context is not None:
                text = re.sub(r"\s+", " ", self._continued(element))
                yield DeiText(name.removeprefix("dei:"), text.strip(), context)

    def _continued(self, element: etree._Element) -> str:
        parts = [_shown(element)]
        following = element.get("continuedAt")
        while following in self._continuations:
            piece = self._continuations.pop(following)
            parts.append(_shown(piece))
            following = piece.get("continuedAt")
        return " ".join(parts)

    def _context(self, element: etree._Element) -> Context:
        reference = element.get("contextRef") or ""
        if reference not in self._contexts:
            raise ValueError(f"no context {reference!r}")
        return self._contexts[reference]

    def _unit(self, element: etree._Element) -> str:
        reference = element.get("unitRef") or ""
        if reference not in self._units:
            raise ValueError(f"no unit {reference!r}")
        return self._units[reference]

    def _concept(self, element: etree._Element) -> str:
        prefix, _, local = (element.get("name") or "").rpartition(":")
        if prefix not in self._prefixes:
            namespace = element.nsmap.get(prefix or None, "")
            self._prefixes[prefix] = standard_prefix(namespace or "", prefix)
        return f"{self._prefixes[prefix]}:{local}"


def standard_prefix(namespace: str, prefix: str) -> str:
    """Name a taxonomy as EDGAR does, whatever prefix the document chose for it."""
    matched = _TAXONOMY.match(namespace)
    if not matched:
        return prefix
    parts = namespace[matched.end() :].split("/")
    return next((part for part in parts if not re.fullmatch(r"[\d-]+", part)), prefix)


def plain(value: Decimal) -> Decimal:
    """The same number without an exponent ('4E+2' becomes '400')."""
    return Decimal(f"{value:f}")


def as_filed(shown: str, scale: int, negative: bool) -> str:
    """Write a displayed value with the sign and scale that its page gives around it."""
    text = re.sub(r"\s+", " ", shown).strip()
    signed = f"({text})" if negative else text
    words = {3: " (in thousands)", 6: " (in millions)", 9: " (in billions)", -2: "%", 0: ""}
    return signed + words.get(scale, f" (scale {scale})")


def _decimals(element: etree._Element, scale: int) -> str | None:
    decimals = element.get("decimals")
    precision = element.get("precision")
    if decimals is None and precision is not None:
        return "INF" if precision == "INF" else None
    return decimals


def _shown(element: etree._Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and not child.tag.endswith("}exclude"):
            parts.append(_shown(child))
        parts.append(child.tail or "")
    return "".join(parts)


def element_spans(source: str, name: str) -> list[tuple[int, int]]:
    """Character spans of every `*:name` element, in the order of their start tags."""
    pattern = re.compile(
        rf"<!--.*?-->|<(/?)[\w.-]+:{name}(?=[\s/>])(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>", re.DOTALL
    )
    spans: list[list[int]] = []
    stack: list[int] = []
    for match in pattern.finditer(source):
        tag = match[0]
        if tag.startswith("<!--"):
            continue
        if match[1]:
            if not stack:
                return []
            spans[stack.pop()][1] = match.end()
            continue
        spans.append([match.start(), match.end()])
        if not tag.endswith("/>"):
            stack.append(len(spans) - 1)
    return [(start, end) for start, end in spans] if not stack else []


def units_of(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Units by their ids, measures without prefixes: 'USD', 'USD/shares'."""
    for unit in root.iter(f"{_XBRLI}unit"):
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
    """Contexts by their ids."""
    for element in root.iter(f"{_XBRLI}context"):
        identifier = element.find(f"{_XBRLI}entity/{_XBRLI}identifier")
        entity = "" if identifier is None else (identifier.text or "").strip()
        yield (
            element.get("id") or "",
            Context(entity, _period(element.find(f"{_XBRLI}period")), _dimensions(element)),
        )


def _period(element: etree._Element | None) -> Period | None:
    if element is None:
        return None
    texts = {child.tag: (child.text or "").strip() for child in element}
    try:
        instant = texts.get(f"{_XBRLI}instant")
        if instant:
            return Period(None, _day(instant, closing=True))
        return Period(
            _day(texts[f"{_XBRLI}startDate"], closing=False),
            _day(texts[f"{_XBRLI}endDate"], closing=True),
        )
    except (KeyError, ValueError):
        return None


def _day(text: str, *, closing: bool) -> date:
    day = date.fromisoformat(text[:10])
    # XBRL 2.1, 4.7.2: a closing midnight belongs to the day before.
    return day - timedelta(days=1) if closing and text[10:].startswith("T00:00:00") else day


def _dimensions(context: etree._Element) -> str | None:
    members: dict[str, str] = {}
    for member in context.iter(f"{_XBRLDI}explicitMember"):
        members[_name(member, member.get("dimension"))] = _name(member, member.text)
    for member in context.iter(f"{_XBRLDI}typedMember"):
        members[_name(member, member.get("dimension"))] = "".join(
            str(part) for part in member.itertext()
        ).strip()
    if not members:
        return None
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _name(element: etree._Element, qualified: str | None) -> str:
    prefix, _, local = (qualified or "").strip().rpartition(":")
    return f"{standard_prefix(element.nsmap.get(prefix or None) or '', prefix)}:{local}"


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
    kept: dict[tuple[object, ...], InlineFact] = {}
    disagreements: list[Disagreement] = []
    for fact in facts:
        key = _key(fact)
        other = kept.get(key)
        if other is None:
            kept[key] = fact
            continue
        better = precision_of(fact.decimals) > precision_of(other.decimals)
        winner, loser = (fact, other) if better else (other, fact)
        kept[key] = winner
        if not agree(winner, loser):
            disagreements.append(Disagreement(winner, loser))
    return list(kept.values()), len(facts) - len(kept), disagreements


def _key(fact: InlineFact) -> tuple[object, ...]:
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
