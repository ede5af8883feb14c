"""How slots of a question are written: companies, metrics, periods, typing errors."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agent.state import CompanyRef, Period

WORDING = Path(__file__).parent / "plan_wording.yaml"
_LEGAL = re.compile(
    r",?\s+(?:inc|corp|corporation|co|company|companies|incorporated|plc|ltd|holdings|group)\b.*$",
    re.IGNORECASE,
)
_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ORDINALS = ("first", "second", "third", "fourth")
_KEYS = {"a": "s", "e": "r", "i": "o", "n": "m", "o": "p", "r": "t", "s": "d", "t": "y", "l": "k"}


def read_wording(path: Path = WORDING) -> dict[str, Any]:
    """Read the patterns and phrases that questions are made of."""
    content: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return content


@dataclass(frozen=True)
class Written:
    """A period as written, and what it stands for; no periods where none was named."""

    text: str
    periods: tuple[Period, ...] = ()


def company_forms(company: CompanyRef, everyday: Sequence[str]) -> list[str]:
    """Return how people write a company: short name, everyday names, ticker, whole name."""
    short = _LEGAL.sub("", company.name.removeprefix("The ")).strip()
    forms = [short, short, *everyday, company.name]
    if company.ticker:
        forms += [company.ticker, company.ticker, company.ticker.lower()]
    return [form for form in dict.fromkeys(forms) if form]


def possessive(name: str, rng: random.Random) -> str:
    """Return a name's possessive, now and then without its apostrophe."""
    if name.endswith("s"):
        return rng.choice([f"{name}'", f"{name}'s", name])
    return f"{name}'s" if rng.random() < 0.85 else f"{name}s"


class PeriodWriter:
    """Writes periods in the forms of a wording's `periods`."""

    def __init__(self, forms: Mapping[str, Sequence[str]], rng: random.Random) -> None:
        self._forms, self._rng = forms, rng

    def year(self, year: int) -> Written:
        """Write a fiscal year."""
        return Written(self._form("year", y=year), (Period(year),))

    def one(self, years: Sequence[int]) -> Written:
        """Write one fiscal year or quarter, or none at all."""
        draw = self._rng.random()
        year = self._rng.choice(years)
        if draw < 0.12:
            return Written("")
        if draw < 0.2:
            return Written(self._form("latest"))
        if draw < 0.3:
            number = self._rng.randint(1, 4)
            text = self._form("quarter", y=year, n=number, w=_ORDINALS[number - 1])
            return Written(text, (Period(year, f"Q{number}"),))
        return self.year(year)

    def two(self, years: Sequence[int]) -> Written:
        """Write two fiscal years, the ends of a change."""
        first, last = sorted(self._rng.sample(list(years), 2))
        if self._rng.random() < 0.5:
            last = min(first + 1, max(years))
            first = last - 1
        return Written(self._form("two", f=first, l=last), (Period(first), Period(last)))

    def span(self, years: Sequence[int]) -> Written:
        """Write several years: a range, the last few, since one, or none."""
        newest, draw = max(years), self._rng.random()
        if draw < 0.45 and len(years) > 2:
            first = self._rng.choice([year for year in years if year <= newest - 2])
            last = self._rng.randint(first + 2, min(newest, first + 9))
            return Written(self._form("range", f=first, l=last), _run(first, last))
        if draw < 0.8:
            count = self._rng.randint(2, min(10, max(len(years), 2)))
            number = self._rng.choice([str(count), _NUMBERS[count - 2]])
            return Written(self._form("last", k=number), _run(newest - count + 1, newest))
        if draw < 0.92 and len(years) > 2:
            first = self._rng.choice([year for year in years if newest - 12 <= year < newest - 1])
            return Written(self._form("since", f=first), _run(first, newest))
        return Written("")

    def _form(self, kind: str, **values: int | str) -> str:
        short = {"y": "yy", "f": "ff", "l": "ll"}
        slots = {mark: str(value) for mark, value in values.items()}
        slots |= {short[mark]: text[-2:] for mark, text in slots.items() if mark in short}
        return fill(self._rng.choice(list(self._forms[kind])), slots, tidy=False)


def _run(first: int, last: int) -> tuple[Period, ...]:
    return tuple(Period(year) for year in range(first, last + 1))


def fill(pattern: str, slots: Mapping[str, str], *, tidy: bool = True) -> str:
    """Fill a pattern's places; tidy the spaces and commas that empty ones leave."""
    text = re.sub(r"\{(\w+)\}", lambda place: slots[place[1]], pattern)
    if not tidy:
        return text
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\s+([,.;:?])", r"\1", text).strip(" ,-:;")


def mistype(text: str, rng: random.Random) -> str:
    """Return a text with one typing error in a longer word."""
    words = text.split(" ")
    long = [index for index, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return text
    index = rng.choice(long)
    word = words[index]
    at = rng.randint(1, len(word) - 2)
    kind = rng.random()
    if kind < 0.4:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif kind < 0.7:
        word = word[:at] + word[at + 1 :]
    elif kind < 0.85:
        word = word[:at] + word[at] + word[at:]
    else:
        word = word[:at] + _KEYS.get(word[at].lower(), word[at]) + word[at + 1 :]
    return " ".join([*words[:index], word, *words[index + 1 :]])


def style(text: str, rng: random.Random) -> str:
    """Write a question in one of the ways people type: small letters, a capital, all as it is."""
    draw = rng.random()
    if draw < 0.4:
        return text.lower()
    if draw < 0.43:
        return text.upper()
    return text[:1].upper() + text[1:]
