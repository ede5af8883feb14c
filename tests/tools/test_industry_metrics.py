"""Figures of banks, insurers, landlords, utilities and oil companies, against the filed rows.

Expected values were read by hand from num.txt and pre.txt of 2010q1 (10-Ks for 2009), USD million.
"""

import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from tools.figures.figure import Missing, evaluate
from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.resolve import resolve
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

CATALOGUE = Catalogue.load(
    Path(__file__).resolve().parents[2] / "memory" / "seeds" / "metrics.yaml"
)
ACCESSIONS = {
    "Wells Fargo": "0000950123-10-017877",
    "US Bancorp": "0000950123-10-018123",
    "Progressive": "0001193125-10-044296",
    "Humana": "0001193125-10-035019",
    "Allstate": "0001047469-10-001355",
    "Vornado": "0000899689-10-000004",
    "Boston Properties": "0001193125-10-040826",
    "Prologis": "0000950123-10-018432",
    "Entergy": "0000065984-10-000041",
    "Progress Energy": "0001094093-10-000021",
    "PPL": "0000922224-10-000012",
    "Apache": "0000950123-10-018311",
    "Pioneer": "0001193125-10-042964",
    "EQT": "0001104659-10-007860",
    "Kroger": "0001104659-10-017258",
}
EXPECTED = [
    ("Wells Fargo", "net_interest_income", "46324"),
    ("Wells Fargo", "noninterest_income", "42362"),
    ("Wells Fargo", "revenue", "88686"),  # 46,324 + 42,362: the filing has no total
    ("Wells Fargo", "provision_for_credit_losses", "21668"),
    ("Wells Fargo", "noninterest_expense", "49020"),
    ("Wells Fargo", "interest_income", "56274"),
    ("Wells Fargo", "deposits", "824018"),
    ("Wells Fargo", "loans_gross", "782770"),
    ("Wells Fargo", "loans_net", "758254"),
    ("Wells Fargo", "allowance_for_credit_losses", "24516"),
    ("US Bancorp", "revenue", "16470"),  # 8,518 + 7,952
    ("US Bancorp", "provision_for_credit_losses", "5557"),
    ("US Bancorp", "deposits", "183242"),
    ("Progressive", "premiums_earned", "14012.8"),
    ("Progressive", "benefits_and_claims", "9904.9"),
    ("Progressive", "acquisition_cost_amortization", "1364.6"),
    ("Humana", "premiums_earned", "29926.751"),
    ("Humana", "benefits_and_claims", "24775.002"),
    ("Allstate", "net_investment_income", "4444"),
    ("Allstate", "revenue", "32013"),
    ("Vornado", "revenue", "2742.578"),
    ("Vornado", "rental_revenue", "2222.285"),
    ("Boston Properties", "revenue", "1522.249"),
    ("Boston Properties", "rental_revenue", "1185.431"),
    ("Prologis", "revenue", "1223.082"),
    ("Entergy", "revenue", "10745.650"),
    ("Entergy", "electric_revenue", "7880.016"),
    ("Entergy", "gas_revenue", "172.213"),
    ("Progress Energy", "revenue", "9885"),
    ("Progress Energy", "fuel_costs", "3752"),
    ("PPL", "revenue", "7556"),
    ("PPL", "fuel_costs", "931"),
    ("Apache", "revenue", "8614.826"),
    ("Pioneer", "revenue", "1609.984"),
    ("Pioneer", "exploration_expense", "98.046"),
    ("EQT", "revenue", "1269.827"),
    ("EQT", "exploration_expense", "17.905"),
    ("Kroger", "revenue", "76733"),
]


@pytest.fixture(scope="module")
def filed(shared_data, tmp_path_factory):
    """Ingest some filings of a quarter's data set; yield (warehouse, CIK by accession)."""
    folder = tmp_path_factory.mktemp("industries")
    whole = shared_data / "edgar" / "financial_statement_data_sets" / "2010q1.zip"
    kept = set(ACCESSIONS.values())
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(folder / "2010q1.zip", "w") as part:
        for name in ("sub.txt", "num.txt", "pre.txt", "tag.txt"):
            lines = source.read(name).decode("utf-8", "replace").splitlines(keepends=True)
            if name != "tag.txt":
                lines = [lines[0], *(x for x in lines if x.split("\t", 1)[0] in kept)]
            part.writestr(name, "".join(lines))
    with Warehouse.open(folder / "warehouse.duckdb") as warehouse:
        install_catalogue(warehouse, CATALOGUE)
        ingest(warehouse, [folder / "2010q1.zip"])
        rows = warehouse.connection.execute("SELECT accession, cik FROM filing").fetchall()
        yield warehouse, dict(rows)


def _resolve(filed, company, metric):
    warehouse, ciks = filed
    return resolve(warehouse, metric, ciks[ACCESSIONS[company]], 2009, "FY")


@pytest.mark.data
@pytest.mark.parametrize(("company", "metric", "millions"), EXPECTED)
def test_a_figure_of_an_industry_is_the_filed_one(filed, company, metric, millions):
    assert evaluate(_resolve(filed, company, metric)) == Decimal(millions) * 1_000_000


@pytest.mark.data
def test_ratios_of_banks_and_insurers_follow_from_filed_totals(filed):
    efficiency = evaluate(_resolve(filed, "Wells Fargo", "efficiency_ratio"))
    assert round(efficiency, 4) == Decimal("0.5527")  # 49,020 / (46,324 + 42,362)
    loss = evaluate(_resolve(filed, "Progressive", "loss_ratio"))
    assert round(loss, 4) == Decimal("0.7068")  # 9,904.9 / 14,012.8


@pytest.mark.data
@pytest.mark.parametrize(
    ("company", "metric"),
    [
        ("Kroger", "net_interest_income"),
        ("Kroger", "deposits"),
        ("Kroger", "premiums_earned"),
        ("Entergy", "net_interest_income"),  # it files InterestIncomeExpenseNet, and is no bank
        ("Progressive", "net_interest_income"),  # an insurer with investment and debt interest
        ("Allstate", "premiums_earned"),  # property premiums are filed, life premiums its own way
    ],
)
def test_no_industry_figure_is_made_up_for_another_business(filed, company, metric):
    assert isinstance(_resolve(filed, company, metric), Missing)
