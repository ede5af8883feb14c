"""Carry a FinQA program out, as FinQA's own evaluation does: floats, rounded to five places."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence

from adapters.programs.numbers import drop_repeats
from adapters.programs.steps import (
    ROW_OPERATIONS,
    Program,
    ProgramError,
    Step,
    argument_value,
    step_reference,
)

# math.pow refuses what has no real result, where ** would go on with a complex number.
_COMPUTE: dict[str, Callable[[float, float], float]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "exp": math.pow,
}
Result = float | str
Table = Sequence[Sequence[str]]


def execute(program: Program, table: Table = ()) -> Result:
    """Return the last step's result: a number rounded to 5 decimals, or "yes" or "no".

    Args:
        program: The steps.
        table: Rows with their label first; needed by operations on rows only.

    Raises:
        ProgramError: An argument is no number, a step that is not there yet, or no row; or
            the arithmetic has no result (division by zero, too large).
    """
    if not program:
        raise ProgramError("an empty program has no result")
    rows = {row[0]: row[1:] for row in table if row}
    results: list[Result] = []
    for step in program:
        results.append(_result(step, results, rows))
    last = results[-1]
    return last if isinstance(last, str) else round(last, 5)


def _result(step: Step, earlier: Sequence[Result], rows: Mapping[str, Sequence[str]]) -> Result:
    if step.operation in ROW_OPERATIONS:
        return _row_result(step.operation, _row_values(step.first, rows))
    first, second = _value(step.first, earlier), _value(step.second, earlier)
    if step.operation == "greater":
        return "yes" if first > second else "no"
    if step.operation not in _COMPUTE:
        raise ProgramError(f"{step.operation!r} is no operation")
    try:
        return _COMPUTE[step.operation](first, second)
    except (ArithmeticError, ValueError) as error:
        raise ProgramError(f"{step} has no result: {error}") from error


def _value(argument: str, earlier: Sequence[Result]) -> float:
    reference = step_reference(argument)
    if reference is None:
        return argument_value(argument)
    if reference >= len(earlier):
        raise ProgramError(f"{argument} names a step that has not run")
    result = earlier[reference]
    if isinstance(result, str):
        raise ProgramError(f"{argument} is {result!r}, no number")
    return result


def _row_values(label: str, rows: Mapping[str, Sequence[str]]) -> list[float]:
    if label not in rows:
        raise ProgramError(f"the table has no row {label!r}")
    # "-5 ( 5 )" is minus five: what stands in brackets repeats it.
    cells = [cell.replace("$", "").split("(")[0] for cell in rows[label]]
    return [argument_value(drop_repeats(cell)) for cell in cells]


def _row_result(operation: str, values: Sequence[float]) -> float:
    if not values:
        raise ProgramError("a row without numbers")
    if operation == "table_max":
        return max(values)
    if operation == "table_min":
        return min(values)
    return sum(values) / (len(values) if operation == "table_average" else 1)
