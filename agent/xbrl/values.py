"""The values that an XBRL file, or a cut-out of one, holds: concept, value, unit, period.

A cut-out is what people paste: elements without their contexts, cut off at both ends. Its
values have no unit and no period, and say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from tools.errors import SetupError
from tools.xbrl.inline import parse_text
from tools.xbrl.instance import is_instance, parse_instance
from tools.xbrl.markup import has_inline_xbrl

_ELEMENT = re.compile(r"<(?P<concept>[A-Za-z][\w.-]*:[A-Za-z]\w*)\b[^<>]*>(?P<text>[^<]*)</")
_HEAD_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class TaggedValue:
    """One value of a consolidated concept.

    Attributes:
        concept: Qualified name.
        value: In units, with scale and sign applied.
        text: The value as the file writes it.
        unit: "USD", "USD/shares", ...; None where the file does not say.
        period_start: First day; None for an instant or where the file does not say.
        period_end: Last day; None where the file does not say.
    """

    concept: str
    value: Decimal
    text: str
    unit: str | None = None
    period_start: date | None = None
    period_end: date | None = None


def read_values(text: str) -> tuple[TaggedValue, ...]:
    """Read the consolidated numeric values of an XBRL text, in its order.

    Args:
        text: An XBRL instance, an inline-XBRL document, or a cut-out of elements.

    Raises:
        SetupError: No XBRL value is in it.
    """
    if is_instance(text[:_HEAD_CHARACTERS]):
        document = parse_instance(text)
    elif has_inline_xbrl(text):
        document = parse_text(text)
    else:
        return _cut_out(text)
    return tuple(
        TaggedValue(f.concept, f.value, str(f.value), f.unit, f.period_start, f.period_end)
        for f in document.facts
        if f.dimensions is None
    )


def _cut_out(text: str) -> tuple[TaggedValue, ...]:
    found = []
    for element in _ELEMENT.finditer(text):
        shown = element["text"].strip()
        try:
            found.append(TaggedValue(element["concept"], Decimal(shown), shown))
        except InvalidOperation:  # a text element, or an empty one
            continue
    if not found:
        raise SetupError(
            "the text holds no XBRL values; give an XBRL instance, an inline-XBRL filing or "
            "elements such as <us-gaap:Assets>100</us-gaap:Assets>"
        )
    return tuple(found)
