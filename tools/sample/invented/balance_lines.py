"""Lines of the balance sheet: which account is on which line, under which concept."""

from __future__ import annotations

from typing import Final

from tools.sample.invented.statement_lines import CASH, balance_line
from tools.sample.invented.tables import Line

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
