"""Files that hold others: the members of a zip are sources of their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path, PurePosixPath

from tools.errors import SetupError
from tools.ingestion.grouping import group
from tools.ingestion.intake import Skipped, is_candidate
from tools.ingestion.sources import Source
from tools.ingestion.zips import open_zip

SUFFIX = ".zip"


def is_archive(path: Path) -> bool:
    """Say whether a file holds others."""
    return path.name.lower().endswith(SUFFIX)


def members(path: Path) -> Iterator[Source | Skipped]:
    """List what a zip holds, in the order of names; a zip that can't be opened is one line."""
    try:
        names = sorted(name for name in open_zip(path).namelist() if _is_member(name))
    except SetupError as error:
        yield Skipped(path, str(error))
        return
    for folder, inside in groupby(names, lambda name: PurePosixPath(name).parent):
        for main, beside in group([PurePosixPath(name).name for name in inside]):
            others = tuple(Path(folder / name) for name in beside)
            yield Source(path, str(folder / main), others)


def _is_member(name: str) -> bool:
    last = PurePosixPath(name).name
    return not name.endswith("/") and not last.startswith(".") and is_candidate(last)
