"""Lines of the statements of income: which account is on which line, under which concept."""

from __future__ import annotations

from typing import Any, Final

from tools.sample.invented.accounts import YEARS
from tools.sample.invented.tables import Column, Line

REVENUE: Final = "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax"
PRETAX: Final = (
    "us-gaap:IncomeLossFromContinuingOperationsBeforeIncomeTaxes"
    "ExtraordinaryItemsNoncontrollingInterest"
)
CASH: Final = "us-gaap:CashAndCashEquivalentsAtCarryingValue"
_PRODUCT: Final = (("srt:ProductOrServiceAxis", "us-gaap:ProductMember"),)
_SERVICE: Final = (("srt:ProductOrServiceAxis", "us-gaap:ServiceMember"),)
THREE_YEARS: Final = [Column(str(year), year) for year in reversed(YEARS)]
TWO_YEARS: Final = THREE_YEARS[:2]
FISCAL_YEARS_ENDED: Final = "Fiscal Year Ended"


def flow_line(label: str, key: str, name: str, **rest: Any) -> Line:
    """A line of a us-gaap concept over a fiscal year; `rest` as in `Line`."""
    return Line(label, key, f"us-gaap:{name}", **rest)


INCOME: Final = (
    Line("Revenue:", look="head"),
    Line("Products", "revenue_products", REVENUE, members=_PRODUCT),
    Line("Services", "revenue_services", REVENUE, members=_SERVICE),
    Line("Total revenue", "revenue", REVENUE, look="total"),
    Line("Cost of revenue:", look="head"),
    flow_line("Products", "cost_products", "CostOfRevenue", members=_PRODUCT),
    flow_line("Services", "cost_services", "CostOfRevenue", members=_SERVICE),
    flow_line("Total cost of revenue", "cost", "CostOfRevenue", look="total"),
    flow_line("Gross profit", "gross_profit", "GrossProfit", look="total"),
    Line("Operating expenses:", look="head"),
    flow_line("Research and development", "rd", "ResearchAndDevelopmentExpense"),
    flow_line(
        "Selling, general and administrative", "sga", "SellingGeneralAndAdministrativeExpense"
    ),
    flow_line(
        "Amortization of acquired intangible assets",
        "amortization",
        "AmortizationOfIntangibleAssets",
    ),
    flow_line("Restructuring charges", "restructuring", "RestructuringCharges"),
    flow_line("Total operating expenses", "operating_expenses", "OperatingExpenses", look="total"),
    flow_line("Operating income", "operating_income", "OperatingIncomeLoss", look="total"),
    flow_line("Interest expense", "interest_expense", "InterestExpense", negated=True),
    flow_line("Interest income", "interest_income", "InvestmentIncomeInterest"),
    flow_line("Other income (expense), net", "other_net", "OtherNonoperatingIncomeExpense"),
    Line("Income before income taxes", "pretax", PRETAX, look="total"),
    flow_line("Provision for income taxes", "tax", "IncomeTaxExpenseBenefit"),
    flow_line("Net income", "net_income", "NetIncomeLoss", look="total"),
    Line("Net income per share:", look="head"),
    flow_line("Basic", "eps_basic", "EarningsPerShareBasic", unit="usdPerShare"),
    flow_line("Diluted", "eps_diluted", "EarningsPerShareDiluted", unit="usdPerShare"),
    Line("Weighted-average shares outstanding:", look="head"),
    flow_line(
        "Basic", "basic_shares", "WeightedAverageNumberOfSharesOutstandingBasic", unit="shares"
    ),
    flow_line(
        "Diluted",
        "diluted_shares",
        "WeightedAverageNumberOfDilutedSharesOutstanding",
        unit="shares",
    ),
    flow_line(
        "Cash dividends declared per share",
        "dividends",
        "CommonStockDividendsPerShareDeclared",
        unit="usdPerShare",
    ),
)

COMPREHENSIVE: Final = (
    flow_line("Net income", "net_income", "NetIncomeLoss"),
    Line("Other comprehensive income (loss), net of tax:", look="head"),
    flow_line(
        "Foreign currency translation adjustments",
        "translation",
        "OtherComprehensiveIncomeLossForeignCurrencyTransactionAndTranslationAdjustmentNetOfTax",
    ),
    flow_line(
        "Net change in unrealized gains (losses) on cash flow hedges",
        "hedge_net",
        "OtherComprehensiveIncomeLossCashFlowHedgeGainLossAfterReclassificationAndTax",
    ),
    flow_line(
        "Total other comprehensive income (loss)",
        "other_comprehensive",
        "OtherComprehensiveIncomeLossNetOfTax",
        look="total",
    ),
    flow_line(
        "Comprehensive income", "comprehensive_income", "ComprehensiveIncomeNetOfTax", look="total"
    ),
)


def balance_line(label: str, key: str, name: str, **rest: Any) -> Line:
    """A line of a us-gaap concept at the end of a fiscal year; `rest` as in `Line`."""
    return flow_line(label, key, name, instant=True, **rest)
