"""What the `plan` task chooses from: every plan that code can draft, by a short name.

A choice is written `growth A 1`: a process, metrics by letter, companies by number. Code has
linked the companies, metrics and periods; here are the readings that it left open, or that its
rules may have got wrong: which process, which of the metrics linked or recalled, which of the
companies named, and whether the question can be answered at all (`none`) or leaves open what is
meant (`ask`). Nothing but these is in the grammar, and what each of them means is a plan that code
made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from adapters.tasks.spec import VariableValue
from agent.desk import Desk
from agent.plan import (
    figure_base,
    passage_plan,
    settle_companies,
    statement_plan,
)
from agent.plan_periods import SPAN_PROCESSES, fill_plan
from agent.state import CompanyRef, Plan, Recalled, Understanding

NONE = "none"
ASK = "ask"
MAX_METRICS = 5
MAX_COMPANIES = 4
MAX_CHOICES = 64
MAX_UNKNOWN = 6
# What "how much did they make" and "take in" may mean, whatever memory recalls.
_STAPLES = ("revenue", "net_income")
# The name of a process in a choice; plain figures have one, whatever process words them.
_NAMES = {"share_of": "share", "member_share": "member_share"}
_FIGURE = frozenset({"lookup", "formula", "as_of", "quarter"})
_ONE_COMPANY = ("lookup", "growth", "change", "trend", "cagr", "average", "total", "peak")


@dataclass(frozen=True)
class Offer:
    """The choices of one question, and the lists that explain them.

    Attributes:
        question: The question; a follow-up after the one before it.
        metrics: Names, in the order of their letters.
        companies: In the order of their numbers.
        periods: How many periods code read, of what length; which, the question says itself.
        unknown: Words that nothing explains.
        plans: The plan behind each choice, the likelier first; `none` and `ask` have none.
    """

    question: str
    metrics: tuple[str, ...]
    companies: tuple[CompanyRef, ...]
    periods: str
    unknown: tuple[str, ...]
    plans: dict[str, Plan]

    @property
    def choices(self) -> tuple[str, ...]:
        """All choices, `none` and `ask` last."""
        return (*self.plans, NONE, ASK)

    def name_of(self, plan: Plan) -> str | None:
        """Return the choice that stands for a plan of code's own, None where there is none."""
        for choice, drafted in self.plans.items():
            if _same(drafted, plan):
                return choice
        return None


def plan_variables(made: Offer, labels: Mapping[str, str]) -> dict[str, VariableValue]:
    """Return the variables of the `plan` task.

    Args:
        made: The choices.
        labels: Label by metric name.
    """
    return {
        "question": made.question,
        "metrics": [labels[name] for name in made.metrics],
        "companies": [company.name for company in made.companies],
        "periods": made.periods,
        "unknown": ", ".join(made.unknown) or "-",
        "choices": list(made.choices),
    }


def offer(
    found: Understanding, desk: Desk, recalled: Sequence[Recalled], *, before: str = ""
) -> Offer:
    """Draft every plan of a question.

    Args:
        found: What its words link to.
        desk: What planning may look at.
        recalled: What memory called up; its terms are metrics that may be meant.
        before: The question before it, for a follow-up.
    """
    found = settle_companies(found, desk)
    metrics = _metrics(found, desk, recalled)
    companies = _companies(found)
    drafter = _Drafter(found, desk, metrics, companies)
    plans: dict[str, Plan] = {}
    for choice, plan in drafter.drafts():
        if len(plans) == MAX_CHOICES:
            break
        plans.setdefault(choice, plan)
    return Offer(
        f"{before} / {found.question}" if before else found.question,
        metrics,
        companies,
        drafter.periods(),
        tuple(dict.fromkeys(found.leftover))[:MAX_UNKNOWN],
        plans,
    )


def _metrics(found: Understanding, desk: Desk, recalled: Sequence[Recalled]) -> tuple[str, ...]:
    """Return the metrics linked, then others that a word may mean, then those recalled."""
    linked = [ref.names[0] for ref in found.metrics]
    others = [name for ref in found.metrics for name in ref.names[1:]]
    near = [one.name for one in recalled if one.kind == "term" and desk.is_metric(one.name)]
    if linked:
        room = 0 if not found.leftover else 2
        names = dict.fromkeys([*linked, *others, *near[:room]])
    else:
        names = dict.fromkeys([*near[: MAX_METRICS - len(_STAPLES)], *_STAPLES])
    return tuple(names)[: max(MAX_METRICS, len(linked))]


def _companies(found: Understanding) -> tuple[CompanyRef, ...]:
    fits = [company for _, many in found.ambiguous_companies for company in many]
    every = [*found.companies, *fits, *([] if found.companies or fits else found.company_guesses)]
    distinct = {company.cik: company for company in every}
    return tuple(distinct.values())[: max(MAX_COMPANIES, len(found.companies))]


class _Drafter:
    """Drafts plans of one question; what a choice names is numbered here and nowhere else."""

    def __init__(
        self,
        found: Understanding,
        desk: Desk,
        metrics: Sequence[str],
        companies: Sequence[CompanyRef],
    ) -> None:
        self._found, self._desk = found, desk
        self._letters = {name: chr(ord("A") + index) for index, name in enumerate(metrics)}
        self._numbers = {company.cik: str(n) for n, company in enumerate(companies, start=1)}
        self._companies = companies
        self._linked = tuple(dict.fromkeys(ref.names[0] for ref in found.metrics))
        self._bases: dict[tuple[int, ...], Plan | None] = {}

    def periods(self) -> str:
        """Say how many periods were asked for: "1 year", "5 years"; "-" where none was named."""
        base = self._base(self._company_sets()[0]) if self._found.periods else None
        if base is None:
            return "-"
        parts = {period.part for period in base.periods}
        length = (
            "year" if parts == {"FY"} else "quarter" if all(p[0] == "Q" for p in parts) else "part"
        )
        count = len(base.periods)
        return f"{count} {length}" + ("s" if count > 1 else "")

    def drafts(self) -> Iterator[tuple[str, Plan]]:
        """Yield choices and their plans: all companies and metrics first, parts of them after."""
        for companies in self._company_sets():
            if not companies:
                continue
            whole = statement_plan(self._found, self._desk, companies)
            if self._found.statement and isinstance(whole, Plan):
                yield self._name("statement", (), companies), whole
            yield self._name("passage", (), companies), passage_plan(self._found, companies)
        for metrics in self._definable():
            topic = self._found.question
            yield (
                self._name("definition", metrics, ()),
                Plan("definition", metrics=metrics, topic=topic),
            )
        for metrics in self._metric_sets():
            for companies in self._company_sets():
                yield from self._figures(metrics, companies)
        yield from self._shares()

    def _figures(
        self, metrics: tuple[str, ...], companies: tuple[CompanyRef, ...]
    ) -> Iterator[tuple[str, Plan]]:
        base = self._base(companies)
        if base is None:
            return
        for process in self._processes(companies, len(base.periods)):
            named = replace(base, metrics=metrics)
            plan = fill_plan(process, named, self._found, self._desk)
            yield self._name(process, metrics, companies), plan

    def _processes(self, companies: Sequence[CompanyRef], periods: int) -> Iterator[str]:
        if self._found.axes and len(companies) == 1:
            yield "breakdown"
        if len(companies) > 1 and periods < 2:
            yield "comparison"
        if len(companies) == 2 and periods < 2:
            yield "gap"
        if len(companies) != 1 and periods < 2:
            yield "ranking"
        if companies:
            single = periods == 1 and bool(self._found.periods)
            partial = any(request.part[0] in "QH9T" for request in self._found.periods)
            for process in _ONE_COMPANY:
                if process in SPAN_PROCESSES and (single or partial) and periods < 2:
                    continue
                yield process
        if self._found.members and len(companies) == 1:
            yield "member_share"

    def _shares(self) -> Iterator[tuple[str, Plan]]:
        """Yield shares of one metric in another, both ways round."""
        pool = [*self._linked, *(name for name in self._letters if name not in self._linked)][:3]
        if not self._linked:
            return
        for pair in permutations(pool, 2):
            if len(self._linked) > 1 and not set(pair) <= set(self._linked):
                continue
            for companies in self._company_sets()[:2]:
                base = self._base(companies)
                if base is not None and companies:
                    yield (
                        self._name("share_of", pair, companies),
                        replace(base, process="share_of", metrics=pair),
                    )

    def _metric_sets(self) -> list[tuple[str, ...]]:
        """Return all that were linked together, then each metric alone."""
        together = [self._linked] if self._linked else []
        return list(dict.fromkeys([*together, *((name,) for name in self._letters)]))

    def _definable(self) -> list[tuple[str, ...]]:
        asked = "define" in self._found.cues or not (self._found.companies or self._found.periods)
        return self._metric_sets() if asked else []

    def _company_sets(self) -> list[tuple[CompanyRef, ...]]:
        """Return all linked companies, then (with each that a name may mean) each alone."""
        linked = self._found.companies
        unclear = [one for one in self._companies if one not in linked]
        if unclear:
            return [(*linked, one) for one in unclear]
        alone = [(one,) for one in linked] if 1 < len(linked) < 4 else []
        return [linked, *alone]

    def _base(self, companies: tuple[CompanyRef, ...]) -> Plan | None:
        key = tuple(company.cik for company in companies)
        if key not in self._bases:
            base = figure_base(self._found, companies, self._desk)
            self._bases[key] = base if isinstance(base, Plan) else None
        return self._bases[key]

    def _name(self, process: str, metrics: Sequence[str], companies: Sequence[CompanyRef]) -> str:
        marks = [*(self._letters[name] for name in metrics)]
        marks += [self._numbers[company.cik] for company in companies]
        return " ".join([_NAMES.get(process, process), *marks])


def _same(one: Plan, other: Plan) -> bool:
    alike = one.process == other.process or {one.process, other.process} <= _FIGURE
    if not alike or one.companies != other.companies:
        return False
    if one.process in {"passage", "statement"}:
        return True
    order = (lambda names: names) if one.process == "share_of" else sorted
    if list(order(one.metrics)) != list(order(other.metrics)):
        return False
    return one.process == "definition" or one.periods == other.periods
