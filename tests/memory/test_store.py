import re
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest

from memory.embedder import Vectors
from memory.errors import NotRememberedError, SetupError
from memory.records import Record, make_record
from memory.store import MemoryStore
from memory.vector_index import index_files


class WordEmbedder:
    """Bag of hashed words: real vectors without a model, and a count of what was embedded."""

    def __init__(self, model_id: str = "words@1") -> None:
        self.model_id = model_id
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, zlib.crc32(word.encode()) % 64] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.maximum(norms, 1)).astype(np.float32)


def term(name: str, text: str, by: str = "seed", **data: object) -> Record:
    return make_record("term", name, text, data, provenance="test", taught_by=by)


def test_a_record_is_there_after_reopening(tmp_path: Path) -> None:
    MemoryStore.open(tmp_path, WordEmbedder()).add(term("revenue", "what was sold", unit="USD"))
    found = MemoryStore.open(tmp_path, WordEmbedder()).get("term/revenue/seed")
    assert (found.text, found.data, found.version) == ("what was sold", {"unit": "USD"}, 1)


def test_unchanged_content_is_not_embedded_again(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    store = MemoryStore.open(tmp_path, embedder)
    store.add_many([term("revenue", "what was sold"), term("cash", "money at hand")])
    assert len(embedder.embedded) == 2
    store.add_many([term("revenue", "what was sold"), term("debt", "money owed")])
    assert embedder.embedded[2:] == ["debt: money owed"]


def test_a_new_text_supersedes_the_old_version(tmp_path: Path) -> None:
    store = MemoryStore.open(tmp_path, WordEmbedder())
    store.add(term("burn", "cash spent", by="ana"))
    assert store.add(term("burn", "cash lost", by="ben")).version == 2
    first, second = store.history("term/burn/taught")
    assert (first.record.text, first.ended_by, first.ended_because) == (
        "cash spent",
        "ben",
        "superseded",
    )
    assert (second.record.text, second.ended) == ("cash lost", None)


def test_a_forgotten_record_leaves_only_its_history(tmp_path: Path) -> None:
    store = MemoryStore.open(tmp_path, WordEmbedder())
    store.add_many([term("burn", "cash spent", by="ana"), term("cash", "money")])
    store.forget("term/burn/taught", by="ana")
    assert [item.name for item in store.list()] == ["cash"]
    assert set(store.similarities("cash spent")) == {"term/cash/seed"}
    assert store.history("term/burn/taught")[0].ended_because == "forgotten"
    with pytest.raises(NotRememberedError):
        store.get("term/burn/taught")


def test_forgetting_the_last_record_leaves_an_empty_memory(tmp_path: Path) -> None:
    store = MemoryStore.open(tmp_path, WordEmbedder())
    store.add(term("burn", "cash spent"))
    store.forget("term/burn/seed", by="ana")
    assert MemoryStore.open(tmp_path, WordEmbedder()).similarities("cash") == {}


def test_forgetting_what_is_not_there_changes_nothing(tmp_path: Path) -> None:
    store = MemoryStore.open(tmp_path, WordEmbedder())
    store.add(term("cash", "money"))
    with pytest.raises(NotRememberedError):
        store.forget("term/nothing/seed", by="ana")
    assert len(MemoryStore.open(tmp_path, WordEmbedder()).list()) == 1


def test_an_index_of_another_model_is_refused_until_rebuilt(tmp_path: Path) -> None:
    MemoryStore.open(tmp_path, WordEmbedder()).add(term("cash", "money"))
    with pytest.raises(SetupError, match=r"words@1.*words@2.*footnote memory rebuild"):
        MemoryStore.open(tmp_path, WordEmbedder("words@2"))
    assert MemoryStore.rebuild(tmp_path, WordEmbedder("words@2")) == 1
    assert MemoryStore.open(tmp_path, WordEmbedder("words@2")).similarities("money") != {}


def test_an_index_of_another_memory_is_refused(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    MemoryStore.open(one, WordEmbedder()).add(term("cash", "money"))
    MemoryStore.open(two, WordEmbedder()).add(term("debt", "owed"))
    index_files(one)[0].write_bytes(index_files(two)[0].read_bytes())
    with pytest.raises(SetupError, match="hash differs"):
        MemoryStore.open(one, WordEmbedder())


def test_a_missing_index_is_refused(tmp_path: Path) -> None:
    MemoryStore.open(tmp_path, WordEmbedder()).add(term("cash", "money"))
    index_files(tmp_path)[0].unlink()
    with pytest.raises(SetupError, match="is missing its file"):
        MemoryStore.open(tmp_path, WordEmbedder())


def test_an_index_of_another_size_is_refused(tmp_path: Path) -> None:
    MemoryStore.open(tmp_path, WordEmbedder()).add(term("cash", "money"))
    with duckdb.connect(str(tmp_path / "memory.duckdb")) as connection:
        connection.execute("INSERT INTO index_entry VALUES (1, 'term/cash/seed', 'x')")
    with pytest.raises(SetupError, match="holds 1 vectors where the database lists 2"):
        MemoryStore.open(tmp_path, WordEmbedder())


def test_a_failed_write_leaves_the_memory_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore.open(tmp_path, WordEmbedder())
    store.add(term("cash", "money"))
    before = index_files(tmp_path)

    def full_disk(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full_disk)
        with pytest.raises(OSError, match="No space left"):
            store.add(term("debt", "owed"))
    assert index_files(tmp_path) == before
    assert [item.name for item in MemoryStore.open(tmp_path, WordEmbedder()).list()] == ["cash"]


def test_two_open_stores_share_one_memory(tmp_path: Path) -> None:
    one = MemoryStore.open(tmp_path, WordEmbedder())
    two = MemoryStore.open(tmp_path, WordEmbedder())
    one.add(term("cash", "money"))
    two.add(term("debt", "owed"))
    assert [item.name for item in two.list()] == ["cash", "debt"]


def test_threads_can_write_at_the_same_time(tmp_path: Path) -> None:
    store = MemoryStore.open(tmp_path, WordEmbedder())
    names = [f"word {letter}" for letter in "abcdef"]
    threads = [threading.Thread(target=store.add, args=(term(n, n),)) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(item.name for item in store.list()) == names


def test_a_memory_held_by_another_process_is_a_setup_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    MemoryStore.open(tmp_path, WordEmbedder()).add(term("cash", "money"))
    monkeypatch.setattr("memory.store._MAX_WAIT_SECONDS", 0.1)
    with (
        duckdb.connect(str(tmp_path / "memory.duckdb")),
        pytest.raises(SetupError, match="in use by another process"),
    ):
        MemoryStore.open(tmp_path, WordEmbedder())


def test_a_name_without_letters_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a letter"):
        make_record("term", "--", "text", provenance="test")
