"""Bytes of a zip's members, read one at a time and never unpacked to disk."""

from __future__ import annotations

import zipfile
import zlib
from functools import lru_cache
from pathlib import Path

from tools.errors import SetupError
from tools.ingestion.intake import megabytes


def read_member(path: Path, member: str, max_bytes: int) -> bytes:
    """Read one member.

    Raises:
        SetupError: It is missing, corrupt, encrypted, or larger than `max_bytes`.
    """
    data = read_member_head(path, member, max_bytes + 1)
    if len(data) > max_bytes:
        raise SetupError(f"unpacks to more than the limit of {megabytes(max_bytes)}")
    return data


def read_member_head(path: Path, member: str, count: int) -> bytes:
    """Read at most so many bytes of one member.

    Raises:
        SetupError: It is missing, corrupt or encrypted.
    """
    try:
        with open_zip(path).open(member) as stream:
            return stream.read(count)
    except KeyError as error:
        raise SetupError("no such member in the zip") from error
    # zipfile raises NotImplementedError for a compression that it does not know
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise SetupError(f"corrupt member of the zip ({error})") from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise SetupError("encrypted member of the zip") from error


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip, or take it opened from earlier.

    Raises:
        SetupError: It is not a zip, or its directory is broken.
    """
    try:
        return _opened(path, path.stat().st_mtime_ns)
    # and for a zip that is split over several files
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SetupError(f"not a readable zip file ({error})") from error


@lru_cache(maxsize=2)  # the directory of a large zip takes seconds to read
def _opened(path: Path, changed: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)
