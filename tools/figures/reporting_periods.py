"""A company's fiscal periods as figures need them: dates, days, and which follow from others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from tools.warehouse import Warehouse

# A period that is not filed by itself, as (whole, part, sign): whole + sign * part.
COMBINED = {
    "Q2": [("H1", "Q1", -1)],
    "Q3": [("9M", "H1", -1)],
    "Q4": [("FY", "9M", -1)],
    "H1": [("Q1", "Q2", 1)],
    "9M": [("H1", "Q3", 1), ("FY", "Q4", -1)],
}
QUARTERS_OF = {"H1": ("Q1", "Q2"), "9M": ("Q1", "Q2", "Q3")}
SPOKEN = {
    "FY": "full_year",
    "9M": "nine_months",
    "H1": "first_half",
    "Q1": "first_quarter",
    "Q2": "second_quarter",
    "Q3": "third_quarter",
    "Q4": "fourth_quarter",
}
# Twelve months that end with a quarter: 'TTM-Q2'. They are the last fiscal year, plus the year to
# date, less the year before to the same date.
TRAILING = "TTM-"
YEAR_TO_DATE = {"Q1": "Q1", "Q2": "H1", "Q3": "9M"}
# The balance that opens a period is the close of the one before; by default, of the last year.
_OPENING = {"Q2": "Q1", "Q3": "Q2", "Q4": "Q3"}
_CLOSING = {f"{TRAILING}{name}": name for name in YEAR_TO_DATE}


class ReportingPeriod(NamedTuple):
    """A fiscal period with its dates, both included."""

    fiscal_year: int
    fiscal_period: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """Days for ratios: a fiscal year or twelve months count as 365, whatever their weeks."""
        return 365 if self.is_year else (self.end - self.start).days + 1

    @property
    def is_year(self) -> bool:
        """Whether it is a fiscal year or twelve months that end with a quarter."""
        return self.fiscal_period == "FY" or self.fiscal_period in _CLOSING

    @property
    def quarter(self) -> str:
        """The period whose closing balance closes this one."""
        return _CLOSING.get(self.fiscal_period, self.fiscal_period)

    @property
    def opening(self) -> tuple[int, str]:
        """The fiscal year and period whose closing balance opens this one."""
        if self.fiscal_period in _CLOSING:
            return (self.fiscal_year - 1, self.quarter)
        before = _OPENING.get(self.fiscal_period)
        return (self.fiscal_year, before) if before else (self.fiscal_year - 1, "FY")

    @property
    def spoken(self) -> str:
        """The period in words, with its end."""
        if self.fiscal_period.startswith(TRAILING):
            named = f"{self.quarter} of fiscal year {self.fiscal_year}"
            return f"the twelve months to {named} (ended {self.end.isoformat()})"
        quarter = "" if self.fiscal_period == "FY" else f"{self.fiscal_period} of "
        return f"{quarter}fiscal year {self.fiscal_year} (ended {self.end.isoformat()})"


def read_period(
    warehouse: Warehouse, cik: int, fiscal_year: int, fiscal_period: str
) -> ReportingPeriod | None:
    """Look a period up in the company's calendar; None where the warehouse does not know it."""
    row = warehouse.connection.execute(
        "SELECT fiscal_year, fiscal_period, period_start, period_end FROM fiscal_period "
        "WHERE cik = ? AND fiscal_year = ? AND fiscal_period = ?",
        [cik, fiscal_year, fiscal_period],
    ).fetchone()
    return ReportingPeriod(*row) if row else None


def trailing_periods(
    periods: Mapping[tuple[int, str], ReportingPeriod],
) -> dict[tuple[int, str], ReportingPeriod]:
    """Return the twelve months that end with each first, second and third quarter.

    They begin on the day after the same quarter of the year before, so they are 52 or 53 weeks
    where the company's years are. Those that end with a fourth quarter are the fiscal years.
    """
    found = {}
    for (year, name), period in periods.items():
        before = periods.get((year - 1, name))
        if name in YEAR_TO_DATE and before and 350 <= (period.end - before.end).days <= 380:
            start = before.end + timedelta(1)
            found[year, f"{TRAILING}{name}"] = ReportingPeriod(
                year, f"{TRAILING}{name}", start, period.end
            )
    return found
