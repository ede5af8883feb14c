"""What tests of ingestion share: facts of the invented company, and how a warehouse stands."""

from typing import Any

from tools.ingestion.run import IngestSummary
from tools.warehouse import Warehouse

ACCESSION = "0001999999-25-000007"
TABLES = (
    "company", "company_name", "company_ticker", "filing", "fact", "fact_conflict",
    "fiscal_period", "section", "passage", "table_cell", "filing_table",
)  # fmt: skip
REVENUE = (
    '<ix:nonFraction name="us-gaap:Revenues" contextRef="{}" unitRef="usd" scale="6" '
    'decimals="-6" id="{}">{}</ix:nonFraction>'
)


def body(revenue: str = "1,250") -> str:
    return REVENUE.format("fy", "f-1", revenue) + REVENUE.format("paper", "f-2", "750")


def row(value: float, year: int = 2024, **more: Any) -> dict[str, Any]:
    return {
        "start": f"{year}-01-01", "end": f"{year}-12-31", "val": value, "accn": ACCESSION,
        "fy": 2024, "fp": "FY", "form": "10-K", "filed": "2025-02-14", **more,
    }  # fmt: skip


def state(warehouse: Warehouse) -> dict[str, list[str]]:
    return {
        table: sorted(map(repr, warehouse.connection.execute(f"SELECT * FROM {table}").fetchall()))
        for table in TABLES
    }


def counts(summary: IngestSummary) -> tuple[int, ...]:
    return (summary.companies, summary.filings, summary.facts, summary.sections, summary.passages)


def reasons(summary: IngestSummary) -> dict[str, str]:
    return {skip.path.name: skip.reason for skip in summary.skipped}
