"""EDGAR's addresses.

Sources: https://www.sec.gov/search-filings/edgar-application-programming-interfaces and
https://www.sec.gov/search-filings/edgar-search-assistance/accessing-edgar-data.
"""

from __future__ import annotations

from tools.edgar.settings import DATA, WWW

TICKERS = f"{WWW}/files/company_tickers.json"
TICKERS_BY_EXCHANGE = f"{WWW}/files/company_tickers_exchange.json"


def submissions(cik: int) -> str:
    """A company's particulars and its newest filings."""
    return submissions_page(f"CIK{cik:010d}.json")


def submissions_page(name: str) -> str:
    """Older filings, in a file that the first page names."""
    return f"{DATA}/submissions/{name}"


def companyfacts(cik: int) -> str:
    """Every consolidated fact of a company."""
    return f"{DATA}/api/xbrl/companyfacts/CIK{cik:010d}.json"


def company_concept(cik: int, taxonomy: str, tag: str) -> str:
    """Every consolidated fact of a company for one concept."""
    return f"{DATA}/api/xbrl/companyconcept/CIK{cik:010d}/{taxonomy}/{tag}.json"


def frame(taxonomy: str, tag: str, unit: str, period: str) -> str:
    """One fact of every company: `period` is CY2019, CY2019Q1 or, for an instant, CY2019Q1I.

    A ratio of units is written with `-per-`: USD-per-shares.
    """
    return f"{DATA}/api/xbrl/frames/{taxonomy}/{tag}/{unit.replace('/', '-per-')}/{period}.json"


def submission(cik: int, accession: str) -> str:
    """The complete submission text of a filing: header and all of its documents."""
    folder = accession.replace("-", "")
    return f"{WWW}/Archives/edgar/data/{cik}/{folder}/{accession}.txt"
