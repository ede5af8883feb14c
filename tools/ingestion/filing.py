"""One filing's document into the warehouse: who filed it, its facts, its text.

The caller holds the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from tools.ingestion.accessions import find_accession, provisional
from tools.errors import SetupError
from tools.ingestion.filing_identity import (
    Identity,
    SgmlHeader,
    accession_in_name,
    identify,
    split_submission,
)
from tools.ingestion.filing_text import store_text
from tools.xbrl.inline import (
    Disagreement,
    InlineDocument,
    InlineFact,
    decode,
    has_inline_xbrl,
    parse_text,
)
from tools.ingestion.merge import fact_id, fits_money, store_company, store_facts, store_filings
from tools.ingestion.records import CompanyRecord, FactRecord, FilingRecord
from tools.ingestion.submissions import PERIODIC


@dataclass(frozen=True, slots=True)
class FilingCounts:
    """What of one document was stored, and what could not be."""

    cik: int
    accession: str
    tables: int
    nil: int
    unfit: int
    unreadable: int


def ingest_filing(
    connection: duckdb.DuckDBPyConnection, file_name: str, data: bytes, sha256: str
) -> FilingCounts:
    """Store a filing's company, filing row, facts, sections, tables and passages.

    Raises:
        SetupError: Not a filing this can read; the message says why.
    """
    header, text = split_submission(decode(data))
    if "<" not in text[:2000] and header is None:
        raise SetupError("not a filing (no HTML, no XBRL, no EDGAR header)")
    document = parse_text(text) if has_inline_xbrl(text) else None
    identity = _known_filing(connection, file_name) if document is None and header is None else None
    identity = identity or identify(document, header, file_name, text)
    if not PERIODIC.match(identity.form):
        raise SetupError(f"form {identity.form}, not an annual or quarterly report")
    filing = _filing(connection, identity, sha256, "html" if document is None else "inline")
    _refuse_second_copy(connection, filing)
    _store_company(connection, identity, header)
    store_filings(connection, [filing])
    counts = _store_document(connection, document, filing)
    tables = store_text(connection, text, filing.accession, sha256, identity.form)
    return FilingCounts(identity.cik, filing.accession, tables, *counts)


def _store_company(
    connection: duckdb.DuckDBPyConnection, identity: Identity, header: SgmlHeader | None
) -> None:
    source = "submissions" if header is not None and identity.name == header.name else "inline"
    record = CompanyRecord(
        identity.cik, identity.name, source, identity.period_end, tickers=identity.tickers
    )
    store_company(connection, record)


def _known_filing(connection: duckdb.DuckDBPyConnection, file_name: str) -> Identity | None:
    """Identify a document without XBRL by the accession in its name, if that filing is known."""
    accession = accession_in_name(file_name)
    rows = connection.execute(
        "SELECT f.cik, c.name, f.form, f.period_end, f.filed, f.fiscal_year, f.fiscal_period "
        "FROM filing f JOIN company c USING (cik) WHERE f.accession = ? "
        "AND f.period_end IS NOT NULL",
        [accession],
    ).fetchall()
    if not rows:
        return None
    cik, name, form, period_end, filed, year, period = rows[0]
    return Identity(cik, name, form, period_end, filed, True, accession, year, period)


def _filing(
    connection: duckdb.DuckDBPyConnection, identity: Identity, sha256: str, source: str
) -> FilingRecord:
    known = identity.accession or find_accession(
        connection,
        cik=identity.cik,
        form=identity.form,
        filed=identity.filed if identity.filed_is_exact else None,
        period_end=identity.period_end,
    )
    accession = known or provisional(sha256)
    filed = _known_date(connection, accession) or identity.filed
    if filed is None:
        raise SetupError("no filing date found; put it in the file name, like 10K_2024-11-01.htm")
    return FilingRecord(
        accession=accession,
        cik=identity.cik,
        form=identity.form,
        filed=filed,
        source=source,
        period_end=identity.period_end,
        fiscal_year=identity.fiscal_year,
        fiscal_period=identity.fiscal_period,
        content_sha256=sha256,
    )


def _known_date(connection: duckdb.DuckDBPyConnection, accession: str) -> date | None:
    rows = connection.execute(
        "SELECT filed FROM filing WHERE accession = ?", [accession]
    ).fetchall()
    return rows[0][0] if rows else None


def _refuse_second_copy(connection: duckdb.DuckDBPyConnection, filing: FilingRecord) -> None:
    rows = connection.execute(
        "SELECT i.path FROM filing f LEFT JOIN ingested_file i USING (content_sha256) "
        "WHERE f.accession = ? AND f.content_sha256 IS NOT NULL",
        [filing.accession],
    ).fetchall()
    if rows:
        raise SetupError(
            f"another copy of this {filing.form} for {filing.period_end} is already in "
            f"the warehouse (from {rows[0][0]})"
        )


def _store_document(
    connection: duckdb.DuckDBPyConnection, document: InlineDocument | None, filing: FilingRecord
) -> tuple[int, int, int]:
    if document is None:
        return 0, 0, 0
    mine = [fact for fact in document.facts if _is_of(fact, filing.cik)]
    records = [_record(fact, filing.accession) for fact in mine]
    stored = store_facts(connection, records, filings={filing.accession: filing}, source="inline")
    _store_disagreements(connection, document.disagreements, filing)
    others = len(document.facts) - len(mine)
    return document.nil, stored.unfit, len(document.unreadable) + others


def _is_of(fact: InlineFact, cik: int) -> bool:
    return fact.entity.isdigit() and int(fact.entity) == cik


def _record(fact: InlineFact, accession: str) -> FactRecord:
    return FactRecord(
        accession=accession,
        concept=fact.concept,
        value=fact.value,
        value_as_filed=fact.value_as_filed,
        unit=fact.unit,
        # EDGAR lists a period of one day as an instant; one row a fact needs one spelling.
        period_start=None if fact.period_start == fact.period_end else fact.period_start,
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
) -> None:
    for row in disagreements:
        if _is_of(row.kept, filing.cik) and fits_money(row.other.value):
            record = _record(row.kept, filing.accession)
            values = [row.kept.value, row.other.value]
            connection.execute(
                "INSERT INTO fact_conflict VALUES (?, ?, ?, ?, 'inline', ?, 'inline') "
                "ON CONFLICT DO NOTHING",
                [fact_id(record), filing.accession, record.concept, *values],
            )
