"""Which financial statement a set of lines is, from its title and its concepts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass

from tools.statements.records import StatementKind

# Lines that a statement has and no other one does, and lines that forbid it.
_OPERATING = {
    "NetCashProvidedByUsedInOperatingActivities",
    "NetCashProvidedByUsedInOperatingActivitiesContinuingOperations",
}
_FLOWS = {
    "NetCashProvidedByUsedInFinancingActivities",
    "NetCashProvidedByUsedInInvestingActivities",
    "CashAndCashEquivalentsPeriodIncreaseDecrease",
    "CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents"
    "PeriodIncreaseDecreaseIncludingExchangeRateEffect",
}
_BOTTOM = {
    "NetIncomeLoss",
    "ProfitLoss",
    "NetIncomeLossAvailableToCommonStockholdersBasic",
    "IncomeLossFromContinuingOperations",
    "NetIncreaseDecreaseInNetAssetsResultingFromOperations",
    "InvestmentCompanyNetAssetsFromOperationsIncreaseDecrease",
    "InvestmentCompanyNetAssetsFromOperationsPerShareIncreaseDecrease",
}
_TOP = {
    "Revenues",
    "RevenueFromContractWithCustomerExcludingAssessedTax",
    "RevenueFromContractWithCustomerIncludingAssessedTax",
    "SalesRevenueNet",
    "SalesRevenueGoodsNet",
    "OperatingIncomeLoss",
    "OperatingExpenses",
    "CostsAndExpenses",
    "InterestExpense",
    "InterestAndDividendIncomeOperating",
    "NoninterestExpense",
    "IncomeTaxExpenseBenefit",
    "EarningsPerShareBasic",
    "EarningsPerShareDiluted",
    "EarningsPerShareBasicAndDiluted",
    "SellingGeneralAndAdministrativeExpense",
    "GeneralAndAdministrativeExpense",
    "BenefitsLossesAndExpenses",
    "GrossInvestmentIncomeOperating",
}
_PER_SHARE = {
    "EarningsPerShareBasic",
    "EarningsPerShareDiluted",
    "EarningsPerShareBasicAndDiluted",
    "IncomeLossFromContinuingOperationsPerBasicShare",
}
# Stands among a table's concepts where it shows equity by its components.
EQUITY_COMPONENTS = "(equity by component)"
_TOTAL_ASSETS = {"Assets", "AssetsNet"}
_CLAIMS = {
    "LiabilitiesAndStockholdersEquity",
    "Liabilities",
    "StockholdersEquity",
    "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest",
}
_COMPREHENSIVE = {
    "ComprehensiveIncomeNetOfTax",
    "ComprehensiveIncomeNetOfTaxIncludingPortionAttributableToNoncontrollingInterest",
}
EQUITY_MOVES = re.compile(
    r"^(?:StockIssuedDuringPeriod|StockRepurchased|Dividends|AdjustmentsToAdditionalPaidInCapital|"
    r"StockholdersEquityIncludingPortion|StockholdersEquity$|StatementEquityComponents|"
    r"AdjustmentsRelatedToTaxWithholding|StockGranted|TreasuryStock|ShareBasedCompensation$)"
)

_TITLES: dict[StatementKind, re.Pattern[str]] = {
    "comprehensive": re.compile(r"comprehensive\s*(?:income|loss|\(loss|\(income|earnings)", re.I),
    "cash": re.compile(r"cash\s*flow", re.I),
    "balance": re.compile(
        r"balance\s*sheet|financial\s*(?:position|condition)|assets\s*and\s*liabilit", re.I
    ),
    "equity": re.compile(
        r"(?:stock|share|owner|member|partner|unit)\s*holder[s'\u2019]*\s*['\u2019]?s?\s*\(?(?:equity|invest"
        r"|deficit|deficiency)|\bequity\b|changes\s*in\s*(?:net\s*assets|capital|partners)"
        r"|stockholders\W*\(?deficit|members\W*deficit",
        re.I,
    ),
    "income": re.compile(
        r"operations|(?<!comprehensive )\bincome\b|earnings|profit|\bloss\b|expenses", re.I
    ),
}
_INCOME_TOO = re.compile(
    r"operations|earnings|\bincome\s*(?:\(loss\))?\s*and\b|profit|\bloss(?:es)?\s+and\b", re.I
)
_NOT_A_STATEMENT = re.compile(
    r"^note\s+\d|parenthetical|\(details?|details?\)|\(tables?\)|\(polic|parent[\s-]*company|registrant"
    r"|condensed\s+financial\s+information|schedule\s+[ivx]+\b|guarantor|supplemental|pro\s*forma"
    r"|quarterly\s+(?:financial|results)|selected\s+financial",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Lines that may be a statement: how it is called, its concepts' local names, its length.

    `cost` is taken off its score, such as for tables that had to be joined.
    """

    key: str
    title: str
    concepts: frozenset[str]
    lines: int
    is_statement: bool = False
    cost: float = 0.0


def choose(candidates: Iterable[Candidate]) -> dict[StatementKind, Candidate]:
    """Give each kind of statement its best candidate; one may serve as two kinds."""
    pool = list(candidates)
    best: dict[StatementKind, Candidate] = {}
    for kind in _TITLES:
        scored = [(score(kind, one), -index, one) for index, one in enumerate(pool)]
        top = max(scored, key=lambda item: item[:2], default=None)
        if top is not None and top[0] >= 4:
            best[kind] = top[2]
    return best


def score(kind: StatementKind, candidate: Candidate) -> float:
    """How surely a candidate is this statement; 4 and more is a yes."""
    if _NOT_A_STATEMENT.search(candidate.title):
        return 0
    points = _concept_score(kind, candidate.concepts)
    if points <= 0:
        return 0
    named = named_kinds(candidate.title)
    if kind in named:
        points += 3
    elif named:
        points -= 3
    points += 1.5 if candidate.is_statement else 0
    return points + min(candidate.lines, 40) / 40 - candidate.cost


def named_kinds(title: str) -> set[StatementKind]:
    """The statements that a title names; 'operations and comprehensive income' names two."""
    found = {kind for kind, pattern in _TITLES.items() if pattern.search(title)}
    if "comprehensive" in found and not re.search(
        r"operations|earnings|\bincome\s*(?:\(loss\))?\s*and\b|profit|\bloss(?:es)?\s+and\b",
        title,
        re.I,
    ):
        found.discard("income")
    if found & {"cash", "balance"}:
        found.discard("income")
    if "equity" in found and found & {"balance", "cash"}:
        found.discard("equity")
    if "equity" in found:
        found -= {"income", "comprehensive"} if "changes in" in title.lower() else set()
    return found


def _concept_score(kind: StatementKind, concepts: Set[str]) -> float:
    if kind == "cash":
        return 3 * bool(concepts & _OPERATING) + len(concepts & _FLOWS)
    if kind == "balance":
        claims = len(concepts & _CLAIMS)
        return 3.5 * bool(concepts & _TOTAL_ASSETS) * bool(claims) + min(claims, 3) / 2
    if concepts & _OPERATING or concepts & _TOTAL_ASSETS:
        return 0
    if kind == "income":
        found = 2 * bool(concepts & _BOTTOM) + min(len(concepts & _TOP), 5) / 1.5
        return found + 1.5 * bool(concepts & _PER_SHARE) * bool(found > 2)
    if kind == "comprehensive":
        return 3 * bool(concepts & _COMPREHENSIVE) + bool(
            [name for name in concepts if name.startswith("OtherComprehensiveIncome")]
        )
    moves = sum(1 for name in concepts if EQUITY_MOVES.match(name))
    points = min(moves, 6) / 1.5 if moves > 1 else 0
    return points + (3 if EQUITY_COMPONENTS in concepts else 0)
