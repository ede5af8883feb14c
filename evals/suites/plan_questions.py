"""The plan suite: natural questions, each with the plan (or the refusal) that is right for it.

Only the plan is judged, not the figures: whether an answer exists is for the warehouse to say. A
question that names what nothing on file can tell, or leaves open what is meant, is right when no
plan is made of it; an answerable one that gets no plan counts as declined, which is never right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agent.calendar import Calendar, resolve_requests
from agent.state import Answer, Period, Plan, Request

Verdict = Literal["right", "wrong", "declined"]
Split = Literal["develop", "held_back"]
QUESTIONS = Path(__file__).parents[1] / "data" / "plan_questions.jsonl"
# Processes that word a plain figure: which of them says nothing about what is asked.
_FIGURE = {"lookup", "formula", "quarter", "as_of"}
# Processes of two ends: how the years between are filled in is no matter of the plan.
_TWO_ENDED = {"growth", "change", "cagr"}
FIELDS = ("process", "metrics", "companies", "periods")


@dataclass(frozen=True)
class Judged:
    """One question with its verdict, and which fields of the plan are right.

    Attributes:
        fields: For each of `FIELDS` whether it is right; empty where no plan was made or wanted.
    """

    id: str
    kind: str
    verdict: Verdict
    fields: Mapping[str, bool]
    got: str


def read_plan_questions(split: Split | None = None, path: Path = QUESTIONS) -> list[dict[str, Any]]:
    """Read the questions of a split; all by default."""
    lines = [line for line in path.read_text("utf-8").split("\n") if line.strip()]
    questions = [json.loads(line) for line in lines]
    return [question for question in questions if split in (None, question["split"])]


def judge(
    question: Mapping[str, Any], planned: Plan | Answer, calendars: Callable[[str], Calendar]
) -> Judged:
    """Compare what the plan step returned with what is right.

    Args:
        question: A line of the questions' file.
        planned: The plan, or the answer that declines.
        calendars: Fiscal calendar by ticker (or by name, where there is none).
    """
    got = planned.line if isinstance(planned, Plan) else f"{planned.status}: {planned.text}"
    if question["expect"] != "plan":
        quoted = isinstance(planned, Plan) and planned.process in question.get("process", ())
        verdict: Verdict = "right" if isinstance(planned, Answer) or quoted else "wrong"
        return Judged(question["id"], question["kind"], verdict, {}, got)
    if isinstance(planned, Answer):
        return Judged(question["id"], question["kind"], "declined", {}, got)
    fields = _fields(question, planned, calendars)
    verdict = "right" if all(fields.values()) else "wrong"
    return Judged(question["id"], question["kind"], verdict, fields, got)


def _fields(
    question: Mapping[str, Any], plan: Plan, calendars: Callable[[str], Calendar]
) -> dict[str, bool]:
    wanted = set(question["process"])
    process = plan.process in wanted or (plan.process in _FIGURE and bool(wanted & _FIGURE))
    if "member" in question:
        process = process and any(question["member"] in ref.label for ref in plan.members)
    elif plan.members:
        process = False
    metrics = list(plan.metrics) == question["metrics"]
    if plan.process != "share_of":
        metrics = set(plan.metrics) == set(question["metrics"])
    names = {name for ref in plan.companies for name in (ref.ticker, ref.name)}
    companies = not question["companies"] or (
        len(plan.companies) == len(question["companies"])
        and all(name in names for name in question["companies"])
    )
    return {
        "process": process,
        "metrics": metrics or plan.process in {"passage", "statement"},
        "companies": companies,
        "periods": _periods_right(question, plan, calendars),
    }


def _periods_right(
    question: Mapping[str, Any], plan: Plan, calendars: Callable[[str], Calendar]
) -> bool:
    if not question["periods"] or plan.process == "definition":
        return True
    of = [calendars(name) for name in question["companies"]]
    as_of = str(plan.as_of) if plan.as_of else ""
    if question.get("as_of", "") != as_of:
        return False
    got = sorted(plan.periods)
    for wanted in _readings(question["periods"], of):
        if got == wanted:
            return True
        ends = plan.process in _TWO_ENDED and [got[0], got[-1]] == [wanted[0], wanted[-1]]
        if ends:
            return True
    return False


def _readings(labels: Sequence[str], calendars: Sequence[Calendar]) -> Iterator[list[Period]]:
    """Yield what labels may stand for; spans that end in x count with and without their base."""
    exact = [period for label in labels for period in _read(label, calendars, extra=0)]
    yield sorted(exact)
    if any(label.endswith("x") for label in labels):
        yield sorted(period for label in labels for period in _read(label, calendars, extra=1))


def _read(label: str, calendars: Sequence[Calendar], *, extra: int) -> list[Period]:
    """Read "2023", "2023Q2", "2019..latest", "latest-1", "last5", "ttm" or "TTM-2023Q2"."""
    if ".." in label:
        first, last = (_read(end, calendars, extra=0)[0] for end in label.split(".."))
        return [Period(year) for year in range(first.fiscal_year, last.fiscal_year + 1)]
    if match := re.fullmatch(r"TTM-(\d{4})(Q\d)", label):
        return [Period(int(match[1]), f"TTM-{match[2]}")]
    if match := re.fullmatch(r"(\d{4})(\w*)", label):
        return [Period(int(match[1]), match[2] or "FY")]
    if label == "ttm":
        return resolve_requests((Request("trailing"),), calendars[0], as_of=None)[0]
    newest = min(calendar.years[-1] for calendar in calendars)
    if match := re.fullmatch(r"last(\d+)x?", label):
        return [Period(year) for year in range(newest - int(match[1]) + 1 - extra, newest + 1)]
    back = int(label.removeprefix("latest-")) if "-" in label else 0
    return [Period(newest - back)]
