"""Twelve months to a quarter, over the sample: sums worked out by hand from the filings."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tools.figures.figure import FactFigure, Formula, Missing, Resolution, evaluate
from tools.figures.resolve import resolve
from tools.warehouse import Warehouse

APPLE, NVIDIA = 320193, 1045810


@pytest.fixture(scope="module")
def warehouse(sample_home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(sample_home / "warehouse.duckdb", read_only=True) as found:
        yield found


def value(found: Resolution) -> Decimal:
    assert not isinstance(found, Missing), found
    return evaluate(found)


def test_the_year_so_far_replaces_last_years(warehouse: Warehouse) -> None:
    found = resolve(warehouse, "revenue", APPLE, 2025, "TTM-Q3")
    # 391,035 (10-K 2024) + 313,695 - 296,105 (10-Q filed 2025-08-01), USD millions
    assert value(found) == Decimal(408625000000)
    assert isinstance(found, Formula)
    assert (str(found.period_start), str(found.period_end)) == ("2024-06-30", "2025-06-28")
    assert found.fiscal_period == "TTM-Q3"


def test_at_a_years_end_the_twelve_months_are_the_year(warehouse: Warehouse) -> None:
    found = resolve(warehouse, "revenue", APPLE, 2024, "TTM-Q4")
    assert isinstance(found, FactFigure)
    assert found.value == Decimal(391035000000)


def test_a_ratio_is_taken_over_twelve_months(warehouse: Warehouse) -> None:
    found = resolve(warehouse, "operating_margin", APPLE, 2025, "TTM-Q3")
    # operating income 123,216 + 100,623 - 93,625 = 130,214 on 408,625
    assert round(value(found), 4) == Decimal("0.3187")


def test_amounts_a_share_are_added_up_where_no_split_lies_between(warehouse: Warehouse) -> None:
    found = resolve(warehouse, "eps_diluted", NVIDIA, 2025, "TTM-Q2")
    # 1.19 + 1.27 - 0.33, all after the split of June 2024
    assert value(found) == Decimal("2.13")


def test_amounts_a_share_across_a_split_are_refused(warehouse: Warehouse) -> None:
    found = resolve(warehouse, "eps_diluted", NVIDIA, 2025, "TTM-Q1")
    assert isinstance(found, Missing)
    assert "share counts" in found.reason


def test_share_counts_have_no_twelve_months(warehouse: Warehouse) -> None:
    found = resolve(warehouse, "shares_diluted", APPLE, 2025, "TTM-Q3")
    assert isinstance(found, Missing)
