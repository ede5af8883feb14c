"""Judging plans against what was written by hand."""

from collections import Counter
from datetime import date

import pytest

from agent.calendar import Calendar, FiscalSpan
from agent.state import Answer, CompanyRef, Period, Plan
from evals.suites.plan_questions import judge, read_plan_questions
from evals.suites.plan_rows import compare_choices

CALENDAR = Calendar(
    [FiscalSpan(Period(y), date(y, 1, 1), date(y, 12, 31)) for y in range(2015, 2024)]
)
QUESTION = {
    "id": "q", "kind": "growth", "expect": "plan", "process": ["growth"], "metrics": ["revenue"],
    "companies": ["AAPL"], "periods": ["2022", "2023"],
}  # fmt: skip


def plan(process: str = "growth", years: tuple[int, ...] = (2022, 2023), **changes: object) -> Plan:
    apple = (CompanyRef(1, "Apple Inc.", "AAPL"),)
    slots = {"metrics": ("revenue",), "companies": apple, **changes}
    return Plan(process, periods=tuple(Period(y) for y in years), **slots)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("planned", "verdict"),
    [
        (plan(), "right"),
        (plan("change"), "wrong"),
        (plan(years=(2021, 2023)), "wrong"),
        (plan(metrics=("net_income",)), "wrong"),
        (plan(companies=(CompanyRef(2, "Other", "OTH"),)), "wrong"),
        (Answer("abstained", "no"), "declined"),
    ],
)
def test_every_slot_of_a_plan_is_judged(planned: Plan | Answer, verdict: str) -> None:
    assert judge(QUESTION, planned, lambda name: CALENDAR).verdict == verdict


@pytest.mark.parametrize(
    ("label", "years"),
    [
        ("last3", (2021, 2022, 2023)),
        ("2020..latest", (2020, 2021, 2022, 2023)),
        ("latest-1", (2022,)),
    ],
)
def test_relative_periods_count_from_the_newest_year_on_file(
    label: str, years: tuple[int, ...]
) -> None:
    question = {**QUESTION, "process": ["trend"], "periods": [label]}
    judged = judge(question, plan("trend", years), lambda name: CALENDAR)
    assert judged.fields["periods"]


def test_declining_is_right_only_where_there_is_no_plan() -> None:
    unanswerable = {"id": "q", "kind": "unanswerable", "expect": "unanswerable"}
    asked = {**unanswerable, "process": ["passage"]}
    assert judge(unanswerable, Answer("clarify", "which?"), lambda n: CALENDAR).verdict == "right"
    assert judge(unanswerable, plan(), lambda n: CALENDAR).verdict == "wrong"
    assert judge(asked, plan("passage"), lambda n: CALENDAR).verdict == "right"


def test_choices_are_compared_field_by_field() -> None:
    assert compare_choices("growth A 1", "growth B 1") == {
        "answerable": True, "process": True, "metrics": False, "companies": True,
    }  # fmt: skip
    assert compare_choices("none", "growth B 1") == {"answerable": False}
    assert compare_choices("none", "ask") == {"answerable": True}


def test_the_questions_are_split_in_halves_and_none_repeats() -> None:
    questions = read_plan_questions()
    assert len(questions) == 210
    assert Counter(q["split"] for q in questions) == {"develop": 109, "held_back": 101}
    assert len({q["question"] for q in questions}) == 210
