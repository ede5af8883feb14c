"""Ingests submissions JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from tools.ingestion import companyfacts, submissions
from tools.ingestion.counts import Counts
from tools.ingestion.merge import store_company, store_filings
from tools.ingestion.sources import Document
from tools.ingestion.submissions import Submissions

_LISTING = re.compile(rb'"(?:filings|accessionNumber|tickers|formerNames)"\s*:')


def accepts(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of submissions JSON, or of a page of it."""
    return head[:1] == b"{" and _LISTING.search(head) is not None


def prepare(document: Document) -> PreparedSubmissions:
    """Parse it."""
    return PreparedSubmissions(
        submissions.read(companyfacts.load_json(document.data), document.name)
    )


@dataclass(frozen=True, slots=True)
class PreparedSubmissions:
    """A submissions file, parsed."""

    listed: Submissions

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write the company and its list of filings."""
        if self.listed.company is not None:
            store_company(connection, self.listed.company)
        store_filings(connection, self.listed.filings)
        return Counts(frozenset({self.listed.cik}))
