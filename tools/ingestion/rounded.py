"""Rounded facts (source `fsds`) give way to exact ones of the same filing, in any order."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tools.warehouse import run_with_rows

SOURCE = "fsds"
CONCEPT, FRAMES = "companyconcept", "frames"
# Sources that bring single facts of a filing: these do not stand for the rest of it.
SINGLE = (CONCEPT, FRAMES)


def without_exact(connection: duckdb.DuckDBPyConnection, facts: pa.Table) -> pa.Table:
    """Leave out the facts of filings that have exact ones."""
    connection.register("rounded_facts", facts.select(["accession"]))
    try:
        rows = connection.execute(
            f"SELECT DISTINCT accession FROM fact WHERE source NOT IN {(SOURCE, *SINGLE)} "
            "AND accession IN (SELECT accession FROM rounded_facts)"
        ).fetchall()
    finally:
        connection.unregister("rounded_facts")
    exact = pa.array([row[0] for row in rows], pa.string())
    return facts.filter(pc.invert(pc.is_in(facts.column("accession"), exact)))


def note(connection: duckdb.DuckDBPyConnection, filings: pa.Table) -> None:
    """Remember filings (accession, period_end) as rounded."""
    run_with_rows(
        connection,
        filings.select(["accession", "period_end"]),
        "INSERT INTO rounded_filing SELECT accession, period_end FROM incoming_rows "
        "ON CONFLICT DO NOTHING",
    )


def give_way(connection: duckdb.DuckDBPyConnection, exact: pa.Table) -> None:
    """Remove the rounded facts of filings of which exact facts have just been stored.

    A filing's rounded period end goes, too, if nobody has given an exact one since.
    """
    run_with_rows(
        connection,
        exact.select(["accession"]),
        "CREATE OR REPLACE TEMP TABLE now_exact AS SELECT accession, period_end "
        "FROM rounded_filing SEMI JOIN incoming_rows USING (accession)",
    )
    if connection.execute("SELECT 1 FROM now_exact LIMIT 1").fetchall():
        for statement in _GIVE_WAY:
            connection.execute(statement)


_GIVE_WAY = (
    "DELETE FROM fact WHERE source = 'fsds' AND accession IN (SELECT accession FROM now_exact)",
    "UPDATE filing SET period_end = NULL FROM now_exact WHERE now_exact.accession = "
    "filing.accession AND now_exact.period_end = filing.period_end "
    "AND filing.source IN ('fsds', 'companyfacts')",
    "DELETE FROM rounded_filing WHERE accession IN (SELECT accession FROM now_exact)",
)
