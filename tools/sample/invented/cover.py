"""Cover page of the invented 10-K, with its dei facts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from tools.sample.invented.accounts import YEARS, Books
from tools.sample.invented.inline import Context, Tagger
from tools.sample.invented.tables import Tables

_CENTER: Final = "text-align:center;margin:4pt 0"
_HIDDEN: Final = (
    ("EntityCentralIndexKey", "{cik}"),
    ("DocumentFiscalYearFocus", "{year}"),
    ("DocumentFiscalPeriodFocus", "FY"),
    ("AmendmentFlag", "false"),
    ("CurrentFiscalYearEndDate", "--12-28"),
)


def cover(books: Books, tables: Tables) -> str:
    """The cover page, from the form's heading to documents incorporated by reference."""
    tagger, company = tables.tagger, books.inputs["company"]
    context = tables.context(YEARS[-1])
    for name, shown in _HIDDEN:
        value = shown.format(cik=company["cik"], year=YEARS[-1])
        tagger.text(f"dei:{name}", value, context, hidden=True)

    def say(name: str, shown: str, form: str = "") -> str:
        return tagger.text(f"dei:{name}", shown, context, form=form)

    day = "ixt:date-monthname-day-year-en"
    lines = (
        "UNITED STATES SECURITIES AND EXCHANGE COMMISSION",
        "Washington, D.C. 20549",
        f"<b>FORM {say('DocumentType', '10-K')}</b>",
        f"{say('DocumentAnnualReport', '☒', 'ixt:fixed-true')} ANNUAL REPORT PURSUANT TO SECTION"
        " 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934",
        "For the fiscal year ended "
        + say("DocumentPeriodEndDate", _long(books.end(YEARS[-1])), day),
        f"{say('DocumentTransitionReport', '☐', 'ixt:fixed-false')} TRANSITION REPORT PURSUANT TO"
        " SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934",
        f"Commission file number {say('EntityFileNumber', '001-99901')}",
        f"<b>{say('EntityRegistrantName', company['name'])}</b>",
        f"{say('EntityIncorporationStateCountryCode', 'Delaware', 'ixt-sec:stateprovnameen')}"
        " (State of incorporation)",
        f"{say('EntityTaxIdentificationNumber', '00-0009991')}"
        " (I.R.S. Employer Identification No.)",
        f"{say('EntityAddressAddressLine1', '41 Tide Mill Road')},"
        f" {say('EntityAddressCityOrTown', 'Bristol')}, Rhode Island"
        f" {say('EntityAddressPostalZipCode', '02809')}",
        f"({say('CityAreaCode', '401')}) {say('LocalPhoneNumber', '555-0142')}",
        "Securities registered pursuant to Section 12(b) of the Act:",
    )
    head = "\n".join(f'<div style="{_CENTER}"><span>{line}</span></div>' for line in lines)
    security = (
        '<table style="width:100%"><tr><td><b>Title of each class</b></td><td><b>Trading symbol'
        "</b></td><td><b>Name of each exchange</b></td></tr><tr>"
        f"<td>{say('Security12bTitle', 'Common Stock, par value $0.01 per share')}</td>"
        f"<td>{say('TradingSymbol', company['ticker'])}</td>"
        f"<td>{say('SecurityExchangeName', 'New York Stock Exchange', 'ixt-sec:exchnameen')}</td>"
        "</tr></table>"
    )
    return "\n".join([head, security, *_closing(tagger, company, context)])


def _long(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _closing(tagger: Tagger, company: dict[str, object], context: Context) -> list[str]:
    floated, covered = company["float_date"], company["cover_date"]
    assert isinstance(floated, date) and isinstance(covered, date)
    money = tagger.number(
        "dei:EntityPublicFloat", Decimal(str(company["public_float"])).scaleb(-6),
        Context(None, floated), scale=6, places=1,
    )  # fmt: skip
    shares = tagger.number(
        "dei:EntityCommonStockSharesOutstanding", int(str(company["cover_shares"])),
        Context(None, covered), unit="shares", scale=0,
    )  # fmt: skip

    def say(name: str, shown: str, form: str = "") -> str:
        return tagger.text(f"dei:{name}", shown, context, form=form)

    texts = (
        "The registrant is a well-known seasoned issuer: "
        + say("EntityWellKnownSeasonedIssuer", "No")
        + ". All reports required to be filed in the past twelve months have been filed: "
        + say("EntityCurrentReportingStatus", "Yes")
        + ".",
        "The registrant is an "
        + say("EntityFilerCategory", "accelerated filer", "ixt-sec:entityfilercategoryen")
        + ". It is not a shell company: "
        + say("EntityShellCompany", "☐", "ixt:fixed-false"),
        f"The aggregate market value of common stock held by non-affiliates on {_long(floated)} "
        f"was {money} million. On {_long(covered)} there were {shares} shares of common stock "
        "outstanding.",
        "Documents incorporated by reference: parts of the proxy statement for the annual meeting"
        " of stockholders on May 14, 2025 are incorporated in Part III.",
        f"Auditor: {say('AuditorName', 'Pellworth & Dunmore LLP')},"
        f" {say('AuditorLocation', 'Providence, Rhode Island')}, firm number"
        f" {say('AuditorFirmId', '99901')}",
    )
    return [f'<div style="margin:6pt 0"><span>{text}</span></div>' for text in texts]
