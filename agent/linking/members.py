"""Link segments, products and regions of a company, by the names in its filings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.linking.words import Question
from tools.figures.members import AxisKind, Member, member_key

_LONGEST = 7
_SHORTEST = 3
# Members so called say nothing by themselves.
_GENERIC = frozenset(
    "other allother total corporate none operating unallocated product service foreign domestic "
    "nonu elimination".split()
)
# Product and service members are everyday words: they count right beside a metric only.
_EVERYDAY = frozenset({"product", "service"})
_LED = re.compile(r"\b(?:from|of|in|for)\s+(?:its|their|the)?\s*$")
_VERB = re.compile(
    r"\b(?:break(?:s|ing)?(?:\s+(?:down|out|up))?|broken\s+down|breakdown|split(?:\s+up)?|down)\b"
)
_AXIS_WORDS: tuple[tuple[AxisKind, str], ...] = (
    (
        "segment",
        r"(?:(?:business|operating|reportable|reporting)\s+)?(?:segments?|divisions?|units?)",
    ),
    (
        "product",
        r"(?:products?(?:\s+(?:lines?|categor(?:y|ies)|groups?|and\s+services?))?|categor(?:y|ies))",
    ),
    (
        "geography",
        r"(?:geograph(?:y|ies|ic\s+(?:areas?|regions?|segments?))|regions?|countr(?:y|ies)|"
        r"geographic(?:al)?(?:ly)?)",
    ),
)


@dataclass(frozen=True)
class MemberLinks:
    """What a question says of members: those it names, or the axis it wants broken down."""

    members: tuple[Member, ...] = ()
    breakdown: tuple[AxisKind, ...] = ()
    written: str = ""


def link_members(
    question: Question, members: Sequence[Member], metric_words: set[int]
) -> MemberLinks:
    """Return the members, or the breakdown, that a question asks for, and claim their words.

    Args:
        question: Its companies, periods and metrics are claimed already.
        members: Those of the question's company.
        metric_words: Indexes of the words that name metrics.
    """
    if axes := _breakdown(question):
        return MemberLinks(breakdown=axes)
    by_key: dict[str, list[Member]] = {}
    for member in members:
        for key in member.keys:
            by_key.setdefault(key, []).append(member)
        if initials := _initials(member.label):
            by_key.setdefault(f"={initials}", []).append(member)
    for start in range(len(question.words)):
        for end in range(min(start + _LONGEST, len(question.words)), start, -1):
            if not question.free(start, end):
                continue
            written = question.text[question.words[start].start : question.words[end - 1].end]
            if len(written) < _SHORTEST and not written.isupper():
                continue  # "in" is no India
            found = by_key.get(member_key(written)) or by_key.get(f"={written}", [])
            if found and _counts(member_key(written), question, (start, end), metric_words):
                question.claim(start, end, "member")
                _claim_kind_word(question, end)
                return MemberLinks(tuple(found), written=written)
    return MemberLinks()


def _counts(key: str, question: Question, span: tuple[int, int], metric_words: set[int]) -> bool:
    start, end = span
    if key in _EVERYDAY:
        led = bool(_LED.search(question.text.lower()[: question.words[start].start]))
        return bool({start - 1, end} & metric_words) or (led and start - 2 in metric_words)
    return key not in _GENERIC


def _claim_kind_word(question: Question, index: int) -> None:
    """Claim "segment" after a segment's name."""
    if index < len(question.words) and question.words[index].lower in {"segment", "division"}:
        question.claim(index, index + 1, "member")


def _initials(label: str) -> str:
    words = re.findall(r"[A-Z][a-z]+", label)
    return "".join(word[0] for word in words) if len(words) > 2 else ""


def _breakdown(question: Question) -> tuple[AxisKind, ...]:
    """Return the axes that the question may want broken down, the likeliest first."""
    text = question.text.lower()
    for kind, words in _AXIS_WORDS:
        led = r"(?:by|per|across(?:\s+its)?|of\s+each|for\s+each|each\s+of\s+its)"
        pattern = rf"\b(?:{led}\s+{words}|{words}\s+(?:mix|breakdown|split))\b"
        if match := re.search(pattern, text):
            _claim(question, match.span())
            for verb in _VERB.finditer(text):
                _claim(question, verb.span())
            return ("geography", "segment") if kind == "geography" else (kind,)
    if match := re.search(r"\b(?:break\s+down|breakdown\s+of|broken\s+down)\b", text):
        _claim(question, match.span())
        return ("segment", "product", "geography")
    return ()


def _claim(question: Question, span: tuple[int, int]) -> None:
    start, end = span
    for index, word in enumerate(question.words):
        if word.start < end and word.end > start:
            question.claim(index, index + 1, "member")
