"""Answer a question by a program over evidence lines: pick lines, write it, carry it out.

The model names numbers by their marks; their values, and so every digit of the result, come
from the lines. Each operand leads back to its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models.chat_models import BaseChatModel

from adapters.completion import Completion, Limits, complete
from adapters.programs.evidence import Evidence, EvidenceLine, MarkedNumber, has_numbers
from adapters.programs.execute import Result, Table, execute
from adapters.programs.formula import read_formula
from adapters.programs.relevance import rank
from adapters.programs.steps import Program, ProgramError
from adapters.tasks.program import PROGRAM, mark_for_program, program_grammar


@dataclass(frozen=True)
class Calculation:
    """A program and what it gave.

    Attributes:
        evidence: The lines that the model saw, their numbers marked.
        lines: Positions of these lines among the given ones.
        formula: The reply, over marks.
        program: The same as FinQA's steps, over the numbers.
        result: A number rounded to five places, "yes" or "no".
        operands: The numbers that the formula names, in its order; each knows its line.
        completion: What the reply cost.
    """

    evidence: Evidence
    lines: tuple[int, ...]
    formula: str
    program: Program
    result: Result
    operands: tuple[MarkedNumber, ...]
    completion: Completion


def calculate(
    model: BaseChatModel,
    question: str,
    lines: Sequence[EvidenceLine],
    *,
    table: Table = (),
    similarity: Sequence[float] | None = None,
    top: int = 5,
    limits: Limits | None = None,
) -> Calculation:
    """Write and carry out the program that answers a question.

    Args:
        model: Any chat model; the embedded one takes the adapter of the task `program`.
        question: The question.
        lines: Rows and sentences of a page or section, in order.
        table: The page's table where the question may ask for a whole row's average.
        similarity: Cosines of the lines' embeddings with the question's, for the ranking.
        top: How many lines the model sees.
        limits: Of the model's call.

    Raises:
        ProgramError: The lines hold no number, or the program has no result.
        ModelOutputError: The model gave no allowed formula.
    """
    chosen = best_lines(question, lines, similarity, top)
    evidence, variables = mark_for_program(question, [lines[place] for place in chosen])
    if not evidence.numbers:
        raise ProgramError("the evidence holds no number to calculate with")
    done = complete(model, PROGRAM, variables, program_grammar(evidence), limits=limits)
    program = read_formula(done.text, evidence)
    marks = {number.mark: number for number in evidence.numbers}
    operands = tuple(marks[word] for word in done.text.split() if word in marks)
    return Calculation(
        evidence=evidence,
        lines=tuple(chosen),
        formula=done.text,
        program=program,
        result=execute(program, table),
        operands=operands,
        completion=done,
    )


def best_lines(
    question: str,
    lines: Sequence[EvidenceLine],
    similarity: Sequence[float] | None = None,
    top: int = 5,
) -> list[int]:
    """Return the positions of the `top` lines with numbers that fit best, in reading order."""
    ranked = rank(question, lines, similarity)
    return sorted([place for place in ranked if has_numbers(lines[place])][:top])
