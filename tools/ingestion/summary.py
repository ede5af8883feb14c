"""What an ingestion tells while it runs and when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tools.ingestion.counts import Counts
from tools.ingestion.intake import Skipped

Outcome = Literal["started", "done", "unchanged", "skipped"]


@dataclass(frozen=True, slots=True)
class IngestEvent:
    """Progress: file number `index` (from 1) of `total` was started or has an outcome."""

    path: Path
    index: int
    total: int
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What a run added, and what it left out and why.

    `nil` counts facts filed as nil, `unfit` values that DECIMAL(38,10) cannot hold exactly,
    `unreadable` facts with a missing unit or an unknown format; none of them is stored.
    """

    companies: int
    filings: int
    facts: int
    sections: int
    tables: int
    passages: int
    seconds: float
    skipped: list[Skipped]
    unchanged: int
    conflicts: int
    nil: int = 0
    unfit: int = 0
    unreadable: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Sums over the files of a run."""

    nil: int = 0
    unfit: int = 0
    unreadable: int = 0
    tables: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, counts: Counts) -> None:
        """Add what one file counted."""
        self.nil += counts.nil
        self.unfit += counts.unfit
        self.unreadable += counts.unreadable
        self.tables += counts.tables
        self.notes += counts.notes
