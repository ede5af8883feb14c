from __future__ import annotations

import pytest

from adapters.programs.evidence import Row, Sentence
from adapters.programs.steps import ProgramError, write_program
from adapters.scripted import ScriptedChatModel
from agent.calculation import best_lines, calculate

LINES = (
    Sentence("the following table shows our results ."),
    Row("cost of sales", (("2017", "70"), ("2016", "64"))),
    Row("operating income", (("2017", "$ 22"), ("2016", "$ 20"))),
)
QUESTION = "What was the percentage change in operating income from 2016 to 2017?"


def test_calculation_carries_the_models_program_out_over_the_lines() -> None:
    model = ScriptedChatModel(replies=["= ( C - D ) / D"])
    found = calculate(model, QUESTION, LINES)
    assert found.result == 0.1
    assert write_program(found.program) == "subtract(22, 20), divide(#0, 20)"
    assert [(number.mark, found.lines[number.line]) for number in found.operands] == [
        ("C", 2),
        ("D", 2),
        ("D", 2),
    ]
    assert "operating income: 2017 C 22; 2016 D 20" in model.calls[0].messages[-1].text


def test_model_that_names_a_number_which_is_not_there_is_asked_again() -> None:
    model = ScriptedChatModel(replies=["= Z - D", "= C - D"])
    assert calculate(model, QUESTION, LINES).result == 2
    assert len(model.calls) == 2


def test_lines_without_numbers_are_no_evidence() -> None:
    assert best_lines(QUESTION, LINES, top=5) == [1, 2]
    with pytest.raises(ProgramError, match="holds no number"):
        calculate(ScriptedChatModel(), QUESTION, LINES[:1])


def test_a_result_that_does_not_exist_is_an_error() -> None:
    lines = [Row("sales", (("2017", "5"), ("2016", "0")))]
    with pytest.raises(ProgramError, match="has no result"):
        calculate(ScriptedChatModel(replies=["= A / B"]), "what is the growth?", lines)
