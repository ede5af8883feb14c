"""Finds the records that a question is about, by meaning and by name.

The score is the cosine of the best-matching vector plus a bonus when the question names the
record outright (name, label or synonym); longer names earn more, so "gross profit margin" beats
"gross profit". A shipped process is not named by its name, an everyday word ("total assets" does
not ask for a total), but by its cues. What a person taught outranks what shipped: a taught record
hides the seed of the same kind and name, and a phrase that it claims names no seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memory.records import KINDS, Kind, Record, names_of, normalize_phrase
from memory.store import MemoryStore

_NAMED_BONUS = 0.5
_WORD_BONUS = 0.1
_MAX_WORDS = 5
_TAUGHT_BONUS = 0.05
_SCORE_DIGITS = 5  # float32 cosines differ in the last digits between batch sizes


@dataclass(frozen=True)
class Recalled:
    """A record and how well it fits.

    Attributes:
        record: The record.
        score: Cosine (-1 to 1) plus name bonus (0 to 1.05); higher is better.
        phrase: The name by which the question calls it, `""` when it does not.
    """

    record: Record
    score: float
    phrase: str = ""


def recall(
    store: MemoryStore,
    text: str,
    kinds: Sequence[Kind] = KINDS,
    k: int = 8,
    *,
    by_meaning: bool = True,
) -> list[Recalled]:
    """Return the `k` best records of these kinds, best first; ties go by id.

    Args:
        store: The memory.
        text: A question or any words.
        kinds: Which kinds of record to look for.
        k: At most so many.
        by_meaning: Compare vectors too; without, only records that the text names are found and
            no embedding model is loaded.
    """
    if not text.strip() or k < 1:
        return []
    records = _without_shadowed(store.list(kinds))
    cosines = store.similarities(text) if by_meaning else {}
    phrases = _phrases(records)
    padded = f" {normalize_phrase(text)} "
    found = []
    for record in records:
        named = [name for name in phrases[record.id] if f" {name} " in padded]
        phrase = max(named, key=lambda name: (len(name.split()), len(name)), default="")
        score = cosines.get(record.id, 0.0) + _bonus(record, phrase)
        if by_meaning or phrase:
            found.append(Recalled(record, round(score, _SCORE_DIGITS), phrase))
    found.sort(key=lambda item: (-item.score, not item.record.is_taught, item.record.id))
    return found[:k]


def _bonus(record: Record, phrase: str) -> float:
    taught = _TAUGHT_BONUS if record.is_taught else 0.0
    if not phrase:
        return 0.0
    return _NAMED_BONUS + _WORD_BONUS * min(len(phrase.split()), _MAX_WORDS) + taught


def _without_shadowed(records: Iterable[Record]) -> list[Record]:
    """Drop seeds that a taught record of the same kind and name replaces."""
    records = list(records)
    taught = {(r.kind, normalize_phrase(r.name)) for r in records if r.is_taught}
    return [r for r in records if r.is_taught or (r.kind, normalize_phrase(r.name)) not in taught]


def _phrases(records: Sequence[Record]) -> dict[str, set[str]]:
    """The normalised names of each record, less those that a taught record claims for itself."""
    claimed = {
        (record.kind, normalize_phrase(name))
        for record in records
        if record.is_taught
        for name in names_of(record)
    }
    phrases: dict[str, set[str]] = {}
    for record in records:
        names = {normalize_phrase(name) for name in names_of(record)} - {""}
        if not record.is_taught:
            names = {name for name in names if (record.kind, name) not in claimed}
        if record.kind == "process" and not record.is_taught:
            names = {normalize_phrase(cue) for cue in record.data.get("cues", ())} - {""}
        phrases[record.id] = names
    return phrases
