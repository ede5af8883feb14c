"""Numbers as filings and FinQA print them: where they stand, what they are, how short they go."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A number may hold commas and decimals and end in a percent sign; letters before or behind
# ("10-k", "2019s", "q4") make it a word. FinQA sets "$" and "%" apart by a space.
_NUMBER = re.compile(
    r"(?<![\w.#/-])(?P<sign>-\s?)?(?:\$\s?)?(?P<sign2>-)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<percent>\s?%)?(?![\w%]|[.,/-]\d|-[a-z])"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH_BEFORE = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s$", re.IGNORECASE
)
# What stands before a number that counts nothing: "note 12", "item 7", "page 3".
_LABEL_BEFORE = re.compile(
    r"\b(?:notes?|item|page|level|exhibit|section|topic|no ?\.|form|part|table|rule|schedule"
    r"|s&p|s & p|russell)\s$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FoundNumber:
    """A number in a text.

    Attributes:
        start: First character.
        end: Character after the last one.
        text: The number in FinQA's spelling: no "$", commas or spaces, "-" and "%" kept.
    """

    start: int
    end: int
    text: str


def find_numbers(text: str, *, years: bool = False) -> list[FoundNumber]:
    """Find the numbers that measure something, in order.

    Days of a month, numbers of notes or items and "( 1 )" are left out; so are bare years, unless
    `years` says that the text is a table's cell, where any number may be a value.
    """
    found = []
    for match in _NUMBER.finditer(text):
        number = _spelled(match)
        if not years:
            before = text[max(0, match.start() - 12) : match.start()]
            if _YEAR.fullmatch(number) and "$" not in match[0] and "," not in match[0]:
                continue
            if _LABEL_BEFORE.search(before):
                continue
            if _MONTH_BEFORE.search(before) and len(number) <= 2:
                continue
            if before.endswith("( ") and text[match.end() :].startswith(" )") and len(number) < 3:
                continue
        found.append(FoundNumber(match.start(), match.end(), number))
    return found


def find_years(text: str) -> tuple[str, ...]:
    """Return the years that a text names, each once, in order."""
    bare = re.findall(r"(?<![\d.,$])(?:19|20)\d\d(?![\d%]|[.,]\d)", text)
    return tuple(dict.fromkeys(bare))


def drop_repeats(text: str) -> str:
    """Drop the bracketed repetition that FinQA's texts have: "4.75% ( 4.75 % )", "-5 ( 5 )"."""
    return re.sub(
        r"(-?\$? ?(\d[\d,]*\.?\d*|\.\d+) ?%?) \( \$? ?\2 ?%? ?\)", r"\1", text.replace("$ -", "$ -")
    )


def short(text: str) -> str:
    """Shorten a number for a prompt, to two or three digits: "2956907" becomes "3.0M".

    A program names the number by its mark, so its digits need not be copied; what is left
    tells size, sign and percent.
    """
    percent = "%" if text.endswith("%") else ""
    value = float(text.removesuffix("%"))
    size = abs(value)
    for unit, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if size >= unit and size >= 10_000:
            scaled = value / unit
            return f"{scaled:.{0 if abs(scaled) >= 10 else 1}f}{suffix}{percent}"
    return f"{float(f'{value:.3g}'):g}{percent}" if size < 1000 else f"{value:.0f}{percent}"


def _spelled(match: re.Match[str]) -> str:
    sign = "-" if match["sign"] or match["sign2"] else ""
    return f"{sign}{match['digits'].replace(',', '')}{'%' if match['percent'] else ''}"
