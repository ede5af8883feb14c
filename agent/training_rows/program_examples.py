"""Questions with programs over pages, from the training parts of FinQA and ConvFinQA."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.programs.evidence import EvidenceLine, Row, Sentence
from adapters.programs.execute import execute
from adapters.programs.steps import Program, ProgramError
from agent.training_rows.finqa_pages import (
    Page,
    Question,
    page_id,
    read_questions,
    read_records,
    table_rows,
)
from agent.training_rows.finqa_programs import operand_lines, parse_gold, program_of


@dataclass(frozen=True)
class Example:
    """A question that a program over a page's lines answers.

    Attributes:
        id: The data set's id, "" where it has none.
        origin: Data set, split, and how the program came to be.
        group: The page, or what else held-out rows are chosen by.
        question: The question.
        lines: The page.
        program: Its steps.
        gold: Lines that hold the operands.
        answer: What the program gives by the data set's own execution; None where it cannot
            be executed.
        table: The page's table, for operations on rows.
    """

    id: str
    origin: str
    group: str
    question: str
    lines: tuple[EvidenceLine, ...]
    program: Program
    gold: tuple[int, ...]
    answer: float | str | None = None
    table: tuple[tuple[str, ...], ...] = ()


def finqa_train(folder: Path) -> Iterator[Example]:
    """Yield the questions of FinQA's training split whose page is at hand.

    Programs are the given ones, or recovered from the expressions; questions without a
    context are joined with the page of another question.
    """
    pages: dict[str, Page] = {}
    known: set[str] = set()
    for question in read_questions(folder / "train_with_context.jsonl.gz"):
        whole = any(isinstance(line, Row) for line in question.page.lines)
        if (
            question.page.id
            and whole
            and len(question.page.lines) > len(pages.get(question.page.id, Page("", ())).lines)
        ):
            pages[question.page.id] = question.page
    for question in read_questions(folder / "train_with_context.jsonl.gz"):
        known.add(question.id)
        page = pages.get(question.page.id, question.page)
        origin = "finqa-train" if question.program else "finqa-train-recovered"
        if example := finqa_example(replace(question, page=page), origin):
            yield example
    for record in read_records(folder / "train_questions_nocontext.jsonl.gz"):
        name = page_id(record["id"] or "")
        if name in pages and record["id"] not in known:
            question = Question(
                record["id"],
                record["question"],
                pages[name],
                "",
                record["expression"] or "",
                {},
                "",
            )
            if example := finqa_example(question, "finqa-train-page"):
                yield example


def finqa_example(question: Question, origin: str) -> Example | None:
    """Find the program and its lines; None where a number of it stands nowhere on the page."""
    lines = question.page.lines
    if question.program:
        program = parse_gold(question.program)
    else:
        program = program_of(question.expression, question.text, lines)
    if program is None:
        return None
    gold = operand_lines(program, question.text, lines, gold_positions(question))
    if gold is None:
        return None
    try:
        answer = execute(program, question.page.table)
    except ProgramError:
        answer = None
    return Example(
        id=question.id,
        origin=origin,
        group=question.page.id or f"finqa-no-page:{question.text}",
        question=question.text,
        lines=lines,
        program=program,
        gold=tuple(gold),
        answer=answer,
        table=question.page.table,
    )


def gold_positions(question: Question) -> list[int]:
    """Find FinQA's gold lines among a page's lines."""
    found = []
    texts = [_words(line) for line in question.page.lines]
    for name, text in question.gold.items():
        wanted = set(text.lower().split())
        kind = Row if name.startswith("table") else Sentence
        scores = [
            len(wanted & words) / len(wanted | words) if isinstance(line, kind) else 0.0
            for line, words in zip(question.page.lines, texts, strict=True)
        ]
        best = max(range(len(scores)), key=scores.__getitem__, default=None)
        if best is not None and scores[best] > 0.3:
            found.append(best)
    return sorted(set(found))


def convfinqa_train(folder: Path, known: frozenset[str]) -> Iterator[Example]:
    """Yield the whole questions of ConvFinQA's training subset (not its single turns).

    They are FinQA's; `known` are the ids of FinQA's questions that need no second row.
    """
    records = json.loads(gzip.decompress((folder / "train_subset_50.json.gz").read_bytes()))
    for record in records:
        before = [Sentence(text) for text in record["pre_text"] if len(text) > 1]
        after = [Sentence(text) for text in record["post_text"] if len(text) > 1]
        lines = (*before, *table_rows(record["table"]), *after)
        name = record["id"].split("_", 1)[1]
        page = Page(page_id(name), lines, tuple(tuple(row) for row in record["table"]))
        parts = [record[key] for key in ("qa", "qa_0", "qa_1") if record.get(key)]
        for place, part in enumerate(parts):
            if name in known and len(parts) == 1:
                continue
            question = Question(
                f"convfinqa:{name}:{place}",
                part["question"],
                page,
                part["program"],
                "",
                part.get("gold_inds") or {},
                str(part["exe_ans"]),
            )
            if example := finqa_example(question, "convfinqa-train"):
                yield example


def _words(line: EvidenceLine) -> set[str]:
    text = line.text if isinstance(line, Sentence) else _row_words(line)
    return set(text.lower().split())


def _row_words(row: Row) -> str:
    return " ".join([row.label, *(f"{column} {cell}" for column, cell in row.cells)])
