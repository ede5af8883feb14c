"""FinQA's two scores, by the rules of its official evaluation.

Execution accuracy: the program's result, rounded to five places, equals the gold program's
(`exe_ans`). Program accuracy: the program is the gold one, written differently at most (Chen
et al., 2021, section 5). The official script proves equality by symbolic simplification; here
both programs are evaluated at random exact points of the same symbols, which two different
rational functions do not survive (Schwartz, 1980; Zippel, 1979).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from adapters.programs.execute import Result, Table, execute
from adapters.programs.steps import (
    ARITHMETIC,
    ROW_OPERATIONS,
    Program,
    ProgramError,
    Step,
    parse_program,
    step_reference,
)

_POINTS = 4
Value = Fraction | tuple[str, "Value", "Value"]


@dataclass(frozen=True)
class FinQAScore:
    """One question's scores.

    Attributes:
        execution: Whether the result is the gold one.
        program: Whether the program is; never without `execution`.
        result: What the program gave, None where it could not be carried out.
    """

    execution: bool
    program: bool
    result: Result | None


def score(predicted: str, gold: str, gold_answer: str, table: Table = ()) -> FinQAScore:
    """Score a program.

    Args:
        predicted: A program in FinQA's language; anything else scores nothing.
        gold: The gold program.
        gold_answer: Its executed answer as FinQA gives it: a number, "yes" or "no".
        table: The page's table, for operations on rows.
    """
    try:
        program = parse_program(predicted)
        result = execute(program, table)
    except ProgramError:
        return FinQAScore(execution=False, program=False, result=None)
    right = same_result(result, gold_answer)
    return FinQAScore(right, right and same_program(program, parse_program(gold)), result)


def same_result(result: Result, gold_answer: str) -> bool:
    """Compare a result with FinQA's `exe_ans`, exactly: both are rounded to five places."""
    if isinstance(result, str):
        return result == gold_answer
    try:
        return result == float(gold_answer)
    except ValueError:
        return False


def same_program(predicted: Program, gold: Program) -> bool:
    """Say whether two programs are equal for every value of their arguments.

    As in the official script an argument is a symbol by its spelling, a row operation with its
    row is one symbol, and a program that uses a symbol the gold one lacks is another program.
    """
    symbols = _symbols(gold)
    if not _symbols(predicted) <= symbols:
        return False
    rng = random.Random(0)
    for _ in range(_POINTS):
        point = {symbol: Fraction(rng.randint(2, 9973), 101) for symbol in sorted(symbols)}
        try:
            if _at(predicted, point) != _at(gold, point):
                return False
        except (ZeroDivisionError, ProgramError):
            return predicted == gold
    return True


def _symbols(program: Program) -> set[str]:
    found: set[str] = set()
    for step in program:
        if step.operation in ROW_OPERATIONS:
            found.add(f"{step.operation} {step.first}")
        else:
            found |= {a for a in (step.first, step.second) if step_reference(a) is None}
    return found


def _at(program: Program, point: Mapping[str, Fraction]) -> Value:
    """Evaluate a program at a point; comparisons and powers stay as they are, by their sides."""
    values: list[Value] = []
    for step in program:
        values.append(_step_at(step, values, point))
    return values[-1]


def _step_at(step: Step, earlier: list[Value], point: Mapping[str, Fraction]) -> Value:
    if step.operation in ROW_OPERATIONS:
        return point[f"{step.operation} {step.first}"]
    if step.operation not in ARITHMETIC:
        raise ProgramError(f"{step.operation!r} is no operation")
    first, second = (_argument_at(a, earlier, point) for a in (step.first, step.second))
    if (
        step.operation in ("greater", "exp")
        or isinstance(first, tuple)
        or isinstance(second, tuple)
    ):
        return (step.operation, first, second)
    if step.operation == "add":
        return first + second
    if step.operation == "subtract":
        return first - second
    return first * second if step.operation == "multiply" else first / second


def _argument_at(argument: str, earlier: list[Value], point: Mapping[str, Fraction]) -> Value:
    reference = step_reference(argument)
    if reference is None:
        return point[argument]
    if reference >= len(earlier):
        raise ProgramError(f"{argument} names a step that has not run")
    return earlier[reference]
