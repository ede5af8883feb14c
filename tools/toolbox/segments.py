"""Break a metric down by segment, product or region."""

from __future__ import annotations

from datetime import date
from typing import Literal

from tools.errors import ToolError
from tools.figures.figure import Missing
from tools.figures.members import read_members
from tools.figures.segments import break_down
from tools.toolbox.companies import one_company
from tools.toolbox.figures import as_figure, one_period
from tools.toolbox.metrics import one_metric
from tools.toolbox.records import Breakdown, MemberFigure
from tools.toolbox.sources import Sources


def get_segments(
    sources: Sources,
    company: str,
    metric: str,
    period: str = "latest",
    axis: Literal["segment", "product", "geography"] = "segment",
    as_of: date | None = None,
) -> Breakdown:
    """Break a filed metric down by the company's segments, products or regions.

    The values are of one filing, each a filed fact; subtotals are left out where the rest adds
    up to the whole, and `note` says where it does not. Needs the filing itself on file, not
    only its companyfacts.

    Args:
        company: Ticker, CIK, or a name that fits one company.
        metric: A filed metric such as "revenue" or "operating_income".
        period: One fiscal period: "FY2023", "Q2 FY2023", or "latest".
        axis: What to break it down by: business segments, products and services, or geography.
        as_of: Only what was filed by this day counts.
    """
    one, named = one_company(sources, company), one_metric(sources, metric)
    when = one_period(sources, one, period)
    where = (when.fiscal_year, when.part)
    found = break_down(sources.warehouse, named.name, one.cik, where, axis, as_of=as_of)
    if isinstance(found, Missing):
        kinds = sorted({member.kind for member in read_members(sources.warehouse, one.cik)})
        held = f"Its facts name: {', '.join(kinds)}." if kinds else "Its facts name no members."
        raise ToolError(f"{found.reason} {held} Needed: {found.needed}.")
    members = sorted(found.parts, key=lambda pair: -pair[1].value)
    figures = (
        MemberFigure(member.label, axis, as_figure(sources, fact)) for member, fact in members
    )
    return Breakdown(one.name, axis, tuple(figures), found.note)
