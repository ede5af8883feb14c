"""Time passage search over many passages, made of the bundled invented 10-K and invented words.

Sentences are drawn from the invented filing; in each, some words are replaced by words of an
invented vocabulary whose frequencies fall as Zipf's law has it, so that the index sees rare and
common terms. Vectors are pseudo-random: their values don't change what a search costs.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tools.documents.sentences import sentences
from tools.sample import load_sample
from tools.search import segments
from tools.search.passages import search, vectors_folder
from tools.search.scope import Filter, forget_scopes, load_scope
from tools.search.vectors import Vectors, open_vectors
from tools.warehouse import Warehouse, append_rows

_A_FILING = 400  # passages, about as many as a 10-K of the 2020s has
_FILINGS_A_COMPANY = 5
_WORDS = 110
_ITEMS = ("1", "1A", "7", "8")
_VOCABULARY = 60_000
_INVENTED_SHARE = 0.04
_MODEL = "pseudo-random@1"
_DIMENSIONS = 384


@dataclass(frozen=True, slots=True)
class SearchTimes:
    """Milliseconds of searches of one kind, without the question's embedding."""

    kind: str
    passages: int
    milliseconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.milliseconds)


def synthesise(warehouse: Warehouse, passages: int = 100_000, *, seed: int = 7) -> None:
    """Fill a warehouse with so many passages, their index and their vectors."""
    rng = random.Random(seed)
    pool = _sentences(warehouse)
    vocabulary = ["".join(rng.choices("bdfgklmnprstvaeiou", k=rng.randint(5, 9))) for _ in
                  range(_VOCABULARY)]  # fmt: skip
    for number, start in enumerate(range(0, passages, _A_FILING)):
        count = min(_A_FILING, passages - start)
        _store_filing(warehouse, number, [_text(rng, pool, vocabulary) for _ in range(count)])
    segments.refresh(warehouse)
    _store_vectors(warehouse, seed)


def time_searches(
    warehouse: Warehouse, *, questions: int = 40, seed: int = 11
) -> list[SearchTimes]:
    """Time searches over everything, over one company, and over an item as of a day."""
    asked = _questions(warehouse, questions, seed)
    kinds: dict[str, Filter] = {
        "everything": Filter(),
        "one item of all, as of a day": Filter(items=["1A"], as_of=date(2023, 1, 1)),
        "one company": Filter(ciks=[_cik(0)]),
    }
    times = []
    for kind, within in kinds.items():
        times.append(_time(warehouse, f"{kind}, first search", within, asked[:5], cold=True))
        times.append(_time(warehouse, kind, within, asked))
    return times


def _time(
    warehouse: Warehouse, kind: str, within: Filter, asked: Sequence[str], *, cold: bool = False
) -> SearchTimes:
    spent = []
    for question in asked:
        if cold:
            forget_scopes()
        began = time.perf_counter()
        search(
            warehouse, question, embed=_pseudo_random, model_id=_MODEL, ciks=within.ciks,
            items=within.items, as_of=within.as_of,
        )  # fmt: skip
        spent.append((time.perf_counter() - began) * 1000)
    return SearchTimes(kind, len(load_scope(warehouse, within)), tuple(spent))


def run(folder: Path, passages: int = 100_000) -> list[SearchTimes]:
    """Synthesise a warehouse in an empty folder, and time searches in it read-only."""
    path = folder / "warehouse.duckdb"
    with Warehouse.open(path) as warehouse:
        synthesise(warehouse, passages)
    with Warehouse.open(path, read_only=True) as warehouse:
        return time_searches(warehouse)


def _sentences(warehouse: Warehouse) -> list[list[str]]:
    load_sample(warehouse)
    rows = warehouse.connection.execute("SELECT text FROM passage ORDER BY passage_id").fetchall()
    return [sentence.split() for row in rows for sentence in sentences(row[0])]


def _text(rng: random.Random, pool: list[list[str]], vocabulary: list[str]) -> str:
    text: list[str] = []
    while len(text) < _WORDS:
        for word in rng.choice(pool):
            invented = rng.random() < _INVENTED_SHARE
            text.append(vocabulary[_zipf(rng)] if invented else word)
    return " ".join(text)


def _zipf(rng: random.Random) -> int:
    return min(int(rng.paretovariate(0.6)), _VOCABULARY) - 1


def _cik(number: int) -> int:
    return 8_000_000 + number // _FILINGS_A_COMPANY


def _store_filing(warehouse: Warehouse, number: int, texts: list[str]) -> None:
    accession = f"{_cik(number):010d}-24-{number:06d}"
    filed = date(2024, 2, 1) - timedelta(days=365 * (number % _FILINGS_A_COMPANY))
    base = 10_000_000 + number * _A_FILING
    count = len(texts)
    items = [_ITEMS[place * len(_ITEMS) // count] for place in range(count)]
    rows: dict[str, list[Any]] = {
        "passage_id": list(range(base, base + count)),
        "accession": [accession] * count,
        "section_id": [base] * count,
        "item": items,
        "ordinal": list(range(count)),
        "text": texts,
        "span_start": [1000 * place for place in range(count)],
        "span_end": [1000 * place + 999 for place in range(count)],
    }
    with warehouse.transaction() as connection:
        connection.execute(
            "INSERT INTO filing (accession, cik, form, filed, source, is_amendment) "
            "VALUES (?, ?, '10-K', ?, 'inline', false)",
            [accession, _cik(number), filed],
        )
        append_rows(connection, "passage", pa.table(rows))
        passages = segments.read_passages(connection, accession)
        segments.store(connection, accession, segments.build(passages))


def _store_vectors(warehouse: Warehouse, seed: int) -> None:
    keys = np.unique(load_scope(warehouse, Filter()).contents)
    store = open_vectors(vectors_folder(warehouse.path), _MODEL)
    store.add(dict(zip(keys.tolist(), _unit(np.random.default_rng(seed), len(keys)), strict=True)))


def _pseudo_random(texts: list[str]) -> Vectors:
    return _unit(np.random.default_rng(len(texts[0])), len(texts))


def _unit(rng: np.random.Generator, count: int) -> Vectors:
    vectors = rng.standard_normal((count, _DIMENSIONS), dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _questions(warehouse: Warehouse, count: int, seed: int) -> list[str]:
    """Questions of 3 to 10 words that stand in one passage each."""
    return [*_drawn(warehouse, count, random.Random(seed))]


def _drawn(warehouse: Warehouse, count: int, rng: random.Random) -> Iterator[str]:
    ids = load_scope(warehouse, Filter()).passage_ids
    for key in rng.sample(ids.tolist(), count):
        [(text,)] = warehouse.connection.execute(
            "SELECT text FROM passage WHERE passage_id = ?", [key]
        ).fetchall()
        yield " ".join(rng.sample(text.split(), rng.randint(3, 10)))
