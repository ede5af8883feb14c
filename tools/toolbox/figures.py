"""Look figures up, and compare them over periods and among companies of an industry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import Field

from tools.errors import ToolError
from tools.figures.figure import FactFigure, Formula, Missing, Resolution, evaluate
from tools.figures.formulas import evaluate_expression
from tools.figures.metrics import Metric
from tools.figures.resolve import resolve
from tools.toolbox.companies import Company, one_company, read_companies
from tools.toolbox.metrics import one_metric
from tools.toolbox.periods import FiscalPeriod, read_periods
from tools.toolbox.records import (
    Change,
    Changes,
    FactSource,
    Figure,
    Figures,
    FormulaSource,
    MissingFigure,
    Peers,
)
from tools.toolbox.sources import Sources

MAX_FIGURES = 200
Names = Annotated[list[str], Field(min_length=1, max_length=20)]


def get_figures(
    sources: Sources,
    companies: Names,
    metrics: Names,
    periods: Names,
    as_of: date | None = None,
) -> Figures:
    """Look up metrics of companies in fiscal periods, each with its filing.

    A figure is a filed fact, or a formula over filed facts (margins, ratios, a fourth quarter as
    the year less nine months). What is not to be had is under `missing`, with the reason: never
    read it as zero. At most 200 figures; more are refused.

    Args:
        companies: Tickers, CIKs, or names that fit one company.
        metrics: Metric names such as "revenue", "net_income", "gross_margin".
        periods: Fiscal periods of the company: "FY2023", "Q2 FY2023", "H1 FY2023", "9M FY2023",
            "FY2019..FY2023", "latest", "TTM" (the twelve months to the newest quarter) or
            "TTM Q2 FY2023".
        as_of: Only what was filed by this day counts; without it, the latest filed value.
    """
    named = [one_metric(sources, text) for text in metrics]
    wanted = {
        (company.cik, metric.name, period): (company, metric, period)
        for company in (one_company(sources, text) for text in companies)
        for metric in named
        for text in periods
        for period in read_periods(sources, company, text)
    }
    if len(wanted) > MAX_FIGURES:
        raise ToolError(
            f"That is {len(wanted)} figures, more than {MAX_FIGURES}. Ask for fewer companies, "
            "metrics or periods."
        )
    found = [look_up(sources, *one, as_of=as_of) for one in wanted.values()]
    return Figures(*_split(found))


def compare_periods(
    sources: Sources,
    company: str,
    metrics: Names,
    first: str,
    second: str,
    as_of: date | None = None,
) -> Changes:
    """Compare metrics of one company in two fiscal periods: both values, change, relative change.

    `change` is second less first; `relative` is the change as a fraction of the size of the first,
    and null where the first is zero.

    Args:
        company: Ticker, CIK, or a name that fits one company.
        metrics: Metric names such as "revenue", "operating_margin"; at most 20.
        first: The earlier fiscal period, such as "FY2022" or "Q2 FY2022".
        second: The later one.
        as_of: Only what was filed by this day counts.
    """
    one = one_company(sources, company)
    named = [one_metric(sources, text) for text in metrics]
    old, new = (one_period(sources, one, text) for text in (first, second))
    changes: list[Change] = []
    missing: list[MissingFigure] = []
    for metric in named:
        found = [look_up(sources, one, metric, period, as_of=as_of) for period in (old, new)]
        figures, absent = _split(found)
        missing += absent
        if len(figures) == 2:
            changes.append(_change(metric, *figures))
    return Changes(one.name, tuple(changes), tuple(missing))


def compare_peers(
    sources: Sources,
    company: str,
    metric: str,
    period: str = "latest",
    limit: Annotated[int, Field(ge=2, le=50)] = 10,
    as_of: date | None = None,
) -> Peers:
    """Compare a metric of a company with companies on file of the same industry (SIC code).

    Peers share the four-digit SIC code, or its first three or two digits where fewer than two do;
    `industry` says which. `figures` has the largest value first and always the company itself.

    Args:
        company: Ticker, CIK, or a name that fits one company.
        metric: A metric name such as "operating_margin".
        period: Fiscal period, each company's own: "FY2023", "Q2 FY2023", or "latest", the newest
            fiscal year of the company.
        limit: At most so many figures, 50 at most.
        as_of: Only what was filed by this day counts.
    """
    one = one_company(sources, company)
    named = one_metric(sources, metric)
    when = one_period(sources, one, period)
    peers, industry = find_peers(sources, one)
    figures, missing = _split(
        [look_up(sources, peer, named, when, as_of=as_of) for peer in (one, *peers)]
    )
    ordered = sorted(figures, key=lambda figure: (-figure.value, figure.cik))
    place = next((n for n, figure in enumerate(ordered, 1) if figure.cik == one.cik), None)
    kept = ordered[:limit]
    if place and place > limit:
        kept = [*kept[:-1], ordered[place - 1]]
    note = f"{len(ordered) - len(kept)} more are left out." if len(ordered) > len(kept) else ""
    return Peers(one.name, industry, tuple(kept), place, tuple(missing), note)


def find_peers(sources: Sources, company: Company) -> tuple[list[Company], str]:
    """Return the companies on file of a company's industry, and what industry that is.

    Raises:
        ToolError: Its SIC code is not on file, or no other company on file shares it.
    """
    if not company.sic:
        raise ToolError(
            f"The industry of {company.name} is not on file: its submissions JSON has the SIC "
            "code. Compare named companies with get_figures."
        )
    others = [other for other in read_companies(sources) if other.cik != company.cik and other.sic]
    for digits in (4, 3, 2):
        head = company.sic[:digits]
        peers = [other for other in others if str(other.sic)[:digits] == head]
        if len(peers) > 1 or (peers and digits == 2):
            return peers, f"SIC {head.ljust(4, 'x')}"
    raise ToolError(
        f"No other company on file shares the industry of {company.name} (SIC {company.sic}). "
        "Compare named companies with get_figures."
    )


def look_up(
    sources: Sources,
    company: Company,
    metric: Metric,
    period: FiscalPeriod,
    *,
    as_of: date | None = None,
) -> Figure | MissingFigure:
    """Return one figure, or why there is none."""
    found = resolve_period(sources, company.cik, metric.name, period, as_of=as_of)
    if isinstance(found, Missing):
        return MissingFigure(company.name, metric.name, period.label, found.reason, found.needed)
    return as_figure(sources, found)


def resolve_period(
    sources: Sources, cik: int, metric: str, period: FiscalPeriod, *, as_of: date | None
) -> Resolution:
    """Resolve a metric in a fiscal period or in twelve months to a quarter."""
    where = (sources.warehouse, metric, cik, period.fiscal_year)
    part = f"TTM-{period.quarter}" if period.quarter else period.part
    return resolve(*where, part, as_of=as_of)


def as_figure(sources: Sources, found: FactFigure | Formula) -> Figure:
    """Return a resolved metric as a record with its source opened."""
    metric = sources.catalogue.metric(found.metric)
    return Figure(
        company=found.company,
        cik=found.cik,
        metric=found.metric,
        label=metric.label,
        period=FiscalPeriod(found.fiscal_year, found.fiscal_period).label,
        period_start=found.period_start if metric.period_type == "duration" else None,
        period_end=found.period_end,
        value=evaluate(found),
        unit=found.unit,
        source=_fact_source(sources, found)
        if isinstance(found, FactFigure)
        else _formula_source(sources, found),
    )


def _fact_source(sources: Sources, found: FactFigure) -> FactSource:
    row = sources.warehouse.connection.execute(
        "SELECT span_start, span_end FROM fact WHERE fact_id = ?", [found.fact_id]
    ).fetchone()
    start, end = row or (None, None)
    return FactSource(
        found.fact_id, found.concept, found.accession, found.form, found.filed,
        found.value_as_filed, found.url, None, start, end, note=found.note,
    )  # fmt: skip


def _formula_source(sources: Sources, found: Formula) -> FormulaSource:
    inputs = {
        name: as_figure(sources, given)
        for name, given in found.inputs.items()
        if not isinstance(given, Missing)
    }
    return FormulaSource(found.expression, inputs, found.note)


def _change(metric: Metric, first: Figure, second: Figure) -> Change:
    change = evaluate_expression("new - old", {"old": first.value, "new": second.value})
    size = abs(first.value)
    if not size:
        note = "The first is zero, so there is no relative change."
        return Change(metric.name, metric.label, first, second, change, None, note)
    relative = evaluate_expression("change / size", {"change": change, "size": size})
    return Change(metric.name, metric.label, first, second, change, relative)


def one_period(sources: Sources, company: Company, text: str) -> FiscalPeriod:
    """Return the one period that a text names.

    Raises:
        ToolError: It names none, or several.
    """
    periods = read_periods(sources, company, text)
    if len(periods) != 1:
        raise ToolError(f"{text!r} is {len(periods)} periods. Name one, such as FY2023.")
    return periods[0]


def _split(
    found: Iterable[Figure | MissingFigure],
) -> tuple[tuple[Figure, ...], tuple[MissingFigure, ...]]:
    items = list(found)
    return (
        tuple(item for item in items if isinstance(item, Figure)),
        tuple(item for item in items if isinstance(item, MissingFigure)),
    )
