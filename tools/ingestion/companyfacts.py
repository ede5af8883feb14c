"""The SEC's companyfacts JSON: every consolidated fact of a company, with its accession.

Source: https://www.sec.gov/search-filings/edgar-application-programming-interfaces. Its `fy` and
`fp` describe the filing that reported a fact, never the fact's own period.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tools.errors import SetupError
from tools.ingestion.records import CompanyRecord, FactRecord, FilingRecord

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """A companyfacts file, read."""

    company: CompanyRecord
    filings: tuple[FilingRecord, ...]
    facts: tuple[FactRecord, ...]
    labels: dict[str, str]
    nil: int
    malformed: int


def is_companyfacts(document: object) -> bool:
    """Say whether a decoded JSON document has the shape of companyfacts."""
    return isinstance(document, dict) and "facts" in document and "cik" in document


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
    filings: dict[str, FilingRecord] = {}
    facts: list[FactRecord] = []
    labels: dict[str, str] = {}
    nil = malformed = 0
    for concept, block in _concepts(groups):
        if block.get("label"):
            labels[concept] = str(block["label"])
        for unit, rows in block["units"].items():
            for row in rows:
                if row.get("val") is None:
                    nil += 1
                    continue
                fact = _fact(concept, unit, row)
                if fact is None:
                    malformed += 1
                    continue
                facts.append(fact)
                if fact.accession not in filings:
                    filings[fact.accession] = _filing(cik, row)
    newest = max((filing.filed for filing in filings.values()), default=date.min)
    company = CompanyRecord(cik, name, "companyfacts", newest)
    return CompanyFacts(company, tuple(filings.values()), tuple(facts), labels, nil, malformed)


def _concepts(groups: dict[str, dict[str, Json]]) -> Iterator[tuple[str, Json]]:
    for taxonomy, concepts in groups.items():
        for tag, block in concepts.items():
            yield f"{taxonomy}:{tag}", block


def _fact(concept: str, unit: str, row: Json) -> FactRecord | None:
    try:
        value = row["val"]
        start = row.get("start")
        number = value if isinstance(value, Decimal) else Decimal(int(value))
        date.fromisoformat(row["filed"])
        return FactRecord(
            accession=row["accn"],
            concept=concept,
            value=number,
            value_as_filed=str(value),
            unit=unit,
            period_start=date.fromisoformat(start) if start else None,
            period_end=date.fromisoformat(row["end"]),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None


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
