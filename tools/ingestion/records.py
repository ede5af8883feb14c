"""Plain records that the readers (companyfacts, submissions, inline XBRL) produce."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CompanyRecord:
    """A company as one source describes it; `employer_number` is the IRS's."""

    cik: int
    name: str
    source: str
    as_of: date
    tickers: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()
    sic: str | None = None
    fiscal_year_end: str | None = None
    employer_number: int | None = None


@dataclass(frozen=True, slots=True)
class FilingRecord:
    """A filing as one source describes it; `accession` may be provisional."""

    accession: str
    cik: int
    form: str
    filed: date
    source: str
    period_end: date | None = None
    fiscal_year: int | None = None
    fiscal_period: str | None = None
    url: str | None = None
    content_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class FactRecord:
    """One XBRL value as filed; `period_start` is None for an instant.

    `value` is in base units (USD, shares, a fraction for percentages); `value_as_filed` is what
    the source shows. Spans are character offsets into the decoded source document.
    """

    accession: str
    concept: str
    value: Decimal
    value_as_filed: str
    unit: str
    period_start: date | None
    period_end: date
    dimensions: str | None = None
    decimals: str | None = None
    element_id: str | None = None
    span_start: int | None = None
    span_end: int | None = None
