"""Which files of one folder, or members of one zip, belong together and are read as one source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def group(names: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Say of the candidates in one folder, in order, which to read and what to read beside each.

    A name that is read beside another is not listed on its own.

    Args:
        names: File names without folder, or member names of a zip that share a folder.
    """
    for name in names:
        yield name, ()
