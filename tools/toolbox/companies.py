"""Find companies and their filings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from rapidfuzz import fuzz

from tools.errors import ToolError
from tools.toolbox.records import CompanyMatch, CompanyMatches, FilingEntry, FilingList
from tools.toolbox.sources import Sources

MAX_FILINGS = 100
_LEGAL_FORMS = frozenset(
    "the inc incorporated corp corporation co company companies ltd limited plc llc lp sa nv ag se "
    "holdings holding group de".split()
)
_SIMILAR = 80
_WHY = ("CIK", "ticker", "name", "former or everyday name", "start of name", "part of name")


@dataclass(frozen=True)
class Company:
    """One company on file."""

    cik: int
    name: str
    tickers: tuple[str, ...]
    other_names: tuple[str, ...]
    sic: str | None
    fiscal_year_end: str | None

    @property
    def ticker(self) -> str:
        """The first ticker, or the name where there is none."""
        return self.tickers[0] if self.tickers else self.name

    @property
    def spoken(self) -> str:
        """Name, ticker and CIK, to choose from."""
        tickers = f"{', '.join(self.tickers)}, " if self.tickers else ""
        return f"{self.name} ({tickers}CIK {self.cik})"


def find_company(
    sources: Sources,
    name: str,
    limit: Annotated[int, Field(ge=1, le=20)] = 5,
) -> CompanyMatches:
    """Find companies on file by name, former name, ticker or CIK.

    Call this first where it is not certain what a company is called here. The other tools take a
    ticker, a CIK or a name that fits one company only.

    Args:
        name: What the company is called: "Apple", "AAPL", "320193".
        limit: At most so many matches, 20 at most.
    """
    tiers = list(_tiers(sources, name))
    found = [(company, why) for companies, why in tiers for company in companies]
    if not found:
        near = _similar(sources, name)[:limit]
        found, note = (
            [(company, "similar name") for company in near],
            f"No company is called {name!r}.",
        )
    else:
        left = len(found) - limit
        note = f"{left} more fit; name the company more exactly." if left > 0 else ""
    return CompanyMatches(tuple(_match(sources, *one) for one in found[:limit]), note)


def list_filings(
    sources: Sources,
    company: str,
    form: str = "",
    fiscal_year: int | None = None,
    limit: Annotated[int, Field(ge=1, le=MAX_FILINGS)] = 20,
) -> FilingList:
    """List a company's filings on file, the newest first, with what is held of each.

    Use an `accession` from here with read_section, find_tables and get_table; `items` says which
    sections can be read.

    Args:
        company: Ticker, CIK, or a name that fits one company.
        form: Only forms that start so: "10-K", "10-Q", "8-K"; all where empty.
        fiscal_year: Only filings on this fiscal year of the company.
        limit: At most so many, 100 at most.
    """
    one = one_company(sources, company)
    rows = sources.warehouse.connection.execute(
        "SELECT accession, form, filed, period_end, fiscal_year, fiscal_period, url FROM filing "
        "WHERE cik = ? AND starts_with(form, ?) AND (? IS NULL OR fiscal_year = ?) "
        "ORDER BY filed DESC, accession LIMIT ?",
        [one.cik, form.strip().upper(), fiscal_year, fiscal_year, limit + 1],
    ).fetchall()
    entries = [_entry(sources, one.name, row) for row in rows[:limit]]
    note = "" if entries else f"No such filing of {one.name} is on file."
    return FilingList(tuple(entries), len(rows) > limit, note)


def one_company(sources: Sources, text: str) -> Company:
    """Return the company that a text means.

    Raises:
        ToolError: None fits, or several do; the message has the choices.
    """
    for companies, _ in _tiers(sources, text):
        if len(companies) == 1:
            return companies[0]
        names = "; ".join(company.spoken for company in companies[:10])
        raise ToolError(
            f"{text!r} fits {len(companies)} companies: {names}. Call again with a ticker or CIK."
        )
    near = "; ".join(company.spoken for company in _similar(sources, text)[:3])
    held = f"Did you mean {near}?" if near else f"On file: {_on_file(sources)}."
    raise ToolError(
        f"No company on file is called {text!r}. {held} Give a ticker, a CIK or a name; "
        "find_company searches them."
    )


def read_companies(sources: Sources) -> list[Company]:
    """Read all companies on file, by CIK."""
    rows = sources.warehouse.connection.execute(
        "SELECT cik, name, tickers, former_names, sic, fiscal_year_end FROM company ORDER BY cik"
    ).fetchall()
    return [
        Company(cik, name, tuple(tickers), (*former, *sources.known_as.get(cik, ())), sic, year_end)
        for cik, name, tickers, former, sic, year_end in rows
    ]


def _tiers(sources: Sources, text: str) -> Iterator[tuple[list[Company], str]]:
    """Yield the companies that fit, from the surest kind of fit to the loosest, each once."""
    wanted, key = text.strip(), _key(text)
    seen: set[int] = set()
    companies = read_companies(sources)
    for why in _WHY:
        fits = [c for c in companies if c.cik not in seen and key and _fits(c, why, wanted, key)]
        seen |= {company.cik for company in fits}
        if fits:
            yield fits, why


def _fits(company: Company, why: str, wanted: str, key: tuple[str, ...]) -> bool:
    if why == "CIK":
        return wanted.upper().removeprefix("CIK").strip().lstrip("0") == str(company.cik)
    if why == "ticker":
        return wanted.upper() in company.tickers
    name = _key(company.name)
    if why == "name":
        return name == key or "".join(name) == "".join(key)
    if why == "former or everyday name":
        return key in [_key(other) for other in company.other_names]
    if why == "start of name":
        return name[: len(key)] == key
    return any(name[start : start + len(key)] == key for start in range(len(name)))


def _key(name: str) -> tuple[str, ...]:
    plain = re.sub(r"[/\\][a-z]{2,3}[/\\]?\s*$", "", name.lower()).replace("&", " and ")
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’.]", "", plain))
    core = [word for word in words if word not in _LEGAL_FORMS]
    return tuple(core or words)


def _similar(sources: Sources, text: str) -> list[Company]:
    """Return companies with a name that looks like a text, the most alike first."""
    key = " ".join(_key(text))

    def alike(company: Company) -> float:
        names = (company.name, *company.other_names)
        return max(fuzz.WRatio(key, " ".join(_key(name))) for name in names)

    scored = [(alike(company), company) for company in read_companies(sources)] if key else []
    kept = [pair for pair in scored if pair[0] >= _SIMILAR]
    return [company for _, company in sorted(kept, key=lambda pair: (-pair[0], pair[1].cik))]


def _match(sources: Sources, company: Company, why: str) -> CompanyMatch:
    [(first, last, filings)] = sources.warehouse.connection.execute(
        "SELECT min(fiscal_year), max(fiscal_year), "
        "(SELECT count(*) FROM filing WHERE filing.cik = $cik) "
        "FROM fiscal_period WHERE cik = $cik AND fiscal_period = 'FY'",
        {"cik": company.cik},
    ).fetchall()
    return CompanyMatch(
        company.cik, company.name, company.tickers, company.sic, company.fiscal_year_end,
        first, last, filings, why,
    )  # fmt: skip


def _entry(sources: Sources, company: str, row: tuple[Any, ...]) -> FilingEntry:
    accession, form, filed, period_end, fiscal_year, fiscal_period, url = row
    [(facts, tables, items)] = sources.warehouse.connection.execute(
        "SELECT (SELECT count(*) FROM fact WHERE accession = $a), "
        "(SELECT count(DISTINCT table_no) FROM table_cell WHERE accession = $a), "
        "(SELECT list(item ORDER BY ordinal) FROM section WHERE accession = $a)",
        {"a": accession},
    ).fetchall()
    return FilingEntry(
        company, accession, form, filed, period_end, fiscal_year, fiscal_period, facts, tables,
        tuple(items or ()), url,
    )  # fmt: skip


def _on_file(sources: Sources) -> str:
    names = [company.ticker for company in read_companies(sources)]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"{', '.join(names[:12])}{more}" if names else "no company yet"
