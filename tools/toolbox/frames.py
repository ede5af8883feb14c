"""One concept of all companies, from EDGAR's frames."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from tools.errors import ToolError
from tools.toolbox.records import FrameRow, FrameTable
from tools.toolbox.sources import Sources

_SQL = """
SELECT v.cik, v.company, v.accession, v.period_start, v.period_end, v.value, f.filed, v.as_of
FROM frame_value v LEFT JOIN filing f USING (accession, cik)
WHERE v.concept = ? AND v.frame = ? AND v.unit = ?
    AND (? IS NULL OR coalesce(f.filed, v.as_of) <= ?)
ORDER BY v.value DESC, v.cik LIMIT ?
"""


def get_frame(
    sources: Sources,
    concept: str,
    period: str,
    unit: str = "USD",
    as_of: date | None = None,
    limit: Annotated[int, Field(ge=1, le=500)] = 20,
) -> FrameTable:
    """Read one filed concept of all companies for one calendar period, the largest value first.

    A row without `filed` comes from a filing that is not on file: when it was filed is not known,
    and it counts as known from the day `as_of` on which the frame was read.

    Args:
        concept: The concept, such as "us-gaap:Revenues".
        period: "CY2023" for a year, "CY2023Q1" for a quarter, "CY2023Q1I" for a balance.
        unit: "USD", "shares", "USD/shares", ...
        as_of: Only what was known on this day.
        limit: At most so many companies, 500 at most.
    """
    rows = sources.warehouse.connection.execute(
        _SQL, [concept, period, unit, as_of, as_of, limit + 1]
    ).fetchall()
    if not rows:
        raise ToolError(_why_none(sources, concept, period, unit, as_of))
    found = tuple(FrameRow(*row) for row in rows[:limit])
    return FrameTable(concept, period, unit, found, len(rows) > limit)


def _why_none(sources: Sources, concept: str, period: str, unit: str, as_of: date | None) -> str:
    held = sources.warehouse.connection.execute(
        "SELECT DISTINCT concept, frame, unit FROM frame_value ORDER BY ALL LIMIT 12"
    ).fetchall()
    shown = "; ".join(" ".join(row) for row in held) or "none"
    known = f" as known on {as_of}" if as_of else ""
    return (
        f"No frame {concept} {period} in {unit} is on file{known}. On file: {shown}. It is fetched "
        f"with `footnote fetch frames {concept} {period} --unit {unit}`."
    )
