"""Copies of what was fetched, on disk: a body under EDGAR's own path, and beside it what it is.

A body is written whole and then renamed; word of it (hash, validators, time) follows. Where the
two don't belong together, after a crash between them, the copy is good to read, but EDGAR can't be
asked whether it still is current.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

_VALIDATORS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


@dataclass(frozen=True, slots=True)
class Copy:
    """A body on disk.

    Attributes:
        path: Where it lies.
        fetched: When EDGAR last said it was current, as seconds since 1970.
        validators: Request headers that ask whether it still is.
    """

    path: Path
    fetched: float
    validators: dict[str, str]


def find(path: Path) -> Copy | None:
    """The copy at a place, with what is known of it; None if there is none."""
    try:
        body = path.read_bytes()
        known = json.loads(_beside(path).read_text(encoding="utf-8"))
        if known["sha256"] == hashlib.sha256(body).hexdigest():
            return Copy(path, float(known["fetched"]), dict(known["validators"]))
    except FileNotFoundError:
        if not path.exists():
            return None
    except (ValueError, KeyError, TypeError):
        pass
    return Copy(path, 0.0, {})


def keep(path: Path, body: bytes, headers: Mapping[str, str]) -> Copy:
    """Write a body and what its answer's headers say of it."""
    validators = {ask: headers[said] for said, ask in _VALIDATORS.items() if headers.get(said, "")}
    copy = Copy(path, time.time(), validators)
    write_whole(path, body)
    _describe(copy, hashlib.sha256(body).hexdigest())
    return copy


def confirm(copy: Copy) -> Copy:
    """Note that EDGAR has just said the copy is current."""
    current = Copy(copy.path, time.time(), copy.validators)
    _describe(current, hashlib.sha256(copy.path.read_bytes()).hexdigest())
    return current


def write_whole(path: Path, body: bytes) -> None:
    """Write a file so that nobody ever sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _describe(copy: Copy, sha256: str) -> None:
    known = {key: value for key, value in asdict(copy).items() if key != "path"}
    write_whole(_beside(copy.path), json.dumps({**known, "sha256": sha256}).encode())


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".meta")
