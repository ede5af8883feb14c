"""Link words for prices, news and the warehouse itself; and the calendar days they are asked of.

The words for a measure over prices stand in its process (`words`), so that a new one needs no code.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.linking.words import Question, phrase_words

NEWS = "news"
_NEWS_WORDS = (
    r"\b(?:news(?:\s+(?:items?|articles?|stories))?|headlines?|press\s+(?:coverage|articles?)|"
    r"(?:newspaper\s+)?articles?)\b"
)
_OF_NEWS = re.compile(
    r"say|says|said|tell|tells|mention\w*|report\w*|describe\w*|discuss\w*|happen\w*|cover\w*|"
    r"latest|newest|recent|today|why|who|there|any"
)
_HOLDINGS: tuple[tuple[str, str], ...] = (
    (
        "companies",
        r"\b(?:(?:which|what|how\s+many|list|show)\b(?:\s+(?:me|all|the|of|us))*\s+(?:companies|firms|tickers|names|stocks)"
        r"\s*(?:(?:do|can|could)\s+(?:you|i|we)\s+(?:have|know|cover|hold|track|ask|see|carry)(?:\s+(?:data|about|on|for|anything|filings|figures|prices|info\w*))*"
        r"|(?:are|is)\s+(?:there|on\s+file|covered|in\s+(?:the|your)\s+(?:data\w*|warehouse)|loaded|available|held)"
        r"|on\s+file|(?:you\s+)?(?:have|know|cover|hold)\b)?(?=\s*(?:\?|\.|!|$|on\s+file|in\s+(?:the|your)|so\s+far|with\s+prices))"
        r"|who(?:m)?\s+do\s+you\s+(?:cover|have|know|hold))",
    ),
    (
        "freshness",
        r"\bhow\s+(?:fresh|current|recent|old|up[\s-]+to[\s-]+date|stale)\s+(?:is|are)\b(?:\s+(?:the|your|this|our))?"
        r"(?:\s+(?:data|figures|numbers|information|filings|prices|warehouse))?"
        r"|\bwhen\s+(?:was|were|did)\b.{0,40}?\b(?:(?:last|most\s+recently)\s+(?:updated|refreshed|ingested|loaded|fetched|file|filed|report)|(?:updated|refreshed|ingested|loaded|fetched)(?:\s+last)?)\b"
        r"|\b(?:latest|newest|most\s+recent|last)\s+(?:filing|report|10-?k|10-?q|data|prices?|facts?)(?:\s+(?:that\s+)?(?:you\s+(?:have|hold)|on\s+file|held|available|there\s+is))"
        r"|\bhow\s+far\s+(?:back\s+)?(?:does|do)\b.{0,40}?\b(?:go|reach)\b(?:\s+back)?|\bup\s+to\s+what\s+(?:date|day)\b",
    ),
    (
        "held",
        r"\bwhat\b(?:\s+(?:data|filings|documents|years|periods|reports|information|sources|else|kind\s+of\s+data|all))?\s+(?:do|can)\s+you\s+(?:have|hold|know|store|keep|got)"
        r"(?:\s+(?:on\s+file|stored|loaded))?(?=\s+(?:of|on|for|about|from)\b|\s*\?|\s*$)"
        r"|\b(?:which|what)\s+(?:filings|years|periods|documents|reports|data|fiscal\s+years|quarters)\s+(?:(?:do\s+you|are|is|have\s+you)\s+)+(?:have|hold|on\s+file|there|got|held|available|loaded|cover(?:ed)?)"
        r"|\bdo\s+you\s+(?:have|hold|know)\s+(?:any(?:thing)?\s*)?(?:data|filings|documents|prices|information)?(?=\s*(?:of|on|for|about)\b)"
        r"|\bwhat(?:'s|\s+is)\s+(?:on\s+file|held|in\s+(?:the|your)\s+(?:warehouse|database|data))",
    ),
)


@dataclass(frozen=True)
class MarketLink:
    """A measure over prices found in a question: its process, its words, and where they stand."""

    process: str
    written: str
    start: int
    end: int


class MarketLinker:
    """Finds measures over prices by the words of their processes, the longest first."""

    def __init__(
        self, words: Mapping[str, Sequence[str]], loose: Mapping[str, Sequence[str]]
    ) -> None:
        """Index the words.

        Args:
            words: Phrases by process that mean it wherever they stand.
            loose: Phrases that mean it only where nothing else in the question is a metric.
        """
        self._words = _index(words)
        self._loose = _index(loose)

    def link(self, question: Question, *, loose: bool = False) -> list[MarketLink]:
        """Return the measures that a question names, and claim their words."""
        phrases = self._loose if loose else self._words
        found: list[MarketLink] = []
        index = 0
        while index < len(question.words):
            link = _longest_at(question, phrases, index)
            if link:
                question.claim(link.start, link.end, "market")
                found.append(link)
            index = link.end if link else index + 1
        return found


def link_news(question: Question) -> bool:
    """Return whether news is asked for, and claim the word."""
    found = re.search(_NEWS_WORDS, question.text.lower())
    if found and not re.search(r"\bnews\s+corp", question.text, re.IGNORECASE):
        claim(question, *found.span())
        return True
    return False


def news_topic(words: Sequence[str]) -> list[str]:
    """Return the words that news should hold, of those that no name explains."""
    return [word for word in words if not _OF_NEWS.fullmatch(word.lower())]


def link_holdings(question: Question) -> str:
    """Return what is asked of the warehouse itself, and claim the words; empty for nothing."""
    text = question.text.lower()
    for kind, pattern in _HOLDINGS:
        if found := re.search(pattern, text):
            claim(question, *found.span())
            return kind
    return ""


def claim(question: Question, start: int, end: int) -> None:
    """Claim the words between two characters that nobody has claimed."""
    for index, word in enumerate(question.words):
        if word.start < end and word.end > start:
            question.claim(index, index + 1, "market")


def _index(phrases: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], str]:
    return {phrase_words(text): name for name, many in phrases.items() for text in many}


def _longest_at(
    question: Question, phrases: Mapping[tuple[str, ...], str], start: int
) -> MarketLink | None:
    for length in range(min(7, len(question.words) - start), 0, -1):
        words = question.words[start : start + length]
        lowers = tuple(word.lower for word in words)
        name = phrases.get(lowers)
        if name and question.free(start, start + length):
            written = " ".join(word.text for word in words)
            return MarketLink(name, written, start, start + length)
    return None
