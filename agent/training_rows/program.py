"""Rows of the `program` task: a question over marked evidence lines, and its formula.

Evidence is the gold lines and distractors of the same page, in the page's order; a question
comes in several variants with other distractors, from the gold lines alone to six lines.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Sequence

from adapters.programs.evidence import EvidenceLine, Row, has_numbers
from adapters.programs.execute import execute
from adapters.programs.formula import read_formula
from adapters.programs.steps import ProgramError
from adapters.tasks.program import PROGRAM, mark_for_program, program_grammar
from adapters.training.contamination import allowed, shipped_refusals
from adapters.training.rows import TrainingRow
from agent.training_rows.finqa_programs import formula_over
from agent.training_rows.program_asked import asked_questions
from agent.training_rows.program_examples import Example, convfinqa_train, finqa_train
from agent.training_rows.program_tables import clean_label, table_questions
from agent.training_rows.sources import RowSources
from agent.training_rows.tatqa import tatqa_tables, tatqa_train

# How many lines a variant shows: the gold lines alone now and then, mostly what a retriever gives.
_LINE_COUNTS = (0, 2, 3, 3, 4, 4, 5, 6)
_MAX_EVIDENCE_CHARS = 900
_MAX_PROMPT_CHARS = 1500
_WRONG_AVERAGE = re.compile(r"\+ \d \) / \d$")
_RATIO_LESS_ONE = re.compile(r"^= ((?:abs )?[A-Z]+) / ((?:abs )?[A-Z]+) - 1$")
_BRACKETED = re.compile(r"= \( [^()]* \)")
Rank = Callable[[str, Sequence[EvidenceLine]], Sequence[int]]


def rows(
    source: RowSources,
    seed: int,
    *,
    variants: int = 2,
    generated: int = 1500,
    rank: Rank | None = None,
) -> Iterator[TrainingRow]:
    """Yield training rows, in no particular order; none that FinQA dev has in the same words.

    Args:
        source: Where the data sets are.
        seed: Of the choice of distractors and of what is generated.
        variants: Rows per question that has a page, each with other distractors.
        generated: How many rows are generated over tables.
        rank: Orders a page's lines by relevance, best first; shared words by default.
    """
    made = _all_rows(source, seed, variants, generated, rank)
    return allowed(made, shipped_refusals())


def _all_rows(
    source: RowSources, seed: int, variants: int, generated: int, rank: Rank | None
) -> Iterator[TrainingRow]:
    rng = random.Random(seed)
    examples = list(finqa_train(source.data / "finqa"))
    known = frozenset(example.id for example in examples)
    examples += convfinqa_train(source.data / "convfinqa", known)
    examples += tatqa_train(source.data / "tatqa")
    for place, example in enumerate(examples):
        yield from _variants(example, f"{example.id or place}", rng, variants, rank)
    tables = {example.group: example.lines for example in examples}
    tables |= tatqa_tables(source.data / "tatqa")
    yield from table_questions(list(tables.items()), seed, count=generated)
    names = {clean_label(line.label) for lines in tables.values() for line in rows_of(lines)}
    yield from asked_questions(source.data / "finqa", sorted(names - {""}), known, seed)


def _variants(
    example: Example, name: str, rng: random.Random, variants: int, rank: Rank | None
) -> Iterator[TrainingRow]:
    ranking = (rank or rank_by_words)(example.question, example.lines)
    seen = set()
    for variant in range(variants):
        row = make_row(example, ranking, rng, f"{name}#{variant}")
        if row and str(row.variables) not in seen:
            seen.add(str(row.variables))
            yield row


def rows_of(lines: Sequence[EvidenceLine]) -> list[Row]:
    """Return the lines that are rows of a table."""
    return [line for line in lines if isinstance(line, Row)]


def make_row(
    example: Example, ranking: Sequence[int], rng: random.Random, name: str
) -> TrainingRow | None:
    """Write one row; None where the formula over the marks does not give the program's answer."""
    chosen = choose_lines(example, ranking, rng)
    evidence, variables = mark_for_program(example.question, [example.lines[i] for i in chosen])
    gold = [chosen.index(i) for i in example.gold]
    formula = formula_over(example.program, example.question, evidence, gold)
    if formula is None or not program_grammar(evidence).accepts(formula):
        return None
    try:
        same = execute(read_formula(formula, evidence), example.table) == example.answer
    except ProgramError:
        same = False
    # A program that FinQA's own execution refuses ("-" in a row) is still a good example.
    if not same and example.answer is not None:
        return None
    formula = _canonical(formula)
    prompt_chars = len(str(variables))
    if formula is None or prompt_chars > _MAX_PROMPT_CHARS:
        return None
    return TrainingRow(
        id=name,
        task=PROGRAM.name,
        origin=example.origin,
        group=example.group,
        variables=variables,
        completion=formula,
    )


def _canonical(formula: str) -> str | None:
    """Settle what annotators did now one way, now another; None where they plainly erred.

    A share is a fraction, not a hundred times that. An average of three that adds the constant
    3 and divides by 2 is an artefact of FinQA's annotation.
    """
    if _WRONG_AVERAGE.search(formula):
        return None
    if formula.endswith(" * 100") and "/" in formula and not formula.endswith("/ 100 * 100"):
        formula = formula.removesuffix(" * 100")
        if _BRACKETED.fullmatch(formula):
            formula = f"= {formula[4:-2]}"
    return _RATIO_LESS_ONE.sub(r"= ( \1 - \2 ) / \2", formula)


def choose_lines(example: Example, ranking: Sequence[int], rng: random.Random) -> list[int]:
    """Return the positions of gold lines and distractors in the page's order."""
    count = max(len(example.gold), rng.choice(_LINE_COUNTS))
    chosen = set(example.gold)
    size = sum(_length(example.lines[i]) for i in chosen)
    for index in ranking:
        line = example.lines[index]
        if len(chosen) >= count:
            break
        # A retriever is wrong in different ways: leave out a good distractor now and then.
        if index in chosen or not has_numbers(line) or rng.random() < 0.15:
            continue
        if size + _length(line) <= _MAX_EVIDENCE_CHARS:
            chosen.add(index)
            size += _length(line)
    return sorted(chosen)


def rank_by_words(question: str, lines: Sequence[EvidenceLine]) -> list[int]:
    """Order lines by the words they share with the question, long lines discounted."""
    asked = _words(question)

    def score(index: int) -> float:
        words = _words(str(lines[index]))
        return len(asked & words) / math.pow(1 + len(words), 0.3)

    return sorted(range(len(lines)), key=score, reverse=True)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}|(?:19|20)\d\d", text.lower()))


def _length(line: EvidenceLine) -> int:
    if isinstance(line, Row):
        return sum(min(len(column), 30) + 8 for column, _ in line.cells) + len(line.label)
    return min(len(line.text), 300)
