from __future__ import annotations

from pathlib import Path

import pytest

from adapters.programs.steps import parse_program
from evals.metrics.finqa import same_program, score


@pytest.mark.parametrize(
    ("predicted", "execution", "program"),
    [
        ("subtract(6, 4), divide(#0, 4)", True, True),
        ("divide(6, 4), subtract(#0, const_1)", True, False),  # const_1 is not in the gold one
        ("subtract(4, 6), divide(#0, 4)", False, False),
        ("divide(2, 4)", True, False),
        ("subtract(6, 4), divide(#0, 4), add(#1, 4), subtract(#2, 4)", True, True),
        ("divide(6, 0)", False, False),
        ("six less four", False, False),
    ],
)
def test_scores_follow_the_official_rules(predicted: str, execution: bool, program: bool) -> None:
    scored = score(predicted, "subtract(6, 4), divide(#0, 4)", "0.5")
    assert (scored.execution, scored.program) == (execution, program)


def test_yes_and_no_are_compared_as_words() -> None:
    assert score("greater(5, 4)", "greater(5, 4)", "yes").execution
    assert not score("greater(4, 5)", "greater(5, 4)", "yes").execution


def test_commuted_and_regrouped_programs_are_the_same() -> None:
    gold = parse_program("add(a1, b2), add(#0, c3), divide(#1, const_3)")
    assert same_program(parse_program("add(c3, b2), add(a1, #0), divide(#1, const_3)"), gold)
    assert not same_program(parse_program("add(a1, b2), divide(#0, const_3)"), gold)


def test_comparisons_are_the_same_only_with_their_sides_in_place() -> None:
    gold = parse_program("greater(a, b)")
    assert same_program(gold, gold)
    assert not same_program(parse_program("greater(b, a)"), gold)


@pytest.mark.data
def test_every_gold_program_of_dev_scores_right(shared_data: Path) -> None:
    from agent.training_rows.finqa_pages import read_questions

    wrong = []
    for question in read_questions(shared_data / "finqa" / "dev.jsonl.gz"):
        scored = score(question.program, question.program, question.answer, question.page.table)
        if not (scored.execution and scored.program):
            wrong.append(question.program)
    assert wrong == []
