import gzip
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from tests.tools.invented_company import (
    ACCESSION,
    REVENUE,
    body,
    counts,
    reasons,
    row,
    state,
)
from tools.ingestion.filing_identity import accession_in_name, date_in_name, signature_date
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

Build = Callable[..., str]
BuildFacts = Callable[..., bytes]


def test_filing_and_companyfacts_give_one_fact_each(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build, companyfacts_json: BuildFacts
) -> None:
    filing = tmp_path / "10K_2025-02-14.htm"
    filing.write_text(inline_document(body()))
    known = tmp_path / "facts.json"
    known.write_bytes(companyfacts_json(("Revenues", "USD", [row(1250000000), row(9e8, 2023)])))
    summary = ingest(warehouse, [filing, known])
    assert summary.conflicts == 0
    rows = warehouse.connection.execute(
        "SELECT accession, value, source, element_id, dimensions IS NULL FROM fact "
        "ORDER BY period_end DESC, dimensions NULLS FIRST"
    ).fetchall()
    assert rows == [
        (ACCESSION, Decimal(1250000000), "inline", "f-1", True),
        (ACCESSION, Decimal(750000000), "inline", "f-2", False),
        (ACCESSION, Decimal(900000000), "companyfacts", None, True),
    ]


def test_end_state_does_not_depend_on_the_order(
    tmp_path: Path, inline_document: Build, companyfacts_json: BuildFacts
) -> None:
    first, second, known = (tmp_path / name for name in ("a_2025-02-14.htm", "b.htm", "c.json"))
    first.write_text(inline_document(body("1,249")))
    second.write_text(inline_document(body("1,100"), year=2023))
    known.write_bytes(
        companyfacts_json(
            ("Revenues", "USD", [row(1250000000), row(9e8, 2022)]), name="BRINDLE PAPER CORP."
        )
    )
    seen = []
    for number, order in enumerate(permutations((first, second, known))):
        with Warehouse.open(tmp_path / f"{number}.duckdb") as warehouse:
            summary = ingest(warehouse, order)
            assert (summary.skipped, summary.conflicts) == ([], 1)
            seen.append(state(warehouse))
    assert all(one == seen[0] for one in seen)
    assert len(seen[0]["fact"]) == 5
    assert "Decimal('1249000000.0000000000'), 'inline'" in seen[0]["fact_conflict"][0]


def test_every_table_that_names_a_filing_moves_to_its_real_accession(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build, companyfacts_json: BuildFacts
) -> None:
    filing, known = tmp_path / "10K_2025-02-14.htm", tmp_path / "facts.json"
    filing.write_text(inline_document(body()))
    known.write_bytes(companyfacts_json(("Revenues", "USD", [row(1250000000)])))
    ingest(warehouse, [filing])
    warehouse.connection.execute(
        "CREATE TABLE note (accession VARCHAR, ordinal INTEGER, fact_id BIGINT, "
        "PRIMARY KEY (accession, ordinal));"
        "INSERT INTO note SELECT accession, row_number() OVER (), fact_id FROM fact;"
        f"INSERT INTO note VALUES ('{ACCESSION}', 1, 5)"
    )
    ingest(warehouse, [known])
    rows = warehouse.connection.execute(
        "SELECT note.accession, ordinal, note.fact_id = 5 OR fact.accession = note.accession "
        "FROM note LEFT JOIN fact USING (fact_id) ORDER BY ordinal"
    ).fetchall()
    assert rows == [(ACCESSION, 1, True), (ACCESSION, 2, True)]


def test_second_run_changes_nothing(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build, companyfacts_json: BuildFacts
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "10K_2025-02-14.htm").write_text(inline_document(body()))
    packed = gzip.compress(companyfacts_json(("Revenues", "USD", [row(1250000000)])))
    (tmp_path / "in" / "facts.json.gz").write_bytes(packed)
    assert counts(ingest(warehouse, [tmp_path / "in"]))[:3] == (1, 1, 2)
    before = state(warehouse)
    again = ingest(warehouse, [tmp_path / "in"])
    assert (counts(again), again.unchanged) == ((0, 0, 0, 0, 0), 2)
    assert state(warehouse) == before


def test_second_copy_of_a_filing_is_named_not_stored(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build
) -> None:
    one, two = tmp_path / "10K_2025-02-14.htm", tmp_path / "copy.htm"
    one.write_text(inline_document(body()))
    two.write_text(inline_document(body()) + "\n")
    summary = ingest(warehouse, [one, two])
    assert "another copy" in reasons(summary)["copy.htm"]
    assert summary.filings == 1


def test_lone_filing_is_complete_on_its_own(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build
) -> None:
    path = tmp_path / "brin-20241231.htm"
    path.write_text(inline_document(body()))
    ingest(warehouse, [path])
    filing = warehouse.connection.execute(
        "SELECT accession LIKE 'sha256:%', form, filed, period_end, fiscal_year FROM filing"
    ).fetchall()
    assert filing == [(True, "10-K", date(2025, 2, 14), date(2024, 12, 31), 2024)]
    company = warehouse.connection.execute("SELECT name, tickers FROM company").fetchall()
    assert company == [("Brindle Paper Corp.", ["BRIN"])]
    periods = warehouse.connection.execute(
        "SELECT fiscal_year, fiscal_period, period_start, period_end FROM fiscal_period"
    ).fetchall()
    assert periods == [(2024, "FY", date(2024, 1, 1), date(2024, 12, 31))]


def test_given_tickers_come_first_even_for_known_companies(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build
) -> None:
    path = tmp_path / "10K_2025-02-14.htm"
    path.write_text(inline_document(body()))
    ingest(warehouse, [path])
    ingest(warehouse, [path], tickers={1999999: ["BPC"], 5: ["NOPE"]})
    assert warehouse.connection.execute("SELECT tickers FROM company").fetchall() == [
        (["BPC", "BRIN"],)
    ]


def test_value_that_does_not_fit_is_counted_not_rounded(
    warehouse: Warehouse, tmp_path: Path, companyfacts_json: BuildFacts
) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(companyfacts_json(("Ratio", "pure", [row(0.12345678912345), row(0.5, 2023)])))
    summary = ingest(warehouse, [path])
    assert (summary.unfit, summary.facts) == (1, 1)


def test_one_day_periods_are_spelled_as_edgar_does(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build
) -> None:
    path = tmp_path / "10K_2025-02-14.htm"
    path.write_text(inline_document(REVENUE.format("day", "f-1", "5")))
    ingest(warehouse, [path])
    assert warehouse.connection.execute("SELECT period_start, period_end FROM fact").fetchall() == [
        (None, date(2024, 6, 18))
    ]


@pytest.mark.parametrize("start", [None, "2024-06-18"])
@pytest.mark.parametrize("facts_first", [True, False])
def test_a_one_day_period_is_one_fact_in_all_sources(
    warehouse: Warehouse,
    tmp_path: Path,
    inline_document: Build,
    companyfacts_json: Callable[..., bytes],
    start: str | None,
    facts_first: bool,
) -> None:
    accession = "0001999999-25-000001"
    page = tmp_path / f"10K_2025-02-14_{accession}.htm"
    page.write_text(inline_document(REVENUE.format("day", "f-1", "5")))
    told = {"end": "2024-06-18", "val": 5_000_000, "accn": accession, "fy": 2024, "fp": "FY"}
    told |= {"form": "10-K", "filed": "2025-02-14"} | ({"start": start} if start else {})
    facts = tmp_path / "facts.json"
    facts.write_bytes(companyfacts_json(("Revenues", "USD", [told])))
    for path in (facts, page) if facts_first else (page, facts):
        assert not ingest(warehouse, [path]).skipped
    assert warehouse.connection.execute(
        "SELECT period_start, period_end, value, source FROM fact"
    ).fetchall() == [(None, date(2024, 6, 18), 5_000_000, "inline")]


def test_full_submission_text_gives_its_own_accession(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build
) -> None:
    header = (
        "<SEC-DOCUMENT>x.txt\n<SEC-HEADER>\nACCESSION NUMBER:\t\t0001999999-25-000031\n"
        "CONFORMED SUBMISSION TYPE:\t10-K\nCONFORMED PERIOD OF REPORT:\t20241231\n"
        "FILED AS OF DATE:\t\t20250218\nCOMPANY CONFORMED NAME:\t\t\tBRINDLE PAPER CORP\n"
        "CENTRAL INDEX KEY:\t\t\t0001999999\n</SEC-HEADER>\n"
        "<DOCUMENT>\n<TYPE>10-K\n<TEXT>\n<XBRL>\n"
    )
    path = tmp_path / "full-submission.txt"
    path.write_text(header + inline_document(body()) + "\n</XBRL>\n</TEXT>\n</DOCUMENT>")
    assert ingest(warehouse, [path]).skipped == []
    rows = warehouse.connection.execute("SELECT accession, filed FROM filing").fetchall()
    assert rows == [("0001999999-25-000031", date(2025, 2, 18))]


def test_dates_and_accessions_in_file_names() -> None:
    end = date(2024, 9, 28)
    assert date_in_name("10K_2024-11-01.htm.gz", end) == date(2024, 11, 1)
    assert date_in_name("orcl-10-q-2024-08-31.html", date(2024, 8, 31)) is None
    assert date_in_name("aapl-20240928.htm", end) is None
    assert date_in_name("x_2024-99-99.htm", end) is None
    assert accession_in_name("10q_apple_000032019323000077.html") == "0000320193-23-000077"
    assert accession_in_name("aapl-20240928.htm") is None


def test_signature_date_is_the_one_most_signatures_bear() -> None:
    text = (
        "<p>SIGNATURES</p><p>Date:&#160;November&#160;1, 2024</p><p>Signed November 1, 2024</p>"
        "<p>Notes due December 15, 2025</p>"
    )
    assert signature_date(text, date(2024, 9, 28)) == date(2024, 11, 1)
    words = "SIGNATURES this 3rd day of March, 2025"
    assert signature_date(words, date(2024, 12, 31)) == date(2025, 3, 3)


@pytest.mark.data
def test_inline_facts_agree_with_companyfacts(warehouse: Warehouse, shared_data: Path) -> None:
    """Every fact of Walmart's 10-K for fiscal 2024 that both sources have is the same."""
    known = shared_data / "edgar" / "companyfacts" / "CIK0000104169.json.gz"
    filing = shared_data / "filings" / "10k" / "WMT" / "10K_2024-03-15.htm.gz"
    ingest(warehouse, [known])
    [(before,)] = warehouse.connection.execute("SELECT count(*) FROM fact").fetchall()
    summary = ingest(warehouse, [filing])
    assert (summary.conflicts, summary.unfit, summary.unreadable) == (0, 0, 0)
    [(shared,)] = warehouse.connection.execute(
        "SELECT count(*) FROM fact WHERE source = 'inline' AND dimensions IS NULL "
        "AND concept NOT LIKE 'wmt:%'"
    ).fetchall()
    [(after,)] = warehouse.connection.execute(
        "SELECT count(*) FROM fact WHERE dimensions IS NULL AND concept NOT LIKE 'wmt:%'"
    ).fetchall()
    assert (shared, after) == (529, before)
    revenue = warehouse.connection.execute(
        "SELECT value, value_as_filed, accession FROM fact WHERE concept = 'us-gaap:Revenues' "
        "AND dimensions IS NULL AND period_start = DATE '2023-02-01' AND source = 'inline' "
        "AND period_end = DATE '2024-01-31'"
    ).fetchall()
    assert revenue == [(Decimal(648125000000), "648,125 (in millions)", "0000104169-24-000056")]
