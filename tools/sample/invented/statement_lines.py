"""Lines of the primary statements: which account is on which line, under which concept."""

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


BALANCE: Final = (
    Line("Assets", look="head"),
    Line("Current assets:", look="head"),
    Line("Cash and cash equivalents", "cash", CASH, instant=True),
    balance_line("Short-term investments", "short_term_investments", "ShortTermInvestments"),
    balance_line("Accounts receivable, net", "receivables", "AccountsReceivableNetCurrent"),
    balance_line("Inventories", "inventories", "InventoryNet"),
    balance_line(
        "Prepaid expenses and other current assets",
        "prepaid",
        "PrepaidExpenseAndOtherAssetsCurrent",
    ),
    balance_line("Total current assets", "current_assets", "AssetsCurrent", look="total"),
    balance_line("Property, plant and equipment, net", "ppe", "PropertyPlantAndEquipmentNet"),
    balance_line(
        "Operating lease right-of-use assets", "lease_assets", "OperatingLeaseRightOfUseAsset"
    ),
    balance_line("Goodwill", "goodwill", "Goodwill"),
    balance_line("Intangible assets, net", "intangibles", "FiniteLivedIntangibleAssetsNet"),
    balance_line("Deferred income tax assets", "deferred_tax_assets", "DeferredIncomeTaxAssetsNet"),
    balance_line("Other assets", "other_assets", "OtherAssetsNoncurrent"),
    balance_line("Total assets", "assets", "Assets", look="total"),
    Line("Liabilities and Stockholders' Equity", look="head"),
    Line("Current liabilities:", look="head"),
    balance_line("Current portion of long-term debt", "debt_current", "LongTermDebtCurrent"),
    balance_line("Accounts payable", "payables", "AccountsPayableCurrent"),
    balance_line(
        "Accrued compensation and benefits", "compensation", "EmployeeRelatedLiabilitiesCurrent"
    ),
    balance_line(
        "Deferred revenue, current",
        "deferred_revenue_current",
        "ContractWithCustomerLiabilityCurrent",
    ),
    balance_line(
        "Operating lease liabilities, current", "lease_current", "OperatingLeaseLiabilityCurrent"
    ),
    balance_line("Income taxes payable", "taxes_payable", "AccruedIncomeTaxesCurrent"),
    balance_line("Accrued and other current liabilities", "accrued", "AccruedLiabilitiesCurrent"),
    balance_line(
        "Total current liabilities", "current_liabilities", "LiabilitiesCurrent", look="total"
    ),
    balance_line("Long-term debt, net of current portion", "debt_long", "LongTermDebtNoncurrent"),
    balance_line(
        "Operating lease liabilities, net of current portion",
        "lease_long",
        "OperatingLeaseLiabilityNoncurrent",
    ),
    balance_line(
        "Deferred revenue, net of current portion",
        "deferred_revenue_long",
        "ContractWithCustomerLiabilityNoncurrent",
    ),
    balance_line(
        "Deferred income tax liabilities",
        "deferred_tax_liabilities",
        "DeferredIncomeTaxLiabilitiesNet",
    ),
    balance_line("Other long-term liabilities", "other_liabilities", "OtherLiabilitiesNoncurrent"),
    balance_line("Total liabilities", "liabilities", "Liabilities", look="total"),
    balance_line(
        "Commitments and contingencies (Note 15)", "", "CommitmentsAndContingencies", nil=True
    ),
    Line("Stockholders' equity:", look="head"),
    balance_line(
        "Preferred stock, $0.01 par value; 5,000 shares authorized; none issued",
        "",
        "PreferredStockValue",
        nil=True,
    ),
    balance_line(
        "Common stock, $0.01 par value; 100,000 shares authorized",
        "common_stock",
        "CommonStockValue",
    ),
    balance_line("Additional paid-in capital", "apic", "AdditionalPaidInCapital"),
    balance_line(
        "Treasury stock, at cost", "treasury_stock", "TreasuryStockCommonValue", negated=True
    ),
    balance_line("Retained earnings", "retained_earnings", "RetainedEarningsAccumulatedDeficit"),
    balance_line(
        "Accumulated other comprehensive loss",
        "aoci",
        "AccumulatedOtherComprehensiveIncomeLossNetOfTax",
    ),
    balance_line("Total stockholders' equity", "equity", "StockholdersEquity", look="total"),
    balance_line(
        "Total liabilities and stockholders' equity",
        "assets",
        "LiabilitiesAndStockholdersEquity",
        look="total",
    ),
)

BALANCE_PARENTHETICAL: Final = (
    balance_line(
        "Allowance for credit losses",
        "receivables_allowance",
        "AllowanceForDoubtfulAccountsReceivableCurrent",
    ),
    balance_line(
        "Common stock, shares issued", "shares_issued", "CommonStockSharesIssued", unit="shares"
    ),
    balance_line(
        "Common stock, shares outstanding",
        "outstanding",
        "CommonStockSharesOutstanding",
        unit="shares",
    ),
    balance_line(
        "Treasury stock, shares", "treasury_shares", "TreasuryStockCommonShares", unit="shares"
    ),
)

CASH_FLOW: Final = (
    Line("Cash flows from operating activities:", look="head"),
    flow_line("Net income", "net_income", "NetIncomeLoss"),
    Line("Adjustments to reconcile net income to cash from operations:", look="head"),
    flow_line(
        "Depreciation and amortization",
        "depreciation_amortization",
        "DepreciationDepletionAndAmortization",
    ),
    flow_line("Stock-based compensation", "stock_compensation", "ShareBasedCompensation"),
    flow_line("Deferred income taxes", "deferred_tax", "DeferredIncomeTaxExpenseBenefit"),
    flow_line(
        "Amortization of debt issuance costs",
        "debt_cost_amortization",
        "AmortizationOfFinancingCosts",
    ),
    flow_line("Inventory write-downs", "inventory_writedowns", "InventoryWriteDown"),
    flow_line(
        "Loss on disposal of equipment",
        "disposal_loss",
        "GainLossOnSaleOfPropertyPlantEquipment",
        sign=-1,
        negated=True,
    ),
    flow_line(
        "Non-cash lease expense",
        "lease_amortization",
        "OperatingLeaseRightOfUseAssetAmortizationExpense",
    ),
    Line("Changes in assets and liabilities, net of acquisition:", look="head"),
    flow_line(
        "Accounts receivable",
        "receivables_change",
        "IncreaseDecreaseInAccountsReceivable",
        sign=-1,
        negated=True,
    ),
    flow_line(
        "Inventories", "inventories_change", "IncreaseDecreaseInInventories", sign=-1, negated=True
    ),
    flow_line(
        "Prepaid expenses and other current assets",
        "prepaid_change",
        "IncreaseDecreaseInPrepaidDeferredExpenseAndOtherAssets",
        sign=-1,
        negated=True,
    ),
    flow_line(
        "Other assets",
        "other_assets_change",
        "IncreaseDecreaseInOtherNoncurrentAssets",
        sign=-1,
        negated=True,
    ),
    flow_line("Accounts payable", "payables_change", "IncreaseDecreaseInAccountsPayable"),
    flow_line(
        "Accrued compensation and benefits",
        "compensation_change",
        "IncreaseDecreaseInEmployeeRelatedLiabilities",
    ),
    flow_line(
        "Deferred revenue",
        "deferred_revenue_change",
        "IncreaseDecreaseInContractWithCustomerLiability",
    ),
    flow_line(
        "Income taxes payable",
        "taxes_payable_change",
        "IncreaseDecreaseInAccruedIncomeTaxesPayable",
    ),
    flow_line(
        "Operating lease liabilities",
        "lease_liability_change",
        "IncreaseDecreaseInOperatingLeaseLiability",
    ),
    flow_line(
        "Accrued and other liabilities",
        "accrued_change",
        "IncreaseDecreaseInOtherAccruedLiabilities",
    ),
    flow_line(
        "Net cash provided by operating activities",
        "operating_cash",
        "NetCashProvidedByUsedInOperatingActivities",
        look="total",
    ),
    Line("Cash flows from investing activities:", look="head"),
    flow_line(
        "Purchases of property, plant and equipment",
        "capex",
        "PaymentsToAcquirePropertyPlantAndEquipment",
        negated=True,
    ),
    flow_line(
        "Proceeds from disposal of equipment",
        "disposal_proceeds",
        "ProceedsFromSaleOfPropertyPlantAndEquipment",
    ),
    flow_line(
        "Acquisition of business, net of cash acquired",
        "acquisition",
        "PaymentsToAcquireBusinessesNetOfCashAcquired",
        negated=True,
    ),
    flow_line(
        "Purchases of short-term investments",
        "investment_purchases",
        "PaymentsToAcquireShortTermInvestments",
        negated=True,
    ),
    flow_line(
        "Maturities of short-term investments",
        "investment_maturities",
        "ProceedsFromMaturitiesPrepaymentsAndCallsOfShorttermInvestments",
    ),
    flow_line(
        "Net cash used in investing activities",
        "investing_cash",
        "NetCashProvidedByUsedInInvestingActivities",
        look="total",
    ),
    Line("Cash flows from financing activities:", look="head"),
    flow_line(
        "Proceeds from long-term debt", "debt_proceeds", "ProceedsFromIssuanceOfLongTermDebt"
    ),
    flow_line(
        "Repayments of long-term debt", "debt_repaid", "RepaymentsOfLongTermDebt", negated=True
    ),
    flow_line(
        "Payment of debt issuance costs",
        "debt_costs_paid",
        "PaymentsOfDebtIssuanceCosts",
        negated=True,
    ),
    flow_line("Dividends paid", "dividends", "PaymentsOfDividends", negated=True),
    flow_line(
        "Repurchases of common stock",
        "repurchases",
        "PaymentsForRepurchaseOfCommonStock",
        negated=True,
    ),
    flow_line(
        "Proceeds from employee stock purchase plan", "espp_proceeds", "ProceedsFromStockPlans"
    ),
    flow_line(
        "Taxes paid on vesting of restricted stock units",
        "withheld_taxes",
        "PaymentsRelatedToTaxWithholdingForShareBasedCompensation",
        negated=True,
    ),
    flow_line(
        "Net cash provided by (used in) financing activities",
        "financing_cash",
        "NetCashProvidedByUsedInFinancingActivities",
        look="total",
    ),
    flow_line(
        "Effect of exchange rates on cash",
        "fx_cash",
        "EffectOfExchangeRateOnCashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents",
    ),
    flow_line(
        "Net increase (decrease) in cash and cash equivalents",
        "cash_change",
        "CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents"
        "PeriodIncreaseDecreaseIncludingExchangeRateEffect",
        look="total",
    ),
    Line("Cash and cash equivalents at beginning of year", "cash", CASH, instant=True, prior=True),
    Line("Cash and cash equivalents at end of year", "cash", CASH, instant=True, look="total"),
    Line("Supplemental disclosures:", look="head"),
    flow_line("Cash paid for interest", "interest_paid", "InterestPaidNet"),
    flow_line("Cash paid for income taxes, net", "taxes_paid", "IncomeTaxesPaidNet"),
    flow_line(
        "Right-of-use assets obtained for new operating leases",
        "lease_additions",
        "RightOfUseAssetObtainedInExchangeForOperatingLeaseLiability",
    ),
    flow_line(
        "Capital expenditures in accounts payable at year end",
        "unpaid_capex",
        "CapitalExpendituresIncurredButNotYetPaid",
    ),
)
