"""The `check` node: nothing leaves with a number that no footnote holds.

The check reads the finished text as a stranger would. It shares no code with the composer: it
takes the numbers out of the text and looks each up in the writings that the cited evidence allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.programs import read_rows, recorded_program
from agent.state import Evidence
from agent.wording import write_value
from tools.sandbox.interface import Sandbox

_MARK = re.compile(r"\[(\d+)\]")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"(])|\n+")
# Fields of a source whose numbers a sentence that cites it may hold.
_WRITTEN = ("code", "quote", "text", "section_title", "item", "note", "day", "published")
_DISPLAYS = ("", "percent", "multiple", "points")


@dataclass(frozen=True)
class Unsupported:
    """A number of the text that nothing cited holds, or a sentence without a footnote."""

    number: str
    sentence: str

    def __str__(self) -> str:
        """Say it in a sentence."""
        return f"no cited source holds {self.number!r} in: {self.sentence}"


def check_text(
    text: str, evidence: Sequence[Evidence], numbers: dict[str, int], *, as_of: date | None = None
) -> list[Unsupported]:
    """Return every number of a text that is not in the evidence it cites.

    Args:
        text: The finished text, with footnote marks such as `[1]`.
        evidence: All evidence of the run.
        numbers: Footnote number by evidence key.
        as_of: The day the question's knowledge stops at; its own date may be written.
    """
    by_number = {numbers[item.key]: item for item in evidence if item.key in numbers}
    allowed = {key: _writings(item) for key, item in by_number.items()}
    everywhere = _numbers(f"{as_of:%B} {as_of.day}, {as_of.year}") if as_of else set()
    everywhere |= set().union(*(_numbers(item.company) for item in evidence))
    faults = []
    for sentence in _sentences(text):
        cited = [int(mark) for mark in _MARK.findall(sentence)]
        unknown = [mark for mark in cited if mark not in allowed]
        held = set().union(everywhere, *(allowed[mark] for mark in cited if mark in allowed))
        bare = _MARK.sub("", sentence)
        faults += [Unsupported(n, sentence) for n in _NUMBER.findall(bare) if _plain(n) not in held]
        faults += [Unsupported(f"[{mark}]", sentence) for mark in unknown]
    return faults


def _sentences(text: str) -> list[str]:
    """Split into sentences; a quotation stays whole with the mark that follows it."""
    quotes: list[str] = []

    def keep(match: re.Match[str]) -> str:
        quotes.append(match[0])
        return f"\x00{len(quotes) - 1}\x00"

    masked = re.sub(r"“[^”]*”", keep, text)
    parts = [part for part in _SENTENCE_END.split(masked) if part.strip()]
    return [re.sub(r"\x00(\d+)\x00", lambda m: quotes[int(m[1])], part) for part in parts]


def _writings(item: Evidence) -> set[str]:
    """Return the numbers that a sentence citing an evidence may hold."""
    held = _numbers(item.company) | _numbers(item.label)
    if item.value is not None:
        for display in _DISPLAYS:
            held |= _numbers(write_value(abs(item.value), item.unit, display=display))
    for day in (item.period_start, item.period_end):
        if day:
            held |= {str(day.year), str(day.day)}
    if item.fiscal_year:
        held |= {str(item.fiscal_year), item.part[-1] if "Q" in item.part else ""}
    for name in _WRITTEN:
        held |= _numbers(str(item.source.get(name) or ""))
    if item.kind == "passage":
        held |= _numbers(str(item.source.get("filed"))) | _numbers(str(item.source.get("form")))
    return held


def _numbers(text: str) -> set[str]:
    return {_plain(number) for number in _NUMBER.findall(text)}


def _plain(number: str) -> str:
    plain = number.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain.lstrip("0") or "0"


def check_evidence(evidence: Sequence[Evidence], sandbox: Sandbox) -> list[str]:
    """Return what is wrong with evidence before it is worded.

    Every fact needs a filing, every program must give the same result again, and what is added,
    subtracted or compared must have one unit.
    """
    by_key = {item.key: item for item in evidence}
    problems = []
    for item in evidence:
        if item.kind == "fact" and not item.source.get("accession"):
            problems.append(f"{item.label} has no filing behind it.")
        if item.kind == "program":
            if rerun(item, by_key, sandbox) != item.value:
                problems.append(f"{item.label} does not come out the same twice.")
            problems += _unlike_units(item, by_key)
    return problems


def rerun(item: Evidence, by_key: Mapping[str, Evidence], sandbox: Sandbox) -> object:
    """Run a recorded program over its recorded inputs and return its result."""
    return sandbox.run(recorded_program(item.source, lambda key: _value(by_key[key]))).value


def _value(item: Evidence) -> Any:
    if item.kind == "query":
        return read_rows(str(item.source["text"]))
    if item.value is None:
        raise ValueError(f"{item.label} has no value")
    return item.value


def _unlike_units(item: Evidence, by_key: Mapping[str, Evidence]) -> list[str]:
    """Refuse sums and differences over unlike units; products and quotients may mix them."""
    if re.search(r"[*/(]", item.source["code"]):  # a program over tools has brackets, too
        return []
    keys: list[str] = []
    for given in item.source["inputs"].values():
        keys += given if isinstance(given, list) else [given]
    units = {by_key[key].unit for key in keys}
    return [f"{item.label} mixes the units {', '.join(sorted(units))}."] if len(units) > 1 else []
