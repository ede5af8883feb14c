"""FinQA programs as formulas over marks, "= ( A - B ) / B", and back.

A formula is shorter than steps and reads as arithmetic does everywhere. One spelling per
meaning, as far as cheap rules go: operands of sums and products in the order of their marks,
constants last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.programs.evidence import Evidence, MarkedNumber, Row
from adapters.programs.steps import ROW_OPERATIONS, Program, ProgramError, Step, step_reference

# What a formula calls each operation, and how tightly it binds.
_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "exp": "^", "greater": ">"}
_BINDING = {"greater": 0, "add": 1, "subtract": 1, "multiply": 2, "divide": 2, "exp": 3}
_ROW_WORDS = {operation: operation.removeprefix("table_") for operation in ROW_OPERATIONS}
_OPERATION_OF = {sign: operation for operation, sign in _SIGNS.items()}
_ROW_OPERATION_OF = {word: operation for operation, word in _ROW_WORDS.items()}
# Constants that FinQA's programs hold; big ones by their names, as the texts have them.
CONSTANTS: Mapping[str, str] = {
    **{str(n): f"const_{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 100, 365)},
    "-1": "const_m1",
    "thousand": "const_1000",
    "10000": "const_10000",
    "100000": "const_100000",
    "million": "const_1000000",
    "billion": "const_1000000000",
}
_WORD_OF_CONSTANT = {constant: word for word, constant in CONSTANTS.items()}


@dataclass(frozen=True)
class _Leaf:
    """A mark, constant, year, or a word with a mark ("average A", "abs A")."""

    text: str


@dataclass(frozen=True)
class _Node:
    operation: str
    first: _Tree
    second: _Tree


_Tree = _Leaf | _Node
ChooseMark = Callable[[str], str | None]


def write_formula(program: Program, evidence: Evidence, choose: ChooseMark) -> str | None:
    """Write a program over the marks of evidence.

    Args:
        program: The steps.
        evidence: What it computes with.
        choose: Picks the mark of a number by its FinQA spelling, or of a row's first number
            by the row's label; None where the evidence lacks it.

    Returns:
        The formula, or None where the evidence lacks an operand or a step is left unused.
    """
    order = {number.mark: place for place, number in enumerate(evidence.numbers)}
    trees: list[_Tree] = []
    used: set[int] = set()
    for step in program:
        tree = _step_tree(step, trees, used, evidence, choose)
        if tree is None:
            return None
        trees.append(_ordered(tree, order))
    if used != set(range(len(trees) - 1)):
        return None
    return f"= {_write(trees[-1])}"


def read_formula(text: str, evidence: Evidence) -> Program:
    """Return the FinQA program of a formula.

    Raises:
        ProgramError: The text is no formula over this evidence.
    """
    tokens = re.findall(r"[A-Z]+|[a-z]+|-1\b|\d+|[-+*/^()>]", text.removeprefix("=").strip())
    parser = _Parser(tokens)
    tree = parser.binary(0)
    if parser.rest():
        raise ProgramError(f"{text!r} goes on after its end: {parser.rest()}")
    steps: list[Step] = []
    last = _emit(tree, evidence, steps)
    if not steps:
        # A single number: FinQA's programs have a step, and adding nothing changes nothing.
        raise ProgramError(f"{text!r} computes nothing; the number is {last}")
    return tuple(steps)


def _step_tree(
    step: Step, trees: list[_Tree], used: set[int], evidence: Evidence, choose: ChooseMark
) -> _Tree | None:
    if step.operation in ROW_OPERATIONS:
        mark = choose(step.first)
        return _Leaf(f"{_ROW_WORDS[step.operation]} {mark}") if mark else None
    sides: list[_Tree] = []
    for argument in (step.first, step.second):
        earlier = step_reference(argument)
        if earlier is not None and earlier < len(trees):
            used.add(earlier)
            sides.append(trees[earlier])
            continue
        leaf = _leaf_text(argument, evidence, choose)
        if leaf is None:
            return None
        sides.append(_Leaf(leaf))
    return _Node(step.operation, sides[0], sides[1])


def _leaf_text(argument: str, evidence: Evidence, choose: ChooseMark) -> str | None:
    if argument in _WORD_OF_CONSTANT:
        return _WORD_OF_CONSTANT[argument]
    if mark := choose(argument):
        return mark
    if not argument.startswith("-") and (mark := choose(f"-{argument}")):
        return f"abs {mark}"
    return argument if argument in evidence.years else None


def _ordered(tree: _Tree, order: Mapping[str, int]) -> _Tree:
    """Order the operands of a sum or product of leaves by their marks, constants last."""
    if not isinstance(tree, _Node) or tree.operation not in ("add", "multiply"):
        return tree
    parts = _chain(tree, tree.operation)
    if not all(isinstance(part, _Leaf) for part in parts):
        return tree
    leaves = [part for part in parts if isinstance(part, _Leaf)]
    leaves.sort(key=lambda leaf: order.get(leaf.text.split()[-1], len(order)))
    joined: _Tree = leaves[0]
    for leaf in leaves[1:]:
        joined = _Node(tree.operation, joined, leaf)
    return joined


def _chain(tree: _Tree, operation: str) -> list[_Tree]:
    if isinstance(tree, _Node) and tree.operation == operation:
        return [*_chain(tree.first, operation), *_chain(tree.second, operation)]
    return [tree]


def _write(tree: _Tree, binding: int = -1, *, right: bool = False) -> str:
    if isinstance(tree, _Leaf):
        return tree.text
    own = _BINDING[tree.operation]
    sign = _SIGNS[tree.operation]
    text = f"{_write(tree.first, own)} {sign} {_write(tree.second, own, right=True)}"
    return f"( {text} )" if own < binding or (right and own == binding) else text


@dataclass
class _Parser:
    """Precedence climbing over the tokens of a formula; all signs bind to the left."""

    tokens: list[str]
    place: int = 0

    def rest(self) -> str:
        return " ".join(self.tokens[self.place :])

    def take(self) -> str:
        if self.place == len(self.tokens):
            raise ProgramError("the formula ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def binary(self, least: int) -> _Tree:
        tree = self.operand()
        while self.place < len(self.tokens):
            operation = _OPERATION_OF.get(self.tokens[self.place])
            if operation is None or _BINDING[operation] < least:
                break
            self.place += 1
            tree = _Node(operation, tree, self.binary(_BINDING[operation] + 1))
        return tree

    def operand(self) -> _Tree:
        token = self.take()
        if token == "(":
            tree = self.binary(0)
            if self.take() != ")":
                raise ProgramError("a bracket of the formula stays open")
            return tree
        if token in _ROW_OPERATION_OF or token == "abs":
            return _Leaf(f"{token} {self.take()}")
        return _Leaf(token)


def _emit(tree: _Tree, evidence: Evidence, steps: list[Step]) -> str:
    """Append the steps of a tree and return the argument that stands for its result."""
    if isinstance(tree, _Leaf):
        word, _, mark = tree.text.rpartition(" ")
        if word in _ROW_OPERATION_OF:
            line = _number(mark, evidence).line
            row = evidence.lines[line] if line < len(evidence.lines) else None
            if not isinstance(row, Row):
                raise ProgramError(f"{tree.text!r}: {mark} stands in a sentence, not in a row")
            steps.append(Step(_ROW_OPERATION_OF[word], row.label, "none"))
            return f"#{len(steps) - 1}"
        return _argument(word, mark, evidence)
    first = _emit(tree.first, evidence, steps)
    second = _emit(tree.second, evidence, steps)
    steps.append(Step(tree.operation, first, second))
    return f"#{len(steps) - 1}"


def _argument(word: str, leaf: str, evidence: Evidence) -> str:
    if word == "abs":
        return _number(leaf, evidence).text.removeprefix("-")
    if leaf in CONSTANTS:
        return CONSTANTS[leaf]
    return leaf if leaf in evidence.years else _number(leaf, evidence).text


def _number(mark: str, evidence: Evidence) -> MarkedNumber:
    try:
        return evidence.number(mark)
    except KeyError as error:
        raise ProgramError(f"{mark!r} marks no number of the evidence") from error
