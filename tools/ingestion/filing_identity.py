"""Whose filing a document is, of what form and period, and when it was filed.

Taken from the cover page's inline facts, an SGML header, the file name and the signature date,
in that order of trust; a known filing of the same company and period settles the filing date.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tools.errors import SetupError
from tools.xbrl.contexts import Period
from tools.xbrl.records import InlineDocument

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_LONG_DATE = re.compile(rf"\b({_MONTHS})\s+(\d{{1,2}})\s*,?\s+((?:19|20)\d\d)\b", re.IGNORECASE)
_DAY_OF_DATE = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+day\s+of\s+({_MONTHS})\s*,?\s+((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)-(\d\d)-(\d\d)(?!\d)")
_ACCESSION = re.compile(r"(?<!\d)(\d{10})-?(\d\d)-?(\d{6})(?!\d)")
_TICKER = re.compile(r"^[A-Z]{1,5}(?:[.-][A-Z]{1,2})?$")
_NO_TICKER = {"NONE", "NA", "N.A", "TBD"}
LATEST_FILING_DAYS = 500


@dataclass(frozen=True, slots=True)
class Identity:
    """What a document says of itself; `filed` may be missing or a guess (`filed_is_exact`)."""

    cik: int
    name: str
    form: str
    period_end: date
    filed: date | None
    filed_is_exact: bool
    accession: str | None = None
    fiscal_year: int | None = None
    fiscal_period: str | None = None
    tickers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SgmlHeader:
    """The header of an EDGAR submission text."""

    accession: str
    form: str
    cik: int
    name: str
    filed: date
    period_end: date | None


def read_header(text: str) -> SgmlHeader | None:
    """Read the header of an EDGAR submission text; None where there is none."""
    head = text[:20000]
    if "ACCESSION NUMBER:" not in head:
        return None

    def line(label: str) -> str:
        found = re.search(rf"^\s*{label}:[ \t]*(.+?)\s*$", head, re.MULTILINE)
        return found[1] if found else ""

    try:
        period = line("CONFORMED PERIOD OF REPORT")
        return SgmlHeader(
            accession=line("ACCESSION NUMBER"),
            form=line("CONFORMED SUBMISSION TYPE"),
            cik=int(line("CENTRAL INDEX KEY")),
            name=line("COMPANY CONFORMED NAME"),
            filed=_compact_date(line("FILED AS OF DATE")),
            period_end=_compact_date(period) if period else None,
        )
    except ValueError:
        return None


def _compact_date(text: str) -> date:
    return datetime.strptime(text[:8], "%Y%m%d").date()


def identify(
    document: InlineDocument | None, header: SgmlHeader | None, file_name: str, text: str
) -> Identity:
    """Say what filing this is.

    Raises:
        SetupError: Company, form or period cannot be told.
    """
    if document is not None and document.text_of("DocumentType"):
        found = _from_cover(document)
    elif header is not None:
        # A registration statement is of no period; the day it was filed stands for one.
        period_end = header.period_end or header.filed
        found = Identity(header.cik, header.name, header.form, period_end, None, False)
    else:
        raise SetupError(
            "no inline XBRL cover page and no EDGAR header: company and period are unknown"
        )
    accession = header.accession if header else accession_in_name(file_name)
    exact = header.filed if header else date_in_name(file_name, found.period_end)
    filed = exact or signature_date(text, found.period_end)
    return Identity(
        cik=found.cik,
        name=found.name,
        form=found.form,
        period_end=found.period_end,
        filed=filed,
        filed_is_exact=exact is not None,
        accession=accession,
        fiscal_year=found.fiscal_year,
        fiscal_period=found.fiscal_period,
        tickers=found.tickers,
    )


def _from_cover(document: InlineDocument) -> Identity:
    form = (document.text_of("DocumentType") or "").upper().replace(" ", "")
    amended = (document.text_of("AmendmentFlag") or "").lower() in ("true", "yes", "\u2612")
    if amended and not form.endswith("/A"):
        form += "/A"
    period = _cover_period(document)
    cik = document.text_of("EntityCentralIndexKey") or _entity(document)
    if not cik or not cik.isdigit():
        raise SetupError("the cover page has no CIK (dei:EntityCentralIndexKey)")
    year = document.text_of("DocumentFiscalYearFocus") or ""
    return Identity(
        cik=int(cik),
        name=document.text_of("EntityRegistrantName") or f"CIK {int(cik)}",
        form=form,
        period_end=_period_end(document, period),
        filed=None,
        filed_is_exact=False,
        fiscal_year=int(year) if year.isdigit() else None,
        fiscal_period=document.text_of("DocumentFiscalPeriodFocus"),
        tickers=tickers_of(document),
    )


def _entity(document: InlineDocument) -> str | None:
    names = Counter(fact.entity for fact in document.facts)
    return names.most_common(1)[0][0] if names else None


def _cover_period(document: InlineDocument) -> Period | None:
    rows = [row for row in document.dei if row.name == "DocumentType"]
    return rows[0].context.period if rows else None


def _period_end(document: InlineDocument, period: Period | None) -> date:
    text = document.text_of("DocumentPeriodEndDate") or ""
    written = dates_in(text)
    if written:
        return written[0]
    if period is None:
        raise SetupError("the cover page has no period (dei:DocumentPeriodEndDate)")
    return period.end


def tickers_of(document: InlineDocument) -> tuple[str, ...]:
    """Trading symbols of shares on the cover page; symbols of notes are left out."""
    texts = [row.text.upper() for row in document.dei if row.name == "TradingSymbol"]
    shares = [text for text in texts if _TICKER.match(text) and text not in _NO_TICKER]
    return tuple(dict.fromkeys(shares))


def accession_in_name(file_name: str) -> str | None:
    """An accession number in a file name, with or without its dashes."""
    found = _ACCESSION.search(file_name)
    return "-".join(found.groups()) if found else None


def date_in_name(file_name: str, period_end: date) -> date | None:
    """A filing date in a file name; a date up to the period's end is not one."""
    for parts in _ISO_DATE.findall(file_name):
        try:
            day = date(int(parts[0]), int(parts[1]), int(parts[2]))
        except ValueError:
            continue
        if _plausible(day, period_end):
            return day
    return None


def signature_date(text: str, period_end: date) -> date | None:
    """The date most signatures bear; a report is filed when it is signed, or a day later."""
    for part in (text[-len(text) // 3 :], text):
        plain = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", part)))
        days: Counter[date] = Counter()
        for heading in re.finditer(r"SIGNATURES?\b", plain, re.IGNORECASE):
            nearby = plain[heading.end() : heading.end() + 6000]
            days.update(day for day in dates_in(nearby) if _plausible(day, period_end))
        if days:
            return max(days, key=lambda day: (days[day], period_end - day))
    return None


def dates_in(text: str) -> list[date]:
    """Dates written out in English, in order of form: 'March 1, 2024', '1st day of March, 2024'."""
    found = [(month, day, year) for month, day, year in _LONG_DATE.findall(text)]
    found += [(month, day, year) for day, month, year in _DAY_OF_DATE.findall(text)]
    days: list[date] = []
    for month, day, year in found:
        try:
            days.append(datetime.strptime(f"{month.title()} {day} {year}", "%B %d %Y").date())
        except ValueError:
            continue
    return days + [date.fromisoformat("-".join(parts)) for parts in _valid_iso(text)]


def _valid_iso(text: str) -> list[tuple[str, str, str]]:
    def exists(parts: tuple[str, str, str]) -> bool:
        try:
            date.fromisoformat("-".join(parts))
        except ValueError:
            return False
        return True

    return [parts for parts in _ISO_DATE.findall(text) if exists(parts)]


def _plausible(day: date, period_end: date) -> bool:
    return timedelta(0) < day - period_end <= timedelta(LATEST_FILING_DAYS)
