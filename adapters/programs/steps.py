"""FinQA's program language: steps of one operation with two arguments.

An argument is a number as its source prints it ("11503", "23.6%"), a constant
("const_100", "const_m1" is minus one), an earlier step ("#0"), or for the four table
operations a row's label and "none" (Chen et al., FinQA, 2021, section 3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

Arithmetic = Literal["add", "subtract", "multiply", "divide", "exp", "greater"]
RowOperation = Literal["table_max", "table_min", "table_sum", "table_average"]
Operation = Arithmetic | RowOperation

ARITHMETIC: frozenset[str] = frozenset(get_args(Arithmetic))
ROW_OPERATIONS: frozenset[str] = frozenset(get_args(RowOperation))

_OPERATIONS = "|".join(sorted(ARITHMETIC | ROW_OPERATIONS))
# Labels of table rows hold brackets and commas: a step ends where the next one begins.
_STEP = re.compile(rf"({_OPERATIONS})\((.*?)\)(?=\s*,\s*(?:{_OPERATIONS})\(|\s*$)", re.DOTALL)
_BETWEEN = re.compile(r"\s*,?\s*")


class ProgramError(ValueError):
    """A text is no program, or a program that cannot be carried out."""


@dataclass(frozen=True)
class Step:
    """One operation; `first` and `second` are spelled as the module says."""

    operation: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.operation}({self.first}, {self.second})"


Program = tuple[Step, ...]


def parse_program(text: str) -> Program:
    """Read "subtract(5, 4), divide(#0, 4)".

    Raises:
        ProgramError: The text is anything else.
    """
    steps: list[Step] = []
    end = 0
    for match in _STEP.finditer(text.strip()):
        if not _BETWEEN.fullmatch(text.strip()[end : match.start()]):
            break
        first, comma, second = match[2].rpartition(",")
        if not comma:
            raise ProgramError(f"{match[0]} has one argument; an operation has two")
        steps.append(Step(match[1], first.strip(), second.strip()))
        end = match.end()
    if not steps or end != len(text.strip()):
        raise ProgramError(f"no program of FinQA's operations: {text!r}")
    return tuple(steps)


def write_program(program: Program) -> str:
    """Write steps as FinQA does; `parse_program` reads them back."""
    return ", ".join(str(step) for step in program)


def step_reference(argument: str) -> int | None:
    """Return n of "#n", or None for any other argument."""
    return int(argument[1:]) if re.fullmatch(r"#\d+", argument) else None


def argument_value(argument: str) -> float:
    """Return what a number or constant stands for; "23.6%" is 0.236.

    Raises:
        ProgramError: The argument is neither.
    """
    text = argument.replace(",", "").strip()
    if text.startswith("const_"):
        text = text.removeprefix("const_").replace("m", "-")
    percent = text.endswith("%")
    try:
        value = float(text.removesuffix("%"))
    except ValueError as error:
        raise ProgramError(f"{argument!r} is no number") from error
    return value / 100 if percent else value
