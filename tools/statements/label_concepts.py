"""Concepts that a statement's row labels stand for, where a filing has no XBRL.

Only the rows by which a statement is recognised; the values of such rows stay unlinked.
"""

from __future__ import annotations

import re

_EQUITY = r"(?:equity|deficit|deficiency|investment|capital)"
_GIVEN = r"cash .*(?:provided|from|used|generated|applied).*"

# The first that fits wins.
_ROWS = {
    r"total assets": "Assets",
    rf"total liabilities and .*{_EQUITY}": "LiabilitiesAndStockholdersEquity",
    r"total liabilities$": "Liabilities",
    rf"total (?:\S+holders\S* |owners\S* |partners\S* |common )?{_EQUITY}": "StockholdersEquity",
    r"total current assets": "AssetsCurrent",
    rf"{_GIVEN}operat": "NetCashProvidedByUsedInOperatingActivities",
    rf"{_GIVEN}invest": "NetCashProvidedByUsedInInvestingActivities",
    rf"{_GIVEN}financ": "NetCashProvidedByUsedInFinancingActivities",
    r"(?:increase|decrease|change).*\bcash\b": "CashAndCashEquivalentsPeriodIncreaseDecrease",
    r"comprehensive (?:income|loss|earnings)": "ComprehensiveIncomeNetOfTax",
    r"net (?:income|loss|earnings|\(loss\))": "NetIncomeLoss",
    r"^(?:total |net |operating )*(?:revenues?|sales)\b": "Revenues",
    r"(?:income|earnings|profit|loss).* from operations": "OperatingIncomeLoss",
    r"operating (?:income|profit|earnings|loss)": "OperatingIncomeLoss",
    r"total (?:operating )?(?:costs|expenses)|costs and expenses": "CostsAndExpenses",
    r"selling|general and administrative": "SellingGeneralAndAdministrativeExpense",
    r"(?:provision|benefit).* income tax|income tax(?:es)?": "IncomeTaxExpenseBenefit",
    r"interest expense": "InterestExpense",
    r"per (?:common )?share": "EarningsPerShareBasic",
    r"dividends (?:declared|paid)|cash dividends": "DividendsCommonStock",
    r"(?:issuance|issued|exercise).*(?:stock|shares|options)": (
        "StockIssuedDuringPeriodValueNewIssues"
    ),
    r"treasury|repurchase|purchase of common": "TreasuryStockValueAcquired",
    r"^balances?\b": "StockholdersEquity",
}
_PATTERNS = tuple((re.compile(pattern), concept) for pattern, concept in _ROWS.items())


def concept_of_label(label: str) -> str | None:
    """The local name of the concept that a row's label means; None for any other row."""
    text = " ".join(re.sub(r"\(note.*?\)|[:.]", " ", label.lower()).split())
    for pattern, concept in _PATTERNS:
        if pattern.search(text):
            return concept
    return None
