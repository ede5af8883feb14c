"""How evidence lines fit a question, as numbers: the features that the ranker weighs.

Everything is counted within one page: how rare a word is there, how far a line stands out.
The second pass looks at what the best line leaves unsaid, since a ratio needs two lines.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz

from adapters.programs.evidence import EvidenceLine, Row, cell_number
from adapters.programs.numbers import drop_repeats, find_numbers, find_years

# Words of calculation say what to do and not where to look; they count apart from the rest.
_CALCULATION = frozenset(
    "percentage percent portion ratio change total average increase decrease growth rate".split()
)
_STOP = frozenset(
    "the a an of in to and or for was were is are be been by on at as from with that this these "
    "those what which how much many did do does between during it its our we their there than "
    "year years ended december million millions thousand thousands billion considering".split()
)
_SUFFIX = re.compile(r"(?<=..)(?:ies|es|s|ed|ing|ions?|ly|al)$")
_K1, _B = 1.2, 0.75  # BM25 as Robertson and Zaragoza (2009) set it
Features = list[list[float]]


@dataclass(frozen=True)
class Page:
    """A question and its page, cut into word stems.

    Attributes:
        asked: Stems of the question.
        asked_years: Its years.
        asked_numbers: Its numbers.
        lines: The page's lines.
        words: Their stems.
        similarity: Cosine of each line's embedding with the question's; zeros where unknown.
    """

    asked: tuple[str, ...]
    asked_years: frozenset[str]
    asked_numbers: frozenset[str]
    lines: tuple[EvidenceLine, ...]
    words: tuple[LineWords, ...]
    similarity: tuple[float, ...]


@dataclass(frozen=True)
class LineWords:
    """A line's stems, those of its label and of its columns among them, years and numbers."""

    all: tuple[str, ...]
    label: tuple[str, ...]
    columns: tuple[str, ...]
    years: frozenset[str]
    numbers: frozenset[str]


def read_page(
    question: str, lines: Sequence[EvidenceLine], similarity: Sequence[float] | None = None
) -> Page:
    """Cut a question and its page into stems."""
    return Page(
        asked=_stems(question),
        asked_years=frozenset(find_years(question)),
        asked_numbers=frozenset(found.text for found in find_numbers(question)),
        lines=tuple(lines),
        words=tuple(_line_words(line) for line in lines),
        similarity=tuple(similarity if similarity is not None else [0.0] * len(lines)),
    )


def first_features(page: Page) -> Features:
    """Describe each line by itself, and each value by its distance to the page's best."""
    rarity = _rarity(page.words)
    bm25 = _bm25(page, rarity)
    rows = [_words_of(page, place, rarity) + _form_of(page, place) for place in range(len(bm25))]
    for place, row in enumerate(rows):
        around = [bm25[place - 1] if place else 0.0, *bm25[place + 1 : place + 2], 0.0][:2]
        row += [bm25[place], *around, page.similarity[place]]
    best = [max(column) for column in zip(*rows, strict=True)]
    return [[*row, *(v - b for v, b in zip(row, best, strict=True))] for row in rows]


def second_features(page: Page, scores: Sequence[float]) -> Features:
    """Describe each line beside the two that the first pass puts first."""
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    ranks = {place: position for position, place in enumerate(order)}
    best, next_best = order[0], order[min(1, len(order) - 1)]
    asked = set(page.asked)
    unsaid = asked - set(page.words[best].all)
    still_unsaid = unsaid - set(page.words[next_best].all)
    missing_years = page.asked_years - page.words[best].years
    tables = _tables(page.lines)
    scale = sum(math.exp(score - scores[best]) for score in scores)
    found: Features = []
    for place, words in enumerate(page.words):
        every, label = set(words.all), set(words.label)
        found.append(
            [
                scores[place],
                scores[place] - scores[best],
                math.exp(scores[place] - scores[best]) / scale,
                min(ranks[place], 10) / 10,
                *(float(ranks[place] == position) for position in range(3)),
                _share(unsaid & every, unsaid),
                _share(unsaid & label, unsaid),
                _share(still_unsaid & every, still_unsaid),
                _share(unsaid, asked),
                float(tables[place] == tables[best] != 0),
                float(tables[place] == tables[next_best] != 0),
                float(bool(tables[best])),
                min(abs(place - best), 10) / 10,
                float(place == best + 1),
                float(place == best - 1),
                float(len(missing_years & words.years)),
                float(len(missing_years)),
                _share(label & set(page.words[best].label), label | set(page.words[best].label)),
                _share(every & set(page.words[best].all), every | set(page.words[best].all)),
            ]
        )
    return found


def _words_of(page: Page, place: int, rarity: dict[str, float]) -> list[float]:
    """Count the words, years and numbers that a line shares with the question."""
    words = page.words[place]
    asked, every, label = set(page.asked), set(words.all), set(words.label)
    plain = " ".join(words.label or words.all)
    question = " ".join(page.asked)
    return [
        _weighed(asked & every, asked, rarity),
        _weighed(asked & every, every, rarity),
        _weighed(asked & label, asked, rarity),
        _weighed(asked & label, label, rarity),
        _weighed(asked & set(words.columns), asked, rarity),
        float(bool(label) and label <= asked),
        float(len(set(pairwise(page.asked)) & set(pairwise(words.label or words.all)))),
        float(len(_CALCULATION & asked & every)),
        float(len(page.asked_years & words.years)),
        float(len(page.asked_years - words.years)),
        float(len(page.asked_numbers & words.numbers)),
        fuzz.token_set_ratio(plain, question) / 100,
        fuzz.partial_ratio(plain[:80], question) / 100,
    ]


def _form_of(page: Page, place: int) -> list[float]:
    """Describe what a line is, whatever the question."""
    words, line = page.words[place], page.lines[place]
    is_row = isinstance(line, Row)
    around = [*page.lines[max(0, place - 1) : place], *page.lines[place + 1 : place + 2]]
    total = is_row and "tot" in words.label
    return [
        float(is_row),
        float(bool(words.numbers)),
        math.log1p(len(words.numbers)),
        math.log1p(len(words.all)),
        place / len(page.lines),
        float(total),
        float(total and bool({"percentage", "percent", "portion"} & set(page.asked))),
        float(is_row and not all(isinstance(other, Row) for other in around)),
        float(not page.asked_years),
    ]


def _line_words(line: EvidenceLine) -> LineWords:
    if isinstance(line, Row):
        columns = " ".join(column for column, _ in line.cells)
        numbers = frozenset(n for _, cell in line.cells if (n := cell_number(cell)))
        label, heads = _stems(line.label), _stems(columns)
        years = frozenset(find_years(f"{line.label} {columns}"))
        return LineWords((*label, *heads), label, heads, years, numbers)
    text = drop_repeats(line.text)
    numbers = frozenset(found.text for found in find_numbers(text))
    return LineWords(_stems(text), (), (), frozenset(find_years(text)), numbers)


def _stems(text: str) -> tuple[str, ...]:
    words = re.findall(r"[a-z][a-z&']+|\d{4}", text.lower())
    return tuple(
        word if word in _CALCULATION else _SUFFIX.sub("", word)
        for word in words
        if word not in _STOP
    )


def _rarity(words: Sequence[LineWords]) -> dict[str, float]:
    """Return the inverse document frequency of the stems over a page's lines."""
    counts = Counter(stem for held in words for stem in set(held.all))
    total = len(words)
    known = {s: math.log(1 + (total - n + 0.5) / (n + 0.5)) for s, n in counts.items()}
    return {"": math.log(1 + (total + 0.5) / 0.5), **known}


def _bm25(page: Page, rarity: dict[str, float]) -> list[float]:
    lengths = [len(words.all) for words in page.words]
    mean = max(1.0, sum(lengths) / len(lengths))
    scores = []
    for words, length in zip(page.words, lengths, strict=True):
        counts = Counter(words.all)
        flat = _K1 * (1 - _B + _B * length / mean)
        scores.append(
            sum(
                rarity[stem] * counts[stem] * (_K1 + 1) / (counts[stem] + flat)
                for stem in sorted(set(page.asked) & set(counts))
            )
        )
    return scores


def _weighed(shared: set[str], of: set[str], rarity: dict[str, float]) -> float:
    """Return the share of a set's words that is shared, rare words counting more."""
    total = sum(rarity.get(stem, rarity[""]) for stem in sorted(of))
    return sum(rarity.get(stem, rarity[""]) for stem in sorted(shared)) / total if total else 0.0


def _share(part: set[str], whole: set[str]) -> float:
    return len(part) / len(whole) if whole else 0.0


def _tables(lines: Sequence[EvidenceLine]) -> list[int]:
    """Number the tables of a page from 1; 0 for sentences."""
    found: list[int] = []
    count = 0
    for line in lines:
        if isinstance(line, Row) and (not found or found[-1] == 0):
            count += 1
        found.append(count if isinstance(line, Row) else 0)
    return found
