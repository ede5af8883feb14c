"""Ingestion killed at any moment: the warehouse holds whole files, a second run completes it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.invented_company import body, row

Build = Callable[..., str]
BuildFacts = Callable[..., bytes]
ROOT = Path(__file__).parents[2]
CIK = 1999999


@pytest.fixture
def inbox(tmp_path: Path, companyfacts_json: BuildFacts) -> Path:
    """Six companyfacts files of one company, of which each is a filing of 200 facts."""
    folder = tmp_path / "in"
    folder.mkdir()
    for year in range(2019, 2025):
        filed = {"accn": f"{CIK:010d}-{year - 2000}-000001", "filed": f"{year + 1}-02-14"}
        rows = [row(1e9 + tag, year, **filed) for tag in range(200)]
        blocks = [(f"Tag{number}", "USD", [one]) for number, one in enumerate(rows)]
        (folder / f"{year}.json").write_bytes(companyfacts_json(*blocks))
    return folder


def kill(folder: Path, inbox: Path, kills: int, workers: int) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.tools.kill_runs", folder, inbox, str(kills), str(workers)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("kills", "workers"),
    [
        (4, 0),
        (2, 2),
        pytest.param(14, 0, marks=pytest.mark.slow),
        pytest.param(4, 2, marks=pytest.mark.slow),
    ],
)
def test_killed_ingestion_leaves_whole_files_and_resumes(
    tmp_path: Path, inbox: Path, inline_document: Build, kills: int, workers: int
) -> None:
    if workers == 0:
        (inbox / "10K_2025-02-14.htm").write_text(inline_document(body()))
    found = kill(tmp_path, inbox, kills, workers)
    assert len(found) == kills
    assert [one for one in found if one["orphans"]] == []
    assert [one for one in found if one["differing"]] == []
    assert [one for one in found if one["after_resuming"]] == []
    assert len({one["files"] for one in found}) > 1  # they were killed at different points
