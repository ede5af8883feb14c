"""A run killed after its files are in and before its figures are made: the next one makes them."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from agent.assemble import Parts
from agent.config import read_settings
from tests.tools.invented_company import row
from tools.figures.materialise import is_stale
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

ROOT = Path(__file__).parents[2]
KILLED_WHEN_STORED = """
import os, signal, sys
from pathlib import Path
from agent.assemble import Parts
from agent.config import read_settings
from tools.ingestion.run import ingest
def die(event):
    if event.outcome == "done":
        os.kill(os.getpid(), signal.SIGKILL)
with Parts(read_settings(home=Path(sys.argv[1]), model="scripted")).open_for_writing() as warehouse:
    ingest(warehouse, [Path(sys.argv[2])], workers=0, progress=die)
"""
FACTS = "facts.json"
Open = Callable[[Path], Iterator[Warehouse]]


def open_for_writing(home: Path) -> Iterator[Warehouse]:
    with Parts(read_settings(home=home, model="scripted")).open_for_writing() as warehouse:
        yield warehouse


def open_to_ask(home: Path) -> Iterator[Warehouse]:
    parts = Parts(read_settings(home=home, model="scripted"))
    yield parts.warehouse
    parts.close()


def ingest_again(home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(home / "warehouse.duckdb") as warehouse:
        assert ingest(warehouse, [home / FACTS], workers=0).unchanged == 1
        yield warehouse


def figures(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.connection.execute(
        "SELECT metric, fiscal_year, value FROM figure WHERE fiscal_period = 'FY' "
        "AND metric IN ('revenue', 'net_margin') AND value IS NOT NULL ORDER BY ALL"
    ).fetchall()


@pytest.fixture(scope="module")
def killed(
    tmp_path_factory: pytest.TempPathFactory, companyfacts_json: Callable[..., bytes]
) -> Path:
    """Return the home that an ingestion left which was killed when its one file was stored."""
    home = tmp_path_factory.mktemp("killed")
    (home / FACTS).write_bytes(
        companyfacts_json(
            ("Revenues", "USD", [row(800, 2023), row(1000, 2024)]),
            ("NetIncomeLoss", "USD", [row(250, 2024)]),
        )
    )
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WHEN_STORED, home, home / FACTS],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    with Warehouse.open(home / "warehouse.duckdb") as left:
        [(facts,)] = left.connection.execute("SELECT count(*) FROM fact").fetchall()
        assert (facts, figures(left), is_stale(left)) == (3, [], True)
    return home


@pytest.mark.parametrize("reopen", [open_for_writing, open_to_ask, ingest_again])
def test_figures_that_a_killed_run_did_not_make_are_made_next(
    killed: Path, tmp_path: Path, reopen: Open
) -> None:
    home = Path(shutil.copytree(killed, tmp_path / "home"))
    with contextmanager(reopen)(home) as warehouse:
        assert not is_stale(warehouse)
        assert figures(warehouse) == [
            ("net_margin", 2024, Decimal("0.25")), ("revenue", 2023, 800), ("revenue", 2024, 1000),
        ]  # fmt: skip
