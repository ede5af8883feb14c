"""Real files of EDGAR's through the loopback server: lists of all ages, facts, a submission."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.edgar_server import EdgarServer
from tests.edgar_site import real_site
from tools.edgar.client import Client
from tools.edgar.fetch import Fetched, fetch, find_companies
from tools.edgar.listing import Wanted
from tools.edgar.settings import EdgarSettings
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

pytestmark = pytest.mark.data


@pytest.fixture
def real_edgar(shared_data: Path) -> Iterator[EdgarServer]:
    with EdgarServer(real_site(shared_data / "edgar")) as server:
        yield server


def run(server: EdgarServer, folder: Path, words: list[str], wanted: Wanted | None) -> Fetched:
    settings = EdgarSettings(
        "Jane Doe jane@example.com", folder / "cache", server.url, server.url,
        requests_per_second=10, backoff_seconds=0.01,
    )  # fmt: skip
    with Client(settings) as client:
        return fetch(client, find_companies(client, words), wanted)


def test_a_list_with_an_older_page_and_facts_go_in(real_edgar: EdgarServer, tmp_path: Path) -> None:
    found = run(real_edgar, tmp_path, ["tesla"], Wanted(("10-K",), (2010, 2012)))
    assert [path.name for path in found.paths] == [
        "CIK0001318605.json", "CIK0001318605-submissions-001.json", "CIK0001318605.json",
    ]  # fmt: skip
    # The bundle has no submissions of Tesla's; the three years' annual reports are looked for.
    missing = [what for what, _ in found.problems]
    assert {what.split()[0] for what in missing} <= {"10-K", "10-K/A"}
    assert len(missing) >= 3
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        summary = ingest(warehouse, found.paths, workers=0)
        assert summary.skipped == []
        assert warehouse.connection.execute(
            "SELECT filed FROM filing WHERE form = '10-K' ORDER BY filed LIMIT 1"
        ).fetchall() == [(date(2011, 3, 3),)]


def test_a_real_submission_comes_through_the_downloader(
    real_edgar: EdgarServer, tmp_path: Path
) -> None:
    path = "/submissions/CIK0001045810.json"
    listing = json.loads(real_edgar.site.pages[path])  # older than the submission
    new = {"accessionNumber": "0001045810-26-000024", "form": "8-K", "filingDate": "2026-03-06"}
    for name, column in listing["filings"]["recent"].items():
        column.insert(0, new.get(name, "2026-03-02" if name == "reportDate" else ""))
    real_edgar.site.put_json(path, listing)
    found = run(real_edgar, tmp_path, ["NVDA"], Wanted(("8-K",), (2026, 2026)))
    names = [path.name for path in found.paths if path.suffix == ".txt"]
    assert names == ["0001045810-26-000024.txt"]
    folder = "/Archives/edgar/data/1045810/000104581026000024/"
    assert found.paths[-1].read_bytes() == real_edgar.site.pages[folder + names[0]]
