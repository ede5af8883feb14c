"""Writes of statement layouts; the caller holds the transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import duckdb
import pyarrow as pa

from tools.statements.layout import FilingLayout
from tools.statements.records import StatementLine
from tools.warehouse import append_rows

_SCHEMA = pa.schema(
    [
        ("accession", pa.string()),
        ("statement", pa.string()),
        ("layout", pa.string()),
        ("role", pa.string()),
        ("title", pa.string()),
        ("ordinal", pa.int32()),
        ("depth", pa.int32()),
        ("label", pa.string()),
        ("concept", pa.string()),
        ("is_abstract", pa.bool_()),
        ("negated", pa.bool_()),
        ("preferred_label", pa.string()),
        ("dimensions", pa.string()),
        ("table_no", pa.int32()),
        ("row_no", pa.int32()),
    ]
)


def store_statement_lines(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[StatementLine]
) -> int:
    """Store the lines of whole statements; returns how many.

    A statement that is on file from the same kind of source is replaced, unless what is on file
    has more lines (a part of a filing does not overwrite the whole).
    """
    lines = list(rows)
    if not lines:
        return 0
    arrays = [
        pa.array([getattr(line, field.name) for line in lines], field.type) for field in _SCHEMA
    ]
    return store_line_table(connection, pa.table(arrays, schema=_SCHEMA))


def store_line_table(connection: duckdb.DuckDBPyConnection, lines: pa.Table) -> int:
    """Store lines that come as a table with the columns of `statement_line`; returns how many."""
    connection.register("incoming_lines", lines)
    try:
        for statement in (_LARGER, _REPLACE, _INSERT):
            connection.execute(statement)
    finally:
        connection.unregister("incoming_lines")
    return int(lines.num_rows)


_LARGER = """
CREATE OR REPLACE TEMP TABLE larger_statement AS
SELECT new.accession, new.statement, new.layout
FROM (SELECT accession, statement, layout, count(*) AS lines FROM incoming_lines GROUP BY ALL) new
LEFT JOIN (SELECT accession, statement, layout, count(*) AS lines FROM statement_line
           WHERE accession IN (SELECT accession FROM incoming_lines) GROUP BY ALL) kept
    USING (accession, statement, layout)
WHERE new.lines >= coalesce(kept.lines, 0)
"""
_REPLACE = """
DELETE FROM statement_line USING larger_statement AS new
WHERE statement_line.accession = new.accession AND statement_line.statement = new.statement
    AND statement_line.layout = new.layout
"""
_INSERT = f"""
INSERT INTO statement_line ({", ".join(_SCHEMA.names)})
SELECT {", ".join(_SCHEMA.names)} FROM incoming_lines
JOIN larger_statement USING (accession, statement, layout)
"""


def store_layout(
    connection: duckdb.DuckDBPyConnection, accession: str, layout: FilingLayout
) -> None:
    """Store what a filing's linkbases say."""
    store_statement_lines(connection, [replace(line, accession=accession) for line in layout.lines])
    _replace_rows(
        connection,
        "calculation",
        accession,
        {
            "role": [arc.role for arc in layout.calculations],
            "parent": [arc.parent for arc in layout.calculations],
            "child": [arc.child for arc in layout.calculations],
            "ordinal": list(range(len(layout.calculations))),
            "weight": [arc.weight for arc in layout.calculations],
        },
    )
    _replace_rows(
        connection,
        "filing_label",
        accession,
        {
            "concept": [row[0] for row in layout.labels],
            "role": [row[1] for row in layout.labels],
            "label": [row[2] for row in layout.labels],
        },
    )
    _replace_rows(
        connection,
        "axis_default",
        accession,
        {
            "axis": [row[0] for row in layout.defaults],
            "member": [row[1] for row in layout.defaults],
        },
    )


def store_lines_of(
    connection: duckdb.DuckDBPyConnection, accession: str, lines: Iterable[StatementLine]
) -> None:
    """Store lines that do not name their filing yet."""
    store_statement_lines(connection, [replace(line, accession=accession) for line in lines])


def _replace_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    accession: str,
    columns: dict[str, list[object]],
) -> None:
    count = len(next(iter(columns.values())))
    [(kept,)] = connection.execute(
        f"SELECT count(*) FROM {table} WHERE accession = ?", [accession]
    ).fetchall()
    if count < kept or not count:
        return
    connection.execute(f"DELETE FROM {table} WHERE accession = ?", [accession])
    append_rows(connection, table, pa.table({"accession": [accession] * count, **columns}))
