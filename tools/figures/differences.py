"""Periods that follow from two filed ones: a second quarter is the half less the first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.figures.company_facts import Stretch
from tools.figures.formulas import evaluate_expression
from tools.figures.nodes import Filed, Input, Key, Node
from tools.figures.reporting_periods import COMBINED, QUARTERS_OF, SPOKEN

if TYPE_CHECKING:
    from tools.figures.metrics import Metric
    from tools.figures.resolver import Resolver

# Up to this share of the longer period, a quarter and a difference differ by rounding.
_ROUNDING = Decimal("0.005")


def combine(
    resolver: Resolver,
    metric: Metric,
    key: Key,
    day: date,
    stretch: Stretch,
    tried: list[str],
    leaves: dict[Key, Filed],
) -> Node | None:
    """Work a period out from two filed ones, both as first reported and by one concept.

    Args:
        resolver: The company's figures.
        metric: The metric of `key`, of durations and with concepts.
        key: What is wanted.
        day: What was filed by this day counts.
        stretch: Narrowed to the days on which the result holds.
        tried: Gains the reason where there is no result.
        leaves: Gains the filed facts below the result.
    """
    ways = COMBINED.get(key.fiscal_period)
    if not ways or not metric.sum_quarters:
        return None
    for whole, part, sign in ways:
        keys = (Key(key[0], key[1], whole), Key(key[0], key[1], part))
        known_on = _both_known(resolver, keys)
        if known_on is None or not stretch.split(known_on, day):
            continue
        first = resolver.filed(metric, keys[0], known_on, Stretch(), [])
        second = resolver.filed(metric, keys[1], known_on, Stretch(), [])
        if first is None or second is None or first.concept != second.concept:
            continue
        negative = sign < 0 and first.value < second.value and not metric.can_be_negative
        if (
            negative
            or not _adds_up(resolver, keys[1], second, known_on, day, stretch)
            or resolver.is_corrected(keys[0], first, day, stretch)
        ):
            tried.append("The filed longer periods do not fit together.")
            continue
        leaves[keys[0]], leaves[keys[1]] = first, second
        names = (SPOKEN[whole], SPOKEN[part])
        expression = f"{names[0]} {'+' if sign > 0 else '-'} {names[1]}"
        return Node(
            "derived",
            evaluate_expression(expression, {names[0]: first.value, names[1]: second.value}),
            expression=expression,
            inputs=tuple(
                (name, Input(one, known_on)) for name, one in zip(names, keys, strict=True)
            ),
            note=resolver.restated(keys[0], first, day, stretch),
        )
    tried.append("Nor is it filed for longer periods that would give it as a difference.")
    return None


def _both_known(resolver: Resolver, keys: tuple[Key, Key]) -> date | None:
    """Return the first day on which both were filed."""
    first = resolver.facts.first_filed(keys[0])
    second = resolver.facts.first_filed(keys[1])
    return None if first is None or second is None else max(first, second)


def _adds_up(
    resolver: Resolver, key: Key, figure: Filed, known_on: date, day: date, stretch: Stretch
) -> bool:
    """Tell whether a half or nine months equal their quarters, where those are filed."""
    names = QUARTERS_OF.get(key.fiscal_period, ())
    # Quarters known only later may be restated, so they are held to less.
    for on, share, span in ((known_on, 50, Stretch()), (day, 4, stretch)):
        quarters = [resolver.facts.filed(Key(key[0], key[1], name), on, span) for name in names]
        filed = [quarter.value for quarter in quarters if quarter]
        if filed and len(filed) == len(names):
            return abs(sum(filed) - figure.value) <= abs(figure.value) / share
    return True


def unlike_difference(
    resolver: Resolver, metric: Metric, key: Key, filed: Filed, day: date, stretch: Stretch
) -> str:
    """Say where a filed quarter is not what the filed longer periods leave for it."""
    if metric.period_type != "duration" or not metric.sum_quarters:
        return ""
    for whole, part, sign in COMBINED.get(key.fiscal_period, ()):
        if sign > 0:
            continue
        longer = resolver.facts.filed(Key(key[0], key[1], whole), day, stretch)
        shorter = resolver.facts.filed(Key(key[0], key[1], part), day, stretch)
        if not longer or not shorter or not longer.concept == shorter.concept == filed.concept:
            continue
        left = longer.value - shorter.value
        if abs(left - filed.value) > max(abs(longer.value), abs(shorter.value)) * _ROUNDING:
            return (
                f"The filed value differs from {SPOKEN[whole]} less {SPOKEN[part]} as filed, "
                f"{left.normalize():f}: one of them was restated, or counts otherwise."
            ).replace("_", " ")
    return ""
