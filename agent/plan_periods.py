"""The periods of a plan: those asked for, and those that its process needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.calendar import Calendar, resolve_requests
from agent.desk import Desk
from agent.state import CompanyRef, Period, Plan, Request, Understanding

_LATEST = Request("latest")
_STEP_PROCESSES = frozenset({"growth", "change"})
SPAN_PROCESSES = frozenset({"cagr", "trend", "average", "total", "peak"})


def asked_periods(
    found: Understanding, companies: Sequence[CompanyRef], desk: Desk
) -> tuple[list[Period], list[str]]:
    """Return the periods asked for; without any, the newest fiscal year that all companies have."""
    requests = found.periods or ()
    calendars = [desk.calendar(company.cik) for company in companies]
    if requests:
        periods, missing = resolve_requests(requests, calendars[0], as_of=found.as_of)
        if any(request == Request("trailing") for request in requests):
            missing += _unlike_ends(periods, companies, calendars, found)
        return periods, missing
    newest = [resolve_requests((_LATEST,), one, as_of=found.as_of)[0] for one in calendars]
    years = [periods[0].fiscal_year for periods in newest if periods]
    return ([Period(min(years))], []) if years else ([], ["no fiscal year on file"])


def _unlike_ends(
    periods: Sequence[Period],
    companies: Sequence[CompanyRef],
    calendars: Sequence[Calendar],
    found: Understanding,
) -> list[str]:
    """Say if the newest twelve months of companies do not end with the same fiscal quarter."""
    for company, calendar in zip(companies, calendars, strict=True):
        own, _ = resolve_requests(found.periods, calendar, as_of=found.as_of)
        if own != list(periods):
            return [
                f"the newest twelve months on file end in another fiscal quarter than those of "
                f"{company.name}; name the quarter that they should end with"
            ]
    return []


def fill_plan(process: str, base: Plan, found: Understanding, desk: Desk) -> Plan:
    """Give a plan the periods its process needs: two for a step, all in between for a span."""
    periods = sorted(base.periods)
    if process in _STEP_PROCESSES:
        first = periods[0] if len(periods) > 1 else _before(periods[-1], found)
        periods = [first, periods[-1]]
    elif process in SPAN_PROCESSES and len(periods) == 2 and _continuous(found):
        periods = [
            Period(y, periods[0].part)
            for y in range(periods[0].fiscal_year, periods[1].fiscal_year + 1)
        ]
    elif process in SPAN_PROCESSES and len(periods) == 1:
        last = periods[-1]
        periods = [
            Period(year, last.part) for year in range(last.fiscal_year - 4, last.fiscal_year + 1)
        ]
    elif process == "lookup":
        process = _lookup_kind(base, desk)
    return replace(base, process=process, periods=tuple(periods))


def _lookup_kind(plan: Plan, desk: Desk) -> str:
    """Return which process words a plain figure: one as known then, worked out, or filed."""
    if plan.as_of or plan.original:
        return "as_of"
    return "formula" if all(desk.is_formula(name) for name in plan.metrics) else "lookup"


def _continuous(found: Understanding) -> bool:
    return any(request.kind in {"range", "last"} for request in found.periods)


def _before(period: Period, found: Understanding) -> Period:
    text = found.question.lower()
    sequential = "sequential" in text or "quarter over quarter" in text or "qoq" in text
    if sequential and period.part[0] == "Q":
        number = int(period.part[1])
        if number > 1:
            return Period(period.fiscal_year, f"Q{number - 1}")
        return Period(period.fiscal_year - 1, "Q4")
    return Period(period.fiscal_year - 1, period.part)
