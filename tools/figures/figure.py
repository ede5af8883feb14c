"""What a metric resolves to: a filed fact, a formula over others, or the reason it is missing.

Also the one query behind every filed figure, kept with it so that it can be run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from tools.figures.formulas import evaluate_expression

LATEST = date(9999, 12, 31)

FIGURE_SQL = """\
SELECT f.metric, f.cik, f.company, f.value, f.unit, f.fiscal_year, f.fiscal_period,
       f.period_start, f.period_end, f.concept, f.accession, f.filed, f.form, filing.url,
       f.value_as_filed, f.fact_id
FROM metric_figures(CAST(? AS DATE), CAST(? AS BIGINT), CAST(? AS VARCHAR)) AS f
LEFT JOIN filing ON filing.accession = f.accession
WHERE f.fiscal_year = ? AND f.fiscal_period = ?"""


@dataclass(frozen=True)
class FactFigure:
    """A metric's value as one filing states it; `sql` with `params` gives the same row again.

    Attributes:
        value: In base units (USD, shares, USD per share), sign as the metric defines it.
        filed: The day from which this value was known.
        note: What a reader should know about the figure; may be empty.
    """

    metric: str
    cik: int
    company: str
    value: Decimal
    unit: str
    fiscal_year: int
    fiscal_period: str
    period_start: date
    period_end: date
    concept: str
    accession: str
    filed: date
    form: str
    url: str | None
    value_as_filed: str
    fact_id: int
    sql: str
    params: list[Any]
    note: str = ""


@dataclass(frozen=True)
class Formula:
    """A metric worked out from others.

    Attributes:
        expression: Arithmetic over the names in `inputs` and plain numbers, nothing else.
        inputs: What each name in the expression stands for: facts, or formulas again.
        note: What a reader should know about the figure; may be empty.
    """

    metric: str
    expression: str
    inputs: Mapping[str, Resolution]
    cik: int
    company: str
    unit: str
    fiscal_year: int
    fiscal_period: str
    period_start: date
    period_end: date
    note: str = ""


@dataclass(frozen=True)
class Missing:
    """Why a metric has no value, and what would be needed for one."""

    reason: str
    needed: str
    metric: str = field(default="", kw_only=True)


Resolution = FactFigure | Formula | Missing


def evaluate(resolution: Resolution) -> Decimal:
    """Return a figure's value; formulas are worked out to 34 significant digits.

    Raises:
        ValueError: The resolution is, or needs, a missing one.
        ZeroDivisionError: A formula divides by zero.
    """
    if isinstance(resolution, Missing):
        raise ValueError(resolution.reason)
    if isinstance(resolution, FactFigure):
        return resolution.value
    values = {name: evaluate(given) for name, given in resolution.inputs.items()}
    return evaluate_expression(resolution.expression, values)
