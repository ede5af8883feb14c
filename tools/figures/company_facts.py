"""All of one company that figures are made of: its calendar and the facts that fit the catalogue.

Read once a company, for all days: what was known on a day is worked out from it in memory. Every
answer that depends on the day narrows the `Stretch` of days for which it holds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import duckdb

from tools.figures.figure import LATEST
from tools.figures.nodes import Filed, Key
from tools.figures.reporting_periods import (
    COMBINED,
    TRAILING,
    YEAR_TO_DATE,
    ReportingPeriod,
    trailing_periods,
)

EARLIEST = date(1, 1, 1)
ONE_DAY = timedelta(days=1)

_USABLE = (
    "SELECT metric, fiscal_year, fiscal_period, pick, rank, "
    "(value * sign)::DECIMAL(38, 10), concept, accession, filed, form, value_as_filed, fact_id "
    "FROM usable_facts(DATE '9999-12-31', ?, CAST(NULL AS VARCHAR)) ORDER BY filed, accession"
)


@dataclass(slots=True)
class Stretch:
    """The days, both included, on which an answer stays the same."""

    first: date = EARLIEST
    last: date = LATEST

    def narrow(self, first: date, last: date) -> None:
        """Keep only the days that lie in another stretch as well."""
        if first > self.first:
            self.first = first
        if last < self.last:
            self.last = last

    def split(self, since: date | None, day: date) -> bool:
        """Tell whether something known since a day is known on another, and narrow to that."""
        if since is None:
            return False
        if since <= day:
            self.narrow(since, LATEST)
            return True
        self.narrow(EARLIEST, since - ONE_DAY)
        return False


@dataclass(slots=True)
class _Steps:
    """What is filed for a key, day by day: `facts[i]` holds from `days[i]` to `last_days[i]`."""

    days: list[date] = field(default_factory=list)
    facts: list[Filed] = field(default_factory=list)
    last_days: list[date] = field(default_factory=list)


class CompanyFacts:
    """One company's filed figures and calendar, for every day."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, cik: int) -> None:
        """Read the company; one that the warehouse does not know has no name."""
        self._connection = connection
        self.cik = cik
        row = connection.execute("SELECT name FROM company WHERE cik = ?", [cik]).fetchone()
        self.company = str(row[0]) if row else ""
        self.periods = {
            (found[0], found[1]): ReportingPeriod(*found)
            for found in connection.execute(
                "SELECT fiscal_year, fiscal_period, period_start, period_end "
                "FROM fiscal_period WHERE cik = ? ORDER BY ALL",
                [cik],
            ).fetchall()
        }
        self.periods |= trailing_periods(self.periods)
        self._steps: dict[Key, _Steps] = {}
        self.first_known: dict[tuple[int, str], date] = {}
        self._read_usable()
        self._balances: tuple[dict[date, date], dict[date, dict[str, date]]] | None = None
        self._matching: dict[tuple[str, ...], re.Pattern[str]] = {}

    def _read_usable(self) -> None:
        found: dict[Key, tuple[str, list[Filed]]] = {}
        for row in self._connection.execute(_USABLE, [self.cik]).fetchall():
            found.setdefault(Key._make(row[:3]), (row[3], []))[1].append(Filed._make(row[4:]))
        for key, (pick, facts) in found.items():
            self._steps[key] = steps = _in_steps(facts, pick)
            where = (key.fiscal_year, key.fiscal_period)
            self.first_known[where] = min(self.first_known.get(where, LATEST), steps.days[0])
        self.first_known = self._with_differences(self.first_known)

    def _with_differences(self, filed: dict[tuple[int, str], date]) -> dict[tuple[int, str], date]:
        """Add the first days on which periods can be worked out from filed ones."""
        known = dict(filed)
        for year, name in self.periods:
            for whole, part, _ in COMBINED.get(name, []):
                days = [filed.get((year, whole)), filed.get((year, part))]
                since = max((day for day in days if day), default=LATEST)
                if all(days):
                    known[year, name] = min(known.get((year, name), LATEST), since)
        for (year, name), period in self.periods.items():
            if not name.startswith(TRAILING):
                continue
            parts = (period.quarter, YEAR_TO_DATE[period.quarter])
            ends = [day for part in parts if (day := known.get((year, part)))]
            if ends:
                known[year, name] = min(ends)
        return known

    def filed(self, key: Key, day: date, stretch: Stretch) -> Filed | None:
        """Return the fact that stands for a metric on a day, or None where none is filed."""
        steps = self._steps.get(key)
        if steps is None:
            return None
        place = bisect_right(steps.days, day) - 1
        if place < 0:
            stretch.narrow(EARLIEST, steps.days[0] - ONE_DAY)
            return None
        stretch.narrow(steps.days[place], steps.last_days[place])
        return steps.facts[place]

    def first_filed(self, key: Key) -> date | None:
        """Return the first day on which a fact for the key was known, or None."""
        steps = self._steps.get(key)
        return steps.days[0] if steps else None

    def closes_with(self, key: Key, period: ReportingPeriod) -> bool:
        """Tell whether a key's period is of the fiscal year of another and ends on its day."""
        own = self.periods.get(key[1:])
        return own is not None and own.end == period.end and own.fiscal_year == period.fiscal_year

    def restatements(self, metric: str) -> Iterator[tuple[Key, Filed, Filed]]:
        """Yield the values of a metric that a filing gave anew by the same concept."""
        for key, steps in self._steps.items():
            if key.metric != metric:
                continue
            for before, after in pairwise(steps.facts):
                if before.concept == after.concept and before.value > 0 < after.value:
                    yield key, before, after

    def reports_none(
        self, patterns: tuple[str, ...], period_end: date, day: date, stretch: Stretch
    ) -> bool:
        """Tell whether the balance sheet of a day is filed and nothing of a kind is, but zero.

        Args:
            patterns: LIKE patterns over concepts; facts with dimensions count as well.
            period_end: The balance sheet's day.
            day: Only what was filed by this day counts.
            stretch: Narrowed to the days for which the answer holds.
        """
        if self._balances is None:
            self._balances = self._read_balances()
        sheets, held = self._balances
        if not stretch.split(sheets.get(period_end), day):
            return False
        wanted = self._pattern(patterns)
        days = [since for name, since in held.get(period_end, {}).items() if wanted.fullmatch(name)]
        return not stretch.split(min(days, default=None), day)

    def _pattern(self, patterns: tuple[str, ...]) -> re.Pattern[str]:
        if patterns not in self._matching:
            self._matching[patterns] = like(patterns)
        return self._matching[patterns]

    def _read_balances(self) -> tuple[dict[date, date], dict[date, dict[str, date]]]:
        sheets = self._connection.execute(
            "SELECT period_end, min(filed) FROM fact WHERE cik = ? AND concept = 'us-gaap:Assets' "
            "AND dimensions IS NULL GROUP BY ALL",
            [self.cik],
        ).fetchall()
        held: dict[date, dict[str, date]] = defaultdict(dict)
        for end, concept, since in self._connection.execute(
            "SELECT period_end, concept, min(filed) FROM fact "
            "WHERE cik = ? AND value <> 0 GROUP BY ALL",
            [self.cik],
        ).fetchall():
            held[end][concept] = since
        return dict(sheets), held


def like(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that matches whole what any of some SQL LIKE patterns matches."""
    parts = ("".join(_CARDS.get(c, re.escape(c)) for c in pattern) for pattern in patterns)
    return re.compile("|".join(parts), re.DOTALL)


_CARDS = {"%": ".*", "_": "."}


def _in_steps(facts: list[Filed], pick: str) -> _Steps:
    """Follow the filings of a key in order: the latest of each concept, then the best concept."""
    steps = _Steps()
    latest: dict[int, Filed] = {}
    for place, fact in enumerate(facts):
        latest[fact.rank] = fact
        if place + 1 < len(facts) and facts[place + 1].filed == fact.filed:
            continue
        best = min(latest.values(), key=_largest if pick == "largest" else _first)
        if not steps.facts or steps.facts[-1] != best:
            steps.days.append(fact.filed)
            steps.facts.append(best)
    steps.last_days = [*(day - ONE_DAY for day in steps.days[1:]), LATEST]
    return steps


def _first(fact: Filed) -> tuple[int, ...]:
    return (fact.rank,)


def _largest(fact: Filed) -> tuple[int, ...] | tuple[object, int]:
    return (-abs(fact.value), fact.rank)
