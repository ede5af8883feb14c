"""The warehouse: one DuckDB file with filed facts, filings as text, and views over them.

Opening runs the numbered migrations in `tools/migrations`. This module knows no schema
beyond its own `schema_migration` table; what goes in is decided by `tools.ingestion.run`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import duckdb

from tools.errors import SetupError

_RETRY_SECONDS = 0.25
Kept = TypeVar("Kept")


class InUse(SetupError):
    """Another process has the warehouse open."""


class Warehouse:
    """An open warehouse file; a context manager that closes it."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool = False
    ) -> None:
        self.connection = connection
        self.path = path
        self._read_only = read_only
        self._kept: dict[Hashable, Any] = {}

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        wait_seconds: float = 0.0,
        tell: Callable[[str], object] | None = None,
    ) -> Warehouse:
        """Open (or create) the warehouse at `path` and bring its schema up to date.

        One process may write, or several may read.

        Args:
            path: The warehouse's file.
            read_only: Whether nothing is to be changed.
            wait_seconds: How long to wait for another process that has it.
            tell: Called with a line that names that process, before waiting.

        Raises:
            SetupError: The file is missing (read only), in use, not a warehouse, or newer
                than this release.
        """
        connection = wait_for(
            path, lambda: _connect(path, read_only), wait_seconds=wait_seconds, tell=tell
        )
        warehouse = cls(connection, path, read_only=read_only)
        try:
            warehouse._migrate(read_only)
        except BaseException:
            warehouse.close()
            raise
        return warehouse

    def reopen(self) -> None:
        """Recover from a fatal error (a full disk): close, and read the file as last committed.

        Raises:
            SetupError: It cannot be opened again.
        """
        with suppress(duckdb.Error):
            self.connection.close()
        self.connection = wait_for(
            self.path, lambda: _connect(self.path, read_only=False), wait_seconds=0.0
        )

    def close(self) -> None:
        """Close the connection; safe to call twice."""
        self.connection.close()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def keep(self, key: Hashable, read: Callable[[], Kept]) -> Kept:
        """Return what `read` reads; only once where nobody can change it meanwhile.

        While a warehouse is open read-only, no process can open it for writing.
        """
        if not self._read_only:
            return read()
        if key not in self._kept:
            self._kept[key] = read()
        kept: Kept = self._kept[key]
        return kept

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Commit the block as one, or leave no trace of it."""
        self.connection.execute("BEGIN TRANSACTION")
        try:
            yield self.connection
        except BaseException:
            with suppress(duckdb.Error):  # a fatal error has already undone it
                self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def _migrate(self, read_only: bool) -> None:
        known = migrations()
        applied = self._applied()
        newest = max((number for number, _, _ in known), default=0)
        if applied and max(applied) > newest:
            raise SetupError(
                f"The warehouse {self.path} was written by a newer Footnote; "
                "update with `pip install --upgrade footnote`."
            )
        pending = [step for step in known if step[0] not in applied]
        if pending and read_only:
            raise SetupError(
                f"The warehouse {self.path} has an older schema; "
                "run `footnote ingest` once to bring it up to date."
            )
        for number, name, sql in pending:
            self._apply(number, name, sql)

    def _applied(self) -> set[int]:
        found = self.connection.execute(
            "SELECT count(*) FROM duckdb_tables() "
            "WHERE table_name = 'schema_migration' AND NOT internal"
        ).fetchall()
        if not found[0][0]:
            return set()
        rows = self.connection.execute("SELECT number FROM schema_migration").fetchall()
        return {int(row[0]) for row in rows}

    def _apply(self, number: int, name: str, sql: str) -> None:
        with self.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_migration "
                "(number INTEGER PRIMARY KEY, name VARCHAR, applied TIMESTAMP)"
            )
            connection.execute(sql)
            connection.execute(
                "INSERT INTO schema_migration VALUES (?, ?, now()::TIMESTAMP)", [number, name]
            )


def run_with_rows(connection: duckdb.DuckDBPyConnection, rows: Any, sql: str) -> None:
    """Run a statement that reads the Arrow table `rows` under the name `incoming_rows`."""
    connection.register("incoming_rows", rows)
    try:
        connection.execute(sql)
    finally:
        connection.unregister("incoming_rows")


def append_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Any) -> None:
    """Append an Arrow table whose column names are columns of `table`."""
    if rows.num_rows:
        columns = ", ".join(rows.column_names)
        sql = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming_rows"
        run_with_rows(connection, rows, sql)


def migrations() -> list[tuple[int, str, str]]:
    """List the migrations that ship, as (number, file name, SQL), in order."""
    folder = resources.files("tools").joinpath("migrations")
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return [
        (int(name.split("_", 1)[0]), name, folder.joinpath(name).read_text(encoding="utf-8"))
        for name in names
    ]


Opened = TypeVar("Opened")


def wait_for(
    path: Path,
    attempt: Callable[[], Opened],
    *,
    wait_seconds: float,
    tell: Callable[[str], object] | None = None,
) -> Opened:
    """Open something over the warehouse at `path`, waiting while another process has it.

    Raises:
        SetupError: It can't be opened, or the other process still has it after `wait_seconds`.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return attempt()
        except (duckdb.Error, OSError) as error:
            if not _is_locked(error) or time.monotonic() >= deadline:
                kind = InUse if _is_locked(error) else SetupError
                raise kind(_why_not(path, error, wait_seconds)) from error
            if tell is not None:
                tell(f"waiting for {_holder(error)}, which has the warehouse open")
                tell = None
        time.sleep(_RETRY_SECONDS)


def _connect(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    if read_only and not path.exists():
        raise SetupError(f"There is no warehouse at {path}; run `footnote ingest PATH` first.")
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(str(path), read_only=read_only)


def _is_locked(error: Exception) -> bool:
    return "lock on file" in str(error)


def _holder(error: Exception) -> str:
    found = re.search(r"\(PID (\d+)\)", str(error))
    return f"another process ({found[1]})" if found else "another process"


def _why_not(path: Path, error: Exception, waited: float) -> str:
    text = str(error)
    if _is_locked(error):
        patience = f" and has been for {waited:,.0f} s" if waited else ""
        return (
            f"The warehouse {path} is in use by {_holder(error)}{patience}; try again when it "
            "is done, or wait longer with FOOTNOTE_WAIT_SECONDS."
        )
    if "not a valid DuckDB" in text or "magic" in text:
        return f"{path} is not a warehouse file; move it away and run `footnote ingest` again."
    if isinstance(error, PermissionError) or "ermission" in text:
        return f"No permission to open the warehouse {path}; set FOOTNOTE_HOME to your own folder."
    return f"Cannot open the warehouse {path}: {text.splitlines()[0] if text else error!r}"
