"""Reads what an expert teaches in a sentence and proposes a record; stores it only on `accept`.

Understood are sentences such as "by net debt we mean total debt minus cash", "when I say top
line, use revenue", "burn means operating cash flow less capex", "use net income for profit" and
"a moat is a lasting advantage over rivals". The meaning becomes a formula over known metrics, an
alias of one metric, or, where no metric and no arithmetic is in it, a definition in words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memory.expressions import ExpressionError, find_metrics, parse_expression
from memory.records import Record, make_record, normalize_phrase
from memory.store import MemoryStore

_MAX_SENTENCE_CHARS = 1_000
_MAX_NAME_WORDS = 6
_WE = r"(?:i|we|you|one|people|analysts|they|our team|our house)"
_SAY = r"(?:say|write|ask for|ask about|talk about|mention)s?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"(?:by|with|under)\s+(?P<name>.+?),?\s+{_WE}\s+(?:always\s+)?"
        r"(?:mean|understand|intend)s?\s+(?P<meaning>.+)",
        rf"(?:when(?:ever)?|if|where)\s+{_WE}\s+{_SAY}\s+(?P<name>.+?)(?:,\s*(?:then\s+)?|\s+)(?:please\s+)?"
        rf"(?:{_WE}\s+)?(?:always\s+)?"
        r"(?:use|mean|take|look at|show|give me|want)\s+(?P<meaning>.+)",
        rf"(?:please\s+)?use\s+(?P<meaning>.+?)\s+(?:when(?:ever)?|if)\s+{_WE}\s+"
        rf"{_SAY}\s+(?P<name>.+)",
        r"(?:please\s+)?(?:use|take)\s+(?P<meaning>.+?)\s+(?:for|as)\s+(?P<name>.+)",
        r"(?:please\s+)?(?:define|calculate|compute)\s+(?P<name>.+?)\s+(?:as|by|to be)\s+"
        r"(?P<meaning>.+)",
        r"(?P<name>.+?)\s+(?:here\s+)?(?:means?|stands? for|refers? to|equals?|is short for|"
        r"is the same as|is another (?:word|name) for|"
        r"(?:is|are)\s+(?:defined|calculated|computed|measured)\s+(?:as|by))\s+(?P<meaning>.+)",
        r"(?P<name>[^=]+?)\s*=\s*(?P<meaning>[^=]+)",
        r"(?P<name>.+?)\s+(?:is|are)\s+(?P<meaning>.+)",
    )
)
_OPENERS = re.compile(
    r"^(?:please\s+)?(?:(?:remember|note|learn|know)(?:\s+that)?|from now on|in our house|for us|"
    r"to us)[,:]?\s+",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"^(?:what|who|which|how|why|when (?:did|was|is)|where|does|do|is|are|can)\b"
)


@dataclass(frozen=True)
class Proposal:
    """What the agent would remember, to be shown to the expert before it is stored.

    Attributes:
        record: The record, not stored yet. Its `data` has `name`, `synonyms` and one of
            `formula` (Python expression over metric names), `alias` (a metric name) or
            `definition` (words); and `metrics`, the names that it rests on.
        summary: One sentence for the expert.
        replaces: The known metric whose name it takes over, `""` when it is a new word.
    """

    record: Record
    summary: str
    replaces: str = ""


@dataclass(frozen=True)
class NotUnderstood:
    """Why nothing can be proposed, and what would help."""

    reason: str
    needed: str


def propose(
    sentence: str, metrics: Mapping[str, Sequence[str]], *, taught_by: str
) -> Proposal | NotUnderstood:
    """Read a teaching sentence; store nothing.

    Args:
        sentence: The expert's words.
        metrics: Known metric names, each with its label and synonyms.
        taught_by: Who teaches.
    """
    said = " ".join(sentence.split()).rstrip(".! ")
    if not said or len(sentence) > _MAX_SENTENCE_CHARS:
        return NotUnderstood("That is not one sentence.", _EXAMPLE)
    match = _match(said)
    if match is None:
        return NotUnderstood("I see no term and meaning in that.", _EXAMPLE)
    name = _clean_name(match["name"])
    meaning = match["meaning"].strip(" \"'“”‘’,:")
    if not normalize_phrase(name) or len(name.split()) > _MAX_NAME_WORDS:
        return NotUnderstood(f"“{name}” is not a term of at most six words.", _EXAMPLE)
    return _propose_meaning(said, name, meaning, metrics, taught_by)


def accept(store: MemoryStore, proposal: Proposal) -> Record:
    """Store what the expert has agreed to, and return it as stored."""
    return store.add(proposal.record)


_EXAMPLE = "Say, for instance: by net debt we mean total debt minus cash."


def _propose_meaning(
    said: str, name: str, meaning: str, metrics: Mapping[str, Sequence[str]], taught_by: str
) -> Proposal | NotUnderstood:
    replaced = next(iter(find_metrics(name, metrics, whole=True)), "")
    try:
        expression = parse_expression(meaning, metrics)
    except ExpressionError as error:
        if error.has_arithmetic:
            return NotUnderstood(f"I cannot read “{meaning}” as a formula: {error}.", error.needed)
        data: dict[str, object] = {"definition": meaning, "metrics": []}
        return _proposal(said, name, data, f"{name}: {meaning}", replaced, taught_by)
    if replaced in expression.metrics and not expression.is_single:
        return NotUnderstood(
            f"“{name}” would be defined by itself.", "Give the new meaning a name of its own."
        )
    if expression.is_single and replaced == expression.metrics[0]:
        return NotUnderstood(
            f"“{name}” already means {replaced.replace('_', ' ')}.", "Nothing needs teaching."
        )
    kind = "alias" if expression.is_single else "formula"
    data = {kind: expression.code, "metrics": list(expression.metrics)}
    text = f"{name} means {meaning} ({expression.code})"
    return _proposal(said, name, data, text, replaced, taught_by)


def _proposal(
    said: str, name: str, data: dict[str, object], text: str, replaces: str, taught_by: str
) -> Proposal:
    data = {"name": name, "synonyms": [], **data}
    record = make_record("term", name, text, data, provenance=f"said: {said}", taught_by=taught_by)
    summary = f"I would remember: {text}."
    if replaces:
        summary += f" It replaces the shipped meaning of “{name}”."
    return Proposal(record, summary, replaces)


def _match(said: str) -> re.Match[str] | None:
    said = _OPENERS.sub("", said)
    if _QUESTION.match(said.lower()) or said.endswith("?"):
        return None
    return next((m for pattern in _PATTERNS if (m := pattern.fullmatch(said))), None)


def _clean_name(name: str) -> str:
    name = name.strip(" \"'“”‘’,:")
    name = re.sub(r"^(?:the (?:term|word|phrase)|an?|the|our)\s+", "", name, flags=re.IGNORECASE)
    return name.strip(" \"'“”‘’,:").lower()
