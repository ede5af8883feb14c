"""Filings, transcripts and notes as PDF and DOCX, and folders that hold old text filings."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.tools.office_files import make_docx, make_pdf
from tests.tools.test_bare_filings import TEXT
from tests.tools.test_office import PROSE, TABLE
from tools.ingestion.merge import store_company
from tools.ingestion.records import CompanyRecord
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

COVER = (
    "SECURITIES AND EXCHANGE COMMISSION", "", "FORM 10-K", "",
    "For the fiscal year ended December 31, 2023", "", "Commission file number 1-5480", "",
    "BRINDLE PAPER CORP", "", "(Exact name of registrant as specified in its charter)", "",
    "Delaware 05-0315468",
)  # fmt: skip
BODY = ("#Item 1. Business", "", PROSE * 2, "", "#Item 8. Financial Statements", "", *TABLE)
SIGNED = ("#SIGNATURES", "", "Dated March 14, 2024")
CALL = (
    ("#Kettle Works First Quarter 2024 Earnings Call", "", "#Prepared Remarks", "",
     "Operator", "Good morning, and welcome to the call of Kettle Works.", "",
     "Ada Bright", "Chief Executive Officer, Kettle Works, Inc.",
     "Thank you. We sold more kettles than in any quarter before, and margins rose in both "
     "regions. Copper was cheaper than we had planned for, and our new plant came in on"),
    ("budget, as we had said it would.", "", "#Questions and Answers", "",
     "Carl Dunn -- Example Bank -- Analyst",
     "How long do you expect copper prices to stay this low, and what if they doubled?", "",
     "Ada Bright -- Chief Executive Officer",
     "We have fixed the price of two thirds of our copper until the end of next year."),
)  # fmt: skip
NOTE = (
    "Kettle Works: boiling over", "#Investment Thesis", PROSE, "#Valuation and Risks",
    PROSE.replace("pulp", "copper"), TABLE,
)  # fmt: skip


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.open(tmp_path / "home" / "w.duckdb") as opened:
        kettles = CompanyRecord(1, "Kettle Works", "submissions", date(2024, 1, 1), ("KTL",))
        store_company(opened.connection, kettles)
        yield opened


def rows(warehouse: Warehouse, sql: str) -> list[tuple[object, ...]]:
    return warehouse.connection.execute(sql).fetchall()


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_a_filing_goes_in_like_one_of_plain_text(
    kind: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / f"annual report.{kind}"
    if kind == "pdf":
        path.write_bytes(make_pdf([COVER, BODY, SIGNED]))
    else:
        parts = [line for line in (*COVER, *BODY[:5], TABLE, *SIGNED) if line]
        path.write_bytes(make_docx(parts))
    assert ingest(warehouse, [path], workers=0).skipped == []
    assert rows(warehouse, "SELECT cik, form, period_end, filed FROM filing") == [
        (-50315468, "10-K", date(2023, 12, 31), date(2024, 3, 14))
    ]
    items = [item for (item,) in rows(warehouse, "SELECT item FROM section ORDER BY ordinal")]
    assert items == ["cover", "1", "8", "signatures"]
    [(value, scale)] = rows(
        warehouse,
        "SELECT value, scale FROM table_cell WHERE row_label = 'Net sales' AND col_label = '2023'",
    )
    assert (value, scale) == (1234, 1_000_000)
    pages = rows(warehouse, "SELECT page FROM page_start ORDER BY page")
    assert pages == ([(1,), (2,), (3,)] if kind == "pdf" else [])


def test_ticker_on_the_command_line_says_whose_it_is(warehouse: Warehouse, tmp_path: Path) -> None:
    bare = COVER[:5]
    alike = [line.replace("BRINDLE PAPER CORP", "KETTLE HOLDINGS") for line in COVER]
    alike[4] = "For the fiscal year ended December 31, 2022"
    for number, cover in enumerate((bare, alike)):
        path = tmp_path / f"annual report {number}.pdf"
        path.write_bytes(make_pdf([cover, BODY, SIGNED]))
    call = tmp_path / "transcript of 2024-05-02.pdf"
    call.write_bytes(make_pdf(CALL))
    assert ingest(warehouse, [tmp_path], workers=0, ticker="KTL").skipped == []
    owners = "SELECT cik FROM filing UNION ALL SELECT cik FROM document"
    assert rows(warehouse, owners) == [(1,), (1,), (1,)]
    assert rows(warehouse, "SELECT cik, name FROM company") == [(1, "Kettle Works")]


def test_ticker_on_the_command_line_does_not_overrule_a_cover(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / "annual report.pdf"
    path.write_bytes(make_pdf([COVER, BODY, SIGNED]))
    assert ingest(warehouse, [path], workers=0, ticker="KTL").skipped == []
    assert rows(warehouse, "SELECT cik FROM filing") == [(-50315468,)]


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_a_call_keeps_speakers_titles_and_parts(
    kind: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / f"KTL_2024-05-02_transcript.{kind}"
    if kind == "pdf":
        path.write_bytes(make_pdf(CALL))
    else:
        joined = [*CALL[0][:-1], f"{CALL[0][-1]} {CALL[1][0]}", *CALL[1][1:]]
        path.write_bytes(make_docx([line for line in joined if line]))
    assert ingest(warehouse, [path], workers=0).skipped == []
    said = rows(
        warehouse,
        "SELECT speaker, role, part, text FROM utterance WHERE speaker <> '' ORDER BY ordinal",
    )
    assert [row[:3] for row in said] == [
        ("Operator", None, "remarks"),
        ("Ada Bright", "Chief Executive Officer, Kettle Works, Inc.", "remarks"),
        ("Carl Dunn", "Example Bank -- Analyst", "questions"),
        ("Ada Bright", "Chief Executive Officer", "questions"),
    ]
    assert str(said[1][3]).endswith("our new plant came in on budget, as we had said it would.")
    assert rows(warehouse, "SELECT kind, published FROM document") == [
        ("transcript", date(2024, 5, 2))
    ]
    if kind == "pdf":
        [(start,)] = rows(warehouse, "SELECT span_start FROM page_start WHERE page = 2")
        text = "\f".join(
            str(text) for (text,) in rows(warehouse, "SELECT text FROM section ORDER BY ordinal")
        )
        assert text[start:].startswith("budget, as we had said")  # type: ignore[misc]


@pytest.mark.parametrize("kind", ["pdf", "docx", "txt"])
def test_a_note_has_sections_of_its_own_and_no_speakers(
    kind: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / f"KTL_2024-05-03_note.{kind}"
    if kind == "pdf":
        path.write_bytes(make_pdf([[*NOTE[:-1], "", *TABLE]]))
    elif kind == "docx":
        path.write_bytes(make_docx(NOTE))
    else:
        path.write_text("\n\n".join(str(part).lstrip("#") for part in NOTE[:-1]))
    assert ingest(warehouse, [path], workers=0).skipped == []
    assert rows(warehouse, "SELECT kind, published, title FROM document") == [
        ("note", date(2024, 5, 3), "Kettle Works: boiling over")
    ]
    assert rows(warehouse, "SELECT item, title FROM section ORDER BY ordinal") == [
        ("opening", "Opening"),
        ("investment-thesis", "Investment Thesis"),
        ("valuation-and-risks", "Valuation and Risks"),
    ]
    assert rows(warehouse, "SELECT count(*) FROM utterance") == [(0,)]
    if kind != "txt":
        found = rows(warehouse, "SELECT value FROM table_cell WHERE row_label = 'Cost of sales'")
        assert found == [(-800,), (-700,)]


def test_a_folder_gives_its_reports_and_is_silent_about_other_texts(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    folder = tmp_path / "old" / "1997"
    folder.mkdir(parents=True)
    (folder / "brindle.txt").write_text(TEXT)
    (folder / "KTL_2024-05-02_call.txt").write_text("Ada Bright: We grew, and margins rose again.")
    (folder / "README.txt").write_text("A folder of old filings, each a Form 10-K.")
    (folder / "release_note.txt").write_text("Nothing new.")
    (folder / "filing_metadata.txt").write_text("Company: Brindle Paper Corp\n")
    (folder / "prices.csv").write_text("a,b\n1,2\n")
    summary = ingest(warehouse, [tmp_path / "old"], workers=0)
    assert summary.skipped == []
    assert rows(warehouse, "SELECT count(*) FROM filing") == [(1,)]
    assert rows(warehouse, "SELECT count(*) FROM document") == [(1,)]
