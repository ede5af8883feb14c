"""Frames and single concepts of EDGAR's: what is known of a row, and when it becomes a fact."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.edgar_server import EdgarServer, Fault
from tools.edgar.client import Client
from tools.edgar.companies import ListedCompany
from tools.edgar.fetch import Fetched
from tools.edgar.frames import Concept, fetch_concept, fetch_frames
from tools.edgar.settings import EdgarSettings
from tools.errors import SetupError
from tools.ingestion import frames
from tools.ingestion.companyfacts import load_json
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

APPLE = 320193
ROW = {
    "accn": "0000320193-23-000064", "cik": APPLE, "entityName": "Apple Inc.", "loc": "US-CA",
    "start": "2023-01-01", "end": "2023-04-01", "val": 94836000000,
}  # fmt: skip
FACT = {
    "start": "2023-01-01", "end": "2023-04-01", "val": 94836000000, "fy": 2023, "fp": "Q2",
    "accn": "0000320193-23-000064", "form": "10-Q", "filed": "2023-05-05",
}  # fmt: skip
LISTED = {
    "cik": "0000320193", "name": "Apple Inc.", "tickers": ["AAPL"], "formerNames": [],
    "filings": {"recent": {
        "accessionNumber": ["0000320193-23-000064"], "form": ["10-Q"],
        "filingDate": ["2023-05-05"], "reportDate": ["2023-04-01"], "primaryDocument": ["a.htm"],
    }, "files": []},
}  # fmt: skip


def frame(*rows: dict[str, Any], **head: object) -> dict[str, Any]:
    about = {"taxonomy": "us-gaap", "tag": "Revenues", "ccp": "CY2023Q1", "uom": "USD"}
    return {**about, "label": "Revenues", "pts": len(rows), "data": list(rows), **head}


def concept(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "cik": APPLE, "taxonomy": "us-gaap", "tag": "Revenues", "label": "Revenues",
        "description": "", "entityName": "Apple Inc.", "units": {"USD": list(rows)},
    }  # fmt: skip


def put(warehouse: Warehouse, folder: Path, **documents: dict[str, Any]) -> list[str]:
    """Ingest documents in the order given, one run each; return the lines for the person."""
    said: list[str] = []
    for name, document in documents.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document))
        summary = ingest(warehouse, [path], workers=0)
        said += [*summary.notes, *(one.reason for one in summary.skipped)]
    return said


def facts(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT concept, value, filed, form, source FROM fact ORDER BY ALL"
    ).fetchall()


def test_a_row_is_no_fact_while_nobody_knows_when_it_was_filed(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    [said] = put(warehouse, tmp_path, frame=frame(ROW))
    assert said.startswith("us-gaap:Revenues CY2023Q1 USD: 1 companies, of 0 of which")
    assert facts(warehouse.connection) == []
    kept = warehouse.connection.execute("SELECT cik, value, as_of FROM frame_value").fetchall()
    assert kept == [(APPLE, Decimal(94836000000), date.today())]
    assert warehouse.connection.execute("FROM company").fetchall() == []


@pytest.mark.parametrize("order", [("listed", "frame"), ("frame", "listed")])
def test_a_row_becomes_a_fact_with_the_date_of_its_filing_in_any_order(
    warehouse: Warehouse, tmp_path: Path, order: tuple[str, str]
) -> None:
    documents = {"listed": LISTED, "frame": frame(ROW)}
    put(warehouse, tmp_path, **{name: documents[name] for name in order})
    expected = ("us-gaap:Revenues", Decimal(94836000000), date(2023, 5, 5), "10-Q", "frames")
    assert facts(warehouse.connection) == [expected]


@pytest.mark.parametrize("order", [("facts", "frame"), ("frame", "facts")])
def test_a_frame_adds_nothing_to_companyfacts(
    warehouse: Warehouse, tmp_path: Path, order: tuple[str, str]
) -> None:
    block = {"us-gaap": {"Revenues": {"label": "Revenues", "units": {"USD": [FACT]}}}}
    whole = {"cik": APPLE, "entityName": "Apple Inc.", "facts": block}
    documents = {"facts": whole, "frame": frame(ROW)}
    put(warehouse, tmp_path, **{name: documents[name] for name in order})
    expected = ("us-gaap:Revenues", Decimal(94836000000), date(2023, 5, 5), "10-Q", "companyfacts")
    assert facts(warehouse.connection) == [expected]


def test_a_concept_is_read_as_companyfacts_are(warehouse: Warehouse, tmp_path: Path) -> None:
    put(warehouse, tmp_path, concept=concept(FACT))
    [(_, value, filed, form, source)] = facts(warehouse.connection)
    assert (value, filed, form, source) == (94836000000, date(2023, 5, 5), "10-Q", "companyconcept")


def test_units_instants_nonsense_and_exact_decimals() -> None:
    rows = [{**ROW, "val": 1}, {**ROW, "cik": 2, "end": "soon"}, {**ROW, "cik": 3, "val": None}]
    text = json.dumps(frame(*rows, uom="USD-per-shares")).replace('"val": 1', '"val": 0.10')
    found = frames.read(load_json(text.encode()))
    assert (found.unit, found.malformed) == ("USD/shares", 2)
    [row] = found.rows
    assert (row["value"], row["value_as_filed"]) == (Decimal("0.10"), "0.10")
    balance = {key: value for key, value in ROW.items() if key != "start"}
    [row] = frames.read(frame(balance, ccp="CY2023Q1I")).rows
    assert (row["period_start"], row["period_end"]) == (None, date(2023, 4, 1))


@pytest.mark.parametrize(
    "document", [[], {"ccp": "CY2023"}, frame(ccp="2023"), frame(data=3), frame(data=[3])]
)
def test_other_json_is_refused_in_one_line(document: object) -> None:
    with pytest.raises(SetupError, match="not frames JSON"):
        frames.read(document)


@pytest.fixture
def client(edgar: EdgarServer, tmp_path: Path) -> Iterator[Client]:
    settings = EdgarSettings(
        "Jane Doe jane@example.com", tmp_path / "cache", edgar.url, edgar.url,
        backoff_seconds=0.01, attempts=2, requests_per_second=10,
    )  # fmt: skip
    with Client(settings) as opened:
        yield opened


def test_frames_are_fetched_once_and_ingested(
    client: Client, edgar: EdgarServer, warehouse: Warehouse
) -> None:
    assets = Concept.read("Assets")
    found = fetch_frames(client, assets, "USD", ["CY2023Q2I", "CY2023Q3I"])
    assert found.problems == []
    fetch_frames(client, assets, "USD", ["CY2023Q2I"])
    assert len(edgar.paths("/frames/us-gaap/Assets/USD/CY2023Q2I")) == 1
    summary = ingest(warehouse, found.paths, workers=0)
    assert summary.skipped == []
    # Apple's total assets on July 1, 2023, in the 10-Q 0000320193-23-000077
    row = warehouse.connection.execute(
        "SELECT value, accession FROM frame_value WHERE cik = 320193 AND frame = 'CY2023Q2I'"
    ).fetchone()
    assert row == (Decimal(335038000000), "0000320193-23-000077")


def test_amounts_a_share_have_an_address_of_their_own(client: Client, edgar: EdgarServer) -> None:
    eps = Concept.read("us-gaap:EarningsPerShareDiluted")
    assert fetch_frames(client, eps, "USD/shares", ["CY2023"]).problems == []
    [path] = edgar.paths("/frames/")
    assert path.endswith("/us-gaap/EarningsPerShareDiluted/USD-per-shares/CY2023.json")


def test_what_edgar_has_not_is_said(client: Client) -> None:
    found = fetch_frames(client, Concept.read("Assets"), "USD", ["CY2023"])
    [(what, why)] = found.problems
    assert what == "us-gaap:Assets CY2023"
    assert "add an I" in why


def test_a_broken_frame_is_named_and_the_rest_comes(client: Client, edgar: EdgarServer) -> None:
    edgar.faults.append(Fault("CY2023Q2I", "cut json", times=9))
    found: Fetched = fetch_frames(client, Concept.read("Assets"), "USD", ["CY2023Q2I", "CY2023Q3I"])
    assert [what for what, _ in found.problems] == ["us-gaap:Assets CY2023Q2I"]
    assert len(found.paths) == 1


def test_a_concept_comes_with_the_list_of_filings(client: Client, warehouse: Warehouse) -> None:
    apple = ListedCompany(APPLE, "Apple Inc.", ("AAPL",))
    found = fetch_concept(client, [apple], Concept.read("us-gaap:Assets"))
    assert found.problems == []
    assert ingest(warehouse, found.paths, workers=0).skipped == []
    rows = warehouse.connection.execute(
        "SELECT value FROM fact WHERE concept = 'us-gaap:Assets' AND period_end = '2023-07-01'"
    ).fetchall()
    assert rows == [(Decimal(335038000000),)]


@pytest.mark.parametrize("text", ["", "revenues", "us-gaap/Revenues", "us-gaap:Rev enues"])
def test_a_word_that_is_no_concept_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="write one like us-gaap:Revenues"):
        Concept.read(text)


@pytest.mark.parametrize(
    ("period", "unit"), [("CY23", "USD"), ("CY2023Q5", "USD"), ("CY2023", "$")]
)
def test_a_frame_that_cannot_be_is_not_asked_for(
    client: Client, edgar: EdgarServer, period: str, unit: str
) -> None:
    with pytest.raises(SetupError):
        fetch_frames(client, Concept.read("Assets"), unit, [period])
    assert edgar.requests == []
