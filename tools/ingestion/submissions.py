"""The SEC's submissions JSON: a company's tickers, names, and its list of filings.

Only periodic reports (10-K, 10-Q, 20-F, 40-F and their variants) are taken from the list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from tools.errors import SetupError
from tools.ingestion.companyfacts import index_url
from tools.ingestion.records import CompanyRecord, FilingRecord

PERIODIC = re.compile(r"^(10-K|10-KT|10-K405|10-KSB|10-Q|10-QT|10-QSB|20-F|40-F)(/A)?$")


@dataclass(frozen=True, slots=True)
class Submissions:
    """A submissions file, read; an additional page of filings has no company."""

    cik: int
    company: CompanyRecord | None
    filings: tuple[FilingRecord, ...]


def read(document: object, file_name: str) -> Submissions:
    """Read a decoded submissions document; a further page takes its CIK from its file name.

    Raises:
        SetupError: It does not have the shape of submissions.
    """
    if not isinstance(document, dict):
        raise SetupError("not submissions JSON")
    try:
        if "accessionNumber" in document:
            cik = _cik_of(file_name)
            return Submissions(cik, None, tuple(_filings(cik, document)))
        cik = int(document["cik"])
        filings = tuple(_filings(cik, document["filings"]["recent"]))
        return Submissions(cik, _company(cik, document, filings), filings)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise SetupError(f"not submissions JSON ({error!r})") from error


def _cik_of(file_name: str) -> int:
    matched = re.search(r"CIK0*(\d{1,10})", file_name)
    if not matched:
        raise SetupError("a page of submissions whose file name has no CIK")
    return int(matched[1])


def _company(
    cik: int, document: dict[str, Any], filings: tuple[FilingRecord, ...]
) -> CompanyRecord:
    former = [str(row["name"]) for row in document.get("formerNames") or [] if row.get("name")]
    name = str(document["name"])
    return CompanyRecord(
        cik=cik,
        name=name,
        source="submissions",
        as_of=max((filing.filed for filing in filings), default=date.min),
        tickers=tuple(dict.fromkeys(str(row) for row in document.get("tickers") or [])),
        former_names=tuple(row for row in dict.fromkeys(former) if row != name),
        sic=str(document["sic"]) if document.get("sic") else None,
        fiscal_year_end=document.get("fiscalYearEnd") or None,
        employer_number=_employer_number(str(document.get("ein") or "")),
    )


def _employer_number(text: str) -> int | None:
    """An IRS number of nine digits; EDGAR writes zeros where it has none."""
    digits = text.replace("-", "")
    return int(digits) or None if re.fullmatch(r"[0-9]{9}", digits) else None


def _filings(cik: int, columns: dict[str, list[Any]]) -> list[FilingRecord]:
    rows = zip(
        columns["accessionNumber"],
        columns["form"],
        columns["filingDate"],
        columns["reportDate"],
        columns["primaryDocument"],
        strict=True,
    )
    return [
        FilingRecord(
            accession=accession,
            cik=cik,
            form=form,
            filed=date.fromisoformat(filed),
            source="submissions",
            period_end=date.fromisoformat(reported) if reported else None,
            url=_url(cik, accession, document),
        )
        for accession, form, filed, reported, document in rows
        if PERIODIC.match(form)
    ]


def _url(cik: int, accession: str, document: str) -> str:
    if not document:
        return index_url(cik, accession)
    folder = accession.replace("-", "")
    return f"https://www.sec.gov/Archives/edgar/data/{cik}/{folder}/{document}"
