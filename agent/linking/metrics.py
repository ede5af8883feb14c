"""Link the words of a question to metrics and taught terms, the longest phrase first."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from agent.linking.words import Question, phrase_words
from tools.figures.metrics import Catalogue

_LONGEST_PHRASE = 9
_JOINERS = frozenset({"of", "the", "its", "their", "for", "to", "and", "on", "in", "per", "a"})
_SILENT = frozenset({"the", "of", "its", "their", "a"})
_TYPO_MIN_LETTERS = 5
_LONG_WORD_LETTERS = 9


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
    """Finds metrics by name, label and synonym, blind to hyphens, plurals, case and small typos."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        taught: Mapping[str, str] | None = None,
        known: Container[str] = frozenset(),
    ) -> None:
        """Index a catalogue.

        Args:
            catalogue: Metrics, the everyday words for several of them, and verbs.
            taught: Metric name by a word that an expert taught; it outranks what shipped.
            known: Words that are never read as a misspelled metric.
        """
        self._metrics: dict[str, tuple[str, ...]] = {}
        self._unusual: set[str] = set()
        self._known = known
        self.vocabulary: set[str] = set()
        for metric in catalogue.metrics.values():
            for phrase in (metric.label, metric.name.replace("_", " "), *metric.synonyms):
                self._index(phrase, (metric.name,), keep_first=True)
        for phrase, word in catalogue.ambiguous.items():
            first = [word.default] if word.default else []
            names = (*first, *(m for m in word.metrics if m != word.default))
            self._index(phrase, names)
            if not word.default:
                self._unusual.add(phrase_key(phrase_words(phrase)))
        for phrase, name in (taught or {}).items():
            self._index(phrase, (name,))
            self._unusual.discard(phrase_key(phrase_words(phrase)))
        self.vocabulary -= _JOINERS
        self._verbs = dict(catalogue.verbs)
        self._qualifiers = {
            metric.name: [phrase_words(words) for words in metric.qualifiers]
            for metric in catalogue.metrics.values()
            if metric.qualifiers
        }

    def _index(self, phrase: str, names: tuple[str, ...], *, keep_first: bool = False) -> None:
        words = phrase_words(phrase)
        if keep_first:
            self._metrics.setdefault(phrase_key(words), names)
        else:
            self._metrics[phrase_key(words)] = names
        self.vocabulary.update(words)

    def link(self, question: Question) -> list[MetricLink]:
        """Return the metrics of a question in its order and claim their words."""
        spelled = [self._spelled(question, index) for index in range(len(question.words))]
        links: list[MetricLink] = []
        index = 0
        while index < len(question.words):
            link = self._longest_at(question, spelled, index)
            if link:
                question.claim(link.start, link.end, "metric")
                self._claim_qualifiers(question, link)
                links.append(link)
            index = link.end if link else index + 1
        return links or self._from_verbs(question)

    def _longest_at(
        self, question: Question, spelled: Sequence[str], start: int
    ) -> MetricLink | None:
        if spelled[start] in _JOINERS:
            return None
        for end in range(min(start + _LONGEST_PHRASE, len(spelled)), start, -1):
            if not question.free(start, end) or spelled[end - 1] in _SILENT:
                continue
            key = phrase_key(spelled[start:end])
            if names := self._metrics.get(key):
                words = question.words[start:end]
                exact = all(w.lower == s for w, s in zip(words, spelled[start:end], strict=True))
                written = " ".join(word.text for word in words)
                return MetricLink(names, written, start, end, key not in self._unusual, exact)
        return None

    def _spelled(self, question: Question, index: int) -> str:
        """Return a word, or the one word of the vocabulary that it is a typo of."""
        word = question.words[index].lower
        short = len(word) < _TYPO_MIN_LETTERS or not word.isalpha()
        if (
            short
            or word in self._known
            or word in self.vocabulary
            or not question.free(index, index + 1)
        ):
            return word
        if _singular(word) in self.vocabulary or f"{word}s" in self.vocabulary:
            return word
        most = 2 if len(word) >= _LONG_WORD_LETTERS else 1
        near = [
            known
            for known in self.vocabulary
            if len(known) >= _TYPO_MIN_LETTERS
            and OSA.distance(word, known, score_cutoff=most) <= most
        ]
        stems = {_singular(known) for known in near}
        return (
            min(near, key=lambda known: (OSA.distance(word, known), known))
            if len(stems) == 1
            else word
        )

    def _from_verbs(self, question: Question) -> list[MetricLink]:
        for index, word in enumerate(question.words):
            if word.lower in self._verbs and question.free(index, index + 1):
                question.claim(index, index + 1, "metric")
                name = self._verbs[word.lower]
                return [MetricLink((name,), word.text, index, index + 1, exact=False)]
        return []

    def _claim_qualifiers(self, question: Question, link: MetricLink) -> None:
        lowers = [word.lower for word in question.words]
        for phrase in self._qualifiers.get(link.names[0], []):
            size = len(phrase)
            for start in range(len(lowers) - size + 1):
                if tuple(lowers[start : start + size]) == phrase:
                    question.claim(start, start + size, "metric")


def phrase_key(words: Sequence[str]) -> str:
    """Return the key under which spelling variants of a phrase meet.

    "Shareholders' equity", "shareholder equity" and "share-holder equity" have one key.
    """
    parts = [part for word in words for part in re.split(r"[-/'’.]", word) if part]
    return "".join(_singular(part) for part in parts if part not in _SILENT)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
