"""The `plan` node: candidate plans from what was linked and recalled, vetted before anything runs.

Code drafts every plan that the linked names allow; where several fit about equally well, the
model chooses among them under a grammar that holds just these. It cannot name anything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.desk import Blocked, Desk
from agent.intent import SPECIFIC, TIE, rank_processes, slots_of
from agent.market_plan import HOLDINGS, NEWS, holdings_plan, price_plans, wants_prices
from agent.plan_periods import asked_periods, fill_plan
from agent.spoken import asks_document
from agent.state import CompanyRef, MetricRef, Period, Plan, Recalled, Understanding

_AMOUNT = re.compile(r"\W*(?:and\s+)?how\s+(?:much|many|large|big)\b", re.IGNORECASE)
_NUMERIC = frozenset("growth cagr percent change trend average sum share gap compare".split())
UNANSWERABLE = (
    "The question asks for something else than the figures and texts on file, or for several "
    "things at once; name one metric, a company and a period."
)
_HOW_LONG = re.compile(
    r"\bhow\s+(?:many\s+(?:days|weeks|months)|long|quickly|soon)\b", re.IGNORECASE
)
MAX_COMPANIES = 60
MAX_PERIODS = 20
# A company whose newest filing is older no longer reports: a name is hardly meant for it.
_STALE_YEARS = 6


def draft_plans(
    found: Understanding, desk: Desk, recalled: Sequence[Recalled] = ()
) -> list[Plan] | Blocked:
    """Return the plans in question, best first, or why there is none."""
    found = settle_companies(found, desk)
    if "spend" in found.cues:
        metrics = tuple(_as_flow(metric, desk) for metric in found.metrics)
        found = replace(found, metrics=metrics)
    if not desk.companies and not _asks_meaning(found, recalled):
        return Blocked(_on_file(desk), final=True)
    if blocked := _unreadable(found):
        return blocked
    if planned := _beside_filings(found, desk):
        return planned
    if _asks_meaning(found, recalled):
        return _definitions(found, recalled)
    if _asks_text(found, desk):
        return [passage_plan(found, found.companies)]
    if found.statement and not found.metrics and not found.leftover and found.companies:
        plan = statement_plan(found, desk, found.companies)
        return plan if isinstance(plan, Blocked) else [plan]
    if blocked := _unlinked(found, desk, recalled):
        return blocked
    return _figure_plans(found, desk)


def settle_companies(found: Understanding, desk: Desk) -> Understanding:
    """Read a name that fits several companies as the only one that has the periods asked for.

    "Google" in 2022 is Alphabet: the filings of Google Inc. end in 2015.
    """
    still = []
    for written, fits in found.ambiguous_companies:
        spans = [span for one in fits for span in desk.calendar(one.cik).spans]
        newest = max((span.period.fiscal_year for span in spans), default=0)
        having = [company for company in fits if _reports_then(company, found, desk, newest)]
        if len(having) != 1:
            still.append((written, fits))
            continue
        note = f"“{written}” read as {having[0].name}"
        found = replace(found, companies=(*found.companies, having[0]), notes=(*found.notes, note))
    return replace(found, ambiguous_companies=tuple(still))


def _reports_then(company: CompanyRef, found: Understanding, desk: Desk, newest: int) -> bool:
    """Return whether a company's calendar reaches the years asked for, or the last few years."""
    years = {span.period.fiscal_year for span in desk.calendar(company.cik).spans}
    asked = {year for r in found.periods for year in (r.year, r.last_year) if year}
    return asked <= years if asked else max(years, default=0) > newest - _STALE_YEARS


def _beside_filings(found: Understanding, desk: Desk) -> list[Plan] | Blocked | None:
    """Plan what prices, news or the list of what is on file answer; None for all else."""
    planned: list[Plan] | Plan | str | None = None
    if found.holdings:
        planned = holdings_plan(found)
    elif wants_prices(found):
        planned = price_plans(found, desk.companies, desk.has_prices)
    if isinstance(planned, str):
        text = planned if found.companies else f"{planned} {_on_file(desk)}"
        return Blocked(text, final=True)
    return [planned] if isinstance(planned, Plan) else planned


def _unreadable(found: Understanding) -> Blocked | None:
    if found.unread:
        return Blocked(f"I can't place “{found.unread[0]}”: there is no such date or period.")
    for written, fits in found.ambiguous_companies:
        names = tuple(f"{company.name} ({company.ticker})" for company in fits)
        return Blocked(f"Which company do you mean by “{written}”?", names)
    return None


def _asks_meaning(found: Understanding, recalled: Sequence[Recalled]) -> bool:
    """Return whether a word's meaning is asked for, not a company's figure."""
    if found.companies or found.periods or not (found.metrics or _named(recalled)):
        return False
    figure_asked = {"past", "compare", "most", "least", "spend"} & set(found.cues)
    asks = "define" in found.cues or not (figure_asked or _AMOUNT.match(found.question))
    return asks and not found.leftover


def _named(recalled: Sequence[Recalled]) -> list[Recalled]:
    return [record for record in recalled if record.kind == "term" and record.data.get("named")]


def _definitions(found: Understanding, recalled: Sequence[Recalled]) -> list[Plan] | Blocked:
    if found.metrics and not found.metrics[0].usual:
        return _ask_metric(found.metrics[0])
    names = [metric.names[0] for metric in found.metrics] or [_named(recalled)[0].name]
    return [Plan("definition", metrics=tuple(names), topic=found.question)]


def _as_flow(metric: MetricRef, desk: Desk) -> MetricRef:
    """Read an everyday word beside a verb of spending as the money that was spent."""
    flows = [name for name in metric.names if desk.is_flow(name)]
    if len(metric.names) < 2 or not flows:
        return metric
    return replace(metric, names=(flows[0], *(n for n in metric.names if n != flows[0])))


def _ask_metric(metric: MetricRef) -> Blocked:
    options = tuple(f"{{{name}}}" for name in metric.names)
    return Blocked(f"“{metric.written}” can mean several things. Which one?", options)


def _asks_text(found: Understanding, desk: Desk) -> bool:
    """Return whether the filing's own words are asked for."""
    cues = set(found.cues)
    if found.companies and asks_document(found.question):
        return True
    if not found.companies or (cues & {"growth", "cagr", "share"} and found.metrics):
        return False
    if cues & {"say", "why"}:
        return True
    if found.metrics:
        return bool(cues & {"text", "define"}) and (not found.periods or bool(found.leftover))
    amount = _AMOUNT.match(found.question) or cues & _NUMERIC
    if cues & {"text", "define"}:
        return True
    if amount or found.periods or not found.leftover:
        return False
    return all(desk.has_text(company.cik) for company in found.companies)


def passage_plan(found: Understanding, companies: tuple[CompanyRef, ...]) -> Plan:
    """Plan to quote companies' own words."""
    periods = tuple(Period(r.year, r.part) for r in found.periods if r.year)
    return Plan("passage", companies=companies, periods=periods, topic=found.question,
                as_of=found.as_of)  # fmt: skip


def statement_plan(
    found: Understanding, desk: Desk, companies: tuple[CompanyRef, ...]
) -> Plan | Blocked:
    """Plan a whole statement of one company and one period."""
    periods, missing = asked_periods(found, companies, desk)
    if missing:
        return Blocked(f"{companies[0].name}: {missing[0]}.")
    parts = {period.part for period in periods}
    if len(companies) != 1 or len(periods) != 1 or not parts <= {"FY", "Q1", "Q2", "Q3"}:
        return Blocked(
            "A whole statement is shown for one company and one fiscal year or quarter with a "
            "report of its own; `footnote show` puts years side by side."
        )
    return Plan("statement", companies=companies, periods=tuple(periods),
                statement=found.statement, as_of=found.as_of)  # fmt: skip


def _unlinked(found: Understanding, desk: Desk, recalled: Sequence[Recalled]) -> Blocked | None:
    named = [word for word in found.leftover if word[:1].isupper()]
    if found.leftover and (found.metrics or found.companies or named):
        words = ", ".join(f"“{word}”" for word in dict.fromkeys(found.leftover))
        if not found.companies:
            return Blocked(f"No company on file is called {words}. {_on_file(desk)}")
        return Blocked(
            f"I don't know what {words} means here, so a figure might not be the one you asked "
            "for. Name a metric and a company on file."
        )
    if not found.metrics:
        return Blocked(_no_metric(found, recalled))
    for metric in found.metrics:
        if not metric.usual or (len(metric.names) > 1 and not _listed(found)):
            return _ask_metric(metric)
    if _HOW_LONG.search(found.question) and not any(
        desk.is_in_days(name) for metric in found.metrics for name in metric.names
    ):
        return Blocked(
            f"The question asks for a length of time, and {{{found.metrics[0].names[0]}}} is none. "
            "In days are {days_inventory}, {days_sales_outstanding} and {days_payable}."
        )
    balances = [m for m in found.metrics if desk.is_balance(m.names[0])]
    if "spend" in found.cues and len(balances) == len(found.metrics):
        return Blocked(
            f"{{{balances[0].names[0]}}} is a balance, and money spent is a flow. Name the flow, "
            "such as {capital_expenditures}, {share_repurchases} or {acquisitions}."
        )
    if not found.companies and not set(found.cues) & {"compare", "most", "least", "rank"}:
        return Blocked(f"Which company do you mean? {_on_file(desk)}")
    return None


def _listed(found: Understanding) -> bool:
    """Return whether the metrics are one, or a plain list ("revenue, profit and capex").

    An everyday word beside another metric in any other way ("cash paid out as dividends") may well
    belong to that one.
    """
    if len(found.metrics) < 2:
        return True
    names = [re.escape(metric.written) for metric in found.metrics]
    listed = r"\W*(?:,|and|&|or|as well as|plus)?\W*(?:the |its )?".join(names)
    return bool(re.search(listed, found.question, re.IGNORECASE))


def _no_metric(found: Understanding, recalled: Sequence[Recalled]) -> str:
    near = [f"{{{record.name}}}" for record in recalled if record.kind == "term"][:3]
    if not found.companies:
        return "I found neither a company on file nor a metric in the question."
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return f"I found no metric in the question.{hint}"


def _on_file(desk: Desk) -> str:
    names = [company.ticker or company.name for company in desk.companies]
    if not names:
        return "No company is on file yet: run `footnote ingest PATH`."
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"On file: {', '.join(names[:12])}{more}."


def figure_base(
    found: Understanding, companies: tuple[CompanyRef, ...], desk: Desk
) -> Plan | Blocked:
    """Return a plan with its slots filled but for the process; no company stands for all."""
    companies = companies or tuple(desk.companies[:MAX_COMPANIES])
    periods, missing = asked_periods(found, companies, desk)
    if missing:
        return Blocked(f"{companies[0].name}: {missing[0]}.")
    if len(periods) > MAX_PERIODS:
        return Blocked(f"That spans {len(periods)} periods; ask for at most {MAX_PERIODS}.")
    return Plan(
        "lookup",
        metrics=tuple(dict.fromkeys(metric.names[0] for metric in found.metrics)),
        companies=companies,
        periods=tuple(periods),
        members=found.members,
        axes=found.axes,
        as_of=found.as_of,
        original=found.original,
        notes=(*found.notes, *_usual_readings(found)),
    )


def _figure_plans(found: Understanding, desk: Desk) -> list[Plan] | Blocked:
    base = figure_base(found, found.companies, desk)
    if isinstance(base, Blocked):
        return base
    whole = replace(found, companies=base.companies)
    ranked = rank_processes(slots_of(whole, len(base.periods)))
    best = ranked[0][1]
    near = [process for process, weight in ranked if best - weight < TIE]
    if unused := _unused_cue(found, set(near)):
        return Blocked(unused)
    turned = bool(found.metrics) and not found.share_first
    plans = [fill_plan(process, base, found, desk) for process in near]
    return [
        replace(plan, metrics=plan.metrics[::-1]) if turned and plan.process == "share_of" else plan
        for plan in plans
    ]


def _unused_cue(found: Understanding, processes: set[str]) -> str:
    """Say which asked-for operation no plan carries out; better no figure than another one."""
    for cue in found.cues:
        if cue in SPECIFIC and not SPECIFIC[cue] & processes:
            asked = cue.replace("_", " ")
            return f"The question asks for something ({asked}) that I can't work out from it."
    return ""


def _usual_readings(found: Understanding) -> list[str]:
    return [f"“{m.written}” read as {{{m.names[0]}}}" for m in found.metrics if len(m.names) > 1]


def vet(plan: Plan, desk: Desk) -> str | None:
    """Return why a plan can't run, or None. The last gate before data is touched."""
    known = {company.cik for company in desk.companies}
    strangers = [company.name for company in plan.companies if company.cik not in known]
    if strangers:
        return (
            f"of {strangers[0]} only the name or a list of filings is on file, neither figures nor "
            "text; `footnote ingest` with its ticker brings them"
        )
    without_figures = {"definition", "passage", "statement", HOLDINGS, NEWS}
    figured = plan.days is not None or (plan.metrics and plan.periods)
    if plan.process not in without_figures and not figured:
        return "a figure needs a metric and a period"
    if plan.process == "share_of" and len(plan.metrics) != 2:
        return "a share needs two metrics"
    return None
