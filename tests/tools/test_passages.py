import re
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tools.search.passages import build_vectors, search
from tools.search.vectors import Vectors, _stores
from tools.warehouse import Warehouse

# Invented companies and sentences.
_TEXTS = [
    (1, "a-23", date(2024, 2, 1), "1", "We make kettles and sell them to shops and online."),
    (1, "a-23", date(2024, 2, 1), "1A", "Our rivals are larger, and competition on price is hard."),
    (1, "a-23", date(2024, 2, 1), "1A", "A fire in our one plant would stop all production."),
    (1, "a-23", date(2024, 2, 1), "7", "Revenue grew because we sold more kettles."),
    (1, "a-22", date(2023, 2, 1), "1A", "Competition from abroad has cost us customers."),
    (2, "b-23", date(2024, 3, 1), "1A", "Competition for pilots drives wages up."),
]


class CountingEmbed:
    """Bag of hashed words; "rivals" and "competition" mean the same to it."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: list[str]) -> Vectors:
        self.texts.extend(texts)
        vectors = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower().replace("rivals", "competition")):
                vectors[row, zlib.crc32(word.encode()) % 256] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with Warehouse.open(path) as warehouse:
        run = warehouse.connection.execute
        for cik, name in ((1, "Kettle Works"), (2, "Blue Air")):
            run(
                "INSERT INTO company (cik, name, tickers, former_names) VALUES (?, ?, [], [])",
                [cik, name],
            )
        for cik, accession, filed in sorted({(t[0], t[1], t[2]) for t in _TEXTS}):
            run(
                "INSERT INTO filing (accession, cik, form, filed, source, is_amendment) "
                "VALUES (?, ?, '10-K', ?, 'inline', false)",
                [accession, cik, filed],
            )
        for number, (_, accession, _, item, text) in enumerate(_TEXTS):
            run(
                "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [number, accession, number, item, number, text, 100 * number, 100 * number + 50],
            )
    return path


@pytest.fixture
def warehouse(path: Path) -> Iterator[Warehouse]:
    with Warehouse.open(path) as opened:
        yield opened


def found(warehouse: Warehouse, question: str, **scope: object) -> list[int]:
    scope = {"ciks": [1], **scope}
    hits = search(warehouse, question, embed=CountingEmbed(), model_id="words@1", **scope)  # type: ignore[arg-type]
    return [hit.passage_id for hit in hits]


def test_the_passage_on_the_topic_comes_first(warehouse: Warehouse) -> None:
    assert found(warehouse, "What does it say about a fire in the plant?")[0] == 2


def test_a_hit_says_where_it_stands(warehouse: Warehouse) -> None:
    embed = CountingEmbed()
    (hit,) = search(warehouse, "pilots", embed=embed, model_id="words@1", ciks=[2], k=1)
    assert (hit.company, hit.accession, hit.item, hit.filed) == (
        "Blue Air",
        "b-23",
        "1A",
        date(2024, 3, 1),
    )
    assert (hit.span_start, hit.span_end, hit.bm25_rank, hit.vector_rank) == (500, 550, 1, 1)
    assert hit.score == pytest.approx(2 / 61)


def test_plural_and_singular_match(warehouse: Warehouse) -> None:
    assert found(warehouse, "kettle")[:2] == found(warehouse, "kettles")[:2]
    assert set(found(warehouse, "kettle")[:2]) == {0, 3}


def test_meaning_finds_what_words_miss(warehouse: Warehouse) -> None:
    assert found(warehouse, "rivals", accessions=["a-22"])[0] == 4


def test_scope_is_kept(warehouse: Warehouse) -> None:
    assert found(warehouse, "competition", ciks=[2]) == [5]
    assert found(warehouse, "competition", accessions=["a-22"]) == [4]
    assert set(found(warehouse, "competition", items=["1A"])) == {1, 2, 4}
    assert found(warehouse, "competition", as_of=date(2023, 12, 31)) == [4]
    assert found(warehouse, "competition", ciks=[3]) == []
    assert found(warehouse, "   ") == []


def test_the_order_is_the_same_every_time(warehouse: Warehouse) -> None:
    assert found(warehouse, "we sell") == found(warehouse, "we sell")
    assert len(found(warehouse, "kettles", k=2)) == 2


def test_passages_are_embedded_once(path: Path) -> None:
    embed = CountingEmbed()
    for _ in range(2):
        with Warehouse.open(path) as warehouse:
            search(warehouse, "fire", embed=embed, model_id="once@1", ciks=[1])
    assert sum(text in embed.texts for text in (t[4] for t in _TEXTS)) == 5
    assert len(embed.texts) == 5 + 2


def test_vectors_of_another_model_are_not_used(warehouse: Warehouse) -> None:
    embed = CountingEmbed()
    search(warehouse, "fire", embed=embed, model_id="one@1", ciks=[2])
    search(warehouse, "fire", embed=embed, model_id="two@1", ciks=[2])
    assert embed.texts.count(_TEXTS[5][4]) == 2


def test_a_read_only_warehouse_can_be_searched(path: Path) -> None:
    with Warehouse.open(path, read_only=True) as warehouse:
        assert found(warehouse, "fire")[0] == 2


def test_vectors_made_while_reading_only_are_kept(path: Path) -> None:
    embed = CountingEmbed()
    for _ in range(2):
        _stores.clear()  # as a new process
        with Warehouse.open(path, read_only=True) as warehouse:
            search(warehouse, "fire", embed=embed, model_id="kept@1", ciks=[1])
    assert len(embed.texts) == 5 + 2


def test_vectors_can_be_built_ahead(warehouse: Warehouse) -> None:
    embed = CountingEmbed()
    assert build_vectors(warehouse, "a-23", embed=embed, model_id="ahead@1") == 4
    assert build_vectors(warehouse, "a-23", embed=embed, model_id="ahead@1") == 0
    search(warehouse, "fire", embed=embed, model_id="ahead@1", ciks=[1], accessions=["a-23"])
    assert embed.texts[4:] == ["fire"]


def test_new_passages_are_seen_by_the_next_search(warehouse: Warehouse) -> None:
    found(warehouse, "locusts")
    warehouse.connection.execute(
        "INSERT INTO passage VALUES (99, 'a-23', 9, '1A', 9, 'Locusts are a risk.', 0, 9)"
    )
    assert found(warehouse, "locusts")[0] == 99
