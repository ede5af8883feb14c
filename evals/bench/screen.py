"""A screen of many companies by several metrics, over copies of the companies on file."""

from __future__ import annotations

from typing import Any

from tools.warehouse import Warehouse

_FIRST_CIK = 7_000_000
# What a screen asks: large, profitable, growing or not, solvent companies, in one fiscal year.
CONDITIONS = {
    "revenue": "> 1000000000",
    "net_margin": "> 0.05",
    "operating_margin": "> 0.05",
    "current_ratio": "> 0.5",
    "total_assets": "> 1000000000",
}


def synthesise_companies(warehouse: Warehouse, count: int) -> int:
    """Copy companies and their figures under new CIKs until there are `count` in all.

    Money is scaled by a factor of the copy's own; ratios stay.
    """
    run = warehouse.connection.execute
    [(there,)] = run("SELECT count(*) FROM company").fetchall()
    run(
        "CREATE OR REPLACE TEMP TABLE copies AS "
        "WITH numbered AS (SELECT cik, row_number() OVER (ORDER BY cik) - 1 AS place "
        "FROM (SELECT DISTINCT cik FROM figure_version)) "
        "SELECT cik, ? + n AS new_cik, 1 + n % 97 AS scale FROM range(?) copy(n) "
        "JOIN numbered ON place = n % (SELECT count(*) FROM numbered)",
        [_FIRST_CIK, count - there],
    )
    run(
        "INSERT INTO company SELECT new_cik, name || ' ' || new_cik, [], [], sic, fiscal_year_end "
        "FROM company JOIN copies USING (cik)"
    )
    columns = [
        row[0]
        for row in run(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = 'figure_version' "
            "ORDER BY column_index"
        ).fetchall()
    ]
    changed = {
        "cik": "new_cik",
        "value": "CASE WHEN unit = 'USD' THEN value / 64 * scale ELSE value END",
    }
    run(
        f"INSERT INTO figure_version ({', '.join(columns)}) "
        f"SELECT {', '.join(changed.get(name, name) for name in columns)} "
        "FROM figure_version JOIN copies USING (cik)"
    )
    run("CHECKPOINT")
    [(total,)] = run("SELECT count(DISTINCT cik) FROM figure_version").fetchall()
    return int(total)


def screen(warehouse: Warehouse, fiscal_year: int = 2023) -> list[tuple[Any, ...]]:
    """Find the companies whose figures of a fiscal year meet all conditions, with the figures."""
    values = ", ".join(f"max(value) FILTER (metric = '{name}') AS {name}" for name in CONDITIONS)
    passing = " AND ".join(f"{name} {condition}" for name, condition in CONDITIONS.items())
    rows: list[tuple[Any, ...]] = warehouse.connection.execute(
        f"SELECT * FROM (SELECT cik, {values} FROM figure_version "
        "WHERE list_contains(?, metric) AND fiscal_year = ? AND fiscal_period = 'FY' "
        "AND known_until = DATE '9999-12-31' GROUP BY cik) "
        f"JOIN (SELECT cik, name FROM company) USING (cik) WHERE {passing} ORDER BY revenue DESC",
        [list(CONDITIONS), fiscal_year],
    ).fetchall()
    return rows
