"""Parsing in worker processes: same outcome, and one bad document costs only itself."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.hostile_readers import HOSTILE
from tests.tools.invented_company import body, reasons, row, state
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

Build = Callable[..., str]
BuildFacts = Callable[..., bytes]
CIK = 1999999
ROOT = Path(__file__).parents[2]


@pytest.fixture
def inbox(tmp_path: Path, companyfacts_json: BuildFacts) -> Path:
    """Seven companyfacts files, a filing each, and one that is cut off."""
    folder = tmp_path / "in"
    folder.mkdir()
    for year in range(2018, 2025):
        filed = {"accn": f"{CIK:010d}-{year - 2000}-000001", "filed": f"{year + 1}-02-14"}
        rows = [row(1e9 + number, year - number, **filed) for number in range(3)]
        (folder / f"{year}.json").write_bytes(companyfacts_json(("Revenues", "USD", rows)))
    (folder / "half.json").write_text('{"cik": 1, "facts": {')
    return folder


def test_outcome_does_not_depend_on_the_number_of_workers(
    tmp_path: Path, inbox: Path, inline_document: Build
) -> None:
    for year in (2023, 2024):
        (inbox / f"10K_{year + 1}-02-14.htm").write_text(inline_document(body(), year=year))
    (inbox / "copy.json").write_bytes((inbox / "2024.json").read_bytes())
    seen = []
    for workers in (0, 1, 3):
        with Warehouse.open(tmp_path / f"{workers}.duckdb") as warehouse:
            summary = ingest(warehouse, [inbox], workers=workers)
            assert (summary.unchanged, list(reasons(summary))) == (1, ["half.json"])
            seen.append(state(warehouse))
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]["filing"]) == 7


def test_bad_document_costs_only_itself(tmp_path: Path, inbox: Path) -> None:
    for name in ("hang", "exit", "segfault", "memory", "lambda", "refuse"):
        (inbox / f"bad-{name}.htm").write_text("<html>")
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        summary = ingest(warehouse, [inbox], workers=2, deadline_seconds=4, readers=HOSTILE)
        [(filings,)] = warehouse.connection.execute("SELECT count(*) FROM filing").fetchall()
    found = reasons(summary)
    assert found.pop("half.json").startswith("not complete JSON")
    assert "can't be handed over" in found.pop("bad-lambda.htm")
    assert found == {
        "bad-hang.htm": "took longer than 4 s to read and was given up",
        "bad-exit.htm": "could not be read: its reader crashed (exit status 7)",
        "bad-segfault.htm": "could not be read: its reader crashed (signal 11)",
        "bad-memory.htm": "needs more memory than there is",
        "bad-refuse.htm": "not wanted",
    }
    assert filings == 7


def test_hanging_document_is_given_up_in_its_time(tmp_path: Path, inbox: Path) -> None:
    (inbox / "bad-hang.htm").write_text("<html>")
    times: dict[tuple[str, str], float] = {}
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        ingest(
            warehouse, [inbox], workers=1, deadline_seconds=3, readers=HOSTILE,
            progress=lambda event: times.setdefault(
                (event.path.name, event.outcome), time.monotonic()
            ),
        )  # fmt: skip
    waited = times["bad-hang.htm", "skipped"] - times["bad-hang.htm", "started"]
    assert waited < 6  # its clock ran while those before it were stored


# A child of a background job ignores Ctrl-C; a terminal's does not.
INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from tests.tools.hostile_readers import HOSTILE
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse
with Warehouse.open(Path(sys.argv[1])) as warehouse:
    ingest(warehouse, [Path(sys.argv[2])], workers=2, readers=HOSTILE,
           progress=lambda event: print(event.outcome, event.path.name, flush=True))
"""


def start_hanging(tmp_path: Path, inbox: Path) -> subprocess.Popen[str]:
    """Start an ingestion whose second document hangs, and wait until it stores the first."""
    (inbox / "bad-hang.htm").write_text("<html>")
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "w.duckdb"), str(inbox)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("started bad-hang"):
            break
    return child


def workers_of(group: int) -> list[str]:
    shown = subprocess.run(["ps", "-o", "pid=", "-g", str(group)], capture_output=True, text=True)
    return shown.stdout.split()


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_end_of_the_run_ends_the_workers_too(tmp_path: Path, inbox: Path, kill: int) -> None:
    child = start_hanging(tmp_path, inbox)
    if kill == signal.SIGINT:
        os.killpg(child.pid, kill)  # as a terminal does
    else:
        child.kill()
    _, errors = child.communicate(timeout=120)
    assert errors.count("Traceback") == (1 if kill == signal.SIGINT else 0)
    deadline = time.monotonic() + 10
    while workers_of(child.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert workers_of(child.pid) == []
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        [(filings,)] = warehouse.connection.execute("SELECT count(*) FROM filing").fetchall()
        assert filings == 7
