from __future__ import annotations

from pathlib import Path

import pytest

from adapters.errors import SetupError
from adapters.training.contamination import (
    allowed,
    fingerprint,
    refusals_of,
    refuse,
    shipped_refusals,
)
from adapters.training.rows import TrainingRow

LONG = "in which of the two years that the table shows did the invented company sell more grain"


def row(question: str, name: str = "a", origin: str = "made up") -> TrainingRow:
    return TrainingRow(name, "program", origin, "g", {"question": question, "lines": ["x"]}, "y")


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    path = tmp_path / "test.jsonl"
    path.write_text(f'{{"id": "X/2009/page_1.pdf-2", "qa": {{"question": "{LONG}"}}}}\n')
    return path


def test_same_words_in_other_case_and_punctuation_are_refused(tests: Path) -> None:
    assert "refused text" in refusals_of(tests).reason(row(LONG.upper() + " ?"))


def test_thirteen_words_in_a_row_are_refused_and_twelve_are_not(tests: Path) -> None:
    words = LONG.split()
    refusals = refusals_of(tests)
    assert "13 words" in refusals.reason(row("today " + " ".join(words[:13])))
    assert refusals.reason(row("today " + " ".join(words[:12]))) == ""


@pytest.mark.parametrize("name", ["X/2009/page_1.pdf-2", "X/2009/page_1.pdf-2#3"])
def test_id_of_a_refused_question_is_refused_with_its_variants(tests: Path, name: str) -> None:
    assert "is the id" in refusals_of(tests).reason(row("how much?", name))


@pytest.mark.parametrize("origin", ["finqa-test", "FinLoRA test split", "FinanceBench"])
def test_a_test_split_is_refused_by_name(origin: str) -> None:
    assert "names a test split" in shipped_refusals().reason(row("how much?", origin=origin))


def test_training_stops_and_row_makers_drop(tests: Path) -> None:
    rows = [row("how much?", "kept"), row(LONG, "bad")]
    assert [kept.id for kept in allowed(rows, refusals_of(tests))] == ["kept"]
    with pytest.raises(SetupError, match="training row bad may not be used"):
        list(refuse(rows, refusals_of(tests)))


def test_missing_list_of_tests_is_a_setup_error(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="give a file of questions"):
        refusals_of(tmp_path / "none.jsonl")


def test_word_order_does_not_change_a_fingerprint() -> None:
    assert fingerprint("Net sales, in 2012?") == fingerprint("in 2012 net SALES")
    assert fingerprint("net sales in 2012") != fingerprint("net sales in 2013")


@pytest.mark.data
def test_every_question_of_finqa_dev_is_refused(shared_data: Path) -> None:
    from agent.training_rows.finqa_pages import read_records

    records = read_records(shared_data / "finqa" / "dev.jsonl.gz")
    refusals = shipped_refusals()
    assert all(refusals.reason(row(record["question"])) for record in records)
    assert all(refusals.reason(row("?", record["id"])) for record in records if record["id"])
