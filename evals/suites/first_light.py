"""The first-light suite: natural questions over ingested filings, answers worked out by hand.

An answer is right when it holds every asked value (within the question's tolerance) for the right
company; any other figure in its place is wrong. Saying "I can't" where an answer exists counts as
abstained, and giving an answer where none exists as wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

Verdict = Literal["right", "wrong", "abstained", "failed"]
QUESTIONS = Path(__file__).parents[1] / "data" / "first_light.jsonl"


@dataclass(frozen=True)
class Scored:
    """One question with its verdict and why."""

    id: str
    kind: str
    verdict: Verdict
    explanation: str


def read_questions(path: Path = QUESTIONS, data: str | None = None) -> list[dict[str, Any]]:
    """Read the questions over `shared` filings or over the `sample`; all by default."""
    lines = path.read_text("utf-8").split("\n")
    questions = [json.loads(line) for line in lines if line.strip()]
    return [question for question in questions if data in (None, question["data"])]


def score(
    question: Mapping[str, Any],
    contract: Mapping[str, Any],
    tickers: Mapping[str, Sequence[str]] | None = None,
) -> Scored:
    """Compare an answer, as `ask --json` prints it, with what was worked out by hand.

    Args:
        question: The question with its expected figures; companies by ticker.
        contract: The answer.
        tickers: All tickers of each company, by its name, where the answer may use another one.
    """
    verdict, why = _verdict(question, contract, tickers or {})
    return Scored(question["id"], question["kind"], verdict, why)


def _verdict(
    question: Mapping[str, Any], contract: Mapping[str, Any], tickers: Mapping[str, Sequence[str]]
) -> tuple[Verdict, str]:
    status = contract["status"]
    if status == "failed":
        return "failed", str(contract["text"])
    declined = status in {"abstained", "clarify"}
    if question["expect"] != "answered":
        return ("right", "") if declined else ("wrong", f"answered: {contract['text']}")
    if declined:
        return "abstained", str(contract["text"])
    missing = [f for f in question["figures"] if not _holds(f, contract["figures"], tickers)]
    if missing:
        wanted = ", ".join(f"{f['company']} {f['period']} {f['value']}" for f in missing)
        return "wrong", f"wanted {wanted}; got: {contract['text']}"
    text = contract["text"].lower()
    unsaid = [word for word in question["must_mention"] if word.lower() not in text]
    if unsaid:
        return "wrong", f"does not mention {', '.join(unsaid)}: {contract['text']}"
    return "right", ""


def _holds(
    wanted: Mapping[str, str],
    figures: Iterable[Mapping[str, Any]],
    tickers: Mapping[str, Sequence[str]],
) -> bool:
    value, tolerance = Decimal(wanted["value"]), Decimal(wanted["tolerance"])
    return any(
        (not figure["ticker"] or wanted["company"] in _names(figure, tickers))
        and abs(Decimal(figure["value"]) - value) <= tolerance
        for figure in figures
    )


def _names(figure: Mapping[str, Any], tickers: Mapping[str, Sequence[str]]) -> set[str]:
    names = set(figure["ticker"].split(" / "))
    for company in figure["company"].split(" / "):
        names |= {company, *tickers.get(company, ())}
    return names
