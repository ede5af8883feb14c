"""Write the calculation that answers a question, over the marked numbers of evidence.

The reply is a formula ("= ( A - B ) / B"); `adapters.programs.formula` turns it into FinQA's
steps. The grammar holds the marks, years and rows of the evidence at hand, so a reply cannot
name a number that isn't there. The question stands before and after the evidence: a model
that reads left to right otherwise reads the numbers without knowing what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.grammar import Grammar
from adapters.programs.evidence import Evidence, EvidenceLine, Row, mark_evidence
from adapters.programs.formula import CONSTANTS
from adapters.tasks.spec import TaskSpec, Turn

PROGRAM = TaskSpec(
    name="program",
    turns=(
        Turn("system", "Write the calculation."),
        Turn("user", "{question}\n{evidence}\n{marked_question}"),
    ),
    lists={"evidence": "lines"},
    max_new_tokens=48,
)

# An operand with its space is one terminal: the lexer takes the longest match and does not go
# back, so " million" must not be read as a space and the beginning of " max ".
_RULES = r"""
start: "=" formula
formula: sum (" >" sum)?
sum: product ((" +" | " -") product)*
product: power ((" *" | " /") power)*
power: operand (" ^" operand)?
operand: OPERAND | " (" sum " )"
"""


def program_variables(question: str, evidence: Evidence) -> dict[str, str | list[str]]:
    """Return what `PROGRAM.render` takes; marks are the only capitals."""
    return {
        "question": " ".join(question.lower().split()),
        "evidence": list(evidence.texts),
        "marked_question": evidence.question,
    }


def program_grammar(evidence: Evidence) -> Grammar:
    """Allow formulas over these marks, FinQA's constants and the years at hand.

    A row operation ("average A") is allowed for rows of two or more numbers, the absolute
    value ("abs A") for negative numbers only.

    Raises:
        ValueError: The evidence has no number.
    """
    if not evidence.numbers:
        raise ValueError("no number to compute with; give evidence that holds one")
    marks = [number.mark for number in evidence.numbers]
    negative = [number.mark for number in evidence.numbers if number.text.startswith("-")]
    operands = [f'" " ({_one_of([*marks, *CONSTANTS, *evidence.years])})']
    if negative:
        operands.append(f'" abs " ({_one_of(negative)})')
    if rows := _row_marks(evidence):
        operands.append(f'" " ("average" | "max" | "min" | "sum") " " ({_one_of(rows)})')
    rules = f"{_RULES}OPERAND: {' | '.join(operands)}\n"
    return Grammar.of_lark(rules)


def mark_for_program(
    question: str, lines: Sequence[EvidenceLine]
) -> tuple[Evidence, dict[str, str | list[str]]]:
    """Mark evidence for a question; return it with the variables of the prompt."""
    evidence = mark_evidence(lines, question)
    return evidence, program_variables(question, evidence)


def _row_marks(evidence: Evidence) -> list[str]:
    """Return the first mark of each row that has more than one."""
    by_line: dict[int, list[str]] = {}
    for number in evidence.numbers:
        if number.line < len(evidence.lines) and isinstance(evidence.lines[number.line], Row):
            by_line.setdefault(number.line, []).append(number.mark)
    return [marks[0] for marks in by_line.values() if len(marks) > 1]


def _one_of(words: Sequence[str]) -> str:
    return " | ".join(f'"{word}"' for word in words)
