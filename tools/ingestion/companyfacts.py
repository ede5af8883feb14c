"""The SEC's companyfacts JSON: every consolidated fact of a company, with its accession.

Source: https://www.sec.gov/search-filings/edgar-application-programming-interfaces. Its `fy` and
`fp` describe the filing that reported a fact, never the fact's own period.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from tools.errors import SetupError
from tools.ingestion.records import CompanyRecord, FactRecord, FilingRecord
from tools.xbrl.contexts import period_of

Json = dict[str, Any]
_EXACT_TYPES = frozenset({int, Decimal})


@dataclass(frozen=True, slots=True)
class FactColumns:
    """Facts by column, since a company has tens of thousands; all lists are of one length.

    `text` shows the value as the file does; `value` is exact.
    """

    accession: list[str] = field(default_factory=list)
    concept: list[str] = field(default_factory=list)
    unit: list[str] = field(default_factory=list)
    value: list[int | Decimal] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    period_start: list[date | None] = field(default_factory=list)
    period_end: list[date] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """A companyfacts file, read."""

    company: CompanyRecord
    filings: tuple[FilingRecord, ...]
    columns: FactColumns
    labels: dict[str, str]
    nil: int
    malformed: int

    @property
    def facts(self) -> tuple[FactRecord, ...]:
        """The facts as records: convenient, and slow for all facts of a company."""
        columns = self.columns
        rows = zip(
            columns.accession,
            columns.concept,
            map(Decimal, columns.value),
            columns.text,
            columns.unit,
            columns.period_start,
            columns.period_end,
            strict=True,
        )
        return tuple(FactRecord(*row) for row in rows)


def parse(data: bytes) -> CompanyFacts:
    """Read companyfacts JSON; numbers stay exact.

    Raises:
        SetupError: Not JSON, or not companyfacts.
    """
    return read(load_json(data))


def load_json(data: bytes) -> object:
    """Decode JSON with exact decimals.

    Raises:
        SetupError: The bytes are not (complete) UTF-8 JSON.
    """
    try:
        return json.loads(data.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise SetupError(f"not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise SetupError(f"not complete JSON ({error.msg}, character {error.pos})") from error
    except RecursionError as error:
        raise SetupError("JSON nested too deeply") from error


def read(document: object) -> CompanyFacts:
    """Read a decoded companyfacts document.

    Raises:
        SetupError: It does not have the shape of companyfacts.
    """
    if not isinstance(document, dict) or not isinstance(document.get("facts"), dict):
        raise SetupError("not companyfacts JSON (no `facts`)")
    try:
        cik = int(document["cik"])
        return _collect(cik, str(document.get("entityName") or f"CIK {cik}"), document["facts"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SetupError(f"not companyfacts JSON ({error!r})") from error


def _collect(cik: int, name: str, groups: dict[str, dict[str, Json]]) -> CompanyFacts:
    collector = _Collector(cik)
    labels: dict[str, str] = {}
    for concept, block in _concepts(groups):
        if block.get("label"):
            labels[concept] = str(block["label"])
        for unit, rows in block["units"].items():
            collector.take(concept, unit, rows)
    filings = tuple(collector.filings.values())
    newest = max((filing.filed for filing in filings), default=date.min)
    company = CompanyRecord(cik, name, "companyfacts", newest)
    return CompanyFacts(
        company, filings, collector.columns, labels, collector.nil, collector.malformed
    )


def _concepts(groups: dict[str, dict[str, Json]]) -> Iterator[tuple[str, Json]]:
    for taxonomy, concepts in groups.items():
        for tag, block in concepts.items():
            yield f"{taxonomy}:{tag}", block


class _Collector:
    """Gathers rows into columns; a day is parsed once, since thousands of facts share it."""

    def __init__(self, cik: int) -> None:
        self.columns = FactColumns()
        self.filings: dict[str, FilingRecord] = {}
        self.nil = 0
        self.malformed = 0
        self._cik = cik
        self._days: dict[str, date] = {}

    def take(self, concept: str, unit: str, rows: list[Json]) -> None:
        """Add the rows of one concept in one unit; nil and malformed ones are counted."""
        columns, day = self.columns, self._day
        for row in rows:
            value = row.get("val")
            if value is None:
                self.nil += 1
                continue
            try:
                accession, start = row["accn"], row.get("start")
                day(row["filed"])
                period = period_of(day(start) if start else None, day(row["end"]))
                number = value if type(value) in _EXACT_TYPES else int(value)
            except (KeyError, TypeError, ValueError, ArithmeticError):
                self.malformed += 1
                continue
            if accession not in self.filings:
                self.filings[accession] = _filing(self._cik, row)
            columns.accession.append(accession)
            columns.concept.append(concept)
            columns.unit.append(unit)
            columns.value.append(number)
            columns.text.append(str(value))
            columns.period_start.append(period.start)
            columns.period_end.append(period.end)

    def _day(self, text: str) -> date:
        found = self._days.get(text)
        if found is None:
            found = self._days[text] = date.fromisoformat(text)
        return found


def _filing(cik: int, row: Json) -> FilingRecord:
    accession = str(row["accn"])
    year = row.get("fy")
    return FilingRecord(
        accession=accession,
        cik=cik,
        form=str(row.get("form") or "unknown"),
        filed=date.fromisoformat(row["filed"]),
        source="companyfacts",
        fiscal_year=int(year) if year else None,
        fiscal_period=row.get("fp") or None,
        url=index_url(cik, accession),
    )


def index_url(cik: int, accession: str) -> str:
    """Address of a filing's index page on EDGAR."""
    folder = accession.replace("-", "")
    return f"https://www.sec.gov/Archives/edgar/data/{cik}/{folder}/{accession}-index.htm"
