from __future__ import annotations

from pathlib import Path

import pytest

from adapters.programs.evidence import Row, Sentence
from adapters.programs.relevance import rank

PAGE = (
    Sentence("our fleet is described in the annual report of the company ."),
    Sentence("interest paid rose because rates rose ."),
    Row("cost of sales", (("2017", "70"), ("2016", "64"))),
    Row("operating income", (("2017", "22"), ("2016", "19"))),
    Row("total net sales", (("2017", "110"), ("2016", "100"))),
    Sentence("in 2011 the company paid dividends of $ 5 million to its holders ."),
)


def test_row_that_the_question_names_comes_first() -> None:
    assert rank("what was the change in operating income from 2016 to 2017?", PAGE)[0] == 3


def test_both_sides_of_a_share_come_before_the_rest() -> None:
    best = rank("what percentage of total net sales was cost of sales in 2017?", PAGE)[:2]
    assert sorted(best) == [2, 4]


def test_sentence_is_found_by_its_words_and_year() -> None:
    assert rank("how much was paid as dividends in 2011?", PAGE)[0] == 5


def test_every_line_is_ranked_once_and_the_same_way_again() -> None:
    order = rank("what was net income?", PAGE)
    assert sorted(order) == list(range(len(PAGE)))
    assert rank("what was net income?", PAGE) == order
    assert rank("anything", ()) == []


@pytest.mark.data
def test_recall_on_finqa_dev_reaches_what_is_documented(shared_data: Path) -> None:
    from evals.suites.finqa import dev_questions, retrieval_recall

    assert retrieval_recall(dev_questions(shared_data, 200), rank, 5) > 0.88
