"""Where rows are made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RowSources:
    """What a row maker may read.

    Attributes:
        data: Folder of public data sets ("finqa", "tatqa", ..., "filings").
    """

    data: Path
