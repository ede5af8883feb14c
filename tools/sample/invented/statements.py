"""The primary statements: which account is on which line, under which concept."""

from __future__ import annotations

from typing import Final

from tools.sample.invented.accounts import YEARS
from tools.sample.invented.inline import Shown
from tools.sample.invented.tables import Column, Line, Tables, lay_out

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
_ENDED: Final = "Fiscal Year Ended"


def _g(label: str, key: str, name: str, **rest: object) -> Line:
    return Line(label, key, f"us-gaap:{name}", **rest)  # type: ignore[arg-type]


INCOME: Final = (
    Line("Revenue:", look="head"),
    Line("Products", "revenue_products", REVENUE, members=_PRODUCT),
    Line("Services", "revenue_services", REVENUE, members=_SERVICE),
    Line("Total revenue", "revenue", REVENUE, look="total"),
    Line("Cost of revenue:", look="head"),
    _g("Products", "cost_products", "CostOfRevenue", members=_PRODUCT),
    _g("Services", "cost_services", "CostOfRevenue", members=_SERVICE),
    _g("Total cost of revenue", "cost", "CostOfRevenue", look="total"),
    _g("Gross profit", "gross_profit", "GrossProfit", look="total"),
    Line("Operating expenses:", look="head"),
    _g("Research and development", "rd", "ResearchAndDevelopmentExpense"),
    _g("Selling, general and administrative", "sga", "SellingGeneralAndAdministrativeExpense"),
    _g("Amortization of acquired intangible assets", "amortization",
       "AmortizationOfIntangibleAssets"),
    _g("Restructuring charges", "restructuring", "RestructuringCharges"),
    _g("Total operating expenses", "operating_expenses", "OperatingExpenses", look="total"),
    _g("Operating income", "operating_income", "OperatingIncomeLoss", look="total"),
    _g("Interest expense", "interest_expense", "InterestExpense", negated=True),
    _g("Interest income", "interest_income", "InvestmentIncomeInterest"),
    _g("Other income (expense), net", "other_net", "OtherNonoperatingIncomeExpense"),
    Line("Income before income taxes", "pretax", PRETAX, look="total"),
    _g("Provision for income taxes", "tax", "IncomeTaxExpenseBenefit"),
    _g("Net income", "net_income", "NetIncomeLoss", look="total"),
    Line("Net income per share:", look="head"),
    _g("Basic", "eps_basic", "EarningsPerShareBasic", unit="usdPerShare"),
    _g("Diluted", "eps_diluted", "EarningsPerShareDiluted", unit="usdPerShare"),
    Line("Weighted-average shares outstanding:", look="head"),
    _g("Basic", "basic_shares", "WeightedAverageNumberOfSharesOutstandingBasic", unit="shares"),
    _g("Diluted", "diluted_shares", "WeightedAverageNumberOfDilutedSharesOutstanding",
       unit="shares"),
    _g("Cash dividends declared per share", "dividends", "CommonStockDividendsPerShareDeclared",
       unit="usdPerShare"),
)  # fmt: skip

COMPREHENSIVE: Final = (
    _g("Net income", "net_income", "NetIncomeLoss"),
    Line("Other comprehensive income (loss), net of tax:", look="head"),
    _g("Foreign currency translation adjustments", "translation",
       "OtherComprehensiveIncomeLossForeignCurrencyTransactionAndTranslationAdjustmentNetOfTax"),
    _g("Net change in unrealized gains (losses) on cash flow hedges", "hedge_net",
       "OtherComprehensiveIncomeLossCashFlowHedgeGainLossAfterReclassificationAndTax"),
    _g("Total other comprehensive income (loss)", "other_comprehensive",
       "OtherComprehensiveIncomeLossNetOfTax", look="total"),
    _g("Comprehensive income", "comprehensive_income", "ComprehensiveIncomeNetOfTax",
       look="total"),
)  # fmt: skip


def _b(label: str, key: str, name: str, **rest: object) -> Line:
    return _g(label, key, name, instant=True, **rest)


BALANCE: Final = (
    Line("Assets", look="head"),
    Line("Current assets:", look="head"),
    Line("Cash and cash equivalents", "cash", CASH, instant=True),
    _b("Short-term investments", "short_term_investments", "ShortTermInvestments"),
    _b("Accounts receivable, net", "receivables", "AccountsReceivableNetCurrent"),
    _b("Inventories", "inventories", "InventoryNet"),
    _b("Prepaid expenses and other current assets", "prepaid",
       "PrepaidExpenseAndOtherAssetsCurrent"),
    _b("Total current assets", "current_assets", "AssetsCurrent", look="total"),
    _b("Property, plant and equipment, net", "ppe", "PropertyPlantAndEquipmentNet"),
    _b("Operating lease right-of-use assets", "lease_assets", "OperatingLeaseRightOfUseAsset"),
    _b("Goodwill", "goodwill", "Goodwill"),
    _b("Intangible assets, net", "intangibles", "FiniteLivedIntangibleAssetsNet"),
    _b("Deferred income tax assets", "deferred_tax_assets", "DeferredIncomeTaxAssetsNet"),
    _b("Other assets", "other_assets", "OtherAssetsNoncurrent"),
    _b("Total assets", "assets", "Assets", look="total"),
    Line("Liabilities and Stockholders' Equity", look="head"),
    Line("Current liabilities:", look="head"),
    _b("Current portion of long-term debt", "debt_current", "LongTermDebtCurrent"),
    _b("Accounts payable", "payables", "AccountsPayableCurrent"),
    _b("Accrued compensation and benefits", "compensation", "EmployeeRelatedLiabilitiesCurrent"),
    _b("Deferred revenue, current", "deferred_revenue_current",
       "ContractWithCustomerLiabilityCurrent"),
    _b("Operating lease liabilities, current", "lease_current",
       "OperatingLeaseLiabilityCurrent"),
    _b("Income taxes payable", "taxes_payable", "AccruedIncomeTaxesCurrent"),
    _b("Accrued and other current liabilities", "accrued", "AccruedLiabilitiesCurrent"),
    _b("Total current liabilities", "current_liabilities", "LiabilitiesCurrent", look="total"),
    _b("Long-term debt, net of current portion", "debt_long", "LongTermDebtNoncurrent"),
    _b("Operating lease liabilities, net of current portion", "lease_long",
       "OperatingLeaseLiabilityNoncurrent"),
    _b("Deferred revenue, net of current portion", "deferred_revenue_long",
       "ContractWithCustomerLiabilityNoncurrent"),
    _b("Deferred income tax liabilities", "deferred_tax_liabilities",
       "DeferredIncomeTaxLiabilitiesNet"),
    _b("Other long-term liabilities", "other_liabilities", "OtherLiabilitiesNoncurrent"),
    _b("Total liabilities", "liabilities", "Liabilities", look="total"),
    _b("Commitments and contingencies (Note 15)", "", "CommitmentsAndContingencies", nil=True),
    Line("Stockholders' equity:", look="head"),
    _b("Preferred stock, $0.01 par value; 5,000 shares authorized; none issued", "",
       "PreferredStockValue", nil=True),
    _b("Common stock, $0.01 par value; 100,000 shares authorized", "common_stock",
       "CommonStockValue"),
    _b("Additional paid-in capital", "apic", "AdditionalPaidInCapital"),
    _b("Treasury stock, at cost", "treasury_stock", "TreasuryStockCommonValue", negated=True),
    _b("Retained earnings", "retained_earnings", "RetainedEarningsAccumulatedDeficit"),
    _b("Accumulated other comprehensive loss", "aoci",
       "AccumulatedOtherComprehensiveIncomeLossNetOfTax"),
    _b("Total stockholders' equity", "equity", "StockholdersEquity", look="total"),
    _b("Total liabilities and stockholders' equity", "assets",
       "LiabilitiesAndStockholdersEquity", look="total"),
)  # fmt: skip

BALANCE_PARENTHETICAL: Final = (
    _b("Allowance for credit losses", "receivables_allowance",
       "AllowanceForDoubtfulAccountsReceivableCurrent"),
    _b("Common stock, shares issued", "shares_issued", "CommonStockSharesIssued", unit="shares"),
    _b("Common stock, shares outstanding", "outstanding", "CommonStockSharesOutstanding",
       unit="shares"),
    _b("Treasury stock, shares", "treasury_shares", "TreasuryStockCommonShares", unit="shares"),
)  # fmt: skip

CASH_FLOW: Final = (
    Line("Cash flows from operating activities:", look="head"),
    _g("Net income", "net_income", "NetIncomeLoss"),
    Line("Adjustments to reconcile net income to cash from operations:", look="head"),
    _g("Depreciation and amortization", "depreciation_amortization",
       "DepreciationDepletionAndAmortization"),
    _g("Stock-based compensation", "stock_compensation", "ShareBasedCompensation"),
    _g("Deferred income taxes", "deferred_tax", "DeferredIncomeTaxExpenseBenefit"),
    _g("Amortization of debt issuance costs", "debt_cost_amortization",
       "AmortizationOfFinancingCosts"),
    _g("Inventory write-downs", "inventory_writedowns", "InventoryWriteDown"),
    _g("Loss on disposal of equipment", "disposal_loss", "GainLossOnSaleOfPropertyPlantEquipment",
       sign=-1, negated=True),
    _g("Non-cash lease expense", "lease_amortization",
       "OperatingLeaseRightOfUseAssetAmortizationExpense"),
    Line("Changes in assets and liabilities, net of acquisition:", look="head"),
    _g("Accounts receivable", "receivables_change", "IncreaseDecreaseInAccountsReceivable",
       sign=-1, negated=True),
    _g("Inventories", "inventories_change", "IncreaseDecreaseInInventories", sign=-1,
       negated=True),
    _g("Prepaid expenses and other current assets", "prepaid_change",
       "IncreaseDecreaseInPrepaidDeferredExpenseAndOtherAssets", sign=-1, negated=True),
    _g("Other assets", "other_assets_change", "IncreaseDecreaseInOtherNoncurrentAssets", sign=-1,
       negated=True),
    _g("Accounts payable", "payables_change", "IncreaseDecreaseInAccountsPayable"),
    _g("Accrued compensation and benefits", "compensation_change",
       "IncreaseDecreaseInEmployeeRelatedLiabilities"),
    _g("Deferred revenue", "deferred_revenue_change",
       "IncreaseDecreaseInContractWithCustomerLiability"),
    _g("Income taxes payable", "taxes_payable_change", "IncreaseDecreaseInAccruedIncomeTaxesPayable"),
    _g("Operating lease liabilities", "lease_liability_change",
       "IncreaseDecreaseInOperatingLeaseLiability"),
    _g("Accrued and other liabilities", "accrued_change",
       "IncreaseDecreaseInOtherAccruedLiabilities"),
    _g("Net cash provided by operating activities", "operating_cash",
       "NetCashProvidedByUsedInOperatingActivities", look="total"),
    Line("Cash flows from investing activities:", look="head"),
    _g("Purchases of property, plant and equipment", "capex",
       "PaymentsToAcquirePropertyPlantAndEquipment", negated=True),
    _g("Proceeds from disposal of equipment", "disposal_proceeds",
       "ProceedsFromSaleOfPropertyPlantAndEquipment"),
    _g("Acquisition of business, net of cash acquired", "acquisition",
       "PaymentsToAcquireBusinessesNetOfCashAcquired", negated=True),
    _g("Purchases of short-term investments", "investment_purchases",
       "PaymentsToAcquireShortTermInvestments", negated=True),
    _g("Maturities of short-term investments", "investment_maturities",
       "ProceedsFromMaturitiesPrepaymentsAndCallsOfShorttermInvestments"),
    _g("Net cash used in investing activities", "investing_cash",
       "NetCashProvidedByUsedInInvestingActivities", look="total"),
    Line("Cash flows from financing activities:", look="head"),
    _g("Proceeds from long-term debt", "debt_proceeds", "ProceedsFromIssuanceOfLongTermDebt"),
    _g("Repayments of long-term debt", "debt_repaid", "RepaymentsOfLongTermDebt", negated=True),
    _g("Payment of debt issuance costs", "debt_costs_paid", "PaymentsOfDebtIssuanceCosts",
       negated=True),
    _g("Dividends paid", "dividends", "PaymentsOfDividends", negated=True),
    _g("Repurchases of common stock", "repurchases", "PaymentsForRepurchaseOfCommonStock",
       negated=True),
    _g("Proceeds from employee stock purchase plan", "espp_proceeds", "ProceedsFromStockPlans"),
    _g("Taxes paid on vesting of restricted stock units", "withheld_taxes",
       "PaymentsRelatedToTaxWithholdingForShareBasedCompensation", negated=True),
    _g("Net cash provided by (used in) financing activities", "financing_cash",
       "NetCashProvidedByUsedInFinancingActivities", look="total"),
    _g("Effect of exchange rates on cash", "fx_cash",
       "EffectOfExchangeRateOnCashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents"),
    _g("Net increase (decrease) in cash and cash equivalents", "cash_change",
       "CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents"
       "PeriodIncreaseDecreaseIncludingExchangeRateEffect", look="total"),
    Line("Cash and cash equivalents at beginning of year", "cash", CASH, instant=True, prior=True),
    Line("Cash and cash equivalents at end of year", "cash", CASH, instant=True, look="total"),
    Line("Supplemental disclosures:", look="head"),
    _g("Cash paid for interest", "interest_paid", "InterestPaidNet"),
    _g("Cash paid for income taxes, net", "taxes_paid", "IncomeTaxesPaidNet"),
    _g("Right-of-use assets obtained for new operating leases", "lease_additions",
       "RightOfUseAssetObtainedInExchangeForOperatingLeaseLiability"),
    _g("Capital expenditures in accounts payable at year end", "unpaid_capex",
       "CapitalExpendituresIncurredButNotYetPaid"),
)  # fmt: skip

_PARTS: Final = (
    ("Common Stock", "common_stock", "us-gaap:CommonStockMember", 1),
    ("Additional Paid-In Capital", "apic", "us-gaap:AdditionalPaidInCapitalMember", 1),
    ("Treasury Stock", "treasury_stock", "us-gaap:TreasuryStockCommonMember", -1),
    ("Retained Earnings", "retained_earnings", "us-gaap:RetainedEarningsMember", 1),
    ("Accumulated Other Comprehensive Loss", "aoci",
     "us-gaap:AccumulatedOtherComprehensiveIncomeMember", 1),
)  # fmt: skip

# label, concept, key of the total, {part: sign x key}; `negated` concepts reduce equity.
_MOVES: Final = (
    ("Net income", "NetIncomeLoss", {"retained_earnings": "net_income"}, False),
    ("Other comprehensive income (loss)", "OtherComprehensiveIncomeLossNetOfTax",
     {"aoci": "other_comprehensive"}, False),
    ("Cash dividends declared", "DividendsCommonStockCash", {"retained_earnings": "dividends"},
     True),
    ("Repurchases of common stock", "TreasuryStockValueAcquiredCostMethod",
     {"treasury_stock": "repurchases"}, True),
    ("Stock issued under employee plans", "StockIssuedDuringPeriodValueEmployeeStockPurchasePlan",
     {"common_stock": "par_issued", "apic": "plan_proceeds"}, False),
    ("Shares withheld for taxes", "AdjustmentsRelatedToTaxWithholdingForShareBasedCompensation",
     {"apic": "withheld_taxes"}, True),
    ("Stock-based compensation",
     "AdjustmentsToAdditionalPaidInCapitalSharebasedCompensationRequisiteServicePeriodRecognitionValue",
     {"apic": "stock_compensation"}, False),
)  # fmt: skip


def income(tables: Tables) -> str:
    """Consolidated statements of operations."""
    return tables.render(INCOME, THREE_YEARS, heading=_ENDED)


def comprehensive(tables: Tables) -> str:
    """Consolidated statements of comprehensive income."""
    return tables.render(COMPREHENSIVE, THREE_YEARS, heading=_ENDED)


def balance(tables: Tables) -> str:
    """Consolidated balance sheets."""
    columns = [Column(f"{tables.books.end(c.year):%B %d, %Y}", c.year) for c in TWO_YEARS]
    return tables.render(BALANCE, columns) + tables.render(BALANCE_PARENTHETICAL, columns)


def cash_flow(tables: Tables) -> str:
    """Consolidated statements of cash flows."""
    return tables.render(CASH_FLOW, THREE_YEARS, heading=_ENDED)


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


def _move_row(
    tables: Tables, year: int, move: tuple[str, str, dict[str, str], bool]
) -> _Row:
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
