"""The bundled sample. The 10-K is checked by a reading of its own, not by the product's parser."""

import csv
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from lxml import etree

from tools.documents import filings
from tools.sample import (
    FACTS,
    INVENTED_10K,
    INVENTED_BARS,
    INVENTED_NEWS,
    load_sample,
    read_facts,
)
from tools.sample.build_facts import catalogue_concepts, collect, write_csv
from tools.sample.build_invented_market import build_bars, build_news
from tools.sample.invented.accounts import load_books
from tools.sample.invented.document import build_document
from tools.warehouse import Warehouse

YEARS = {
    2022: ("2021-12-26", "2022-12-31"),
    2023: ("2023-01-01", "2023-12-30"),
    2024: ("2023-12-31", "2024-12-28"),
}
QUARTERS_2024 = [
    ("2023-12-31", "2024-03-30"),
    ("2024-03-31", "2024-06-29"),
    ("2024-06-30", "2024-09-28"),
    ("2024-09-29", "2024-12-28"),
]
REVENUE = "RevenueFromContractWithCustomerExcludingAssessedTax"
IX = "{http://www.xbrl.org/2013/inlineXBRL}"
XBRLI = "{http://www.xbrl.org/2003/instance}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

Key = tuple[str, str | None, str, frozenset[str]]


class Read:
    """Facts of the invented 10-K; `all` keeps what is said more than once."""

    def __init__(self) -> None:
        self.tree = etree.parse(str(INVENTED_10K))
        self.contexts = dict(self._contexts())
        self.all: dict[Key, set[Decimal]] = defaultdict(set)
        self.nil: set[str] = set()
        for node in self.tree.iter(f"{IX}nonFraction"):
            name = node.get("name").partition(":")[2]
            if node.get(NIL) == "true":
                self.nil.add(name)
                continue
            start, end, members = self.contexts[node.get("contextRef")]
            text = node.text.replace(",", "")
            value = Decimal(0 if text == "—" else text).scaleb(int(node.get("scale")))
            sign = -1 if node.get("sign") == "-" else 1
            self.all[(name, start, end, members)].add(sign * value)

    def _contexts(self) -> Iterator[tuple[str, tuple[str | None, str, frozenset[str]]]]:
        for node in self.tree.iter(f"{XBRLI}context"):
            dates = {child.tag.removeprefix(XBRLI): child.text for child in node.iter()}
            members = frozenset(
                child.text for child in node.iter() if child.tag.endswith("explicitMember")
            )
            end = dates.get("instant") or dates["endDate"]
            yield node.get("id"), (dates.get("startDate"), end, members)

    def flow(self, name: str, year: int, *members: str) -> Decimal:
        start, end = YEARS[year]
        return self.one(name, start, end, *members)

    def balance(self, name: str, year: int, *members: str) -> Decimal:
        end = YEARS[year][1] if year in YEARS else "2021-12-25"
        return self.one(name, None, end, *members)

    def one(self, name: str, start: str | None, end: str, *members: str) -> Decimal:
        [value] = self.all[(name, start, end, frozenset(members))]
        return value


@pytest.fixture(scope="module")
def read() -> Read:
    return Read()


@pytest.fixture(scope="module")
def sample(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    copy = tmp_path_factory.mktemp("sample") / "warehouse.duckdb"
    shutil.copy(sample_home / "warehouse.duckdb", copy)
    with Warehouse.open(copy) as warehouse:
        yield warehouse


def test_committed_filing_is_what_the_generator_writes() -> None:
    assert INVENTED_10K.read_text(encoding="utf-8") == build_document(load_books())


def test_a_fact_said_twice_has_one_value(read: Read) -> None:
    assert len(read.all) > 700
    assert {key[0] for key, values in read.all.items() if len(values) > 1} == set()


@pytest.mark.parametrize("year", [2023, 2024])
def test_balance_sheet_balances(read: Read, year: int) -> None:
    def of(*names: str) -> Decimal:
        return sum((read.balance(name, year) for name in names), Decimal(0))

    assert of("Assets") == of("Liabilities", "StockholdersEquity")
    assert of("Assets") == of("LiabilitiesAndStockholdersEquity")
    assert of("AssetsCurrent") == of(
        "CashAndCashEquivalentsAtCarryingValue", "ShortTermInvestments",
        "AccountsReceivableNetCurrent", "InventoryNet", "PrepaidExpenseAndOtherAssetsCurrent",
    )  # fmt: skip
    assert of("Assets") == of(
        "AssetsCurrent", "PropertyPlantAndEquipmentNet", "OperatingLeaseRightOfUseAsset",
        "Goodwill", "FiniteLivedIntangibleAssetsNet", "DeferredIncomeTaxAssetsNet",
        "OtherAssetsNoncurrent",
    )  # fmt: skip
    assert of("LiabilitiesCurrent") == of(
        "LongTermDebtCurrent", "AccountsPayableCurrent", "EmployeeRelatedLiabilitiesCurrent",
        "ContractWithCustomerLiabilityCurrent", "OperatingLeaseLiabilityCurrent",
        "AccruedIncomeTaxesCurrent", "AccruedLiabilitiesCurrent",
    )  # fmt: skip
    assert of("Liabilities") == of(
        "LiabilitiesCurrent", "LongTermDebtNoncurrent", "OperatingLeaseLiabilityNoncurrent",
        "ContractWithCustomerLiabilityNoncurrent", "DeferredIncomeTaxLiabilitiesNet",
        "OtherLiabilitiesNoncurrent",
    )  # fmt: skip


@pytest.mark.parametrize("year", YEARS)
def test_cash_flows_tie_to_the_change_in_cash(read: Read, year: int) -> None:
    cash = "CashAndCashEquivalentsAtCarryingValue"
    flows = sum(
        read.flow(f"NetCashProvidedByUsedIn{kind}Activities", year)
        for kind in ("Operating", "Investing", "Financing")
    )
    exchange = read.flow(
        "EffectOfExchangeRateOnCashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents", year
    )
    assert read.balance(cash, year) - read.balance(cash, year - 1) == flows + exchange


@pytest.mark.parametrize("year", YEARS)
def test_operating_cash_flow_is_the_sum_of_its_lines(read: Read, year: int) -> None:
    added = (
        "NetIncomeLoss", "DepreciationDepletionAndAmortization", "ShareBasedCompensation",
        "DeferredIncomeTaxExpenseBenefit", "AmortizationOfFinancingCosts", "InventoryWriteDown",
        "OperatingLeaseRightOfUseAssetAmortizationExpense", "IncreaseDecreaseInAccountsPayable",
        "IncreaseDecreaseInEmployeeRelatedLiabilities",
        "IncreaseDecreaseInContractWithCustomerLiability",
        "IncreaseDecreaseInAccruedIncomeTaxesPayable", "IncreaseDecreaseInOperatingLeaseLiability",
        "IncreaseDecreaseInOtherAccruedLiabilities",
    )  # fmt: skip
    taken = (
        "GainLossOnSaleOfPropertyPlantEquipment", "IncreaseDecreaseInAccountsReceivable",
        "IncreaseDecreaseInInventories", "IncreaseDecreaseInPrepaidDeferredExpenseAndOtherAssets",
        "IncreaseDecreaseInOtherNoncurrentAssets",
    )  # fmt: skip
    total = sum(read.flow(n, year) for n in added) - sum(read.flow(n, year) for n in taken)
    assert read.flow("NetCashProvidedByUsedInOperatingActivities", year) == total


@pytest.mark.parametrize("year", YEARS)
def test_income_statement_adds_up(read: Read, year: int) -> None:
    def of(name: str, *members: str) -> Decimal:
        return read.flow(name, year, *members)

    assert of("GrossProfit") == of(REVENUE) - of("CostOfRevenue")
    assert of(REVENUE) == of(REVENUE, "us-gaap:ProductMember") + of(
        REVENUE, "us-gaap:ServiceMember"
    )
    expenses = ("ResearchAndDevelopmentExpense", "SellingGeneralAndAdministrativeExpense",
                "AmortizationOfIntangibleAssets", "RestructuringCharges")  # fmt: skip
    assert of("OperatingExpenses") == sum(of(name) for name in expenses)
    assert of("OperatingIncomeLoss") == of("GrossProfit") - of("OperatingExpenses")
    pretax = of(
        "IncomeLossFromContinuingOperationsBeforeIncomeTaxesExtraordinaryItemsNoncontrollingInterest"
    )
    assert pretax == of("OperatingIncomeLoss") + of("NonoperatingIncomeExpense")
    assert of("NetIncomeLoss") == pretax - of("IncomeTaxExpenseBenefit")
    for kind, shares in (("Basic", "NumberOfSharesOutstandingBasic"),
                         ("Diluted", "NumberOfDilutedSharesOutstanding")):  # fmt: skip
        exact = of("NetIncomeLoss") / of(f"WeightedAverage{shares}")
        cents = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert of(f"EarningsPerShare{kind}") == cents


@pytest.mark.parametrize("year", YEARS)
def test_retained_earnings_roll_forward(read: Read, year: int) -> None:
    def retained(at: int) -> Decimal:
        return read.balance("StockholdersEquity", at, "us-gaap:RetainedEarningsMember")

    moved = read.flow("NetIncomeLoss", year) - read.flow("PaymentsOfDividends", year)
    assert retained(year) == retained(year - 1) + moved


@pytest.mark.parametrize("year", YEARS)
def test_segments_and_regions_sum_to_revenue(read: Read, year: int) -> None:
    segments = [f"hldn:{name}Member" for name in
                ("NavigationInstruments", "OceanSensing", "FleetServices")]  # fmt: skip
    regions = ["country:US", "country:NO", "hldn:OtherEuropeMember", "srt:AsiaPacificMember",
               "hldn:RestOfWorldMember"]  # fmt: skip
    total = read.flow(REVENUE, year)
    assert sum(read.flow(REVENUE, year, member) for member in segments) == total
    assert sum(read.flow(REVENUE, year, member) for member in regions) == total
    income = [
        read.flow("OperatingIncomeLoss", year, member, "us-gaap:OperatingSegmentsMember")
        for member in segments
    ]
    assert sum(income) == read.flow("OperatingIncomeLoss", year, "us-gaap:OperatingSegmentsMember")


def test_quarters_sum_to_the_year(read: Read) -> None:
    for name in (REVENUE, "GrossProfit", "OperatingIncomeLoss", "NetIncomeLoss"):
        quarters = [read.one(name, *span) for span in QUARTERS_2024]
        assert sum(quarters) == read.flow(name, 2024)


def test_filing_has_nil_negative_and_zero_facts(read: Read) -> None:
    assert read.nil == {"CommitmentsAndContingencies", "PreferredStockValue"}
    assert read.flow("OtherNonoperatingIncomeExpense", 2024) == -842_000
    assert read.flow("RestructuringCharges", 2024) == 0
    assert read.flow("RestructuringCharges", 2023) == 4_180_000


def test_every_item_is_found_as_a_section() -> None:
    found = filings.read(INVENTED_10K.read_text(encoding="utf-8"), "10-K")
    items = {section.item: section.text for section in found.sections}
    assert set(items) >= set("1 1A 1B 1C 2 3 4 5 6 7 7A 8 9 9A 9B 9C 10 11 12 13 14 15 16".split())
    words = sum(len(text.split()) for text in items.values())
    assert 12_000 < words < 20_000
    assert "single supplier" in items["1A"]
    assert "polarization-maintaining fiber coils" in items["1"]


def test_analysis_says_what_the_statements_say(read: Read) -> None:
    found = filings.read(INVENTED_10K.read_text(encoding="utf-8"), "10-K")
    [analysis] = [section.text for section in found.sections if section.item == "7"]

    def million(value: Decimal) -> str:
        return f"${(value / 1_000_000).quantize(Decimal('0.1'), ROUND_HALF_UP)} million"

    operating = read.flow("NetCashProvidedByUsedInOperatingActivities", 2024)
    capital = read.flow("PaymentsToAcquirePropertyPlantAndEquipment", 2024)
    assert f"Revenue rose 10.8% to {million(read.flow(REVENUE, 2024))}" in analysis
    assert f"was {million(operating - capital)} in fiscal 2024" in analysis
    assert f"generated {million(operating)} of cash from operations" in analysis
    assert "None" not in re.sub(r"None\.", "", analysis)


def test_loading_twice_changes_nothing(sample: Warehouse) -> None:
    def counts() -> list[tuple[int, ...]]:
        tables = ("company", "filing", "fact", "section", "passage", "table_cell", "fact_conflict")
        sql = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        return sample.connection.execute(f"SELECT {sql}").fetchall()

    before = counts()
    again = load_sample(sample)
    assert counts() == before
    assert (again.companies, again.filings, again.facts, again.unchanged) == (0, 0, 0, 4)
    assert before[0][0] == 11
    assert before[0][-1] == 0


# Read from the income statements of the 10-Ks, in millions of dollars.
REVENUES = [
    (320193, "2022-09-25", "2023-09-30", 383_285),
    (1652044, "2023-01-01", "2023-12-31", 307_394),
    (354950, "2023-01-30", "2024-01-28", 152_669),
    (104169, "2023-02-01", "2024-01-31", 648_125),
    (1045810, "2023-01-30", "2024-01-28", 60_922),
    (97476, "2023-01-01", "2023-12-31", 17_519),
    (80424, "2023-07-01", "2024-06-30", 84_039),
    (1318605, "2024-01-01", "2024-12-31", 97_690),
    (40545, "2024-01-01", "2024-12-31", 38_702),
]


@pytest.mark.parametrize(("cik", "start", "end", "millions"), REVENUES)
def test_revenue_is_as_filed(
    sample: Warehouse, cik: int, start: str, end: str, millions: int
) -> None:
    rows = sample.connection.execute(
        "SELECT DISTINCT value FROM fact WHERE cik = ? AND period_start = ? AND period_end = ? "
        "AND concept IN ('us-gaap:Revenues', ?) AND dimensions IS NULL",
        [cik, start, end, f"us-gaap:{REVENUE}"],
    ).fetchall()
    assert (Decimal(millions * 1_000_000),) in rows


def test_a_split_leaves_the_earlier_value_readable(sample: Warehouse) -> None:
    # NVIDIA's diluted EPS of fiscal 2024: $11.93 as filed, $1.19 after the 10-for-1 split of 2024.
    rows = sample.connection.execute(
        "SELECT filed, value FROM fact WHERE cik = 1045810 AND period_start = '2023-01-30' "
        "AND period_end = '2024-01-28' AND concept = 'us-gaap:EarningsPerShareDiluted' "
        "AND form = '10-K' ORDER BY filed"
    ).fetchall()
    assert rows[0][1] == Decimal("11.93")
    assert rows[-1][1] == Decimal("1.19")


def test_every_company_has_four_fiscal_years_of_statements(sample: Warehouse) -> None:
    rows = sample.connection.execute(
        "SELECT cik, count(DISTINCT period_end) FROM fact WHERE concept = 'us-gaap:NetIncomeLoss' "
        "AND source = 'sample' AND date_diff('day', period_start, period_end) > 340 GROUP BY cik"
    ).fetchall()
    assert len(rows) == 10
    assert min(count for _, count in rows) >= 4


def test_table_names_each_fact_once() -> None:
    keys = [
        (row["accession"], row["concept"], row["unit"], row["period_start"], row["period_end"])
        for _, rows in read_facts()
        for row in rows
    ]
    assert len(keys) == len(set(keys)) > 20_000


@pytest.mark.data
def test_table_is_what_its_script_makes_of_the_data(shared_data: Path, tmp_path: Path) -> None:
    write_csv(collect(shared_data, catalogue_concepts()), tmp_path / "facts.csv.gz")
    assert (tmp_path / "facts.csv.gz").read_bytes() == FACTS.read_bytes()


def test_invented_prices_are_what_the_builder_writes_and_agree_with_the_10k() -> None:
    assert INVENTED_BARS.read_text(encoding="utf-8") == build_bars()
    assert INVENTED_NEWS.read_text(encoding="utf-8") == build_news()
    rows = list(csv.DictReader(INVENTED_BARS.open(encoding="utf-8")))
    closes = [Decimal(row["close"]) for row in rows if row["date"] <= "2024-12-28"]
    # Item 1A: "the closing price of our stock ranged from $29.14 to $40.22"
    assert (min(closes), max(closes)) == (Decimal("29.14"), Decimal("40.22"))
    paid = [Decimal(row["dividend"]) for row in rows if row["dividend"] and row["date"] < "2025"]
    assert sum(paid) == Decimal("0.40")
    for row in rows:
        low, high = Decimal(row["low"]), Decimal(row["high"])
        assert low <= min(Decimal(row["open"]), Decimal(row["close"]))
        assert high >= max(Decimal(row["open"]), Decimal(row["close"]))
