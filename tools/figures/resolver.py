"""Works figures out: a filed value first, then a difference of filed periods, then a formula.

Missing is better than wrong: an input that is absent makes the figure missing, and never counts
as zero unless the filing shows there is none. Every node is worked out together with the stretch
of days on which it holds, so all vintages of a figure take as many steps as it has values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

import duckdb

from tools.figures.company_facts import ONE_DAY, CompanyFacts, Stretch
from tools.figures.figure import LATEST
from tools.figures.formulas import evaluate_expression, flatten, holds, parse
from tools.figures.metrics import Catalogue, Metric
from tools.figures.nodes import Filed, Input, Key, Node, read_urls
from tools.figures.reporting_periods import (
    COMBINED,
    QUARTERS_OF,
    SPOKEN,
    TRAILING,
    ReportingPeriod,
)
from tools.figures.trailing import add_up_twelve_months

# Up to this share of the longer period, a quarter and a difference differ by rounding.
_ROUNDING = Decimal("0.005")

# Filed facts at the bottom of a node.
_Leaves = Mapping[Key, Filed]


@dataclass(frozen=True, slots=True)
class Vintage:
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
        day = LATEST
        held: Vintage | None = None
        while True:
            found = self.vintage(key, day)
            if held and held.node == found.node:
                held = replace(held, first=found.first)
            else:
                if held:
                    yield held
                held = found
            if found.first <= since:
                yield replace(held, first=since)
                return
            day = found.first - ONE_DAY

    def vintage(self, key: Key, day: date) -> Vintage:
        """Work out a key as known on a day, unless that has been done."""
        known = self._known.setdefault(key, [])
        for one in known:
            if one.first <= day <= one.last:
                return one
        stretch = Stretch()
        leaves: dict[Key, Filed] = {}
        node = self._work_out(self.catalogue.metric(key.metric), key, day, stretch, leaves)
        found = Vintage(node, stretch.first, stretch.last, leaves)
        known.append(found)
        return found

    def below(self, key: Key, day: date, stretch: Stretch) -> Vintage:
        """Return an input's vintage, and narrow the days to its own."""
        found = self.vintage(key, day)
        stretch.narrow(found.first, found.last)
        return found

    def _work_out(
        self, metric: Metric, key: Key, day: date, stretch: Stretch, leaves: dict[Key, Filed]
    ) -> Node:
        period = self.period(key.fiscal_year, key.fiscal_period)
        if period is None:
            return Node(
                "missing", reason=f"No filing covers {key.fiscal_period} {key.fiscal_year}."
            )
        if metric.period_type == "instant" and key.fiscal_period != period.quarter:
            return Node("missing", reason="A balance is one of a day; ask for the quarter.")
        tried: list[str] = []
        filed = self.filed(metric, key, day, stretch, tried)
        if filed:
            leaves[key] = filed
            note = self._unlike_difference(metric, key, filed, day, stretch)
            return Node("filed", filed.value, filed, note=note)
        if key.fiscal_period.startswith(TRAILING):
            combined = add_up_twelve_months(self, metric, key, day, stretch, tried, leaves)
        else:
            combined = self._combined(metric, key, day, stretch, tried, leaves)
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
        if not metric.concepts:
            return None
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
            other = self.below(key._replace(metric=name), day, stretch).node.value
            if other is None:
                return None
            values[name] = other
        try:
            return holds(condition, values)
        except ZeroDivisionError:
            return True

    def _combined(
        self,
        metric: Metric,
        key: Key,
        day: date,
        stretch: Stretch,
        tried: list[str],
        leaves: dict[Key, Filed],
    ) -> Node | None:
        """Work a period out from two filed ones, both as first reported and by one concept."""
        if metric.period_type != "duration" or not metric.sum_quarters or not metric.concepts:
            return None
        for whole, part, sign in COMBINED.get(key.fiscal_period, []):
            keys = [key._replace(fiscal_period=name) for name in (whole, part)]
            days = [self.facts.first_filed(one) for one in keys]
            known_on = max((one for one in days if one), default=None) if all(days) else None
            if known_on is None or not stretch.split(known_on, day):
                continue
            then = Stretch()
            first, second = (self.filed(metric, one, known_on, then, []) for one in keys)
            if first is None or second is None or first.concept != second.concept:
                continue
            negative = sign < 0 and first.value < second.value and not metric.can_be_negative
            if (
                negative
                or not self._adds_up(keys[1], second, known_on, day, stretch)
                or self.is_corrected(keys[0], first, day, stretch)
            ):
                tried.append("The filed longer periods do not fit together.")
                continue
            leaves |= dict(zip(keys, (first, second), strict=True))
            expression = f"{SPOKEN[whole]} {'+' if sign > 0 else '-'} {SPOKEN[part]}"
            values = {SPOKEN[whole]: first.value, SPOKEN[part]: second.value}
            return Node(
                "derived",
                evaluate_expression(expression, values),
                expression=expression,
                inputs=tuple((SPOKEN[one.fiscal_period], Input(one, known_on)) for one in keys),
                note=self.restated(keys[0], first, day, stretch),
            )
        if key.fiscal_period in COMBINED:
            tried.append("Nor is it filed for longer periods that would give it as a difference.")
        return None

    def _adds_up(
        self, key: Key, figure: Filed, known_on: date, day: date, stretch: Stretch
    ) -> bool:
        """Tell whether a half or nine months equal their quarters, where those are filed."""
        names = QUARTERS_OF.get(key.fiscal_period, ())
        # Quarters known only later may be restated, so they are held to less.
        for on, share, span in ((known_on, 50, Stretch()), (day, 4, stretch)):
            quarters = [
                self.facts.filed(key._replace(fiscal_period=name), on, span) for name in names
            ]
            filed = [quarter.value for quarter in quarters if quarter]
            if filed and len(filed) == len(names):
                return abs(sum(filed) - figure.value) <= abs(figure.value) / share
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
        found: dict[str, Key] = {}
        values: dict[str, Decimal] = {}
        below: dict[Key, Filed] = {}
        left_out = []
        for name, input_key in self._terms(formula, key, period):
            vintage = self.below(input_key, day, stretch)
            node = vintage.node
            if node.value is None:
                if not self._reports_none(metric, name, period, day, stretch):
                    return Node("missing", reason=f"It needs {name}. {node.reason}")
                left_out.append(name)
                continue
            if node.fact and node.fact.concept in metric.not_from.get(name, ()):
                reason = f"{node.fact.concept} is not comparable for it."
                return Node("missing", reason=reason)
            found[name], values[name] = input_key, node.value
            below |= vintage.leaves
        try:
            expression = flatten(formula, days=period.days, without=frozenset(left_out))
            value = evaluate_expression(expression, values)
        except ValueError:
            return Node("missing", reason="The filing reports none of its parts.")
        except ZeroDivisionError as error:
            return Node("missing", reason=f"{error} is zero, so it cannot be divided by.")
        remarks = [*self._remarks(metric, values), *self._breaches(metric, key, day, stretch)]
        note = " ".join([*remarks, *self._absences(left_out)])
        inputs = tuple((name, Input(one, None)) for name, one in found.items())
        worked_out = Node("formula", value, expression=expression, inputs=inputs, note=note)
        return self._one_vintage(worked_out, key, period, day, below, leaves)

    def _terms(self, formula: str, key: Key, period: ReportingPeriod) -> Iterator[tuple[str, Key]]:
        """Yield a formula's terms under their names in the flattened expression."""
        terms = parse(formula)
        for name in dict.fromkeys((*terms.current, *terms.averaged)):
            yield name, self._in_period(name, key.fiscal_year, period)
        for name in terms.prior:
            yield f"prior_{name}", self._in_period(name, key.fiscal_year - 1, period)
        for name in terms.averaged:
            yield f"opening_{name}", Key(name, *period.opening)

    def _in_period(self, name: str, fiscal_year: int, period: ReportingPeriod) -> Key:
        """Return a metric's key; a balance at the end of twelve months is that of the quarter."""
        balance = self.catalogue.metric(name).period_type == "instant"
        return Key(name, fiscal_year, period.quarter if balance else period.fiscal_period)

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
        own = {one: fact for one, fact in below.items() if self._is_of(one, period)}
        known_on = min((fact.filed for fact in own.values()), default=day)
        if known_on < day and any(fact.filed != known_on for fact in own.values()):
            then = self.vintage(key, known_on)
            changed = any(
                one in then.leaves and then.leaves[one].value != fact.value
                for one, fact in own.items()
            )
            if then.node.kind == "formula" and changed:
                leaves |= then.leaves
                return _as_known(then.node, known_on)
        leaves |= below
        return node

    def _is_of(self, key: Key, period: ReportingPeriod) -> bool:
        own = self.period(key.fiscal_year, key.fiscal_period)
        return own is not None and (own.fiscal_year, own.end) == (period.fiscal_year, period.end)

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

    def _unlike_difference(
        self, metric: Metric, key: Key, filed: Filed, day: date, stretch: Stretch
    ) -> str:
        """Say where a filed quarter is not what the filed longer periods leave for it."""
        if metric.period_type != "duration" or not metric.sum_quarters:
            return ""
        for whole, part, sign in COMBINED.get(key.fiscal_period, []):
            if sign > 0:
                continue
            facts = [
                self.facts.filed(key._replace(fiscal_period=name), day, stretch)
                for name in (whole, part)
            ]
            if not all(fact and fact.concept == filed.concept for fact in facts):
                continue
            longer, shorter = (fact.value for fact in facts if fact)
            left = longer - shorter
            if abs(left - filed.value) > max(abs(longer), abs(shorter)) * _ROUNDING:
                return (
                    f"The filed value differs from {SPOKEN[whole]} less {SPOKEN[part]} as filed, "
                    f"{left.normalize():f}: one of them was restated, or counts otherwise."
                ).replace("_", " ")
        return ""

    def _absences(self, names: list[str]) -> list[str]:
        labels = [self.catalogue.metric(name).label for name in names]
        return [f"{label} is left out: the balance sheet reports none." for label in labels]


def _as_known(node: Node, day: date) -> Node:
    """Tie a formula to the day as of which its inputs are taken."""
    if node.inputs[0][1].day:
        return node
    remark = f"From the figures as known on {day}; later filings restate some of them."
    inputs = tuple((name, Input(item.key, day)) for name, item in node.inputs)
    return replace(node, inputs=inputs, note=f"{node.note} {remark}".strip())
