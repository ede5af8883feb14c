"""One thing to ingest: a file, or a member of a zip, with what belongs to it, and its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.ingestion import zips
from tools.ingestion.intake import read_bytes, unpack


@dataclass(frozen=True, slots=True)
class Source:
    """Where bytes come from.

    Attributes:
        path: The file, or the zip.
        member: Name of the member, for one of a zip.
        beside: Files that belong to it and are read with it, such as an instance's linkbases; for
            a member, the names of members of the same zip.
    """

    path: Path
    member: str | None = None
    beside: tuple[Path, ...] = ()

    @property
    def place(self) -> Path:
        """What a message names: the file, or the member below the zip."""
        return self.path if self.member is None else self.path / self.member


@dataclass(frozen=True, slots=True)
class Document:
    """A source's bytes, unpacked.

    Attributes:
        name: The file's own name, without folder and `.gz`.
        data: Its bytes.
        sha256: Hash of `data` and, where there is one, of everything beside it.
        beside: The bytes of the files beside it, by their names.
        path: Where it was read: a file, or a member below its zip.
        ticker: Whose it is where the document does not tell, as the person says.
    """

    name: str
    data: bytes
    sha256: str
    path: Path
    beside: Mapping[str, bytes] = field(default_factory=dict)
    ticker: str = ""


def load(source: Source, max_bytes: int) -> Document:
    """Read a source.

    Raises:
        SetupError: It can't be read, is empty, or is larger than `max_bytes` once unpacked.
    """
    if source.member is None:
        data = read_bytes(source.path, max_bytes)
        beside = {plain_name(path): read_bytes(path, max_bytes) for path in source.beside}
    else:
        data = _member_bytes(source.path, source.member, max_bytes)
        beside = {
            plain_name(path): _member_bytes(source.path, path.as_posix(), max_bytes)
            for path in source.beside
        }
    digest = hashlib.sha256(data)
    for name in sorted(beside):
        digest.update(name.encode() + b"\0" + beside[name])
    return Document(plain_name(source.place), data, digest.hexdigest(), source.place, beside)


def _member_bytes(path: Path, member: str, max_bytes: int) -> bytes:
    return unpack(zips.read_member(path, member, max_bytes), max_bytes)


def plain_name(path: Path) -> str:
    """A file's name without `.gz`."""
    return path.name.removesuffix(".gz")
