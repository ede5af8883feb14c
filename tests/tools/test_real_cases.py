"""Hard cases of fiscal periods and restatements on real companies, worked out by hand.

Filed values were read from the statements of the filings named (accession, or day of filing of the
10-K in the shared folder) and the arithmetic on them was done by hand.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tools.figures.figure import FactFigure, Formula, Missing, evaluate
from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.resolve import resolve
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

pytestmark = pytest.mark.data

CATALOGUE = Catalogue.load(
    Path(__file__).resolve().parents[2] / "memory" / "seeds" / "metrics.yaml"
)
APPLE, DEPOT, NVIDIA, WALMART, TESLA, ALPHABET = 320193, 354950, 1045810, 104169, 1318605, 1652044
EMERSON, GE = 32604, 40545
FILES = [
    *(f"edgar/companyfacts/CIK{cik:010d}.json.gz"
      for cik in (APPLE, DEPOT, NVIDIA, WALMART, TESLA, ALPHABET)),
    *(f"filings/10k/EMR/10K_{day}.htm.gz" for day in ("2022-11-14", "2023-11-13", "2024-11-12")),
    *(f"filings/10k/GE/10K_{day}.htm.gz" for day in ("2024-02-02", "2025-02-03")),
]  # fmt: skip

Ask = Callable[..., FactFigure | Formula]


@pytest.fixture(scope="module")
def ask(shared_data, tmp_path_factory):
    """A function that resolves over those files."""
    home = tmp_path_factory.mktemp("cases")
    with Warehouse.open(home / "warehouse.duckdb") as warehouse:
        install_catalogue(warehouse, CATALOGUE)
        ingest(warehouse, [shared_data / name for name in FILES])

        def resolved(metric, cik, year, part="FY", **given):
            found = resolve(warehouse, metric, cik, year, part, **given)
            assert not isinstance(found, Missing), found.reason
            return found

        yield resolved


def _millions(found: FactFigure | Formula) -> Decimal:
    return evaluate(found) / 10**6


def test_a_fourth_quarter_is_the_year_less_nine_months(ask: Ask) -> None:
    """Apple, quarter to 2023-09-30: 10-K 0000320193-23-000106 less 10-Q 0000320193-23-000077."""
    sales = ask("revenue", APPLE, 2023, "Q4")
    assert _millions(sales) == 383_285 - 293_787 == 89_498
    assert (sales.period_start, sales.period_end) == (date(2023, 7, 2), date(2023, 9, 30))
    assert isinstance(sales, Formula)
    assert [one.accession for one in sales.inputs.values()] == [
        "0000320193-23-000106", "0000320193-23-000077",
    ]  # fmt: skip
    assert _millions(ask("operating_cash_flow", APPLE, 2023, "Q4")) == 110_543 - 88_945


def test_trailing_twelve_months_replace_last_years_quarter(ask: Ask) -> None:
    """Apple, to 2023-12-30: the 10-K, plus 0000320193-24-000006, less 0000320193-23-000006."""
    sales = ask("revenue", APPLE, 2024, "TTM-Q1")
    assert _millions(sales) == 383_285 + 119_575 - 117_154 == 385_706
    assert (sales.period_start, sales.period_end) == (date(2023, 1, 1), date(2023, 12, 30))


def test_a_year_of_53_weeks_is_the_companys_year(ask: Ask) -> None:
    """Home Depot, fiscal 2018, 0000354950-19-000010: to the Sunday after January, 371 days."""
    sales = ask("revenue", DEPOT, 2018)
    assert _millions(sales) == 108_203
    assert (sales.period_start, sales.period_end) == (date(2018, 1, 29), date(2019, 2, 3))
    fourth = ask("revenue", DEPOT, 2018, "Q4")  # of 14 weeks, filed as such
    assert (_millions(fourth), (fourth.period_end - fourth.period_start).days + 1) == (26_491, 98)
    # Inventory 13,925 over cost of sales 71,043; days of a ratio are 365 all the same.
    days = evaluate(ask("days_inventory", DEPOT, 2018))
    assert round(days, 4) == round(Decimal(13_925) / 71_043 * 365, 4) == Decimal("71.5429")


def test_a_restated_year_is_readable_as_it_was(ask: Ask) -> None:
    """Emerson's sales of fiscal 2022, before and after it sold its climate business."""
    assert _millions(ask("revenue", EMERSON, 2022, as_of=date(2022, 12, 31))) == 19_629
    assert _millions(ask("revenue", EMERSON, 2022)) == 13_804  # 10-K of 2023-11-13
    then = ask("net_margin", EMERSON, 2022, as_of=date(2022, 12, 31))
    assert round(evaluate(then), 4) == round(Decimal(3231) / 19_629, 4)


@pytest.mark.parametrize(
    ("cik", "year", "profit", "sales"),
    [
        # Emerson, 10-K of 2024-11-12: net earnings 13,219, of which 10,933 from businesses sold.
        (EMERSON, 2023, 2261, 15_165),
        (EMERSON, 2022, 1883, 13_804),
        # GE, 10-K of 2025-02-03: 336 in all, of which a loss of 949 from what it spun off.
        (GE, 2022, 1353, 29_139),
    ],
)
def test_a_net_margin_does_not_mix_discontinued_operations_in(ask, cik, year, profit, sales):
    found = ask("net_margin", cik, year)
    assert round(evaluate(found), 6) == round(Decimal(profit) / sales, 6)
    assert "discontinued ones" in found.note


def test_a_net_margin_is_of_one_filing(ask: Ask) -> None:
    """GE 2023: 9,482 of 35,348 as recast on 2025-02-03; 9,481 of 67,954 as first filed."""
    assert round(evaluate(ask("net_margin", GE, 2023)), 6) == round(Decimal(9482) / 35_348, 6)
    then = evaluate(ask("net_margin", GE, 2023, as_of=date(2024, 12, 31)))
    assert round(then, 6) == round(Decimal(9481) / 67_954, 6)


@pytest.mark.parametrize(
    ("cik", "year", "filed", "adjusted"),
    [
        (NVIDIA, 2019, "6.63", "0.16575"),  # 0001045810-21-000010; 4-for-1 and 10-for-1 since
        (WALMART, 2020, "5.19", "1.73"),  # 0000104169-22-000012; 3-for-1 since
        (ALPHABET, 2019, "49.16", "2.458"),  # 0001652044-22-000019; 20-for-1 since
        (TESLA, 2019, "-0.98", "-0.3267"),  # 0000950170-22-000796, after 5-for-1; 3-for-1 since
    ],
)
def test_amounts_a_share_are_restated_for_splits(ask, cik, year, filed, adjusted):
    assert evaluate(ask("eps_diluted", cik, year)) == Decimal(filed)
    found = ask("eps_diluted", cik, year, adjusted=True)
    assert round(evaluate(found), 4) == round(Decimal(adjusted), 4)
    assert "split" in found.note


def test_an_amount_a_share_before_a_split_is_readable_as_it_was(ask: Ask) -> None:
    """Tesla's 2019, 0001564590-20-004475, before the 5-for-1 split of 2020."""
    found = ask("eps_diluted", TESLA, 2019, as_of=date(2020, 6, 30))
    assert evaluate(found) == Decimal("-4.92")
