"""From a metric, a company and a fiscal period to a figure that can be footnoted.

Figures are read from the table that `tools.figures.materialise` keeps; where it does not hold
them yet, `tools.figures.resolver` works them out from the facts. Both give the same.
"""

from __future__ import annotations

from datetime import date

from tools.figures.figure import LATEST, Missing, Resolution
from tools.figures.metrics import Catalogue
from tools.figures.nodes import Key, present
from tools.figures.reporting_periods import TRAILING
from tools.figures.resolver import Resolver
from tools.figures.splits import adjust_for_splits, depends_on_shares
from tools.figures.stored import NotStored, StoredNodes
from tools.warehouse import Warehouse


def resolve(
    warehouse: Warehouse,
    metric: str,
    cik: int,
    fiscal_year: int,
    fiscal_period: str = "FY",
    *,
    as_of: date | None = None,
    adjusted: bool = False,
) -> Resolution:
    """Find a metric's figure.

    Args:
        warehouse: An open warehouse with an installed catalogue.
        metric: Name in the catalogue.
        cik: The company.
        fiscal_year: The company's own fiscal year.
        fiscal_period: FY, Q1, Q2, Q3, Q4, H1 or 9M; TTM-Q1, TTM-Q2 or TTM-Q3 for the twelve
            months to a quarter; TTM for those to the last quarter of the year that is on file.
        as_of: Only what was filed by this day counts.
        adjusted: Restate amounts a share and share counts for the stock splits since they were
            filed; the figure is then a formula with the split's evidence among its inputs.

    Returns:
        A filed figure, a formula over figures, or the reason there is none.

    Raises:
        ToolError: The metric is not in the catalogue.
        SetupError: The warehouse has no catalogue.
    """
    catalogue = Catalogue.installed(warehouse)
    catalogue.metric(metric)
    day = as_of or LATEST
    if fiscal_period.startswith("TTM"):
        fiscal_period = _trailing(warehouse, cik, fiscal_year, fiscal_period, day)
        if catalogue.metric(metric).period_type == "instant":
            fiscal_period = fiscal_period.removeprefix(TRAILING)
    key = Key(metric, fiscal_year, fiscal_period)
    try:
        found = present(StoredNodes(warehouse, catalogue, cik), key, day)
    except NotStored:
        found = work_out(warehouse, catalogue, cik, key, day)
    return adjust(warehouse, catalogue, found, day) if adjusted else found


def adjust(warehouse: Warehouse, catalogue: Catalogue, found: Resolution, day: date) -> Resolution:
    """Restate a figure for the stock splits since it was filed, if it stands on a share count."""
    if isinstance(found, Missing) or not depends_on_shares(found):
        return found
    resolver = Resolver(warehouse.connection, catalogue, found.cik)
    return adjust_for_splits(resolver, resolver.facts, found, day)


def work_out(
    warehouse: Warehouse, catalogue: Catalogue, cik: int, key: Key, day: date
) -> Resolution:
    """Find a metric's figure from the facts, without the table of figures made in advance."""
    resolver = Resolver(warehouse.connection, catalogue, cik)
    if not resolver.company:
        return Missing(
            f"No company with CIK {cik} is in the warehouse.",
            "its filings or its companyfacts file, ingested",
            metric=key.metric,
        )
    return present(resolver, key, day)


def _trailing(
    warehouse: Warehouse, cik: int, fiscal_year: int, fiscal_period: str, day: date
) -> str:
    """Return the period that ends with the quarter asked for, or with the last one on file."""
    if fiscal_period != "TTM":
        return "FY" if fiscal_period == f"{TRAILING}Q4" else fiscal_period
    row = warehouse.connection.execute(
        "SELECT fiscal_period FROM fiscal_period JOIN fact USING (cik, period_end) "
        "WHERE cik = ? AND fiscal_year = ? AND filed <= ? AND dimensions IS NULL "
        "AND fiscal_period IN ('Q1', 'Q2', 'Q3', 'FY') AND concept NOT LIKE 'dei:%' "
        "ORDER BY period_end DESC, fiscal_period LIMIT 1",
        [cik, fiscal_year, day],
    ).fetchone()
    last = str(row[0]) if row else "FY"
    return last if last == "FY" else f"{TRAILING}{last}"
