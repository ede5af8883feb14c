"""Financial functions that sandboxed programs may call, in exact decimals.

Each is pure, runs in a half-even decimal context of `DIGITS` digits and therefore gives the
same digits on every replay. Rates and results are fractions, never percent.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from itertools import pairwise

from tools.sandbox.interface import HostFunction

DIGITS = 34
_BISECTIONS = 200
_IRR_LOW, _IRR_HIGH = Decimal("-0.999999"), Decimal("1000")


def pct_change(old: Decimal, new: Decimal) -> Decimal:
    """Return the change from `old` to `new` as a fraction of the size of `old`."""
    if old == 0:
        raise ValueError("pct_change has no meaning when old is zero")
    with localcontext(_context()):
        return (new - old) / abs(old)


def cagr(first: Decimal, last: Decimal, years: Decimal | int) -> Decimal:
    """Return the compound annual growth rate from `first` to `last` over `years`, a fraction."""
    if first <= 0 or last <= 0:
        raise ValueError("cagr needs both values above zero")
    if years <= 0:
        raise ValueError("cagr needs years above zero")
    with localcontext(_context()):
        return (last / first) ** (1 / Decimal(years)) - 1


def npv(rate: Decimal, cash_flows: Sequence[Decimal]) -> Decimal:
    """Return the net present value; the first cash flow is now, the next a period later."""
    if rate <= -1:
        raise ValueError("npv needs a rate above minus one")
    with localcontext(_context()):
        factor, total = Decimal(1), Decimal(0)
        for flow in cash_flows:
            total += flow / factor
            factor *= 1 + rate
        return total


def irr(cash_flows: Sequence[Decimal]) -> Decimal:
    """Return the rate at which `npv` of the cash flows is zero, by bisection, a fraction.

    Raises:
        ValueError: The flows do not change sign exactly once, so there is no single rate.
    """
    signs = [flow > 0 for flow in cash_flows if flow != 0]
    if sum(a != b for a, b in pairwise(signs)) != 1:
        raise ValueError("irr needs cash flows that change sign exactly once")
    low, high = _IRR_LOW, _IRR_HIGH
    rises = npv(low, cash_flows) < 0
    if (npv(high, cash_flows) < 0) == rises:
        raise ValueError("irr found no rate between minus one and one thousand")
    with localcontext(_context()):
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if (npv(middle, cash_flows) < 0) == rises:
                low = middle
            else:
                high = middle
        return high.quantize(Decimal("1e-16"))


FINANCIAL_FUNCTIONS = (
    HostFunction(
        "pct_change", pct_change, "def pct_change(old: Decimal, new: Decimal) -> Decimal: ..."
    ),
    HostFunction(
        "cagr",
        cagr,
        "def cagr(first: Decimal, last: Decimal, years: Decimal | int) -> Decimal: ...",
    ),
    HostFunction("npv", npv, "def npv(rate: Decimal, cash_flows: list[Decimal]) -> Decimal: ..."),
    HostFunction("irr", irr, "def irr(cash_flows: list[Decimal]) -> Decimal: ..."),
)


def _context() -> Context:
    return Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
