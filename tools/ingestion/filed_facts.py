"""Facts of an XBRL document, inline or plain, as rows of its filing."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from tools.ingestion.merge import fact_id, fits_money, store_facts
from tools.ingestion.records import FactRecord, FilingRecord
from tools.xbrl.records import Disagreement, InlineDocument, InlineFact


def store_document_facts(
    connection: duckdb.DuckDBPyConnection,
    document: InlineDocument | None,
    filing: FilingRecord,
    source: str,
) -> tuple[int, int, int]:
    """Store a document's facts of the filer; returns how many were nil, unfit and unreadable."""
    if document is None:
        return 0, 0, 0
    mine = [fact for fact in document.facts if _is_of(fact, filing.cik)]
    records = [_record(fact, filing.accession) for fact in mine]
    stored = store_facts(connection, records, filings={filing.accession: filing}, source=source)
    _store_disagreements(connection, document.disagreements, filing, source)
    others = len(document.facts) - len(mine)
    return document.nil, stored.unfit, len(document.unreadable) + others


def ids_of_facts(document: InlineDocument | None, filing: FilingRecord) -> list[int | None]:
    """The ids of the document's facts, by their places; None for those that are not stored."""
    if document is None:
        return []
    return [
        fact_id(_record(fact, filing.accession))
        if _is_of(fact, filing.cik) and fits_money(fact.value)
        else None
        for fact in document.facts
    ]


def _is_of(fact: InlineFact, cik: int) -> bool:
    return fact.entity.isdigit() and int(fact.entity) == cik


def _record(fact: InlineFact, accession: str) -> FactRecord:
    return FactRecord(
        accession=accession,
        concept=fact.concept,
        value=fact.value,
        value_as_filed=fact.value_as_filed,
        unit=fact.unit,
        period_start=fact.period_start,
        period_end=fact.period_end,
        dimensions=fact.dimensions,
        decimals=fact.decimals,
        element_id=fact.element_id,
        span_start=fact.span_start,
        span_end=fact.span_end,
    )


def _store_disagreements(
    connection: duckdb.DuckDBPyConnection,
    disagreements: Sequence[Disagreement],
    filing: FilingRecord,
    source: str,
) -> None:
    for row in disagreements:
        if _is_of(row.kept, filing.cik) and fits_money(row.other.value):
            record = _record(row.kept, filing.accession)
            values = [row.kept.value, source, row.other.value, source]
            connection.execute(
                "INSERT INTO fact_conflict VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [fact_id(record), filing.accession, record.concept, *values],
            )
