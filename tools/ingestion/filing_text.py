"""Writes a filing's sections, passages and table cells; the caller holds the transaction.

Ids depend on the document's content alone, so they stay when its accession becomes known.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from tools.documents.filings import FilingText
from tools.documents.tables import TableCell
from tools.ingestion.merge import MONEY, fits_money, stable_id
from tools.search import segments
from tools.warehouse import append_rows


def store_text(
    connection: duckdb.DuckDBPyConnection,
    found: FilingText,
    accession: str,
    sha256: str,
    fact_ids: Sequence[int | None] = (),
) -> None:
    """Store a filing's text; `fact_ids` are the ids of the document's facts, by their places."""
    append_rows(connection, "section", _section_rows(found, accession, sha256))
    append_rows(connection, "passage", _passage_rows(found, accession, sha256))
    store_pages(connection, found.pages, accession)
    append_rows(connection, "filing_table", _table_rows(found, accession))
    append_rows(connection, "table_cell", _cell_rows(found, accession, sha256, fact_ids))


def store_pages(
    connection: duckdb.DuckDBPyConnection, pages: Sequence[tuple[int, int]], accession: str
) -> None:
    """Store where pages begin in a document's plain text."""
    rows = {
        "accession": pa.array([accession] * len(pages), pa.string()),
        "page": pa.array([page for page, _ in pages], pa.int32()),
        "span_start": pa.array([start for _, start in pages], pa.int64()),
    }
    append_rows(connection, "page_start", pa.table(rows))


def _table_rows(found: FilingText, accession: str) -> pa.Table:
    rows = found.tables
    strings = pa.string()
    return pa.table(
        {
            "accession": pa.array([accession] * len(rows), strings),
            "table_no": pa.array([row.number for row in rows], pa.int32()),
            "section": pa.array([row.item for row in rows], strings),
            "caption": pa.array([row.caption for row in rows], strings),
            "kind": pa.array([row.kind for row in rows], strings),
            "unit_scale": pa.array([row.unit_scale for row in rows], strings),
            "span_start": pa.array([row.span_start for row in rows], pa.int64()),
            "span_end": pa.array([row.span_end for row in rows], pa.int64()),
        }
    )


def index_passages(found: FilingText, sha256: str) -> segments.Segment:
    """Index a filing's passages for search."""
    return segments.build(
        [
            (stable_id(sha256, "passage", index), found.sections[row.section].item, row.text)
            for index, row in enumerate(found.passages)
        ]
    )


def _section_rows(found: FilingText, accession: str, sha256: str) -> pa.Table:
    rows = found.sections
    return pa.table(
        {
            "section_id": [stable_id(sha256, "section", index) for index in range(len(rows))],
            "accession": [accession] * len(rows),
            "item": [row.item for row in rows],
            "title": [row.title for row in rows],
            "ordinal": list(range(len(rows))),
            "text": [row.text for row in rows],
            "span_start": [row.span_start for row in rows],
            "span_end": [row.span_end for row in rows],
        }
    )


def _passage_rows(found: FilingText, accession: str, sha256: str) -> pa.Table:
    rows = found.passages
    return pa.table(
        {
            "passage_id": [stable_id(sha256, "passage", index) for index in range(len(rows))],
            "accession": [accession] * len(rows),
            "section_id": [stable_id(sha256, "section", row.section) for row in rows],
            "item": [found.sections[row.section].item for row in rows],
            "ordinal": list(range(len(rows))),
            "text": [row.text for row in rows],
            "span_start": [row.span_start for row in rows],
            "span_end": [row.span_end for row in rows],
        }
    )


def _cell_rows(
    found: FilingText, accession: str, sha256: str, fact_ids: Sequence[int | None]
) -> pa.Table:
    rows = [(table, cell) for table in found.tables for cell in table.cells]
    strings = pa.string()
    values = [
        cell.value if cell.value is not None and fits_money(cell.value) else None
        for _, cell in rows
    ]
    scales = ["percent" if cell.is_percent else table.unit_scale for table, cell in rows]
    places = [(table.number, cell.row_no, cell.col_no) for table, cell in rows]
    ids = [stable_id(sha256, "cell", *place) for place in places]
    return pa.table(
        {
            "cell_id": pa.array(ids, pa.int64()),
            "accession": pa.array([accession] * len(rows), strings),
            "table_no": pa.array([table.number for table, _ in rows], pa.int32()),
            "section": pa.array([table.item for table, _ in rows], strings),
            "row_no": pa.array([cell.row_no for _, cell in rows], pa.int32()),
            "col_no": pa.array([cell.col_no for _, cell in rows], pa.int32()),
            "row_label": pa.array([cell.row_label for _, cell in rows], strings),
            "col_label": pa.array([cell.col_label for _, cell in rows], strings),
            "text": pa.array([cell.text for _, cell in rows], strings),
            "value": pa.array(values, MONEY),
            "unit_scale": pa.array(scales, strings),
            "span_start": pa.array([table.span_start for table, _ in rows], pa.int64()),
            "span_end": pa.array([table.span_end for table, _ in rows], pa.int64()),
            "scale": pa.array([cell.scale for _, cell in rows], MONEY),
            "unit": pa.array([cell.unit for _, cell in rows], strings),
            "period_start": pa.array([cell.period_start for _, cell in rows], pa.date32()),
            "period_end": pa.array([cell.period_end for _, cell in rows], pa.date32()),
            "fact_id": pa.array([_id_of(cell, fact_ids) for _, cell in rows], pa.int64()),
            "indent": pa.array([cell.indent for _, cell in rows], pa.int32()),
        }
    )


def _id_of(cell: TableCell, fact_ids: Sequence[int | None]) -> int | None:
    return fact_ids[cell.fact] if cell.fact is not None and cell.fact < len(fact_ids) else None
