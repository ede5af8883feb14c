"""Turn period requests into a company's own fiscal periods, from its filings' calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from agent.state import TRAILING, Period, Request
from agent.wording import write_date
from tools.warehouse import Warehouse

_NEAR = timedelta(days=6)


@dataclass(frozen=True)
class FiscalSpan:
    """A fiscal period with its first and last day."""

    period: Period
    start: date
    end: date


class Calendar:
    """The fiscal periods of one company, oldest first."""

    def __init__(self, spans: Sequence[FiscalSpan]) -> None:
        self.spans = sorted(spans, key=lambda span: (span.end, span.start))

    @classmethod
    def read(cls, warehouse: Warehouse, cik: int) -> Calendar:
        """Read a company's calendar."""
        rows = warehouse.connection.execute(
            "SELECT fiscal_year, fiscal_period, period_start, period_end "
            "FROM fiscal_period WHERE cik = ?",
            [cik],
        ).fetchall()
        return cls([FiscalSpan(Period(year, part), start, end) for year, part, start, end in rows])

    @property
    def years(self) -> list[int]:
        """Fiscal years on file, oldest first."""
        return sorted({span.period.fiscal_year for span in self.spans if span.period.part == "FY"})

    @property
    def newest(self) -> Period | None:
        """The period that ends last; of those that end together the longest."""
        return self.spans[-1].period if self.spans else None

    def latest(self, part: str = "FY") -> Period | None:
        """Return the newest period of a part on file; `Q` means any quarter."""
        fits = [
            s
            for s in self.spans
            if s.period.part == part or (part == "Q" and s.period.part[0] == "Q")
        ]
        return fits[-1].period if fits else None

    def ending(self, on: date, kinds: Sequence[str]) -> Period | None:
        """Return the fiscal period that ends on a day, of the first kind that has one.

        Filers name a month's last day where the period ends on a nearby weekday, so a few days
        either side count. Kinds are the first letters of parts: `F` for years, `Q` for quarters.
        """
        near = [span for span in self.spans if abs(span.end - on) <= _NEAR]
        near.sort(key=lambda span: abs(span.end - on))
        return _first_of(near, kinds)

    def ending_in(self, on: date, kinds: Sequence[str]) -> Period | None:
        """Return the fiscal period that ends in the month of a day, of the first kind that has one.

        A period that runs a few days into the next month counts where none ends in the month.
        """
        inside = [s for s in self.spans if (s.end.year, s.end.month) == (on.year, on.month)]
        past = [s for s in self.spans if on < s.end <= on + _NEAR]
        return _first_of(inside, kinds) or _first_of(past, kinds)

    def span(self, period: Period) -> FiscalSpan | None:
        """Return the first and last day of a period, if it is on file."""
        return next((span for span in self.spans if span.period == period), None)


def resolve_requests(
    requests: Sequence[Request], calendar: Calendar, *, as_of: date | None
) -> tuple[list[Period], list[str]]:
    """Return the periods that requests name for one company, and what could not be placed.

    Years that are not on file are returned all the same: the lookup says what is missing.
    """
    periods: list[Period] = []
    missing: list[str] = []
    for request in requests:
        if request.kind == "earlier" and periods:
            base = periods[-1]
            found: list[Period] | str = [Period(base.fiscal_year - (request.count or 1), base.part)]
        else:
            found = _resolve(request, calendar, as_of)
        if isinstance(found, str):
            missing.append(found)
        else:
            periods.extend(period for period in found if period not in periods)
    return periods, missing


def _resolve(request: Request, calendar: Calendar, as_of: date | None) -> list[Period] | str:
    newest = _newest(calendar, request.part, as_of)
    if request.kind == "year" and request.year is not None:
        return [Period(request.year, request.part)]
    if request.kind == "range" and request.year is not None:
        last = request.last_year or (newest.fiscal_year if newest else request.year)
        return [Period(year, request.part) for year in range(request.year, last + 1)]
    if request.kind in {"ended", "day", "restated", "ended_in"} and request.on:
        find = calendar.ending_in if request.kind == "ended_in" else calendar.ending
        period = find(request.on, _kinds(request))
        return [period] if period else f"no fiscal period on file ends {_spoken(request)}"
    if request.kind == "trailing":
        return _trailing(request, calendar, as_of)
    if newest is None:
        return "no fiscal period on file"
    if request.kind == "last" and request.count:
        last = request.year or newest.fiscal_year
        return [Period(year, "FY") for year in range(last - request.count + 1, last + 1)]
    if request.kind in {"latest_less", "earlier"}:
        return [Period(newest.fiscal_year - (request.count or 1), newest.part)]
    return [newest]


def _trailing(request: Request, calendar: Calendar, as_of: date | None) -> list[Period] | str:
    """Return the twelve months to the end of a quarter; those of a fiscal year are the year."""
    if request.year is not None:
        last: Period | None = Period(request.year, request.part)
    elif request.on:
        last = calendar.ending(request.on, "FQ") or calendar.ending_in(request.on, "FQ")
    else:
        known = [span for span in calendar.spans if as_of is None or span.end < as_of]
        last = Calendar([s for s in known if s.period.part[0] in "FQ"]).newest
    if last is None:
        ends = f" ends {_spoken(request)}" if request.on else ""
        return f"no fiscal quarter on file{ends}"
    if last.part in {"FY", "Q4"}:
        return [Period(last.fiscal_year)]
    return [Period(last.fiscal_year, f"{TRAILING}{last.part}")]


def _kinds(request: Request) -> str:
    """Return the kinds of period that a request may mean, the likelier first."""
    if request.kind in {"day", "restated"}:
        return "FQ"
    return "F" if request.part == "FY" else "Q"


def _first_of(spans: Sequence[FiscalSpan], kinds: Sequence[str]) -> Period | None:
    for kind in kinds:
        for span in spans:
            if span.period.part[0] == kind:
                return span.period
    return None


def _spoken(request: Request) -> str:
    on = request.on or date.min
    return f"in {on:%B} {on.year}" if request.kind == "ended_in" else f"on {write_date(on)}"


def _newest(calendar: Calendar, part: str, as_of: date | None) -> Period | None:
    if as_of is None:
        return calendar.latest(part)
    known = [span for span in calendar.spans if span.end < as_of]
    return Calendar(known).latest(part)
