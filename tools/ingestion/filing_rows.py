"""The rows of company and filing that a document's identity stands for."""

from __future__ import annotations

from datetime import date

import duckdb

from tools.errors import SetupError
from tools.ingestion.accessions import find_accession, provisional
from tools.ingestion.filing_identity import Identity
from tools.ingestion.merge import store_company
from tools.ingestion.records import CompanyRecord, FilingRecord


def filing_row(
    connection: duckdb.DuckDBPyConnection, identity: Identity, sha256: str, source: str
) -> FilingRecord:
    """Make a filing's row, under its accession where that is known, else a provisional one.

    Args:
        connection: The warehouse; what it knows of the filing's number and date wins.
        identity: What the document says of itself.
        sha256: Hash of the document, which a provisional accession is made of.
        source: 'inline', 'instance' or 'html'.

    Raises:
        SetupError: Nothing says when it was filed.
    """
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
    )


def store_filer(
    connection: duckdb.DuckDBPyConnection, identity: Identity, source: str = "inline"
) -> None:
    """Store the company whose document it is, as the document names it."""
    record = CompanyRecord(
        identity.cik, identity.name, source, identity.period_end, tickers=identity.tickers
    )
    store_company(connection, record)


def _known_date(connection: duckdb.DuckDBPyConnection, accession: str) -> date | None:
    rows = connection.execute(
        "SELECT filed FROM filing WHERE accession = ?", [accession]
    ).fetchall()
    return rows[0][0] if rows else None
