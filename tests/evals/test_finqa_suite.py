from __future__ import annotations

from collections.abc import Sequence

import pytest

from adapters.beams import Reply
from adapters.programs.evidence import Evidence, Row, Sentence
from adapters.programs.relevance import rank
from agent.training_rows.finqa_pages import Page, Question
from evals.statistics import bootstrap_interval
from evals.suites.finqa import report, run, wrong_by_kind

TABLE = (("", "2017", "2016"), ("operating income", "22", "20"), ("net sales", "110", "100"))
LINES = (
    Sentence("our results follow ."),
    *(Row(row[0], (("2017", row[1]), ("2016", row[2]))) for row in TABLE[1:]),
)
GOLD = {"table_1": "the operating income of 2017 is 22 ; the operating income of 2016 is 20 ;"}


def question(text: str, program: str, answer: str) -> Question:
    return Question(text, text, Page("p", LINES, TABLE), program, "", GOLD, answer)


QUESTIONS = (
    question("growth of operating income in 2017", "subtract(22, 20), divide(#0, 20)", "0.1"),
    question("change of operating income", "subtract(22, 20)", "2"),
    question("average operating income", "table_average(operating income, none)", "21"),
)


def always_growth(pairs: Sequence[tuple[str, Evidence]]) -> list[list[Reply]]:
    return [[Reply("= ( A - B ) / B", -0.1)] for _ in pairs]


def test_answers_are_scored_and_faults_named() -> None:
    answered = run(QUESTIONS, always_growth, "gold", rank)
    assert [one.score.execution for one in answered] == [True, False, False]
    assert answered[0].program == "subtract(22, 20), divide(#0, 20)"
    assert answered[0].lines == (1,)
    assert wrong_by_kind(answered) == {"other operations": 2}
    found = report(answered)
    assert (found.questions, found.unanswered) == (3, 0)
    assert found.execution == found.program == pytest.approx(1 / 3)
    assert "execution 33.3% (0.0% to 100.0%)" in str(found)


def test_retrieved_evidence_is_the_best_lines_with_numbers() -> None:
    answered = run(QUESTIONS[:1], always_growth, "retrieved", rank, top=2)
    assert answered[0].lines == (1, 2)


def test_no_reply_is_unanswered() -> None:
    found = report(run(QUESTIONS, lambda pairs: [[] for _ in pairs], "gold", rank))
    assert (found.execution, found.unanswered) == (0, 3)


def test_bootstrap_interval_covers_the_mean_and_repeats() -> None:
    low, high = bootstrap_interval([1.0] * 60 + [0.0] * 40)
    assert 0.49 < low < 0.52 and 0.68 < high < 0.71
    assert bootstrap_interval([1.0] * 60 + [0.0] * 40) == (low, high)
    with pytest.raises(ValueError, match="no values"):
        bootstrap_interval([])
