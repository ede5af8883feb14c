"""Keeps the vectors of passages beside the warehouse, so that they stay while it is read-only.

One folder a model. In it, `vectors.f32` is appended to first and `keys.u64` after it: what has no
key does not exist, so a writer that is killed leaves nothing half. Readers map the files; writers
of several processes take turns under a lock. Vectors are found by their text's hash, whatever
filing the text stands in.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
from filelock import FileLock

from tools.errors import SetupError

Vectors = npt.NDArray[np.float32]
Keys = npt.NDArray[np.uint64]

_LOCK_SECONDS = 30.0
_KEY_BYTES, _FLOAT_BYTES = 8, 4
_log = logging.getLogger(__name__)


class VectorStore:
    """The vectors of one model."""

    def __init__(self, folder: Path, model_id: str) -> None:
        """Open the vectors of `model_id` under `folder`; nothing is written yet.

        Raises:
            SetupError: The model's place holds another model's vectors.
        """
        self._folder = folder / re.sub(r"[^\w.@-]+", "_", model_id)
        self.model_id = model_id
        self._dimensions = 0
        self._keys: Keys = np.zeros(0, dtype=np.uint64)  # ascending
        self._rows: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._matrix: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._unkept: dict[int, Vectors] = {}
        self._lock = threading.RLock()
        self.reload()

    def __len__(self) -> int:
        return len(self._keys)

    def reload(self) -> None:
        """See what other processes have added."""
        with self._lock:
            keys_path = self._folder / "keys.u64"
            if not keys_path.exists() or keys_path.stat().st_size // _KEY_BYTES == len(self._keys):
                return
            self._dimensions = self._read_card()
            keys = np.fromfile(keys_path, dtype="<u8")
            self._rows = np.argsort(keys, kind="stable")
            self._keys = keys[self._rows]
            self._matrix = np.memmap(
                self._folder / "vectors.f32", "<f4", "r", shape=(len(keys), self._dimensions)
            )

    def find(self, keys: Keys) -> npt.NDArray[np.int64]:
        """Return the rows of texts, by their keys; -1 where a text has no kept vector."""
        with self._lock:
            if not len(self._keys):
                return np.full(len(keys), -1, dtype=np.int64)
            at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            return np.where(self._keys[at] == keys, self._rows[at], -1)

    def get(self, keys: Keys) -> dict[int, Vectors]:
        """Return the vectors that are known, by key."""
        rows = self.find(keys)
        with self._lock:
            known = {
                int(key): np.asarray(self._matrix[row])
                for key, row in zip(keys, rows, strict=True)
                if row >= 0
            }
            known |= {int(key): self._unkept[int(key)] for key in keys if int(key) in self._unkept}
        return known

    def cosines(self, rows: npt.NDArray[np.int64], query: Vectors) -> Vectors:
        """Return the cosines of kept vectors with a query of length one: float32 [rows]."""
        matrix = self._matrix
        if 2 * len(rows) > len(matrix):  # one pass in order beats picking
            return np.asarray(matrix @ query)[rows]
        return np.asarray(matrix[rows] @ query)

    def add(self, vectors: dict[int, Vectors]) -> None:
        """Keep vectors by key; where the folder can't be written, for this process's life."""
        if not vectors:
            return
        try:
            self._append(vectors)
        except OSError as error:
            _log.warning("vectors are not kept: %s", error)
            with self._lock:
                self._unkept.update(vectors)
        self.reload()

    def _append(self, vectors: dict[int, Vectors]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock", timeout=_LOCK_SECONDS):
            self._write_card(len(next(iter(vectors.values()))))
            keys_path, vectors_path = self._folder / "keys.u64", self._folder / "vectors.f32"
            kept = np.fromfile(keys_path, dtype="<u8") if keys_path.exists() else self._keys[:0]
            new = {key: vector for key, vector in vectors.items() if key not in set(kept.tolist())}
            row_bytes = self._dimensions * _FLOAT_BYTES
            matrix = np.array([*new.values()], dtype="<f4").reshape(-1, self._dimensions)
            _append(vectors_path, len(kept) * row_bytes, matrix.tobytes())
            _append(keys_path, len(kept) * _KEY_BYTES, np.array([*new], dtype="<u8").tobytes())

    def _read_card(self) -> int:
        card = json.loads((self._folder / "card.json").read_text(encoding="utf-8"))
        if card["model_id"] != self.model_id:
            raise SetupError(
                f"{self._folder} holds vectors of {card['model_id']}, not of {self.model_id}; "
                "delete that folder and run `footnote index --vectors`."
            )
        return int(card["dimensions"])

    def _write_card(self, dimensions: int) -> None:
        path = self._folder / "card.json"
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_text(json.dumps({"model_id": self.model_id, "dimensions": dimensions}))
            part.replace(path)
        self._dimensions = self._read_card()
        if self._dimensions != dimensions:
            raise SetupError(
                f"{self._folder} holds vectors of {self._dimensions} numbers, not {dimensions}; "
                "delete that folder and run `footnote index --vectors`."
            )


def _append(path: Path, size: int, data: bytes) -> None:
    """Write `data` at `size`, over what a killed writer may have left there; flush it to disk."""
    with path.open("r+b" if path.exists() else "w+b") as stream:
        stream.truncate(size)
        stream.seek(size)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


_stores: dict[tuple[str, str], VectorStore] = {}
_opening = threading.Lock()


def open_vectors(folder: Path, model_id: str) -> VectorStore:
    """Return the store of a model's vectors, one a process, as it stands on disk now."""
    key = (str(folder), model_id)
    with _opening:
        if key not in _stores:
            _stores[key] = VectorStore(folder, model_id)
    store = _stores[key]
    store.reload()
    return store
