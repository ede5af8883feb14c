"""Reads input files safely: gzip, size limits, and one clear line a failure.

Nothing is unpacked to disk, so nothing is left behind.
"""

from __future__ import annotations

import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from tools.errors import SetupError

DEFAULT_MAX_BYTES = 400 * 1024 * 1024
SUFFIXES = (".json", ".htm", ".html", ".xhtml", ".xml", ".xsd", ".pdf", ".docx")
SUBMISSION_TEXT = "full-submission.txt"
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that was not ingested, and why in one line."""

    path: Path
    reason: str


def is_candidate(name: str) -> bool:
    """Say whether a file in a folder looks like something to ingest."""
    bare = name.lower().removesuffix(".gz")
    return bare.endswith(SUFFIXES) or bare == SUBMISSION_TEXT


def is_plain_text(name: str) -> bool:
    """Say whether a file in a folder is one of text, of which few are filings."""
    bare = name.lower().removesuffix(".gz")
    return bare.endswith(".txt") and bare != SUBMISSION_TEXT


def read_head(path: Path, count: int) -> bytes:
    """Read a file's first bytes, of gzip those unpacked; nothing where it can't be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return b""
        with path.open("rb") as stream:
            return head_of(stream.read(count), count)
    except OSError:
        return b""


def head_of(data: bytes, count: int) -> bytes:
    """Unpack the beginning of gzip; other bytes stay as they are."""
    if data[:2] != _GZIP:
        return data
    try:
        return zlib.decompressobj(wbits=31).decompress(data, count)
    except zlib.error:
        return b""


def read_bytes(path: Path, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
    """Read a file, unpacking gzip (known by its content) up to `max_bytes`.

    Raises:
        SetupError: Unreadable, not a regular file, empty, too large, or a broken gzip.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SetupError("not a regular file")
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise SetupError(os_reason(error)) from error
    if len(data) > max_bytes:
        raise SetupError(f"larger than the limit of {megabytes(max_bytes)}")
    return unpack(data, max_bytes)


def unpack(data: bytes, max_bytes: int) -> bytes:
    """Unpack gzip, known by its content; other bytes stay as they are.

    Raises:
        SetupError: Empty, too large, or a broken gzip.
    """
    if data[:2] == _GZIP:
        data = _gunzip(data, max_bytes)
    if not data.strip():
        raise SetupError("empty file")
    return data


def _gunzip(packed: bytes, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    rest = packed
    while rest[:2] == _GZIP:
        unpacker = zlib.decompressobj(wbits=31)
        pending = rest
        while not unpacker.eof:
            try:
                part = unpacker.decompress(pending, _CHUNK)
            except zlib.error as error:
                raise SetupError("broken gzip file") from error
            size += len(part)
            if size > max_bytes:
                raise SetupError(f"unpacks to more than the limit of {megabytes(max_bytes)}")
            parts.append(part)
            pending = unpacker.unconsumed_tail
            if not part and not pending and not unpacker.eof:
                raise SetupError("truncated gzip file")
        rest = unpacker.unused_data
    return b"".join(parts)


def megabytes(count: int) -> str:
    """Word a number of bytes."""
    return f"{count / (1024 * 1024):,.0f} MB"


def os_reason(error: OSError) -> str:
    """Say in a few words why a file could not be opened."""
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    return error.strerror or type(error).__name__


def one_line(text: str) -> str:
    """Bring a message onto one line of bearable length."""
    return " ".join(text.split())[:300]
