"""Keeps records in DuckDB and their vectors in FAISS, as one unit.

A record has versions; nothing is deleted: a new version supersedes the old one, and forgetting
ends the current one, so `history` can always tell what was remembered when. Every vector stands
beside its model's id and its text's hash; a text that was embedded before is not embedded again.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from memory.embedder import Embedder
from memory.errors import NotRememberedError, SetupError
from memory.migrations import is_current, migrate
from memory.records import KINDS, SEED, Kind, Record, content_hash, texts_to_embed
from memory.vector_index import (
    IndexFile,
    check_entries,
    index_files,
    read_index,
    remove_indexes,
    write_index,
)

_DATABASE = "memory.duckdb"
_COLUMNS = "id, kind, name, text, data, provenance, taught_by, created, version"
_MAX_WAIT_SECONDS = 5.0
_RETRY_SECONDS = 0.05


@dataclass(frozen=True)
class Version:
    """One version of a record and, unless it is current, how it ended.

    Attributes:
        record: The record as it stood.
        ended: When it stopped being remembered (UTC), `None` for the current version.
        ended_by: Who ended it.
        ended_because: `superseded`, `forgotten` or `withdrawn` (a seed that ships no more).
    """

    record: Record
    ended: datetime | None
    ended_by: str | None
    ended_because: str | None


@dataclass(frozen=True)
class _Snapshot:
    """What the database said when it was last read; `entries` names each index row's record."""

    records: dict[str, Record]
    settings: dict[str, str]
    entries: tuple[str, ...]
    index: Any


class MemoryStore:
    """The agent's memory in one folder. Open it with `MemoryStore.open`.

    The database file is open only while it is read or written, so several processes can share a
    memory; each sees what was there when it opened the store or last wrote to it.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._folder = folder
        self._embedder = embedder
        self._lock = threading.RLock()
        self._snapshot = _Snapshot({}, {}, (), None)

    @classmethod
    def open(cls, folder: Path, embedder: Embedder) -> MemoryStore:
        """Open the memory in `folder`, made if missing.

        Raises:
            SetupError: Another process holds it, or its index does not belong to it.
        """
        store = cls(folder, embedder)
        store._prepare()
        store._reload()
        return store

    @classmethod
    def rebuild(cls, folder: Path, embedder: Embedder) -> int:
        """Write a new index for `embedder`'s model and return the number of its vectors.

        Texts that this model embedded before are not embedded again.
        """
        store = cls(folder, embedder)
        store._prepare()
        with store._writing():
            pass
        return len(store._snapshot.entries)

    def close(self) -> None:
        """Let go of what was read; the files are not held open."""
        self._snapshot = _Snapshot({}, {}, (), None)

    @property
    def embedder(self) -> Embedder:
        """The embedder whose model made the vectors."""
        return self._embedder

    def add(self, record: Record) -> Record:
        """Remember a record; a current one of the same id is superseded. Return it as stored."""
        self.add_many([record])
        return self.get(record.id)

    def add_many(
        self,
        records: Iterable[Record],
        *,
        withdraw: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> int:
        """Remember records in one step and return how many were new or changed.

        A record that says the same as its current version is left as it is.

        Args:
            records: What to remember.
            withdraw: Ids of seeds that ship no more.
            settings: Small values to keep beside the records.
        """
        with self._writing() as connection:
            current = _current_hashes(connection)
            changed = [item for item in records if current.get(item.id) != content_hash(item)]
            for record in changed:
                _end(connection, record.id, record.taught_by, "superseded")
            for record_id in withdraw:
                _end(connection, record_id, SEED, "withdrawn")
            _insert(connection, changed)
            for name, value in (settings or {}).items():
                _write_setting(connection, name, value)
        return len(changed)

    def forget(self, record_id: str, *, by: str) -> Record:
        """Stop remembering a record; its history stays. Return what was forgotten.

        Raises:
            NotRememberedError: No current record has this id.
        """
        with self._writing() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM record WHERE id = ? AND ended IS NULL", [record_id]
            ).fetchall()
            if not rows:
                raise _not_remembered(record_id)
            _end(connection, record_id, by, "forgotten")
        return _record(rows[0])

    def get(self, record_id: str) -> Record:
        """Return the current version of a record.

        Raises:
            NotRememberedError: No current record has this id.
        """
        if record_id not in self._snapshot.records:
            raise _not_remembered(record_id)
        return self._snapshot.records[record_id]

    def list(self, kinds: Sequence[Kind] = KINDS) -> Sequence[Record]:
        """Return all current records of these kinds, ordered by id."""
        return [item for item in self._snapshot.records.values() if item.kind in kinds]

    def history(self, record_id: str) -> Sequence[Version]:
        """Return all versions of a record, oldest first; empty when it never was."""
        with self._lock, _connected(self._folder, read_only=True) as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS}, ended, ended_by, ended_because FROM record "
                "WHERE id = ? ORDER BY version",
                [record_id],
            ).fetchall()
        return [Version(_record(row), _utc(row[9]), row[10], row[11]) for row in rows]

    def forgotten(self) -> dict[str, str]:
        """Return id and content hash of each record that was forgotten and not taught again."""
        with self._lock, _connected(self._folder, read_only=True) as connection:
            rows = connection.execute(
                "SELECT id, arg_max(content_sha256, version) FROM record GROUP BY id "
                "HAVING arg_max(ended_because, version) = 'forgotten' AND count(ended) = count(*)"
            ).fetchall()
        return dict(rows)

    def similarities(self, text: str) -> dict[str, float]:
        """Return the cosine of `text` with each current record: its best-matching vector's."""
        snapshot = self._snapshot
        if not snapshot.entries:
            return {}
        query = self._embedder.embed([text])
        scores, rows = snapshot.index.search(query, len(snapshot.entries))
        best: dict[str, float] = {}
        for score, row in zip(scores[0], rows[0], strict=True):
            best.setdefault(snapshot.entries[row], float(score))
        return best

    def read_setting(self, name: str) -> str | None:
        """Return a value kept beside the records, `None` when it was never set."""
        return self._snapshot.settings.get(name)

    def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if (self._folder / _DATABASE).exists():
            with _connected(self._folder, read_only=True) as connection:
                if is_current(connection):
                    return
        with _connected(self._folder, read_only=False) as connection:
            migrate(connection)

    def _reload(self) -> None:
        with self._lock, _connected(self._folder, read_only=True) as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM record WHERE ended IS NULL ORDER BY id"
            ).fetchall()
            entry_rows = connection.execute(
                "SELECT record_id FROM index_entry ORDER BY position"
            ).fetchall()
            settings = dict(connection.execute("SELECT name, value FROM setting").fetchall())
            described = _described_index(settings)
            entries = tuple(row[0] for row in entry_rows)
            index = None
            if described:
                index = read_index(self._folder, described, self._embedder.model_id)
            check_entries(len(entries), described)
            records = {row[0]: _record(row) for row in rows}
            self._snapshot = _Snapshot(records, settings, entries, index)

    @contextmanager
    def _writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Commit what the body changes together with an index that matches it, or nothing."""
        with self._lock:
            with _connected(self._folder, read_only=False) as connection:
                connection.execute("BEGIN")
                before = {path.name for path in index_files(self._folder)}
                try:
                    yield connection
                    described = self._write_entries(connection)
                    connection.execute("COMMIT")
                except BaseException:
                    connection.execute("ROLLBACK")
                    remove_indexes(self._folder, keep=before)
                    raise
                remove_indexes(self._folder, keep={described.file_name} if described else set())
            self._reload()

    def _write_entries(self, connection: duckdb.DuckDBPyConnection) -> IndexFile | None:
        """Write vectors, entries and the index file for the current records."""
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM record WHERE ended IS NULL ORDER BY id"
        ).fetchall()
        records = [_record(row) for row in rows]
        texts = [(item.id, text) for item in records for text in texts_to_embed(item)]
        connection.execute("DELETE FROM index_entry")
        connection.execute("DELETE FROM setting WHERE name = 'index'")
        if not texts:
            return None
        hashes = [_text_hash(text) for _, text in texts]
        by_hash = {key: text for key, (_, text) in zip(hashes, texts, strict=True)}
        vectors = self._vectors(connection, by_hash)
        connection.execute(
            "INSERT INTO index_entry SELECT unnest(?), unnest(?), unnest(?)",
            [[*range(len(texts))], [record_id for record_id, _ in texts], hashes],
        )
        stacked = np.stack([vectors[key] for key in hashes])
        described = write_index(self._folder, stacked, self._embedder.model_id)
        _write_setting(connection, "index", json.dumps(vars(described)))
        return described

    def _vectors(
        self, connection: duckdb.DuckDBPyConnection, texts: Mapping[str, str]
    ) -> dict[str, npt.NDArray[np.float32]]:
        """Return each text's vector by its hash; embeds and keeps those not embedded before."""
        model_id = self._embedder.model_id
        rows = connection.execute(
            "SELECT content_sha256, vector FROM vector WHERE model_id = ?", [model_id]
        ).fetchall()
        vectors = {key: np.asarray(vector, dtype=np.float32) for key, vector in rows}
        missing = {key: text for key, text in texts.items() if key not in vectors}
        if missing:
            embedded = self._embedder.embed([*missing.values()])
            new = dict(zip(missing, embedded, strict=True))
            connection.execute(
                "INSERT INTO vector SELECT unnest(?), ?, unnest(?::FLOAT[][])",
                [[*new], model_id, [vector.tolist() for vector in new.values()]],
            )
            vectors.update(new)
        return vectors


@contextmanager
def _connected(folder: Path, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database for a moment; waits while another process writes to it."""
    path = folder / _DATABASE
    deadline = time.monotonic() + _MAX_WAIT_SECONDS
    while True:
        try:
            connection = duckdb.connect(str(path), read_only=read_only)
            break
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            if "lock" not in str(error) and "configuration" not in str(error):
                raise SetupError(f"The memory {path} cannot be opened: {_line(error)}.") from error
            if time.monotonic() > deadline:
                raise SetupError(
                    f"The memory {path} is in use by another process; close that one first."
                ) from error
            time.sleep(_RETRY_SECONDS)
    try:
        yield connection
    finally:
        connection.close()


def _current_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    query = "SELECT id, content_sha256 FROM record WHERE ended IS NULL"
    return dict(connection.execute(query).fetchall())


def _end(connection: duckdb.DuckDBPyConnection, record_id: str, by: str, because: str) -> None:
    connection.execute(
        "UPDATE record SET ended = ?, ended_by = ?, ended_because = ? "
        "WHERE id = ? AND ended IS NULL",
        [_now(), by, because, record_id],
    )


def _insert(connection: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    latest = connection.execute("SELECT id, max(version) FROM record GROUP BY id")
    versions: dict[str, int] = dict(latest.fetchall())
    rows = []
    for item in records:
        versions[item.id] = version = versions.get(item.id, 0) + 1
        data = json.dumps(item.data, sort_keys=True)
        said = [item.id, version, item.kind, item.name, item.text, data]
        rows.append([*said, item.provenance, item.taught_by, _now(), content_hash(item)])
    if rows:
        connection.executemany(
            "INSERT INTO record (id, version, kind, name, text, data, provenance, taught_by, "
            "created, content_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def _write_setting(connection: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [name, value])


def _described_index(settings: Mapping[str, str]) -> IndexFile | None:
    return IndexFile(**json.loads(settings["index"])) if "index" in settings else None


def _not_remembered(record_id: str) -> NotRememberedError:
    return NotRememberedError(f"nothing is remembered under {record_id!r}")


def _line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")


def _record(row: Sequence[Any]) -> Record:
    record_id, kind, name, text, data, provenance, taught_by, created, version = row[:9]
    return Record(
        record_id,
        kind,
        name,
        text,
        json.loads(data),
        provenance,
        taught_by,
        _utc(created),
        version,
    )


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
