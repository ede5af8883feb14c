"""Facts of an XBRL instance in plain XML: filings before inline XBRL, and EDGAR's `_htm.xml`.

The result has the form that inline documents give, so one fact has one id whichever was read.
Footnote links and tuples are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from lxml import etree

from tools.errors import SetupError
from tools.xbrl.contexts import Context, contexts_of, standard_prefix, units_of
from tools.xbrl.duplicates import merge_duplicates
from tools.xbrl.records import DeiText, InlineDocument, InlineFact
from tools.xbrl.secure_xml import parse_xml_text
from tools.xbrl.shown_values import plain

ROOT = "{http://www.xbrl.org/2003/instance}xbrl"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_PROLOG = re.compile(
    r"\s*(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>)\s*)*"
    r"<(?:[\w.-]+:)?(\w+)[\s>/]",
    re.DOTALL,
)


def is_instance(head: str) -> bool:
    """Say whether these first characters are of an XBRL instance, not of inline XBRL."""
    return root_name(head) == "xbrl"


def root_name(head: str) -> str | None:
    """The local name of the document element, from a document's first characters."""
    found = _PROLOG.match(head.removeprefix("\ufeff"))
    return found[1] if found else None


def parse_instance(text: str) -> InlineDocument:
    """Read a decoded instance.

    Raises:
        SetupError: Not well-formed, with entities, or not an XBRL instance.
    """
    root = parse_xml_text(text)
    if root.tag != ROOT:
        raise SetupError("not an XBRL instance")
    return _InstanceReader(root).read()


class _InstanceReader:
    """One pass over one instance."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._units = dict(units_of(root))
        self._contexts = dict(contexts_of(root))
        self._prefixes: dict[str, str] = {}
        self._unreadable: list[str] = []
        self._nil = 0

    def read(self) -> InlineDocument:
        found: list[InlineFact] = []
        dei: list[DeiText] = []
        for element in self._root:
            context = self._context(element)
            if context is None:
                continue
            if element.get(_NIL) in ("true", "1"):
                self._nil += element.get("unitRef") is not None
            elif element.get("unitRef") is not None:
                found.extend(self._numeric(element, context))
            else:
                dei.extend(self._cover(element, context))
        facts, duplicates, disagreements = merge_duplicates(found)
        return InlineDocument(
            tuple(facts),
            tuple(dei),
            self._nil,
            duplicates,
            tuple(disagreements),
            tuple(self._unreadable),
        )

    def _context(self, element: etree._Element) -> Context | None:
        if not isinstance(element.tag, str):
            return None
        reference = element.get("contextRef")
        if reference is not None and reference not in self._contexts:
            self._unreadable.append(f"{self._concept(element)}: no context {reference!r}")
        return self._contexts.get(reference or "")

    def _numeric(self, element: etree._Element, context: Context) -> Iterator[InlineFact]:
        concept = self._concept(element)
        unit = self._units.get(element.get("unitRef") or "")
        shown = (element.text or "").strip()
        value = _number(shown)
        if unit is None or value is None or context.period is None or len(element):
            self._unreadable.append(f"{concept}: {shown[:40]!r} without a readable unit or value")
            return
        yield InlineFact(
            concept=concept,
            value=value,
            value_as_filed=shown,
            unit=unit,
            period_start=context.period.start,
            period_end=context.period.end,
            dimensions=context.dimensions,
            decimals=element.get("decimals") or _exact(element.get("precision")),
            entity=context.entity,
            element_id=element.get("id"),
            span_start=None,
            span_end=None,
        )

    def _cover(self, element: etree._Element, context: Context) -> Iterator[DeiText]:
        concept = self._concept(element)
        if concept.startswith("dei:"):
            text = re.sub(r"\s+", " ", "".join(str(part) for part in element.itertext()))
            yield DeiText(concept.removeprefix("dei:"), text.strip(), context)

    def _concept(self, element: etree._Element) -> str:
        name = etree.QName(element)
        namespace = name.namespace or ""
        if namespace not in self._prefixes:
            self._prefixes[namespace] = standard_prefix(namespace, element.prefix or "")
        return f"{self._prefixes[namespace]}:{name.localname}"


def _number(shown: str) -> Decimal | None:
    try:
        value = Decimal(shown)
    except InvalidOperation:
        return None
    return plain(value) if value.is_finite() and abs(value.adjusted()) < 100 else None


def _exact(precision: str | None) -> str | None:
    return "INF" if precision == "INF" else None
