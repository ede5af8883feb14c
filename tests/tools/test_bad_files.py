"""A file that cannot be read or stored costs one line; the rest goes in."""

import gzip
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.invented_company import (
    body,
    reasons,
    row,
    state,
)
from tools.ingestion.run import IngestEvent, ingest
from tools.warehouse import Warehouse

Build = Callable[..., str]
BuildFacts = Callable[..., bytes]


def test_every_bad_file_gets_one_line_and_the_rest_is_ingested(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build
) -> None:
    good = inline_document(body())
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    packed = gzip.compress(good.encode())
    files: dict[str, bytes] = {
        "good_2025-02-14.htm": good.encode(),
        "empty.htm": b"",
        "blank.json": b" \n",
        "plain.htm": b"<html><body>No facts here.</body></html>",
        "cut.htm": good[: len(good) // 2].encode(),
        "cut.htm.gz": packed[: len(packed) // 2],
        "broken.htm.gz": packed[:40] + b"\x00\x00\x00" + packed[43:],
        "bomb.htm.gz": gzip.compress(b"\0" * 30_000_000),
        "huge.htm": b"<html>" + b" " * 11_000_000,
        "other.json": b'{"a": 1}',
        "half.json": b'{"cik": 1, "facts": {',
        "latin.htm": "<html>caf\xe9 \x81</html>".encode("latin-1"),
        "binary.htm": bytes(range(256)) * 40,
        "proxy.htm": inline_document(form="DEF 14A").encode(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "dangling.htm").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.htm")
    summary = ingest(warehouse, [folder, tmp_path / "absent"], max_bytes=10_000_000)
    found = reasons(summary)
    assert summary.filings == 1
    assert set(found) == {*files, "dangling.htm", "pipe.htm", "absent"} - {"good_2025-02-14.htm"}
    assert all("\n" not in reason for reason in found.values())
    expected = {
        "empty.htm": "empty", "blank.json": "empty", "plain.htm": "no inline XBRL",
        "cut.htm": "truncated", "cut.htm.gz": "truncated gzip", "broken.htm.gz": "gzip",
        "bomb.htm.gz": "unpacks to more than", "huge.htm": "larger than",
        "other.json": "neither", "half.json": "not complete JSON", "latin.htm": "wrong encoding",
        "binary.htm": "wrong encoding", "proxy.htm": "form DEF14A", "dangling.htm": "no such file",
        "pipe.htm": "not a regular file", "absent": "no such file",
    }  # fmt: skip
    for name, words in expected.items():
        assert words in found[name], (name, found[name])


def test_corrupt_member_of_a_zip_is_reported_and_the_others_are_ingested(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build, companyfacts_json: BuildFacts
) -> None:
    path = tmp_path / "bulk.zip"
    noise = b"\0CORRUPT" * 40
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("a/10K_2025-02-14.htm", inline_document(body()))
        packed.writestr("b.json", noise)
        packed.writestr("facts.json", companyfacts_json(("Revenues", "USD", [row(1250000000)])))
        packed.writestr("notes.pdf.bak", b"not a candidate")
    path.write_bytes(path.read_bytes().replace(noise, noise[::-1]))
    summary = ingest(warehouse, [path])
    assert (summary.filings, summary.facts) == (1, 2)
    assert set(reasons(summary)) == {"b.json"}
    assert "corrupt member" in reasons(summary)["b.json"]
    assert [str(skip.path) for skip in summary.skipped] == [f"{path}/b.json"]
    assert ingest(warehouse, [path]).unchanged == 2


def test_broken_zip_is_one_line(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK\x03\x04 and then nothing")
    assert "not a readable zip" in reasons(ingest(warehouse, [path]))["broken.zip"]


def test_unreadable_folder_is_one_line(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every folder")
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o000)
    assert reasons(ingest(warehouse, [folder])) == {"closed": "no permission to read it"}


def test_progress_tells_every_file(
    warehouse: Warehouse, tmp_path: Path, inline_document: Build
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a_2025-02-14.htm").write_text(inline_document(body()))
    (tmp_path / "in" / "b.htm").write_text("nothing")
    events: list[IngestEvent] = []
    ingest(warehouse, [tmp_path / "in"], progress=events.append)
    assert [(event.index, event.total, event.outcome) for event in events] == [
        (1, 2, "started"),
        (1, 2, "done"),
        (2, 2, "started"),
        (2, 2, "skipped"),
    ]


FULL_DISK = """
import resource, sys
from pathlib import Path
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse
with Warehouse.open(Path(sys.argv[1])) as warehouse:
    warehouse.connection.execute("CHECKPOINT")
    size = Path(sys.argv[1]).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60_000, size + 60_000))
    for skip in ingest(warehouse, [Path(sys.argv[2])]).skipped:
        print(skip.reason)
"""


def test_full_disk_keeps_nothing_of_the_file(tmp_path: Path, companyfacts_json: BuildFacts) -> None:
    rows = [row(number, accn=f"{number:010d}-25-000001") for number in range(40_000)]
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "facts.json"
    path.write_bytes(companyfacts_json(("Revenues", "USD", rows)))
    place = tmp_path / "home" / "w.duckdb"
    Warehouse.open(place).close()
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(place), str(path)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert "disk is full" in done.stdout, done.stdout + done.stderr
    with Warehouse.open(place) as warehouse:
        assert all(not rows for rows in state(warehouse).values())
    assert sorted(entry.name for entry in place.parent.iterdir()) == ["w.duckdb"]
