import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import SetupError, ToolError
from tools.sql import LockedSql
from tools.sql_rules import Catalog, vet_query

_SCHEMA = """
CREATE TABLE fact (fact_id INTEGER, value DECIMAL(38, 10), filed DATE);
INSERT INTO fact SELECT i, i, DATE '2020-01-01' + i::INTEGER FROM range(1000) t(i);
CREATE VIEW figure AS SELECT * FROM fact WHERE fact_id < 10;
CREATE MACRO figure_as_of(d) AS TABLE SELECT * FROM fact WHERE filed <= d;
CREATE TABLE schema_migration (number INTEGER);
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sql") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(_SCHEMA)
    return path


@pytest.fixture(scope="module")
def sql(path: Path) -> Iterator[LockedSql]:
    with LockedSql(path) as locked:
        yield locked


def test_a_select_returns_exact_decimals_and_plain_dates(sql: LockedSql) -> None:
    found = sql.query("SELECT value, filed FROM figure WHERE fact_id = ?", [3])
    assert found.columns == ("value", "filed")
    assert found.rows == ((Decimal("3.0000000000"), date(2020, 1, 4)),)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("WITH x AS (SELECT fact_id FROM fact) SELECT max(fact_id) FROM x", 999),
        ("SELECT count(*) FROM figure_as_of(DATE '2020-01-03')", 3),
        ("SELECT count(*) FILTER (WHERE fact_id > 5) FROM figure", 4),
        ("SELECT lag(fact_id) OVER (ORDER BY fact_id DESC) FROM figure ORDER BY 1 LIMIT 1", 1),
        ("SELECT CASE WHEN max(value) > 5 THEN 'big' ELSE 'small' END FROM figure", "big"),
        ("SELECT extract(year FROM max(filed)) FROM figure", 2020),
        ("SELECT count(*) FROM (SELECT * FROM fact UNION ALL SELECT * FROM fact)", 2000),
        ("FROM figure SELECT count(*)", 10),
    ],
)
def test_what_an_analyst_needs_is_allowed(sql: LockedSql, query: str, value: object) -> None:
    assert sql.query(query).rows[0][0] == value


def test_the_returned_text_runs_again_and_gives_the_same(sql: LockedSql) -> None:
    first = sql.query("select avg(value), string_agg(fact_id::varchar, ',') from figure -- note")
    assert sql.query(first.sql).rows == first.rows


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "/etc/passwd"',
        "SELECT * FROM glob('/*')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT (SELECT content FROM read_text('/etc/hostname'))",
        "SELECT * FROM fact, read_json('x.json')",
        "SELECT * FROM parquet_scan('x')",
        "COPY (SELECT 1) TO '/tmp/footnote-copy.csv'",
        "EXPORT DATABASE '/tmp/footnote-export'",
        "ATTACH '/tmp/footnote-other.db'",
        "DETACH warehouse",
        "USE memory",
        "SET memory_limit = '10GB'",
        "RESET memory_limit",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "INSTALL httpfs",
        "LOAD httpfs",
        "INSERT INTO fact VALUES (1, 1, NULL)",
        "UPDATE fact SET value = 0",
        "DELETE FROM fact",
        "DROP TABLE fact",
        "CREATE TABLE x AS SELECT 1",
        "CREATE TEMP TABLE x AS SELECT 1",
        "WITH x AS (DELETE FROM fact RETURNING *) SELECT * FROM x",
        "SELECT * INTO x FROM fact",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE fact",
        "BEGIN",
        "EXPLAIN SELECT 1",
        "SHOW TABLES",
        "PREPARE p AS SELECT 1",
        "SELECT getenv('HOME')",
        "SELECT current_setting('memory_limit')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('fact')",
        "SELECT * FROM memory.main.x",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM schema_migration",
        "SELECT random()",
        "SELECT now()",
        "SELECT current_date",
        "SELECT uuid()",
        "SELECT repeat('a', 1000000000)",
        "SELECT * FROM fact FOR UPDATE",
        "not sql at all",
        "",
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "SELECT 1 " + "-- padding" * 2000,
    ],
)
def test_everything_else_is_refused(sql: LockedSql, query: str) -> None:
    with pytest.raises(ToolError):
        sql.query(query)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY (SELECT 1) TO '/tmp/footnote-copy.csv'",
        "ATTACH '/tmp/footnote-other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET lock_configuration = false",
        "SET enable_external_access = true",
        "INSERT INTO fact VALUES (1, 1, NULL)",
        "CREATE TABLE warehouse.main.x AS SELECT 1",
        "SELECT * FROM local_rows",
    ],
)
def test_the_connection_itself_is_locked_too(sql: LockedSql, statement: str) -> None:
    local_rows = [1, 2, 3]  # what DuckDB's replacement scan would find
    with pytest.raises(duckdb.Error):
        sql._connection.execute(statement)
    assert local_rows and not Path("/tmp/footnote-copy.csv").exists()


def test_a_slow_query_is_interrupted_at_its_limit(sql: LockedSql) -> None:
    started = time.perf_counter()
    with pytest.raises(ToolError, match=r"longer than 0\.3 seconds"):
        sql.query("SELECT count(*) FROM fact a, fact b, fact c, fact d", timeout_seconds=0.3)
    assert time.perf_counter() - started < 1.5
    assert sql.query("SELECT 1").rows == ((1,),)


def test_a_greedy_query_hits_the_memory_limit(sql: LockedSql) -> None:
    with pytest.raises(ToolError, match=r"(?i)memory|longer than"):
        sql.query(
            "SELECT list_sort(array_agg(a.fact_id * 1000000 + b.fact_id * 1000 + c.fact_id)) "
            "FROM fact a, fact b, fact c",
            timeout_seconds=20,
        )


def test_query_over_row_limit_is_refused(sql: LockedSql) -> None:
    with pytest.raises(ToolError, match="more than 5 rows"):
        sql.query("SELECT * FROM figure", max_rows=5)
    assert len(sql.query("SELECT * FROM figure", max_rows=10).rows) == 10


def test_too_much_text_is_refused(sql: LockedSql) -> None:
    with pytest.raises(ToolError, match="too much text"):
        sql.query(
            "SELECT string_agg(a.filed::VARCHAR, ',') FROM fact a, fact b", timeout_seconds=20
        )


def test_a_wrong_name_is_told_what_there_is(sql: LockedSql) -> None:
    with pytest.raises(ToolError, match=r"Did you mean figure\?.*fact, figure"):
        sql.query("SELECT * FROM figures")
    with pytest.raises(ToolError, match="valu"):
        sql.query("SELECT valu FROM figure")


_PIECES = """SELECT FROM WHERE figure fact value ( ) , * ' " ; 1 . read_csv '/etc/passwd' WITH x AS
    UNION ALL :: INTEGER [ ] { } -> = - + / || GROUP BY ORDER IN IS NOT NULL CASE WHEN THEN END
    COPY TO ATTACH PIVOT ON USING $ ? @ # COLUMNS EXCLUDE LAMBDA INTERVAL 1e5 -- /* */""".split()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_text_is_answered_or_refused(sql: LockedSql, text: str) -> None:
    try:
        found = sql.query(text, timeout_seconds=2)
    except ToolError:
        return
    assert "root:" not in str(found.rows)


def test_a_cte_does_not_open_other_schemas() -> None:
    with pytest.raises(ToolError, match="names a schema"):
        vet_query(
            "WITH tables AS (SELECT 1) SELECT * FROM information_schema.tables",
            Catalog(frozenset(["fact"]), frozenset()),
        )


def test_a_reader_shares_the_file_with_a_warehouse_opened_read_only(path: Path) -> None:
    with duckdb.connect(str(path), read_only=True), LockedSql(path) as locked:
        assert locked.query("SELECT count(*) FROM fact").rows == ((1000,),)


def test_a_file_open_for_writing_is_a_setup_error(tmp_path: Path) -> None:
    path = tmp_path / "busy.duckdb"
    with (
        duckdb.connect(str(path)) as connection,
        pytest.raises(SetupError, match="close what writes to it"),
    ):
        connection.execute("CREATE TABLE x AS SELECT 1")
        LockedSql(path)


def test_a_missing_warehouse_is_a_setup_error(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="footnote ingest"):
        LockedSql(tmp_path / "none.duckdb")
