from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.tools import invented_xbrl
from tools.ingestion.run import ingest
from tools.integrity import balance, cash, per_share, quarters
from tools.integrity.audit import read_audit
from tools.integrity.records import Check, Fact, half_unit_of, tolerance_of
from tools.warehouse import Warehouse

END = date(2024, 12, 31)
START = date(2024, 1, 1)
MILLION = 1_000_000


def fact(
    name: str,
    value: int | str,
    *,
    start: date | None = None,
    end: date = END,
    decimals: str | None = "-6",
    unit: str = "USD",
    filed: date = date(2025, 2, 1),
) -> Fact:
    number = Decimal(value) * MILLION if unit == "USD" else Decimal(value)
    return Fact("a", f"us-gaap:{name}", unit, start, end, number, half_unit_of(decimals), filed)


def outcome(checks: Iterator[Check], detail: str) -> Check:
    [found] = [check for check in checks if check.detail == detail]
    return found


def balance_sheet(**more: int) -> list[Fact]:
    values = {"Assets": 700, "Liabilities": 200, "StockholdersEquity": 500} | more
    return [fact(name, value) for name, value in values.items()]


def test_balance_sheet_that_adds_up_holds() -> None:
    assert outcome(balance.check(balance_sheet()), "assets = liabilities + equity").holds


def test_mezzanine_equity_is_counted_and_named() -> None:
    facts = balance_sheet(
        StockholdersEquity=470, RedeemableNoncontrollingInterestEquityCarryingAmount=30
    )
    found = outcome(balance.check(facts), "assets = liabilities + equity")
    assert found.holds
    assert found.explanation == (
        "with us-gaap:RedeemableNoncontrollingInterestEquityCarryingAmount"
    )


def test_rounding_of_one_million_is_allowed_and_more_is_not() -> None:
    near = outcome(balance.check(balance_sheet(Assets=701)), "assets = liabilities + equity")
    far = outcome(balance.check(balance_sheet(Assets=703)), "assets = liabilities + equity")
    assert (near.holds, far.holds) == (True, False)
    assert far.difference == -3 * MILLION
    assert far.explanation


def flows(**values: int) -> list[Fact]:
    return [fact(name, value, start=START) for name, value in values.items()]


CASH = "CashAndCashEquivalentsAtCarryingValue"
CHANGE = "CashAndCashEquivalentsPeriodIncreaseDecrease"
OPERATING = "NetCashProvidedByUsedInOperatingActivities"
INVESTING = "NetCashProvidedByUsedInInvestingActivities"
FINANCING = "NetCashProvidedByUsedInFinancingActivities"


def test_cash_rolls_forward_with_a_year_end_some_days_off() -> None:
    facts = [
        fact(CASH, 100, end=date(2023, 12, 30)),
        fact(CASH, 130),
        *flows(**{CHANGE: 30}),
    ]
    assert outcome(cash.check(facts), "opening + change = closing balance of cash").holds


def test_flows_add_up_with_discontinued_operations_and_say_so() -> None:
    facts = flows(
        **{
            OPERATING: 50,
            INVESTING: -20,
            FINANCING: -10,
            "NetCashProvidedByUsedInDiscontinuedOperations": 5,
            CHANGE: 25,
        }
    )
    found = outcome(cash.check(facts), "flows add up to the change in cash")
    assert found.holds
    assert found.explanation == "with discontinued operations"


def test_flows_that_do_not_add_up_fail() -> None:
    facts = flows(**{OPERATING: 50, INVESTING: -20, FINANCING: -10, CHANGE: 35})
    found = outcome(cash.check(facts), "flows add up to the change in cash")
    assert not found.holds
    assert found.difference == -15 * MILLION


def quarter(number: int, value: int, filed: date = date(2024, 11, 1)) -> Fact:
    start = date(2024, 3 * number - 2, 1)
    ends = {1: date(2024, 3, 31), 2: date(2024, 6, 30), 3: date(2024, 9, 30)}
    return fact("NetIncomeLoss", value, start=start, end=ends[number], filed=filed)


CALENDAR = {
    (date(2024, 1, 1), date(2024, 3, 31)): (2024, "Q1"),
    (date(2024, 4, 1), date(2024, 6, 30)): (2024, "Q2"),
    (date(2024, 7, 1), date(2024, 9, 30)): (2024, "Q3"),
    (date(2024, 1, 1), date(2024, 9, 30)): (2024, "9M"),
}


def test_quarters_that_only_add_up_as_restated_say_so() -> None:
    nine_months = fact("NetIncomeLoss", 60, start=START, end=date(2024, 9, 30))
    facts = [quarter(1, 10), quarter(2, 20), quarter(3, 35), nine_months]
    plain = outcome(quarters.check(facts, CALENDAR), "Q1 + Q2 + Q3 = 9M")
    restated = [*facts, quarter(3, 30, date(2025, 5, 1))]
    settled = outcome(quarters.check(restated, CALENDAR), "Q1 + Q2 + Q3 = 9M")
    assert (plain.holds, settled.holds) == (False, True)
    assert settled.explanation == "with restated values"


def test_earnings_per_share_in_another_scale_are_worth_a_look() -> None:
    facts = [
        fact("NetIncomeLoss", 300, start=START),
        fact("EarningsPerShareBasic", "3.00", start=START, unit="USD/shares", decimals="2"),
        fact(
            "WeightedAverageNumberOfSharesOutstandingBasic",
            100_000,
            start=START,
            unit="shares",
        ),
    ]
    [found] = per_share.check(facts)
    assert not found.holds


def test_values_without_decimals_are_as_exact_as_the_least_round_of_them() -> None:
    facts = [fact("Assets", 700, decimals=None), fact("Liabilities", "199.9", decimals=None)]
    assert tolerance_of(facts) == 2 * Decimal(50_000)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    facts = [
        ("us-gaap:GrossProfit", "fy", "usd", "410000000", "-6") if row[:2] == (
            "us-gaap:GrossProfit",
            "fy",
        ) else row
        for row in invented_xbrl.FACTS
    ]  # fmt: skip
    folder = tmp_path / "filing"
    folder.mkdir()
    files = {"brin-20131231.xml": invented_xbrl.instance(facts), **invented_xbrl.linkbases()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with Warehouse.open(tmp_path / "w.duckdb") as opened:
        assert not ingest(opened, [folder]).skipped
        yield opened


def test_a_wrong_subtotal_fails_in_both_sums_it_is_part_of(warehouse: Warehouse) -> None:
    audit = read_audit(warehouse.connection, invented_xbrl.CIK)
    failed = [(row.concept, row.difference, row.period_end.year) for row in audit.failures]
    assert failed == [
        ("us-gaap:GrossProfit", Decimal(-10 * MILLION), 2013),
        ("us-gaap:NetIncomeLoss", Decimal(10 * MILLION), 2013),
    ]
    assert audit.counts["calculation"] == (4, 2)
    assert audit.counts["balance"] == (4, 4)


def test_an_audit_of_a_year_leaves_the_others_out(warehouse: Warehouse) -> None:
    assert not read_audit(warehouse.connection, invented_xbrl.CIK, year=2012).failures
    assert read_audit(warehouse.connection, invented_xbrl.CIK, year=2013).failures


def test_checks_are_not_repeated_for_unchanged_facts(warehouse: Warehouse) -> None:
    from tools.integrity.run import check_changed

    before = warehouse.connection.execute("SELECT count(*) FROM identity_check").fetchall()
    warehouse.connection.execute("UPDATE identity_check SET explanation = 'mine'")
    check_changed(warehouse)
    kept = warehouse.connection.execute(
        "SELECT count(*) FROM identity_check WHERE explanation = 'mine'"
    ).fetchall()
    assert kept == before
