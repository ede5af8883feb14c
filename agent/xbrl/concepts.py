"""Concepts by their words: which of many come into question for a phrase.

The score is the share of rare words that phrase and concept have in common; word forms are
folded crudely, since both sides are accounting English.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+")
_WORDS = re.compile(r"[A-Za-z]+")
_SILENT = frozenset("of the and in to for on at by from or an a with its".split())
_WEAK = frozenset({"net", "total", "per", "other", "consoli"})  # as stems
_STEM_LETTERS = 7
# What a heading above the line adds, and what each doubling of a concept's use adds.
_PLACE_WEIGHT = 0.15
_USE_WEIGHT = 0.04
_WEAK_WEIGHT = 0.3
_ABBREVIATIONS: Mapping[str, str] = {
    "eps": "earnings per share",
    "cogs": "cost of goods sold",
    "ppe": "property plant and equipment",
    "sga": "selling general and administrative",
    "ap": "accounts payable",
    "ar": "accounts receivable",
    "apic": "additional paid in capital",
    "aoci": "accumulated other comprehensive income",
    "capex": "payments to acquire property plant and equipment",
    "rd": "research and development",
    "nci": "noncontrolling interest",
}


def concept_words(concept: str) -> str:
    """Return a concept's local name as words: `us-gaap:AssetsCurrent` is "Assets Current"."""
    return " ".join(_PARTS.findall(concept.rpartition(":")[2]))


class ConceptRanking:
    """Ranks a set of concepts by how well their words fit a phrase."""

    def __init__(self, concepts: Iterable[str], *, used: Mapping[str, int] | None = None) -> None:
        """Index concepts.

        Args:
            concepts: Qualified names; the order breaks ties.
            used: In how many filings each is known to stand; more used ones rank higher.
        """
        stems = {concept: _stems(concept_words(concept)) for concept in concepts}
        counts = Counter(stem for found in stems.values() for stem in found)
        self._rarity = {s: math.log(1 + len(stems) / (1 + n)) for s, n in counts.items()}
        self._unknown = math.log(1 + len(stems))
        self._sizes = {concept: self._weight(found) for concept, found in stems.items()}
        self._having: dict[str, list[str]] = {}
        for concept, found in stems.items():
            for stem in found:
                self._having.setdefault(stem, []).append(concept)
        self._prior = {c: _USE_WEIGHT * math.log(1 + (used or {}).get(c, 0)) for c in stems}

    def nearest(self, phrase: str, place: str = "", *, count: int = 10) -> tuple[str, ...]:
        """Return the best concepts for a phrase, best first.

        Args:
            phrase: A line's label, or the words of a question that name a line.
            place: The statement and heading it stands under; helps only a little.
            count: At most this many.
        """
        asked = _stems(phrase)
        scores = dict(self._prior)
        size = math.sqrt(self._weight(asked)) or 1.0
        self._add(scores, asked, lambda concept: size * math.sqrt(self._sizes[concept]))
        self._add(scores, _stems(place), lambda concept: self._sizes[concept] / _PLACE_WEIGHT)
        ranked = sorted(scores, key=lambda concept: -scores[concept])
        return tuple(ranked[:count])

    def _add(
        self, scores: dict[str, float], stems: frozenset[str], divisor: Callable[[str], float]
    ) -> None:
        for stem in stems:
            weight = self._weight((stem,))
            for concept in self._having.get(stem, ()):
                scores[concept] += weight / divisor(concept)

    def knows(self, phrase: str) -> bool:
        """Say whether every word of a phrase is a word of some concept."""
        return bool(_stems(phrase)) and _stems(phrase) <= self._rarity.keys()

    def _weight(self, stems: Iterable[str]) -> float:
        return sum(
            self._rarity.get(stem, self._unknown) * (_WEAK_WEIGHT if stem in _WEAK else 1.0)
            for stem in stems
        )


def common_words(phrase: str, concept: str) -> int:
    """Count the word stems that a phrase and a concept share."""
    return len(_stems(phrase) & _stems(concept_words(concept)))


@lru_cache(maxsize=65536)
def _stems(text: str) -> frozenset[str]:
    words = _WORDS.findall(text.replace("&", ""))
    return frozenset(_stem(word) for word in _spelled_out(words) if word not in _SILENT)


def _spelled_out(words: Sequence[str]) -> list[str]:
    lower = [word.lower() for word in words]
    return [part for word in lower for part in _ABBREVIATIONS.get(word, word).split()]


def _stem(word: str) -> str:
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word.removesuffix(ending) + instead
            break
    for ending in ("ing", "ed", "ment", "ization"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            word = word.removesuffix(ending)
            break
    return word[:_STEM_LETTERS]
