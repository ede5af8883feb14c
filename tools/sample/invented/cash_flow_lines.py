"""Lines of the statement of cash flows: which account is on which line, under which concept."""

from __future__ import annotations

from typing import Final

from tools.sample.invented.statement_lines import CASH, flow_line
from tools.sample.invented.tables import Line

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
