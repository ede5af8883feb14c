"""Scale and unit of a table's figures, from what the page says around them.

'(In millions, except number of shares, which are reflected in thousands, and per-share
amounts)': money is in millions, shares in thousands, amounts per share are as printed. A row's or
column's own words come before the table's. `value * scale` is in base units, a percentage as a
fraction. Facts are not asked, so that both can be checked against each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

WORDS = {"thousand": Decimal(1000), "million": Decimal(1_000_000), "billion": Decimal(10**9)}
NAMES = {Decimal(1000): "thousands", Decimal(1_000_000): "millions", Decimal(10**9): "billions"}
PERCENT = Decimal("0.01")
ONE = Decimal(1)
_SCALE = r"(thousand|million|billion)s?"
_STATED = re.compile(
    rf"(?:\bin\s+|\(\s*|\$\s?(?:\(|in\s+)?|\bdollars?\s+(?:and\s+\w+\s+)?(?:amounts\s+)?(?:in\s+)?|"
    rf"\bexpressed\s+in\s+|\bU\.?S\.?\s+)(?:U\.?S\.?\s+)?{_SCALE}\b(?!\s+shares\b)"
    rf"|(?<![\d.,])[$(\s]*\(?000.?s(?:\s+omitted)?\)?|\b{_SCALE}\s+of\s+(?:US\s+)?dollars",
    re.IGNORECASE,
)
_OWN = re.compile(
    rf"(?:\bin\s+|\(\s*|\$\s?)(?:U\.?S\.?\s+)?{_SCALE}\b|\(\s*\$?\s*000.?s?\s*\)|\b000s\b", re.I
)
_EXCEPT = re.compile(r"\bexcept(?:ing)?\b(.{0,160})", re.IGNORECASE | re.DOTALL)
_SHARES_STATED = re.compile(
    rf"shares?[^.;()]{{0,60}}?\b(?:in|reflected in)\s+{_SCALE}\b|{_SCALE}\s+of\s+shares|"
    rf"\band\s+shares\s+in\s+{_SCALE}", re.IGNORECASE
)  # fmt: skip
_PER_SHARE = re.compile(
    r"\bper[\s-]+(?:\w+\s+){0,3}(?:share|unit|ads|warrant)\b|\beps\b", re.IGNORECASE
)
_EARNINGS = re.compile(r"(?:earnings|income|loss|dividends?).{0,40}\bper\b", re.IGNORECASE)
_SHARES = re.compile(
    r"\bshares\b(?!\s*(?:of|at)\s+(?:income|profit|earnings|cost))|"
    r"\bnumber of (?:shares|options|rsus|units)",
    re.IGNORECASE,
)
_NOT_SHARES = re.compile(
    r"repurchase|purchase|issuance|issued? for|proceeds|withheld|value|price|amount|cost|"
    r"compensation|\$|dividend",
    re.IGNORECASE,
)
_SURE_SHARES = re.compile(
    r"\(in (?:\w+ )?shares\)|number of|weighted.average.*shares|\bshares\s*\(", re.IGNORECASE
)
_PERCENT_WORDS = re.compile(r"%|\bpercent(?:age)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a table says of its figures; None where it says nothing."""

    money: Decimal | None = None
    shares: Decimal | None = None

    @property
    def name(self) -> str | None:
        """'thousands', 'millions' or 'billions'."""
        return NAMES.get(self.money) if self.money is not None else None


def read_statement(texts: Sequence[str]) -> Statement:
    """Read a table's own heading rows, then the text before it, nearest last."""
    for text in texts:
        if not text:
            continue
        found = list(_STATED.finditer(text))
        if not found:
            continue
        last = found[-1]
        money = _factor(last)
        rest = text[last.start() : last.end() + 250]
        return Statement(money, _shares(rest, money))
    return Statement()


def _factor(match: re.Match[str]) -> Decimal:
    word = next((group for group in match.groups() if group), None)
    return WORDS[word.lower()] if word else WORDS["thousand"]


def _shares(text: str, money: Decimal) -> Decimal:
    """The scale of numbers of shares in a table whose money is scaled by `money`."""
    own = _SHARES_STATED.search(text)
    if own:
        return _factor(own)
    excepted = _EXCEPT.search(text)
    if excepted:
        bare = re.sub(r"per[\s-]+(?:common\s+)?(?:share|unit)", "", excepted[1], flags=re.I)
        if re.search(r"\bshares?\b", bare, re.IGNORECASE):
            return ONE
    return money


@lru_cache(maxsize=8192)
def own_scale(label: str) -> Decimal | None:
    """A scale that a row or column states for itself: 'Shares (000s)', 'Revenue (in millions)'."""
    found = _OWN.search(label[:300])
    return _factor(found) if found else None


@lru_cache(maxsize=8192)
def kind_of(row: str, column: str) -> str:
    """Say what a row and column hold: 'per share', 'shares', 'percent' or 'money'."""
    own = row.rpartition(": ")[2] or row
    if _PER_SHARE.search(own) or _PER_SHARE.search(column):
        return "per share"
    if _PERCENT_WORDS.search(column) or _PERCENT_WORDS.search(own):
        return "percent"
    if _is_shares(own) or _is_shares(column):
        return "shares"
    path = row[: -len(own)] if own != row else ""
    if _is_shares(path):
        return "shares"
    if _PER_SHARE.search(path) or _EARNINGS.search(path):
        return "per share"
    return "money"


def _is_shares(label: str) -> bool:
    found = _SHARES.search(label)
    if not found:
        return False
    return bool(_SURE_SHARES.search(label)) or not _NOT_SHARES.search(label)
