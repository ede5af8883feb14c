"""Runs SQL that a model wrote, over the warehouse, on a connection that can do nothing else.

The connection is a DuckDB instance of its own, in memory, that attaches the warehouse read-only;
file access, replacement scans and extensions are off, memory is limited, and the configuration
is locked. On top of that a query must pass `tools.sql_rules`. One thread, so that rows and float
sums come in the same order on every replay.

DuckDB opens a file either once for writing or many times for reading, also within one process:
while a `Warehouse` has it open for writing, `LockedSql` cannot attach it. Open the warehouse with
`read_only=True` wherever model SQL runs.

Not covered: `/` and `avg` give floats in DuckDB; exact arithmetic belongs in the sandbox.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tools.errors import SetupError, ToolError
from tools.sql_rules import Catalog, vet_query

_MAX_RESULT_CHARS = 1_000_000
_BATCH_ROWS = 256
_NOT_FOR_MODELS = frozenset(
    ["schema_migration", "passage_segment", "stale_company", "stale_metric"]
)
_CONFIG: dict[str, str] = {
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "memory_limit": "256MB",
    "temp_directory": "",
    "threads": "1",
}


@dataclass(frozen=True)
class Rows:
    """A query's result.

    Attributes:
        columns: Column names.
        rows: The rows, in the query's order; values are plain Python, money is `Decimal`.
        sql: The text that was run: the vetted query in canonical form. Replay runs this.
        ms: Wall time in milliseconds.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    sql: str
    ms: float


class LockedSql:
    """A locked connection to one warehouse file; use as a context manager or `close` it."""

    def __init__(self, path: Path) -> None:
        """Attach the warehouse at `path`.

        Raises:
            SetupError: It is missing, no warehouse, or open for writing.
        """
        self._connection = _connect_locked(path)
        self._catalog = _read_catalog(self._connection)
        self._lock = threading.Lock()

    def __enter__(self) -> LockedSql:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and let go of the file."""
        self._connection.close()

    @property
    def catalog(self) -> Catalog:
        """The tables, views and table macros that queries may name."""
        return self._catalog

    def query(
        self,
        sql: str,
        params: Sequence[Any] = (),
        *,
        max_rows: int = 200,
        timeout_seconds: float = 5.0,
    ) -> Rows:
        """Run one SELECT over the warehouse's tables and views and return its rows.

        Args:
            sql: One SELECT (WITH allowed), DuckDB dialect, over known tables, views, macros.
            params: Values for `?` placeholders.
            max_rows: A result with more rows is refused, not cut.
            timeout_seconds: The query is interrupted after so long.

        Raises:
            ToolError: The query is not allowed, fails, is too slow or returns too much.
        """
        vetted = vet_query(sql, self._catalog)
        with self._lock:
            started = time.perf_counter()
            interrupted = threading.Event()

            def interrupt() -> None:
                interrupted.set()
                self._connection.interrupt()

            timer = threading.Timer(timeout_seconds, interrupt)
            timer.daemon = True
            timer.start()
            try:
                columns, rows = _fetch(self._connection, vetted, params, max_rows)
            except duckdb.Error as error:
                if interrupted.is_set():
                    raise ToolError(
                        f"The query ran longer than {timeout_seconds:g} seconds and was stopped. "
                        "Filter by company, metric or year first."
                    ) from error
                raise ToolError(f"The query failed: {_first_lines(error)}") from error
            finally:
                timer.cancel()
                timer.join()
            return Rows(columns, rows, vetted, (time.perf_counter() - started) * 1000)


def _fetch(
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[Any], max_rows: int
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    cursor = connection.execute(sql, list(params))
    columns = tuple(str(item[0]) for item in cursor.description or ())
    rows: list[tuple[Any, ...]] = []
    chars = 0
    while batch := cursor.fetchmany(_BATCH_ROWS):
        rows.extend(batch)
        chars += sum(len(str(value)) for row in batch for value in row)
        if len(rows) > max_rows:
            raise ToolError(
                f"The query returns more than {max_rows} rows. Filter, aggregate or add a LIMIT."
            )
        if chars > _MAX_RESULT_CHARS:
            raise ToolError("The query returns too much text. Select fewer or shorter columns.")
    return columns, tuple(rows)


def _connect_locked(path: Path) -> duckdb.DuckDBPyConnection:
    if not path.is_file():
        raise SetupError(f"There is no warehouse at {path}; run `footnote ingest PATH` first.")
    connection = duckdb.connect(":memory:", config=dict(_CONFIG))
    try:
        quoted = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS warehouse (READ_ONLY)")
        connection.execute("USE warehouse")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        connection.close()
        raise SetupError(
            f"The warehouse {path} cannot be opened for queries; "
            f"close what writes to it and try again ({_first_lines(error)})."
        ) from error
    return connection


def _read_catalog(connection: duckdb.DuckDBPyConnection) -> Catalog:
    tables = connection.execute(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_catalog = 'warehouse' AND table_schema = 'main'"
    ).fetchall()
    macros = connection.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() "
        "WHERE NOT internal AND function_type = 'table_macro' AND database_name = 'warehouse'"
    ).fetchall()
    names = {str(row[0]).lower() for row in tables} - _NOT_FOR_MODELS
    return Catalog(frozenset(names), frozenset(str(row[0]).lower() for row in macros))


def _first_lines(error: Exception) -> str:
    """The error without the echo of the query below it."""
    return " ".join(str(error).split("\n\nLINE")[0].split())
