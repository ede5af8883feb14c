"""Reports without XBRL and without an EDGAR header: whose they are, and how they are told so."""

import json
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

REPORT = """
                 SECURITIES AND EXCHANGE COMMISSION
                            FORM 10-K

For the fiscal year ended December 31, 1996

Commission file number 1-5480

BRINDLE PAPER CORP
(Exact name of registrant as specified in its charter)

Delaware     05-0315468

ITEM 1.  BUSINESS

{prose}

SIGNATURES

Dated March 14, 1997
"""
TEXT = REPORT.format(prose="Brindle makes paper in two mills and sells it to printers.\n" * 9)


def filed(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.connection.execute(
        "SELECT cik, form, period_end, filed FROM filing ORDER BY ALL"
    ).fetchall()


def test_plain_text_is_filed_under_a_provisional_company(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / "report.txt"
    path.write_text(TEXT)
    assert ingest(warehouse, [path]).skipped == []
    assert filed(warehouse) == [(-50315468, "10-K", date(1996, 12, 31), date(1997, 3, 14))]


def test_filing_json_beside_it_says_whose_it_is(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text(TEXT)
    (tmp_path / "filing.json").write_text(json.dumps({"cik": 77, "filed": "1997-03-20"}))
    assert ingest(warehouse, [path]).skipped == []
    assert filed(warehouse) == [(77, "10-K", date(1996, 12, 31), date(1997, 3, 20))]


def test_document_that_does_not_tell_is_refused_with_the_remedy(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / "report.htm"
    path.write_text("<html><body><p>FORM 10-K</p><p>Paper.</p></body></html>")
    [skipped] = ingest(warehouse, [path]).skipped
    assert "filing.json" in skipped.reason
    assert "company or period" in skipped.reason


ACCESSION = "0000000077-97-000003"
OTHER_TEXT = TEXT.replace("1996", "1997").replace("March 14, 1997", "March 13, 1998")


def submissions(**told: object) -> str:
    recent = {
        "accessionNumber": [ACCESSION], "form": ["10-K"], "filingDate": ["1997-03-14"],
        "reportDate": ["1996-12-31"], "primaryDocument": [""],
    }  # fmt: skip
    company = {"cik": "77", "name": "OTHER NAME LTD", "tickers": [], "ein": "000000000"}
    return json.dumps({**company, "filings": {"recent": recent}, **told})


def shown(warehouse: Warehouse) -> list[list[tuple[object, ...]]]:
    run = warehouse.connection.execute
    return [
        run(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()
        for table, columns in {
            "company": "*", "company_name": "*", "filing": "*", "section": "*", "fact": "*",
            "fiscal_period": "*", "ingested_file": "content_sha256, cik", "passage": "*",
        }.items()
    ]  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        {"ein": "050315468"}, {"name": "Brindle Paper Corporation"},
        {"formerNames": [{"name": "BRINDLE PAPER CO"}]},
        {"name": "Brindle Industries", "tickers": ["BRIN"]},
    ],
    ids=["employer number", "name", "former name", "ticker"],
)  # fmt: skip
def test_provisional_company_is_the_real_one_in_any_order(
    tmp_path: Path, told: dict[str, object]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "BRIN_1996.txt").write_text(TEXT)
    (folder / "BRIN_1997.txt").write_text(OTHER_TEXT)
    (folder / "listed.json").write_text(submissions(**told))
    outcomes = []
    for place, paths in enumerate(permutations(sorted(folder.iterdir()))):
        with Warehouse.open(tmp_path / f"{place}.duckdb") as warehouse:
            for path in paths:
                assert ingest(warehouse, [path]).skipped == []
            outcomes.append(shown(warehouse))
            assert warehouse.connection.execute(
                "SELECT cik, accession LIKE 'sha256:%' FROM filing ORDER BY period_end"
            ).fetchall() == [(77, False), (77, True)]
    assert outcomes == [outcomes[0]] * 6


@pytest.mark.parametrize("listing_first", [True, False])
def test_the_accession_of_a_filing_tells_its_company(
    tmp_path: Path, *, listing_first: bool
) -> None:
    report = tmp_path / "in" / "report.txt"
    report.parent.mkdir()
    report.write_text(TEXT)
    told = {"accession": ACCESSION}
    (report.parent / "filing.json").write_text(json.dumps(told))
    listing = tmp_path / "listed.json"
    listing.write_text(submissions())
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        for path in (listing, report) if listing_first else (report, listing):
            assert ingest(warehouse, [path]).skipped == []
        assert filed(warehouse) == [(77, "10-K", date(1996, 12, 31), date(1997, 3, 14))]
        assert warehouse.connection.execute("SELECT cik FROM company").fetchall() == [(77,)]
