"""Trailing twelve months: the last fiscal year, plus this year so far, less last year so far.

The three parts are of one concept and, for amounts a share, of one share count. A balance is taken
at the end of the twelve months; a ratio is its formula over such parts. At a fiscal year's end the
twelve months are that year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from tools.figures.figure import FactFigure, Formula, Missing, Resolution, evaluate
from tools.figures.formulas import flatten, parse
from tools.figures.metrics import Catalogue, Metric
from tools.figures.reporting_periods import ReportingPeriod, read_period
from tools.figures.resolve import resolve
from tools.warehouse import Warehouse

# How a figure's fiscal period reads: the twelve months to the end of a quarter.
TRAILING = {"Q1": "TTM-Q1", "Q2": "TTM-Q2", "Q3": "TTM-Q3"}
_SO_FAR = {"Q1": "Q1", "Q2": "H1", "Q3": "9M"}
# Splits change amounts a share by more; other restatements by less.
_SPLIT_RATIO = Decimal("1.4")
PER_SHARE = "USD/shares"


def resolve_trailing(
    warehouse: Warehouse,
    metric: str,
    cik: int,
    fiscal_year: int,
    quarter: str,
    *,
    as_of: date | None = None,
) -> Resolution:
    """Find a metric over the twelve months that end with a fiscal quarter.

    Args:
        warehouse: An open warehouse with an installed catalogue.
        metric: Name in the catalogue.
        cik: The company.
        fiscal_year: The fiscal year that the quarter belongs to.
        quarter: The last quarter of the twelve months: Q1, Q2, Q3 or Q4.
        as_of: Only what was filed by this day counts.

    Raises:
        ToolError: The metric is not in the catalogue.
    """
    asked = Catalogue.installed(warehouse).metric(metric)
    if asked.unit != PER_SHARE:
        return resolve(warehouse, metric, cik, fiscal_year, f"TTM-{quarter}", as_of=as_of)
    return _Trailing(warehouse, cik, as_of).resolve(metric, fiscal_year, quarter)


class _Trailing:
    def __init__(self, warehouse: Warehouse, cik: int, as_of: date | None) -> None:
        self.warehouse, self.cik, self.as_of = warehouse, cik, as_of
        self.catalogue = Catalogue.installed(warehouse)

    def resolve(self, name: str, year: int, quarter: str) -> Resolution:
        metric = self.catalogue.metric(name)
        if quarter == "Q4":
            return self._one(name, year, "FY")
        if metric.period_type == "instant":
            return self._one(name, year, quarter)
        if metric.concepts:
            found = self._sum(metric, year, quarter)
            if not isinstance(found, Missing) or not metric.formulas:
                return found
        reasons = []
        for formula in metric.formulas:
            worked_out = self._formula(metric, formula, year, quarter)
            if not isinstance(worked_out, Missing):
                return worked_out
            reasons.append(worked_out.reason)
        return Missing(" ".join(reasons), "the quarterly reports of two years", metric=name)

    def _one(self, name: str, year: int, period: str) -> Resolution:
        return resolve(self.warehouse, name, self.cik, year, period, as_of=self.as_of)

    def _sum(self, metric: Metric, year: int, quarter: str) -> Resolution:
        if not metric.sum_quarters and metric.unit != PER_SHARE:
            return self._refuse(metric, "It is no sum over time, so twelve months have none.")
        so_far = _SO_FAR[quarter]
        places = {
            "last_year": (year - 1, "FY"),
            "this_year_so_far": (year, so_far),
            "last_year_so_far": (year - 1, so_far),
        }
        parts = {key: self._one(metric.name, *place) for key, place in places.items()}
        for part in parts.values():
            if isinstance(part, Missing):
                return part
        if len({concept for part in parts.values() for concept in _concepts(part)}) > 1:
            return self._refuse(metric, "Its parts are filed under different concepts.")
        if metric.unit == PER_SHARE and not self._on_one_count(metric.name, places):
            return self._refuse(metric, "Its parts may stand on different share counts (a split).")
        note = "Amounts a share of different periods are added up, as is usual."
        return self._as_formula(
            metric,
            "last_year + this_year_so_far - last_year_so_far",
            parts,
            (year, quarter),
            note if metric.unit == PER_SHARE else "",
        )

    def _on_one_count(self, name: str, places: dict[str, tuple[int, str]]) -> bool:
        """Tell whether amounts a share of three periods stand on one share count.

        Two of them do if both changed by the same factor since the day the later one was first
        filed: a split restates both or neither.
        """
        pairs = (("last_year", "last_year_so_far"), ("this_year_so_far", "last_year_so_far"))
        for later, earlier in pairs:
            day = self._first_known(name, *places[later])
            if day is None:
                return False
            factors = [self._factor(name, *places[key], day) for key in (later, earlier)]
            low, high = sorted(factors)
            if low <= 0 or high / low >= _SPLIT_RATIO:
                return False
        return True

    def _first_known(self, name: str, year: int, period: str) -> date | None:
        """Return the day on which a metric was first known for a period."""
        span = read_period(self.warehouse, self.cik, year, period)
        concepts = [choice.concept for choice in self.catalogue.metric(name).concepts]
        if span is None:
            return None
        row = self.warehouse.connection.execute(
            "SELECT min(filed) FROM fact WHERE cik = ? AND list_contains(?, concept) "
            "AND period_start = ? AND period_end = ? AND dimensions IS NULL",
            [self.cik, concepts, span.start, span.end],
        ).fetchone()
        return row[0] if row else None

    def _factor(self, name: str, year: int, period: str, day: date) -> Decimal:
        """Return by what a figure, as known on a day, exceeds what it is now; 0: not known."""
        then = resolve(self.warehouse, name, self.cik, year, period, as_of=day)
        now = self._one(name, year, period)
        if isinstance(then, Missing) or isinstance(now, Missing) or not evaluate(now):
            return Decimal(0)
        return evaluate(then) / evaluate(now)

    def _formula(self, metric: Metric, formula: str, year: int, quarter: str) -> Resolution:
        terms = parse(formula)
        wanted = {name: (name, year) for name in (*terms.current, *terms.averaged)}
        wanted |= {f"prior_{name}": (name, year - 1) for name in terms.prior}
        wanted |= {f"opening_{name}": (name, year - 1) for name in terms.averaged}
        inputs = {key: self.resolve(name, at, quarter) for key, (name, at) in wanted.items()}
        for given in inputs.values():
            if isinstance(given, Missing):
                return given
        found = self._as_formula(metric, flatten(formula, days=365), inputs, (year, quarter), "")
        try:
            if isinstance(found, Formula):
                evaluate(found)
        except ZeroDivisionError as error:
            return self._refuse(metric, f"{error} is zero, so it cannot be divided by.")
        return found

    def _as_formula(
        self,
        metric: Metric,
        expression: str,
        inputs: dict[str, Resolution],
        at: tuple[int, str],
        note: str,
    ) -> Resolution:
        year, quarter = at
        start, end = self._span(year, quarter)
        company = next(part.company for part in inputs.values() if not isinstance(part, Missing))
        if start is None or end is None:
            return self._refuse(metric, "The calendar has no such twelve months.")
        return Formula(
            metric.name, expression, inputs, self.cik, company, metric.unit, year,
            TRAILING[quarter], start, end.end, note,
        )  # fmt: skip

    def _span(self, year: int, quarter: str) -> tuple[date | None, ReportingPeriod | None]:
        """Return the first day of the twelve months, and the quarter that they end with."""
        before = read_period(self.warehouse, self.cik, year - 1, quarter)
        last = read_period(self.warehouse, self.cik, year, quarter)
        return (before.end + timedelta(days=1) if before else None), last

    def _refuse(self, metric: Metric, why: str) -> Missing:
        return Missing(
            f"{metric.label} over twelve months is not to be had: {why}",
            "the quarterly reports of two years",
            metric=metric.name,
        )


def _concepts(figure: Resolution) -> set[str]:
    return {fact.concept for fact in _facts(figure)}


def _facts(figure: Resolution) -> Iterator[FactFigure]:
    if isinstance(figure, FactFigure):
        yield figure
    elif isinstance(figure, Formula):
        for part in figure.inputs.values():
            yield from _facts(part)
