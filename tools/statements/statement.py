"""A financial statement with its values: columns, lines and cells, each cell with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from tools.statements.records import LayoutSource, StatementKind

CellSource = Literal["fact", "table", "derived"]


@dataclass(frozen=True, slots=True)
class Value:
    """A number of a statement, in base units, with the sign the statement shows.

    Attributes:
        source: 'fact' is XBRL as filed, 'table' a number printed in a filing without XBRL,
            'derived' a difference or a share of other cells.
        note: How a derived value was made.
    """

    number: Decimal
    unit: str
    source: CellSource
    accession: str
    concept: str | None = None
    fact_id: int | None = None
    decimals: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a period (`period_start` None: an instant), or a component of equity.

    A table of a filing without XBRL may not say its period: then `period_end` is None.

    Attributes:
        dimensions: The equity component, as in `fact`.
        accession: The filing its values come from.
        fiscal: 'FY2024' or 'Q4 2024', where the company's calendar knows the period.
    """

    heading: str
    period_start: date | None
    period_end: date | None
    accession: str
    form: str = ""
    filed: date | None = None
    dimensions: str | None = None
    fiscal: str | None = None
    is_derived: bool = False

    @property
    def days(self) -> int:
        """Length of the period, 0 for an instant."""
        if self.period_start is None or self.period_end is None:
            return 0
        return (self.period_end - self.period_start).days + 1


@dataclass(frozen=True, slots=True)
class Line:
    """A line; `values` has one entry a column, None where the filing has none."""

    label: str
    depth: int
    concept: str | None
    is_abstract: bool
    is_total: bool
    negated: bool
    values: tuple[Value | None, ...]
    dimensions: str | None = None
    preferred_label: str | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """The filing a statement is from; `accession` may be provisional."""

    accession: str
    cik: int
    company: str
    ticker: str | None
    form: str
    filed: date
    period_end: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as presented.

    Attributes:
        layout: Where order and labels come from.
        scale: What its money is shown in: 1000000 for millions.
        notes: What a reader should know, such as cells left empty.
    """

    kind: StatementKind
    title: str
    filing: Filing
    layout: LayoutSource
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    scale: int
    currency: str
    notes: tuple[str, ...] = field(default=())
    is_percent: bool = False
