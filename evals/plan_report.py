"""Measure the plan step: hand-written questions and held-out rows, with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from adapters.training.rows import read_rows
from agent import steps
from agent.assemble import Parts
from agent.calendar import Calendar
from agent.config import Settings
from agent.errors import SetupError
from agent.state import Answer, Plan, State, Understanding
from evals.statistics import bootstrap_interval
from evals.suites.plan_questions import FIELDS, Judged, Split, judge, read_plan_questions
from evals.suites.plan_rows import by_field, score_rows


def run_plan_report(settings: Settings, rows: Path | None, split: str | None) -> None:
    """Print how many plans are right: of hand-written questions and, if given, of rows."""
    if split not in {None, "develop", "held_back"}:
        raise SetupError(f"There is no split {split!r}; give develop or held_back.")
    parts = Parts(settings)
    try:
        for line in report_questions(parts, cast("Split | None", split)):
            print(line)
        for line in report_rows(parts, rows) if rows else ():
            print(line)
    finally:
        parts.close()


def report_questions(parts: Parts, split: Split | None = None) -> list[str]:
    """Plan every hand-written question of a split; return the lines of a report.

    Args:
        parts: The agent, over the companies that the questions are about.
        split: Half of the questions; all without it.
    """
    judged = [judge_question(question, parts) for question in read_plan_questions(split)]
    lines = [f"{one.verdict}: {one.id} ({one.kind}) {one.got}" for one in judged if not _right(one)]
    counts = Counter(one.verdict for one in judged)
    lines.append(f"{len(judged)} questions: {dict(counts)}")
    lines.append(_share("right", [float(_right(one)) for one in judged]))
    for name in FIELDS:
        lines.append(_share(name, [float(one.fields[name]) for one in judged if one.fields]))
    return lines


def judge_question(question: Mapping[str, Any], parts: Parts) -> Judged:
    """Plan a question after those before it, and judge the plan."""
    context: Understanding | None = None
    for earlier in question["after"]:
        understood = steps.understand_question({"question": earlier, "context": context}, parts)
        assert isinstance(understood, Understanding)
        context = understood
    planned = plan_question(str(question["question"]), context, parts)
    return judge(question, planned, lambda name: _calendar(name, parts))


def plan_question(text: str, context: Understanding | None, parts: Parts) -> Plan | Answer:
    """Carry a question through understanding, recall and planning, and no further."""
    found = steps.understand_question({"question": text, "context": context}, parts)
    if isinstance(found, Answer):
        return found
    state: State = {
        "question": text, "context": context, "understanding": found, "tried": (), "problems": (),
        "recalled": steps.recall_records(found, parts),
    }  # fmt: skip
    return steps.choose_plan(state, parts)[0]


def report_rows(parts: Parts, path: Path) -> list[str]:
    """Have the model choose for held-out rows; return the lines of a report."""
    scores = score_rows(parts.model, read_rows(path, task="plan"))
    lines = [_share(name, values) for name, values in by_field(scores).items()]
    for kind in ("metric", "company", "wording"):
        values = [float(score.right) for score in scores if score.group.startswith(kind)]
        lines.append(_share(f"unseen {kind}", values))
    return lines


def _right(one: Judged) -> bool:
    return one.verdict == "right"


def _share(name: str, values: Sequence[float]) -> str:
    if not values:
        return f"{name}: no values"
    low, high = bootstrap_interval(values)
    mean = sum(values) / len(values)
    return f"{name}: {mean:.1%} [{low:.1%}, {high:.1%}] of {len(values)}"


def _calendar(name: str, parts: Parts) -> Calendar:
    company = next(one for one in parts.desk.companies if name in {one.ticker, one.name})
    return parts.desk.calendar(company.cik)
