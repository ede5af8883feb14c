"""Resolution over a small invented company; every expected figure is worked out by hand."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.figures.figure import FactFigure, Formula, Missing, evaluate
from tools.figures.materialise import refresh
from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.resolve import resolve
from tools.warehouse import Warehouse

CATALOGUE = Catalogue.load(
    Path(__file__).resolve().parents[2] / "memory" / "seeds" / "metrics.yaml"
)
CIK = 7
PERIODS = {
    "FY": ("01-01", "12-31"),
    "9M": ("01-01", "09-30"),
    "H1": ("01-01", "06-30"),
    "Q1": ("01-01", "03-31"),
    "Q2": ("04-01", "06-30"),
    "Q3": ("07-01", "09-30"),
    "Q4": ("10-01", "12-31"),
}


class Books:
    """Writes facts of one company into a warehouse."""

    def __init__(self, warehouse):
        self.warehouse = warehouse
        self.facts = 0
        run = warehouse.connection.execute
        run("INSERT INTO company VALUES (?, 'Acme Corp', ['ACME'], [], NULL, '1231')", [CIK])
        for year in (2022, 2023, 2024):
            for name, (start, end) in PERIODS.items():
                run(
                    "INSERT INTO fiscal_period VALUES (?, ?, ?, ?, ?)",
                    [CIK, year, name, f"{year}-{start}", f"{year}-{end}"],
                )

    def file(self, filed, year=2023, period="FY", *, form="10-K", dimensions=None, **values):
        """File values by concept; instants are told by the concepts the catalogue calls so."""
        accession = f"acc-{filed}"
        start, end = (f"{year}-{day}" for day in PERIODS[period])
        for concept, value in values.items():
            self.facts += 1
            instant = concept in INSTANTS
            self.warehouse.connection.execute(
                "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, "
                "'sample', NULL, NULL, NULL)",
                [
                    self.facts, CIK, accession, f"us-gaap:{concept}", value, str(value),
                    UNITS.get(concept, "USD"), None if instant else start, end, filed, form,
                    dimensions,
                ],
            )  # fmt: skip

    def resolve(self, metric, year=2023, period="FY", as_of=None):
        return resolve(self.warehouse, metric, CIK, year, period, as_of=as_of)

    def value(self, *arguments, **named):
        return evaluate(self.resolve(*arguments, **named))


INSTANTS = {
    choice.concept.split(":")[1]
    for metric in CATALOGUE.metrics.values()
    if metric.period_type == "instant"
    for choice in metric.concepts
}
UNITS = {
    choice.concept.split(":")[1]: metric.unit
    for metric in CATALOGUE.metrics.values()
    for choice in metric.concepts
}


@pytest.fixture
def books(tmp_path):
    with Warehouse.open(tmp_path / "warehouse.duckdb") as warehouse:
        install_catalogue(warehouse, CATALOGUE)
        yield Books(warehouse)


def test_a_filed_value_comes_with_its_source(books):
    books.file("2024-02-01", Revenues=500)
    figure = books.resolve("revenue")
    assert isinstance(figure, FactFigure)
    assert (figure.value, figure.unit, figure.concept) == (500, "USD", "us-gaap:Revenues")
    assert (figure.accession, figure.filed) == ("acc-2024-02-01", date(2024, 2, 1))
    assert (figure.period_start, figure.period_end) == (date(2023, 1, 1), date(2023, 12, 31))


def test_the_recorded_query_gives_the_same_row_again(books):
    books.file("2024-02-01", Revenues=500)
    figure = books.resolve("revenue")
    row = books.warehouse.connection.execute(figure.sql, figure.params).fetchone()
    assert row[3] == figure.value
    assert row[-1] == figure.fact_id


def test_the_first_ranked_concept_wins_over_a_narrower_one(books):
    books.file("2024-02-01", Revenues=500, RevenueFromContractWithCustomerExcludingAssessedTax=480)
    assert books.value("revenue") == 500


def test_a_restatement_counts_from_its_filing_date(books):
    books.file("2024-02-01", Revenues=500)
    books.file("2025-02-01", Revenues=450)
    assert books.value("revenue") == 450
    assert books.value("revenue", as_of=date(2025, 1, 31)) == 500
    assert isinstance(books.resolve("revenue", as_of=date(2024, 1, 31)), Missing)


def test_segment_facts_are_not_the_company(books):
    books.file(
        "2024-02-01", dimensions='{"us-gaap:StatementBusinessSegmentsAxis": "x"}', Revenues=9
    )
    assert isinstance(books.resolve("revenue"), Missing)


def test_proxy_statements_are_not_a_source(books):
    books.file("2024-03-01", form="DEF 14A", NetIncomeLoss=51)
    assert isinstance(books.resolve("net_income"), Missing)


def test_cash_is_not_taken_from_the_cash_flow_statement_of_a_later_year(books):
    total = "CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents"
    books.file("2025-02-01", **{total: 90})
    assert isinstance(books.resolve("cash"), Missing)
    books.file("2024-02-01", Assets=400, **{total: 80})
    assert books.value("cash") == 80


def test_group_equity_is_not_the_shareholders_where_there_are_minorities(books):
    group = "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest"
    books.file("2024-02-01", Assets=400, MinorityInterest=30, **{group: 150})
    assert isinstance(books.resolve("shareholders_equity"), Missing)
    assert books.value("total_equity") == 150


def test_depreciation_smaller_than_its_parts_is_refused(books):
    books.file(
        "2024-02-01", DepreciationDepletionAndAmortization=40, AmortizationOfIntangibleAssets=60
    )
    assert isinstance(books.resolve("depreciation_and_amortization"), Missing)


def test_share_counts_filed_in_the_wrong_scale_are_refused(books):
    books.file(
        "2024-02-01",
        NetIncomeLoss=8_000_000_000,
        EarningsPerShareDiluted=Decimal("11.4"),
        WeightedAverageNumberOfDilutedSharesOutstanding=Decimal("701.8"),
    )
    missing = books.resolve("shares_diluted")
    assert isinstance(missing, Missing)
    assert "does not agree" in missing.reason


def test_a_ratio_is_a_formula_over_filed_figures(books):
    books.file("2024-02-01", Revenues=500, GrossProfit=200)
    figure = books.resolve("gross_margin")
    assert isinstance(figure, Formula)
    assert figure.expression == "gross_profit / revenue"
    assert evaluate(figure) == Decimal("0.4")


def test_an_average_takes_the_opening_balance(books):
    books.file("2023-02-01", 2022, Assets=300)
    books.file("2024-02-01", Assets=500, NetIncomeLoss=40)
    assert books.value("return_on_assets") == Decimal("0.1")
    assert isinstance(books.resolve("return_on_assets", 2022), Missing)


def test_days_of_a_year_are_365_and_of_a_quarter_as_they_are(books):
    books.file("2024-02-01", Revenues=365, AccountsReceivableNetCurrent=30)
    books.file("2023-05-01", period="Q1", form="10-Q", Revenues=90, AccountsReceivableNetCurrent=30)
    assert books.value("days_sales_outstanding") == 30
    assert books.value("days_sales_outstanding", period="Q1") == 30


def test_the_fourth_quarter_is_the_year_less_nine_months(books):
    books.file("2023-11-01", period="9M", form="10-Q", Revenues=360)
    books.file("2024-02-01", Revenues=500)
    figure = books.resolve("revenue", period="Q4")
    assert isinstance(figure, Formula)
    assert figure.expression == "full_year - nine_months"
    assert evaluate(figure) == 140
    assert (figure.period_start, figure.period_end) == (date(2023, 10, 1), date(2023, 12, 31))


def test_a_derived_quarter_does_not_mix_restated_and_first_reported(books):
    books.file("2023-11-01", period="9M", form="10-Q", Revenues=360)
    books.file("2024-02-01", Revenues=500)
    books.file("2025-02-01", Revenues=420)
    figure = books.resolve("revenue", period="Q4")
    assert evaluate(figure) == 140
    assert "restate" in figure.note


def test_a_year_first_filed_with_the_wrong_sign_gives_no_fourth_quarter(books):
    books.file("2023-11-01", period="9M", form="10-Q", IncomeTaxExpenseBenefit=50)
    books.file("2024-02-01", IncomeTaxExpenseBenefit=-75)
    books.file("2025-02-01", IncomeTaxExpenseBenefit=75)
    assert isinstance(books.resolve("income_tax", period="Q4"), Missing)


def test_a_half_that_its_quarters_contradict_gives_no_difference(books):
    flow = "NetCashProvidedByUsedInOperatingActivities"
    books.file("2023-05-01", period="Q1", form="10-Q", **{flow: 20})
    books.file("2023-08-01", period="Q2", form="10-Q", **{flow: 30})
    books.file("2023-08-02", period="H1", form="10-Q", **{flow: 500})
    books.file("2023-11-01", period="9M", form="10-Q", **{flow: 560})
    assert isinstance(books.resolve("operating_cash_flow", period="Q3"), Missing)


def test_a_negative_derived_expense_is_refused(books):
    books.file("2023-11-01", period="9M", form="10-Q", ResearchAndDevelopmentExpense=50)
    books.file("2024-02-01", ResearchAndDevelopmentExpense=45)
    assert isinstance(books.resolve("research_and_development", period="Q4"), Missing)


def test_the_second_quarter_of_a_cash_flow_is_the_half_less_the_first(books):
    flow = "NetCashProvidedByUsedInOperatingActivities"
    books.file("2023-05-01", period="Q1", form="10-Q", **{flow: 20})
    books.file("2023-08-01", period="H1", form="10-Q", **{flow: 50})
    assert books.value("operating_cash_flow", period="Q2") == 30


def test_earnings_per_share_are_never_a_difference(books):
    books.file("2023-11-01", period="9M", form="10-Q", EarningsPerShareDiluted=3)
    books.file("2024-02-01", EarningsPerShareDiluted=4)
    assert isinstance(books.resolve("eps_diluted", period="Q4"), Missing)


def test_an_absent_input_makes_the_figure_missing_and_is_named(books):
    books.file("2024-02-01", NetCashProvidedByUsedInOperatingActivities=70)
    missing = books.resolve("free_cash_flow")
    assert isinstance(missing, Missing)
    assert "capital_expenditures" in missing.reason
    assert "Acme Corp" in missing.reason and "2023" in missing.reason


def test_total_debt_leaves_out_only_what_the_balance_sheet_shows_there_is_not(books):
    books.file("2024-02-01", LongTermDebtNoncurrent=80)
    assert isinstance(books.resolve("total_debt"), Missing)
    books.file("2024-02-02", Assets=400, LongTermDebtNoncurrent=80)
    figure = books.resolve("total_debt")
    assert figure.expression == "long_term_debt"
    assert "left out" in figure.note
    books.file("2024-02-03", CommercialPaper=5)
    assert books.value("total_debt") == 85


def test_liabilities_follow_from_assets_and_equity(books):
    group = "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest"
    books.file("2024-02-01", Assets=400, MinorityInterest=30, **{group: 150})
    assert books.value("total_liabilities") == 250
    books.file("2024-02-02", RedeemableNoncontrollingInterestEquityCarryingAmount=10)
    assert books.value("total_liabilities") == 240


def test_gross_profit_is_not_worked_out_from_costs_without_depreciation(books):
    cost = "CostOfGoodsAndServiceExcludingDepreciationDepletionAndAmortization"
    books.file("2024-02-01", Revenues=500, **{cost: 300})
    assert books.value("cost_of_revenue") == 300
    assert isinstance(books.resolve("gross_profit"), Missing)


def test_a_margin_does_not_mix_a_restated_revenue_with_an_older_profit(books):
    books.file("2024-02-01", Revenues=500, GrossProfit=200)
    books.file("2025-02-01", Revenues=250)
    figure = books.resolve("gross_margin")
    assert evaluate(figure) == Decimal("0.4")
    assert "known on 2024-02-01" in figure.note


def test_division_by_zero_is_missing(books):
    books.file("2024-02-01", Revenues=0, NetIncomeLoss=-5)
    missing = books.resolve("net_margin")
    assert isinstance(missing, Missing)
    assert "zero" in missing.reason


def test_a_ratio_over_negative_equity_carries_a_note(books):
    books.file("2024-02-01", Assets=400, StockholdersEquity=-20, LongTermDebtNoncurrent=100)
    figure = books.resolve("debt_to_equity")
    assert evaluate(figure) == -5
    assert "says little" in figure.note


def test_an_unknown_year_names_what_the_warehouse_covers(books):
    missing = books.resolve("revenue", 2031)
    assert isinstance(missing, Missing)
    assert "2022 to 2024" in missing.reason


def test_an_unknown_company_is_missing(books):
    missing = resolve(books.warehouse, "revenue", 99, 2023)
    assert isinstance(missing, Missing)
    assert "99" in missing.reason


def test_an_unknown_metric_is_refused(books):
    with pytest.raises(ToolError, match="no metric"):
        books.resolve("happiness")


def test_the_view_agrees_with_resolve(books):
    books.file("2024-02-01", Revenues=500, Assets=400)
    with books.warehouse.transaction() as connection:
        refresh(connection, CIK)
    rows = books.warehouse.connection.execute(
        "SELECT metric, ticker, value FROM figure "
        "WHERE fiscal_period = 'FY' AND kind = 'filed' ORDER BY metric"
    ).fetchall()
    assert rows == [("revenue", "ACME", 500), ("total_assets", "ACME", 400)]


def test_twelve_months_are_the_last_year_plus_this_year_to_date_less_the_same_of_last(books):
    books.file("2023-02-01", 2022, Revenues=400)
    books.file("2022-08-01", 2022, "H1", form="10-Q", Revenues=180)
    books.file("2023-08-01", 2023, "H1", form="10-Q", Revenues=230, NetIncomeLoss=9)
    figure = books.resolve("revenue", 2023, "TTM-Q2")
    assert figure.expression == "full_year + year_to_date - prior_year_to_date"
    assert evaluate(figure) == 450
    assert (figure.period_start, figure.period_end) == (date(2022, 7, 1), date(2023, 6, 30))
    assert evaluate(books.resolve("revenue", 2023, "TTM")) == 450
    assert isinstance(books.resolve("revenue", 2023, "TTM-Q2", as_of=date(2023, 7, 1)), Missing)


def test_twelve_months_are_four_quarters_where_the_longer_periods_are_not_filed(books):
    for filed, year, period, value in (
        ("2022-11-01", 2022, "Q3", 30), ("2022-11-01", 2022, "9M", 80),
        ("2023-02-01", 2022, "FY", 120),
        ("2023-05-01", 2023, "Q1", 50), ("2023-08-01", 2023, "Q2", 60),
    ):  # fmt: skip
        books.file(filed, year, period, form="10-Q", Revenues=value)
    assert books.value("revenue", 2023, "TTM-Q2") == 30 + 40 + 50 + 60


def test_ratios_of_twelve_months_take_the_balances_of_the_quarter_and_a_year_before(books):
    books.file("2022-08-01", 2022, "H1", form="10-Q", NetIncomeLoss=10, Assets=300)
    books.file("2022-08-02", 2022, "Q2", form="10-Q", Assets=300)
    books.file("2023-02-01", 2022, NetIncomeLoss=30, Assets=380)
    books.file("2023-08-01", 2023, "H1", form="10-Q", NetIncomeLoss=20, Assets=500)
    assert books.value("return_on_assets", 2023, "TTM-Q2") == Decimal("0.1")
    assert books.value("total_assets", 2023, "TTM") == 500


def test_earnings_per_share_of_twelve_months_are_added_up_with_a_note(books):
    books.file("2022-08-01", 2022, "H1", form="10-Q", EarningsPerShareDiluted=1)
    books.file("2023-02-01", 2022, EarningsPerShareDiluted=3)
    books.file("2023-08-01", 2023, "H1", form="10-Q", EarningsPerShareDiluted=2)
    found = books.resolve("eps_diluted", 2023, "TTM-Q2")
    assert evaluate(found) == 4
    assert "no filing states the sum" in found.note


def test_pretax_income_is_not_made_from_a_profit_with_discontinued_operations(books):
    books.file("2024-02-01", Assets=1000, ProfitLoss=80, IncomeTaxExpenseBenefit=20)
    assert books.value("pretax_income") == 100
    books.file("2024-03-01", IncomeLossFromDiscontinuedOperationsNetOfTax=30)
    assert isinstance(books.resolve("pretax_income"), Missing)
    assert books.value("pretax_income", as_of=date(2024, 2, 15)) == 100


def test_a_net_margin_leaves_out_a_disposal_gain_as_revenue_does(books):
    name = "IncomeLossFromContinuingOperationsIncludingPortionAttributableToNoncontrollingInterest"
    books.file("2024-02-01", Revenues=100, NetIncomeLoss=87, ProfitLoss=87, **{name: 15})
    found = books.resolve("net_margin")
    assert (evaluate(found), found.expression) == (
        Decimal("0.15"), "income_from_continuing_operations / revenue",
    )  # fmt: skip
    assert "discontinued ones" in found.note


def test_a_net_margin_without_net_income_is_missing(books):
    name = "IncomeLossFromContinuingOperationsIncludingPortionAttributableToNoncontrollingInterest"
    books.file("2024-02-01", Revenues=100, **{name: 15})
    assert isinstance(books.resolve("net_margin"), Missing)


def test_a_filed_quarter_unlike_the_difference_of_longer_periods_carries_a_note(books):
    books.file("2023-11-01", period="9M", form="10-Q", NetIncomeLoss=60)
    books.file("2024-02-01", NetIncomeLoss=100)
    books.file("2024-02-02", period="Q4", NetIncomeLoss=30)
    found = books.resolve("net_income", period="Q4")
    assert (found.value, "as filed, 40" in found.note) == (30, True)
