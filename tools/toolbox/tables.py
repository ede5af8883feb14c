"""Find and read the tables of a filing."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field

from tools.errors import ToolError
from tools.toolbox.documents import filing_of
from tools.toolbox.records import Table, TableCell, TableEntry, TableList
from tools.toolbox.sources import Sources

MAX_CELLS = 600


def find_tables(
    sources: Sources,
    accession: str,
    about: str = "",
    limit: Annotated[int, Field(ge=1, le=50)] = 10,
) -> TableList:
    """List the tables of a filing, those first whose labels hold the most of the words given.

    Args:
        accession: The filing, as list_filings gives it.
        about: Words to look for in row and column labels, such as "revenue by region".
        limit: At most so many tables, 50 at most.
    """
    filing_of(sources, accession)
    rows = sources.warehouse.connection.execute(
        "SELECT table_no, any_value(section), max(row_no) + 1, max(col_no) + 1, "
        "list(DISTINCT row_label), list(DISTINCT col_label) FROM table_cell WHERE accession = ? "
        "GROUP BY table_no ORDER BY table_no",
        [accession],
    ).fetchall()
    words = set(_words(about))
    scored = []
    for table_no, section, height, width, row_labels, col_labels in rows:
        labels = [label for label in (*row_labels, *col_labels) if label]
        share = len(words & set(_words(" ".join(labels)))) / len(words) if words else 1
        title = "; ".join(sorted(labels, key=labels.index)[:6])[:200]
        scored.append((share, TableEntry(accession, table_no, section, title, height, width)))
    kept = sorted((one for one in scored if one[0]), key=lambda one: (-one[0], one[1].table_no))
    return TableList(tuple(entry for _, entry in kept[:limit]), len(kept) > limit)


def get_table(
    sources: Sources,
    accession: str,
    table_no: Annotated[int, Field(ge=0)],
    cells: Annotated[int, Field(ge=1, le=MAX_CELLS)] = 300,
) -> Table:
    """Read a table of a filing cell by cell, with row and column labels.

    `printed` is the number as the table shows it (negative where in brackets); `value` is in whole
    units and null where the table's scale is not known.

    Args:
        accession: The filing, as list_filings gives it.
        table_no: The table's number in the filing, as find_tables gives it.
        cells: At most so many cells, 600 at most; `truncated` says if there were more.
    """
    filing = filing_of(sources, accession)
    rows = sources.warehouse.connection.execute(
        "SELECT * FROM table_cell WHERE accession = ? AND table_no = ? "
        "ORDER BY row_no, col_no LIMIT ?",
        [accession, table_no, cells + 1],
    )
    names = [column[0] for column in rows.description or ()]
    found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    if not found:
        raise ToolError(
            f"{accession} has no table {table_no}. List its tables with find_tables first."
        )
    first = found[0]
    return Table(
        filing["company"], accession, filing["form"], filing["filed"], table_no, first["section"],
        next((row["unit_scale"] for row in found if row["unit_scale"]), None),
        tuple(_cell(row) for row in found[:cells]),
        len(found) > cells, first["span_start"], first["span_end"],
    )  # fmt: skip


def _cell(row: dict[str, Any]) -> TableCell:
    printed = row["value"]
    value = printed * row["scale"] if printed is not None and row["scale"] and row["unit"] else None
    return TableCell(
        row["row_label"] or "", row["col_label"] or "", row["text"], printed, value,
        row["unit"], row["fact_id"], row["cell_id"],
    )  # fmt: skip


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]{2,}", text.lower())
