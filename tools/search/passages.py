"""Finds the passages of filings that speak about a question: BM25 and meaning, fused.

BM25 ranks all passages in scope; the best of them are ranked again by the cosine of their
vectors with the question's; the two rankings are fused by reciprocal rank (Cormack, Clarke and
Buettcher 2009, k = 60). Vectors are made when first needed and kept in `passage_vector` with
their model's id and their text's hash; in a warehouse opened read-only they are kept for the life
of the process.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.warehouse import Warehouse

Vectors = npt.NDArray[np.float32]
Embed = Callable[[list[str]], Vectors]

_CANDIDATES = 24
_FUSION_K = 60
_CACHED_SCOPES = 8
_CACHED_VECTORS = 20_000
_COLUMNS = (
    "passage_id",
    "accession",
    "section_id",
    "item",
    "ordinal",
    "text",
    "span_start",
    "span_end",
    "cik",
    "company",
    "form",
    "filed",
    "period_end",
    "fiscal_year",
    "url",
)
_STOPWORDS = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being
    below between both but by can could did do does doing down during each few for from further
    had has have having he her here hers him his how i if in into is it its itself just many me more
    most much my no nor not now of off on once only or other our out over own said same say says she
    should so some such tell than that the their them then there these they this those through
    to too under until up very was we were what when where which while who whom why will with
    would you your company filing report describe mention
    """.split()
)
_WORD = re.compile(r"[^\W_]+(?:[&'’.-][^\W_]+)*")


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


def search(
    warehouse: Warehouse,
    question: str,
    *,
    embed: Embed,
    model_id: str,
    ciks: Sequence[int],
    accessions: Sequence[str] | None = None,
    items: Sequence[str] | None = None,
    as_of: date | None = None,
    k: int = 8,
) -> list[PassageHit]:
    """Return the `k` passages in scope that fit the question best, best first.

    Args:
        warehouse: Where the passages are.
        question: The question, or just its topic words.
        embed: Texts to unit vectors, float32 [n, dim].
        model_id: The id of the model behind `embed`.
        ciks: Companies in scope.
        accessions: Filings in scope; all filings of the companies when `None`.
        items: Sections in scope, such as `["1A"]`; all when `None`.
        as_of: Only filings filed on or before this day.
        k: At most so many.
    """
    scope = _load_scope(warehouse, ciks, accessions, items, as_of)
    if not scope.rows or not question.strip():
        return []
    by_words = scope.rank_by_words(question)
    candidates = by_words[:_CANDIDATES]
    if len(candidates) < _CANDIDATES:  # few words match: let meaning see other passages too
        rest = [n for n in range(len(scope.rows)) if n not in set(candidates)]
        candidates = [*candidates, *rest[: _CANDIDATES - len(candidates)]]
    texts = [str(scope.rows[n][5]) for n in candidates]
    vectors = _vectors(warehouse, texts, embed, model_id)
    cosines = np.round(vectors @ embed([question])[0], 5)
    by_meaning = [candidates[n] for n in np.argsort(-cosines, kind="stable")]
    return _fuse(scope.rows, by_words, by_meaning)[:k]


def build_vectors(warehouse: Warehouse, accession: str, *, embed: Embed, model_id: str) -> int:
    """Make the vectors of a whole filing ahead of any question; return how many were missing.

    The warehouse must be open for writing.
    """
    rows = warehouse.connection.execute(
        "SELECT text FROM passage WHERE accession = ? ORDER BY ordinal", [accession]
    ).fetchall()
    texts = {_hash(row[0]): row[0] for row in rows}
    missing = set(texts) - set(_stored_vectors(warehouse, list(texts), model_id))
    new = [texts[key] for key in texts if key in missing]
    if new:
        _store_vectors(warehouse, dict(zip(map(_hash, new), embed(new), strict=True)), model_id)
    return len(new)


class _Scope:
    """The passages of one scope and their BM25 index."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        import bm25s

        self.rows = rows
        self._bm25 = bm25s.BM25()
        if rows:
            corpus = [_words(str(row[5])) or ["-"] for row in rows]
            self._bm25.index(corpus, show_progress=False)

    def rank_by_words(self, question: str) -> list[int]:
        """Row numbers of the passages that share a word with the question, best first."""
        known = self._bm25.vocab_dict
        words = [word for word in dict.fromkeys(_words(question)) if word in known]
        if not words:
            return []
        scores = np.round(self._bm25.get_scores(words), 6)
        order = np.argsort(-scores, kind="stable")
        return [int(n) for n in order if scores[n] > 0]


_scopes: OrderedDict[tuple[Any, ...], _Scope] = OrderedDict()
_session_vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
_lock = threading.Lock()


def _load_scope(
    warehouse: Warehouse,
    ciks: Sequence[int],
    accessions: Sequence[str] | None,
    items: Sequence[str] | None,
    as_of: date | None,
) -> _Scope:
    where = "list_contains(?, f.cik) AND f.filed <= ?"
    values: list[Any] = [list(ciks), as_of or date.max]
    for column, wanted in (("p.accession", accessions), ("p.item", items)):
        if wanted is not None:
            where += f" AND list_contains(?, {column})"
            values.append(list(wanted))
    counted = warehouse.connection.execute(
        "SELECT p.accession, count(*), max(p.passage_id) FROM passage p "
        f"JOIN filing f USING (accession) WHERE {where} GROUP BY ALL ORDER BY ALL",
        values,
    ).fetchall()
    key = (str(warehouse.path), tuple(counted), tuple(items or ()))
    with _lock:
        if key in _scopes:
            _scopes.move_to_end(key)
            return _scopes[key]
    rows = warehouse.connection.execute(
        "SELECT p.passage_id, p.accession, p.section_id, p.item, p.ordinal, p.text, "
        "p.span_start, p.span_end, f.cik, c.name, f.form, f.filed, f.period_end, "
        "f.fiscal_year, f.url FROM passage p JOIN filing f USING (accession) "
        f"LEFT JOIN company c ON c.cik = f.cik WHERE {where} "
        "ORDER BY f.filed DESC, p.accession, p.ordinal, p.passage_id",
        values,
    ).fetchall()
    scope = _Scope(rows)
    with _lock:
        _scopes[key] = scope
        while len(_scopes) > _CACHED_SCOPES:
            _scopes.popitem(last=False)
    return scope


def _vectors(warehouse: Warehouse, texts: list[str], embed: Embed, model_id: str) -> Vectors:
    """Return the vectors of `texts`, float32 [n, dim]; makes and keeps those not known yet."""
    hashes = [_hash(text) for text in texts]
    with _lock:
        known = {h: v for h in hashes if (v := _session_vectors.get((h, model_id))) is not None}
    unknown = [h for h in dict.fromkeys(hashes) if h not in known]
    known.update(_stored_vectors(warehouse, unknown, model_id))
    by_hash = dict(zip(hashes, texts, strict=True))
    missing = [h for h in unknown if h not in known]
    if missing:
        made = embed([by_hash[h] for h in missing])
        new = dict(zip(missing, made, strict=True))
        known.update(new)
        if not _is_read_only(warehouse):
            _store_vectors(warehouse, new, model_id)
    with _lock:
        _session_vectors.update({(h, model_id): known[h] for h in unknown})
        while len(_session_vectors) > _CACHED_VECTORS:
            _session_vectors.popitem(last=False)
    return np.stack([known[h] for h in hashes])


def _stored_vectors(warehouse: Warehouse, hashes: list[str], model_id: str) -> dict[str, Vectors]:
    rows = warehouse.connection.execute(
        "SELECT content_sha256, vector FROM passage_vector "
        "WHERE model_id = ? AND list_contains(?, content_sha256)",
        [model_id, hashes],
    ).fetchall()
    return {key: np.asarray(vector, dtype=np.float32) for key, vector in rows}


def _store_vectors(warehouse: Warehouse, vectors: dict[str, Vectors], model_id: str) -> None:
    warehouse.connection.execute(
        "INSERT OR IGNORE INTO passage_vector (content_sha256, model_id, vector) "
        "SELECT unnest(?), ?, unnest(?::FLOAT[][])",
        [[*vectors], model_id, [vector.tolist() for vector in vectors.values()]],
    )


def _is_read_only(warehouse: Warehouse) -> bool:
    row = warehouse.connection.execute(
        "SELECT readonly FROM duckdb_databases() WHERE database_name = current_database()"
    ).fetchone()
    return bool(row and row[0])


def _fuse(
    rows: list[tuple[Any, ...]], by_words: list[int], by_meaning: list[int]
) -> list[PassageHit]:
    word_rank = {n: rank for rank, n in enumerate(by_words, start=1)}
    hits = []
    for vector_rank, n in enumerate(by_meaning, start=1):
        bm25_rank = word_rank.get(n, 0)
        score = 1 / (_FUSION_K + vector_rank)
        if bm25_rank:
            score += 1 / (_FUSION_K + bm25_rank)
        found = dict(zip(_COLUMNS, rows[n], strict=True))
        hits.append(PassageHit(**found, score=score, bm25_rank=bm25_rank, vector_rank=vector_rank))
    hits.sort(key=lambda hit: (-hit.score, hit.vector_rank))
    return hits


def _words(text: str) -> list[str]:
    found = _WORD.findall(text.casefold())
    return [_stem(word) for word in found if word not in _STOPWORDS]


def _stem(word: str) -> str:
    """Take off a plural (Harman's S stemmer) and a possessive."""
    word = word.removesuffix("'s").removesuffix("’s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
