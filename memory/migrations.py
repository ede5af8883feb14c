"""Numbered changes of the memory database's schema, applied in order, each once."""

from __future__ import annotations

import duckdb

from memory.errors import SetupError

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE record (
        id VARCHAR NOT NULL,
        version INTEGER NOT NULL,
        kind VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        text VARCHAR NOT NULL,
        data VARCHAR NOT NULL,             -- JSON object
        provenance VARCHAR NOT NULL,
        taught_by VARCHAR NOT NULL,
        created TIMESTAMP NOT NULL,        -- UTC
        content_sha256 VARCHAR NOT NULL,
        ended TIMESTAMP,                   -- NULL: this version is remembered
        ended_by VARCHAR,
        ended_because VARCHAR,             -- superseded, forgotten or withdrawn
        PRIMARY KEY (id, version)
    );
    CREATE TABLE vector (
        content_sha256 VARCHAR NOT NULL,   -- of the embedded text
        model_id VARCHAR NOT NULL,
        vector FLOAT[] NOT NULL,
        PRIMARY KEY (content_sha256, model_id)
    );
    CREATE TABLE index_entry (
        position INTEGER PRIMARY KEY,      -- row of the FAISS index
        record_id VARCHAR NOT NULL,
        content_sha256 VARCHAR NOT NULL
    );
    CREATE TABLE setting (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
    """,
)


def is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether every migration has been applied. Works on a read-only connection."""
    return _applied(connection) == len(MIGRATIONS)


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the database up to the newest schema.

    Raises:
        SetupError: A newer release wrote it.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY)")
    applied = _applied(connection)
    if applied > len(MIGRATIONS):
        raise SetupError(
            "The memory was written by a newer footnote: run `pip install --upgrade footnote`."
        )
    for number, statements in enumerate(MIGRATIONS[applied:], start=applied + 1):
        connection.execute("BEGIN")
        try:
            connection.execute(statements)
            connection.execute("INSERT INTO migration VALUES (?)", [number])
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _applied(connection: duckdb.DuckDBPyConnection) -> int:
    try:
        row = connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchone()
    except duckdb.CatalogException:
        return 0
    return int(row[0]) if row else 0
