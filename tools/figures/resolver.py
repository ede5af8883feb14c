"""Works figures out: a filed value first, then a difference of filed periods, then a formula.

Missing is better than wrong: an input that is absent makes the figure missing, and never counts
as zero unless the filing shows there is none. Every node is worked out together with the stretch
of days on which it holds, so all vintages of a figure take as many steps as it has values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import duckdb

from tools.figures.company_facts import ONE_DAY, CompanyFacts, Stretch
from tools.figures.differences import combine, unlike_difference
from tools.figures.figure import LATEST
from tools.figures.formulas import evaluate_expression, flatten, holds, parse
from tools.figures.metrics import Catalogue, Metric
from tools.figures.nodes import Filed, Input, Key, Node, read_urls
from tools.figures.reporting_periods import TRAILING, ReportingPeriod
from tools.figures.terms import TermInputs, terms_of
from tools.figures.trailing import add_up_twelve_months

# Filed facts at the bottom of a node.
_Leaves = Mapping[Key, Filed]


class Vintage(NamedTuple):
    """A node, the days on which it holds (both included), and the facts below it."""

    node: Node
    first: date
    last: date
    leaves: _Leaves


class Resolver:
    """Works out one company's nodes, for any day, each vintage once."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, cik: int
    ) -> None:
        """Read the company's facts."""
        self._connection = connection
        self.catalogue = catalogue
        self.facts = CompanyFacts(connection, cik)
        self.cik = cik
        self.company = self.facts.company
        self._known: dict[Key, list[Vintage]] = {}
        self._unfiled: dict[str, str] = {}
        self._inputs: dict[tuple[int, str], TermInputs] = {}

    def metric(self, name: str) -> Metric:
        """Return a metric of the catalogue."""
        return self.catalogue.metric(name)

    def period(self, fiscal_year: int, fiscal_period: str) -> ReportingPeriod | None:
        """Return a fiscal period's dates, or None where the calendar has no such period."""
        return self.facts.periods.get((fiscal_year, fiscal_period))

    def years(self, fiscal_period: str) -> tuple[int, int] | None:
        """Return the first and last fiscal year that have such a period, or None."""
        years = [year for year, name in self.facts.periods if name == fiscal_period]
        return (min(years), max(years)) if years else None

    @cached_property
    def urls(self) -> dict[str, str | None]:
        """Where the company's filings are found, as far as that is known."""
        return read_urls(self._connection, self.cik)

    def node(self, key: Key, day: date) -> Node:
        """Return the node of a key as known on a day."""
        return self.vintage(key, day).node

    def vintages(self, key: Key, since: date) -> Iterator[Vintage]:
        """Yield what was known of a key, from today back to a day; equal neighbours are one."""
        found = self.vintage(key, LATEST)
        last = found.last
        while found.first > since:
            older = self.vintage(key, found.first - ONE_DAY)
            if older.node != found.node:
                yield Vintage(found.node, found.first, last, found.leaves)
                last = older.last
            found = older
        yield Vintage(found.node, since, last, found.leaves)

    def vintage(self, key: Key, day: date) -> Vintage:
        """Work out a key as known on a day, unless that has been done."""
        for one in self._known.get(key, ()):
            if one.first <= day <= one.last:
                return one
        stretch = Stretch()
        leaves: dict[Key, Filed] = {}
        node = self._work_out(self.catalogue.metric(key.metric), key, day, stretch, leaves)
        found = Vintage(node, stretch.first, stretch.last, leaves)
        self._known.setdefault(key, []).append(found)
        return found

    def below(self, key: Key, day: date, stretch: Stretch) -> Vintage:
        """Return an input's vintage, and narrow the days to its own."""
        found = self.vintage(key, day)
        stretch.narrow(found.first, found.last)
        return found

    def _work_out(
        self, metric: Metric, key: Key, day: date, stretch: Stretch, leaves: dict[Key, Filed]
    ) -> Node:
        period = self.facts.periods.get(key[1:])
        if period is None:
            return Node(
                "missing", reason=f"No filing covers {key.fiscal_period} {key.fiscal_year}."
            )
        if metric.period_type == "instant" and key.fiscal_period != period.quarter:
            return Node("missing", reason="A balance is one of a day; ask for the quarter.")
        tried: list[str] = []
        filed = self.filed(metric, key, day, stretch, tried) if metric.concepts else None
        if filed:
            leaves[key] = filed
            note = unlike_difference(self, metric, key, filed, day, stretch)
            return Node("filed", filed.value, filed, note=note)
        if metric.concepts and metric.period_type == "duration":
            trailing = key.fiscal_period.startswith(TRAILING)
            add_up = add_up_twelve_months if trailing else combine
            combined = add_up(self, metric, key, day, stretch, tried, leaves)
            if combined:
                return combined
        for formula in metric.formulas:
            found = self._formula(metric, formula, key, period, day, stretch, leaves)
            if found.kind != "missing":
                return found
            tried.append(found.reason)
        return Node("missing", reason=" ".join(tried))

    def filed(
        self, metric: Metric, key: Key, day: date, stretch: Stretch, tried: list[str]
    ) -> Filed | None:
        """Return the fact filed for a key as known on a day, if it passes the metric's check."""
        fact = self.facts.filed(key, day, stretch)
        if fact is None:
            tried.append(self._not_filed(metric))
        elif metric.check and not self._passes(metric, fact.value, key, day, stretch):
            tried.append(
                f"The filed {fact.concept} ({fact.accession}) does not agree with the rest of "
                f"the statements: {metric.check} does not hold."
            )
            return None
        return fact

    def _not_filed(self, metric: Metric) -> str:
        if metric.name not in self._unfiled:
            names = ", ".join(choice.concept for choice in metric.concepts)
            self._unfiled[metric.name] = f"No filing reports it, whole, for that period as {names}."
        return self._unfiled[metric.name]

    def _passes(
        self, metric: Metric, value: Decimal, key: Key, day: date, stretch: Stretch
    ) -> bool:
        """Check a filed value against other figures.

        One that is missing decides nothing, unless the catalogue wants the proof.
        """
        held = self._holds(metric.check or "", {metric.name: value}, key, day, stretch)
        return not metric.check_required if held is None else held

    def _holds(
        self,
        condition: str,
        given: Mapping[str, Decimal],
        key: Key,
        day: date,
        stretch: Stretch,
    ) -> bool | None:
        """Tell whether a condition over figures of a period holds; None where one is missing."""
        values = dict(given)
        for name in parse(condition).names:
            if name in values:
                continue
            other = self.below(Key(name, *key[1:]), day, stretch).node.value
            if other is None:
                return None
            values[name] = other
        try:
            return holds(condition, values)
        except ZeroDivisionError:
            return True

    def is_corrected(self, key: Key, figure: Filed, day: date, stretch: Stretch) -> bool:
        """Tell whether a later filing gives quite another value, as after a wrong sign."""
        latest = self.facts.filed(key, day, stretch)
        return latest is not None and abs(latest.value - figure.value) > abs(latest.value) / 2

    def restated(self, key: Key, figure: Filed, day: date, stretch: Stretch) -> str:
        """Return the remark that later filings restate a figure, or nothing."""
        latest = self.facts.filed(key, day, stretch)
        if latest is None or latest.value == figure.value:
            return ""
        return f"From the figures as first reported; later filings restate them ({latest.filed})."

    def _formula(
        self,
        metric: Metric,
        formula: str,
        key: Key,
        period: ReportingPeriod,
        day: date,
        stretch: Stretch,
        leaves: dict[Key, Filed],
    ) -> Node:
        unless = metric.formula_unless.get(formula)
        if unless and not self.facts.reports_none(unless, period.end, day, stretch):
            reason = f"{formula} leaves out what the filing reports, or may report."
            return Node("missing", reason=reason)
        condition, wanted = metric.formula_when.get(formula, ("", True))
        if condition and wanted == (self._holds(condition, {}, key, day, stretch) is False):
            return Node("missing", reason=f"{formula} would not compare like with like.")
        values: dict[str, Decimal] = {}
        below: dict[Key, Filed] = {}
        left_out = []
        terms = self._terms(formula, key, period)
        for name, item in terms:
            vintage = self.below(item.key, day, stretch)
            value, fact = vintage.node.value, vintage.node.fact
            if value is None:
                if not self._reports_none(metric, name, period, day, stretch):
                    return Node("missing", reason=f"It needs {name}. {vintage.node.reason}")
                left_out.append(name)
                continue
            if fact and metric.not_from and fact.concept in metric.not_from.get(name, ()):
                return Node("missing", reason=f"{fact.concept} is not comparable for it.")
            values[name] = value
            below.update(vintage.leaves)
        try:
            expression = flatten(formula, days=period.days, without=frozenset(left_out))
            result = evaluate_expression(expression, values)
        except ValueError:
            return Node("missing", reason="The filing reports none of its parts.")
        except ZeroDivisionError as error:
            return Node("missing", reason=f"{error} is zero, so it cannot be divided by.")
        inputs = tuple(term for term in terms if term[0] in values) if left_out else terms
        note = self._note(metric, key, day, stretch, values, left_out)
        worked_out = Node("formula", result, None, expression, inputs, note)
        return self._one_vintage(worked_out, key, period, day, below, leaves)

    def _terms(
        self, formula: str, key: Key, period: ReportingPeriod
    ) -> tuple[tuple[str, Input], ...]:
        """Return what a formula's names stand for in a period."""
        where = key[1:]
        if where not in self._inputs:
            self._inputs[where] = TermInputs(self.catalogue, period)
        return self._inputs[where].of(terms_of(formula))

    def _note(
        self,
        metric: Metric,
        key: Key,
        day: date,
        stretch: Stretch,
        values: Mapping[str, Decimal],
        left_out: list[str],
    ) -> str:
        """Say what a reader should know about a formula's figure."""
        if not (metric.positive or metric.remark_unless or left_out):
            return ""
        remarks = [*self._remarks(metric, values), *self._breaches(metric, key, day, stretch)]
        return " ".join([*remarks, *self._absences(left_out)])

    def _one_vintage(
        self,
        node: Node,
        key: Key,
        period: ReportingPeriod,
        day: date,
        below: _Leaves,
        leaves: dict[Key, Filed],
    ) -> Node:
        """Avoid a formula over restated and unrestated figures of one period.

        Where its facts come from several filings, the figure as known when the oldest of them
        was filed is preferred, if any fact has changed since.
        """
        if len({fact.filed for fact in below.values()}) < 2:
            leaves.update(below)
            return node
        own = {one: fact for one, fact in below.items() if self.facts.closes_with(one, period)}
        known_on = min((fact.filed for fact in own.values()), default=day)
        if known_on < day and any(fact.filed != known_on for fact in own.values()):
            then = self.vintage(key, known_on)
            changed = any(
                one in then.leaves and then.leaves[one].value != fact.value
                for one, fact in own.items()
            )
            if then.node.kind == "formula" and changed:
                leaves.update(then.leaves)
                return _as_known(then.node, known_on)
        leaves.update(below)
        return node

    def _reports_none(
        self, metric: Metric, name: str, period: ReportingPeriod, day: date, stretch: Stretch
    ) -> bool:
        """Tell whether the balance sheet of that day is filed and shows nothing of the kind."""
        patterns = metric.optional.get(name)
        return patterns is not None and self.facts.reports_none(patterns, period.end, day, stretch)

    def _remarks(self, metric: Metric, values: Mapping[str, Decimal]) -> list[str]:
        below = [
            self.catalogue.metric(name).label
            for name in metric.positive
            if name in values and values[name] <= 0
        ]
        return [f"{label} is not above zero, so the ratio says little." for label in below]

    def _breaches(self, metric: Metric, key: Key, day: date, stretch: Stretch) -> list[str]:
        """Say which of the catalogue's conditions are known not to hold."""
        return [
            text
            for condition, text in metric.remark_unless.items()
            if self._holds(condition, {}, key, day, stretch) is False
        ]

    def _absences(self, names: list[str]) -> list[str]:
        labels = [self.catalogue.metric(name).label for name in names]
        return [f"{label} is left out: the balance sheet reports none." for label in labels]


def _as_known(node: Node, day: date) -> Node:
    """Tie a formula to the day as of which its inputs are taken."""
    if node.inputs[0][1].day:
        return node
    remark = f"From the figures as known on {day}; later filings restate some of them."
    inputs = tuple((name, Input(item.key, day)) for name, item in node.inputs)
    return node._replace(inputs=inputs, note=f"{node.note} {remark}".strip())
