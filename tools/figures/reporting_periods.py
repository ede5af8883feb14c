"""A company's fiscal periods as figures need them: dates, days, and which follow from others."""

from __future__ import annotations

from datetime import date
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
# The balance that opens a period is the close of the one before; by default, of the last year.
_OPENING = {"Q2": "Q1", "Q3": "Q2", "Q4": "Q3"}


class ReportingPeriod(NamedTuple):
    """A fiscal period with its dates, both included."""

    fiscal_year: int
    fiscal_period: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """Days for ratios: a fiscal year counts as 365, whatever its weeks."""
        return 365 if self.fiscal_period == "FY" else (self.end - self.start).days + 1

    @property
    def opening(self) -> tuple[int, str]:
        """The fiscal year and period whose closing balance opens this one."""
        before = _OPENING.get(self.fiscal_period)
        return (self.fiscal_year, before) if before else (self.fiscal_year - 1, "FY")

    @property
    def spoken(self) -> str:
        """The period in words, with its end."""
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


def read_years(warehouse: Warehouse, cik: int, fiscal_period: str) -> tuple[int, int] | None:
    """Return the first and last fiscal year that have such a period, or None."""
    row = warehouse.connection.execute(
        "SELECT min(fiscal_year), max(fiscal_year) FROM fiscal_period "
        "WHERE cik = ? AND fiscal_period = ?",
        [cik, fiscal_period],
    ).fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


def first_reported(
    warehouse: Warehouse, cik: int, concepts: list[str], period: ReportingPeriod, as_of: date
) -> date | None:
    """Return the first day on which one of the concepts was filed for a duration, or None."""
    row = warehouse.connection.execute(
        "SELECT min(filed) FROM fact WHERE cik = ? AND list_contains(?, concept) "
        "AND period_start = ? AND period_end = ? AND dimensions IS NULL AND filed <= ?",
        [cik, concepts, period.start, period.end, as_of],
    ).fetchone()
    return row[0] if row else None


def reports_none(
    warehouse: Warehouse, cik: int, patterns: list[str], period_end: date, as_of: date
) -> bool:
    """Tell whether the balance sheet of a day is filed and nothing of the kind is, but zero.

    Args:
        warehouse: An open warehouse.
        cik: The company.
        patterns: LIKE patterns over concepts; facts with dimensions count as well.
        period_end: The balance sheet's day.
        as_of: Only what was filed by this day counts.
    """
    row = warehouse.connection.execute(
        "SELECT count(*) FILTER (concept = 'us-gaap:Assets' AND dimensions IS NULL), "
        "count(*) FILTER (value <> 0 AND list_bool_or([concept LIKE p FOR p IN ?])) "
        "FROM fact WHERE cik = ? AND period_end = ? AND filed <= ?",
        [patterns, cik, period_end, as_of],
    ).fetchone()
    return row is not None and row[0] > 0 and row[1] == 0
