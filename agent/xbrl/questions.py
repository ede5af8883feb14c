"""Questions about an XBRL file in words: what is asked (concept, value, formula) and of what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Asked = Literal["concept", "value", "formula"]

_LAST_QUESTION = re.compile(r".*\bQuestion:\s*", re.DOTALL)
_PREAMBLE_END = re.compile(r"\bAnswer:\s*$")
_CONCEPT = re.compile(r"\b(?:xbrl|us[- ]gaap)\b.*\b(?:tag|concept|element)\b|\btag\b", re.I)
_FORMULA = re.compile(r"\bformula\b", re.I)
# What stands around the phrase, longest first; the phrase is what remains.
_BEFORE = re.compile(
    r"^(?:(?:please|can you|could you)\s+)*"
    r"(?:what|which|how much|identify|find|provide|give|show|tell me)?\s*"
    r"(?:is|was|were|are)?\s*(?:the\s+)?(?:designated\s+)?(?:(?:us[- ]?gaap|xbrl)\s+)*"
    r"(?:fiscal year\s+|reported\s+)?(?:(?:value|tag|concept|element|formula|amount)\s*)?"
    r"(?:under\s+us[- ]?gaap\s*)?(?:(?:corresponds?|belongs?)\s+to|is used for|for|of)?"
    r"\s*(?:the\s+)?",
    re.I,
)
# Where a phrase may end: the filer or the period follows.
_CUT = re.compile(
    r"\s+(?:(?:that\s+was\s+|as\s+)?(?:used|reported|filed)\s+by|(?:as\s+)?reported"
    r"|from|for|at\s+the\s+end|during|in|on|by|of)\b",
    re.I,
)
_OWNER = re.compile(r"^.{2,60}?(?:'s|s')\s+", re.DOTALL)


@dataclass(frozen=True)
class XbrlQuestion:
    """A question about one file.

    Attributes:
        asked: What is asked for.
        phrases: What may name the line, longest first: "cash flow for financing activities for
            Acme" and "cash flow for financing activities" and "cash flow".
    """

    asked: Asked
    phrases: tuple[str, ...]


def read_question(text: str) -> XbrlQuestion:
    """Read a question; only what follows the last "Question:" counts, where one stands."""
    question = _PREAMBLE_END.sub("", _LAST_QUESTION.sub("", text)).strip()
    asked: Asked = "value"
    if _FORMULA.search(question):
        asked = "formula"
    elif _CONCEPT.search(question):
        asked = "concept"
    sentence = re.split(r"(?<=[?.])\s", question)[0].rstrip("?. ")
    phrase = _OWNER.sub("", _BEFORE.sub("", sentence))
    ends = [len(phrase), *(cut.start() for cut in reversed(list(_CUT.finditer(phrase))))]
    return XbrlQuestion(asked, tuple(dict.fromkeys(phrase[:end].strip() for end in ends if end)))
