from __future__ import annotations

import pytest

from adapters.programs.evidence import MARKS, Row, Sentence, mark_evidence
from adapters.programs.execute import execute
from adapters.programs.formula import read_formula
from adapters.programs.numbers import find_numbers, short
from adapters.programs.steps import ProgramError, parse_program, write_program
from adapters.tasks.program import PROGRAM, mark_for_program, program_grammar

INCOME = Row("Operating income ( 1 )", (("December 31 , 2017", "$ 11503"), ("2016", "10815")))
LOSSES = Row("losses", (("2017", "-3789 ( 3789 )"), ("2016", "-12.5% ( 12.5 % )")))
CASH = Sentence("in 2014 we received $ 308 million on december 31 , 4.75% ( 4.75 % ) of note 12 .")


def test_evidence_marks_each_number_behind_what_it_belongs_to() -> None:
    evidence = mark_evidence([INCOME, LOSSES, CASH], "What if it grew by 5% in 2018?")
    assert evidence.texts == (
        "operating income: 2017 A 12K; 2016 B 11K",
        "losses: 2017 C -3789; 2016 D -12.5%",
        "in 2014 we received $ E 308 million on december 31 , F 4.75% of note 12 .",
    )
    assert evidence.question == "what if it grew by G 5% in 2018?"
    assert [number.text for number in evidence.numbers] == [
        *("11503", "10815", "-3789", "-12.5%", "308", "4.75%", "5%")
    ]
    assert evidence.years == ("2018", "2017", "2016", "2014")


def test_columns_keep_their_words_where_years_do_not_tell_them_apart() -> None:
    row = Row("sales", (("2017 actual", "5"), ("2017 planned", "6")))
    assert mark_evidence([row]).texts == ("sales: 2017 actual A 5; 2017 planned B 6",)


def test_prompt_has_the_question_before_and_after_the_evidence() -> None:
    _, variables = mark_for_program("What was the change in 2017?", [INCOME])
    assert PROGRAM.render(**variables)[-1].text == (
        "what was the change in 2017?\noperating income: 2017 A 12K; 2016 B 11K\n"
        "what was the change in 2017?"
    )


@pytest.mark.parametrize(
    ("formula", "program"),
    [
        ("= ( A - B ) / B", "subtract(11503, 10815), divide(#0, 10815)"),
        ("= A - B - E", "subtract(11503, 10815), subtract(#0, 308)"),
        ("= A / ( B / E )", "divide(10815, 308), divide(11503, #0)"),
        ("= average A", "table_average(Operating income ( 1 ), none)"),
        ("= abs C * million", "multiply(3789, const_1000000)"),
        ("= A ^ 2 > B", "exp(11503, const_2), greater(#0, 10815)"),
        ("= ( 2017 - 2016 ) * -1", "subtract(2017, 2016), multiply(#0, const_m1)"),
    ],
)
def test_formula_becomes_finqa_steps_and_is_allowed(formula: str, program: str) -> None:
    evidence = mark_evidence([INCOME, LOSSES, CASH])
    assert write_program(read_formula(formula, evidence)) == program
    assert program_grammar(evidence).accepts(formula)


@pytest.mark.parametrize(
    "formula",
    ["= Z - A", "= abs A", "= average B", "= 11503 - B", "A - B", "= ( A - B", "= 2013 - 2012"],
)
def test_grammar_allows_only_what_the_evidence_holds(formula: str) -> None:
    assert not program_grammar(mark_evidence([INCOME, LOSSES, CASH])).accepts(formula)


def test_grammar_refuses_evidence_without_a_number() -> None:
    with pytest.raises(ValueError, match="give evidence that holds one"):
        program_grammar(mark_evidence([Sentence("we have no debt .")]))


def test_formula_over_an_unknown_mark_is_an_error() -> None:
    with pytest.raises(ProgramError, match="'Z' marks no number"):
        read_formula("= A - Z", mark_evidence([INCOME]))


def test_row_labels_with_brackets_and_commas_are_read() -> None:
    text = "table_max(sales, net ( in millions ), none), divide(#0, const_2)"
    assert write_program(parse_program(text)) == text


@pytest.mark.parametrize("text", ["", "subtract(5)", "root(4, 2)", "add(1, 2) and more", "5"])
def test_what_is_no_program_is_refused(text: str) -> None:
    with pytest.raises(ProgramError):
        parse_program(text)


def test_programs_execute_as_finqa_does() -> None:
    table = [["", "2017", "2016"], ["net loss", "$ -5 ( 5 )", "-9 ( 9 )"], ["dash", "-", "1"]]
    assert execute(parse_program("subtract(5829, 5735), divide(#0, 5735)")) == 0.01639
    assert execute(parse_program("multiply(1,200, 23.6%)")) == pytest.approx(283.2)
    assert execute(parse_program("greater(2, const_m1)")) == "yes"
    assert execute(parse_program("table_average(net loss, none)"), table) == -7
    for failing in ("divide(1, 0)", "exp(-8, 0.5)", "add(#1, 2)", "table_sum(dash, none)"):
        with pytest.raises(ProgramError):
            execute(parse_program(failing), table)


def test_numbers_are_told_from_dates_notes_and_names() -> None:
    text = "( 2 ) in note 7 on march 3 , 2012 the s&p 500 fell -$ 5,300.5 or 3 % of 10-k q4 items"
    assert [found.text for found in find_numbers(text)] == ["-5300.5", "3%"]
    assert [found.text for found in find_numbers("2012", years=True)] == ["2012"]


def test_short_numbers_keep_size_sign_and_percent() -> None:
    numbers = ("2956907", "-11503", "4.75%", "0.00321", "1250", "7200000000")
    assert [short(number) for number in numbers] == [
        *("3.0M", "-12K", "4.75%", "0.00321", "1250", "7.2B")
    ]


def test_marks_are_distinct() -> None:
    assert len(set(MARKS)) == len(MARKS) > 200
