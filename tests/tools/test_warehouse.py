import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tools.errors import SetupError
from tools.warehouse import Warehouse, migrations


def test_opening_creates_every_table_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "warehouse.duckdb"
    for _ in range(2):
        with Warehouse.open(path) as warehouse:
            rows = warehouse.connection.execute("SELECT number FROM schema_migration").fetchall()
            assert [row[0] for row in rows] == [number for number, _, _ in migrations()]
            assert warehouse.connection.execute("SELECT count(*) FROM fact").fetchall() == [(0,)]


def test_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        with pytest.raises(RuntimeError), warehouse.transaction() as connection:
            connection.execute("INSERT INTO concept VALUES ('us-gaap:Assets', 'Assets')")
            raise RuntimeError
        assert warehouse.connection.execute("SELECT count(*) FROM concept").fetchall() == [(0,)]


def test_missing_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="footnote ingest"):
        Warehouse.open(tmp_path / "none.duckdb", read_only=True)


def test_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    path.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(SetupError, match="not a warehouse"):
        Warehouse.open(path)


def test_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with Warehouse.open(path) as warehouse:
        warehouse.connection.execute("INSERT INTO schema_migration VALUES (999, 'x', NULL)")
    with pytest.raises(SetupError, match="newer"):
        Warehouse.open(path)


def test_older_schema_is_brought_up_to_date_but_not_read_only(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    duckdb.connect(str(path)).close()
    with pytest.raises(SetupError, match="older schema"):
        Warehouse.open(path, read_only=True)
    Warehouse.open(path).close()
    Warehouse.open(path, read_only=True).close()


def test_warehouse_in_use_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    code = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print(1, flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(SetupError, match="in use by another process"):
            Warehouse.open(path)
    finally:
        holder.communicate("\n")


def test_what_cannot_change_is_read_once_and_what_can_each_time(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with Warehouse.open(path) as writable:
        counted = iter([1, 2])
        assert [writable.keep("n", counted.__next__) for _ in range(2)] == [1, 2]
    with Warehouse.open(path, read_only=True) as unchanging:
        counted = iter([1, 2])
        assert [unchanging.keep("n", counted.__next__) for _ in range(2)] == [1, 1]
