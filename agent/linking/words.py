"""Words of a question with their places, and a record of which of them are understood."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

_WORD = re.compile(
    r"\d{4}-\d{2}-\d{2}"  # an ISO date
    r"|\d{1,2}Q\d{2,4}"  # 3Q23
    r"|\d{1,2}-?[KQkq]\b"  # 10-K
    r"|\d[\d,]*(?:\.\d+)?"  # a number
    r"|[^\W\d_][\w]*(?:[&./'+-][\w]+)*\+?"  # a word: R&D, U.S., debt-to-equity, AT&T, Moody's
)
_POSSESSIVE = re.compile(r"(?:'s|s')$", re.IGNORECASE)


@dataclass(frozen=True)
class Word:
    """One word of a question.

    Attributes:
        text: As typed, without a possessive ending.
        lower: `text` in lower case.
        start: Character offset of the word's start in the normalised question.
        end: Character offset past the word's end.
    """

    text: str
    lower: str
    start: int
    end: int

    @property
    def capitalised(self) -> bool:
        """Whether any letter of the word is a capital."""
        return any(letter.isupper() for letter in self.text)


@dataclass
class Question:
    """A question as words, and which linker claimed which of them."""

    text: str
    words: list[Word]
    claims: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> "Question":
        """Split a question into words after folding typographic variants."""
        folded = fold(text)
        words = [
            Word(_strip_possessive(m.group()), _strip_possessive(m.group()).lower(), *m.span())
            for m in _WORD.finditer(folded)
        ]
        return cls(folded, words)

    def free(self, start: int, end: int) -> bool:
        """Return whether no word in [start, end) is claimed yet."""
        return not any(index in self.claims for index in range(start, end))

    def claim(self, start: int, end: int, by: str) -> None:
        """Mark the words in [start, end) as understood."""
        for index in range(start, end):
            self.claims.setdefault(index, by)

    def release(self, by: str) -> None:
        """Take back what one linker understood: other words show that it was wrong."""
        self.claims = {index: one for index, one in self.claims.items() if one != by}

    def leftover(self, harmless: Iterable[str]) -> list[str]:
        """Return the words that nobody claimed and that are not in `harmless`."""
        known = harmless if isinstance(harmless, frozenset) else frozenset(harmless)
        return [
            word.text
            for index, word in enumerate(self.words)
            if index not in self.claims and word.lower not in known
        ]

    @property
    def uses_capitals(self) -> bool:
        """Whether names are capitalised here: some word past the first starts with a capital."""
        return any(word.text[0].isupper() and len(word.text) > 2 for word in self.words[1:])


def fold(text: str) -> str:
    """Return text with curly quotes, dashes, odd spaces and compatibility forms made plain."""
    plain = unicodedata.normalize("NFKC", text)
    plain = plain.translate(str.maketrans("’‘“”–—", "''\"\"--"))
    return re.sub(r"\s+", " ", plain).strip()


def phrase_words(phrase: str) -> tuple[str, ...]:
    """Return a phrase as the lower-case words that `Question.read` would make of it."""
    return tuple(word.lower for word in Question.read(phrase).words)


def _strip_possessive(word: str) -> str:
    if word.lower().endswith("'s"):
        return word[:-2]
    return _POSSESSIVE.sub("s", word) if word.lower().endswith("s'") else word
