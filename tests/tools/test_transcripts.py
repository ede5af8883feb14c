"""An invented call of an invented company."""

from datetime import date
from pathlib import Path

import pytest

from tools.documents.transcript import read
from tools.ingestion.run import ingest
from tools.search.scope import Filter, load_scope
from tools.warehouse import Warehouse

CALL = """Kettle Works First Quarter 2024 Earnings Call

Prepared Remarks:

Operator

Good morning, and welcome to the call of Kettle Works.

Ada Bright -- Chief Executive Officer

Thank you. We sold more kettles than in any quarter before, and margins rose in both regions.
Copper was cheaper than we had planned for, and our new plant in Ohio came in on budget.

Questions and Answers:

Operator

The first question comes from Carl Dunn.

Carl Dunn -- Example Bank -- Analyst

How long do you expect copper prices to stay this low, and what would you do if they doubled?

Ada Bright -- Chief Executive Officer

We have fixed the price of two thirds of our copper until the end of next year, Carl.
"""


def test_speakers_roles_and_parts_are_kept_apart() -> None:
    said = [(one.speaker, one.role, one.part) for one in read(CALL).utterances]
    assert said == [
        ("", None, "remarks"),
        ("Operator", None, "remarks"),
        ("Ada Bright", "Chief Executive Officer", "remarks"),
        ("Operator", None, "questions"),
        ("Carl Dunn", "Example Bank -- Analyst", "questions"),
        ("Ada Bright", "Chief Executive Officer", "questions"),
    ]


def test_spans_are_true() -> None:
    found = read(CALL)
    for one in found.utterances:
        assert found.plain_text[one.span_start : one.span_end] == one.text
    for part, start, end in found.passages():
        _, text, begins = found.parts[part]
        assert found.plain_text[start:end] == text[start - begins : end - begins]


def test_names_before_the_words_and_the_operator_opening_questions() -> None:
    text = (
        "Operator: Welcome.\nAda Bright: We grew.\nMore of that.\n"
        "Operator: Our first question is from Carl Dunn.\nCarl Dunn: Why?\nAda Bright: Kettles.\n"
    )
    assert [(one.speaker, one.part, one.text) for one in read(text).utterances] == [
        ("Operator", "remarks", "Welcome."),
        ("Ada Bright", "remarks", "We grew.\n\nMore of that."),
        ("Operator", "questions", "Our first question is from Carl Dunn."),
        ("Carl Dunn", "questions", "Why?"),
        ("Ada Bright", "questions", "Kettles."),
    ]


def test_a_text_without_speakers_is_one_utterance_of_nobody() -> None:
    [one] = read("We grew.\nMargins rose.\n").utterances
    assert (one.speaker, one.part, one.text) == ("", "remarks", "We grew.\n\nMargins rose.")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    opened = Warehouse.open(tmp_path / "w.duckdb")
    opened.connection.execute("INSERT INTO company VALUES (1, 'Kettle Works', ['KTL'], [], '', '')")
    return opened


def test_a_transcript_is_searched_like_a_filing(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "KTL_2024-05-02_transcript.txt"
    path.write_text(CALL)
    summary = ingest(warehouse, [path])
    assert summary.skipped == []
    [(kind, published)] = warehouse.connection.execute(
        "SELECT kind, published FROM document"
    ).fetchall()
    assert (kind, published) == ("transcript", date(2024, 5, 2))
    questions = load_scope(warehouse, Filter(items=["questions"], forms=["transcript"]))
    assert len(questions) > 0
    assert questions.score_words("copper price fixed").max() > 0
    assert len(load_scope(warehouse, Filter(as_of=date(2024, 5, 1)))) == 0
    warehouse.close()


def test_documents_of_nobody_known_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    for name in ("ZZZ_2024-05-02_transcript.txt", "transcript.txt", "KTL_call.txt"):
        (tmp_path / name).write_text("We grew, and margins rose.")
    paths = sorted(tmp_path.glob("*.txt"))
    reasons = " ".join(one.reason for one in ingest(warehouse, paths, workers=0).skipped)
    assert "no day found" in reasons
    assert "ticker ZZZ is on file" in reasons
    assert "begin its name with the ticker" in reasons
    warehouse.close()
