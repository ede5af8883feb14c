"""Link names, tickers and common short forms to the companies that the warehouse holds."""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from agent.linking.words import Question, phrase_words

_LEGAL_FORMS = frozenset(
    "inc incorporated corp corporation co company companies ltd limited plc llc lp sa nv ag se "
    "holdings holding group trust com class de".split()
)
_TYPO_SCORE = 87
_TYPO_MIN_LETTERS = 5
_GUESS_MIN_LETTERS = 3


@dataclass(frozen=True)
class Company:
    """A company the warehouse holds."""

    cik: int
    name: str
    ticker: str


@dataclass(frozen=True)
class CompanyLink:
    """A company found in a question.

    Attributes:
        company: The company.
        written: The words that named it.
        exact: False where the words were read as a misspelling.
        start: Index of the first word.
        by_ticker: Whether a ticker named it, as written.
    """

    company: Company
    written: str
    exact: bool
    start: int
    by_ticker: bool = False


class CompanyLinker:
    """Finds companies by name, ticker, former name, short form or near-misspelling."""

    def __init__(
        self,
        companies: Sequence[Company],
        *,
        tickers: Mapping[int, Sequence[str]],
        other_names: Mapping[int, Sequence[str]],
        vocabulary: Iterable[str],
    ) -> None:
        """Index the companies.

        Args:
            companies: All companies of the warehouse.
            tickers: All tickers per CIK.
            other_names: Former names and everyday names per CIK.
            vocabulary: Lower-case words that mean something else (metrics, cues), so that a
                lower-case ticker such as "low" is not read as one.
        """
        self.companies = list(companies)
        self._by_cik = {company.cik: company for company in companies}
        self._vocabulary = frozenset(vocabulary)
        self._tickers = {t.upper(): cik for cik, many in tickers.items() for t in many}
        self._phrases: dict[tuple[str], set[int]] = defaultdict(set)
        self._initials: dict[str, set[int]] = defaultdict(set)
        for company in companies:
            for name in (company.name, *other_names.get(company.cik, ())):
                self._index_name(company.cik, name)

    def link(self, question: Question) -> tuple[list[CompanyLink], list[tuple[str, list[Company]]]]:
        """Return the companies named in a question, and names that fit more than one.

        Claims the words it recognises. Names come in the order of the question, each company once.
        """
        links: list[CompanyLink] = []
        ambiguous: list[tuple[str, list[Company]]] = []
        for start, end, ciks in self._spans(question):
            written = " ".join(word.text for word in question.words[start:end])
            question.claim(start, end, "company")
            if len(ciks) > 1:
                ambiguous.append((written, [self._by_cik[cik] for cik in sorted(ciks)]))
            else:
                cik = next(iter(ciks))
                by_ticker = self._tickers.get(written) == cik
                links.append(CompanyLink(self._by_cik[cik], written, True, start, by_ticker))
        if not links and not ambiguous:
            links = self._link_misspelled(question)
        links += self._link_small_tickers(question)
        return _first_of_each(sorted(links, key=lambda link: link.start)), ambiguous

    def _spans(self, question: Question) -> list[tuple[int, int, set[int]]]:
        found = []
        index = 0
        while index < len(question.words):
            length, ciks = self._longest_at(question, index)
            if length:
                end = _past_legal_form(question, index + length)
                found.append((index, end, ciks))
                index = end
            else:
                index += 1
        return found

    def _longest_at(self, question: Question, start: int) -> tuple[int, set[int]]:
        for length in range(min(6, len(question.words) - start), 0, -1):
            if not question.free(start, start + length):
                continue
            words = question.words[start : start + length]
            lowers = tuple(word.lower for word in words)
            ciks = self._phrases.get(_squash(lowers))
            if ciks and self._written_as_name(question, start, length):
                return length, ciks
            if length == 1:
                return (1, found) if (found := self._ticker(question, start)) else (0, set())
        return 0, set()

    def _written_as_name(self, question: Question, start: int, length: int) -> bool:
        word = question.words[start]
        if length > 1 or not question.uses_capitals:
            return length > 1 or word.lower not in self._vocabulary or word.capitalised
        return word.capitalised

    def _ticker(self, question: Question, start: int) -> set[int]:
        word = question.words[start]
        marked = start and question.text[word.start - 1 : word.start] == "$"
        if word.text.upper() in self._tickers and (word.text.isupper() or marked):
            return {self._tickers[word.text.upper()]}
        if word.text.isupper() and word.text in self._initials:
            return self._initials[word.text]
        plain = len(word.lower) >= 3 and word.lower not in self._vocabulary
        if plain and word.text.upper() in self._tickers and not question.uses_capitals:
            return {self._tickers[word.text.upper()]}
        return set()

    def _link_misspelled(self, question: Question) -> list[CompanyLink]:
        long = {w[0]: ciks for w, ciks in self._phrases.items() if len(w[0]) >= _TYPO_MIN_LETTERS}
        links = []
        for index, word in enumerate(question.words):
            known = word.lower in self._vocabulary or len(word.lower) < _TYPO_MIN_LETTERS
            if known or not question.free(index, index + 1):
                continue
            hit = process.extractOne(word.lower, list(long), scorer=fuzz.ratio)
            if hit and hit[1] >= _TYPO_SCORE and len(long[hit[0]]) == 1:
                question.claim(index, index + 1, "company")
                company = self._by_cik[next(iter(long[hit[0]]))]
                links.append(CompanyLink(company, word.text, False, index))
        return links

    def guess(self, question: Question, harmless: Container[str]) -> list[CompanyLink]:
        """Return companies that unclaimed words may mean: a ticker in small letters, a short form.

        These are guesses: nothing is claimed, and nothing may be answered from one unchosen.
        """
        links = []
        for index, word in enumerate(question.words):
            plain = word.lower in harmless or word.lower in self._vocabulary
            if plain or not question.free(index, index + 1) or len(word.lower) < 2:
                continue
            for cik in self._like(word.lower)[:2]:
                links.append(CompanyLink(self._by_cik[cik], word.text, False, index))
        return _first_of_each(links)[:3]

    def _like(self, word: str) -> list[int]:
        if word.upper() in self._tickers:
            return [self._tickers[word.upper()]]
        starts = {
            cik
            for (name,), ciks in self._phrases.items()
            if len(word) >= _GUESS_MIN_LETTERS and name.startswith(word)
            for cik in ciks
        }
        return sorted(starts) if len(starts) <= 2 else []

    def _link_small_tickers(self, question: Question) -> list[CompanyLink]:
        """Link "sbux" beside words in capitals: a ticker in small letters that is no other word."""
        links = []
        for index, word in enumerate(question.words):
            plain = len(word.lower) < 3 or word.lower in self._vocabulary or word.capitalised
            if not plain and question.free(index, index + 1) and word.text.upper() in self._tickers:
                question.claim(index, index + 1, "company")
                company = self._by_cik[self._tickers[word.text.upper()]]
                links.append(CompanyLink(company, word.text, True, index, True))
        return links

    def _index_name(self, cik: int, name: str) -> None:
        plain = re.sub(r"[/\\].*$|,", " ", name)
        words = [word.removesuffix(".com") for word in phrase_words(plain)]
        core = _without_legal_form(words)
        for length in range(1, len(core) + 1):
            head = _squash(core[:length])
            if length > 1 or core[0] not in _GENERIC_HEADS or len(core) == 1:
                self._phrases[head].add(cik)
        if "'s" in name.lower() and len(core) == 1:
            self._phrases[(core[0] + "s",)].add(cik)
        if "-" in core[0]:
            self._phrases[(core[0].split("-")[0],)].add(cik)
        if len(core) >= 2:
            letters = "".join(word[0] for word in core).upper()
            self._initials["&".join(letters) if "&" in name else letters].add(cik)


# First words that name nobody alone: "Bank", "General", "Texas".
_GENERIC_HEADS = frozenset(
    "american bank general united first national international home texas new advanced applied "
    "capital energy financial global health industrial life logistic medical pacific southern "
    "state technology western standard dollar best air data central the eli".split()
)


def _without_legal_form(words: Sequence[str]) -> list[str]:
    core = list(words[1:] if words and words[0] == "the" else words)
    while len(core) > 1 and core[-1].rstrip(".") in _LEGAL_FORMS:
        core.pop()
    return core


def _squash(words: Sequence[str]) -> tuple[str]:
    return ("".join(re.sub(r"[^a-z0-9]", "", word) for word in words),)


def _past_legal_form(question: Question, index: int) -> int:
    while (
        index < len(question.words)
        and question.words[index].lower.rstrip(".") in _LEGAL_FORMS
        and question.words[index].capitalised
    ):
        index += 1
    return index


def _first_of_each(links: list[CompanyLink]) -> list[CompanyLink]:
    seen: set[int] = set()
    kept = []
    for link in links:
        if link.company.cik not in seen:
            seen.add(link.company.cik)
            kept.append(link)
    return kept
