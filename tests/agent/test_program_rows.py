from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from adapters.programs.evidence import Row, Sentence
from adapters.programs.execute import execute
from adapters.programs.formula import read_formula
from adapters.programs.steps import write_program
from adapters.tasks.program import PROGRAM, mark_for_program, program_grammar
from adapters.training.contamination import refusals_of
from adapters.training.rows import TrainingRow
from agent.training_rows.finqa_pages import Question, read_questions, split_sentences, table_rows
from agent.training_rows.finqa_programs import operand_lines, parse_gold, program_of
from agent.training_rows.program import make_row, rows
from agent.training_rows.program_examples import finqa_example
from agent.training_rows.program_tables import table_questions
from agent.training_rows.sources import RowSources
from agent.training_rows.tatqa import tatqa_train

TABLE = [
    ["( in millions )", "2017", "2016"],
    ["net sales", "$ 110", "100"],
    ["cost of sales", "-70 ( 70 )", "-64 ( 64 )"],
    ["margin", "36.4% ( 36.4 % )", "36.0% ( 36.0 % )"],
]
FINQA: dict[str, Any] = {
    "id": "ACME/2017/page_1.pdf-1",
    "question": "what was the percentage change in net sales from 2016 to 2017?",
    "exe_ans": "0.1",
    "program": "subtract(110, 100), divide(#0, 100)",
    "expression": "( ( 110.0 - 100.0 ) / 100.0 )",
    "context_kind": "full_structured",
    "pre_text": ["acme inc .", "sales rose by 10% ( 10 % ) ."],
    "post_text": ["we had 31 stores on december 31 , 2017 ."],
    "table": TABLE,
    "context": None,
    "gold_inds": {"table_1": "the net sales of 2017 is $ 110 ; the net sales of 2016 is 100 ;"},
}


def written(path: Path, records: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, records)).encode()))
    return path


@pytest.fixture
def question(tmp_path: Path) -> Question:
    return next(read_questions(written(tmp_path / "train.jsonl.gz", [FINQA])))


@pytest.mark.parametrize(
    "shape",
    [
        {
            "context_kind": "full_flat",
            "pre_text": None,
            "context": "Pre-text:\nacme inc .\nTable:\n"
            + "\n".join(" | ".join(row) for row in TABLE)
            + "\nPost-text:\nwe had 31 stores .",
        },
        {
            "context_kind": None,
            "pre_text": None,
            "context": "acme inc . sales rose .\n"
            + "\n".join("|" + "|".join(row) + "|" for row in TABLE)
            + "\nwe had 31 stores .",
        },
        {
            "context_kind": "gold_evidence_only",
            "pre_text": None,
            "context": "table_1: the net sales of 2017 is $ 110 ; the net sales of 2016 is 100 ;",
        },
    ],
)
def test_every_shape_of_page_gives_the_same_row(tmp_path: Path, shape: dict[str, Any]) -> None:
    path = written(tmp_path / "train.jsonl.gz", [{**FINQA, **shape}])
    example = finqa_example(next(read_questions(path)), "test data")
    assert example is not None
    row = example.lines[example.gold[0]]
    assert row == Row("net sales", (("2017", "$ 110"), ("2016", "100")))
    assert example.answer == 0.1


def test_row_holds_gold_and_distractors_in_the_pages_order(question: Question) -> None:
    example = finqa_example(question, "made up")
    assert example is not None
    found = [make_row(example, range(6), random.Random(seed), "r") for seed in range(20)]
    made = {(tuple(row.variables["evidence"]), row.completion) for row in found if row}
    assert (("net sales: 2017 A 110; 2016 B 100",), "= ( A - B ) / B") in made
    assert any(
        lines[:2] == ("sales rose by A 10% .", "net sales: 2017 B 110; 2016 C 100")
        and formula == "= ( B - C ) / C"
        for lines, formula in made
    )


@pytest.mark.parametrize(
    ("expression", "program"),
    [
        ("( ( 110.0 - 100.0 ) / 100.0 )", "subtract(110, 100), divide(#0, 100)"),
        ("( 70.0 / 110.0 )", "divide(70, 110)"),
        ("( 0.364 - 0.36 )", "subtract(36.4%, 36.0%)"),
        ("( 110.0 > ( 2.0 * 64.0 ) )", "multiply(const_2, 64), greater(110, #0)"),
        ("( 105.0 T )", "table_average(net sales, none)"),
    ],
)
def test_expressions_become_programs_in_the_pages_spelling(expression: str, program: str) -> None:
    found = program_of(expression, "what was the average?", table_rows(TABLE))
    assert found is not None
    assert write_program(found) == program


@pytest.mark.parametrize("expression", ["( 111.0 / 110.0 )", "( N0 / 110.0 )", "( 1.0 T )", ""])
def test_expression_with_a_number_from_elsewhere_is_given_up(expression: str) -> None:
    assert program_of(expression, "what?", table_rows(TABLE)) is None


def test_number_in_two_lines_is_taken_from_the_one_the_question_speaks_of() -> None:
    lines = [Row("rent", (("2017", "5"),)), Row("taxes", (("2017", "5"),)), Sentence("5 of 9 .")]
    program = parse_gold("add(5, const_1)")
    assert program is not None
    assert operand_lines(program, "what were taxes in 2017 plus one?", lines) == [1]


def test_sentences_end_at_full_stops_that_stand_alone() -> None:
    found = split_sentences("acme inc . sold 1.5 million . . . . .")
    assert [line.text for line in found if isinstance(line, Sentence)] == [
        "acme inc .",
        "sold 1.5 million .",
    ]


def test_generated_questions_have_allowed_formulas_and_the_right_order() -> None:
    made = list(table_questions([("doc", table_rows(TABLE))], 3, count=60))
    assert len({row.completion for row in made}) > 10
    assert {row.group for row in made} == {"doc"}
    for row in made:
        shown = [line for line in table_rows(TABLE) if _label(line) in str(row.variables)]
        evidence, variables = mark_for_program(str(row.variables["question"]), shown)
        if variables == row.variables:
            assert program_grammar(evidence).accepts(row.completion)
    growth = next(row for row in made if _is_growth_of_sales(row))
    evidence, _ = mark_for_program(
        str(growth.variables["question"]),
        [line for line in table_rows(TABLE) if f"{_label(line)}:" in str(growth.variables)],
    )
    assert execute(read_formula(growth.completion, evidence)) == 0.1


def test_rows_leave_out_what_is_measured_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = "what was the change in the number of stores from 2003 to 2004?"
    (tmp_path / "measured.txt").write_text(measured)
    refusals = refusals_of(tmp_path / "measured.txt")
    monkeypatch.setattr("agent.training_rows.program.shipped_refusals", lambda: refusals)
    written(tmp_path / "finqa" / "train_with_context.jsonl.gz", [FINQA])
    asked = {"idx": 7, "id": "X/2001/page_2.pdf-1", "answer": "", "exe_ans": ""}
    questions = [
        {**asked, "question": "what was the change in rent from 2003 to 2004?"},
        {**asked, "idx": 8, "question": measured},
    ]
    records = [{**one, "expression": "( 9.0 - 4.0 )"} for one in questions]
    written(tmp_path / "finqa" / "train_questions_nocontext.jsonl.gz", records)
    (tmp_path / "convfinqa").mkdir()
    (tmp_path / "convfinqa" / "train_subset_50.json.gz").write_bytes(gzip.compress(b"[]"))
    written(tmp_path / "tatqa" / "train_subset.jsonl.gz", [])
    made = {row.id: row for row in rows(RowSources(tmp_path), 1, generated=5)}
    assert {"ACME/2017/page_1.pdf-1#0", "asked-7"} <= set(made)
    assert "asked-8" not in made
    asked_row = made["asked-7"]
    assert re.search(r"'rent: 200[234] . [49]|'rent: 2002", str(asked_row.variables))
    assert PROGRAM.render(**asked_row.variables)


def test_tatqa_question_with_one_reading_gets_its_program(tmp_path: Path) -> None:
    context = (
        "[t_table] type=table\n|  | 2019 | 2018 |\n| --- | --- | --- |\n"
        "| Gross profit | $(25.5) | $ 20.0 |\n| Rent | 3.0 | 2.0 |\n\n[x] type=text\nWe grew."
    )
    record = {
        "id": "q1",
        "context": context,
        "question": "What was the change in gross profit between 2018 and 2019?",
        "answer": "-45.5 million",
    }
    vague = {**record, "id": "q2", "question": "What happened to gross profit?"}
    written(tmp_path / "train_subset.jsonl.gz", [record, vague])
    found = list(tatqa_train(tmp_path))
    assert [example.id for example in found] == ["tatqa:q1"]
    assert write_program(found[0].program) == "subtract(-25.5, 20.0)"


def _is_growth_of_sales(row: TrainingRow) -> bool:
    question = str(row.variables["question"])
    change = re.fullmatch(r"= \( (.) - (.) \) / \2", row.completion)
    return bool(change) and "net sales" in question


def _label(line: object) -> str:
    return line.label if isinstance(line, Row) else ""
