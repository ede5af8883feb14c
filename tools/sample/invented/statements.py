"""The primary statements: operations, comprehensive income, balance sheet, equity, cash flows."""

from __future__ import annotations

from typing import Final

from tools.sample.invented.accounts import YEARS
from tools.sample.invented.balance_lines import BALANCE, BALANCE_PARENTHETICAL
from tools.sample.invented.cash_flow_lines import CASH_FLOW
from tools.sample.invented.inline import Shown
from tools.sample.invented.statement_lines import (
    COMPREHENSIVE,
    FISCAL_YEARS_ENDED,
    INCOME,
    THREE_YEARS,
    TWO_YEARS,
)
from tools.sample.invented.tables import Column, Tables, lay_out

_PARTS: Final = (
    ("Common Stock", "common_stock", "us-gaap:CommonStockMember", 1),
    ("Additional Paid-In Capital", "apic", "us-gaap:AdditionalPaidInCapitalMember", 1),
    ("Treasury Stock", "treasury_stock", "us-gaap:TreasuryStockCommonMember", -1),
    ("Retained Earnings", "retained_earnings", "us-gaap:RetainedEarningsMember", 1),
    (
        "Accumulated Other Comprehensive Loss",
        "aoci",
        "us-gaap:AccumulatedOtherComprehensiveIncomeMember",
        1,
    ),
)

# label, concept, key of the total, {part: sign x key}; `negated` concepts reduce equity.
_MOVES: Final = (
    ("Net income", "NetIncomeLoss", {"retained_earnings": "net_income"}, False),
    (
        "Other comprehensive income (loss)",
        "OtherComprehensiveIncomeLossNetOfTax",
        {"aoci": "other_comprehensive"},
        False,
    ),
    (
        "Cash dividends declared",
        "DividendsCommonStockCash",
        {"retained_earnings": "dividends"},
        True,
    ),
    (
        "Repurchases of common stock",
        "TreasuryStockValueAcquiredCostMethod",
        {"treasury_stock": "repurchases"},
        True,
    ),
    (
        "Stock issued under employee plans",
        "StockIssuedDuringPeriodValueEmployeeStockPurchasePlan",
        {"common_stock": "par_issued", "apic": "plan_proceeds"},
        False,
    ),
    (
        "Shares withheld for taxes",
        "AdjustmentsRelatedToTaxWithholdingForShareBasedCompensation",
        {"apic": "withheld_taxes"},
        True,
    ),
    (
        "Stock-based compensation",
        "AdjustmentsToAdditionalPaidInCapitalSharebasedCompensationRequisiteServicePeriodRecognitionValue",
        {"apic": "stock_compensation"},
        False,
    ),
)


def year_ends(tables: Tables) -> list[Column]:
    """Columns of the two balance sheet dates."""
    return [Column(f"{tables.books.end(c.year):%B %d, %Y}", c.year) for c in TWO_YEARS]


def income(tables: Tables) -> str:
    """Consolidated statements of operations."""
    return tables.render(INCOME, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def comprehensive(tables: Tables) -> str:
    """Consolidated statements of comprehensive income."""
    return tables.render(COMPREHENSIVE, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def balance(tables: Tables) -> str:
    """Consolidated balance sheets."""
    columns = year_ends(tables)
    return tables.render(BALANCE, columns) + tables.render(BALANCE_PARENTHETICAL, columns)


def cash_flow(tables: Tables) -> str:
    """Consolidated statements of cash flows."""
    return tables.render(CASH_FLOW, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def equity(tables: Tables) -> str:
    """Consolidated statements of stockholders' equity: components across, movements down."""
    labels = [part[0] for part in _PARTS] + ["Total Stockholders' Equity"]
    rows = [_balance_row(tables, YEARS[0] - 1)]
    for year in YEARS:
        rows += [_move_row(tables, year, move) for move in _MOVES]
        rows.append(_balance_row(tables, year))
    return lay_out(labels, rows)


_Row = tuple[str, list[Shown | None], str]


def _part_context(member: str) -> tuple[tuple[str, str], ...]:
    return (("us-gaap:StatementEquityComponentsAxis", member),)


def _balance_row(tables: Tables, year: int) -> _Row:
    books, number = tables.books, tables.tagger.number
    cells: list[Shown | None] = []
    for _, key, member, sign in _PARTS:
        context = tables.context(year, instant=True, members=_part_context(member))
        value = sign * books.years[year][key]
        cells.append(number("us-gaap:StockholdersEquity", value, context))
    total = tables.context(year, instant=True)
    cells.append(number("us-gaap:StockholdersEquity", books.years[year]["equity"], total))
    return f"Balance at {books.end(year):%B %d, %Y}", cells, "total"


def _move_row(tables: Tables, year: int, move: tuple[str, str, dict[str, str], bool]) -> _Row:
    label, name, parts, negated = move
    y, number = tables.books.years[year], tables.tagger.number
    cells: list[Shown | None] = []
    for _, part, member, _sign in _PARTS:
        if part not in parts:
            cells.append(None)
            continue
        context = tables.context(year, members=_part_context(member))
        cells.append(number(f"us-gaap:{name}", y[parts[part]], context, negated=negated))
    total = sum(y[key] for key in parts.values())
    cells.append(number(f"us-gaap:{name}", total, tables.context(year), negated=negated))
    return label, cells, "line"
