"""Reads transcripts of earnings calls: who said what, in the remarks or in the questions.

Three ways of naming a speaker are known: `Jane Doe -- Chief Executive Officer` on a line of its
own, `Jane Doe: We grew.` before the words, and `Operator` alone. A text that names no speaker is
one utterance of nobody. The plain text is the parts, joined by a form feed; spans count its
characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tools.documents.passage_split import split_passages

Part = Literal["remarks", "questions"]

JOINT = "\f"
TITLES: dict[str, str] = {"remarks": "Prepared Remarks", "questions": "Questions and Answers"}
_NAME = r"(?:[A-Z][\w.'’-]*)(?: (?:[A-Z][\w.'’-]*|de|van|von|der|la)){1,4}"
_TITLED = re.compile(rf"({_NAME})\s+(?:--|–|—|-)\s+(\S.{{1,100}})")
_BEFORE = re.compile(rf"({_NAME}|Operator)\s*:\s+(\S.*)", re.DOTALL)
_ALONE = re.compile(r"(Operator|Moderator|Unidentified \w+)\s*:?", re.IGNORECASE)
_QUESTIONS = re.compile(
    r"(?:questions?\s*(?:and|&|-)\s*answers?|q\s*&\s*a)(?:\s+(?:session|section))?\s*:?", re.I
)
_OPENED = re.compile(r"\b(?:first question|question-and-answer session|q&a session)\b", re.I)
_HEADING = re.compile(r"(?:prepared remarks|presentation|call participants)\s*:?", re.I)


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker said without a break; `speaker` is empty where the text names nobody."""

    speaker: str
    role: str | None
    part: Part
    text: str
    span_start: int
    span_end: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """A call, in order; `parts` are the texts of the remarks and of the questions."""

    utterances: tuple[Utterance, ...]
    parts: tuple[tuple[Part, str, int], ...]

    @property
    def plain_text(self) -> str:
        """The text that spans count in."""
        return JOINT.join(text for _, text, _ in self.parts)

    def passages(self) -> list[tuple[int, int, int]]:
        """Return (part's index, start, end) of whole sentences of one speaker each."""
        names = [part for part, _, _ in self.parts]
        return [
            (names.index(one.part), one.span_start + span.start, one.span_start + span.end)
            for one in self.utterances
            for span in split_passages(one.text)
        ]


def read(text: str) -> Transcript:
    """Read a transcript's text."""
    spoken = _spoken([block.strip() for block in re.split(r"\n\s*\n|\n", text) if block.strip()])
    parts: list[tuple[Part, str, int]] = []
    utterances: list[Utterance] = []
    start = 0
    for part in ("remarks", "questions"):
        section = ""
        for said in (one for one in spoken if one.part == part and one.paragraphs):
            label = f"{said.speaker}{f', {said.role}' if said.role else ''}:\n"
            section += ("\n\n" if section else "") + (label if said.speaker else "")
            words = "\n\n".join(said.paragraphs)
            place = start + len(section)
            section += words
            utterances.append(
                Utterance(said.speaker, said.role, part, words, place, place + len(words))
            )
        if section:
            parts.append((part, section, start))
            start += len(section) + len(JOINT)
    return Transcript(tuple(utterances), tuple(parts))


@dataclass(slots=True)
class _Said:
    speaker: str
    role: str | None
    part: Part
    paragraphs: list[str]


def _spoken(blocks: list[str]) -> list[_Said]:
    roles: dict[str, str] = {}
    part: Part = "remarks"
    spoken = [_Said("", None, part, [])]
    for block in blocks:
        if _QUESTIONS.fullmatch(block) or _HEADING.fullmatch(block):
            part = "questions" if _QUESTIONS.fullmatch(block) else part
            spoken.append(_Said("", None, part, []))
            continue
        speaker, words = _speaker(block, roles)
        if speaker:
            spoken.append(_Said(speaker, roles.get(speaker), part, []))
        if words:
            spoken[-1].paragraphs.append(words)
        if spoken[-1].speaker == "Operator" and _OPENED.search(words) and len(spoken) > 3:
            part = spoken[-1].part = "questions"
    return spoken


def _speaker(block: str, roles: dict[str, str]) -> tuple[str, str]:
    """Return who begins to speak with a block, if anybody, and the words in it."""
    if found := _TITLED.fullmatch(block):
        roles[found[1]] = found[2].strip()
        return found[1], ""
    if found := _ALONE.fullmatch(block):
        return found[1].capitalize(), ""
    if block in roles:
        return block, ""
    if found := _BEFORE.fullmatch(block):
        return found[1], found[2]
    return "", block
