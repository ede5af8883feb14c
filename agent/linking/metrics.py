"""Link the words of a question to metrics and taught terms, the longest phrase first."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from agent.linking.words import Question, phrase_words
from tools.metrics import AmbiguousWord

_LONGEST_PHRASE = 8
_TYPO_SCORE = 88
_TYPO_MIN_LETTERS = 6
_JOINERS = frozenset({"of", "the", "its", "their", "for", "to", "and", "on", "in", "per"})


@dataclass(frozen=True)
class MetricLink:
    """A metric found in a question.

    Attributes:
        names: Metric names; more than one where the words are ambiguous, the usual one first.
        written: The words that named it.
        start: Index of the first word.
        end: Index past the last word.
        usual: Of an ambiguous word, whether its first name is what people usually mean by it.
        exact: False where the words were read as a misspelling.
    """

    names: tuple[str, ...]
    written: str
    start: int
    end: int
    usual: bool = True
    exact: bool = True


class MetricLinker:
    """Finds metrics by name, label and synonym, blind to hyphens, plurals and case."""

    def __init__(
        self,
        phrases: Mapping[str, Sequence[str]],
        ambiguous: Mapping[str, AmbiguousWord],
        *,
        taught: Mapping[str, str] | None = None,
    ) -> None:
        """Index the phrases.

        Args:
            phrases: Metric name to its label and synonyms.
            ambiguous: Everyday words that stand for several metrics.
            taught: Metric name by a word that an expert taught; it outranks what shipped.
        """
        self._metrics: dict[str, tuple[str, ...]] = {}
        self.vocabulary: set[str] = set()
        for name, synonyms in phrases.items():
            for phrase in (name.replace("_", " "), *synonyms):
                self._metrics.setdefault(phrase_key(phrase_words(phrase)), (name,))
                self.vocabulary.update(phrase_words(phrase))
        self._unusual: set[str] = set()
        for phrase, word in ambiguous.items():
            key = phrase_key(phrase_words(phrase))
            first = [word.default] if word.default else []
            self._metrics[key] = (*first, *(m for m in word.metrics if m != word.default))
            self.vocabulary.update(phrase_words(phrase))
            if not word.default:
                self._unusual.add(key)
        for phrase, name in (taught or {}).items():
            self._metrics[phrase_key(phrase_words(phrase))] = (name,)
            self._unusual.discard(phrase_key(phrase_words(phrase)))
            self.vocabulary.update(phrase_words(phrase))
        self.vocabulary -= _JOINERS

    def link(self, question: Question) -> list[MetricLink]:
        """Return the metrics of a question in its order and claim their words."""
        links = []
        index = 0
        while index < len(question.words):
            link = self._longest_at(question, index)
            if link:
                question.claim(link.start, link.end, "metric")
                links.append(link)
            index = link.end if link else index + 1
        return links

    def _longest_at(self, question: Question, start: int) -> MetricLink | None:
        if question.words[start].lower in _JOINERS:
            return None
        for end in range(min(start + _LONGEST_PHRASE, len(question.words)), start, -1):
            if not question.free(start, end):
                continue
            words = question.words[start:end]
            key = phrase_key([word.lower for word in words])
            if names := self._metrics.get(key):
                written = " ".join(word.text for word in words)
                return MetricLink(names, written, start, end, key not in self._unusual)
        return None

    def link_misspelled(self, question: Question, known: Container[str]) -> list[MetricLink]:
        """Return metrics whose one-word name is nearly a free word that is not in `known`."""
        links = []
        for index, word in enumerate(question.words):
            unusable = word.lower in known or len(word.lower) < _TYPO_MIN_LETTERS
            if unusable or not question.free(index, index + 1):
                continue
            hit = process.extractOne(
                phrase_key([word.lower]), list(self._metrics), scorer=fuzz.ratio
            )
            if hit and hit[1] >= _TYPO_SCORE:
                question.claim(index, index + 1, "metric")
                names = self._metrics[hit[0]]
                usual = hit[0] not in self._unusual
                links.append(MetricLink(names, word.text, index, index + 1, usual, exact=False))
        return links


def phrase_key(words: Sequence[str]) -> str:
    """Return the key under which spelling variants of a phrase meet.

    "Shareholders' equity", "shareholder equity" and "share-holder equity" have one key.
    """
    parts = [part for word in words for part in re.split(r"[-/'’.]", word) if part]
    return "".join(_singular(part) for part in parts if part not in {"the", "of", "its"})


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
