"""Gold programs over a page's own numbers: expressions turned into steps, operands found.

An operand that stands in several places is given the place which the question and the other
operands speak for; one that stands nowhere makes the question unusable.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.programs.evidence import (
    Evidence,
    EvidenceLine,
    MarkedNumber,
    Row,
    Sentence,
    mark_evidence,
)
from adapters.programs.formula import CONSTANTS, write_formula
from adapters.programs.numbers import find_years
from adapters.programs.steps import (
    ROW_OPERATIONS,
    Program,
    ProgramError,
    Step,
    argument_value,
    parse_program,
    step_reference,
)

_OPERATIONS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "exp",
}
_CONSTANT_OF = {argument_value(constant): constant for constant in CONSTANTS.values()}
_ROW_RESULT = re.compile(r"^\(?\s*(-?[\d.]+(?:e[+-]?\d+)?)\s+T\s*\)?$")
_ROW_WORDS = {
    "table_average": ("average", "mean", "avg"),
    "table_max": ("max", "highest", "greatest", "largest", "most"),
    "table_min": ("min", "lowest", "least", "smallest"),
    "table_sum": ("total", "sum", "combined", "cumulative"),
}


@dataclass(frozen=True)
class Operand:
    """A number of a page: its place, spelling and value ("23.6%" has the value 0.236)."""

    number: MarkedNumber
    value: float


def page_numbers(lines: Sequence[EvidenceLine], question: str = "") -> tuple[Operand, ...]:
    """Return every number of a page and, as a line after the last one, of the question."""
    found: list[Operand] = []
    for index, line in enumerate([*lines, Sentence(question)]):
        for number in mark_evidence([line]).numbers:
            placed = MarkedNumber(number.mark, number.text, index, number.words)
            found.append(Operand(placed, argument_value(number.text)))
    return tuple(found)


def program_of(expression: str, question: str, lines: Sequence[EvidenceLine]) -> Program | None:
    """Recover the steps of FinQA's expression ("( ( 25513.0 / 21548.0 ) - 1.0 )").

    Numbers are spelled as the page does; None where one is neither on the page nor a constant,
    or where the row of a table operation ("( 22441.0 T )") is not the only one to give it.
    """
    if result := _ROW_RESULT.match(expression.strip()):
        return _row_program(float(result[1]), question, lines)
    try:
        tree = ast.parse(expression.replace("^", "**"), mode="eval").body
        steps: list[Step] = []
        _append(tree, steps, page_numbers(lines, question))
    except (SyntaxError, ProgramError):
        return None
    return tuple(steps) or None


def operand_lines(
    program: Program, question: str, lines: Sequence[EvidenceLine], given: Sequence[int] = ()
) -> list[int] | None:
    """Return the lines that hold a program's operands, as few and as fitting as possible.

    Args:
        program: The steps.
        question: Decides between lines that hold the same number.
        lines: The page.
        given: Lines known to be gold, preferred.
    """
    wanted = list(_holders(program, lines, page_numbers(lines, question)))
    if not all(wanted):
        return None
    # What the question itself says needs no line, unless a gold line says it too.
    wanted = [held for held in wanted if len(lines) not in held or held & set(given)]
    words = _content_words(question)
    wanted = [held - {len(lines)} for held in wanted]
    scores = {i: _line_score(i, lines[i], wanted, words, given) for held in wanted for i in held}
    chosen: set[int] = set()
    for held in sorted(wanted, key=len):
        if not chosen & held:
            chosen.add(max(held, key=lambda i: (scores[i], -i)))
    return sorted(chosen)


def formula_over(
    program: Program, question: str, evidence: Evidence, gold: Sequence[int] = ()
) -> str | None:
    """Write a program over marked evidence; `gold` are positions of preferred lines."""
    chosen: list[MarkedNumber] = []
    years = set(find_years(question))
    words = _content_words(question)

    def choose(argument: str) -> str | None:
        fitting = _fitting(argument, evidence)
        if not fitting:
            return None
        best = max(fitting, key=score)
        chosen.append(best)
        return best.mark

    def score(number: MarkedNumber) -> tuple[bool, bool, bool, bool, int, bool]:
        in_question = number.line == len(evidence.lines)
        return (
            number.line in gold,
            in_question,
            any(other.line == number.line for other in chosen),
            bool(years & set(find_years(number.words))),
            len(words & _content_words(number.words)),
            not in_question and isinstance(evidence.lines[number.line], Row),
        )

    return write_formula(program, evidence, choose)


def parse_gold(text: str) -> Program | None:
    """Read a gold program, None where it is not in FinQA's language."""
    try:
        return parse_program(text)
    except ProgramError:
        return None


def _append(node: ast.expr, steps: list[Step], operands: Sequence[Operand]) -> str:
    """Append the steps of an expression's tree; return the argument that stands for it."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        first = _append(node.left, steps, operands)
        second = _append(node.right, steps, operands)
        return _added(steps, _OPERATIONS[type(node.op)], first, second)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sides = (node.left, node.comparators[0])
        if isinstance(node.ops[0], ast.Lt):
            sides = (sides[1], sides[0])
        first, second = (_append(side, steps, operands) for side in sides)
        return _added(steps, "greater", first, second)
    try:
        return _spelled(float(ast.literal_eval(node)), operands)
    except (TypeError, ValueError) as error:
        raise ProgramError(f"{ast.dump(node)} is no part of an expression") from error


def _added(steps: list[Step], operation: str, first: str, second: str) -> str:
    steps.append(Step(operation, first, second))
    return f"#{len(steps) - 1}"


def _spelled(value: float, operands: Sequence[Operand]) -> str:
    for operand in operands:
        if _same(operand.value, value):
            return operand.number.text
    for operand in operands:
        if _same(-operand.value, value):
            return operand.number.text.removeprefix("-")
    if value in _CONSTANT_OF:
        return _CONSTANT_OF[value]
    raise ProgramError(f"{value} stands nowhere on the page")


def _row_program(value: float, question: str, lines: Sequence[EvidenceLine]) -> Program | None:
    rows = [line for line in lines if isinstance(line, Row)]
    asked = [op for op, words in _ROW_WORDS.items() if any(w in question.lower() for w in words)]
    fits = []
    for row in rows:
        values = [operand.value for operand in page_numbers([row])]
        if len(values) > 1:
            fits += [(op, row.label) for op in asked if _same(_row_value(op, values), value)]
    return (Step(fits[0][0], fits[0][1], "none"),) if len(set(fits)) == 1 else None


def _row_value(operation: str, values: Sequence[float]) -> float:
    if operation == "table_max":
        return max(values)
    if operation == "table_min":
        return min(values)
    return sum(values) / (len(values) if operation == "table_average" else 1)


def _holders(
    program: Program, lines: Sequence[EvidenceLine], operands: Sequence[Operand]
) -> Iterator[set[int]]:
    """Yield, per operand of a program, the lines that hold it."""
    for step in program:
        if step.operation in ROW_OPERATIONS:
            yield {i for i, line in enumerate(lines) if _is_row(line, step.first)}
            continue
        for argument in (step.first, step.second):
            if step_reference(argument) is None and not argument.startswith("const_"):
                numbers = [operand.number for operand in operands]
                held = {number.line for number in _spelled_so(argument, numbers)}
                held = held or {n.line for n in _spelled_so(f"-{argument}", numbers)}
                if held or argument not in find_years(" ".join(map(str, lines))):
                    yield held


def _fitting(argument: str, evidence: Evidence) -> list[MarkedNumber]:
    """Return the numbers that an argument may mean; for a row's label its first number."""
    if found := _spelled_so(argument, evidence.numbers):
        return found
    for index, line in enumerate(evidence.lines):
        if _is_row(line, argument):
            return [number for number in evidence.numbers if number.line == index][:1]
    return []


def _spelled_so(argument: str, numbers: Sequence[MarkedNumber]) -> list[MarkedNumber]:
    """Return the numbers of an argument's spelling, else those that lack only its "%".

    FinQA prints "23.6% ( 23.6 % )", and its annotators took either number. A program that
    took the second one is the same only where the percent signs cancel: execute and compare.
    """
    strict = [number for number in numbers if _spells(number.text, argument)]
    return strict or [number for number in numbers if _spells(number.text, f"{argument}%")]


def _is_row(line: EvidenceLine, label: str) -> bool:
    return isinstance(line, Row) and line.label.strip() == label.strip()


def _spells(text: str, argument: str) -> bool:
    if text == argument:
        return True
    if text.endswith("%") != argument.endswith("%"):
        return False
    try:
        return _same(argument_value(text), argument_value(argument))
    except ProgramError:
        return False


def _same(first: float, second: float) -> bool:
    return abs(first - second) <= 1e-9 * max(1.0, abs(first))


def _line_score(
    index: int,
    line: EvidenceLine,
    wanted: Sequence[set[int]],
    words: set[str],
    given: Sequence[int],
) -> float:
    text = f"{line.label}" if isinstance(line, Row) else line.text
    covered = sum(index in held for held in wanted)
    shared = len(words & _content_words(text)) / (1 + len(words))
    return 100 * (index in given) + 2 * covered + 3 * shared + 0.5 * isinstance(line, Row)


def _content_words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}|(?:19|20)\d\d", text.lower())) - _COMMON


_COMMON = frozenset("the what was for and from were are how much many did with that this".split())
