"""Stock splits, found by the restated share counts of an invented company and of real ones."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tools.figures.company_facts import CompanyFacts
from tools.figures.figure import FactFigure, Formula, evaluate
from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.resolve import resolve
from tools.figures.splits import find_splits
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

CATALOGUE = Catalogue.load(
    Path(__file__).resolve().parents[2] / "memory" / "seeds" / "metrics.yaml"
)
CIK = 7
UNITS = {"EarningsPerShareDiluted": "USD/shares", "EarningsPerShareBasic": "USD/shares"}


@pytest.fixture
def warehouse(tmp_path):
    with Warehouse.open(tmp_path / "warehouse.duckdb") as opened:
        install_catalogue(opened, CATALOGUE)
        run = opened.connection.execute
        run("INSERT INTO company VALUES (?, 'Acme Corp', ['ACME'], [], NULL, '1231')", [CIK])
        for year in (2020, 2021, 2022):
            run(
                "INSERT INTO fiscal_period VALUES (?, ?, 'FY', ?, ?)",
                [CIK, year, f"{year}-01-01", f"{year}-12-31"],
            )
        yield opened


def _file(warehouse, filed, year, eps, shares):
    values = {
        "EarningsPerShareDiluted": eps, "EarningsPerShareBasic": eps, "NetIncomeLoss": 1000,
        "WeightedAverageNumberOfDilutedSharesOutstanding": shares,
        "WeightedAverageNumberOfSharesOutstandingBasic": shares,
    }  # fmt: skip
    for concept, value in values.items():
        unit = UNITS.get(concept, "USD" if concept == "NetIncomeLoss" else "shares")
        warehouse.connection.execute(
            "INSERT INTO fact SELECT (SELECT count(*) FROM fact), ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "'10-K', NULL, NULL, 'sample', NULL, NULL, NULL",
            [
                CIK, f"acc-{filed}", f"us-gaap:{concept}", value, str(value), unit,
                f"{year}-01-01", f"{year}-12-31", filed,
            ],
        )  # fmt: skip


def test_an_older_amount_a_share_is_restated_with_the_evidence_among_its_inputs(warehouse):
    _file(warehouse, "2021-02-01", 2020, Decimal("8.00"), 125)
    _file(warehouse, "2022-02-01", 2021, Decimal("10.00"), 100)
    _file(warehouse, "2023-02-01", 2021, Decimal("2.50"), 400)
    _file(warehouse, "2023-02-01", 2022, Decimal("2.50"), 400)
    plain = resolve(warehouse, "eps_diluted", CIK, 2020)
    assert evaluate(plain) == 8
    found = resolve(warehouse, "eps_diluted", CIK, 2020, adjusted=True)
    assert isinstance(found, Formula)
    assert (found.expression, evaluate(found)) == ("eps_diluted / 4", 2)
    shown = {name: evaluate(given) for name, given in found.inputs.items()}
    assert shown == {
        "eps_diluted": 8, "shares_diluted_before_split": 100, "shares_diluted_after_split": 400,
    }  # fmt: skip
    assert "4-for-1 split" in found.note
    shares = resolve(warehouse, "shares_diluted", CIK, 2020, adjusted=True)
    assert evaluate(shares) == 500


def test_a_figure_on_the_new_count_and_one_before_the_split_was_known_stay(warehouse):
    _file(warehouse, "2022-02-01", 2021, Decimal("10.00"), 100)
    _file(warehouse, "2023-02-01", 2021, Decimal("2.50"), 400)
    now = resolve(warehouse, "eps_diluted", CIK, 2021, adjusted=True)
    assert isinstance(now, FactFigure) and now.value == Decimal("2.5")
    day = date(2022, 12, 31)
    then = resolve(warehouse, "eps_diluted", CIK, 2021, adjusted=True, as_of=day)
    assert isinstance(then, FactFigure) and then.value == 10


def test_a_restatement_by_no_clean_factor_is_no_split(warehouse):
    _file(warehouse, "2022-02-01", 2021, Decimal("10.00"), 100)
    _file(warehouse, "2023-02-01", 2021, Decimal("9.10"), 110)
    assert find_splits(CompanyFacts(warehouse.connection, CIK)) == []


# What the companies announced: the factor, and the first filing that counts in new shares.
REAL = {
    320193: [("7-for-1", date(2014, 7, 23)), ("4-for-1", date(2020, 10, 30))],
    1045810: [("4-for-1", date(2021, 8, 20)), ("10-for-1", date(2024, 8, 28))],
    1652044: [("20-for-1", date(2022, 7, 27))],
}


@pytest.mark.data
@pytest.mark.parametrize("cik", sorted(REAL))
def test_the_splits_of_real_companies_are_found(tmp_path, shared_data, cik):
    path = shared_data / "edgar" / "companyfacts" / f"CIK{cik:010d}.json.gz"
    with Warehouse.open(tmp_path / "warehouse.duckdb") as opened:
        install_catalogue(opened, CATALOGUE)
        ingest(opened, [path])
        splits = find_splits(CompanyFacts(opened.connection, cik))
        assert [(one.spoken.removesuffix(" split"), one.known_from) for one in splits] == REAL[cik]
        if cik == 320193:  # $6.31 after the first split (10-K of October 2014), a quarter of it now
            found = resolve(opened, "eps_diluted", cik, 2012, adjusted=True)
            assert (found.expression, evaluate(found)) == ("eps_diluted / 4", Decimal("1.5775"))
