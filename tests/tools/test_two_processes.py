"""Two processes and one warehouse: a writer has it alone, others wait, and say for whom."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.invented_company import row, state
from tools.ingestion.run import ingest
from tools.warehouse import InUse, Warehouse

BuildFacts = Callable[..., bytes]
ROOT = Path(__file__).parents[2]
INGEST = """
import sys
from pathlib import Path
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse
print("ready", flush=True)
sys.stdin.readline()
with Warehouse.open(Path(sys.argv[1]), wait_seconds=60, tell=print) as warehouse:
    summary = ingest(warehouse, [Path(sys.argv[2])])
print(summary.filings, summary.unchanged, len(summary.skipped))
"""
HOLD = """
import sys, time
from pathlib import Path
from tools.warehouse import Warehouse
with Warehouse.open(Path(sys.argv[1]), read_only=sys.argv[2] == "reading") as warehouse:
    print("open", flush=True)
    time.sleep(float(sys.argv[3]))
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a program and wait for its first line."""
    child = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()
    return child


def test_two_ingestions_at_once_give_what_one_after_the_other_gives(
    tmp_path: Path, companyfacts_json: BuildFacts
) -> None:
    boxes = [tmp_path / "one", tmp_path / "two"]
    for number, box in enumerate(boxes):
        box.mkdir()
        for year in range(2019 + number, 2025, 2):
            filed = {"accn": f"0001999999-{year - 2000}-000001", "filed": f"{year + 1}-02-14"}
            data = companyfacts_json(("Revenues", "USD", [row(1e9, year, **filed)]))
            (box / f"{year}.json").write_bytes(data)
    children = [start(INGEST, tmp_path / "w.duckdb", box) for box in boxes]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    told = [child.communicate(timeout=120)[0].splitlines()[-1] for child in children]
    assert told == ["3 0 0", "3 0 0"]
    with Warehouse.open(tmp_path / "r.duckdb") as right, Warehouse.open(tmp_path / "w.duckdb") as w:
        ingest(right, boxes)
        assert state(w) == state(right)


def test_who_waits_too_long_is_told_who_has_the_warehouse(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    Warehouse.open(path).close()
    holder = start(HOLD, path, "writing", 30)
    try:
        for read_only in (True, False):
            began = time.monotonic()
            with pytest.raises(InUse, match=rf"another process \({holder.pid}\) and has been for"):
                Warehouse.open(path, read_only=read_only, wait_seconds=0.6)
            assert 0.5 < time.monotonic() - began < 5
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.parametrize(("held", "read_only"), [("writing", True), ("reading", False)])
def test_waiting_ends_when_the_other_is_done(tmp_path: Path, held: str, read_only: bool) -> None:
    path = tmp_path / "w.duckdb"
    Warehouse.open(path).close()
    holder = start(HOLD, path, held, 1)
    told: list[str] = []
    with Warehouse.open(path, read_only=read_only, wait_seconds=60, tell=told.append):
        pass
    holder.communicate()
    [line] = told
    assert re.search(rf"waiting for another process \({holder.pid}\)", line)
