"""Evaluates the formula of an array's axis, exactly.

Numbers, names, + - * // / and parentheses, and floor(x). A float counts as the decimal it is
written as, so 0.1 * 10 is 1. The same code serves the checks at load and at run.
"""

import ast
import math
from collections.abc import Callable, Mapping
from fractions import Fraction

_MAX_LENGTH = 500
_MAX_DIGITS = 400
_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: Fraction(a // b),
}


def names(formula: str) -> set[str]:
    """Give the names a formula uses; ValueError when it is not one."""
    tree = _parse(formula)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in found if id(node) not in called}


def evaluate(formula: str, values: Mapping[str, object]) -> int | None:
    """Give the length of the axis, None while a name is unknown (absent, or None).

    ValueError for what is not a formula, a name that is not a number, a division by zero, and a
    result that is not a whole number or is negative.
    """
    tree = _parse(formula)
    if any(values.get(name) is None for name in names(formula)):
        return None
    try:
        result = _value(tree, values)
    except ZeroDivisionError:
        raise ValueError(f"`{formula}` divides by zero") from None
    if result.denominator != 1:
        raise ValueError(f"`{formula}` is {result}, not a whole number")
    if result < 0:
        raise ValueError(f"`{formula}` is {result}, and no axis is shorter than 0")
    return int(result)


def _parse(formula: str) -> ast.expr:
    if len(formula) > _MAX_LENGTH:
        raise ValueError(f"a formula has at most {_MAX_LENGTH} characters")
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"`{formula}` is not a formula") from None
    _refuse_unknown(tree, formula)
    return tree


def _refuse_unknown(tree: ast.expr, formula: str) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            allowed = type(node.value) in (int, float)
        elif isinstance(node, ast.Call):
            allowed = _is_floor(node)
        elif isinstance(node, ast.BinOp):
            allowed = type(node.op) in _OPERATORS
        elif isinstance(node, ast.UnaryOp):
            allowed = isinstance(node.op, ast.USub | ast.UAdd)
        else:
            allowed = isinstance(node, ast.Name | ast.operator | ast.unaryop | ast.expr_context)
        if not allowed:
            raise ValueError(f"`{formula}` uses more than + - * // / ( ) and floor(x)")


def _is_floor(node: ast.Call) -> bool:
    named = isinstance(node.func, ast.Name) and node.func.id == "floor"
    return named and len(node.args) == 1 and not node.keywords


def _value(node: ast.expr, values: Mapping[str, object]) -> Fraction:
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, values), _value(node.right, values)
        return _OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, values)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Call):
        return Fraction(math.floor(_value(node.args[0], values)))
    if isinstance(node, ast.Name):
        return _number(values[node.id], node.id)
    assert isinstance(node, ast.Constant)  # noqa: S101  (what _refuse_unknown left)
    return _number(node.value, "a number")


def _number(value: object, name: str) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is {value!r}, not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} is {value!r}, not a finite number")
    if isinstance(value, int):
        return Fraction(value)
    return Fraction(repr(float(value)))
