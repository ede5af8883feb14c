"""BM25 over segments, against bm25s as an independent judge."""

import random
from pathlib import Path

import bm25s
import numpy as np
import pytest

from tools.search import segments
from tools.search.ranking import Ranking
from tools.search.scope import Filter, Scope, load_scope
from tools.search.segments import build
from tools.search.words import words
from tools.warehouse import Warehouse

_VOCABULARY = "kettle steel plant fire price rival wage pilot tariff copper lease debt".split()


def _texts(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(_VOCABULARY, k=rng.randint(3, 30))) for _ in range(count)]


def test_scores_are_those_of_bm25s_whatever_the_segments() -> None:
    texts = _texts(60, seed=3)
    judge = bm25s.BM25()
    judge.index([words(text) for text in texts], show_progress=False)
    parts = [texts[:7], texts[7:8], texts[8:45], texts[45:]]
    scope = Scope([build([(0, "1", text) for text in part]) for part in parts], None)
    for question in ("copper price", "wages of pilots", "fire"):
        expected = judge.get_scores(words(question))
        assert scope.score_words(question) == pytest.approx(expected, abs=1e-5)


def test_scores_within_items_are_those_of_these_passages_alone() -> None:
    texts = _texts(40, seed=4)
    items = ["1A" if n % 3 else "7" for n in range(40)]
    whole = Scope([build(list(zip(range(40), items, texts, strict=True)))], ["1A"])
    alone = [text for text, item in zip(texts, items, strict=True) if item == "1A"]
    judge = bm25s.BM25()
    judge.index([words(text) for text in alone], show_progress=False)
    assert whole.passage_ids.tolist() == [n for n in range(40) if n % 3]
    assert whole.score_words("debt lease") == pytest.approx(
        judge.get_scores(words("debt lease")), abs=1e-5
    )


def test_a_filing_made_later_does_not_change_scores_as_of_before(tmp_path: Path) -> None:
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        _store(warehouse, "a", "2023-01-01", _texts(10, seed=5), base=0)
        early = Filter(as_of=np.datetime64("2023-06-01").item())
        before = load_scope(warehouse, early).score_words("steel tariffs")
        _store(warehouse, "b", "2024-01-01", _texts(10, seed=6), base=100)
        assert load_scope(warehouse, early).score_words("steel tariffs").tolist() == before.tolist()
        assert len(load_scope(warehouse, Filter())) == 20


def test_stored_segments_give_what_segments_made_in_memory_give(tmp_path: Path) -> None:
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        _store(warehouse, "a", "2023-01-01", _texts(30, seed=7), base=0)
        in_memory = load_scope(warehouse, Filter()).score_words("kettles of steel")
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        assert segments.refresh(warehouse) == 1
        assert segments.refresh(warehouse) == 0
        warehouse.connection.execute("UPDATE passage SET text = 'gone'")  # not read again
        stored = segments.load(warehouse.connection, _fingerprints(warehouse))["a"]
    assert Scope([stored], None).score_words("kettles of steel").tolist() == in_memory.tolist()


def test_a_segment_of_other_passages_is_not_used(tmp_path: Path) -> None:
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        _store(warehouse, "a", "2023-01-01", ["Kettles are made of steel."], base=0)
        segments.refresh(warehouse)
        warehouse.connection.execute("DELETE FROM passage")
        warehouse.connection.execute(
            "INSERT INTO passage VALUES (77, 'a', 1, '1', 0, 'Pilots strike.', 0, 9)"
        )
        assert load_scope(warehouse, Filter()).score_words("pilots")[0] > 0
        assert segments.refresh(warehouse) == 1


def test_empty_scope_and_unknown_words_score_nothing() -> None:
    assert Scope([], None).score_words("anything").tolist() == []
    one = Scope([build([(1, "1", "Kettles are made of steel.")])], None)
    assert one.score_words("zeppelin").tolist() == [0]
    assert one.score_words("the of and").tolist() == [0]


def test_ranking_breaks_ties_by_place() -> None:
    ranking = Ranking(np.array([0.5, 0.0, 0.7, 0.5]), positive=True)
    assert ranking.best(9).tolist() == [2, 0, 3]
    assert ranking.places(np.array([0, 1, 2, 3])).tolist() == [2, 0, 1, 3]
    assert Ranking(np.array([-0.5, 0.25, -0.5])).best(3).tolist() == [1, 0, 2]
    assert Ranking(np.zeros(0)).best(3).tolist() == []


def _store(warehouse: Warehouse, accession: str, filed: str, texts: list[str], base: int) -> None:
    run = warehouse.connection.execute
    run(
        "INSERT INTO filing (accession, cik, form, filed, source, is_amendment) "
        "VALUES (?, 1, '10-K', ?, 'inline', false)",
        [accession, filed],
    )
    for place, text in enumerate(texts):
        run(
            "INSERT INTO passage VALUES (?, ?, 1, '1A', ?, ?, 0, 9)",
            [base + place, accession, place, text],
        )


def _fingerprints(warehouse: Warehouse) -> dict[str, str]:
    sql = "SELECT accession, fingerprint FROM passage_segment"
    return dict(warehouse.connection.execute(sql).fetchall())
