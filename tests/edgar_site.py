"""Builds sites for the loopback EDGAR: from the bundled sample, or from a folder of real files."""

from __future__ import annotations

import gzip
import json
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.edgar_server import Site
from tools.sample import INVENTED_10K, INVENTED_FILING, read_facts

HEADER = """<SEC-DOCUMENT>{accession}.txt : {filed}
<SEC-HEADER>{accession}.hdr.sgml : {filed}
ACCESSION NUMBER:		{accession}
CONFORMED SUBMISSION TYPE:	{form}
PUBLIC DOCUMENT COUNT:		1
CONFORMED PERIOD OF REPORT:	{period}
FILED AS OF DATE:		{filed}

FILER:

	COMPANY DATA:
		COMPANY CONFORMED NAME:			{name}
		CENTRAL INDEX KEY:			{cik:010d}
</SEC-HEADER>
<DOCUMENT>
<TYPE>{form}
<SEQUENCE>1
<FILENAME>{primary}
<TEXT>
{body}
</TEXT>
</DOCUMENT>
</SEC-DOCUMENT>
"""
HALDEN = "Halden Marine Instruments, Inc."
PRIMARY = "hldn-20241228.htm"


def sample_site() -> Site:
    """Return the ten companies of the bundled sample and the invented one, with its 10-K."""
    site = Site()
    companies: list[tuple[int, str, str]] = []
    for cik, rows in read_facts():
        name, ticker = rows[0]["company"], rows[0]["ticker"].split()[0]
        companies.append((cik, name, ticker))
        site.put_json(f"/api/xbrl/companyfacts/CIK{cik:010d}.json", _companyfacts(cik, name, rows))
        site.put_json(f"/submissions/CIK{cik:010d}.json", _listing(cik, name, ticker, rows))
    companies.append((INVENTED_FILING.cik, HALDEN, "HLDN"))
    _put_invented(site)
    _put_tickers(site, companies)
    return site


def _put_tickers(site: Site, companies: list[tuple[int, str, str]]) -> None:
    rows = [{"cik_str": cik, "ticker": ticker, "title": name} for cik, name, ticker in companies]
    site.put_json("/files/company_tickers.json", {str(n): row for n, row in enumerate(rows)})
    table = [[cik, name, ticker, "Nasdaq"] for cik, name, ticker in companies]
    fields = ["cik", "name", "ticker", "exchange"]
    site.put_json("/files/company_tickers_exchange.json", {"fields": fields, "data": table})


def _companyfacts(cik: int, name: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for row in rows:
        taxonomy, tag = row["concept"].split(":")
        block = facts.setdefault(taxonomy, {}).setdefault(tag, {"label": tag, "units": {}})
        start = {"start": row["period_start"]} if row["period_start"] else {}
        block["units"].setdefault(row["unit"], []).append(
            {
                **start, "end": row["period_end"], "val": _number(row["value"]),
                "accn": row["accession"], "form": row["form"], "filed": row["filed"],
                "fy": int(row["fiscal_year"]) if row["fiscal_year"] else None,
                "fp": row["fiscal_period"] or None,
            }
        )  # fmt: skip
    return {"cik": cik, "entityName": name, "facts": facts}


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _listing(cik: int, name: str, ticker: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    filings = {}
    for accession, group in groupby(sorted(rows, key=_accession), key=_accession):
        row = max(group, key=lambda one: one["period_end"])
        filings[accession] = (accession, row["form"], row["filed"], row["period_end"], "a.htm")
    recent = _columns(sorted(filings.values(), key=lambda one: one[2], reverse=True))
    return _submissions(cik, name, ticker, recent)


def _accession(row: dict[str, str]) -> str:
    return row["accession"]


def _columns(filings: list[tuple[str, ...]]) -> dict[str, list[str]]:
    names = ("accessionNumber", "form", "filingDate", "reportDate", "primaryDocument")
    return {name: [row[place] for row in filings] for place, name in enumerate(names)}


def _submissions(cik: int, name: str, ticker: str, recent: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "cik": f"{cik:010d}", "name": name, "tickers": [ticker], "sic": "3825",
        "formerNames": [], "fiscalYearEnd": "1231", "filings": {"recent": recent, "files": []},
    }  # fmt: skip


def _put_invented(site: Site) -> None:
    """Add the invented company: a new list of filings, an older page, no companyfacts."""
    cik, accession = INVENTED_FILING.cik, INVENTED_FILING.accession
    recent = [
        ("0009990001-25-000009", "8-K", "2025-03-03", "2025-03-01", "event.htm"),
        (accession, "10-K", "2025-02-19", "2024-12-28", PRIMARY),
    ]
    listing = _submissions(cik, HALDEN, "HLDN", _columns(recent))
    page = f"CIK{cik:010d}-submissions-001.json"
    listing["filings"]["files"] = [
        {"name": page, "filingCount": 2, "filingFrom": "1996-02-20", "filingTo": "1997-02-20"}
    ]
    old = [
        ("0009990001-97-000001", "10-K405", "1997-02-20", "1996-12-28", ""),
        ("0009990001-96-000001", "10-K", "1996-02-20", "1995-12-30", ""),
    ]
    site.put_json(f"/submissions/CIK{cik:010d}.json", listing)
    site.put_json(f"/submissions/{page}", _columns(old))
    document = INVENTED_10K.read_text(encoding="utf-8")
    site.put_submission(cik, accession, submission_text(accession, "10-K", document), PRIMARY)
    for number, form, filed, period, _ in (recent[0], *old):
        body = f"<html><body><p>{HALDEN} files a {form}.</p></body></html>"
        text = submission_text(number, form, body, filed=filed, period=period)
        site.put_submission(cik, number, text)


def submission_text(
    accession: str, form: str, body: str, *, filed: str = "2025-02-19", period: str = "2024-12-28"
) -> bytes:
    """Wrap a document of the invented company as a complete submission."""
    return HEADER.format(
        accession=accession, form=form, body=body, name=HALDEN, cik=INVENTED_FILING.cik,
        filed=filed.replace("-", ""), period=period.replace("-", ""), primary=PRIMARY,
    ).encode()  # fmt: skip


def real_site(edgar: Path) -> Site:
    """Return real files: tickers, submissions with their older pages, companyfacts, filings."""
    site = Site()
    for folder, prefix in (
        ("submissions", "/submissions"),
        ("companyfacts", "/api/xbrl/companyfacts"),
    ):
        for path in sorted((edgar / folder).glob("*.json.gz")):
            site.pages[f"{prefix}/{path.stem}"] = gzip.decompress(path.read_bytes())
    listed = json.loads(
        gzip.decompress((edgar / "reference/company_tickers_2026.json.gz").read_bytes())
    )
    rows = [(int(row["cik_str"]), row["title"], row["ticker"]) for row in listed.values()]
    _put_tickers(site, rows)
    for path in sorted((edgar / "full_submissions").glob("*.txt.gz")):
        text = gzip.decompress(path.read_bytes())
        accession = path.name.split(".")[0]
        cik = int(text.split(b"CENTRAL INDEX KEY:")[1].split()[0])
        site.put_submission(cik, accession, text)
    return site
