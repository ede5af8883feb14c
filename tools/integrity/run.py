"""Checks the identities of every company whose facts changed, after an ingestion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa

from tools.integrity import balance, calculations, cash, per_share, quarters
from tools.integrity.calculations import Sum
from tools.integrity.records import Check, Fact, half_unit_of
from tools.warehouse import Warehouse, append_rows
from tools.xbrl.number_formats import EXACT

_MONEY = pa.decimal128(38, 10)
_PLACES = Decimal(1).scaleb(-10)
_STATED = balance.CONCEPTS | cash.CONCEPTS | per_share.CONCEPTS | quarters.CONCEPTS


# A difference that is itself a filed value of the period names its own cause.
_NAME_DIFFERENCES = """
UPDATE identity_check SET explanation = 'the difference is ' || named.concepts ||
    coalesce('; ' || explanation, '')
FROM (
    SELECT i.rowid AS row, string_agg(DISTINCT f.concept, ' or ' ORDER BY f.concept) AS concepts
    FROM identity_check i JOIN fact f ON f.accession = i.accession AND f.cik = i.cik
        AND f.period_end = i.period_end AND f.unit = i.unit AND f.dimensions IS NULL
        AND abs(f.value) = abs(i.difference) AND f.concept <> i.concept
    WHERE i.cik = ? AND NOT i.holds AND i.kind IN ('balance', 'cash', 'calculation')
    GROUP BY i.rowid HAVING count(DISTINCT f.concept) <= 3
) named
WHERE identity_check.rowid = named.row
"""


def check_changed(warehouse: Warehouse) -> None:
    """Check all companies whose facts are not those of their last check, each in a transaction."""
    for cik, fingerprint in _changed(warehouse.connection):
        with warehouse.transaction() as connection:
            check_company(connection, cik)
            connection.execute(
                "INSERT INTO identity_run VALUES (?, ?) "
                "ON CONFLICT (cik) DO UPDATE SET fingerprint = excluded.fingerprint",
                [cik, fingerprint],
            )


def _changed(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    rows = connection.execute(
        """
        WITH facts AS (
            SELECT cik, count(*) AS facts, bit_xor(hash(fact_id, value, filed)) AS digest
            FROM fact GROUP BY cik
        ), sums AS (
            SELECT cik, count(*) AS sums FROM calculation JOIN filing USING (accession)
            GROUP BY cik
        ), state AS (
            SELECT cik, concat_ws(':', facts, digest, coalesce(sums, 0)) AS fingerprint
            FROM facts LEFT JOIN sums USING (cik)
        )
        SELECT cik, fingerprint FROM state ANTI JOIN identity_run USING (cik, fingerprint)
        ORDER BY cik
        """
    ).fetchall()
    return [(int(cik), str(fingerprint)) for cik, fingerprint in rows]


def check_company(connection: duckdb.DuckDBPyConnection, cik: int) -> int:
    """Check one company anew and store the outcomes; returns how many.

    The caller holds the transaction.
    """
    connection.execute("DELETE FROM identity_check WHERE cik = ?", [cik])
    rows = list(_checks(connection, cik))
    append_rows(connection, "identity_check", _table(cik, rows))
    connection.execute(_NAME_DIFFERENCES, [cik])
    return len(rows)


def _checks(connection: duckdb.DuckDBPyConnection, cik: int) -> Iterator[Check]:
    stated = _facts(connection, cik, sorted(_STATED))
    filings: dict[str, list[Fact]] = defaultdict(list)
    for fact in stated:
        filings[fact.accession].append(fact)
    for facts in filings.values():
        yield from balance.check(_of(facts, balance.CONCEPTS, instants=True))
        yield from cash.check(_of(facts, cash.CONCEPTS))
        yield from per_share.check(_of(facts, per_share.CONCEPTS))
    yield from quarters.check(_of(stated, quarters.CONCEPTS), _calendar(connection, cik))
    for accession, sums in _sums(connection, cik).items():
        concepts = {name for one in sums for name, _ in one.children}
        concepts |= {one.parent for one in sums}
        facts = _facts(connection, cik, sorted(concepts), accession)
        members = connection.execute(
            "SELECT DISTINCT concept FROM fact WHERE accession = ? AND dimensions IS NOT NULL",
            [accession],
        ).fetchall()
        yield from calculations.check(sums, facts, frozenset(row[0] for row in members))


def _of(facts: Iterable[Fact], concepts: frozenset[str], *, instants: bool = False) -> list[Fact]:
    return [
        fact for fact in facts if fact.concept in concepts and (not instants or fact.start is None)
    ]


def _facts(
    connection: duckdb.DuckDBPyConnection,
    cik: int,
    concepts: Sequence[str],
    accession: str | None = None,
) -> list[Fact]:
    rows = connection.execute(
        """
        SELECT accession, concept, unit, period_start, period_end, value, decimals, filed
        FROM fact WHERE cik = $cik AND dimensions IS NULL AND list_contains($concepts, concept)
            AND ($accession IS NULL OR accession = $accession)
        ORDER BY accession, concept, period_end, period_start
        """,
        {"cik": cik, "concepts": list(concepts), "accession": accession},
    ).fetchall()
    return [
        Fact(filing, concept, unit, start, end, value, half_unit_of(decimals), filed)
        for filing, concept, unit, start, end, value, decimals, filed in rows
    ]


def _calendar(
    connection: duckdb.DuckDBPyConnection, cik: int
) -> dict[tuple[date, date], tuple[int, str]]:
    rows = connection.execute(
        "SELECT period_start, period_end, fiscal_year, fiscal_period FROM fiscal_period "
        "WHERE cik = ?",
        [cik],
    ).fetchall()
    return {(start, end): (year, name) for start, end, year, name in rows}


def _sums(connection: duckdb.DuckDBPyConnection, cik: int) -> dict[str, list[Sum]]:
    rows = connection.execute(
        "SELECT accession, role, parent, child, weight FROM calculation "
        "JOIN filing USING (accession) WHERE cik = ? ORDER BY accession, ordinal",
        [cik],
    ).fetchall()
    children: dict[tuple[str, str, str], dict[str, Decimal]] = defaultdict(dict)
    for accession, role, parent, child, weight in rows:
        children[accession, role, parent][child] = weight
    found: dict[str, list[Sum]] = defaultdict(list)
    for (accession, role, parent), parts in children.items():
        found[accession].append(Sum(role, parent, tuple(parts.items())))
    return found


def _table(cik: int, rows: Sequence[Check]) -> pa.Table:
    def money(name: str) -> pa.Array:
        values = [EXACT.quantize(getattr(row, name), _PLACES) for row in rows]
        return pa.array(values, _MONEY)

    return pa.table(
        {
            "accession": pa.array([row.accession for row in rows], pa.string()),
            "cik": pa.array([cik] * len(rows), pa.int64()),
            "kind": pa.array([row.kind for row in rows], pa.string()),
            "detail": pa.array([row.detail for row in rows], pa.string()),
            "concept": pa.array([row.concept for row in rows], pa.string()),
            "unit": pa.array([row.unit for row in rows], pa.string()),
            "period_start": pa.array([row.start for row in rows], pa.date32()),
            "period_end": pa.array([row.end for row in rows], pa.date32()),
            "expected": money("expected"),
            "found": money("found"),
            "difference": money("difference"),
            "tolerance": money("tolerance"),
            "holds": pa.array([row.holds for row in rows], pa.bool_()),
            "explanation": pa.array([row.explanation for row in rows], pa.string()),
        }
    )
