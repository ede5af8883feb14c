"""Each filing's share of the BM25 index: which words stand in which of its passages.

A segment is written in the transaction that stores the filing and belongs to it, so the index is
complete and consistent whenever the warehouse is. Segments hold counts only; what a word is worth
is worked out over the passages in scope when a question comes, so that neither other companies
nor filings made later change an answer as of a past day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from tools.search.words import WORDS_VERSION, content_of, term_of, words
from tools.warehouse import Warehouse

Ints = npt.NDArray[np.integer[Any]]

# What tells a filing's passages from others, without reading any text; as `_fingerprint` has it.
FINGERPRINT = "count(*) || ':' || max(p.passage_id) || ':' || sum(p.passage_id % 1000003)"
_BLOBS = ("items", "passage_ids", "contents", "lengths", "terms", "sizes", "places", "counts")


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The index of one filing's passages, numbered from 0 in the filing's order.

    Attributes:
        item_names: The items that its passages stand in.
        items: uint8 [passages]: place in `item_names`.
        passage_ids: int64 [passages].
        contents: uint64 [passages]: keys of the texts among the vectors.
        lengths: uint16 [passages]: words, at least 1.
        terms: int64 [terms], ascending: keys of the words.
        sizes: uint32 [terms]: in how many passages each stands.
        places: uint16 or uint32 [sum of sizes]: passages, term by term.
        counts: uint8 [sum of sizes]: how often, at most 255.
    """

    item_names: tuple[str, ...]
    items: Ints
    passage_ids: Ints
    contents: Ints
    lengths: Ints
    terms: Ints
    sizes: Ints
    places: Ints
    counts: Ints


def build(passages: Sequence[tuple[int, str, str]]) -> Segment:
    """Index a filing's passages, given as (passage id, item, text) in the filing's order."""
    postings: dict[str, dict[int, int]] = {}
    lengths = np.ones(len(passages), dtype=np.uint16)
    for place, (_, _, text) in enumerate(passages):
        found = words(text)
        lengths[place] = min(max(len(found), 1), 65_535)
        for word in found:
            stands = postings.setdefault(word, {})
            stands[place] = stands.get(place, 0) + 1
    keyed = sorted((term_of(word), stands) for word, stands in postings.items())
    names = tuple(dict.fromkeys(item for _, item, _ in passages))
    number = {name: n for n, name in enumerate(names)}
    return Segment(
        item_names=names,
        items=np.array([number[item] for _, item, _ in passages], dtype=np.uint8),
        passage_ids=np.array([key for key, _, _ in passages], dtype=np.int64),
        contents=np.array([content_of(text) for _, _, text in passages], dtype=np.uint64),
        lengths=lengths,
        terms=np.array([term for term, _ in keyed], dtype=np.int64),
        sizes=np.array([len(stands) for _, stands in keyed], dtype=np.uint32),
        places=_flat((stands for _, stands in keyed), _place_type(len(passages))),
        counts=_flat((_clipped(stands.values()) for _, stands in keyed), np.uint8),
    )


def _place_type(passages: int) -> type[np.integer[Any]]:
    return np.uint16 if passages <= 65_536 else np.uint32


def _clipped(counts: Iterable[int]) -> list[int]:
    return [min(count, 255) for count in counts]


def _flat(lists: Iterable[Iterable[int]], kind: type[np.integer[Any]]) -> Ints:
    return np.fromiter((value for one in lists for value in one), dtype=kind)


def store(connection: duckdb.DuckDBPyConnection, accession: str, segment: Segment) -> None:
    """Store a filing's segment in place of an earlier one; the caller holds the transaction."""
    connection.execute("DELETE FROM passage_segment WHERE accession = ?", [accession])
    if len(segment.passage_ids):
        connection.execute(
            "INSERT INTO passage_segment (accession, words_version, fingerprint, item_names, "
            f"{', '.join(_BLOBS)}) VALUES (?, ?, ?, ?{', ?' * len(_BLOBS)})",
            [accession, WORDS_VERSION, _fingerprint(segment), list(segment.item_names)]
            + [getattr(segment, name).tobytes() for name in _BLOBS],
        )


def _fingerprint(segment: Segment) -> str:
    ids = segment.passage_ids
    return f"{len(ids)}:{ids.max()}:{(ids % 1_000_003).sum()}"


def refresh(warehouse: Warehouse) -> int:
    """Make the segments that are missing or of other passages; return how many were made.

    Ingestion stores segments with their passages; this is for warehouses of earlier releases.
    """
    stale = warehouse.connection.execute(
        f"SELECT p.accession FROM passage p GROUP BY p.accession "
        f"HAVING (p.accession, {FINGERPRINT}) NOT IN (SELECT (accession, fingerprint) "
        "FROM passage_segment WHERE words_version = ?) ORDER BY p.accession",
        [WORDS_VERSION],
    ).fetchall()
    for (accession,) in stale:
        with warehouse.transaction() as connection:
            store(connection, accession, build(read_passages(connection, accession)))
    return len(stale)


def read_passages(
    connection: duckdb.DuckDBPyConnection, accession: str
) -> list[tuple[int, str, str]]:
    """Read a filing's passages as `build` takes them."""
    rows = connection.execute(
        "SELECT passage_id, item, text FROM passage WHERE accession = ? "
        "ORDER BY ordinal, passage_id",
        [accession],
    ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def load(connection: duckdb.DuckDBPyConnection, fingerprints: dict[str, str]) -> dict[str, Segment]:
    """Load the segments of these filings, given with the fingerprints of their passages now.

    A segment that is missing or of other passages is made in memory: right, but slow.
    """
    rows = connection.execute(
        f"SELECT accession, fingerprint, item_names, {', '.join(_BLOBS)} FROM passage_segment "
        "WHERE words_version = ? AND list_contains(?, accession)",
        [WORDS_VERSION, list(fingerprints)],
    ).fetchall()
    found = {row[0]: _segment(row) for row in rows if row[1] == fingerprints[row[0]]}
    missing = [accession for accession in fingerprints if accession not in found]
    return found | {key: build(read_passages(connection, key)) for key in missing}


def _segment(row: Sequence[Any]) -> Segment:
    blobs = dict(zip(_BLOBS, row[3:], strict=True))
    place_type = "<u4" if len(blobs["places"]) == 4 * len(blobs["counts"]) else "<u2"
    kinds = ("<u1", "<i8", "<u8", "<u2", "<i8", "<u4", place_type, "<u1")
    arrays = [np.frombuffer(blobs[name], kind) for name, kind in zip(_BLOBS, kinds, strict=True)]
    return Segment(tuple(row[2]), *arrays)
