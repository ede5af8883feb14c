"""`footnote figure` and `footnote screen`: figures of a company, and companies by their figures."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from agent.wording import write_value
from tools.errors import ToolError
from tools.figures.figure import LATEST, FactFigure, Formula, Missing, Resolution, evaluate
from tools.figures.metrics import Metric
from tools.figures.query import screen
from tools.figures.resolve import resolve
from tools.toolbox.companies import one_company

QUARTERS = ("Q1", "Q2", "Q3", "Q4")
TRAILING = ("TTM-Q1", "TTM-Q2", "TTM-Q3", "FY")


def show_figure(
    settings: Settings,
    company: str,
    metric: str,
    *,
    years: tuple[int, int],
    parts_of_year: tuple[str, ...] = ("FY",),
    as_of: date | None = None,
    adjusted: bool = False,
    as_json: bool = False,
) -> None:
    """Print a metric of a company over fiscal years, with its sources or why it is missing.

    Raises:
        SetupError: The company or the metric is not on file.
    """
    parts = Parts(settings)
    try:
        cik = one_company(parts.sources, company).cik
        found = [
            resolve(parts.warehouse, metric, cik, year, part, as_of=as_of, adjusted=adjusted)
            for year in range(years[0], years[1] + 1)
            for part in parts_of_year
        ]
        display = parts.catalogue.metric(metric).display
    except ToolError as error:
        raise SetupError(str(error)) from error
    finally:
        parts.close()
    if as_json:
        print(json.dumps([_plain(one) for one in found], indent=1, ensure_ascii=False))
        return
    for one in found:
        print(_line(one, display))


def show_screen(
    settings: Settings,
    condition: str,
    *,
    year: int,
    metrics: list[str],
    as_of: date | None = None,
    as_json: bool = False,
) -> None:
    """Print the companies for which a condition over metrics holds, best first.

    Raises:
        SetupError: The condition cannot be read.
    """
    parts = Parts(settings)
    try:
        connection = parts.warehouse.connection
        rows = screen(connection, condition, year, show=metrics, as_of=as_of or LATEST)
        known = parts.catalogue.metrics
    except ToolError as error:
        raise SetupError(str(error)) from error
    finally:
        parts.close()
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=1, default=str))
        return
    names = list(rows[0].values) if rows else []
    table = Table("company", *names)
    for row in rows:
        values = [
            "missing"
            if value is None
            else write_value(value, known[name].unit, display=known[name].display)
            for name, value in row.values.items()
        ]
        table.add_row(row.ticker or row.company, *values)
    Console().print(table if rows else "No company on file passes.")


def _cell(value: Decimal | None, metric: Metric) -> str:
    return "missing" if value is None else write_value(value, metric.unit, display=metric.display)


def _line(found: Resolution, display: str) -> str:
    if isinstance(found, Missing):
        return f"missing: {found.reason}"
    where = f"{found.fiscal_period} {found.fiscal_year} (ended {found.period_end.isoformat()})"
    value = write_value(evaluate(found), found.unit, display=display)
    if isinstance(found, FactFigure):
        source = f"{found.concept}, {found.form} {found.accession}"
        return f"{where}: {value}  [{source}] {found.note}".rstrip()
    return f"{where}: {value}  [{found.expression}] {found.note}".rstrip()


def _plain(found: Resolution) -> dict[str, object]:
    """Return a figure as plain data, with its inputs opened down to the filed facts."""
    if isinstance(found, Missing):
        return {"missing": found.reason, "needed": found.needed}
    plain: dict[str, object] = {
        "metric": found.metric,
        "value": str(evaluate(found)),
        "unit": found.unit,
        "fiscal_year": found.fiscal_year,
        "fiscal_period": found.fiscal_period,
        "period_end": found.period_end.isoformat(),
    }
    if isinstance(found, Formula):
        inputs = {name: _plain(given) for name, given in found.inputs.items()}
        return plain | {"expression": found.expression, "inputs": inputs, "note": found.note}
    return plain | {
        "concept": found.concept,
        "accession": found.accession,
        "filed": found.filed.isoformat(),
        "fact_id": found.fact_id,
    }
