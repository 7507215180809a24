"""Metric math, as far as an alarm of arithmetic needs it: numbers, ids of other queries, + - * / and parentheses.

"Using math expressions with CloudWatch metrics" (CloudWatch User Guide) has some forty functions besides. An expression
that uses one of them is refused in words, so that nothing is computed differently from AWS.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class NotArithmetic(Exception):
    """The expression is more than arithmetic, or no expression at all."""


def identifiers(expression: str) -> frozenset[str]:
    """The ids that an expression refers to. Raises NotArithmetic."""
    tree = _parsed(expression)
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def computed(expression: str, values: Mapping[str, float | None]) -> float | None:
    """The expression for one point in time; ``None`` where a value is missing, or a division by zero leaves none.

    Raises NotArithmetic.
    """
    try:
        return _value(_parsed(expression), values)
    except ZeroDivisionError:
        return None


def _parsed(expression: str) -> ast.expr:
    try:
        tree = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as problem:
        raise NotArithmetic(expression) from problem
    for node in ast.walk(tree):
        known = isinstance(node, ast.BinOp | ast.UnaryOp | ast.Name | ast.Load | ast.USub | ast.UAdd)
        number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
        if not (known or number or type(node) in _OPERATORS):
            raise NotArithmetic(expression)
    return tree


def _value(node: ast.expr, values: Mapping[str, float | None]) -> float | None:
    if isinstance(node, ast.Constant):
        assert isinstance(node.value, int | float)
        return float(node.value)
    if isinstance(node, ast.Name):
        return values.get(node.id)
    if isinstance(node, ast.UnaryOp):
        operand = _value(node.operand, values)
        return operand if operand is None or isinstance(node.op, ast.UAdd) else -operand
    assert isinstance(node, ast.BinOp)
    left, right = _value(node.left, values), _value(node.right, values)
    return None if left is None or right is None else _OPERATORS[type(node.op)](left, right)
