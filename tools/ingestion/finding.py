"""What there is to ingest under the paths a person names: files, folders, members of zips."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from tools.ingestion import archives, data_sets
from tools.ingestion.grouping import group
from tools.ingestion.intake import (
    Skipped,
    is_candidate,
    is_plain_text,
    os_reason,
    read_head,
)
from tools.ingestion.plain_texts import HEAD_BYTES, is_text_to_read
from tools.ingestion.sources import Source

_NAMED_BY_CIK = re.compile(r"^CIK(\d{10})\b")


def sources(
    paths: Sequence[Path], only: Collection[int] | None = None
) -> Iterator[Source | Skipped]:
    """List what to read, lazily and in a fixed order.

    With `only`, files named by the CIK of another company are passed over.
    """
    for item in _all_sources(paths):
        if only is None or isinstance(item, Skipped) or _is_of(item.place.name, only):
            yield item


def _is_of(name: str, only: Collection[int]) -> bool:
    found = _NAMED_BY_CIK.match(name)
    return found is None or int(found[1]) in only


def _all_sources(paths: Sequence[Path]) -> Iterator[Source | Skipped]:
    """List everything under these paths.

    A named file is taken as it is, with what lies beside it and belongs to it; folders are walked
    recursively for names that look like filings. A folder reached twice (symlink loops) is walked
    once; hidden entries are passed over.
    """
    seen: set[tuple[int, int]] = set()
    for path in paths:
        try:
            kind = path.stat()
        except OSError as error:
            yield Skipped(path, os_reason(error))
            continue
        if stat.S_ISDIR(kind.st_mode):
            yield from _walk(path, seen)
        elif archives.is_archive(path):
            yield from archives.members(path)
        else:
            yield _alone(path)


def _is_report(path: Path) -> bool:
    """Say whether a text file is a filing, a transcript or a note; others are passed over."""
    return is_plain_text(path.name) and is_text_to_read(path.name, read_head(path, HEAD_BYTES))


def _alone(path: Path) -> Source:
    """A named file, with those beside it that a walk of its folder would read with it."""
    try:
        held = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return Source(path)
    tables = data_sets.set_among(held) if data_sets.part_of(path.name) else None
    groups = group([name for name in held if is_candidate(name)])
    for main, beside in (tables,) if tables else groups:
        if main == path.name:
            return Source(path, beside=tuple(path.parent / name for name in beside))
    return Source(path)


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Source | Skipped]:
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        yield Skipped(folder, os_reason(error))
        return
    shown = [name for name in names if not name.startswith(".")]
    grouped = dict(group([name for name in shown if is_candidate(name)]))
    grouped |= {name: () for name in shown if _is_report(folder / name)}
    if tables := data_sets.set_among(shown):
        grouped[tables[0]] = tables[1]
    for name in shown:
        entry = folder / name
        if entry.is_dir():
            yield from _walk(entry, seen)
        elif archives.is_archive(entry):
            yield from archives.members(entry)
        elif name in grouped:
            yield Source(entry, beside=tuple(folder / other for other in grouped[name]))
