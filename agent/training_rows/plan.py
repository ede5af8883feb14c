"""Training rows of the `plan` task: questions through the real linking, recall and drafting.

A row's variables are what serving would show for the question. Where linking or recall do not find
what the question means, the right choice is `none`: no plan at hand answers it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import get_args

from adapters.tasks.plan import PLAN
from adapters.training.rows import TrainingRow
from agent.assemble import Parts, everyday_names
from agent.choices import ASK, NONE, Offer, offer, plan_variables
from agent.errors import SetupError
from agent.steps import recall_records, recalls_by_meaning
from agent.training_rows.plan_pools import Mode, World, is_held_out
from agent.training_rows.plan_questions import Author, Question
from agent.training_rows.sources import RowSources
from agent.understand import understand
from memory.embedder import MiniLM, Vectors
from memory.seeding import SEEDS
from memory.store import MemoryStore

ORIGIN = "footnote plan generator 1"
_MANY = 100_000
_CHUNK = 256
_END_TO_END = {"growth", "change"}


def rows(source: RowSources, seed: int) -> Iterator[TrainingRow]:
    """Yield rows without end, all of training's share; stop when there are enough."""
    yield from made_rows(source, seed, "train")


def held_out_rows(source: RowSources, seed: int) -> Iterator[TrainingRow]:
    """Yield rows that each hold a metric, a company or a wording that no training row holds."""
    modes = [mode for mode in get_args(Mode) if mode != "train"]
    makers = [made_rows(source, seed, mode) for mode in modes]
    while True:
        for maker in makers:
            yield next(maker)


def made_rows(source: RowSources, seed: int, mode: Mode) -> Iterator[TrainingRow]:
    """Yield rows of a mode; a question that code misreads is left out."""
    if source.parts is None:
        raise SetupError(
            "rows of the plan task are made over a warehouse; give a home that has one"
        )
    parts = _cached(source.parts)
    author = Author(world_of(parts), mode, seed)
    seen: set[str] = set()
    for start in range(0, _MANY, _CHUNK):
        questions = [author.write() for _ in range(_CHUNK)]
        fresh = {q.text.lower(): q for q in questions if q.text.lower() not in seen}
        seen.update(fresh)
        for number, (question, made) in enumerate(_offers(list(fresh.values()), parts)):
            completion = _completion(question, made)
            if completion is not None:
                yield TrainingRow(
                    id=f"plan-{mode}-{seed}-{start + number}",
                    task=PLAN.name,
                    origin=ORIGIN,
                    group=f"{mode}: {_group(question, mode)}",
                    variables=plan_variables(made.offer, parts.wording.labels),
                    completion=completion,
                )


def world_of(parts: Parts) -> World:
    """Return what the agent's warehouse and catalogue let questions be about."""
    metrics = parts.catalogue.metrics.values()
    return World(
        companies=parts.desk.companies,
        everyday=everyday_names(SEEDS / "companies.yaml"),
        calendar=parts.desk.calendar,
        members=lambda cik: [member.label for member in parts.linkers.members(cik)],
        phrases={m.name: [m.label.lower(), m.label.lower(), *m.synonyms] for m in metrics},
    )


@dataclass(frozen=True)
class _Made:
    offer: Offer
    has_members: bool
    follows: bool


def _offers(questions: Sequence[Question], parts: Parts) -> Iterator[tuple[Question, _Made]]:
    """Link, recall and draft; the vectors of all questions are made in one batch."""
    linkers = parts.linkers
    found = []
    for question in questions:
        context = understand(question.before, linkers) if question.before else None
        found.append(understand(question.text, linkers, context))
    embedder = parts.memory.embedder
    assert isinstance(embedder, _Remembering)
    embedder.learn([one.question for one in found if recalls_by_meaning(one)])
    for question, one in zip(questions, found, strict=True):
        before = question.before if one.follow_up else ""
        made = offer(one, parts.desk, recall_records(one, parts), before=before)
        yield question, _Made(made, bool(one.members), one.follow_up)


def _completion(question: Question, made: _Made) -> str | None:
    """Return the right choice, or None where the question can't be used."""
    if question.answer == "ask":
        return ASK
    if question.answer == "none":
        # A qualifier that code read as a member or a metric's own word makes another question.
        lost = question.metrics and not set(question.metrics) <= set(made.offer.metrics)
        return None if made.has_members or lost else NONE
    if question.before and not made.follows:
        return None
    if question.member and not made.has_members:
        return NONE
    fits = [choice for choice in made.offer.plans if _is_right(question, choice, made.offer)]
    if fits:
        return fits[0]
    unknown = {c.cik for c in question.companies} - {c.cik for c in made.offer.companies}
    unlinked = set(question.metrics) - set(made.offer.metrics)
    return NONE if unknown or unlinked else None


def _is_right(question: Question, choice: str, made: Offer) -> bool:
    plan = made.plans[choice]
    if choice.split(" ")[0] != question.process:
        return False
    whole = question.process == "ranking" and not question.companies
    if not whole and {one.cik for one in plan.companies} != {c.cik for c in question.companies}:
        return False
    if question.process == "share":
        return plan.metrics == question.metrics and _periods_right(question, made, choice)
    return set(plan.metrics) == set(question.metrics) and _periods_right(question, made, choice)


def _periods_right(question: Question, made: Offer, choice: str) -> bool:
    got, wanted = made.plans[choice].periods, question.periods
    if not wanted or question.process in {"passage", "definition"}:
        return True
    if question.process in _END_TO_END:
        return (got[0], got[-1]) == (wanted[0], wanted[-1])
    return tuple(sorted(got)) == tuple(sorted(wanted))


def _group(question: Question, mode: Mode) -> str:
    """Return what of a row is held out together: its pattern, or the held-out metric or company."""
    if mode == "metric" and question.metrics:
        return next((m for m in question.metrics if is_held_out(f"metric:{m}")), question.wording)
    if mode == "company" and question.companies:
        return question.companies[0].name
    return question.wording


def _cached(parts: Parts) -> Parts:
    """Read calendars and members once each: thousands of questions ask for the same."""
    if isinstance(parts.memory.embedder, _Remembering):
        return parts
    parts.__dict__["desk"] = replace(parts.desk, calendar=cache(parts.desk.calendar))
    linkers = parts.linkers
    parts.__dict__["linkers"] = replace(linkers, members=cache(linkers.members))
    parts.__dict__["memory"] = MemoryStore.open(parts.settings.memory_path, _Remembering(MiniLM()))
    return parts


class _Remembering:
    """An embedder that keeps the vectors of texts it was shown in a batch."""

    def __init__(self, embedder: MiniLM) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}

    @property
    def model_id(self) -> str:
        """The model's name and version."""
        return self._embedder.model_id

    def learn(self, texts: Sequence[str]) -> None:
        """Embed texts in one go; what was learned before is forgotten."""
        self._known = dict(zip(texts, self._embedder.embed(texts), strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text: float32 [n, 384]."""
        if len(texts) == 1 and texts[0] in self._known:
            return self._known[texts[0]][None, :]
        return self._embedder.embed(texts)
