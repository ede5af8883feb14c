"""Files that hold others: the members of a zip are sources of their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path, PurePath, PurePosixPath

from tools.errors import SetupError
from tools.ingestion.data_sets import is_data_set
from tools.ingestion.grouping import group
from tools.ingestion.intake import Skipped, head_of, is_candidate, is_plain_text
from tools.ingestion.plain_texts import HEAD_BYTES, is_text_to_read
from tools.ingestion.sources import Source
from tools.ingestion.zips import open_zip, read_member_head

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
    texts = [name for name in held if _is_report(path, name)]
    names = sorted([*(name for name in held if _is_member(name)), *texts])
    for folder, inside in groupby(names, lambda name: PurePosixPath(name).parent):
        for main, beside in group([PurePosixPath(name).name for name in inside]):
            others = tuple(Path(folder / name) for name in beside)
            yield Source(path, str(folder / main), others)


def _is_report(path: Path, name: str) -> bool:
    """Say whether a member is a text worth reading; one that can't be read is met again later."""
    last = PurePosixPath(name).name
    if last.startswith(".") or not is_plain_text(last):
        return False
    try:
        head = head_of(read_member_head(path, name, HEAD_BYTES), HEAD_BYTES)
    except SetupError:
        return True
    return is_text_to_read(last, head)


def _is_member(name: str) -> bool:
    last = PurePosixPath(name).name
    return not name.endswith("/") and not last.startswith(".") and is_candidate(last)
