"""Free SQL for models that can write it, on the locked connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tools.toolbox.records import QueryRows
from tools.toolbox.sources import Sources


def query_sql(
    sources: Sources,
    sql: str,
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> QueryRows:
    """Run one SELECT (DuckDB dialect) over the warehouse, read-only.

    Prefer get_figures: `fact` holds several values for one period (comparatives, restatements,
    segments in `dimensions`), of which get_figures chooses the right one. Tables: company, filing,
    fact, fiscal_period, metric, metric_concept, section, passage, table_cell, bar, news; view
    figure (metric x company x fiscal period). A result with more rows than `limit` is refused:
    filter or aggregate. Functions of the clock and of chance, files and settings are off.

    Args:
        sql: One SELECT; WITH is allowed. Money is DECIMAL; `/` gives floats, so divide elsewhere.
        limit: Most rows that may come back, 200 at most.
    """
    found = sources.locked.query(sql, max_rows=limit)
    return QueryRows(found.columns, found.rows, found.sql)
