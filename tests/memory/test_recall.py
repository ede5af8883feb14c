import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from memory.embedder import MiniLM, Vectors
from memory.recall import recall
from memory.records import make_record
from memory.seeding import seed
from memory.store import MemoryStore

# Questions written for this test, none of them an example phrasing of a process.
_QUESTIONS = [
    ("How fast did the chip maker's revenue grow between 2021 and 2022?", "growth"),
    ("gross profit margin of the grocer in 2023", "formula"),
    ("What does the car maker say about competition?", "passage"),
    ("How do you calculate days sales outstanding?", "definition"),
    ("Average R&D spending, 2020-2023", "average"),
    ("R&D as percentage of sales", "share_of"),
    ("net sales in Q2 2023", "quarter"),
    ("Total assets at the end of fiscal 2022", "lookup"),
    ("revenue CAGR 2019-2023", "cagr"),
    ("How much was spent on buybacks altogether from 2020 to 2023?", "total"),
]


class WordEmbedder:
    model_id = "words@1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, zlib.crc32(word.encode()) % 64] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.maximum(norms, 1)).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    store = MemoryStore.open(tmp_path, WordEmbedder())
    terms = [
        ("revenue", "what was sold", {"label": "Revenue", "synonyms": ["sales", "top line"]}),
        ("gross_profit", "sales less their cost", {"label": "Gross profit"}),
        ("gross_margin", "its share of sales", {"synonyms": ["gross profit margin"]}),
    ]
    store.add_many(make_record("term", n, t, d, provenance="test") for n, t, d in terms)
    return store


def test_a_synonym_in_the_question_finds_its_term_first(store: MemoryStore) -> None:
    best = recall(store, "How did the top line do?")[0]
    assert (best.record.name, best.phrase) == ("revenue", "top line")


def test_the_longer_name_wins(store: MemoryStore) -> None:
    assert recall(store, "What was gross profit margin?")[0].record.name == "gross_margin"


def test_part_of_a_word_names_nothing(store: MemoryStore) -> None:
    assert recall(store, "the wholesales figure")[0].phrase == ""


def test_taught_outranks_the_seed_of_the_same_name(store: MemoryStore) -> None:
    taught = make_record("term", "Revenue", "our own", {}, provenance="said", taught_by="ana")
    store.add(taught)
    found = [item.record.id for item in recall(store, "revenue")]
    assert found[0] == "term/revenue/taught"
    assert "term/revenue/seed" not in found


def test_a_taught_word_takes_it_from_the_seed_that_had_it_as_synonym(store: MemoryStore) -> None:
    taught = make_record("term", "top line", "x", {}, provenance="said", taught_by="ana")
    store.add(taught)
    first, second = recall(store, "top line", k=2)
    assert first.record.id == "term/top_line/taught"
    assert second.phrase == ""


def test_forgetting_the_taught_word_brings_the_seed_back(store: MemoryStore) -> None:
    store.add(make_record("term", "revenue", "own", {}, provenance="said", taught_by="ana"))
    store.forget("term/revenue/taught", by="ana")
    assert recall(store, "revenue")[0].record.id == "term/revenue/seed"


def test_the_order_is_the_same_every_time(store: MemoryStore) -> None:
    runs = [[(r.record.id, r.score) for r in recall(store, "profit of sales")] for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]


def test_kinds_and_count_limit_what_is_recalled(store: MemoryStore) -> None:
    assert recall(store, "revenue", kinds=["process"]) == []
    assert len(recall(store, "revenue", k=2)) == 2
    assert recall(store, "  ") == []


@pytest.mark.model
def test_questions_recall_their_process_among_the_first_three(tmp_path: Path) -> None:
    store = MemoryStore.open(tmp_path / "seeded", MiniLM())
    seed(store)
    missed = {
        question: [item.record.name for item in recall(store, question, ["process"], 3)]
        for question, _ in _QUESTIONS
    }
    missed = {q: names for q, names in missed.items() if dict(_QUESTIONS)[q] not in names}
    assert missed == {}
