"""Per-share figures of different years stand on one share count, or they are not put together.

After a stock split, filings restate earlier years, but only as far back as their comparatives go.
An older year's figure then stands on the old count, and a change or trend across would be wrong:
`act` restates it for the split where filings show one (`tools.figures.splits`), and refuses the
rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from agent.process import Pick
from agent.state import Evidence
from tools.figures.figure import FactFigure
from tools.figures.resolve import resolve
from tools.warehouse import Warehouse

PER_SHARE_UNITS = frozenset({"USD/shares", "shares"})
# A smaller restatement is no split: the smallest common one is three for two.
_SPLIT_RATIO = Decimal("1.4")


def basis_break(warehouse: Warehouse, found: Sequence[tuple[Pick, Evidence]]) -> str:
    """Return why figures of several periods can't be put together, or an empty text.

    Between two periods whose figures come from different filings, the later period's figure as
    known at the earlier filing is compared with what it is now: a jump shows a split.
    """
    filed = [(pick, item) for pick, item in found if item.kind == "fact"]
    ordered = sorted(filed, key=lambda pair: pair[0].period)
    for (pick, item), (later, after) in pairwise(ordered):
        if pick.company != later.company or item.unit not in PER_SHARE_UNITS:
            continue
        if item.source["accession"] == after.source["accession"]:
            continue
        if _restated_by_split(warehouse, pick, date.fromisoformat(item.source["filed"])):
            return (
                f"The figures of {pick.company.name} for {pick.period.label} and "
                f"{later.period.label} stand on different share counts (a stock split lies "
                "between), and no filing on file shows by how much."
            )
    return ""


def _restated_by_split(warehouse: Warehouse, pick: Pick, filed: date) -> bool:
    """Return whether the year after, as known on a day, is a split away from what it is now."""
    for year in (pick.period.fiscal_year + 1, pick.period.fiscal_year + 2):
        then, now = (
            resolve(warehouse, pick.metric, pick.company.cik, year, pick.period.part, as_of=day)
            for day in (filed, None)
        )
        if isinstance(then, FactFigure) and isinstance(now, FactFigure):
            low, high = sorted((abs(then.value), abs(now.value)))
            if low and high / low >= _SPLIT_RATIO:
                return True
    return False
