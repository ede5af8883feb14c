"""Writes of companies, filings and facts: what two sources say about one thing becomes one row.

The outcome does not depend on which source came first. Everything is set-based; the caller
holds the transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from tools.ingestion import rounded
from tools.ingestion.company_names import best_name
from tools.ingestion.records import CompanyRecord, FactRecord, FilingRecord
from tools.warehouse import append_rows, run_with_rows
from tools.xbrl.number_formats import EXACT

MONEY = pa.decimal128(38, 10)
_PLACES = Decimal(1).scaleb(-10)
FACT_SCHEMA = pa.schema(
    [
        ("fact_id", pa.int64()),
        ("cik", pa.int64()),
        ("accession", pa.string()),
        ("concept", pa.string()),
        ("value", MONEY),
        ("value_as_filed", pa.string()),
        ("unit", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("filed", pa.date32()),
        ("form", pa.string()),
        ("dimensions", pa.string()),
        ("decimals", pa.string()),
        ("source", pa.string()),
        ("element_id", pa.string()),
        ("span_start", pa.int64()),
        ("span_end", pa.int64()),
    ]
)
RANK = (
    "CASE {0}.source WHEN 'inline' THEN 4 WHEN 'instance' THEN 3 WHEN 'sample' THEN 2 "
    "WHEN 'fsds' THEN 0 ELSE 1 END"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write of facts did: rows that are new, values that disagree, values too long."""

    added: int
    conflicts: int
    unfit: int


def stable_id(*parts: object) -> int:
    """A positive 63-bit id that depends on nothing but `parts`."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def stable_ids(*columns: Iterable[str]) -> list[int]:
    """`stable_id` of every row of these columns of texts, where "" stands for None."""
    digest, number = hashlib.blake2b, int.from_bytes
    texts = map("\x1f".join, zip(*columns, strict=False))  # a column may be endless
    return [number(digest(text.encode(), digest_size=8).digest(), "big") >> 1 for text in texts]


def money_texts(values: Sequence[int | Decimal]) -> list[str | None]:
    """Values written so that Arrow reads them as DECIMAL(38,10); None for what does not fit."""
    return [_money_text(value, str(value)) for value in values]


def _money_text(value: int | Decimal, text: str) -> str | None:
    if len(text) < 12 and "E" not in text:  # neither too long nor too many places
        return text
    if text.isdigit() and len(text) < 28:
        return text
    exact = Decimal(value)
    return str(EXACT.quantize(exact, _PLACES)) if fits_money(exact) else None


def fits_money(value: Decimal) -> bool:
    """Say whether `value` is exactly a DECIMAL(38,10)."""
    if not value.is_finite():
        return False
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    if value == 0:
        return True
    if exponent < -10:
        tail = digits[exponent + 10 :] if -exponent - 10 <= len(digits) else digits
        if len(tail) == len(digits) or any(tail):
            return False
    return value.adjusted() < 28


def store_company(connection: duckdb.DuckDBPyConnection, company: CompanyRecord) -> None:
    """Note what a source says of a company and show the best of all that is known."""
    names = [(company.name, company.source, company.as_of)]
    names += [(name, "former", date.min) for name in company.former_names]
    for name, source, as_of in names:
        connection.execute(
            "INSERT INTO company_name VALUES (?, ?, ?, ?) ON CONFLICT (cik, name, source) "
            "DO UPDATE SET as_of = greatest(as_of, excluded.as_of)",
            [company.cik, name, source, as_of],
        )
    store_tickers(connection, company.cik, company.tickers, company.source, company.as_of)
    connection.execute(
        "INSERT INTO company VALUES (?, ?, [], [], ?, ?) ON CONFLICT (cik) DO UPDATE SET "
        "sic = coalesce(excluded.sic, sic), "
        "fiscal_year_end = coalesce(excluded.fiscal_year_end, fiscal_year_end)",
        [company.cik, company.name, company.sic, company.fiscal_year_end],
    )
    if company.employer_number is not None:
        connection.execute(
            "INSERT INTO company_employer VALUES (?, ?) ON CONFLICT DO NOTHING",
            [company.cik, company.employer_number],
        )
    show_company(connection, company.cik)


def store_new_companies(
    connection: duckdb.DuckDBPyConnection, companies: Sequence[CompanyRecord]
) -> None:
    """Store many companies that the warehouse does not know, without tickers, at once."""
    names = [(row.cik, row.name, row.source, row.as_of) for row in companies]
    names += [(row.cik, name, "former", date.min) for row in companies for name in row.former_names]
    append_rows(connection, "company_name", _columns(names, "cik", "name", "source", "as_of"))
    shown: list[tuple[Any, ...]] = [
        (
            row.cik, best_name([(row.name, row.source, row.as_of)]), [], list(row.former_names),
            row.sic, row.fiscal_year_end,
        )
        for row in companies
    ]  # fmt: skip
    columns = ("cik", "name", "tickers", "former_names", "sic", "fiscal_year_end")
    append_rows(connection, "company", _columns(shown, *columns))


def _columns(rows: Sequence[tuple[Any, ...]], *names: str) -> pa.Table:
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def store_tickers(
    connection: duckdb.DuckDBPyConnection,
    cik: int,
    tickers: Sequence[str],
    source: str,
    as_of: date,
) -> None:
    """Note tickers of a company; the order within one source is kept."""
    for ordinal, ticker in enumerate(tickers):
        connection.execute(
            "INSERT INTO company_ticker VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "ordinal = CASE WHEN excluded.as_of >= as_of THEN excluded.ordinal ELSE ordinal END, "
            "as_of = greatest(as_of, excluded.as_of)",
            [cik, ticker, source, ordinal, as_of],
        )


def show_company(connection: duckdb.DuckDBPyConnection, cik: int) -> None:
    """Bring a company's row up to date with the names and tickers noted for it."""
    names = connection.execute(
        "SELECT name, source, as_of FROM company_name WHERE cik = ?", [cik]
    ).fetchall()
    name = best_name(names)
    former = sorted({row[0] for row in names if row[1] == "former"})
    tickers = connection.execute(
        "SELECT ticker FROM company_ticker WHERE cik = ? ORDER BY "
        "CASE source WHEN 'given' THEN 0 WHEN 'submissions' THEN 1 ELSE 2 END, "
        "as_of DESC, ordinal, ticker",
        [cik],
    ).fetchall()
    connection.execute(
        "UPDATE company SET name = ?, tickers = ?, former_names = ? WHERE cik = ?",
        [name, list(dict.fromkeys(row[0] for row in tickers)), former, cik],
    )


def store_filings(connection: duckdb.DuckDBPyConnection, filings: Iterable[FilingRecord]) -> None:
    """Add filings, or complete the rows that exist with what this source knows better."""
    rows = list(filings)
    if not rows:
        return
    incoming = pa.table(
        {
            "accession": pa.array([row.accession for row in rows], pa.string()),
            "cik": pa.array([row.cik for row in rows], pa.int64()),
            "form": pa.array([row.form for row in rows], pa.string()),
            "filed": pa.array([row.filed for row in rows], pa.date32()),
            "period_end": pa.array([row.period_end for row in rows], pa.date32()),
            "fiscal_year": pa.array([row.fiscal_year for row in rows], pa.int32()),
            "fiscal_period": pa.array([row.fiscal_period for row in rows], pa.string()),
            "url": pa.array([row.url for row in rows], pa.string()),
            "source": pa.array([row.source for row in rows], pa.string()),
            "content_sha256": pa.array([row.content_sha256 for row in rows], pa.string()),
        }
    )
    run_with_rows(connection, incoming, FILING_UPSERT)


FILING_RANK = (
    "CASE {0} WHEN 'inline' THEN 5 WHEN 'instance' THEN 4 WHEN 'html' THEN 3 "
    "WHEN 'companyfacts' THEN 2 WHEN 'submissions' THEN 1 ELSE 0 END"
)
INCOMING_KNOWS_BETTER = f"{FILING_RANK.format('excluded.source')} >= {FILING_RANK.format('source')}"
FILING_UPSERT = f"""
INSERT INTO filing
SELECT accession, cik, form, filed, period_end, fiscal_year, fiscal_period, url, source,
       content_sha256, form LIKE '%/A' FROM incoming_rows
ON CONFLICT (accession) DO UPDATE SET
    cik = CASE WHEN cik < 0 THEN excluded.cik ELSE cik END,
    form = CASE WHEN excluded.source IN ('companyfacts', 'submissions')
        THEN excluded.form ELSE form END,
    filed = CASE WHEN excluded.source IN ('companyfacts', 'submissions')
        THEN excluded.filed ELSE filed END,
    period_end = CASE
        WHEN excluded.source IN ('inline', 'instance', 'html')
            THEN coalesce(excluded.period_end, period_end)
        WHEN excluded.source = 'submissions' AND source NOT IN ('inline', 'instance', 'html')
            THEN coalesce(excluded.period_end, period_end)
        ELSE coalesce(period_end, excluded.period_end) END,
    fiscal_year = CASE WHEN {INCOMING_KNOWS_BETTER}
        THEN coalesce(excluded.fiscal_year, fiscal_year)
        ELSE coalesce(fiscal_year, excluded.fiscal_year) END,
    fiscal_period = CASE WHEN {INCOMING_KNOWS_BETTER}
        THEN coalesce(excluded.fiscal_period, fiscal_period)
        ELSE coalesce(fiscal_period, excluded.fiscal_period) END,
    url = CASE WHEN url IS NULL OR excluded.source = 'submissions'
        THEN coalesce(excluded.url, url) ELSE url END,
    content_sha256 = coalesce(excluded.content_sha256, content_sha256),
    source = CASE WHEN {FILING_RANK.format("excluded.source")} > {FILING_RANK.format("source")}
        THEN excluded.source ELSE source END
"""


def store_facts(
    connection: duckdb.DuckDBPyConnection,
    facts: Sequence[FactRecord],
    *,
    filings: dict[str, FilingRecord],
    source: str,
) -> Stored:
    """Merge facts; `filings` gives each accession's company, form and filing date."""
    fitting = [fact for fact in facts if fits_money(fact.value)]
    table = fact_table(fitting, filings, source)
    added, conflicts = merge_facts(connection, table)
    return Stored(added, conflicts, len(facts) - len(fitting))


def fact_id(fact: FactRecord) -> int:
    """The id of a fact: the same whoever reports it."""
    return stable_id(
        fact.accession,
        fact.concept,
        fact.unit,
        fact.period_start,
        fact.period_end,
        fact.dimensions,
    )


def fact_table(
    facts: Sequence[FactRecord], filings: dict[str, FilingRecord], source: str
) -> pa.Table:
    """Facts as an Arrow table with the columns of `fact`."""
    owners = [filings[fact.accession] for fact in facts]
    columns: dict[str, list[Any]] = {
        "fact_id": [fact_id(fact) for fact in facts],
        "cik": [owner.cik for owner in owners],
        "filed": [owner.filed for owner in owners],
        "form": [owner.form for owner in owners],
        "source": [source] * len(facts),
    }
    for field in FACT_SCHEMA.names:
        if field == "value":
            columns[field] = [EXACT.quantize(fact.value, _PLACES) for fact in facts]
        elif field not in columns:
            columns[field] = [getattr(fact, field) for fact in facts]
    arrays = [pa.array(columns[field.name], field.type) for field in FACT_SCHEMA]
    return pa.table(arrays, schema=FACT_SCHEMA)


def merge_facts(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> tuple[int, int]:
    """Merge a table of facts (unique `fact_id`s); returns rows added and new conflicts."""
    if table.num_rows == 0:
        return 0, 0
    before = _count(connection, "fact")
    conflicts_before = _count(connection, "fact_conflict")
    run_with_rows(connection, table, CONFLICT_INSERT)
    run_with_rows(connection, table, FACT_UPSERT)
    if table.column("source")[0].as_py() not in (rounded.SOURCE, *rounded.SINGLE):
        rounded.give_way(connection, table)
    return (
        _count(connection, "fact") - before,
        _count(connection, "fact_conflict") - conflicts_before,
    )


INCOMING_WINS = f"{RANK.format('excluded')} > {RANK.format('fact')}"
CONFLICT_INSERT = f"""
INSERT INTO fact_conflict
SELECT i.fact_id, i.accession, i.concept,
       CASE WHEN wins THEN i.value ELSE f.value END, CASE WHEN wins THEN i.source ELSE f.source END,
       CASE WHEN wins THEN f.value ELSE i.value END, CASE WHEN wins THEN f.source ELSE i.source END
FROM (SELECT *, {RANK.format("incoming_rows")} AS rank FROM incoming_rows) i
JOIN fact f USING (fact_id),
LATERAL (SELECT i.rank > {RANK.format("f")} AS wins)
WHERE i.value <> f.value AND i.source <> 'fsds' AND f.source <> 'fsds'
ON CONFLICT DO NOTHING
"""
FACT_UPSERT = f"""
INSERT INTO fact SELECT {", ".join(FACT_SCHEMA.names)} FROM incoming_rows
ON CONFLICT (fact_id) DO UPDATE SET
    value = excluded.value, value_as_filed = excluded.value_as_filed, filed = excluded.filed,
    form = excluded.form, decimals = excluded.decimals, source = excluded.source,
    element_id = excluded.element_id, span_start = excluded.span_start,
    span_end = excluded.span_end
WHERE {INCOMING_WINS}
"""


def store_labels(connection: duckdb.DuckDBPyConnection, labels: dict[str, str]) -> None:
    """Add concept labels; a label that exists stays."""
    if not labels:
        return
    rows = pa.table({"name": list(labels), "label": list(labels.values())})
    run_with_rows(
        connection,
        rows,
        "INSERT INTO concept SELECT name, label FROM incoming_rows "
        "ON CONFLICT (name) DO UPDATE SET label = coalesce(label, excluded.label)",
    )


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    rows = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(rows[0][0])
