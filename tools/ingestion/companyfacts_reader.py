"""Ingests companyfacts JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from tools.ingestion import companyfacts
from tools.ingestion.accessions import infer_period_ends
from tools.ingestion.companyfacts import CompanyFacts
from tools.ingestion.counts import Counts
from tools.ingestion.merge import store_company, store_facts, store_filings, store_labels
from tools.ingestion.sources import Document

_FACTS = re.compile(rb'"(?:facts|entityName)"\s*:')


def accepts(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of companyfacts JSON."""
    return head[:1] == b"{" and _FACTS.search(head) is not None


def prepare(document: Document) -> PreparedFacts:
    """Parse it."""
    return PreparedFacts(companyfacts.parse(document.data))


@dataclass(frozen=True, slots=True)
class PreparedFacts:
    """A companyfacts file, parsed."""

    found: CompanyFacts

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write company, filings, facts and concept labels."""
        found = self.found
        store_company(connection, found.company)
        store_filings(connection, found.filings)
        owners = {filing.accession: filing for filing in found.filings}
        stored = store_facts(connection, found.facts, filings=owners, source="companyfacts")
        store_labels(connection, found.labels)
        infer_period_ends(connection, found.company.cik)
        return Counts(
            frozenset({found.company.cik}),
            nil=found.nil,
            unfit=stored.unfit,
            unreadable=found.malformed,
        )
