"""Facts as identities read them, and the outcome of one check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

CheckKind = Literal["balance", "calculation", "cash", "quarters", "per_share"]
_MOST_ZEROS = 6


@dataclass(frozen=True, slots=True)
class Fact:
    """A consolidated fact; `half_unit` is the error that its rounding allows, None if unsaid."""

    accession: str
    concept: str
    unit: str
    start: date | None
    end: date
    value: Decimal
    half_unit: Decimal | None
    filed: date


@dataclass(frozen=True, slots=True)
class Check:
    """One identity of one filing and period; a row of `identity_check`."""

    accession: str
    kind: CheckKind
    detail: str
    concept: str
    unit: str
    start: date | None
    end: date
    expected: Decimal
    found: Decimal
    tolerance: Decimal
    explanation: str | None = None

    @property
    def difference(self) -> Decimal:
        """What the parts give, less what is stated."""
        return self.found - self.expected

    @property
    def holds(self) -> bool:
        """Whether the difference is within the rounding allowed."""
        return abs(self.difference) <= self.tolerance


def half_unit_of(decimals: str | None) -> Decimal | None:
    """Half of the last digit that `decimals` claims: '-6' gives 500000, 'INF' gives 0."""
    if decimals is None:
        return None
    if decimals == "INF":
        return Decimal(0)
    try:
        return Decimal(5).scaleb(-int(decimals) - 1)
    except ValueError:
        return None


def tolerance_of(facts: list[Fact]) -> Decimal:
    """The error that the rounding of all terms together allows.

    Terms that do not say how they are rounded (companyfacts) are taken as rounded like the
    roundest digit of the least round among them.
    """
    unsaid = [fact.value for fact in facts if fact.half_unit is None and fact.value]
    assumed = min((_half_of_zeros(value) for value in unsaid), default=Decimal(0))
    return sum(
        (assumed if fact.half_unit is None else fact.half_unit for fact in facts), Decimal(0)
    )


def _half_of_zeros(value: Decimal) -> Decimal:
    whole = int(value)
    if whole != value:
        return Decimal("0.005")
    zeros = 0
    while zeros < _MOST_ZEROS and whole and whole % 10 == 0:
        whole //= 10
        zeros += 1
    return Decimal(5).scaleb(zeros - 1)
