"""Scale and unit of a table's figures, from what the page says around them.

'(In millions, except number of shares, which are reflected in thousands, and per-share
amounts)': money is in millions, shares in thousands, amounts per share are as printed. A row's or
column's own words come before the table's. `value * scale` is in base units, a percentage as a
fraction. Facts are not asked here; a cell that shows one takes its measure when it is ingested.
"""

from __future__ import annotations

import re
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
    rf"|\b{_SCALE}\s+of\s+(?:US\s+)?dollars",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(
    r"(?<!shares )(?<!shares)\(\s*(?:in\s+)?\$?\s*(?:000.?s?)(?:\s+omitted)?\s*\)|000.?s omitted",
    re.I,
)
_OWN = re.compile(
    rf"(?:\bin\s+|\(\s*|\$\s?)(?:U\.?S\.?\s+)?{_SCALE}\b|\(\s*(?:in\s+)?\$?\s*000.?s?\s*\)|\b000s\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    rf"\((?=[^()]*\b(?:{_SCALE}|except|unless otherwise)\b)[^()]*\)?", re.IGNORECASE
)
_EXCEPT = re.compile(r"\bexcept(?:ing)?\b([^)\n\d]{0,100})", re.IGNORECASE)
_SHARES_STATED = re.compile(
    rf"shares?[^.;()]{{0,60}}?\b(?:in|reflected in)\s+{_SCALE}\b|{_SCALE}\s+of\s+shares|"
    rf"\band\s+shares\s+in\s+{_SCALE}", re.IGNORECASE
)  # fmt: skip
_PER_SHARE = re.compile(
    r"\bper[\s-]+(?:\w+\s+){0,3}(?:share|unit|ads|warrant)\b|\beps\b|\b(?:exercise|grant|strike)\s+"
    r"price|grant.date\s+fair\s+value|\baverage\s+price|price\s+paid",
    re.IGNORECASE,
)
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
    r"\(in (?:\w+ )?shares\)|number of|(?:weighted.)?average.*\bshares\b(?!.*price)|\bshares\s*\("
    r"|\bshares used",
    re.IGNORECASE,
)
_PERCENT_ROW = re.compile(r"(?:%|\bpercent(?:age)?)\W*$|^percent|\btax rate\W*$", re.IGNORECASE)
_PERCENT_COLUMN = re.compile(r"%|\bpercent(?:age)?\b", re.IGNORECASE)
_SMALL = re.compile(r"^[(\-\u2212]?\s*\d{1,3}(?:\.\d+)?\s*\)?$|^\W+$")
_DECIMALS = re.compile(r"\d\.\d\d")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a table says of its figures; None where it says nothing."""

    money: Decimal | None = None
    shares: Decimal | None = None

    @property
    def name(self) -> str | None:
        """'thousands', 'millions' or 'billions'."""
        return NAMES.get(self.money) if self.money is not None else None


def read_statement(own: str, before: str) -> Statement:
    """Read a table's own heading rows (the first mention), else the text before it (the last)."""
    for text, place in ((own, 0), (before, -1)):
        found = list(_STATED.finditer(text)) or list(_THOUSANDS.finditer(text))
        if found:
            match = _opening(text, found) if place else found[0]
            money = _factor(match)
            rest = text[match.start() : match.end() + 250]
            return Statement(money, _shares(rest, money))
    return Statement()


def _opening(text: str, found: list[re.Match[str]]) -> re.Match[str]:
    """The last statement's first mention: its exceptions may name another scale."""
    place = len(found) - 1
    while place and _EXCEPT.search(text[found[place - 1].end() : found[place].start() + 1]):
        if ")" in text[found[place - 1].end() : found[place].start()]:
            break
        place -= 1
    return found[place]


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


def kind_of(row: str, column: str, text: str) -> str:
    """Say what a cell holds: 'per share', 'shares', 'percent' or 'money'."""
    kind = _kind_of(row, column)
    if kind == "percent" and not _SMALL.match(text):
        return "money"
    if kind == "per share by group":
        return "per share" if _DECIMALS.search(text) else "money"
    return kind


@lru_cache(maxsize=8192)
def _kind_of(row: str, column: str) -> str:
    own = _ASIDE.sub("", row.rpartition(": ")[2] or row)
    column = _ASIDE.sub("", column)
    if _SURE_SHARES.search(own) and not _PER_SHARE.search(column):
        return "shares"
    if _PER_SHARE.search(own) or _PER_SHARE.search(column):
        return "per share"
    if _PERCENT_COLUMN.search(column) or _PERCENT_ROW.search(own):
        return "percent"
    if _is_shares(own) or _is_shares(column):
        return "shares"
    path = _ASIDE.sub("", row[: -len(own)]) if own and own != row else ""
    if _is_shares(path):
        return "shares"
    return "per share by group" if _PER_SHARE.search(path) else "money"


def _is_shares(label: str) -> bool:
    found = _SHARES.search(label)
    if not found:
        return False
    return bool(_SURE_SHARES.search(label)) or not _NOT_SHARES.search(label)


def is_statement(label: str) -> bool:
    """Whether a label is only a note on scale: '(In millions, except per share amounts)'."""
    return not _ASIDE.sub("", label).strip(" :")
