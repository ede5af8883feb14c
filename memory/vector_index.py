"""The FAISS file beside the memory database: written atomically, refused when it is foreign."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from memory.errors import SetupError

Vectors = npt.NDArray[np.float32]
REBUILD_COMMAND = "footnote memory rebuild"


@dataclass(frozen=True)
class IndexFile:
    """What the database knows about its index file.

    Attributes:
        file_name: Name inside the memory folder; it changes with the content, so that a crash
            between file and database leaves the old pair whole.
        sha256: Of the file's bytes.
        model_id: The embedding model of every vector in it.
        count: Number of vectors.
    """

    file_name: str
    sha256: str
    model_id: str
    count: int


def write_index(folder: Path, vectors: Vectors, model_id: str) -> IndexFile:
    """Write an inner-product index over unit vectors [n, dim] and return its description."""
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    content = faiss.serialize_index(index).tobytes()
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"vectors-{sha256[:16]}.faiss"
    _write_atomically(path, content)
    return IndexFile(path.name, sha256, model_id, len(vectors))


def read_index(folder: Path, expected: IndexFile, model_id: str) -> Any:
    """Load the index that the database describes.

    Raises:
        SetupError: It is missing, changed, of another model, or of another size.
    """
    import faiss

    if expected.model_id != model_id:
        raise _foreign(f"was made with {expected.model_id}, and the model here is {model_id}")
    path = folder / expected.file_name
    try:
        content = path.read_bytes()
    except OSError:
        raise _foreign(f"is missing its file {expected.file_name}") from None
    if hashlib.sha256(content).hexdigest() != expected.sha256:
        raise _foreign("is not the one that belongs to this memory (its hash differs)")
    index = faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8))
    if index.ntotal != expected.count:
        raise _foreign(f"holds {index.ntotal} vectors where {expected.count} are expected")
    return index


def check_entries(count: int, described: IndexFile | None) -> None:
    """Refuse an index that holds another number of vectors than the database lists."""
    expected = described.count if described else 0
    if count != expected:
        raise _foreign(f"holds {expected} vectors where the database lists {count}")


def index_files(folder: Path) -> list[Path]:
    """Return the index files in the folder, unfinished ones included."""
    return [*folder.glob("vectors-*.faiss"), *folder.glob("vectors-*.faiss.part")]


def remove_indexes(folder: Path, *, keep: Collection[str]) -> None:
    """Delete the index files whose names are not in `keep`."""
    for path in index_files(folder):
        if path.name not in keep:
            path.unlink(missing_ok=True)


def _write_atomically(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _foreign(what: str) -> SetupError:
    return SetupError(f"The memory's vector index {what}: run `{REBUILD_COMMAND}`.")
