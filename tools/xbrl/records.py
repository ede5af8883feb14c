"""What an XBRL document says, plain or inline: facts, cover strings, disagreements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tools.xbrl.contexts import Context


class InlineFact(NamedTuple):
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
