"""Finds the passages of filings that speak about a question: BM25 and meaning, fused.

Words rank all passages in scope. Where every passage in scope has its vector (`footnote index
--vectors`), meaning ranks them all too; elsewhere it ranks the best by words, and the vectors this
needs are made and kept (`tools/search/vectors.py`). The two rankings are fused by reciprocal rank
(Cormack, Clarke and Buettcher 2009, k = 60).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from tools.search.places import find_places
from tools.search.ranking import Numbers, Ranking
from tools.search.scope import Filter, Scope, load_scope
from tools.search.vectors import Vectors, VectorStore, open_vectors
from tools.search.words import content_of
from tools.warehouse import Warehouse

Embed = Callable[[list[str]], Vectors]

_CANDIDATES = 24
_FUSION_K = 60


@dataclass(frozen=True)
class PassageHit:
    """A passage with where it stands and how well it fits.

    Attributes:
        passage_id: Its key in the warehouse.
        accession: Its filing.
        section_id: Its section.
        item: The section's item, such as `1A`.
        ordinal: Its place in the filing.
        text: The passage, whole sentences.
        span_start: First character in the filing's plain text.
        span_end: One past the last character.
        score: Fused reciprocal rank; higher is better, at most 2/61.
        cik: The company's key.
        company: The company's name.
        form: The filing's form.
        filed: When it was filed.
        period_end: End of the period it reports on.
        fiscal_year: The fiscal year it reports on.
        url: Where the filing can be read.
        bm25_rank: Place by words, from 1; 0 when no word matched.
        vector_rank: Place by meaning, from 1.
        page: Page of the PDF it begins on, from 1.
        speaker: Who said it on a call.
        role: The speaker's title.
    """

    passage_id: int
    accession: str
    section_id: int
    item: str
    ordinal: int
    text: str
    span_start: int
    span_end: int
    score: float
    cik: int
    company: str
    form: str
    filed: date
    period_end: date | None
    fiscal_year: int | None
    url: str | None
    bm25_rank: int
    vector_rank: int
    page: int | None = None
    speaker: str = ""
    role: str = ""


def search(
    warehouse: Warehouse,
    question: str,
    *,
    embed: Embed,
    model_id: str,
    ciks: Sequence[int] | None,
    accessions: Sequence[str] | None = None,
    items: Sequence[str] | None = None,
    forms: Sequence[str] | None = None,
    as_of: date | None = None,
    k: int = 8,
) -> list[PassageHit]:
    """Return the `k` passages in scope that fit the question best, best first.

    Args:
        warehouse: Where the passages are.
        question: The question, or just its topic words.
        embed: Texts to unit vectors, float32 [n, dim].
        model_id: The id of the model behind `embed`.
        ciks: Companies in scope; all when `None`.
        accessions: Filings and documents in scope; all of the companies when `None`.
        items: Sections in scope, such as `["1A"]`; all when `None`.
        forms: Forms of filings, or `transcript` and `note`; all when `None`.
        as_of: Only filings filed, and documents published, on or before this day.
        k: At most so many.
    """
    scope = load_scope(warehouse, Filter(ciks, accessions, items, forms, as_of))
    if not len(scope) or not question.strip():
        return []
    by_words = Ranking(scope.score_words(question), positive=True)
    store = open_vectors(vectors_folder(warehouse.path), model_id)
    rows = scope.vector_rows(store)
    if rows is not None:
        cosines = store.cosines(rows, embed([question])[0])
        by_meaning = Ranking(np.round(cosines, 5))
        chosen = np.union1d(by_words.best(_CANDIDATES), by_meaning.best(_CANDIDATES))
        fused = _fuse(chosen, by_words.places(chosen), by_meaning.places(chosen))
    else:
        chosen = _candidates(by_words, len(scope))
        cosines = _cosines(warehouse, scope, chosen, question, embed, store)
        by_meaning = Ranking(np.round(cosines, 5))
        fused = _fuse(chosen, by_words.places(chosen), by_meaning.places(np.arange(len(chosen))))
    return _hits(warehouse, scope, fused[:k])


def vectors_folder(warehouse_path: Path) -> Path:
    """Return where the vectors of a warehouse's passages lie: beside it."""
    return warehouse_path.parent / "vectors"


def build_vectors(
    warehouse: Warehouse, accession: str, *, embed: Embed, model_id: str, batch: int = 256
) -> int:
    """Make the vectors of a whole filing ahead of any question; return how many were missing."""
    store = open_vectors(vectors_folder(warehouse.path), model_id)
    rows = warehouse.connection.execute(
        "SELECT text FROM passage WHERE accession = ? ORDER BY ordinal", [accession]
    ).fetchall()
    texts = {content_of(row[0]): row[0] for row in rows}
    kept = store.find(np.array([*texts], dtype=np.uint64)) >= 0
    missing = [key for key, known in zip(texts, kept, strict=True) if not known]
    for start in range(0, len(missing), batch):
        keys = missing[start : start + batch]
        store.add(dict(zip(keys, embed([texts[key] for key in keys]), strict=True)))
    return len(missing)


def _candidates(by_words: Ranking, total: int) -> Numbers:
    """Return the best by words and, where few words match, others from the scope's start."""
    best = by_words.best(_CANDIDATES)
    rest = np.setdiff1d(np.arange(min(total, 2 * _CANDIDATES)), best)
    return np.concatenate([best, rest[: _CANDIDATES - len(best)]])


def _cosines(
    warehouse: Warehouse,
    scope: Scope,
    numbers: Numbers,
    question: str,
    embed: Embed,
    store: VectorStore,
) -> Vectors:
    """Return the cosines of some passages with the question; makes and keeps missing vectors."""
    keys = scope.contents[numbers]
    known = store.get(keys)
    missing = [n for n, key in zip(numbers, keys, strict=True) if int(key) not in known]
    if missing:
        ids = [int(scope.passage_ids[n]) for n in missing]
        texts = {content_of(text): text for text in _texts(warehouse, ids)}
        made = dict(zip(texts, embed([*texts.values()]), strict=True))
        store.add(made)
        known |= made
    return np.asarray(np.stack([known[int(key)] for key in keys]) @ embed([question])[0])


def _texts(warehouse: Warehouse, passage_ids: list[int]) -> list[str]:
    rows = warehouse.connection.execute(
        f"SELECT passage_id, text FROM passage WHERE passage_id IN ({_marks(passage_ids)})",
        passage_ids,
    ).fetchall()
    texts = dict(rows)
    return [texts[key] for key in passage_ids]


def _marks(values: Sequence[object]) -> str:
    """Return a question mark a value: unlike `list_contains`, `IN` lets DuckDB skip other rows."""
    return ", ".join("?" * len(values))


@dataclass(frozen=True, slots=True)
class _Fused:
    number: int
    score: float
    bm25_rank: int
    vector_rank: int


def _fuse(chosen: Numbers, word_places: Numbers, meaning_places: Numbers) -> list[_Fused]:
    fused = []
    rows = zip(chosen.tolist(), word_places.tolist(), meaning_places.tolist(), strict=True)
    for number, words, meaning in rows:
        score = 1 / (_FUSION_K + meaning) + (1 / (_FUSION_K + words) if words else 0)
        fused.append(_Fused(number, score, words, meaning))
    fused.sort(key=lambda one: (-one.score, one.vector_rank))
    return fused


def _hits(warehouse: Warehouse, scope: Scope, fused: list[_Fused]) -> list[PassageHit]:
    ids = [int(scope.passage_ids[one.number]) for one in fused]
    passages = _by_key(
        warehouse,
        "SELECT passage_id, accession, section_id, item, ordinal, text, span_start, span_end "
        f"FROM passage WHERE passage_id IN ({_marks(ids)})",
        ids,
    )
    accessions = sorted({row["accession"] for row in passages.values()})
    sources = _by_key(  # a join of both is slower by far: it reads every text
        warehouse,
        "SELECT s.accession, s.cik, c.name AS company, s.form, s.filed, s.period_end, "
        "s.fiscal_year, s.url FROM passage_source s LEFT JOIN company c USING (cik) "
        f"WHERE s.accession IN ({_marks(accessions)})",
        accessions,
    )
    places = find_places(
        warehouse, [(key, row["accession"], row["span_start"]) for key, row in passages.items()]
    )
    return [
        PassageHit(
            **(passages[key] | sources[passages[key]["accession"]]),
            score=one.score,
            bm25_rank=one.bm25_rank,
            vector_rank=one.vector_rank,
            page=places[key].page,
            speaker=places[key].speaker,
            role=places[key].role,
        )
        for key, one in zip(ids, fused, strict=True)
    ]


def _by_key(warehouse: Warehouse, sql: str, values: Sequence[Any]) -> dict[Any, dict[str, Any]]:
    """Return rows by their first column."""
    cursor = warehouse.connection.execute(sql, values)
    names = [column[0] for column in cursor.description or ()]
    return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
