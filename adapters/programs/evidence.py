"""Evidence that a program may use: table rows and sentences whose numbers carry marks.

A row reads "operating income: 2017 A 12K; 2016 B 11K", a sentence "we paid $ C 308 million":
each number has a mark of one token right behind what it belongs to, and the program names
the mark. Everything but the marks is in lower case.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.programs.numbers import drop_repeats, find_numbers, find_years, short

# One token each in the Llama tokenizers at hand; two-letter ones that spell a word are left out.
MARKS = tuple(string.ascii_uppercase) + tuple(
    first + second for first in "BCDFGHJKLMNPQRSTVWXZ" for second in "BCDFGHKLMNPRSTVX"
)
_DATE_WORDS = frozenset(
    "year years fiscal ended ending end of the for as at in on to months month twelve december dec "
    "june jun september sept sep march mar january jan february feb april apr may july jul august "
    "aug october oct november nov millions thousands dollars billions".split()
)
_BRACKETED = re.compile(r"\$?\s*\(\s*\$?\s*(?P<digits>[\d,]*\.?\d+)\s*%?\s*\)\s*%?")
_MAX_LABEL_WORDS = 14
_MAX_COLUMN_WORDS = 6
_MAX_SENTENCE_WORDS = 45
_WORDS_BEFORE, _WORDS_AFTER = 14, 8


@dataclass(frozen=True)
class Row:
    """A table's row.

    Attributes:
        label: Its first cell.
        cells: (column, cell) pairs as printed; cells without a number are no evidence.
    """

    label: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sentence:
    """A sentence of running text."""

    text: str


EvidenceLine = Row | Sentence


@dataclass(frozen=True)
class MarkedNumber:
    """A number that a program may use.

    Attributes:
        mark: Its name in the prompt and in the reply.
        text: As FinQA spells it ("-3789", "23.6%").
        line: Position of its line in the evidence; the question comes after the last one.
        words: What it belongs to: column and label, or the words around it; lower case.
    """

    mark: str
    text: str
    line: int
    words: str


@dataclass(frozen=True)
class Evidence:
    """Marked lines, as the prompt shows them.

    Attributes:
        lines: What they were made of.
        texts: One text per line.
        question: The question with its own numbers marked ("what if it grew by K 5%?").
        numbers: All marked numbers, in the order of their marks.
        years: Years that the lines or the question name; a program may use them as numbers.
    """

    lines: tuple[EvidenceLine, ...]
    texts: tuple[str, ...]
    question: str
    numbers: tuple[MarkedNumber, ...]
    years: tuple[str, ...]

    def number(self, mark: str) -> MarkedNumber:
        """Return the number with this mark.

        Raises:
            KeyError: There is none.
        """
        for number in self.numbers:
            if number.mark == mark:
                return number
        raise KeyError(mark)


def mark_evidence(lines: Sequence[EvidenceLine], question: str = "") -> Evidence:
    """Mark every number of lines and question; numbers past the last mark are left out."""
    marks = iter(MARKS)
    texts: list[str] = []
    numbers: list[MarkedNumber] = []
    parts = [_row_pieces(line) if isinstance(line, Row) else _trimmed(line) for line in lines]
    for index, pieces in enumerate([*parts, _sentence_pieces(question)]):
        text = ""
        for words, number in pieces:
            text += words
            mark = next(marks, None) if number else None
            if number and mark:
                numbers.append(MarkedNumber(mark, number, index, _context(lines, index, text)))
                text += f" {mark} {short(number)}"
        texts.append(" ".join(text.split()))
    named = " ".join([question, *(_all_words(line) for line in lines)])
    return Evidence(tuple(lines), tuple(texts[:-1]), texts[-1], tuple(numbers), find_years(named))


def cell_number(cell: str) -> str | None:
    """Return a cell's number in FinQA's spelling, None where it has none.

    A cell that is all in brackets is negative, as accountants write it.
    """
    bracketed = _BRACKETED.fullmatch(cell.strip())
    if bracketed:
        cell = f"-{bracketed['digits']}{'%' if '%' in cell else ''}"
    found = find_numbers(drop_repeats(cell), years=True)
    return found[0].text if found else None


def has_numbers(line: EvidenceLine) -> bool:
    """Say whether a line has anything to compute with."""
    if isinstance(line, Row):
        return any(cell_number(cell) for _, cell in line.cells)
    return bool(find_numbers(drop_repeats(line.text)))


Piece = tuple[str, str | None]


def _row_pieces(row: Row) -> list[Piece]:
    label = _plain(row.label, _MAX_LABEL_WORDS)
    held = [(column, number) for column, cell in row.cells if (number := cell_number(cell))]
    names = _short_columns([column for column, _ in held])
    pieces: list[Piece] = []
    for place, (name, (_, number)) in enumerate(zip(names, held, strict=True)):
        start = f"{label}:" if place == 0 else ";"
        pieces.append((f"{start} {name}", number))
    return pieces or [(label, None)]


def _short_columns(columns: Sequence[str]) -> list[str]:
    """Name columns of dates by their year where that tells them apart, else by their words."""
    years = [found[0] if len(found := find_years(column)) == 1 else "" for column in columns]
    return [
        year
        if year and years.count(year) == 1 and not _words_beside_dates(column)
        else _plain(column, _MAX_COLUMN_WORDS)
        for column, year in zip(columns, years, strict=True)
    ]


def _words_beside_dates(column: str) -> list[str]:
    return [word for word in re.findall(r"[a-z%]+", column.lower()) if word not in _DATE_WORDS]


def _sentence_pieces(sentence: str) -> list[Piece]:
    text = drop_repeats(sentence).lower()
    pieces: list[Piece] = []
    end = 0
    for found in find_numbers(text):
        # The currency sign stays in front of the mark.
        sign = " $" if "$" in text[found.start : found.end] else ""
        pieces.append((text[end : found.start] + sign, found.text))
        end = found.end
    pieces.append((text[end:], None))
    return pieces


def _trimmed(sentence: Sentence) -> list[Piece]:
    """Cut a long sentence to the words around its numbers."""
    pieces = _sentence_pieces(sentence.text)
    if sum(len(words.split()) for words, _ in pieces) <= _MAX_SENTENCE_WORDS:
        return pieces
    trimmed: list[Piece] = []
    for place, (words, number) in enumerate(pieces):
        split = words.split()
        before = _WORDS_BEFORE if number else 0
        after = _WORDS_AFTER if place else 0
        if len(split) > before + after:
            kept = [*split[:after], *(["..."] if number else []), *split[len(split) - before :]]
            words = " ".join(kept)
        trimmed.append((f" {words}", number))
    return trimmed


def _context(lines: Sequence[EvidenceLine], index: int, text: str) -> str:
    """Return the words that a number right behind `text` belongs to."""
    line = lines[index] if index < len(lines) else None
    if isinstance(line, Row):
        return f"{line.label} {text.rpartition(';')[2].rpartition(':')[2]}".lower()
    return text[-80:].lower()


def _plain(text: str, max_words: int) -> str:
    """Lower the case and drop notes: "( 1 )", "( in millions )"."""
    plain = re.sub(r"\(\s*(?:\d|[a-z]|in [^)]*)\s*\)", " ", text.lower())
    plain = re.sub(r"[$|;:]", " ", plain)
    return " ".join(plain.split()[:max_words])


def _all_words(line: EvidenceLine) -> str:
    if isinstance(line, Sentence):
        return line.text
    return " ".join([line.label, *(column for column, _ in line.cells)])
