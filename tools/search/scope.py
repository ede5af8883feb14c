"""The passages a question may look at, and their ranking by words: BM25 over just these.

Robertson and Zaragoza 2009, in Lucene's form, k1 = 1.5 and b = 0.75 as bm25s has them; what a word
is worth is counted over the passages in scope.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.search.segments import FINGERPRINT, Ints, Segment, load
from tools.search.vectors import VectorStore
from tools.search.words import term_of, words
from tools.warehouse import Warehouse

Floats = npt.NDArray[np.float32]

_K1, _B = 1.5, 0.75
_CACHED_SCOPES = 4


@dataclass(frozen=True)
class Filter:
    """What limits a search; `None` does not.

    Attributes:
        ciks: Companies.
        accessions: Filings and documents.
        items: Items of filings, such as `1A`.
        forms: Forms of filings and kinds of documents, such as `10-K` or `transcript`.
        as_of: Only what was filed or published on or before this day.
    """

    ciks: Sequence[int] | None = None
    accessions: Sequence[str] | None = None
    items: Sequence[str] | None = None
    forms: Sequence[str] | None = None
    as_of: date | None = None


class Scope:
    """Passages in order (newest filing first, then the filing's order), numbered from 0."""

    def __init__(self, segments: Sequence[Segment], items: Sequence[str] | None) -> None:
        """Join segments; `items` keeps passages of these items only."""
        self._joined = _Joined.of(segments)
        kept = None if items is None else _in_items(segments, set(items))
        self._place = _renumbered(kept)
        self.passage_ids = _only([one.passage_ids for one in segments], kept)
        self.contents = _only([one.contents for one in segments], kept).astype(np.uint64)
        lengths = _only([one.lengths for one in segments], kept).astype(np.float32)
        mean = lengths.mean() if len(lengths) else 1
        self._seen: tuple[str, int] | None = None
        self._rows: npt.NDArray[np.int64] | None = None
        self._norm = (_K1 * (1 - _B + _B * lengths / mean)).astype(np.float32)

    def __len__(self) -> int:
        return len(self.passage_ids)

    def score_words(self, text: str) -> Floats:
        """Return each passage's BM25 score for a text, 0 where no word is shared: [passages]."""
        scores = np.zeros(len(self), dtype=np.float32)
        for word in dict.fromkeys(words(text)):
            places, counts = self._joined.find(term_of(word))
            if self._place is not None:
                places = self._place[places]
                places, counts = places[places >= 0], counts[places >= 0]
            if len(places):
                found = len(places)
                worth = np.log(1 + (len(self) - found + 0.5) / (found + 0.5))
                times = counts.astype(np.float32)
                scores[places] += (worth * times / (times + self._norm[places])).astype(np.float32)
        return scores

    def vector_rows(self, store: VectorStore) -> npt.NDArray[np.int64] | None:
        """Return where the passages' vectors lie in a store; None unless all have one."""
        seen = (store.model_id, len(store))
        if self._seen != seen:
            rows = store.find(self.contents)
            self._seen, self._rows = seen, rows if (rows >= 0).all() else None
        return self._rows


@dataclass(frozen=True, slots=True, eq=False)
class _Joined:
    """Segments as one inverted list; a term's postings lie in as many runs as segments have it."""

    terms: Ints  # ascending, with repeats
    starts: Ints
    sizes: Ints
    bases: Ints
    places: Ints
    counts: Ints

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> _Joined:
        terms = _join([one.terms for one in segments], np.int64)
        sizes = _join([one.sizes for one in segments], np.uint32).astype(np.int64)
        lengths = [len(one.passage_ids) for one in segments]
        bases = np.cumsum([0, *lengths])[:-1].astype(np.int64)
        of_term = np.repeat(bases, [len(one.terms) for one in segments])
        order = np.argsort(terms, kind="stable")
        return cls(
            terms[order],
            (np.cumsum(sizes) - sizes)[order],
            sizes[order],
            of_term[order],
            _join([one.places for one in segments], np.uint16),
            _join([one.counts for one in segments], np.uint8),
        )

    def find(self, term: int) -> tuple[Ints, Ints]:
        """Return a term's passages and how often it stands in each."""
        first, last = np.searchsorted(self.terms, [term, term + 1])
        sizes = self.sizes[first:last]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        at = np.repeat(self.starts[first:last], sizes) + within
        places = self.places[at].astype(np.int64) + np.repeat(self.bases[first:last], sizes)
        return places, self.counts[at]


def _join(arrays: Sequence[Ints], kind: type[np.integer[Any]]) -> Ints:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=kind)


def _in_items(segments: Sequence[Segment], wanted: set[str]) -> npt.NDArray[np.bool_]:
    flags = [
        np.array([name in wanted for name in one.item_names], dtype=np.bool_)[one.items]
        for one in segments
        if len(one.items)
    ]
    return np.concatenate(flags) if flags else np.zeros(0, dtype=np.bool_)


def _renumbered(kept: npt.NDArray[np.bool_] | None) -> Ints | None:
    return None if kept is None else np.where(kept, np.cumsum(kept) - 1, -1)


def _only(arrays: Sequence[Ints], kept: npt.NDArray[np.bool_] | None) -> Ints:
    whole = _join(arrays, np.int64)
    return whole if kept is None else whole[kept]


_scopes: OrderedDict[tuple[Any, ...], Scope] = OrderedDict()
_lock = threading.Lock()


def load_scope(warehouse: Warehouse, within: Filter) -> Scope:
    """Return the scope of a filter; the last few are kept while their filings do not change."""
    rows = warehouse.keep(("sources", repr(within)), lambda: _sources(warehouse, within))
    key = (str(warehouse.path), rows, tuple(within.items) if within.items is not None else None)
    with _lock:
        if key in _scopes:
            _scopes.move_to_end(key)
            return _scopes[key]
    segments = load(warehouse.connection, dict(rows))
    scope = Scope([segments[accession] for accession, _ in rows], within.items)
    with _lock:
        _scopes[key] = scope
        while len(_scopes) > _CACHED_SCOPES:
            _scopes.popitem(last=False)
    return scope


def forget_scopes() -> None:
    """Drop the scopes that are kept: the next search loads its own, as in a new process."""
    with _lock:
        _scopes.clear()


def _sources(warehouse: Warehouse, within: Filter) -> tuple[tuple[str, str], ...]:
    """Filings in scope, newest first, each with the fingerprint of its passages."""
    where: list[str] = ["filed <= ?"]
    values: list[object] = [within.as_of or date.max]
    for column, wanted in (
        ("cik", within.ciks),
        ("accession", within.accessions),
        ("form", within.forms),
    ):
        if wanted is not None:
            where.append(f"list_contains(?, {column})")
            values.append(list(wanted))
    rows = warehouse.connection.execute(
        f"SELECT accession FROM passage_source WHERE {' AND '.join(where)} "
        "ORDER BY filed DESC, accession",
        values,
    ).fetchall()
    fingerprints = _fingerprints(warehouse)
    return tuple((row[0], fingerprints[row[0]]) for row in rows if row[0] in fingerprints)


def _fingerprints(warehouse: Warehouse) -> dict[str, str]:
    """Fingerprints of all filings' passages; read once where nobody can change them."""
    sql = f"SELECT accession, {FINGERPRINT} FROM passage p GROUP BY accession"
    return warehouse.keep(
        "fingerprints", lambda: dict(warehouse.connection.execute(sql).fetchall())
    )
