"""Decides by parsing which SQL a model may run: one SELECT over known tables and functions.

An allow-list: what is not named here is refused, with a message that tells the model what is
there. The checked syntax tree is written out again and that text is run, so nothing that one
parser overlooks reaches the other. Functions whose value changes from run to run (clock, random)
are left out because a run must replay.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from tools.errors import ToolError

MAX_SQL_CHARS = 10_000
_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery)
_FORBIDDEN_NODES = (
    exp.Into,
    exp.Command,
    exp.DDL,
    exp.DML,
    exp.Pragma,
    exp.Set,
    exp.Lock,
    exp.SessionParameter,
)
_TABLE_FUNCTIONS = frozenset(["unnest", "generate_series", "range"])
# By the names that sqlglot gives them ("list_sort" is its "array_sort").
_FUNCTIONS = frozenset(
    """
    abs and any_value approx_distinct arg_max arg_min array array_agg array_contains
    array_distinct array_length array_max array_min array_size array_sort array_to_string
    avg bool_and bool_or case cast ceil coalesce concat concat_ws contains corr count
    count_if covar_pop covar_samp cume_dist date date_add date_diff date_from_parts
    date_part date_str_to_date date_sub date_trunc datediff datepart day day_of_month
    day_of_week day_of_year dayname dense_rank ends_with exists exp extract filter first
    first_value floor generate_series greatest group_concat grouping if ifnull instr int_div
    is_inf is_nan isnull kurtosis lag last last_day last_value lead least left length list
    list_aggregate list_avg list_contains list_distinct list_extract list_max list_min
    list_sort list_sum list_unique ln log log10 log2 logical_and logical_or lower ltrim
    make_date max max_by mean median min min_by mod mode month monthname nth_value ntile
    nullif or percent_rank percentile_cont percentile_disc pow power product quantile
    quantile_cont quantile_disc quarter range rank regexp_extract regexp_i_like regexp_like
    regexp_matches regexp_replace regr_slope replace reverse right round row_number rtrim
    sign skewness split split_part sqrt starts_with stddev stddev_pop stddev_samp
    str_position str_to_date str_to_time strftime string_agg strpos strptime struct substr
    substring sum time_to_str timestamp_diff timestamp_trunc trim trunc truncate try_cast
    ts_or_ds_add ts_or_ds_to_date unnest upper var_pop var_samp variance variance_pop week
    xor year
    """.split()
)


@dataclass(frozen=True)
class Catalog:
    """What a query may name.

    Attributes:
        tables: Tables and views, lower case.
        macros: Table macros that may stand after FROM, lower case.
    """

    tables: frozenset[str]
    macros: frozenset[str]


def vet_query(sql: str, catalog: Catalog) -> str:
    """Return the canonical text of `sql` if it is one allowed SELECT.

    Raises:
        ToolError: It is something else, or names what may not be named.
    """
    tree = _parse(sql)
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for node in tree.walk():
        if isinstance(node, _FORBIDDEN_NODES):
            raise ToolError(f"{node.key.upper()} is not allowed. Write one plain SELECT query.")
        if isinstance(node, exp.Table):
            _check_table(node, ctes, catalog)
        elif isinstance(node, exp.Func):
            _check_function(node, catalog)
    return tree.sql(dialect="duckdb", comments=False)


def _parse(sql: str) -> exp.Expression:
    if len(sql) > MAX_SQL_CHARS:
        raise ToolError(f"The query is longer than {MAX_SQL_CHARS} characters. Shorten it.")
    try:
        logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns before we refuse
        trees = [tree for tree in sqlglot.parse(sql, dialect="duckdb") if tree is not None]
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        message = str(error).splitlines()[0] if str(error) else "it is nested too deeply"
        raise ToolError(
            f"The query cannot be parsed: {message}. Write one SELECT query."
        ) from error
    if len(trees) != 1:
        raise ToolError(f"There are {len(trees)} statements. Write exactly one SELECT query.")
    tree = trees[0]
    if not isinstance(tree, _QUERIES):
        raise ToolError(f"A {tree.key.upper()} statement is not allowed. Write one SELECT query.")
    return tree


def _check_table(table: exp.Table, ctes: set[str], catalog: Catalog) -> None:
    if table.args.get("db") or table.args.get("catalog"):
        raise ToolError(f"{_text(table)} names a schema. Name the table alone.")
    inner = table.this
    if isinstance(inner, exp.Func):
        name = _function_name(inner)
        if name not in catalog.macros and name not in _TABLE_FUNCTIONS:
            raise ToolError(
                f"The table function {name} is not allowed. "
                f"Available: {_listed(catalog.macros | _TABLE_FUNCTIONS)}."
            )
        return
    name = table.name.lower()
    if not isinstance(inner, exp.Identifier) or (name not in catalog.tables and name not in ctes):
        raise ToolError(
            f"There is no table {table.name!r}.{_nearest(name, catalog.tables)} "
            f"Tables and views: {_listed(catalog.tables)}."
        )


def _check_function(function: exp.Func, catalog: Catalog) -> None:
    name = _function_name(function)
    if name in _FUNCTIONS:
        return
    if isinstance(function.parent, exp.Table) and name in catalog.macros | _TABLE_FUNCTIONS:
        return
    raise ToolError(
        f"The function {name} is not allowed.{_nearest(name, _FUNCTIONS)} "
        "Use aggregates, window functions, arithmetic, text and date functions; "
        "nothing that reads files, settings, the clock or random numbers."
    )


def _function_name(function: exp.Func) -> str:
    if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        return str(function.name).lower()
    return function.sql_name().lower()


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _text(node: exp.Expression) -> str:
    return node.sql(dialect="duckdb")[:80]
