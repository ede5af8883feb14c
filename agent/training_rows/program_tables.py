"""Questions generated over real tables: what FinQA asks, in many wordings, operands by rule.

A kind of question knows which cells it needs, how it is worded and the formula; the formula is
written over the marks of the evidence, so operand order is right by construction.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from adapters.programs.evidence import Evidence, EvidenceLine, Row, cell_number, mark_evidence
from adapters.programs.numbers import find_years
from adapters.tasks.program import PROGRAM, program_variables
from adapters.training.rows import TrainingRow

_WORDINGS = Path(__file__).with_name("program_wordings.yaml")
_TOTAL = re.compile(r"\btotals?\b|^net (?:sales|revenues?|income)\b|^revenues?\b")
_BAD_LABEL = re.compile(r"\d{4}|%|per |rate|ratio|margin|yield|average|note|see ")


@dataclass(frozen=True)
class Cells:
    """Rows of one table whose columns are years.

    Attributes:
        labels: Row labels, cleaned.
        years: Column years, as printed.
        rows: The rows.
    """

    labels: tuple[str, ...]
    years: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Asked:
    """A question before it has evidence.

    Attributes:
        text: The question.
        formula: Over cells written "row.column": "= ( 0.1 - 0.0 ) / 0.0".
        rows: Positions of the rows it needs.
    """

    text: str
    formula: str
    rows: tuple[int, ...]


Kind = Callable[[Cells, random.Random], Asked | None]


def table_questions(
    tables: Sequence[tuple[str, Sequence[EvidenceLine]]], seed: int, *, count: int
) -> Iterator[TrainingRow]:
    """Generate rows over tables.

    Args:
        tables: (document, rows) pairs; a document is the row's group.
        seed: Of all choices.
        count: How many rows, fewer if the tables run out of questions.
    """
    rng = random.Random(seed)
    usable = [(name, cells) for name, lines in tables if (cells := year_cells(lines))]
    made = 0
    for attempt in range(count * 4):
        if made == count or not usable:
            return
        name, cells = rng.choice(usable)
        kind = rng.choices([kind for kind, _ in _KINDS], [weight for _, weight in _KINDS])[0]
        asked = kind(cells, rng)
        row = asked and _row(asked, cells, rng, name, f"tables-{seed}-{attempt}")
        if row:
            made += 1
            yield row


def year_cells(lines: Sequence[EvidenceLine]) -> Cells | None:
    """Return the rows that have a number in every year's column; None for other tables."""
    rows = [line for line in lines if isinstance(line, Row) and len(line.cells) > 1]
    if len(rows) < 2:
        return None
    columns = [column for column, _ in rows[0].cells]
    years = [found[0] if len(found := find_years(column)) == 1 else "" for column in columns]
    if not all(years) or len(set(years)) != len(years):
        return None
    kept: dict[str, Row] = {}
    for row in rows:
        label = clean_label(row.label)
        if label and len(row.cells) == len(years) and all(cell_number(c) for _, c in row.cells):
            kept.setdefault(label, row)
    if len(kept) < 2:
        return None
    return Cells(tuple(kept), tuple(years), tuple(kept.values()))


def clean_label(label: str) -> str:
    """Return a label as a question would say it, "" where it can't."""
    plain = re.sub(r"\([^)]*\)|[:$*]", " ", label.lower())
    plain = " ".join(plain.split()).strip(" .,-")
    plain = re.sub(r"^(?:less|plus|add|deduct) ", "", plain)
    words = plain.split()
    return plain if 1 <= len(words) <= 9 and re.search(r"[a-z]{3}", plain) else ""


def _row(
    asked: Asked, cells: Cells, rng: random.Random, group: str, name: str
) -> TrainingRow | None:
    others = [i for i in range(len(cells.rows)) if i not in asked.rows]
    shown = sorted([*asked.rows, *rng.sample(others, min(len(others), rng.choice((0, 1, 1, 2))))])
    evidence = mark_evidence([cells.rows[i] for i in shown], asked.text)
    try:
        formula = _marked(asked.formula, cells, shown, evidence)
    except KeyError:
        return None
    return TrainingRow(
        id=name,
        task=PROGRAM.name,
        origin="generated over tables, v1",
        group=group,
        variables=program_variables(asked.text, evidence),
        completion=formula,
    )


def _marked(formula: str, cells: Cells, shown: Sequence[int], evidence: Evidence) -> str:
    """Replace "row.column" by the mark of that cell."""
    marks: dict[str, str] = {}
    for place, index in enumerate(shown):
        held = [number.mark for number in evidence.numbers if number.line == place]
        if len(held) != len(cells.years):
            raise KeyError(index)
        marks |= {f"{index}.{column}": mark for column, mark in enumerate(held)}
    # A row operation takes the first mark of its row, which is the row's first cell.
    return " ".join(marks[word] if "." in word else word for word in formula.split())


def _pick(rng: random.Random, asked: str, **words: str) -> str:
    """Choose a wording of what is asked, fill it and end it in one of several ways."""
    filled = rng.choice(_wordings()[asked]).format(**words)
    end = rng.choice(("?", "?", "?", "", " ?", ", in millions?"))
    return re.sub(r"\bthe (the|our)\b", r"\1", filled).removesuffix("?") + end


@functools.cache
def _wordings() -> dict[str, list[str]]:
    content: dict[str, list[str]] = yaml.safe_load(_WORDINGS.read_text("utf-8"))
    return content


def _one(cells: Cells, rng: random.Random) -> int:
    return rng.randrange(len(cells.rows))


def _two_years(cells: Cells, rng: random.Random) -> tuple[int, int]:
    """Return the columns of an earlier and a later year."""
    first, second = rng.sample(range(len(cells.years)), 2)
    return (first, second) if cells.years[first] < cells.years[second] else (second, first)


def _relative_change(cells: Cells, rng: random.Random) -> Asked | None:
    row = _one(cells, rng)
    old, new = _two_years(cells, rng)
    text = _pick(
        rng, "relative_change", x=cells.labels[row], a=cells.years[old], b=cells.years[new]
    )
    if int(cells.years[new]) - int(cells.years[old]) == 1 and rng.random() < 0.3:
        text = _pick(rng, "growth_in", x=cells.labels[row], b=cells.years[new])
    return Asked(text, f"= ( {row}.{new} - {row}.{old} ) / {row}.{old}", (row,))


def _change(cells: Cells, rng: random.Random) -> Asked | None:
    row = _one(cells, rng)
    old, new = _two_years(cells, rng)
    text = _pick(rng, "change", x=cells.labels[row], a=cells.years[old], b=cells.years[new])
    return Asked(text, f"= {row}.{new} - {row}.{old}", (row,))


def _share(cells: Cells, rng: random.Random) -> Asked | None:
    totals = [i for i, label in enumerate(cells.labels) if _TOTAL.search(label)]
    if not totals:
        return None
    whole = rng.choice(totals)
    parts = [
        i for i in range(len(cells.rows)) if i != whole and not _BAD_LABEL.search(cells.labels[i])
    ]
    if not parts:
        return None
    part, year = rng.choice(parts), rng.randrange(len(cells.years))
    names = {"x": cells.labels[part], "y": cells.labels[whole], "a": cells.years[year]}
    rows = (part, whole)
    if rng.random() < 0.15:
        text = _pick(rng, "not_share", **names)
        return Asked(text, f"= ( {whole}.{year} - {part}.{year} ) / {whole}.{year}", rows)
    return Asked(_pick(rng, "share", **names), f"= {part}.{year} / {whole}.{year}", rows)


def _ratio(cells: Cells, rng: random.Random) -> Asked | None:
    first, second = rng.sample(range(len(cells.rows)), 2)
    year = rng.randrange(len(cells.years))
    names = {"x": cells.labels[first], "y": cells.labels[second], "a": cells.years[year]}
    return Asked(
        _pick(rng, "ratio", **names), f"= {first}.{year} / {second}.{year}", (first, second)
    )


def _year_ratio(cells: Cells, rng: random.Random) -> Asked | None:
    row = _one(cells, rng)
    old, new = _two_years(cells, rng)
    first, second = rng.choice(((old, new), (new, old)))
    names = {"x": cells.labels[row], "a": cells.years[first], "b": cells.years[second]}
    return Asked(_pick(rng, "year_ratio", **names), f"= {row}.{first} / {row}.{second}", (row,))


def _average(cells: Cells, rng: random.Random) -> Asked | None:
    row = _one(cells, rng)
    count = rng.randint(2, min(3, len(cells.years)))
    start = rng.randint(0, len(cells.years) - count)
    columns = list(range(start, start + count))
    if count == len(cells.years) > 2:
        return Asked(
            _pick(rng, "row_average", x=cells.labels[row], **_span(cells, columns)),
            f"= average {row}.0",
            (row,),
        )
    total = " + ".join(f"{row}.{column}" for column in columns)
    text = _pick(rng, "average", x=cells.labels[row], **_span(cells, columns))
    return Asked(text, f"= ( {total} ) / {count}", (row,))


def _sum(cells: Cells, rng: random.Random) -> Asked | None:
    row = _one(cells, rng)
    count = rng.randint(2, min(4, len(cells.years)))
    start = rng.randint(0, len(cells.years) - count)
    columns = list(range(start, start + count))
    total = " + ".join(f"{row}.{column}" for column in columns)
    text = _pick(rng, "sum", x=cells.labels[row], **_span(cells, columns))
    return Asked(text, f"= {total}", (row,))


def _combined(cells: Cells, rng: random.Random) -> Asked | None:
    first, second = sorted(rng.sample(range(len(cells.rows)), 2))
    year = rng.randrange(len(cells.years))
    names = [cells.labels[first], cells.labels[second]]
    rng.shuffle(names)
    text = _pick(rng, "combined", x=names[0], y=names[1], a=cells.years[year])
    return Asked(text, f"= {first}.{year} + {second}.{year}", (first, second))


def _row_difference(cells: Cells, rng: random.Random) -> Asked | None:
    first, second = rng.sample(range(len(cells.rows)), 2)
    year = rng.randrange(len(cells.years))
    names = {"x": cells.labels[first], "y": cells.labels[second], "a": cells.years[year]}
    text = _pick(rng, "row_difference", **names)
    return Asked(text, f"= {first}.{year} - {second}.{year}", (first, second))


def _extreme(cells: Cells, rng: random.Random) -> Asked | None:
    row = _one(cells, rng)
    word, wordings = rng.choice((("max", "highest"), ("min", "lowest")))
    return Asked(_pick(rng, wordings, x=cells.labels[row]), f"= {word} {row}.0", (row,))


def _greater(cells: Cells, rng: random.Random) -> Asked | None:
    if rng.random() < 0.5:
        first, second = rng.sample(range(len(cells.rows)), 2)
        year = rng.randrange(len(cells.years))
        names = {"x": cells.labels[first], "y": cells.labels[second], "a": cells.years[year]}
        text = _pick(rng, "greater", **names)
        return Asked(text, f"= {first}.{year} > {second}.{year}", (first, second))
    row = _one(cells, rng)
    one, other = rng.sample(range(len(cells.years)), 2)
    names = {"x": cells.labels[row], "a": cells.years[one], "b": cells.years[other]}
    return Asked(_pick(rng, "greater_year", **names), f"= {row}.{one} > {row}.{other}", (row,))


def _growth_gap(cells: Cells, rng: random.Random) -> Asked | None:
    first, second = rng.sample(range(len(cells.rows)), 2)
    old, new = _two_years(cells, rng)
    names = {"x": cells.labels[first], "y": cells.labels[second]}
    text = _pick(rng, "growth_gap", a=cells.years[old], b=cells.years[new], **names)
    growth = [f"( {row}.{new} - {row}.{old} ) / {row}.{old}" for row in (first, second)]
    return Asked(text, f"= {growth[0]} - {growth[1]}", (first, second))


def _share_change(cells: Cells, rng: random.Random) -> Asked | None:
    part, whole = rng.sample(range(len(cells.rows)), 2)
    old, new = _two_years(cells, rng)
    names = {"x": cells.labels[part], "y": cells.labels[whole]}
    text = _pick(rng, "share_change", a=cells.years[old], b=cells.years[new], **names)
    shares = [f"{part}.{year} / {whole}.{year}" for year in (new, old)]
    return Asked(text, f"= {shares[0]} - {shares[1]}", (part, whole))


def _yearly_growth(cells: Cells, rng: random.Random) -> Asked | None:
    row = _one(cells, rng)
    old, new = _two_years(cells, rng)
    years = int(cells.years[new]) - int(cells.years[old])
    if not 2 <= years <= 10:
        return None
    text = _pick(rng, "yearly_growth", x=cells.labels[row], a=cells.years[old], b=cells.years[new])
    return Asked(text, f"= ( {row}.{new} / {row}.{old} ) ^ ( 1 / {years} ) - 1", (row,))


def _span(cells: Cells, columns: Sequence[int]) -> dict[str, str]:
    years = sorted(cells.years[column] for column in columns)
    listed = (
        " and ".join([", ".join(years[:-1]), years[-1]]) if len(years) > 2 else " and ".join(years)
    )
    return {"a": years[0], "b": years[-1], "years": listed, "n": str(len(years))}


_KINDS: tuple[tuple[Kind, float], ...] = (
    (_relative_change, 5),
    (_change, 3),
    (_share, 4),
    (_ratio, 2),
    (_year_ratio, 0.7),
    (_average, 2.5),
    (_sum, 1),
    (_combined, 1),
    (_row_difference, 1),
    (_extreme, 0.7),
    (_greater, 0.7),
    (_growth_gap, 0.8),
    (_share_change, 0.5),
    (_yearly_growth, 0.3),
)
