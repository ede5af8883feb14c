"""FinQA's training questions without a page: the real wording and program, evidence made up.

Where the question names what its program divides, subtracts or averages, rows are written that
say so: labels out of the question, values out of the expression, years out of both. The values
and the order of operands are the annotator's; the surroundings are invented.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.programs.evidence import Row, mark_evidence
from adapters.programs.numbers import find_years
from adapters.tasks.program import PROGRAM, program_variables
from adapters.training.rows import TrainingRow
from agent.training_rows.finqa_pages import read_records

_VALUE = r"(-? ?\d[\d.]*)"
_CHANGE = re.compile(rf"\( {_VALUE} - {_VALUE} \)")
_RELATIVE = re.compile(rf"\( \( {_VALUE} - {_VALUE} \) / {_VALUE} \)")
_QUOTIENT = re.compile(rf"\( {_VALUE} / {_VALUE} \)")
_SUBJECT = re.compile(
    r"(?:change|increase|decrease|growth(?: rate)?|decline|difference|growth) (?:of|in|for) "
    r"(?:the )?(?P<x>.+?)(?:,? (?:from|between|in|for|during|as of|at) .*)?$"
)
_QUOTIENTS = (
    re.compile(
        r"what (?:percentage|percent|portion|share|fraction) of (?:the )?(?P<y>.+?) "
        r"(?:is|are|was|were|came from|comes from|relates? to|related to|consists? of) "
        r"(?:from |due to |related to |made up of )?(?:the )?(?P<x>.+)$"
    ),
    re.compile(r"ratio of (?:the )?(?P<x>.+?) to (?:the )?(?P<y>.+)$"),
    re.compile(
        r"what (?:is|are|was|were) (?:the )?(?P<x>.+?) as a "
        r"(?:percentage|percent|portion|share|%) of (?:the )?(?P<y>.+)$"
    ),
    re.compile(r"percent(?:age)? of (?:the )?(?P<x>.+?) (?:as part of|to|of) (?:the )?(?P<y>.+)$"),
)
_TIME = re.compile(
    r",? ?\b(?:in|for|during|at|as of|as at|by|of|on)? ?(?:the )?"
    r"(?:fiscal |year |years |year ended |december 31 ,? ?|end of )*\b(?:19|20)\d\d\b.*$"
)


def asked_questions(
    folder: Path, labels: Sequence[str], skipped: frozenset[str], seed: int
) -> Iterator[TrainingRow]:
    """Yield rows for questions whose page is not at hand.

    Args:
        folder: FinQA's folder.
        labels: Row labels that serve as distractors.
        skipped: Ids of questions that have a page.
        seed: Of all choices.
    """
    rng = random.Random(seed)
    for place, record in enumerate(read_records(folder / "train_questions_nocontext.jsonl.gz")):
        if record["id"] in skipped or not record["expression"]:
            continue
        question = record["question"].strip().rstrip("?").strip().lower()
        made = _by_year(question, record["expression"], rng) or _quotient(
            question, record["expression"], rng
        )
        if made is None:
            continue
        rows, template = made
        rows = [*rows, *_distractors(rows, labels, rng)]
        order = list(range(len(rows)))
        rng.shuffle(order)
        evidence = mark_evidence([rows[i] for i in order], record["question"])
        # A value that stands twice would leave open which one is meant.
        counts = Counter(number.text for number in evidence.numbers)
        marks = {n.text: n.mark for n in evidence.numbers if counts[n.text] == 1}
        try:
            formula = " ".join(marks[w[1:]] if w.startswith("@") else w for w in template.split())
        except KeyError:
            continue
        yield TrainingRow(
            id=f"asked-{record.get('idx', place)}",
            task=PROGRAM.name,
            origin="finqa-train question, evidence made up, v1",
            group=(record["id"] or f"asked-{place}").rsplit("-", 1)[0],
            variables=program_variables(record["question"], evidence),
            completion=formula,
        )


def _by_year(question: str, expression: str, rng: random.Random) -> tuple[list[Row], str] | None:
    """Make a row with a column a year for a change or a growth rate."""
    relative = _RELATIVE.fullmatch(expression)
    match = relative or _CHANGE.fullmatch(expression)
    subject = _SUBJECT.search(question)
    if not match or not subject or (relative and match[2] != match[3]):
        return None
    years = sorted(set(find_years(question)))
    if len(years) == 1:
        years = [str(int(years[0]) - 1), years[0]]
    label = _name(subject["x"])
    if len(years) != 2 or not label:
        return None
    new, old = _cell(match[1]), _cell(match[2])
    if "decrease" in question and not relative:
        return None  # annotators took either order
    cells = [(years[1], new), (years[0], old)]
    if rng.random() < 0.5:
        before = str(int(years[0]) - 1)
        cells.append((before, _near(old, rng)))
    if rng.random() < 0.3:
        cells.reverse()
    formula = f"= ( @{new} - @{old} ) / @{old}" if relative else f"= @{new} - @{old}"
    return [Row(label, tuple(cells))], formula


def _quotient(question: str, expression: str, rng: random.Random) -> tuple[list[Row], str] | None:
    """Make a row for each side of a share or ratio."""
    match = _QUOTIENT.fullmatch(expression)
    if not match or match[1] == match[2]:
        return None
    sides = next((found for pattern in _QUOTIENTS if (found := pattern.search(question))), None)
    if not sides:
        return None
    first, second = _name(sides["x"]), _name(sides["y"])
    if not first or not second or first == second:
        return None
    years = find_years(question)
    year = years[0] if len(years) == 1 else rng.choice(("amount", "total", "2012"))
    rows = []
    for label, value in ((first, _cell(match[1])), (second, _cell(match[2]))):
        cells = [(year, value)]
        if len(years) == 1 and rng.random() < 0.7:
            cells.append((str(int(year) - 1), _near(value, rng)))
        rows.append(Row(label, tuple(cells)))
    if len(rows[0].cells) != len(rows[1].cells):
        rows = [Row(row.label, row.cells[:1]) for row in rows]
    return rows, f"= @{_cell(match[1])} / @{_cell(match[2])}"


def _distractors(rows: Sequence[Row], labels: Sequence[str], rng: random.Random) -> list[Row]:
    made = []
    for label in rng.sample(labels, rng.choice((0, 1, 1, 2))):
        cells = tuple((column, _near(cell, rng)) for column, cell in rows[0].cells)
        made.append(Row(label, cells))
    return made


def _name(text: str) -> str:
    """Return a label out of the question's words, "" where they are no name."""
    name = _TIME.sub("", text).strip(" ,?.")
    name = re.sub(r",? in (?:millions|thousands|billions)$", "", name)
    return name if 1 <= len(name.split()) <= 10 and not re.search(r"\d", name) else ""


def _cell(value: str) -> str:
    number = value.replace(" ", "")
    return number.removesuffix(".0") if number.endswith(".0") else number


def _near(value: str, rng: random.Random) -> str:
    """Return another value of about the same size."""
    number = float(value) * rng.uniform(0.6, 1.5) + rng.uniform(0.5, 3)
    return f"{number:.0f}" if "." not in value else f"{number:.2f}"
