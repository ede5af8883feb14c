import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from tools.errors import SetupError
from tools.search.vectors import VectorStore, open_vectors


def _vector(number: int) -> np.ndarray:
    return np.full(3, number, dtype=np.float32)


def _keys(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.uint64)


def test_vectors_are_found_by_key_in_another_process_too(tmp_path: Path) -> None:
    VectorStore(tmp_path, "m@1").add({2**63 + 5: _vector(5), 3: _vector(3)})
    other = VectorStore(tmp_path, "m@1")
    assert other.find(_keys(3, 4, 2**63 + 5)).tolist() == [1, -1, 0]
    assert other.get(_keys(2**63 + 5))[2**63 + 5].tolist() == [5, 5, 5]
    assert other.cosines(other.find(_keys(3)), _vector(1)).tolist() == [9]


def test_what_a_killed_writer_left_is_written_over(tmp_path: Path) -> None:
    VectorStore(tmp_path, "m@1").add({1: _vector(1)})
    with (tmp_path / "m@1" / "vectors.f32").open("ab") as stream:
        stream.write(b"half a vector")
    with (tmp_path / "m@1" / "keys.u64").open("ab") as stream:
        stream.write(b"abc")
    VectorStore(tmp_path, "m@1").add({2: _vector(2)})
    store = VectorStore(tmp_path, "m@1")
    assert {key: one.tolist() for key, one in store.get(_keys(1, 2)).items()} == {
        1: [1, 1, 1],
        2: [2, 2, 2],
    }


def test_a_key_is_kept_once(tmp_path: Path) -> None:
    one, two = VectorStore(tmp_path, "m@1"), VectorStore(tmp_path, "m@1")
    one.add({1: _vector(1)})
    two.add({1: _vector(9), 2: _vector(2)})
    assert len(VectorStore(tmp_path, "m@1")) == 2
    assert VectorStore(tmp_path, "m@1").get(_keys(1))[1].tolist() == [1, 1, 1]


def test_writers_take_turns(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(tmp_path, n)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    store = VectorStore(tmp_path, "m@1")
    kept = store.get(_keys(*range(60)))
    assert len(store) == 60
    assert all(vector.tolist() == [key] * 3 for key, vector in kept.items())


def _write(folder: Path, number: int) -> None:
    store = VectorStore(folder, "m@1")
    for key in range(number * 20, number * 20 + 20):
        store.add({key: _vector(key)})


def test_models_do_not_see_each_others_vectors(tmp_path: Path) -> None:
    VectorStore(tmp_path, "one@1").add({1: _vector(1)})
    assert VectorStore(tmp_path, "two@1").find(_keys(1)).tolist() == [-1]
    (tmp_path / "one@1").rename(tmp_path / "two@1")
    with pytest.raises(SetupError, match=r"vectors of one@1.*footnote index --vectors"):
        VectorStore(tmp_path, "two@1")


def test_where_nothing_can_be_written_vectors_last_as_long_as_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = open_vectors(tmp_path / "file", "m@1")
    store.add({1: _vector(1)})
    assert open_vectors(tmp_path / "file", "m@1").get(_keys(1))[1].tolist() == [1, 1, 1]
