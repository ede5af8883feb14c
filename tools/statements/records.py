"""Plain records of statements: a line of a layout, and the names of the five statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tools.errors import SetupError

StatementKind = Literal["income", "balance", "cash", "equity", "comprehensive"]
LayoutSource = Literal["linkbase", "r_file", "fsds", "table"]
KINDS: tuple[StatementKind, ...] = get_args(StatementKind)

_SYNONYMS: dict[str, StatementKind] = {
    "is": "income",
    "p&l": "income",
    "pnl": "income",
    "profit": "income",
    "earnings": "income",
    "operations": "income",
    "income statement": "income",
    "bs": "balance",
    "balance sheet": "balance",
    "financial position": "balance",
    "financial condition": "balance",
    "cf": "cash",
    "cashflow": "cash",
    "cash flow": "cash",
    "cash flows": "cash",
    "stockholders": "equity",
    "shareholders": "equity",
    "changes in equity": "equity",
    "oci": "comprehensive",
    "comprehensive income": "comprehensive",
}
_FILLER = {"statement", "statements", "of", "the", "consolidated", "in", "sheet", "sheets"}


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A row of `statement_line`; the table says what each field means."""

    accession: str
    statement: StatementKind
    layout: LayoutSource
    role: str | None
    title: str | None
    ordinal: int
    depth: int
    label: str
    concept: str | None
    is_abstract: bool = False
    negated: bool = False
    preferred_label: str | None = None
    dimensions: str | None = None
    table_no: int | None = None
    row_no: int | None = None


def statement_kind(name: str) -> StatementKind:
    """Read a statement's name as people write it: 'income', 'P&L', 'balance-sheet', 'cash flow'.

    Raises:
        SetupError: It names none.
    """
    text = " ".join(name.lower().replace("-", " ").replace("_", " ").split())
    short = " ".join(word for word in text.split() if word not in _FILLER)
    for candidate in (text, short):
        for kind in KINDS:
            if candidate == kind:
                return kind
        if candidate in _SYNONYMS:
            return _SYNONYMS[candidate]
    raise SetupError(f"No statement is called {name!r}; choose one of {', '.join(KINDS)}.")
