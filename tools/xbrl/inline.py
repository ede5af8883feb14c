"""Facts of an inline-XBRL document (10-K, 10-Q) by one direct lxml pass.

Numeric facts come out exact, with scale, sign, units, dimensions and the place in the source;
of the text facts only the cover page's (`dei`) strings are kept. `ix:fraction` is counted as
unreadable (no filing seen uses it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from tools.xbrl.contexts import CONTEXT, UNIT, Context, contexts_among, standard_prefix, units_among
from tools.xbrl.duplicates import fact_key, keep_best
from tools.xbrl.markup import IX_NAMESPACES, decode, element_spans, parse_tree
from tools.xbrl.number_formats import NotANumber
from tools.xbrl.records import DeiText, InlineDocument, InlineFact
from tools.xbrl.shown_values import as_filed, decimals_of, is_negative, shown_text, value_of

FACT_MARK = "footnote-fact"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


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
    return _Reader(parse_tree(text), text).read(mark=False)


def read_tree(root: etree._Element, text: str) -> InlineDocument:
    """Read a parsed document's facts, and mark each element with the fact that it shows.

    The mark (`FACT_MARK`) is the fact's place in `InlineDocument.facts`.
    """
    return _Reader(root, text).read(mark=True)


_INLINE = ("nonFraction", "nonNumeric", "continuation", "fraction")
_NAMES = {f"{{{namespace}}}{name}": name for namespace in IX_NAMESPACES for name in _INLINE}
_NAMES |= {CONTEXT: "context", UNIT: "unit"}


def _of_interest(root: etree._Element, source: str) -> dict[str, list[etree._Element]]:
    """Collect the elements that facts are read from, by local name, in one walk over the tree."""
    found: dict[str, list[etree._Element]] = {name: [] for name in _NAMES.values()}
    declared = [namespace for namespace in IX_NAMESPACES if namespace in source]
    inline = (f"{{{namespace}}}{name}" for namespace in declared for name in _INLINE)
    for element in root.iter(CONTEXT, UNIT, *inline):
        found[_NAMES[element.tag]].append(element)
    return found


class _Reader:
    """One pass over one document."""

    def __init__(self, root: etree._Element, text: str) -> None:
        self._source = text
        found = _of_interest(root, text)
        self._shown, self._texts, self._fractions = (
            found[name] for name in ("nonFraction", "nonNumeric", "fraction")
        )
        self._units = dict(units_among(found["unit"]))
        self._contexts = dict(contexts_among(found["context"]))
        self._unreadable: list[str] = []
        self._nil = 0
        self._prefixes: dict[str, str] = {}
        self._concepts: dict[str, str] = {}
        self._continuations = {piece.get("id"): piece for piece in found["continuation"]}

    def read(self, *, mark: bool) -> InlineDocument:
        found = list(self._numeric())
        keys = [fact_key(fact) for _, fact in found]
        kept, disagreements = keep_best(
            (key, fact) for key, (_, fact) in zip(keys, found, strict=True)
        )
        if mark:
            places = {key: str(place) for place, key in enumerate(kept)}
            for key, (element, _) in zip(keys, found, strict=True):
                element.set(FACT_MARK, places[key])
        for element in self._fractions:
            self._unreadable.append(f"{element.get('name')}: ix:fraction is not supported")
        return InlineDocument(
            tuple(kept.values()),
            tuple(self._dei()),
            self._nil,
            len(found) - len(kept),
            tuple(disagreements),
            tuple(self._unreadable),
        )

    def _numeric(self) -> Iterator[tuple[etree._Element, InlineFact]]:
        elements = self._shown
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
        shown = shown_text(element)
        scale = int(element.get("scale") or 0)
        return InlineFact(
            concept=self._concept(element),
            value=value_of(element, shown, scale),
            value_as_filed=as_filed(shown, scale, negative=is_negative(element)),
            unit=self._unit(element),
            period_start=context.period.start,
            period_end=context.period.end,
            dimensions=context.dimensions,
            decimals=decimals_of(element),
            entity=context.entity,
            element_id=element.get("id"),
            span_start=span[0],
            span_end=span[1],
        )

    def _dei(self) -> Iterator[DeiText]:
        for element in self._texts:
            name = element.get("name") or ""
            if not name.startswith("dei:") or element.get(_NIL) in ("true", "1"):
                continue
            context = self._contexts.get(element.get("contextRef") or "")
            if context is not None:
                text = re.sub(r"\s+", " ", self._continued(element))
                yield DeiText(name.removeprefix("dei:"), text.strip(), context)

    def _continued(self, element: etree._Element) -> str:
        parts = [shown_text(element)]
        following = element.get("continuedAt")
        while following in self._continuations:
            piece = self._continuations.pop(following)
            parts.append(shown_text(piece))
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
        name = element.get("name") or ""
        if name not in self._concepts:
            prefix, _, local = name.rpartition(":")
            if prefix not in self._prefixes:
                namespace = element.nsmap.get(prefix or None, "")
                self._prefixes[prefix] = standard_prefix(namespace or "", prefix)
            self._concepts[name] = f"{self._prefixes[prefix]}:{local}"
        return self._concepts[name]
