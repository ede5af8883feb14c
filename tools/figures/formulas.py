"""Formulas of the catalogue: parsing, flattening to plain programs, exact evaluation.

A formula is a Python expression over metric names with `prior(metric)`, `average(metric)` and
`days`. Flattened, it is arithmetic over plain names only, so any sandbox can run it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cached_property, lru_cache

# Decimal128 precision: the same digits wherever the formula is replayed.
PRECISION = 34
_EXACT = Context(prec=PRECISION)

_ARITHMETIC: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: _EXACT.add,
    ast.Sub: _EXACT.subtract,
    ast.Mult: _EXACT.multiply,
    ast.Div: _EXACT.divide,
}
_Program = Callable[[Mapping[str, Decimal]], Decimal]
_Comparison = Callable[[Decimal, Decimal], bool]
_COMPARISON: dict[type[ast.cmpop], _Comparison] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


@dataclass(frozen=True)
class Terms:
    """The metric names a formula uses: of this period, one year earlier, and averaged."""

    current: tuple[str, ...]
    prior: tuple[str, ...]
    averaged: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All metric names, each once, in order of first use."""
        return tuple(dict.fromkeys((*self.current, *self.prior, *self.averaged)))


@lru_cache(maxsize=1024)
def parse(formula: str) -> Terms:
    """Find the terms of a formula.

    Raises:
        ValueError: The text is not a formula (a call other than prior/average, an attribute...).
    """
    found: dict[str, dict[str, None]] = {"current": {}, "prior": {}, "average": {}}
    _collect(ast.parse(formula, mode="eval").body, formula, found)
    return Terms(tuple(found["current"]), tuple(found["prior"]), tuple(found["average"]))


@lru_cache(maxsize=4096)
def flatten(formula: str, *, days: int, without: frozenset[str] = frozenset()) -> str:
    """Rewrite a formula as arithmetic over plain names.

    Args:
        formula: The catalogue's formula.
        days: What `days` stands for.
        without: Summands to leave out.

    Returns:
        Text in which `average(x)` is `(x + opening_x) / 2` and `prior(x)` is `prior_x`.

    Raises:
        ValueError: A term to leave out is not a summand, or nothing would remain.
    """
    tree = _Flattener(days, without).visit(ast.parse(formula, mode="eval").body)
    if tree is None or any(n.id in without for n in ast.walk(tree) if isinstance(n, ast.Name)):
        raise ValueError(f"cannot leave {sorted(without)} out of {formula!r}")
    return ast.unparse(ast.fix_missing_locations(tree))


def evaluate_expression(expression: str, values: Mapping[str, Decimal]) -> Decimal:
    """Work out a flattened expression exactly, or to 34 digits where it divides.

    Raises:
        ZeroDivisionError: A divisor is zero.
        KeyError: A name has no value.
    """
    return _program(expression)(values)


@lru_cache(maxsize=4096)
def _program(expression: str) -> _Program:
    return _compiled(ast.parse(expression, mode="eval").body)


def holds(condition: str, values: Mapping[str, Decimal]) -> bool:
    """Tell whether a chain of comparisons such as `a < b <= c` holds."""
    compares, programs = _comparison(condition)
    sides = [program(values) for program in programs]
    pairs = zip(compares, sides, sides[1:], strict=False)
    return all(compare(left, right) for compare, left, right in pairs)


@lru_cache(maxsize=1024)
def _comparison(condition: str) -> tuple[list[_Comparison], list[_Program]]:
    tree = ast.parse(condition, mode="eval").body
    if not isinstance(tree, ast.Compare):
        raise ValueError(f"not a comparison: {condition!r}")
    sides = (tree.left, *tree.comparators)
    return [_COMPARISON[type(op)] for op in tree.ops], [_compiled(side) for side in sides]


def _collect(node: ast.AST, formula: str, found: dict[str, dict[str, None]]) -> None:
    if isinstance(node, ast.Call):
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called not in ("prior", "average") or len(node.args) != 1 or node.keywords:
            raise ValueError(f"only prior(metric) and average(metric) can be called: {formula!r}")
        if not isinstance(node.args[0], ast.Name):
            raise ValueError(f"{called}() takes one metric name: {formula!r}")
        found[called][node.args[0].id] = None
        return
    if isinstance(node, ast.Name):
        if node.id != "days":
            found["current"][node.id] = None
        return
    allowed = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.Compare, ast.operator, ast.unaryop,
               ast.cmpop)  # fmt: skip
    if not isinstance(node, allowed):
        raise ValueError(f"{type(node).__name__} has no place in a formula: {formula!r}")
    for child in ast.iter_child_nodes(node):
        _collect(child, formula, found)


class _Flattener(ast.NodeTransformer):
    def __init__(self, days: int, without: frozenset[str]) -> None:
        self.days = days
        self.without = without

    def visit_Name(self, node: ast.Name) -> ast.expr | None:
        if node.id in self.without:
            return None
        return ast.Constant(self.days) if node.id == "days" else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        called, name = ast.unparse(node.func), ast.unparse(node.args[0])
        text = f"prior_{name}" if called == "prior" else f"({name} + opening_{name}) / 2"
        return ast.parse(text, mode="eval").body

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr | None:
        left: ast.expr | None = self.visit(node.left)
        right: ast.expr | None = self.visit(node.right)
        if left is not None and right is not None:
            return ast.BinOp(left, node.op, right)
        if isinstance(node.op, ast.Add):
            return left or right
        if isinstance(node.op, ast.Sub) and left is not None:
            return left
        raise ValueError(f"only a summand can be left out of {ast.unparse(node)!r}")


def _compiled(node: ast.expr) -> _Program:
    """Turn arithmetic into nested functions: figures by the hundred thousand go through them."""
    if isinstance(node, ast.Name):
        return operator.itemgetter(node.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        number = Decimal(str(node.value))
        return lambda values: number
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = _compiled(node.operand)
        return lambda values: _EXACT.minus(operand(values))
    if isinstance(node, ast.BinOp):
        return _compiled_pair(node)
    raise ValueError(f"{type(node).__name__} has no place in a formula")


def _compiled_pair(node: ast.BinOp) -> _Program:
    left, right = _compiled(node.left), _compiled(node.right)
    work_out = _ARITHMETIC[type(node.op)]
    if not isinstance(node.op, ast.Div):
        return lambda values: work_out(left(values), right(values))
    divisor = ast.unparse(node.right)

    def divide(values: Mapping[str, Decimal]) -> Decimal:
        whole, part = left(values), right(values)
        if not part:
            raise ZeroDivisionError(divisor)
        return work_out(whole, part)

    return divide
