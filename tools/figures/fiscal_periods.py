"""The company's own fiscal calendar, from the periods of its facts and its annual reports.

A fiscal year's number comes from the company's annual reports (dei:DocumentFiscalYearFocus or
companyfacts `fy`), by majority: The Home Depot's year to January 2024 is fiscal 2023, Walmart's
is fiscal 2024. Its dates come from the durations that facts really have, so 52/53-week years
and 12/16-week quarters come out right. Quarters follow from the ends that facts share.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import duckdb
import pyarrow as pa

from tools.warehouse import append_rows

YEAR_DAYS = 365.2425
QUARTER_DAYS = 91.3
_ANNUAL_FORMS = ("10-K", "10-KT", "10-K405", "10-KSB", "20-F", "40-F")
_QUARTERLY_FORMS = ("10-Q", "10-QSB")
_NEAR_DAYS = 10
# A year that begins further from where the last one ended, whole years apart, has another end.
_SHIFT_DAYS = 25
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Duration:
    """A period that facts have, and how many of them."""

    start: date
    end: date
    facts: int

    @property
    def days(self) -> int:
        """Length in days, both ends included."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class Report:
    """A periodic report's own claim: its period end and fiscal year."""

    form: str
    period_end: date
    fiscal_year: int | None
    fiscal_period: str | None


@dataclass(frozen=True, slots=True)
class FiscalPeriod:
    """One row of the calendar, both dates included; 'FY', 'Q1' to 'Q4', 'H1' or '9M'."""

    fiscal_year: int
    fiscal_period: str
    start: date
    end: date


def refresh(connection: duckdb.DuckDBPyConnection, cik: int) -> None:
    """Derive one company's calendar anew from what the warehouse holds."""
    durations = connection.execute(
        "SELECT period_start, period_end, count(*) FROM fact WHERE cik = ? "
        "AND dimensions IS NULL AND period_start IS NOT NULL AND concept NOT LIKE 'dei:%' "
        "AND date_diff('day', period_start, period_end) BETWEEN 60 AND 385 GROUP BY ALL",
        [cik],
    ).fetchall()
    reports = connection.execute(
        "SELECT form, period_end, fiscal_year, fiscal_period FROM filing "
        "WHERE cik = ? AND period_end IS NOT NULL AND source <> 'submissions'",
        [cik],
    ).fetchall()
    periods = derive([Duration(*row) for row in durations], [Report(*row) for row in reports])
    connection.execute("DELETE FROM fiscal_period WHERE cik = ?", [cik])
    append_rows(connection, "fiscal_period", _table(cik, periods))


def _table(cik: int, periods: Sequence[FiscalPeriod]) -> pa.Table:
    return pa.table(
        {
            "cik": pa.array([cik] * len(periods), pa.int64()),
            "fiscal_year": pa.array([row.fiscal_year for row in periods], pa.int32()),
            "fiscal_period": pa.array([row.fiscal_period for row in periods], pa.string()),
            "period_start": pa.array([row.start for row in periods], pa.date32()),
            "period_end": pa.array([row.end for row in periods], pa.date32()),
        }
    )


def derive(durations: Sequence[Duration], reports: Sequence[Report]) -> list[FiscalPeriod]:
    """Derive the calendar; empty when no report anchors it."""
    annual = [report for report in reports if report.form.removesuffix("/A") in _ANNUAL_FORMS]
    quarterly = [report for report in reports if report.form.removesuffix("/A") in _QUARTERLY_FORMS]
    ends = {report.period_end for report in annual}
    years = _fiscal_years(durations, ends)
    starts = _open_years(durations, quarterly, years)
    if not years and not starts:
        return []
    reference = max((year.end for year in years), default=None) or max(starts) + timedelta(363)
    offset = _offset(annual, quarterly, starts, reference)
    if offset is None:
        return []
    rows: dict[int, list[FiscalPeriod]] = {}
    shifted = _numbers_before_a_change(years, annual)
    for year in sorted(years, key=lambda item: (item.end in ends, item.facts)):
        number = shifted.get(year.end, offset + _steps(reference, year.end))
        marks = _quarter_ends(durations, quarterly, year.start, year.end)
        rows[number] = _rows(number, year.start, {**marks, 4: year.end})
    for start in starts:
        number = offset + _steps(reference, start + timedelta(363))
        if number not in rows:
            rows[number] = _rows(number, start, _quarter_ends(durations, quarterly, start, None))
    return [row for number in sorted(rows) for row in rows[number]]


def _fiscal_years(durations: Sequence[Duration], ends: set[date]) -> list[Duration]:
    """Choose the annual durations that are fiscal years, one per year end.

    Annual reports anchor; the years around them are reached in steps of one year.
    """
    annual = [item for item in durations if 350 <= item.days <= 380]
    accepted: dict[date, Duration] = {}
    for end in ends:
        close = [item for item in annual if abs((item.end - end).days) <= 7]
        if close:
            best = max(close, key=lambda item: (item.facts, item.end == end, item.start))
            accepted[best.end] = best
    pool = sorted(annual, key=lambda item: -item.facts)
    growing = True
    while growing:
        growing = False
        for item in pool:
            if _overlaps(item, accepted.values()):
                continue
            if any(_continues(item, other) for other in accepted.values()):
                accepted[item.end] = item
                growing = True
    return sorted(accepted.values(), key=lambda item: item.end)


def _overlaps(item: Duration, others: Iterable[Duration]) -> bool:
    return any(
        (min(item.end, other.end) - max(item.start, other.start)).days > 30 for other in others
    )


def _continues(item: Duration, other: Duration) -> bool:
    gaps = ((item.start - other.end).days - 1, (other.start - item.end).days - 1)
    return any(abs(gap) <= 6 for gap in gaps)


def _open_years(
    durations: Sequence[Duration], quarterly: Sequence[Report], years: Sequence[Duration]
) -> list[date]:
    """Starts of fiscal years that have quarterly reports but no annual figures (yet)."""
    starts: Counter[date] = Counter()
    for report in quarterly:
        quarter = _quarter_number(report.fiscal_period)
        if quarter is None or any(year.start <= report.period_end <= year.end for year in years):
            continue
        expected = report.period_end - timedelta(round(quarter * QUARTER_DAYS))
        for item in durations:
            if item.end == report.period_end and abs((item.start - expected).days) <= 14:
                starts[item.start] += item.facts
    chosen: list[date] = []
    for start, _ in starts.most_common():
        if all(abs((start - other).days) > 60 for other in chosen):
            chosen.append(start)
    return sorted(chosen)


def _quarter_number(fiscal_period: str | None) -> int | None:
    return {"Q1": 1, "Q2": 2, "Q3": 3}.get(fiscal_period or "")


def _offset(
    annual: Sequence[Report], quarterly: Sequence[Report], starts: Sequence[date], reference: date
) -> int | None:
    """Number of the fiscal year that ends at `reference`, by majority of the reports."""
    votes = Counter(
        report.fiscal_year - _steps(reference, report.period_end)
        for report in annual
        if report.fiscal_year
    )
    if not votes:
        votes = Counter(
            report.fiscal_year - _steps(reference, start + timedelta(363))
            for report in quarterly
            for start in starts
            if report.fiscal_year and 0 <= (report.period_end - start).days < 300
        )
    if not votes:
        return None
    return max(votes, key=lambda number: (votes[number], -abs(number - reference.year)))


def _numbers_before_a_change(
    years: Sequence[Duration], annual: Sequence[Report]
) -> dict[date, int]:
    """Number the years before a changed year end by the reports of their own.

    The stretch between (a transition period, form 10-KT) is no year, so steps of one year back
    from today's year end do not lead to them.
    """
    numbers: dict[date, int] = {}
    for place, (year, following) in enumerate(pairwise(years), start=1):
        gap = ((following.start - year.end).days - 1) / YEAR_DAYS
        if abs(gap - round(gap)) * YEAR_DAYS <= _SHIFT_DAYS:
            continue
        before = [one for one in years[:place] if one.end not in numbers]
        own = [
            report
            for report in annual
            if before[0].start <= report.period_end <= before[-1].end + timedelta(7)
        ]
        offset = _offset(own, (), (), before[-1].end)
        if offset is not None:
            numbers |= {one.end: offset + _steps(before[-1].end, one.end) for one in before}
    return numbers


def _steps(reference: date, end: date) -> int:
    return round((end - reference).days / YEAR_DAYS)


def _quarter_ends(
    durations: Sequence[Duration], quarterly: Sequence[Report], start: date, end: date | None
) -> dict[int, date]:
    """Ends of quarters 1 to 3 of the year that begins at `start`: those most facts share."""
    votes: dict[int, Counter[date]] = defaultdict(Counter)
    for item in durations:
        if item.days > 300 or item.start < start - timedelta(_NEAR_DAYS):
            continue
        last = round(((item.end - start).days + 1) / QUARTER_DAYS)
        first = round((item.start - start).days / QUARTER_DAYS)
        whole = abs((item.start - start).days) <= _NEAR_DAYS or last - first == 1
        if last in (1, 2, 3) and whole and (end is None or item.end < end):
            votes[last][item.end] += 2 * item.facts
        if last - first == 1 and first in (1, 2, 3):
            votes[first][item.start - ONE_DAY] += item.facts
    for report in quarterly:
        last = round(((report.period_end - start).days + 1) / QUARTER_DAYS)
        if last in votes and votes[last][report.period_end]:
            votes[last][report.period_end] += 1000
    return {number: _most_voted(found) for number, found in votes.items()}


def _most_voted(found: Counter[date]) -> date:
    return max(found, key=lambda day: (found[day], day))


def _rows(number: int, start: date, marks: dict[int, date]) -> list[FiscalPeriod]:
    bounds = {0: start - ONE_DAY, **marks}
    spans = {
        "FY": (0, 4), "Q1": (0, 1), "Q2": (1, 2), "Q3": (2, 3), "Q4": (3, 4), "H1": (0, 2),
        "9M": (0, 3),
    }  # fmt: skip
    return [
        FiscalPeriod(number, name, bounds[first] + ONE_DAY, bounds[last])
        for name, (first, last) in spans.items()
        if first in bounds and last in bounds and bounds[first] < bounds[last]
    ]
