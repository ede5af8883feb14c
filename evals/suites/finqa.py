"""FinQA dev: evidence lines to a program, scored by execution and as a program.

Gold evidence is FinQA's own gold lines; retrieved evidence is what the product's ranker picks
out of the whole page. Nothing else is taken from the gold: the program is decoded over the
marks of the evidence and executed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from adapters.beams import Reply
from adapters.programs.evidence import Evidence, EvidenceLine, has_numbers
from adapters.programs.formula import read_formula
from adapters.programs.steps import ProgramError, write_program
from adapters.tasks.program import mark_for_program
from agent.training_rows.finqa_pages import Question, read_questions
from agent.training_rows.finqa_programs import operand_lines, parse_gold
from agent.training_rows.program_examples import gold_positions
from evals.metrics.finqa import FinQAScore, score
from evals.statistics import bootstrap_interval

EvidenceKind = Literal["gold", "retrieved"]
Rank = Callable[[str, Sequence[EvidenceLine]], Sequence[int]]
# Replies to (question, evidence) pairs, likeliest first; an empty list where there is none.
Solve = Callable[[Sequence[tuple[str, Evidence]]], Sequence[Sequence[Reply]]]


@dataclass(frozen=True)
class Answered:
    """One question with what was made of it.

    Attributes:
        question: The question.
        lines: Positions of the evidence on the page.
        evidence: The same, marked.
        formula: The reply, "" where there was none.
        program: It in FinQA's language, "" where it is none.
        score: Its scores.
    """

    question: Question
    lines: tuple[int, ...]
    evidence: Evidence
    formula: str
    program: str
    score: FinQAScore


@dataclass(frozen=True)
class Report:
    """Scores over a set, each with its 95 % bootstrap interval.

    Attributes:
        questions: How many.
        execution: Share with the right result.
        execution_interval: Its interval.
        program: Share with the gold program.
        program_interval: Its interval.
        unanswered: How many have no evidence with numbers, or no program that can be executed.
    """

    questions: int
    execution: float
    execution_interval: tuple[float, float]
    program: float
    program_interval: tuple[float, float]
    unanswered: int

    def __str__(self) -> str:
        low, high = self.execution_interval
        program_low, program_high = self.program_interval
        return (
            f"{self.questions} questions: execution {self.execution:.1%} "
            f"({low:.1%} to {high:.1%}), program {self.program:.1%} "
            f"({program_low:.1%} to {program_high:.1%}), {self.unanswered} unanswered"
        )


def run(
    questions: Sequence[Question], solve: Solve, evidence: EvidenceKind, rank: Rank, *, top: int = 5
) -> list[Answered]:
    """Answer and score questions.

    Args:
        questions: Of FinQA dev.
        solve: The model; its likeliest reply counts.
        evidence: Gold lines, or the `top` lines that `rank` puts first.
        rank: Orders a page's lines.
        top: How many lines with numbers are retrieved.
    """
    chosen = [_lines(question, evidence, rank, top) for question in questions]
    asked = [
        mark_for_program(question.text, [question.page.lines[i] for i in lines])[0]
        for question, lines in zip(questions, chosen, strict=True)
    ]
    usable = [place for place, one in enumerate(asked) if one.numbers]
    found = solve([(questions[place].text, asked[place]) for place in usable])
    replies = dict(zip(usable, found, strict=True))
    return [
        _answered(question, tuple(chosen[place]), asked[place], replies.get(place, ()))
        for place, question in enumerate(questions)
    ]


def report(answered: Sequence[Answered]) -> Report:
    """Sum the scores up."""
    execution = [float(one.score.execution) for one in answered]
    program = [float(one.score.program) for one in answered]
    return Report(
        questions=len(answered),
        execution=sum(execution) / len(execution),
        execution_interval=bootstrap_interval(execution),
        program=sum(program) / len(program),
        program_interval=bootstrap_interval(program),
        unanswered=sum(one.score.result is None for one in answered),
    )


def dev_questions(data: Path, limit: int | None = None) -> list[Question]:
    """Read FinQA dev, or evenly spaced `limit` questions of it."""
    questions = list(read_questions(data / "finqa" / "dev.jsonl.gz"))
    if limit is None or limit >= len(questions):
        return questions
    return [questions[place * len(questions) // limit] for place in range(limit)]


def gold_lines(question: Question) -> list[int]:
    """Return FinQA's gold lines; for the 50 questions without, the lines of the operands."""
    if question.gold:
        return gold_positions(question)
    program = parse_gold(question.program)
    return (program and operand_lines(program, question.text, question.page.lines)) or []


def retrieval_recall(questions: Iterable[Question], rank: Rank, top: int) -> float:
    """Return the mean share of FinQA's gold lines among the first `top`."""
    return _mean(
        len(set(rank(question.text, question.page.lines)[:top]) & set(gold)) / len(gold)
        for question in questions
        if question.gold and (gold := gold_lines(question))
    )


def wrong_by_kind(answered: Iterable[Answered]) -> Counter[str]:
    """Count wrong answers by what went wrong first."""
    return Counter(_fault(one) for one in answered if not one.score.execution)


def _fault(one: Answered) -> str:
    gold = parse_gold(one.question.program)
    lines = one.question.page.lines
    needed = gold and operand_lines(gold, one.question.text, lines, one.lines)
    if needed is None:
        return "operand nowhere on the page"
    if not set(needed) <= set(one.lines):
        return "line not retrieved"
    if one.score.result is None:
        return "no result"
    predicted = one.program.split("(")[0], one.program.count("(")
    if predicted != (one.question.program.split("(")[0], one.question.program.count("(")):
        return "other operations"
    return "other operands or order"


def _lines(question: Question, evidence: EvidenceKind, rank: Rank, top: int) -> list[int]:
    lines = question.page.lines
    if evidence == "gold":
        return gold_lines(question)
    ranked = [i for i in rank(question.text, lines) if has_numbers(lines[i])]
    return sorted(ranked[:top])


def _answered(
    question: Question, lines: tuple[int, ...], evidence: Evidence, replies: Sequence[Reply]
) -> Answered:
    formula = replies[0].text if replies else ""
    try:
        program = write_program(read_formula(formula, evidence))
    except ProgramError:
        program = ""
    scored = score(program, question.program, question.answer, question.page.table)
    return Answered(question, lines, evidence, formula, program, scored)


def _mean(values: Iterator[float]) -> float:
    held = list(values)
    return sum(held) / len(held)
