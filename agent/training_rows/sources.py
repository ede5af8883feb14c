"""Where rows are made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.assemble import Parts


@dataclass(frozen=True)
class RowSources:
    """What a row maker may read.

    Attributes:
        data: Folder of public data sets ("finqa", "tatqa", ..., "filings").
        parts: An assembled agent, whose warehouse and memory rows are made over.
    """

    data: Path
    parts: Parts | None = None
