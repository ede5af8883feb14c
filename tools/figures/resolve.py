"""From a metric, a company and a fiscal period to a figure that can be footnoted.

A filed value comes first, then a difference of filed periods (the fourth quarter as the year
less nine months), then the catalogue's formula. Missing is better than wrong: an input that is
absent makes the figure missing, and never counts as zero unless the filing shows there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from tools.figures.figure import (
    LATEST,
    FactFigure,
    FigureShelf,
    Formula,
    Missing,
    Resolution,
    evaluate,
    stored_figure,
)
from tools.figures.formulas import flatten, holds, parse
from tools.figures.metrics import Catalogue, Metric
from tools.figures.reporting_periods import (
    COMBINED,
    QUARTERS_OF,
    SPOKEN,
    ReportingPeriod,
    first_reported,
    read_period,
    read_years,
    reports_none,
)
from tools.warehouse import Warehouse


def resolve(
    warehouse: Warehouse,
    metric: str,
    cik: int,
    fiscal_year: int,
    fiscal_period: str = "FY",
    *,
    as_of: date | None = None,
) -> Resolution:
    """Find a metric's figure.

    Args:
        warehouse: An open warehouse with an installed catalogue.
        metric: Name in the catalogue.
        cik: The company.
        fiscal_year: The company's own fiscal year.
        fiscal_period: FY, Q1, Q2, Q3, Q4, H1 or 9M.
        as_of: Only what was filed by this day counts.

    Returns:
        A filed figure, a formula over figures, or the reason there is none.

    Raises:
        ToolError: The metric is not in the catalogue.
        SetupError: The warehouse has no catalogue.
    """
    catalogue = Catalogue.installed(warehouse)
    day = as_of or LATEST
    asked = catalogue.metric(metric)
    if asked.concepts and not asked.check:
        filed = stored_figure(warehouse, metric, cik, fiscal_year, fiscal_period, day)
        if filed:
            return filed
    return _Resolver(warehouse, catalogue, cik, day).resolve(metric, fiscal_year, fiscal_period)


class _Resolver:
    """One company as known on one day."""

    def __init__(
        self,
        warehouse: Warehouse,
        catalogue: Catalogue,
        cik: int,
        as_of: date,
        *,
        aligns: bool = True,
    ) -> None:
        self.warehouse = warehouse
        self.catalogue = catalogue
        self.cik = cik
        self.as_of = as_of
        self.aligns = aligns
        self.company = self._company()
        self._earlier: dict[date, _Resolver] = {}
        self._shelves: dict[date, FigureShelf] = {}
        self._known: dict[tuple[str, int, str], Resolution] = {}

    def resolve(self, name: str, fiscal_year: int, fiscal_period: str) -> Resolution:
        key = (name, fiscal_year, fiscal_period)
        if key not in self._known:
            self._known[key] = self._resolve(
                self.catalogue.metric(name), fiscal_year, fiscal_period
            )
        return self._known[key]

    def _resolve(self, metric: Metric, fiscal_year: int, fiscal_period: str) -> Resolution:
        if self.company is None:
            return Missing(
                f"No company with CIK {self.cik} is in the warehouse.",
                "its filings or its companyfacts file, ingested",
                metric=metric.name,
            )
        period = self._period(fiscal_year, fiscal_period)
        if period is None:
            return self._no_period(metric, fiscal_year, fiscal_period)
        tried: list[str] = []
        figure = self._filed(metric, period, tried) or self._combined(metric, period, tried)
        if figure:
            return figure
        for formula in metric.formulas:
            worked_out = self._formula(metric, formula, period)
            if isinstance(worked_out, Formula):
                return worked_out
            tried.append(worked_out.reason)
        return Missing(
            f"{metric.label} of {self.company} for {period.spoken} is not to be had"
            f"{self._as_known()}: {' '.join(tried)}",
            self._needed(metric, period),
            metric=metric.name,
        )

    def _stored(self, name: str, year: int, period: str, as_of: date) -> FactFigure | None:
        shelf = self._shelves.setdefault(as_of, FigureShelf(self.warehouse, self.cik, as_of))
        return shelf.figure(name, year, period)

    def _filed(
        self, metric: Metric, period: ReportingPeriod, tried: list[str]
    ) -> FactFigure | None:
        if not metric.concepts:
            return None
        figure = self._stored(metric.name, period.fiscal_year, period.fiscal_period, self.as_of)
        if figure is None:
            names = ", ".join(choice.concept for choice in metric.concepts)
            tried.append(f"No filing reports it, whole, for that period as {names}.")
        elif metric.check and not self._passes(metric, figure, period):
            tried.append(
                f"The filed {figure.concept} ({figure.accession}) does not agree with the rest of "
                f"the statements: {metric.check} does not hold."
            )
            return None
        return figure

    def _passes(self, metric: Metric, figure: FactFigure, period: ReportingPeriod) -> bool:
        """Check a filed value against other figures.

        One that is missing decides nothing, unless the catalogue wants the proof.
        """
        condition = metric.check or ""
        values: dict[str, Decimal] = {metric.name: figure.value}
        for name in parse(condition).names:
            if name == metric.name:
                continue
            other = self.resolve(name, period.fiscal_year, period.fiscal_period)
            if isinstance(other, Missing):
                return not metric.check_required
            values[name] = evaluate(other)
        try:
            return holds(condition, values)
        except ZeroDivisionError:
            return True

    def _combined(
        self, metric: Metric, period: ReportingPeriod, tried: list[str]
    ) -> Formula | None:
        """Work a period out from two filed ones, both as first reported and by one concept."""
        if metric.period_type != "duration" or not metric.sum_quarters or not metric.concepts:
            return None
        for whole, part, sign in COMBINED.get(period.fiscal_period, []):
            known_on = self._first_filed(metric, period.fiscal_year, whole, part)
            if known_on is None:
                continue
            year = period.fiscal_year
            first, second = (
                self._stored(metric.name, year, one, known_on) for one in (whole, part)
            )
            if first is None or second is None or first.concept != second.concept:
                continue
            negative = sign < 0 and first.value < second.value and not metric.can_be_negative
            if negative or not self._adds_up(second, known_on) or self._corrected(first):
                tried.append("The filed longer periods do not fit together.")
                continue
            expression = f"{SPOKEN[whole]} {'+' if sign > 0 else '-'} {SPOKEN[part]}"
            inputs = {SPOKEN[whole]: first, SPOKEN[part]: second}
            return self._as_formula(metric, expression, inputs, period, self._restated(first))
        if period.fiscal_period in COMBINED:
            tried.append("Nor is it filed for longer periods that would give it as a difference.")
        return None

    def _first_filed(self, metric: Metric, year: int, *periods: str) -> date | None:
        """Return the first day on which all the periods were known, by the metric's concepts."""
        concepts = [choice.concept for choice in metric.concepts]
        days = [
            first_reported(self.warehouse, self.cik, concepts, period, self.as_of)
            for period in (self._period(year, name) for name in periods)
            if period is not None
        ]
        known = [day for day in days if day is not None]
        return max(known) if len(known) == len(periods) else None

    def _adds_up(self, figure: FactFigure, known_on: date) -> bool:
        """Tell whether a half or nine months equal their quarters, where those are filed."""
        names = QUARTERS_OF.get(figure.fiscal_period, ())
        # Quarters known only later may be restated, so they are held to less.
        for day, share in ((known_on, 50), (self.as_of, 4)):
            quarters = [
                self._stored(figure.metric, figure.fiscal_year, name, day) for name in names
            ]
            filed = [quarter.value for quarter in quarters if quarter]
            if filed and len(filed) == len(names):
                return abs(sum(filed) - figure.value) <= abs(figure.value) / share
        return True

    def _corrected(self, figure: FactFigure) -> bool:
        """Tell whether a later filing gives quite another value, as after a wrong sign."""
        latest = self._stored(figure.metric, figure.fiscal_year, figure.fiscal_period, self.as_of)
        return latest is not None and abs(latest.value - figure.value) > abs(latest.value) / 2

    def _restated(self, figure: FactFigure) -> str:
        latest = self._stored(figure.metric, figure.fiscal_year, figure.fiscal_period, self.as_of)
        if latest is None or latest.value == figure.value:
            return ""
        return f"From the figures as first reported; later filings restate them ({latest.filed})."

    def _formula(self, metric: Metric, formula: str, period: ReportingPeriod) -> Formula | Missing:
        inputs, absent = self._inputs(formula, period)
        left_out = [name for name in absent if self._reports_none(metric, name, period)]
        for name, missing in absent.items():
            if name not in left_out:
                return Missing(f"It needs {name}. {missing.reason}", missing.needed)
        for name, barred in metric.not_from.items():
            given = inputs.get(name)
            if isinstance(given, FactFigure) and given.concept in barred:
                return Missing(f"{given.concept} is not comparable for it.", "another breakdown")
        try:
            expression = flatten(formula, days=period.days, without=frozenset(left_out))
            note = " ".join([*self._remarks(metric, inputs), *self._absences(left_out)])
            figure = self._as_formula(metric, expression, inputs, period, note)
            evaluate(figure)
            return self._one_vintage(figure)
        except ValueError:
            return Missing("The filing reports none of its parts.", "a filing with its parts")
        except ZeroDivisionError as error:
            return Missing(f"{error} is zero, so it cannot be divided by.", "a value above zero")

    def _one_vintage(self, figure: Formula) -> Formula:
        """Avoid a formula over restated and unrestated figures of one period.

        Where its facts come from several filings, the figure as known when the oldest of them
        was filed is preferred, if any fact has changed since.
        """
        facts = list(_facts_of(figure, figure))
        known_on = min((fact.filed for fact in facts), default=self.as_of)
        if not self.aligns or all(fact.filed == known_on for fact in facts):
            return figure
        if known_on not in self._earlier:
            self._earlier[known_on] = _Resolver(
                self.warehouse, self.catalogue, self.cik, known_on, aligns=False
            )
        earlier = self._earlier[known_on].resolve(
            figure.metric, figure.fiscal_year, figure.fiscal_period
        )
        if not isinstance(earlier, Formula):
            return figure
        then = {fact.metric: fact.value for fact in _facts_of(earlier, earlier)}
        if all(then.get(fact.metric, fact.value) == fact.value for fact in facts):
            return figure
        remark = f"From the figures as known on {known_on}; later filings restate some of them."
        return replace(earlier, note=f"{earlier.note} {remark}".strip())

    def _inputs(
        self, formula: str, period: ReportingPeriod
    ) -> tuple[dict[str, Resolution], dict[str, Missing]]:
        """Resolve a formula's terms under their names in the flattened expression."""
        year, quarter = period.fiscal_year, period.fiscal_period
        terms = parse(formula)
        wanted = {name: (name, year, quarter) for name in (*terms.current, *terms.averaged)}
        wanted |= {f"prior_{name}": (name, year - 1, quarter) for name in terms.prior}
        wanted |= {f"opening_{name}": (name, *period.opening) for name in terms.averaged}
        found = {key: self.resolve(*where) for key, where in wanted.items()}
        absent = {key: item for key, item in found.items() if isinstance(item, Missing)}
        return {key: item for key, item in found.items() if key not in absent}, absent

    def _reports_none(self, metric: Metric, name: str, period: ReportingPeriod) -> bool:
        """Tell whether the balance sheet of that day is filed and shows nothing of the kind."""
        patterns = metric.optional.get(name)
        return patterns is not None and reports_none(
            self.warehouse, self.cik, list(patterns), period.end, self.as_of
        )

    def _remarks(self, metric: Metric, inputs: Mapping[str, Resolution]) -> list[str]:
        below = [
            self.catalogue.metric(name).label
            for name in metric.positive
            if name in inputs and evaluate(inputs[name]) <= 0
        ]
        return [f"{label} is not above zero, so the ratio says little." for label in below]

    def _absences(self, names: list[str]) -> list[str]:
        labels = [self.catalogue.metric(name).label for name in names]
        return [f"{label} is left out: the balance sheet reports none." for label in labels]

    def _as_formula(
        self,
        metric: Metric,
        expression: str,
        inputs: Mapping[str, Resolution],
        period: ReportingPeriod,
        note: str,
    ) -> Formula:
        return Formula(
            metric.name,
            expression,
            inputs,
            self.cik,
            self.company or "",
            metric.unit,
            period.fiscal_year,
            period.fiscal_period,
            period.start,
            period.end,
            note,
        )

    def _company(self) -> str | None:
        row = self.warehouse.connection.execute(
            "SELECT name FROM company WHERE cik = ?", [self.cik]
        ).fetchone()
        return str(row[0]) if row else None

    def _period(self, fiscal_year: int, fiscal_period: str) -> ReportingPeriod | None:
        return read_period(self.warehouse, self.cik, fiscal_year, fiscal_period)

    def _no_period(self, metric: Metric, fiscal_year: int, fiscal_period: str) -> Missing:
        years = read_years(self.warehouse, self.cik, fiscal_period)
        held = f"{years[0]} to {years[1]}" if years else "none"
        asked = "fiscal year" if fiscal_period == "FY" else f"{fiscal_period} of fiscal year"
        return Missing(
            f"{metric.label} of {self.company} for {asked} {fiscal_year} is not to be had: "
            f"the warehouse covers {asked} {held}.",
            f"a filing of {self.company} for {asked} {fiscal_year}",
            metric=metric.name,
        )

    def _as_known(self) -> str:
        return "" if self.as_of == LATEST else f" as known on {self.as_of.isoformat()}"

    def _needed(self, metric: Metric, period: ReportingPeriod) -> str:
        form = "10-K" if period.fiscal_period in ("FY", "Q4") else "10-Q"
        return f"a {form} of {self.company} that reports {metric.label} for {period.spoken}"


def _facts_of(figure: Resolution, whole: Formula) -> Iterator[FactFigure]:
    """Yield the filed facts below a formula that are of the formula's own period."""
    if isinstance(figure, FactFigure):
        if (figure.fiscal_year, figure.period_end) == (whole.fiscal_year, whole.period_end):
            yield figure
    elif isinstance(figure, Formula):
        for given in figure.inputs.values():
            yield from _facts_of(given, whole)
