"""Read the periods that a model names: "FY2023", "Q2 2024", "FY2019..FY2023", "latest"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.errors import ToolError
from tools.toolbox.companies import Company
from tools.toolbox.sources import Sources

PERIOD_FORMS = (
    '"FY2023", "Q2 FY2023", "H1 FY2023", "9M FY2023", "FY2019..FY2023", "latest", or "TTM" '
    '(twelve months to the newest quarter), "TTM Q2 FY2023"'
)
MAX_YEARS = 30
_TRAILING = "TTM-"
_PART = re.compile(
    r"(?:(?P<part>FY|Q[1-4]|H1|9M)\s*)?(?:FY\s*|fiscal\s*)?(?P<year>(?:19|20)\d\d)"
    r"(?:\s*-?(?P<after>Q[1-4]|H1|9M|FY))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, order=True)
class FiscalPeriod:
    """One fiscal period of a company; `part` is as in the calendar, or TTM-Q1 to TTM-Q3."""

    fiscal_year: int
    part: str = "FY"

    @property
    def quarter(self) -> str:
        """Of twelve months the quarter that they end with; else empty."""
        return self.part.removeprefix(_TRAILING) if self.part.startswith(_TRAILING) else ""

    @property
    def label(self) -> str:
        """How it is written: FY2023, Q2 FY2023, TTM Q2 FY2023."""
        if self.part.startswith(_TRAILING):
            return f"TTM {self.part.removeprefix(_TRAILING)} FY{self.fiscal_year}"
        return f"FY{self.fiscal_year}" if self.part == "FY" else f"{self.part} FY{self.fiscal_year}"


def read_periods(sources: Sources, company: Company, text: str) -> list[FiscalPeriod]:
    """Return the fiscal periods that a text names, in order of time.

    Raises:
        ToolError: It names none.
    """
    wanted = text.strip()
    if wanted.lower() in {"latest", "newest", "last"}:
        return [latest_year(sources, company)]
    if wanted.upper().startswith("TTM"):
        return [_read_trailing(sources, company, wanted[3:].strip())]
    first, dots, last = wanted.partition("..")
    one = _read_one(first)
    if not dots:
        return [one]
    end = _read_one(last)
    if end.part != one.part or not 0 <= end.fiscal_year - one.fiscal_year < MAX_YEARS:
        raise ToolError(
            f"{text!r} is no range of periods: both ends need the same part of the year, the "
            f"earlier first, at most {MAX_YEARS} years. Write it like FY2019..FY2023."
        )
    return [FiscalPeriod(year, one.part) for year in range(one.fiscal_year, end.fiscal_year + 1)]


def latest_year(sources: Sources, company: Company) -> FiscalPeriod:
    """Return the newest whole fiscal year on file.

    Raises:
        ToolError: None is.
    """
    [(year,)] = sources.warehouse.connection.execute(
        "SELECT max(fiscal_year) FROM fiscal_period WHERE cik = ? AND fiscal_period = 'FY'",
        [company.cik],
    ).fetchall()
    if year is None:
        raise ToolError(
            f"No whole fiscal year of {company.name} is on file. See what is with list_filings."
        )
    return FiscalPeriod(int(year))


def _read_trailing(sources: Sources, company: Company, end: str) -> FiscalPeriod:
    """Return the twelve months to a quarter; those to a fiscal year's end are the year."""
    if end:
        last = _read_one(end)
    else:
        row = sources.warehouse.connection.execute(
            "SELECT fiscal_year, fiscal_period FROM fiscal_period WHERE cik = ? AND "
            "fiscal_period IN ('Q1', 'Q2', 'Q3', 'FY') ORDER BY period_end DESC, fiscal_period "
            "LIMIT 1",
            [company.cik],
        ).fetchone()
        if row is None:
            raise ToolError(f"No fiscal quarter of {company.name} is on file.")
        last = FiscalPeriod(*row)
    if last.part in {"FY", "Q4"}:
        return FiscalPeriod(last.fiscal_year)
    if last.part not in {"Q1", "Q2", "Q3"}:
        raise ToolError(f"Twelve months end with a quarter: write TTM Q2 FY2023, not TTM {end}.")
    return FiscalPeriod(last.fiscal_year, f"{_TRAILING}{last.part}")


def _read_one(text: str) -> FiscalPeriod:
    match = _PART.fullmatch(text.strip())
    if not match or (match["part"] and match["after"] and match["part"].upper() != "FY"):
        raise ToolError(
            f"{text!r} is no period. Write it as {PERIOD_FORMS}; years are fiscal years."
        )
    return FiscalPeriod(int(match["year"]), (match["after"] or match["part"] or "FY").upper())
