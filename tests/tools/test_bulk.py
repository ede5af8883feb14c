"""The SEC's bulk zips: companyfacts.zip and submissions.zip, a member a company."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.ingestion.run import ingest
from tools.warehouse import Warehouse


def companyfacts(cik: int, value: int = 5) -> bytes:
    row = {
        "end": "2024-12-31", "val": value, "accn": f"{cik:010d}-25-000001", "fy": 2024, "fp": "FY",
        "form": "10-K", "filed": "2025-02-14",
    }  # fmt: skip
    tags = {"Assets": {"label": "Assets", "units": {"USD": [row]}}}
    return json.dumps({"cik": cik, "entityName": f"No {cik}", "facts": {"us-gaap": tags}}).encode()


def submissions(cik: int) -> bytes:
    columns = ("accessionNumber", "form", "filingDate", "reportDate", "primaryDocument")
    row = (f"{cik:010d}-25-000001", "10-K", "2025-02-14", "2024-12-31", "a.htm")
    recent = {name: [text] for name, text in zip(columns, row, strict=True)}
    document = {"cik": cik, "name": f"No {cik}", "tickers": [f"T{cik}"], "formerNames": []}
    return json.dumps({**document, "filings": {"recent": recent, "files": []}}).encode()


def bulk(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def ciks(warehouse: Warehouse) -> list[int]:
    rows = warehouse.connection.execute("SELECT DISTINCT cik FROM fact ORDER BY 1").fetchall()
    return [row[0] for row in rows]


def test_both_zips_go_in_member_by_member(warehouse: Warehouse, tmp_path: Path) -> None:
    facts = {f"CIK{cik:010d}.json": companyfacts(cik) for cik in (1, 2, 3)}
    lists = {f"CIK{cik:010d}.json": submissions(cik) for cik in (1, 2, 3)}
    paths = [bulk(tmp_path / "companyfacts.zip", facts), bulk(tmp_path / "submissions.zip", lists)]
    summary = ingest(warehouse, paths, workers=0)
    assert (summary.skipped, summary.companies, summary.facts) == ([], 3, 3)
    rows = warehouse.connection.execute("SELECT tickers FROM company ORDER BY cik").fetchall()
    assert rows == [(["T1"],), (["T2"],), (["T3"],)]
    assert ingest(warehouse, paths, workers=0).unchanged == 6


def test_only_some_companies_are_read(warehouse: Warehouse, tmp_path: Path) -> None:
    members = {f"CIK{cik:010d}.json": companyfacts(cik) for cik in range(1, 200)}
    members["CIK0000000007-submissions-001.json"] = b"not even JSON"
    path = bulk(tmp_path / "companyfacts.zip", members)
    seen: list[str] = []
    summary = ingest(
        warehouse,
        [path],
        workers=0,
        only={5, 9},
        progress=lambda event: seen.append(event.path.name),
    )
    assert (summary.skipped, ciks(warehouse)) == ([], [5, 9])
    assert set(seen) == {"CIK0000000005.json", "CIK0000000009.json"}


def test_corrupt_members_are_named_and_the_rest_goes_in(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    path = bulk(
        tmp_path / "companyfacts.zip",
        {
            "CIK0000000001.json": companyfacts(1),
            "CIK0000000002.json": companyfacts(2, 2222222),
            "CIK0000000003.json": companyfacts(3)[:-30],
            "CIK0000000004.json": b'{"cik": 4, "facts": []}',
            "CIK0000000005.json": b"",
            "CIK0000000006.json": b" " * 3_000_000,
            "CIK0000000007.json": companyfacts(7),
            "inner/older.zip": b"PK\x03\x04",
            "../CIK0000000008.json": companyfacts(8),
        },
    )
    whole = path.read_bytes()
    place = whole.index(b"CIK0000000002.json") + 60  # in the packed bytes: the checksum fails
    path.write_bytes(whole[:place] + b"\x00\x00\x00\x00" + whole[place + 4 :])
    summary = ingest(warehouse, [path], workers=0, max_bytes=1_000_000)
    reasons = {skip.path.name: skip.reason for skip in summary.skipped}
    expected = {
        "CIK0000000002.json": "corrupt member", "CIK0000000003.json": "not complete JSON",
        "CIK0000000004.json": "not companyfacts", "CIK0000000005.json": "empty",
        "CIK0000000006.json": "unpacks to more than", "older.zip": "zip within a zip",
    }  # fmt: skip
    assert set(reasons) == set(expected)
    assert all(words in reasons[name] for name, words in expected.items()), reasons
    assert ciks(warehouse) == [1, 7, 8]
    assert not (tmp_path.parent / "CIK0000000008.json").exists()  # nothing is unpacked to disk


def test_a_truncated_zip_is_one_line(warehouse: Warehouse, tmp_path: Path) -> None:
    path = bulk(tmp_path / "companyfacts.zip", {"CIK0000000001.json": companyfacts(1)})
    path.write_bytes(path.read_bytes()[:-30])
    [skipped] = ingest(warehouse, [path], workers=0).skipped
    assert "not a readable zip" in skipped.reason


@pytest.mark.data
def test_real_members_give_what_their_files_give(
    tmp_path: Path, shared_data: Path, companyfacts_json: Callable[..., bytes]
) -> None:
    folder = shared_data / "edgar" / "companyfacts"
    files = [folder / f"CIK{cik:010d}.json.gz" for cik in (1731289, 1997711)]
    path = bulk(tmp_path / "companyfacts.zip", {one.name: one.read_bytes() for one in files})
    found = []
    for number, paths in enumerate(([path], files)):
        with Warehouse.open(tmp_path / f"{number}.duckdb") as warehouse:
            assert ingest(warehouse, paths, workers=0).skipped == []
            rows = warehouse.connection.execute("SELECT * FROM fact ORDER BY fact_id").fetchall()
            found.append(rows)
    assert found[0] == found[1] != []
