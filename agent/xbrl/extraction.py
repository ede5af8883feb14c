"""Answers about one XBRL file: the concept for a phrase, its value, and formulas with values.

Code links the phrase to the metric catalogue and narrows the file's concepts; where several
remain, the `xbrl` adapter chooses. Every number comes out of the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agent.linking.metrics import MetricLinker
from agent.linking.words import Question
from agent.xbrl.concepts import ConceptRanking, common_words
from agent.xbrl.values import TaggedValue
from tools.errors import ToolError
from tools.figures.formulas import evaluate_expression
from tools.figures.metrics import Catalogue, Metric

# Chooses among concepts for a line: (line, place, concepts) -> one of them, or None.
Chooser = Callable[[str, str, Sequence[str]], str | None]
MAX_CONCEPTS = 10
QUESTION = "a question about the filing"
_NAME = re.compile(r"[a-z_]{2,}")
_AVERAGE = re.compile(r"average\((\w+)\)")
_DEEPEST_FORMULA = 2


@dataclass(frozen=True)
class Formula:
    """A metric over filed values.

    Attributes:
        metric: Its name in the catalogue.
        text: The formula with the values put in, such as "(20 / 80) * 100".
        value: What it comes to: percent where the text multiplies by 100.
        inputs: The filed value of each term, by the term's metric name.
    """

    metric: str
    text: str
    value: Decimal
    inputs: Mapping[str, TaggedValue]


class XbrlReader:
    """Answers over the values of one file."""

    def __init__(
        self,
        values: Sequence[TaggedValue],
        catalogue: Catalogue,
        *,
        choose: Chooser | None = None,
    ) -> None:
        """Index a file's values.

        Args:
            values: Consolidated values in the file's order.
            catalogue: Metrics with their concepts and formulas.
            choose: The adapter's choice among concepts; without it the catalogue's order counts.
        """
        self._values: dict[str, list[TaggedValue]] = {}
        for value in values:
            self._values.setdefault(value.concept, []).append(value)
        self._catalogue = catalogue
        self._linker = MetricLinker(catalogue)
        self._ranking = ConceptRanking(self._values)
        self._choose = choose
        self._closing = _closing_day(values)

    def concept(self, phrase: str, place: str = QUESTION) -> str:
        """Return the concept of the file that a phrase stands for.

        Raises:
            ToolError: No concept of the file fits the phrase.
        """
        metric = self.metric(phrase)
        listed = self._of_metric(metric) if metric else ()
        ranked = self._ranking.nearest(phrase, place, count=MAX_CONCEPTS)
        near = [concept for concept in ranked if common_words(phrase, concept)]
        candidates = tuple(dict.fromkeys([*listed, *near]))[:MAX_CONCEPTS]
        chosen = self._chosen(phrase, place, candidates)
        if chosen is None:
            raise ToolError(
                f"the file reports no concept for {phrase!r}; ask for one of the lines it has"
            )
        return chosen

    def value(self, phrase: str, *, period_end: date | None = None) -> TaggedValue:
        """Return the value of the concept that a phrase stands for.

        Args:
            phrase: A line's label or a metric's name.
            period_end: Last day asked for; without it the file's latest year or last balance.

        Raises:
            ToolError: The file has no such concept, or no value for the period.
        """
        return self.value_of(self.concept(phrase), period_end)

    def formula(self, phrase: str, *, period_end: date | None = None) -> Formula:
        """Return the metric that a phrase names, as a formula over the file's values.

        Averages over two balances are the closing balance where the file has one only.

        Raises:
            ToolError: The phrase names no metric with a formula, or a term has no value.
        """
        metric = self.metric(phrase)
        if metric is None or not metric.formulas:
            raise ToolError(f"{phrase!r} names no metric with a formula; name a ratio")
        missing = ""
        for formula in metric.formulas:
            try:
                return self._substituted(metric, formula, period_end)
            except ToolError as error:
                missing = missing or str(error)
        raise ToolError(missing)

    def metric(self, phrase: str) -> Metric | None:
        """Return the metric that the whole phrase names, or None."""
        question = Question.read(phrase)
        links = self._linker.link(question)
        if len(links) != 1 or not question.words:
            return None
        whole = links[0].start == 0 and links[0].end == len(question.words)
        return self._catalogue.metrics[links[0].names[0]] if whole else None

    def line_of(self, phrases: Sequence[str]) -> str:
        """Return the first of several phrases that names a metric or is in the file's own words.

        Raises:
            ToolError: None of them does.
        """
        for phrase in phrases:
            if self.metric(phrase) or self._ranking.knows(phrase):
                return phrase
        raise ToolError(f"{phrases[0]!r} names no line of the file" if phrases else "no question")

    def _of_metric(self, metric: Metric) -> tuple[str, ...]:
        return tuple(c.concept for c in metric.concepts if c.concept in self._values)

    def _chosen(self, phrase: str, place: str, candidates: Sequence[str]) -> str | None:
        if len(candidates) < 2 or self._choose is None:
            return candidates[0] if candidates else None
        return self._choose(phrase, place, candidates)

    def value_of(self, concept: str, period_end: date | None = None) -> TaggedValue:
        """Return a concept's value: at `period_end`, or at the end of the file's own period.

        Values without periods are taken as the file gives them, the first one first.

        Raises:
            ToolError: The file has no value for the period asked for.
        """
        values = self._values[concept]
        dated = [value for value in values if value.period_end is not None]
        if not dated:
            return values[0]
        asked = period_end or self._closing
        ending = [value for value in dated if value.period_end == asked]
        if not ending and period_end is not None:
            raise ToolError(f"the file has no value of {concept} for {period_end}")
        return max(ending or dated, key=_latest_and_longest)

    def _substituted(self, metric: Metric, formula: str, period_end: date | None) -> Formula:
        inputs: dict[str, TaggedValue] = {}
        expression = self._over_concepts(formula, period_end, inputs, _DEEPEST_FORMULA)
        percent = metric.unit == "ratio" and metric.display == "percent"
        expression = f"({expression}) * 100" if percent else expression
        text = _NAME.sub(lambda name: _bracketed(inputs[name[0]].text), expression)
        numbers = {name: value.value for name, value in inputs.items()}
        try:
            return Formula(metric.name, text, evaluate_expression(expression, numbers), inputs)
        except ZeroDivisionError:
            raise ToolError(f"{metric.label} divides by zero here: {text}") from None

    def _over_concepts(
        self, formula: str, period_end: date | None, inputs: dict[str, TaggedValue], deepest: int
    ) -> str:
        """Rewrite a formula over metrics that the file has a concept of, and note their values."""
        if "prior(" in formula:
            raise ToolError("the formula needs the year before, which this reading leaves out")
        closing = _AVERAGE.sub(r"\1", formula)

        def term(name: re.Match[str]) -> str:
            metric = self._catalogue.metrics.get(name[0])
            if metric is None:
                raise ToolError(f"{name[0]} cannot be read from one file")
            concept = self._chosen(metric.label, QUESTION, self._of_metric(metric))
            if concept is not None:
                inputs[name[0]] = self.value_of(concept, period_end)
                return name[0]
            if not metric.formulas or not deepest:
                raise ToolError(f"the file reports no {metric.label.lower()}")
            inner = self._over_concepts(metric.formulas[0], period_end, inputs, deepest - 1)
            return f"({inner})"

        return _NAME.sub(term, closing)


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def _latest_and_longest(value: TaggedValue) -> tuple[date, int]:
    assert value.period_end is not None
    start = value.period_start
    return value.period_end, (value.period_end - start).days if start else 0


def _closing_day(values: Sequence[TaggedValue]) -> date | None:
    """Return the last day of the file's own period: where most of its values end."""
    days = Counter(value.period_end for value in values if value.period_start and value.period_end)
    return max(days, key=lambda day: (days[day], day)) if days else None
