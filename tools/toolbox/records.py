"""What tool functions return: frozen records that `tools.json_values.to_json` writes as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias


@dataclass(frozen=True)
class FromFiling:
    """What comes out of one filing says which: whose it is, its form, and when it was filed."""

    company: str
    accession: str
    form: str
    filed: date


@dataclass(frozen=True)
class CompanyMatch:
    """A company on file; `why` says what of it the words fitted."""

    cik: int
    name: str
    tickers: tuple[str, ...]
    sic: str | None
    fiscal_year_end: str | None
    first_fiscal_year: int | None
    last_fiscal_year: int | None
    filings: int
    why: str


@dataclass(frozen=True)
class CompanyMatches:
    """Companies that fit, best first; `note` says more where there is none or there are more."""

    matches: tuple[CompanyMatch, ...]
    note: str = ""


@dataclass(frozen=True)
class FilingEntry(FromFiling):
    """A filing on file; `items` are the sections whose text is held."""

    period_end: date | None
    fiscal_year: int | None
    fiscal_period: str | None
    facts: int
    tables: int
    items: tuple[str, ...]
    url: str | None


@dataclass(frozen=True)
class FilingList:
    """Filings, the newest first."""

    filings: tuple[FilingEntry, ...]
    truncated: bool
    note: str = ""


@dataclass(frozen=True)
class FactSource:
    """Where a filed value stands; the span counts characters in the filing's document."""

    fact_id: int
    concept: str
    accession: str
    form: str
    filed: date
    value_as_filed: str
    url: str | None
    dimensions: str | None = None
    span_start: int | None = None
    span_end: int | None = None
    kind: str = "fact"
    note: str = ""


@dataclass(frozen=True)
class FormulaSource:
    """How a value was worked out; `inputs` are figures with sources of their own."""

    expression: str
    inputs: dict[str, Figure]
    note: str = ""
    kind: str = "formula"


@dataclass(frozen=True)
class Figure:
    """A value with its unit, period, company and source; money is in whole units, exact."""

    company: str
    cik: int
    metric: str
    label: str
    period: str
    period_start: date | None
    period_end: date
    value: Decimal
    unit: str
    source: FactSource | FormulaSource


@dataclass(frozen=True)
class MissingFigure:
    """Why there is no value, and what would be needed for one."""

    company: str
    metric: str
    period: str
    reason: str
    needed: str


@dataclass(frozen=True)
class Figures:
    """The figures that were asked for, and those that are not to be had."""

    figures: tuple[Figure, ...]
    missing: tuple[MissingFigure, ...]
    note: str = ""


@dataclass(frozen=True)
class StatementValue:
    """A number of a statement, in whole units with the sign that is shown, and its fact."""

    value: Decimal
    unit: str
    accession: str
    concept: str | None
    fact_id: int | None


@dataclass(frozen=True)
class StatementRow:
    """A line of a statement; one value a column, null where the filing has none."""

    label: str
    depth: int
    concept: str | None
    values: tuple[StatementValue | None, ...]


@dataclass(frozen=True)
class StatementTable(FromFiling):
    """A statement as its filing presents it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[StatementRow, ...]
    truncated: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemberFigure:
    """A figure of a segment, product or region."""

    member: str
    axis: str
    figure: Figure


@dataclass(frozen=True)
class Breakdown:
    """A metric by segment, product or region; the largest first, subtotals left out."""

    company: str
    axis: str
    figures: tuple[MemberFigure, ...]
    note: str = ""


@dataclass(frozen=True)
class Change:
    """One metric in two periods; `relative` is a fraction of the size of `first`."""

    metric: str
    label: str
    first: Figure
    second: Figure
    change: Decimal
    relative: Decimal | None
    note: str = ""


@dataclass(frozen=True)
class Changes:
    """Changes from one period to another, and what could not be compared."""

    company: str
    changes: tuple[Change, ...]
    missing: tuple[MissingFigure, ...]


@dataclass(frozen=True)
class Peers:
    """A company among those of its industry; `figures` has the largest value first."""

    company: str
    industry: str
    figures: tuple[Figure, ...]
    rank: int | None
    missing: tuple[MissingFigure, ...]
    note: str = ""


Cell: TypeAlias = str | Decimal | int | float | bool | date | datetime | None


@dataclass(frozen=True)
class QueryRows:
    """A query's result; `sql` is the text that was run."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    sql: str


@dataclass(frozen=True)
class ProgramInput:
    """What a program asked for and was given, with its source."""

    name: str
    value: Any
    source: Any


@dataclass(frozen=True)
class ProgramOutcome:
    """A program's value, what it printed, and what it was given."""

    value: Any
    printed: str
    given: tuple[ProgramInput, ...]


@dataclass(frozen=True)
class Passage(FromFiling):
    """A passage of a filing, with where it stands in the filing's plain text."""

    fiscal_year: int | None
    item: str
    text: str
    span_start: int
    span_end: int
    score: float
    truncated: bool
    url: str | None


@dataclass(frozen=True)
class Passages:
    """Passages, the best first."""

    passages: tuple[Passage, ...]
    note: str = ""


@dataclass(frozen=True)
class SectionText(FromFiling):
    """A piece of a section; read on from `next_start` where `truncated`."""

    item: str
    title: str
    text: str
    span_start: int
    span_end: int
    total_characters: int
    truncated: bool
    next_start: int | None


@dataclass(frozen=True)
class TableEntry:
    """A table of a filing and what it is about."""

    accession: str
    table_no: int
    section: str | None
    title: str
    rows: int
    columns: int


@dataclass(frozen=True)
class TableList:
    """Tables of a filing, the best fit first."""

    tables: tuple[TableEntry, ...]
    truncated: bool


@dataclass(frozen=True)
class TableCell:
    """One cell: the number as printed and, where its scale is known, in whole units."""

    row: str
    column: str
    text: str
    printed: Decimal | None
    value: Decimal | None
    unit: str | None
    fact_id: int | None
    cell_id: int


@dataclass(frozen=True)
class Table(FromFiling):
    """A table's cells in reading order."""

    table_no: int
    section: str | None
    scale: str | None
    cells: tuple[TableCell, ...]
    truncated: bool
    span_start: int | None
    span_end: int | None


@dataclass(frozen=True)
class Bar:
    """One day's prices; `adjustment` says what they are corrected for."""

    ticker: str
    day: date
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal
    adjustment: str
    volume: Decimal | None
    currency: str | None
    source: str
    as_of: date


@dataclass(frozen=True)
class Bars:
    """Bars in order of time."""

    bars: tuple[Bar, ...]
    truncated: bool
    note: str = ""


@dataclass(frozen=True)
class NewsItem:
    """One news item; its text may be cut."""

    news_id: int
    published: datetime
    title: str
    text: str
    url: str | None
    source: str


@dataclass(frozen=True)
class News:
    """News items, the newest first."""

    items: tuple[NewsItem, ...]
    truncated: bool
    note: str = ""


@dataclass(frozen=True)
class FrameRow:
    """A company's value in a frame; `filed` is None where the filing is not on file."""

    cik: int
    company: str
    accession: str
    period_start: date | None
    period_end: date
    value: Decimal
    filed: date | None
    as_of: date


@dataclass(frozen=True)
class FrameTable:
    """One concept of all companies, the largest value first."""

    concept: str
    period: str
    unit: str
    rows: tuple[FrameRow, ...]
    truncated: bool
