"""Trailing twelve months: the last fiscal year, plus this year so far, less last year so far.

Where those are not all filed, the four quarters. The parts are of one concept. Amounts a share are
added up only where all three parts are filed on one share count; each part has an average count
of its own, so the sum is close to what the twelve months would report, and its note says so.
Share counts and other averages have no such sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.figures.company_facts import Stretch
from tools.figures.formulas import evaluate_expression
from tools.figures.nodes import Filed, Input, Key, Node
from tools.figures.reporting_periods import TRAILING, YEAR_TO_DATE
from tools.figures.splits import PER_SHARE

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from tools.figures.metrics import Metric
    from tools.figures.resolver import Resolver

_EXPRESSION = "full_year + year_to_date - prior_year_to_date"
# A split changes amounts a share by more; other restatements by less.
_SPLIT_RATIO = 1.4
_NOTE = (
    "Amounts a share of periods with average share counts of their own are added up, as is usual; "
    "no filing states the sum."
)


def add_up_twelve_months(
    resolver: Resolver,
    metric: Metric,
    key: Key,
    day: date,
    stretch: Stretch,
    tried: list[str],
    leaves: dict[Key, Filed],
) -> Node | None:
    """Work out the twelve months that end with a quarter.

    Args:
        resolver: The company's figures.
        metric: The metric of `key`, of durations and with concepts.
        key: A key in a period such as TTM-Q2.
        day: What was filed by this day counts.
        stretch: Narrowed to the days on which the result holds.
        tried: Gains the reason where there is no result.
        leaves: Gains the filed facts below the result.
    """
    if metric.unit == PER_SHARE:
        return _amounts_a_share(resolver, metric, key, day, stretch, tried, leaves)
    if not metric.sum_quarters:
        tried.append("Averages of parts of a year do not add up to one of twelve months.")
        return None
    keys = _parts(key)
    first_filed = resolver.facts.first_filed
    then = [first_filed(keys[name]) for name in ("full_year", "prior_year_to_date")]
    known_on = max((one for one in then if one), default=None) if all(then) else None
    if known_on is None or not stretch.split(known_on, day):
        return _four_quarters(resolver, key, day, stretch, tried, leaves)
    # Last year and its part as first reported, so that both stand on one basis.
    days = {"full_year": known_on, "year_to_date": day, "prior_year_to_date": known_on}
    spans = {"year_to_date": stretch}
    facts = {
        name: resolver.filed(metric, one, days[name], spans.get(name, Stretch()), [])
        for name, one in keys.items()
    }
    filed = {name: fact for name, fact in facts.items() if fact}
    if len(filed) < len(keys) or len({fact.concept for fact in filed.values()}) > 1:
        return _four_quarters(resolver, key, day, stretch, tried, leaves)
    value = _evaluate(filed)
    whole = filed["full_year"]
    if (value < 0 and not metric.can_be_negative) or resolver.is_corrected(
        keys["full_year"], whole, day, stretch
    ):
        tried.append("The filed longer periods do not fit together.")
        return None
    leaves |= {keys[name]: fact for name, fact in filed.items()}
    inputs = tuple(
        (name, Input(one, None if name == "year_to_date" else known_on))
        for name, one in keys.items()
    )
    note = resolver.restated(keys["full_year"], whole, day, stretch)
    return Node("derived", value, expression=_EXPRESSION, inputs=inputs, note=note)


def _parts(key: Key) -> dict[str, Key]:
    year, to_date = key.fiscal_year, YEAR_TO_DATE[key.fiscal_period.removeprefix(TRAILING)]
    return {
        "full_year": Key(key.metric, year - 1, "FY"),
        "year_to_date": Key(key.metric, year, to_date),
        "prior_year_to_date": Key(key.metric, year - 1, to_date),
    }


def _evaluate(filed: dict[str, Filed]) -> Decimal:
    return evaluate_expression(_EXPRESSION, {name: fact.value for name, fact in filed.items()})


def _four_quarters(
    resolver: Resolver,
    key: Key,
    day: date,
    stretch: Stretch,
    tried: list[str],
    leaves: dict[Key, Filed],
) -> Node | None:
    """Add four quarters up, each filed or a difference of filed periods."""
    last = int(key.fiscal_period[-1])
    quarters = {
        f"q{number}": Key(key.metric, key.fiscal_year - (number > last), f"Q{number}")
        for number in (*range(last + 1, 5), *range(1, last + 1))
    }
    found = {name: resolver.below(one, day, stretch) for name, one in quarters.items()}
    values = {n: one.node.value for n, one in found.items() if one.node.value is not None}
    if len(values) < len(quarters) or any(one.node.kind == "formula" for one in found.values()):
        tried.append("Nor are its year, year to date and quarters all filed.")
        return None
    for one in found.values():
        leaves |= one.leaves
    expression = " + ".join(quarters)
    return Node(
        "derived",
        evaluate_expression(expression, values),
        expression=expression,
        inputs=tuple((name, Input(one, None)) for name, one in quarters.items()),
    )


def _amounts_a_share(
    resolver: Resolver,
    metric: Metric,
    key: Key,
    day: date,
    stretch: Stretch,
    tried: list[str],
    leaves: dict[Key, Filed],
) -> Node | None:
    """Add amounts a share up, all as filed last, if they stand on one share count."""
    keys = _parts(key)
    facts = {name: resolver.filed(metric, one, day, stretch, []) for name, one in keys.items()}
    filed = {name: fact for name, fact in facts.items() if fact}
    if len(filed) < len(keys) or len({fact.concept for fact in filed.values()}) > 1:
        tried.append("Nor are its year, year to date and that of the year before filed alike.")
        return None
    if not _on_one_count(resolver, keys, filed):
        tried.append("Its parts may stand on different share counts (a split).")
        return None
    leaves |= {keys[name]: fact for name, fact in filed.items()}
    inputs = tuple((name, Input(one, None)) for name, one in keys.items())
    return Node("derived", _evaluate(filed), expression=_EXPRESSION, inputs=inputs, note=_NOTE)


def _on_one_count(resolver: Resolver, keys: dict[str, Key], filed: dict[str, Filed]) -> bool:
    """Tell whether amounts a share of three periods stand on one share count.

    Two of them do if both changed by the same factor since the day the later one was first
    filed: a split restates both or neither.
    """
    for later in ("full_year", "year_to_date"):
        day = resolver.facts.first_filed(keys[later])
        if day is None:
            return False
        factors = []
        for name in (later, "prior_year_to_date"):
            then = resolver.facts.filed(keys[name], day, Stretch())
            if then is None or not filed[name].value:
                return False
            factors.append(then.value / filed[name].value)
        low, high = sorted(factors)
        if low <= 0 or float(high / low) >= _SPLIT_RATIO:
            return False
    return True
