"""Ingests companyfacts JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import repeat

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tools.ingestion import companyfacts
from tools.ingestion.accessions import infer_period_ends
from tools.ingestion.companyfacts import CompanyFacts, FactColumns
from tools.ingestion.counts import Counts
from tools.ingestion.merge import (
    FACT_SCHEMA,
    MONEY,
    merge_facts,
    money_texts,
    stable_ids,
    store_company,
    store_filings,
    store_labels,
)
from tools.ingestion.records import CompanyRecord, FilingRecord
from tools.ingestion.sources import Document

_FIELDS = [(column.name, column.type) for column in FACT_SCHEMA]
_FACTS = re.compile(rb'"(?:facts|entityName)"\s*:')


def accepts(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of companyfacts JSON."""
    return head[:1] == b"{" and _FACTS.search(head) is not None


def prepare(document: Document) -> PreparedFacts:
    """Parse it."""
    return prepare_content(companyfacts.load_json(document.data))


def prepare_content(content: object, source: str = "companyfacts") -> PreparedFacts:
    """Turn decoded companyfacts into rows; `source` is what the facts are said to come from."""
    found = companyfacts.read(content)
    table = fact_rows(found, source)
    unfit = len(found.columns.value) - table.num_rows
    counts = Counts(
        frozenset({found.company.cik}), nil=found.nil, unfit=unfit, unreadable=found.malformed
    )
    whole = source == "companyfacts"
    return PreparedFacts(found.company, found.filings, table, found.labels, counts, whole)


def fact_rows(found: CompanyFacts, source: str = "companyfacts") -> pa.Table:
    """The facts as rows of `fact`; values that DECIMAL(38,10) can't hold exactly are left out."""
    columns = found.columns
    owners = {filing.accession: filing for filing in found.filings}
    values = money_texts(columns.value)
    strings = {
        "accession": columns.accession,
        "concept": columns.concept,
        "value_as_filed": columns.text,
        "unit": columns.unit,
        "form": [owners[accession].form for accession in columns.accession],
    }
    days = {
        "period_start": columns.period_start,
        "period_end": columns.period_end,
        "filed": [owners[accession].filed for accession in columns.accession],
    }
    known = {name: pa.array(column, pa.string()) for name, column in strings.items()}
    known |= {name: pa.array(column, pa.date32()) for name, column in days.items()}
    known["value"] = pa.array(values, pa.string()).cast(MONEY)
    known["fact_id"] = pa.array(_ids(columns), pa.int64())
    known["cik"] = pa.repeat(pa.scalar(found.company.cik, pa.int64()), len(values))
    known["source"] = pa.repeat(source, len(values))
    rows = [known.get(name, pa.nulls(len(values))).cast(kind) for name, kind in _FIELDS]
    return pa.table(rows, schema=FACT_SCHEMA).filter(pc.is_valid(known["value"]))


def _ids(columns: FactColumns) -> list[int]:
    return stable_ids(
        columns.accession,
        columns.concept,
        columns.unit,
        ["" if day is None else _text(day) for day in columns.period_start],
        [_text(day) for day in columns.period_end],
        repeat(""),
    )


@lru_cache(maxsize=10_000)
def _text(day: date) -> str:
    return day.isoformat()


@dataclass(frozen=True, slots=True)
class PreparedFacts:
    """A companyfacts file, parsed into rows; `counts` says what was left out.

    Of one concept alone (not `whole`), nothing is inferred of the filings.
    """

    company: CompanyRecord
    filings: tuple[FilingRecord, ...]
    facts: pa.Table
    labels: dict[str, str]
    counts: Counts
    whole: bool = True

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write company, filings, facts and concept labels."""
        store_company(connection, self.company)
        store_filings(connection, self.filings)
        merge_facts(connection, self.facts)
        store_labels(connection, self.labels)
        if self.whole:
            infer_period_ends(connection, self.company.cik)
        return self.counts
