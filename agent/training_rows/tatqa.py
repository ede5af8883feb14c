"""TAT-QA's training questions whose arithmetic can be told from question and answer.

The training subset at hand gives answers without derivations. A question whose words say what
is computed (an average, a change, a percentage change, a share or ratio) is kept where exactly one
way of computing it over the table's rows gives the answer.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.programs.evidence import EvidenceLine, Row, Sentence
from adapters.programs.execute import execute
from adapters.programs.numbers import find_years
from adapters.programs.steps import Program, ProgramError, Step
from agent.training_rows.finqa_pages import read_records, table_rows
from agent.training_rows.finqa_programs import page_numbers
from agent.training_rows.program_examples import Example

_CHANGE = re.compile(r"\b(?:change|difference|increase|decrease)\b")
_RELATIVE = re.compile(r"percent|%")
_SHARE = re.compile(r"\b(?:proportion|ratio|percentage of|percentage constitution)\b")
_ANSWER = re.compile(r"-?\$?-?[\d,]*\.?\d+")
_BLOCK = re.compile(r"^\[\S+\] type=(table|text)$", re.MULTILINE)


def tatqa_train(folder: Path) -> Iterator[Example]:
    """Yield the questions of the training subset that have one reading."""
    for record in read_records(folder / "train_subset.jsonl.gz"):
        answer = _ANSWER.search(str(record["answer"]))
        lines = read_context(record["context"])
        if not answer or not lines:
            continue
        value = float(re.sub(r"[$,]", "", answer[0]))
        found = _readings(record["question"].lower(), lines, value)
        if len(found) == 1:
            program, place = found[0]
            name = record["context"].split("]")[0].strip("[")
            yield Example(
                id=f"tatqa:{record['id']}",
                origin="tatqa-train, program recovered",
                group=f"tatqa:{name}",
                question=record["question"],
                lines=tuple(lines),
                program=program,
                gold=place,
                answer=execute(program),
            )


def tatqa_tables(folder: Path) -> dict[str, tuple[EvidenceLine, ...]]:
    """Return the lines of every page of the training subset, by a name of its own."""
    pages: dict[str, tuple[EvidenceLine, ...]] = {}
    for record in read_records(folder / "train_subset.jsonl.gz"):
        name = f"tatqa:{record['context'].split(']')[0].strip('[')}"
        pages.setdefault(name, tuple(read_context(record["context"])))
    return pages


def read_context(context: str) -> list[EvidenceLine]:
    """Read blocks of Markdown tables and of text."""
    lines: list[EvidenceLine] = []
    parts = _BLOCK.split(context)
    for kind, body in zip(parts[1::2], parts[2::2], strict=True):
        if kind == "text":
            sentences = re.split(r"(?<=[a-z)%]\.)\s+(?=[A-Z])", " ".join(body.split()))
            lines += [Sentence(text) for text in sentences if text]
            continue
        rows = [row.strip().strip("|").split("|") for row in body.strip().split("\n")]
        table = [[cell.strip() for cell in row] for row in rows if "---" not in row[0]]
        lines += table_rows(table)
    return lines


def _readings(
    question: str, lines: Sequence[EvidenceLine], answer: float
) -> list[tuple[Program, tuple[int, ...]]]:
    """Return the programs that the question's words allow and that give the answer."""
    # Sentences keep their places, without their numbers: the rows alone are read.
    rows = [line if isinstance(line, Row) else Row("", ()) for line in lines]
    numbers = [operand.number for operand in page_numbers(rows)]
    asked = set(find_years(question))
    named = _words(question)
    found: dict[str, tuple[Program, tuple[int, ...]]] = {}
    for first, second in itertools.permutations(numbers, 2):
        same_row = first.line == second.line
        for program in _programs(question, first.text, second.text, same_row):
            years = set(find_years(f"{first.words} {second.words}"))
            told = not asked or not years or asked <= years or years <= asked
            if told and _gives(program, answer) and named & _words(first.words):
                place = tuple(sorted({first.line, second.line}))
                found.setdefault(f"{sorted((first.text, second.text))} {place}", (program, place))
    return list(found.values())


def _programs(question: str, first: str, second: str, same_row: bool) -> list[Program]:
    if "average" in question:
        add = Step("add", first, second)
        return [(add, Step("divide", "#0", "const_2"))] if same_row and first < second else []
    if _SHARE.search(question):
        return [] if same_row else [(Step("divide", first, second),)]
    if _CHANGE.search(question):
        change = Step("subtract", first, second)
        relative = (change, Step("divide", "#0", second))
        if not same_row:
            return []
        return [relative] if _RELATIVE.search(question) else [(change,)]
    return []


def _gives(program: Program, answer: float) -> bool:
    """Compare with an answer that is rounded to its own places, a share maybe in percent."""
    try:
        result = execute(program)
    except ProgramError:
        return False
    if isinstance(result, str):
        return False
    values = [result]
    if program[-1].operation == "divide" and program[-1].second != "const_2":
        values.append(100 * result)
    return any(abs(round(value, 2) - answer) < 0.0051 for value in values)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))
