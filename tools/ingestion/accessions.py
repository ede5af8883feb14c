"""Accession numbers: which known filing a lone document is, whatever was ingested first.

A document that no known filing matches gets a provisional accession, 'sha256:' and the first
16 hex digits of its content hash; when companyfacts or submissions bring the real one, the
document's rows move over.
"""

from __future__ import annotations

from datetime import date

import duckdb
import pyarrow as pa

from tools.ingestion.merge import FACT_SCHEMA, merge_facts, stable_id
from tools.warehouse import run_with_rows

PROVISIONAL = "sha256:"
_SPAN_DAYS = 10  # EDGAR's report date and the cover page may differ by some days


def provisional(content_sha256: str) -> str:
    """The accession of a document that nobody else knows yet."""
    return PROVISIONAL + content_sha256[:16]


def find_accession(
    connection: duckdb.DuckDBPyConnection,
    *,
    cik: int,
    form: str,
    filed: date | None,
    period_end: date | None,
    real_only: bool = False,
) -> str | None:
    """Find the filing of this company, form, and filing date or period end; None if unknown.

    A match of both dates wins, then the filing date, then a period end that only one
    filing has.
    """
    rows = connection.execute(
        "SELECT accession, filed, period_end FROM filing WHERE cik = ? AND form = ? "
        "AND NOT (? AND accession LIKE 'sha256:%') ORDER BY accession",
        [cik, form, real_only],
    ).fetchall()
    near = [row for row in rows if _near(row[2], period_end)]
    both = [row for row in near if row[1] == filed]
    if both:
        return str(both[0][0])
    dated = [row for row in rows if filed is not None and row[1] == filed and row[2] is None]
    if len(dated) == 1:
        return str(dated[0][0])
    return str(near[0][0]) if len(near) == 1 else None


def _near(one: date | None, two: date | None) -> bool:
    return one is not None and two is not None and abs((one - two).days) <= _SPAN_DAYS


def infer_period_ends(connection: duckdb.DuckDBPyConnection, cik: int) -> None:
    """Give filings without a period end the latest one that many of their facts share.

    companyfacts does not say a filing's period; its newest well-populated duration end is it.
    """
    connection.execute(
        """
        WITH ends AS (
            SELECT f.accession, f.period_end, count(*) AS facts
            FROM fact f JOIN filing g ON g.accession = f.accession
            WHERE f.cik = ? AND g.period_end IS NULL AND f.period_start IS NOT NULL
              AND f.dimensions IS NULL AND f.period_end <= g.filed
              AND g.form SIMILAR TO '(10-K|10-Q|20-F|40-F).*'
            GROUP BY ALL
        ), shared AS (
            SELECT accession, period_end FROM ends
            QUALIFY facts * 3 >= max(facts) OVER (PARTITION BY accession)
        ), newest AS (SELECT accession, max(period_end) AS period_end FROM shared GROUP BY 1)
        UPDATE filing SET period_end = newest.period_end
        FROM newest WHERE filing.accession = newest.accession
        """,
        [cik],
    )


def settle(connection: duckdb.DuckDBPyConnection, cik: int) -> int:
    """Move this company's provisional filings onto the real ones now known; returns conflicts."""
    waiting = connection.execute(
        "SELECT accession, form, filed, period_end FROM filing "
        "WHERE cik = ? AND accession LIKE 'sha256:%' ORDER BY accession",
        [cik],
    ).fetchall()
    conflicts = 0
    for accession, form, filed, period_end in waiting:
        real = find_accession(
            connection, cik=cik, form=form, filed=filed, period_end=period_end, real_only=True
        )
        if real is not None:
            conflicts += _move(connection, accession, real)
    return conflicts


def _move(connection: duckdb.DuckDBPyConnection, old: str, new: str) -> int:
    [(taken,), (mine,)] = connection.execute(
        "SELECT content_sha256 FROM filing WHERE accession IN (?, ?) ORDER BY accession = ?",
        [new, old, old],
    ).fetchall()
    if taken is not None and mine is not None:  # an instance without text completes the other
        forget(connection, old)
        return 0
    facts = connection.sql(
        f"SELECT {', '.join(FACT_SCHEMA.names)} FROM fact WHERE accession = ?", params=[old]
    ).to_arrow_table()
    clashes = connection.execute(
        "SELECT kept_source, other_source, concept, kept_value, other_value, fact_id "
        "FROM fact_conflict WHERE accession = ?",
        [old],
    ).fetchall()
    [(filed, form)] = connection.execute(
        "SELECT filed, form FROM filing WHERE accession = ?", [new]
    ).fetchall()
    _take_over(connection, old, new)
    connection.execute("DELETE FROM fact WHERE accession = ?", [old])
    connection.execute("DELETE FROM fact_conflict WHERE accession = ?", [old])
    moved = _readdress(facts, new, filed, form)
    ids = dict(
        zip(facts.column("fact_id").to_pylist(), moved.column("fact_id").to_pylist(), strict=True)
    )
    for kept_source, other_source, concept, kept, other, fact_id in clashes:
        connection.execute(
            "INSERT INTO fact_conflict VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [ids[fact_id], new, concept, kept, kept_source, other, other_source],
        )
    _move_rest(connection, old, new, ids)
    return merge_facts(connection, moved)[1]


def _take_over(connection: duckdb.DuckDBPyConnection, old: str, new: str) -> None:
    connection.execute(
        """
        UPDATE filing SET
            period_end = coalesce(o.period_end, filing.period_end),
            fiscal_year = coalesce(o.fiscal_year, filing.fiscal_year),
            fiscal_period = coalesce(o.fiscal_period, filing.fiscal_period),
            source = o.source,
            content_sha256 = coalesce(o.content_sha256, filing.content_sha256)
        FROM (SELECT * FROM filing WHERE accession = ?) o WHERE filing.accession = ?
        """,
        [old, new],
    )
    connection.execute("DELETE FROM filing WHERE accession = ?", [old])


def _readdress(facts: pa.Table, accession: str, filed: date, form: str) -> pa.Table:
    rows = facts.to_pylist()
    for row in rows:
        row.update(accession=accession, filed=filed, form=form)
        row["fact_id"] = stable_id(
            accession,
            row["concept"],
            row["unit"],
            row["period_start"],
            row["period_end"],
            row["dimensions"],
        )
    return pa.Table.from_pylist(rows, schema=FACT_SCHEMA)


def forget(connection: duckdb.DuckDBPyConnection, accession: str) -> None:
    """Remove a filing and everything read from it."""
    for table in _tables_with(connection, "accession"):
        connection.execute(f"DELETE FROM {table} WHERE accession = ?", [accession])


def _move_rest(
    connection: duckdb.DuckDBPyConnection, old: str, new: str, fact_ids: dict[int, int]
) -> None:
    """Move the rows of every other table that names a filing, and what they say of its facts."""
    done = {"filing", "fact", "fact_conflict"}
    for table in sorted(_tables_with(connection, "accession") - done):
        _drop_collisions(connection, table, old, new)
        connection.execute(f"UPDATE {table} SET accession = ? WHERE accession = ?", [new, old])
    rows = pa.table({"old": list(fact_ids), "new": list(fact_ids.values())})
    for table in sorted(_tables_with(connection, "fact_id") - done):
        run_with_rows(
            connection,
            rows,
            f"UPDATE {table} SET fact_id = incoming_rows.new FROM incoming_rows "
            f"WHERE {table}.fact_id = incoming_rows.old",
        )


def _drop_collisions(connection: duckdb.DuckDBPyConnection, table: str, old: str, new: str) -> None:
    """Delete the rows whose key the real filing has too: it was derived there already."""
    key = _primary_key(connection, table)
    if "accession" in key:
        same = " AND ".join(
            f"o.{name} IS NOT DISTINCT FROM {table}.{name}" for name in key if name != "accession"
        )
        connection.execute(
            f"DELETE FROM {table} WHERE accession = ? AND EXISTS "
            f"(SELECT 1 FROM {table} o WHERE o.accession = ? AND {same or 'true'})",
            [old, new],
        )


def _tables_with(connection: duckdb.DuckDBPyConnection, column: str) -> set[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_oid, table_name)"
        "WHERE column_name = ? AND NOT duckdb_tables.internal",
        [column],
    ).fetchall()
    return {str(row[0]) for row in rows}


def _primary_key(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT constraint_column_names FROM duckdb_constraints() "
        "WHERE table_name = ? AND constraint_type = 'PRIMARY KEY'",
        [table],
    ).fetchall()
    return [str(name) for name in rows[0][0]] if rows else []
