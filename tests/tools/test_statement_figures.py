"""Figures read by hand from printed statements, against what the catalogue resolves.

The figures in data/statement_figures.csv were read off the rendered statement tables, never off
the tags. Fifteen companies, three fiscal years each.
"""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from tools.figures.figure import Missing, evaluate
from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.resolve import resolve
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

HERE = Path(__file__).resolve()
CATALOGUE = HERE.parents[2] / "memory" / "seeds" / "metrics.yaml"
FIGURES = HERE.parent / "data" / "statement_figures.csv"

# The next year's filing shows these in whole millions, and the latest filing counts.
ROUNDED_LATER = {("MCD", 2022, "total_assets"), ("MCD", 2022, "shareholders_equity")}


def _rows():
    with FIGURES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_readings_cover_enough_companies_years_and_metrics():
    by_year: dict[tuple[str, str], set[str]] = {}
    for row in _rows():
        by_year.setdefault((row["ticker"], row["fiscal_year"]), set()).add(row["metric"])
    assert len({ticker for ticker, _ in by_year}) >= 12
    assert len(by_year) >= 36
    assert min(len(metrics) for metrics in by_year.values()) >= 10


@pytest.mark.data
@pytest.mark.parametrize("ticker", sorted({row["ticker"] for row in _rows()}))
def test_resolved_figures_equal_the_printed_ones(tmp_path, shared_data, ticker):
    rows = [row for row in _rows() if row["ticker"] == ticker]
    paths = sorted({shared_data / "filings" / "10k" / f"{row['filing']}.gz" for row in rows})
    with Warehouse.open(tmp_path / "warehouse.duckdb") as warehouse:
        assert ingest(warehouse, paths).skipped == []
        install_catalogue(warehouse, Catalogue.load(CATALOGUE))
        differing = [line for row in rows if (line := _difference(warehouse, row))]
    assert differing == []


def _difference(warehouse, row):
    key = (row["ticker"], int(row["fiscal_year"]), row["metric"])
    cik = warehouse.connection.execute(
        "SELECT cik FROM company WHERE list_contains(tickers, ?)", [row["ticker"]]
    ).fetchone()[0]
    found = resolve(warehouse, row["metric"], cik, key[1])
    if isinstance(found, Missing):
        return (*key, found.reason)
    allowed = Decimal(500_000) if key in ROUNDED_LATER else Decimal(0)
    gap = abs(evaluate(found) - Decimal(row["value"]))
    return None if gap <= allowed else (*key, row["value"], str(evaluate(found)))
