"""Reads transcripts of earnings calls: who said what, in the remarks or in the questions.

Four ways of naming a speaker are known: `Jane Doe -- Chief Executive Officer` on a line of its
own, name and title on two lines, `Jane Doe: We grew.` before the words, and `Operator` alone. A
text that names no speaker is one utterance of nobody. The plain text is the parts, joined by a form
feed; spans count its characters.
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
_HEADING = re.compile(
    r"(?:prepared remarks|presentation|management discussion section|"
    r"(?:conference )?(?:call|corporate|other|company) participants)\s*:?", re.I
)  # fmt: skip
_ROLE = re.compile(
    r"(?=.{3,100}$)(?!.*(?<!Inc)(?<!Corp)(?<!Co)(?<!Ltd)[.!?]$)[A-Z].*"
    r"\b(?:Chief|President|Officer|Director|Chair(?:man|woman|person)?|Analyst|Treasurer|Controller|"
    r"Founder|Head|Counsel|Secretary|Relations|C[EFO]O)\b.*|(?:Chief|President|Director|Analyst)\b.{0,90}"
)
_RULE = re.compile(r"[\s._\-*=\u2014]{5,}")
_ASKS = re.compile(r"\s{2,}[QA]$")  # a column at the right of some publishers' pages
_ENDED = re.compile(r"[.!?:][\"\u201d')]*$")
_PAGE = "\ue00c"  # where a page begins, while a text is read


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
    """A call, in order; `parts` are the texts of the remarks and of the questions.

    `pages` are (number, start in the plain text), for a text that came in pages.
    """

    utterances: tuple[Utterance, ...]
    parts: tuple[tuple[Part, str, int], ...]
    pages: tuple[tuple[int, int], ...] = ()

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
    lines = [block.strip() for block in re.split(r"\n\s*\n|\n", text) if block.strip()]
    spoken = _spoken(_with_roles(lines))
    pages: list[tuple[int, int]] = []
    parts: list[tuple[Part, str, int]] = []
    utterances: list[Utterance] = []
    start = 0
    for part in ("remarks", "questions"):
        section = ""
        for said in (one for one in spoken if one.part == part and one.paragraphs):
            label = f"{said.speaker}{f', {said.role}' if said.role else ''}:\n"
            section += ("\n\n" if section else "") + (label if said.speaker else "")
            place = start + len(section)
            words = _without_marks("\n\n".join(said.paragraphs), said.page, place, pages)
            section += words
            utterances.append(
                Utterance(said.speaker, said.role, part, words, place, place + len(words))
            )
        if section:
            parts.append((part, section, start))
            start += len(section) + len(JOINT)
    return Transcript(tuple(utterances), tuple(parts), tuple(pages) if _PAGE in text else ())


def unwrap(text: str) -> str:
    """Put paragraphs of a page's printed lines on a line each; form feeds part the pages.

    Speakers stay on lines of their own; a paragraph that a page break cuts is joined.
    """
    lines = [
        _ASKS.sub("", line) for line in text.replace(_PAGE, "").replace("\f", _PAGE).split("\n")
    ]
    done: list[str] = []
    is_open = was_open = False
    mark = ""
    for line in _with_roles([one for one in lines if not _RULE.fullmatch(one) or _PAGE in one]):
        mark += _PAGE * line.count(_PAGE)
        bare = " ".join(line.replace(_PAGE, "").split())
        if not bare:
            is_open, was_open = False, is_open or was_open
            continue
        # Blank lines at a page's foot end no sentence.
        is_open |= bool(mark) and was_open and not _ENDED.search(done[-1])
        was_open = False
        names = _names_speaker(bare, ended=not is_open or bool(_ENDED.search(done[-1])))
        if is_open and not names:
            done[-1] += f" {mark}{bare}"
        else:
            done.append(mark + bare)
        is_open = not names or bool(_BEFORE.fullmatch(bare))
        mark = ""
    return "\n".join(done)


def _names_speaker(line: str, *, ended: bool) -> bool:
    """Whether a printed line names a speaker or opens a part; `ended`: the one before was done."""
    if _QUESTIONS.fullmatch(line) or _HEADING.fullmatch(line) or _ALONE.fullmatch(line):
        return True
    titled = _TITLED.fullmatch(line)
    return ended and bool(_BEFORE.fullmatch(line) or titled)


def _with_roles(lines: list[str]) -> list[str]:
    """Join a name and the title on the line below it: 'Jane Doe', 'Chief Executive Officer'."""
    done: list[str] = []
    for line in lines:
        name = done[-1].replace(_PAGE, "").strip() if done else ""
        if (
            re.fullmatch(_NAME, name)
            and not _ROLE.fullmatch(name)
            and _ROLE.fullmatch(line.strip())
        ):
            done[-1] = f"{done[-1].rstrip()} -- {line.strip()}"
        else:
            done.append(line)
    return done


def _without_marks(words: str, page: int, place: int, pages: list[tuple[int, int]]) -> str:
    """Take the marks of pages out of words that begin on `page` at `place`; note the pages."""
    text = ""
    for number, piece in enumerate(words.split(_PAGE)):
        here = page + number
        if not pages or pages[-1][0] < here:
            pages.append((here, place + len(text)))
        text += piece
    return text


@dataclass(slots=True)
class _Said:
    speaker: str
    role: str | None
    part: Part
    paragraphs: list[str]
    page: int = 1


def _spoken(blocks: list[str]) -> list[_Said]:
    roles: dict[str, str] = {}
    part: Part = "remarks"
    spoken = [_Said("", None, part, [])]
    page = 1
    for marked in blocks:
        block, begins = marked.lstrip(_PAGE), page
        page += marked.count(_PAGE)
        begins += len(marked) - len(block)
        if _QUESTIONS.fullmatch(block) or _HEADING.fullmatch(block):
            part = "questions" if _QUESTIONS.fullmatch(block) else part
            spoken.append(_Said("", None, part, [], begins))
            continue
        speaker, words = _speaker(block, roles)
        if speaker:
            spoken.append(_Said(speaker, roles.get(speaker), part, [], begins))
        if words:
            lead = _PAGE * (begins - _page_at_end(spoken[-1])) if spoken[-1].paragraphs else ""
            if not spoken[-1].paragraphs:
                spoken[-1].page = begins
            spoken[-1].paragraphs.append(lead + words)
        if spoken[-1].speaker == "Operator" and _OPENED.search(words) and len(spoken) > 3:
            part = spoken[-1].part = "questions"
    return spoken


def _page_at_end(said: _Said) -> int:
    return said.page + sum(paragraph.count(_PAGE) for paragraph in said.paragraphs)


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
