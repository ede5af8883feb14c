"""Reports without XBRL and without an EDGAR header: whose they are, and how they are told so."""

import json
from collections.abc import Iterator
from datetime import date
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


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.open(tmp_path / "home" / "w.duckdb") as opened:
        yield opened


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
