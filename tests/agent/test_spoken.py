"""Questions about an earnings call or a research note; call and note are invented."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.assemble import Parts
from agent.config import read_settings
from agent.footnotes import describe, footnote_line
from agent.replay import replay
from agent.session import Session
from agent.spoken import asks_document
from tests.tools.office_files import make_docx, make_pdf
from tools.ingestion.run import ingest

CALL = (
    ("#Halden First Quarter 2025 Earnings Call", "", "#Prepared Remarks", "",
     "Ada Bright -- Chief Executive Officer",
     "Demand for our sensors was strong, and we hired forty engineers for the new plant."),
    ("#Questions and Answers", "", "Carl Dunn -- Example Bank -- Analyst",
     "How long will the shortage of fiber coils hold back the deliveries of your compasses?", "",
     "Ada Bright -- Chief Executive Officer",
     "The shortage of fiber coils will end when our second supplier is qualified this summer."),
)  # fmt: skip
NOTE = (
    "#Investment Thesis",
    "The shortage of fiber coils is priced in, and we expect it to end soon.",
)


@pytest.fixture(scope="module")
def parts(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    home = tmp_path_factory.mktemp("spoken") / "home"
    shutil.copytree(sample_home, home)
    files = tmp_path_factory.mktemp("files")
    (files / "call_2025-05-02_transcript.pdf").write_bytes(make_pdf(CALL))
    (files / "HLDN_2025-05-03_note.docx").write_bytes(make_docx(NOTE))
    opened = Parts(read_settings(home=home, model="scripted"))
    with opened.open_for_writing() as warehouse:
        [(ticker,)] = warehouse.connection.execute(
            "SELECT tickers[1] FROM company WHERE name LIKE 'Halden%'"
        ).fetchall()
        assert ingest(warehouse, [files], workers=0, ticker=ticker).skipped == []
    return opened


@pytest.fixture(scope="module")
def ask(parts: Parts) -> Iterator[Callable[[str], dict[str, Any]]]:
    with Session.open(parts) as session:
        yield session.ask


def test_the_call_is_quoted_with_speaker_part_date_and_page(
    ask: Callable[[str], dict[str, Any]], parts: Parts
) -> None:
    record = ask("What did Halden say about the shortage of fiber coils in the Q&A?")
    answer = record["answer"]
    assert answer["status"] == "answered", answer["text"]
    assert "On Halden Marine Instruments" in answer["text"]
    spoken = [note for note in answer["footnotes"] if "second supplier" in note["source"]["quote"]]
    line = footnote_line(spoken[0])
    assert "call of 2025-05-02, questions, Ada Bright (Chief Executive Officer), page 2" in line
    assert {note["source"]["item"] for note in answer["footnotes"]} == {"questions"}
    assert any("Ada Bright" in row for row in describe(record, spoken[0]))
    assert all(one.same for one in replay(record, parts))


def test_a_note_is_quoted_as_a_note(ask: Callable[[str], dict[str, Any]]) -> None:
    answer = ask("What does Halden expect of the fiber coil shortage, in the research note?")[
        "answer"
    ]
    assert answer["status"] == "answered", answer["text"]
    assert "A research note on Halden" in answer["text"]
    assert "research note of 2025-05-03" in footnote_line(answer["footnotes"][0])


def test_filings_are_still_read_where_no_call_is_named(
    ask: Callable[[str], dict[str, Any]],
) -> None:
    answer = ask("What does Halden say about its dependence on a single supplier?")["answer"]
    assert {note["source"]["form"] for note in answer["footnotes"]} == {"10-K"}


def test_a_call_that_is_not_on_file_is_said(ask: Callable[[str], dict[str, Any]]) -> None:
    answer = ask("What did Apple say about iPhone demand on the earnings call?")["answer"]
    assert answer["status"] == "abstained"
    assert "No transcript of a call of Apple" in answer["text"]


@pytest.mark.parametrize(
    ("question", "kind", "part"),
    [
        ("What did Apple say about China on its Q1 2024 earnings call?", "transcript", None),
        ("What did analysts ask Apple about?", "transcript", "questions"),
        ("In the prepared remarks, how did Apple describe demand?", "transcript", "remarks"),
        ("What does the broker say of Apple in the research note?", "note", None),
        ("What were Apple's earnings in 2024?", None, None),
        ("What would you call Apple's earnings trend?", None, None),
        ("Apple's notes payable in 2023", None, None),
        ("What does Apple call its segments?", None, None),
    ],
)
def test_only_questions_that_name_a_call_or_note_are_about_one(
    question: str, kind: str | None, part: str | None
) -> None:
    wanted = asks_document(question)
    assert (wanted.kind, wanted.part) == (kind, part) if wanted else kind is None
