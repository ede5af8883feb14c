"""Held-out rows of the `plan` task: is the model's choice the right one, in whole and by field?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langchain_core.language_models.chat_models import BaseChatModel

from adapters.completion import complete
from adapters.grammar import Grammar
from adapters.tasks.plan import PLAN
from adapters.training.rows import TrainingRow
from agent.choices import ASK, NONE
from agent.plan_choice import probability_of

FIELDS = ("answerable", "process", "metrics", "companies")


@dataclass(frozen=True)
class RowScore:
    """A row's choice.

    Attributes:
        group: What was held out: begins with "metric", "company" or "wording".
        right: Whether the whole choice is right.
        fields: Right or not by field; "answerable" of every row, the others of rows where both the
            right choice and the model's are plans.
        probability: The model's, of its own choice.
        wanted: The right choice.
        got: The model's choice.
    """

    group: str
    right: bool
    fields: dict[str, bool]
    probability: float
    wanted: str
    got: str


def score_rows(model: BaseChatModel, rows: Iterable[TrainingRow]) -> list[RowScore]:
    """Have a model choose for every row."""
    return [_score(model, row) for row in rows]


def _score(model: BaseChatModel, row: TrainingRow) -> RowScore:
    choices = row.variables["choices"]
    done = complete(model, PLAN, row.variables, Grammar.of_choices(list(choices)), method="choose")
    return RowScore(
        group=row.group,
        right=done.text == row.completion,
        fields=compare_choices(row.completion, done.text),
        probability=probability_of(done.text, done.scores),
        wanted=row.completion,
        got=done.text,
    )


def compare_choices(wanted: str, got: str) -> dict[str, bool]:
    """Compare two choices field by field."""
    refused = {wanted in {NONE, ASK}, got in {NONE, ASK}}
    fields = {"answerable": len(refused) == 1}
    if refused == {False}:
        one, other = _parts(wanted), _parts(got)
        names = ("process", "metrics", "companies")
        fields |= {name: a == b for name, a, b in zip(names, one, other, strict=True)}
    return fields


def _parts(choice: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    process, *marks = choice.split(" ")
    metrics = tuple(mark for mark in marks if mark.isalpha())
    return process, metrics, tuple(mark for mark in marks if mark.isdigit())


def by_field(scores: Sequence[RowScore]) -> dict[str, list[float]]:
    """Return one 0 or 1 a row under "exact" and under each field."""
    columns: dict[str, list[float]] = {"exact": [float(score.right) for score in scores]}
    for name in FIELDS:
        columns[name] = [float(s.fields[name]) for s in scores if name in s.fields]
    return columns
