"""Files that hold others: the members of a zip are sources of their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path, PurePath, PurePosixPath

from tools.errors import SetupError
from tools.ingestion.data_sets import is_data_set
from tools.ingestion.grouping import group
from tools.ingestion.intake import Skipped, is_candidate
from tools.ingestion.sources import Source
from tools.ingestion.zips import open_zip

SUFFIX = ".zip"


def is_archive(path: PurePath) -> bool:
    """Say whether a file holds others."""
    return path.name.lower().endswith(SUFFIX)


def members(path: Path) -> Iterator[Source | Skipped]:
    """List what a zip holds, in the order of names; a zip that can't be opened is one line."""
    try:
        held = open_zip(path).namelist()
    except SetupError as error:
        yield Skipped(path, str(error))
        return
    if is_data_set(held):
        yield Source(path)  # its tables are read together
        return
    for name in sorted(name for name in held if is_archive(PurePosixPath(name))):
        yield Skipped(path / name, "a zip within a zip is not opened; unpack it first")
    names = sorted(name for name in held if _is_member(name))
    for folder, inside in groupby(names, lambda name: PurePosixPath(name).parent):
        for main, beside in group([PurePosixPath(name).name for name in inside]):
            others = tuple(Path(folder / name) for name in beside)
            yield Source(path, str(folder / main), others)


def _is_member(name: str) -> bool:
    last = PurePosixPath(name).name
    return not name.endswith("/") and not last.startswith(".") and is_candidate(last)
