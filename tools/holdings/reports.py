"""Annual and quarterly reports: what is held of each, and which are missing.

A report is missing when it is known of but its document is not held, or when the dates of its
neighbours leave room for it and nothing knows of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

import duckdb

ANNUAL, QUARTERLY = "10-K", "10-Q"
_FAMILY = re.compile(r"^(10-K|10-Q|20-F|40-F)")
_YEAR = timedelta(days=365)
_QUARTERS = (timedelta(days=91), timedelta(days=182), timedelta(days=273))
_NEAR = timedelta(days=25)  # 52/53-week years, and quarters of 12 and 16 weeks
_LONGEST_YEAR = timedelta(days=372)

Held = Literal["text", "inline facts", "facts", "listed"]


@dataclass(frozen=True, slots=True)
class Report:
    """A periodic report and what is held of it.

    Attributes:
        held: 'text' with sections and what else its document gave; 'inline facts' without
            sections; 'facts' from companyfacts only; 'listed' in submissions and nothing more.
    """

    cik: int
    accession: str
    form: str
    filed: date
    period_end: date | None
    fiscal_year: int | None
    fiscal_period: str | None
    held: Held

    @property
    def family(self) -> str:
        """10-K, 10-Q, 20-F or 40-F."""
        found = _FAMILY.match(self.form)
        return found[1] if found else self.form

    @property
    def is_amendment(self) -> bool:
        """Whether it amends another report."""
        return self.form.endswith("/A")


@dataclass(frozen=True, slots=True)
class Missing:
    """A report whose document is not held.

    Attributes:
        label: 'FY2021', 'Q2 2021', or the day its period ends.
        why: What is known of it instead.
        command: What would fetch it.
    """

    form: str
    label: str
    period_end: date
    why: str
    command: str


_READ = """
SELECT f.cik, f.accession, f.form, f.filed, f.period_end,
    coalesce(p.fiscal_year, f.fiscal_year), coalesce(p.fiscal_period, f.fiscal_period),
    CASE WHEN EXISTS (FROM section s WHERE s.accession = f.accession) THEN 'text'
        WHEN f.content_sha256 IS NOT NULL OR f.source = 'inline' THEN 'inline facts'
        WHEN EXISTS (FROM fact x WHERE x.accession = f.accession) THEN 'facts'
        ELSE 'listed' END
FROM filing f
LEFT JOIN LATERAL (
    SELECT fiscal_year, fiscal_period FROM fiscal_period p
    WHERE p.cik = f.cik AND abs(p.period_end - f.period_end) <= 10
        AND (p.fiscal_period = 'FY') = (NOT starts_with(f.form, '10-Q'))
        AND p.fiscal_period IN ('FY', 'Q1', 'Q2', 'Q3')
    ORDER BY abs(p.period_end - f.period_end) LIMIT 1
) p ON true
WHERE ($cik IS NULL OR f.cik = $cik)
ORDER BY f.cik, f.period_end, f.filed, f.accession
"""


def read_reports(connection: duckdb.DuckDBPyConnection, cik: int | None) -> dict[int, list[Report]]:
    """Read the periodic reports of one company, or of all, by company."""
    found: dict[int, list[Report]] = defaultdict(list)
    for row in connection.execute(_READ, {"cik": cik}).fetchall():
        if _FAMILY.match(row[2]):
            found[row[0]].append(Report(*row))
    return found


def missing_reports(reports: Sequence[Report], name: str) -> list[Missing]:
    """List the reports that are missing, the oldest first.

    Args:
        reports: Of one company.
        name: What to call it in a command.
    """
    known = [one for one in reports if one.period_end is not None and not one.is_amendment]
    found = [_without_document(one, name) for one in known if one.held in ("facts", "listed")]
    found += [
        Missing(form, _label_by_date(form, end), end, "nothing on file knows of it",
                _command(name, form, end))
        for form, end in _gaps(known)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.period_end, one.form))


def _without_document(report: Report, name: str) -> Missing:
    assert report.period_end is not None
    why = "only its facts, from companyfacts" if report.held == "facts" else "only listed"
    label = _label_by_date(report.form, report.period_end)
    if report.fiscal_year is not None and report.fiscal_period is not None:
        label = f"{report.fiscal_period}{report.fiscal_year}"
        if report.fiscal_period != "FY":
            label = f"{report.fiscal_period} {report.fiscal_year}"
    command = _command(name, report.family, report.period_end)
    return Missing(report.form, label, report.period_end, f"{why} (filed {report.filed})", command)


def _label_by_date(form: str, end: date) -> str:
    return f"{'quarter' if form.startswith(QUARTERLY) else 'year'} to about {end}"


def _command(name: str, form: str, end: date) -> str:
    return f"footnote ingest {name} --years {end.year} --forms {form}"


def _gaps(known: Sequence[Report]) -> Iterator[tuple[str, date]]:
    """Periods between known reports for which none is known: form and about when it ends."""
    years = sorted({one.period_end for one in known if one.family != QUARTERLY and one.period_end})
    quarters = sorted(
        {one.period_end for one in known if one.family == QUARTERLY and one.period_end}
    )
    all_years = list(years)
    for one, two in pairwise(years):
        end = one + _YEAR
        while end < two - _YEAR / 2:
            all_years.append(end)
            yield ANNUAL, end
            end += _YEAR
    if quarters:
        yield from _quarter_gaps(sorted(all_years), quarters)


def _quarter_gaps(years: Sequence[date], quarters: Sequence[date]) -> Iterator[tuple[str, date]]:
    """Quarters without a report, from the first quarterly report known to the last."""
    for start, end in pairwise(years):
        if end - start > _LONGEST_YEAR:  # a transition period
            continue
        for quarter in _QUARTERS:
            expected = start + quarter
            is_between = quarters[0] - _NEAR <= expected <= quarters[-1] + _NEAR
            if is_between and not _is_near(expected, quarters):
                yield QUARTERLY, expected


def _is_near(day: date, days: Iterable[date]) -> bool:
    return any(abs(day - other) <= _NEAR for other in days)
