"""Derivatives of one expression in our own tree: exact rules, small results, nothing inlined."""

from __future__ import annotations

from collections.abc import Collection

from bfrsim.language.functions import BUILTINS
from bfrsim.language.tree import Binary, Call, Expression, Name, Negate, Number

ZERO, ONE = Number(0.0), Number(1.0)


def add(a: Expression, b: Expression) -> Expression:
    """Return a + b without adding nothing."""
    if _is(a, 0.0):
        return b
    if _is(b, 0.0):
        return a
    return Binary("-", a, b.operand) if isinstance(b, Negate) else Binary("+", a, b)


def negate(a: Expression) -> Expression:
    """Return -a."""
    if isinstance(a, Number):
        return Number(-a.value, a.unit)
    return a.operand if isinstance(a, Negate) else Negate(a)


def multiply(a: Expression, b: Expression) -> Expression:
    """Return a * b without multiplying by nothing or one."""
    for x, y in ((a, b), (b, a)):
        if _is(x, 0.0):
            return ZERO
        if _is(x, 1.0):
            return y
        if _is(x, -1.0) or isinstance(x, Negate):
            return negate(multiply(x.operand, y) if isinstance(x, Negate) else y)
    return Binary("*", a, b)


def _is(node: Expression, value: float) -> bool:
    return isinstance(node, Number) and node.value == value


def partials(node: Expression, variables: Collection[str]) -> dict[str, Expression]:
    """Return the derivative of an expression with respect to each variable that occurs in it.

    Parameters
    ----------
    node : Expression
        The right side of one line.
    variables : collection of str
        Names to differentiate by; all others are constants.

    Returns
    -------
    dict
        Variable -> derivative, in order of appearance; derivatives that are exactly zero are left out.
    """
    if isinstance(node, Name):
        return {node.name: ONE} if node.name in variables else {}
    if isinstance(node, Negate):
        return {name: negate(slope) for name, slope in partials(node.operand, variables).items()}
    if isinstance(node, Binary):
        return _binary(node, variables)
    return _call(node, variables) if isinstance(node, Call) else {}


def _scaled(slopes: dict[str, Expression], factor: Expression) -> dict[str, Expression]:
    return {name: multiply(slope, factor) for name, slope in slopes.items()}


def _sum(a: dict[str, Expression], b: dict[str, Expression]) -> dict[str, Expression]:
    total = dict(a)
    for name, slope in b.items():
        total[name] = add(total[name], slope) if name in total else slope
    return {name: slope for name, slope in total.items() if not _is(slope, 0.0)}


def _binary(node: Binary, variables: Collection[str]) -> dict[str, Expression]:
    left, right = partials(node.left, variables), partials(node.right, variables)
    if node.operator == "+":
        return _sum(left, right)
    if node.operator == "-":
        return _sum(left, {name: negate(slope) for name, slope in right.items()})
    if node.operator == "*":
        return _sum(_scaled(left, node.right), _scaled(right, node.left))
    if node.operator == "/":
        # The quotient appears in value and derivative alike, so the compiler divides once.
        inverse = Binary("/", ONE, node.right)
        lower = negate(multiply(Binary("/", node.left, node.right), inverse))
        return _sum(_scaled(left, inverse), _scaled(right, lower))
    reduced = Binary("-", node.right, ONE)
    exponent: Expression = Number(node.right.value - 1.0) if isinstance(node.right, Number) else reduced
    power: Expression = node.left if _is(exponent, 1.0) else Binary("**", node.left, exponent)
    return _scaled(left, multiply(node.right, power))


def _call(node: Call, variables: Collection[str]) -> dict[str, Expression]:
    total: dict[str, Expression] = {}
    for position, rule in BUILTINS[node.function].derivatives.items():
        inner = partials(node.arguments[position], variables)
        if inner:
            total = _sum(total, _scaled(inner, rule(node.arguments)))
    return total
