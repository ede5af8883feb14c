"""Questions with the right choice for each, put together from patterns and the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from agent.state import CompanyRef, Period
from agent.training_rows import plan_surface as surface
from agent.training_rows.plan_pools import Pools, is_held_out

Answer = Literal["plan", "none", "ask"]
# How often each kind of question is drawn.
KINDS = {
    "lookup": 15, "spoken": 11, "growth": 8, "change": 7, "trend": 6, "cagr": 3, "average": 4,
    "total": 4, "peak": 4, "comparison": 7, "gap": 4, "ranking": 4, "share": 5, "definition": 3,
    "passage": 7, "statement": 2, "breakdown": 2, "member": 4, "qualified": 14, "counted": 5,
    "offtopic": 4, "several": 4, "stranger": 4, "foreign_member": 3, "unclear_metric": 4,
    "unclear_whole": 2, "no_company": 3, "corrected": 4, "follow_up": 5,
}  # fmt: skip


_WHOLES = (
    "revenue", "revenue", "total_assets", "operating_cash_flow", "net_income", "free_cash_flow",
    "operating_expenses", "shareholders_equity", "total_debt", "operating_income",
)  # fmt: skip
_DIVIDED = (
    "revenue", "revenue", "revenue", "operating_income", "net_income", "capital_expenditures",
    "gross_profit", "eps_diluted", "free_cash_flow",
)  # fmt: skip


@dataclass
class Question:
    """A question and what is right for it.

    Attributes:
        text: As typed.
        answer: Whether a plan, "none" or "ask" is right.
        process: The plan's process, by its name in choices.
        metrics: The plan's metrics, in order.
        companies: The plan's companies.
        periods: Its periods where the question names them; of a change the two ends.
        member: Label of the segment, product or region asked for.
        before: The question before it, for a follow-up.
        wording: Id of the pattern it is made from.
    """

    text: str
    answer: Answer = "plan"
    process: str = ""
    metrics: tuple[str, ...] = ()
    companies: tuple[CompanyRef, ...] = ()
    periods: tuple[Period, ...] = ()
    member: str = ""
    before: str = ""
    wording: str = ""


class Author(Pools):
    """Makes questions of one mode."""

    def write(self) -> Question:
        """Make one question."""
        kind = self._rng.choices(list(KINDS), weights=list(KINDS.values()))[0]
        self._last_wording = ""
        question: Question = getattr(self, f"_{kind}", partial(self._figure, kind))()
        question.text = self._dress(question.text, kind)
        question.wording = self._last_wording or kind
        return question

    # -- figures

    def _figure(self, process: str) -> Question:
        cores = self._world.wording["cores"][process]
        pattern = self._pick(cores, f"core {process}")
        companies = self._cast(process, pattern)
        metrics = [self._metric()]
        if process == "definition" and "{n}" in pattern:
            metrics.append(self._metric(but=metrics))
        years = self._years(*companies) if companies else list(range(2019, 2024))
        written, periods = self._period(pattern, process, years)
        named = {mark: self._phrase(m) for mark, m in zip("mn", metrics, strict=False)}
        slots = self._slots(pattern, companies, **named, **written)
        return Question(
            surface.fill(pattern, slots), "plan", process, tuple(metrics), tuple(companies), periods
        )

    def _spoken(self) -> Question:
        spoken = self._world.wording["spoken"]
        pool = [
            name for name in spoken if is_held_out(f"metric:{name}") == (self._mode == "metric")
        ]
        metric = self._rng.choice(pool or list(spoken))
        pattern = self._pick(spoken[metric], "spoken")
        company = self._company()
        written, periods = self._period(pattern, "lookup", self._years(company))
        text = surface.fill(pattern, self._slots(pattern, [company], **written))
        return Question(text, "plan", "lookup", (metric,), (company,), periods)

    def _share(self) -> Question:
        reverse = self._rng.random() < 0.4
        name = "share_reversed" if reverse else "share"
        pattern = self._pick(self._world.wording["cores"][name], f"core {name}")
        part = self._metric()
        whole = self._rng.choice(_WHOLES)
        if whole == part:
            whole = "total_liabilities"
        company = self._company()
        written, periods = self._period(pattern, "share", self._years(company))
        named = {"m": self._phrase(part), "n": self._phrase(whole)}
        text = surface.fill(pattern, self._slots(pattern, [company], **named, **written))
        return Question(text, "plan", "share", (part, whole), (company,), periods)

    def _passage(self) -> Question:
        pattern = self._pick(self._world.wording["cores"]["passage"], "core passage")
        company = self._company()
        written, _ = self._period(pattern, "passage", self._years(company))
        subject = self._pick(self._world.wording["subjects"], "subject")
        text = surface.fill(pattern, self._slots(pattern, [company], x=subject, **written))
        return Question(text, "plan", "passage", (), (company,))

    def _statement(self) -> Question:
        pattern = self._pick(self._world.wording["cores"]["statement"], "core statement")
        company = self._company()
        written, periods = self._period(pattern, "statement", self._years(company))
        kind = self._rng.choice(self._world.wording["statements"])
        text = surface.fill(pattern, self._slots(pattern, [company], st=kind, **written))
        return Question(text, "plan", "statement", (), (company,), periods)

    def _member(self) -> Question:
        pattern = self._pick(self._world.wording["cores"]["member"], "core member")
        company = self._company()
        labels = self._world.members(company.cik)
        if not labels:
            return self._figure("lookup")
        label, metric = self._rng.choice(labels), self._rng.choice(_DIVIDED)
        written, periods = self._period(pattern, "lookup", self._years(company))
        slots = self._slots(pattern, [company], b=label, m=self._phrase(metric), **written)
        text = surface.fill(pattern, slots)
        return Question(text, "plan", "lookup", (metric,), (company,), periods, member=label)

    def _corrected(self) -> Question:
        """Make a question whose first metric or company is taken back."""
        question = self._figure(self._rng.choice(["lookup", "lookup", "growth", "trend"]))
        return self._take_back(question)

    def _take_back(self, question: Question) -> Question:
        corrections = self._world.wording["corrections"]
        metric, company = question.metrics[0], question.companies[0]
        pattern = self._pick(self._world.wording["cores"]["lookup"], "core lookup")
        written, periods = self._period(pattern, "lookup", self._years(company))
        slots = self._slots(pattern, [company], m=self._phrase(metric), **written)
        if self._rng.random() < 0.5:
            other = self._phrase(self._metric(but=[metric]))
            form = self._pick(corrections["metric"], "correction")
            slots["m"] = surface.fill(form, {"o": other, "m": slots["m"]})
        else:
            other = self._called(self._company(but=[company]))
            form = self._pick(corrections["company"], "correction")
            slots["c"] = slots["cs"] = surface.fill(form, {"o": other, "c": slots["c"]})
        text = surface.fill(pattern, slots)
        return Question(text, "plan", "lookup", (metric,), (company,), periods)

    # -- questions without a plan

    def _qualified(self) -> Question:
        """Make a figure's question about something narrower or other than what is on file."""
        wording = self._world.wording
        process = self._rng.choices(
            ["lookup", "growth", "change", "trend", "comparison", "average"], [6, 3, 1, 1, 1, 1]
        )[0]
        pattern = self._pick(wording["cores"][process], f"core {process}")
        companies = self._cast(process, pattern)
        metric = self._rng.choice(_DIVIDED) if self._rng.random() < 0.5 else self._metric()
        phrase = self._phrase(metric)
        if self._rng.random() < 0.55:
            phrase = f"{self._pick(wording['qualifiers_before'], 'qualifier')} {phrase}"
        else:
            phrase = f"{phrase} {self._pick(wording['qualifiers_after'], 'qualifier')}"
        written, _ = self._period(pattern, process, self._years(*companies))
        text = surface.fill(pattern, self._slots(pattern, companies, m=phrase, **written))
        return Question(text, "none", process, (metric,), tuple(companies))

    def _foreign_member(self) -> Question:
        """Ask a company for a segment or product that only another company has."""
        owner = self._company()
        company = self._company(but=[owner])
        labels = self._world.members(owner.cik)
        if not labels:
            return self._qualified()
        pattern = self._pick(self._world.wording["cores"]["member"], "core member")
        written, _ = self._period(pattern, "lookup", self._years(company))
        metric = self._phrase(self._rng.choice(_DIVIDED))
        label = self._rng.choice(labels)
        slots = self._slots(pattern, [company], b=label, m=metric, **written)
        return Question(surface.fill(pattern, slots), "none", "lookup", (), (company,))

    def _other(self, patterns: str, answer: Answer, **given: str) -> Question:
        """Make a question without a plan from patterns with any places."""
        pattern = self._pick(self._world.wording[patterns], patterns)
        companies = self._cast("", pattern)
        years = self._years(*companies) if companies else list(range(2019, 2024))
        written, _ = self._period(pattern, "", years)
        first = self._metric()
        named = {"m": self._phrase(first), "n": self._phrase(self._metric(but=[first]))}
        named["p2"] = self._periods.one(years).text
        named["x"] = self._pick(self._world.wording["subjects"], "subject")
        slots = self._slots(pattern, companies, **{**named, **written, **given})
        return Question(surface.fill(pattern, slots), answer, "", (), tuple(companies))

    def _counted(self) -> Question:
        count = self._pick(self._world.wording["counts"], "count")
        return self._other("count_cores", "none", t=count)

    def _offtopic(self) -> Question:
        return self._other("offtopic", "none")

    def _several(self) -> Question:
        return self._other("several", "none")

    def _stranger(self) -> Question:
        pattern = self._pick(self._world.wording["cores"]["lookup"], "core lookup")
        name = self._pick(self._world.wording["strangers"], "stranger")
        written, _ = self._period(pattern, "lookup", list(range(2015, 2025)))
        slots = {
            "c": name,
            "cs": surface.possessive(name, self._rng),
            "m": self._phrase(self._metric()),
        }
        return Question(surface.fill(pattern, {**slots, **written}), "none")

    def _unclear_metric(self) -> Question:
        word = self._rng.choice(self._world.wording["ambiguous_metrics"])
        return self._other("ask_cores", "ask", a=word)

    def _unclear_whole(self) -> Question:
        return self._other("ask_whole", "ask")

    def _no_company(self) -> Question:
        return self._other("ask_company", "ask")

    # -- follow-ups

    def _follow_up(self) -> Question:
        """Make a question that leaves out what the one before it said."""
        pattern = self._pick(self._world.wording["cores"]["lookup"], "core lookup")
        company, metric = self._company(), self._metric()
        years = self._years(company)
        year = self._rng.choice(years[1:])
        named = {"m": self._phrase(metric), "p": self._periods.year(year).text}
        before = surface.fill(pattern, self._slots(pattern, [company], **named))
        kind = self._rng.choice(list(self._world.wording["follow_ups"]))
        form = self._pick(self._world.wording["follow_ups"][kind], "follow_up")
        return self._after(kind, form, before, company, metric, Period(year))

    def _after(
        self, kind: str, form: str, before: str, company: CompanyRef, metric: str, period: Period
    ) -> Question:
        other, second = self._company(but=[company]), self._metric(but=[metric])
        year = self._rng.choice(self._years(company))
        slots = {
            "p": self._periods.year(year).text, "c": self._called(other), "d": self._called(other),
            "m": self._phrase(second), "n": self._phrase("revenue"),
        }  # fmt: skip
        last = Period(period.fiscal_year - 1)
        meant: dict[
            str, tuple[str, tuple[str, ...], tuple[CompanyRef, ...], tuple[Period, ...]]
        ] = {
            "period": ("lookup", (metric,), (company,), (Period(year),)),
            "before": ("lookup", (metric,), (company,), (last,)),
            "company": ("lookup", (metric,), (other,), (period,)),
            "metric": ("lookup", (second,), (company,), (period,)),
            "growth": ("growth", (metric,), (company,), (last, period)),
            "comparison": ("comparison", (metric,), (company, other), (period,)),
            "share": ("share", (metric, "revenue"), (company,), (period,)),
        }
        process, metrics, companies, periods = meant[kind]
        text = surface.fill(form, slots)
        return Question(text, "plan", process, metrics, companies, periods, before=before)
