"""Expressions -> text of Python; and the lifting of whatever is constant within a segment out of the step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from bfrsim.language.dependencies import STATES, level_of
from bfrsim.language.tree import Binary, Call, Expression, Name, Negate, Number, children

_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_UNARY = 3


def to_text(node: Expression, strength: int = 0) -> str:
    """Return Python text with as few brackets as needed; floats are printed exactly."""
    if isinstance(node, Number):
        return repr(node.value) if node.value >= 0 else f"({node.value!r})"
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Call):
        return f"{node.function}({', '.join(to_text(argument) for argument in node.arguments)})"
    if isinstance(node, Negate):
        return _bracket(f"-{to_text(node.operand, _UNARY)}", strength > _UNARY or strength == 2)
    return _binary_text(node, strength)


def _binary_text(node: Binary, strength: int) -> str:
    own = _STRENGTH[node.operator]
    if node.operator == "**":
        return _power_text(node, strength)
    left, right = to_text(node.left, own), to_text(node.right, own + 1)
    return _bracket(f"{left} {node.operator} {right}", own < strength)


def _power_text(node: Binary, strength: int) -> str:
    """Print whole exponents as such, squares and cubes as products: compilers then multiply in place of calling pow."""
    own, whole = _STRENGTH["**"], _small_whole(node.right)
    if whole in (2, 3) and isinstance(node.left, Name):
        return _bracket(" * ".join([node.left.name] * whole), strength > 2)
    power = to_text(node.right, own + 1) if whole is None else str(whole)
    return _bracket(f"{to_text(node.left, own + 1)} ** {power}", own < strength)


def _small_whole(node: Expression) -> int | None:
    if isinstance(node, Number) and node.value == int(node.value) and 0 < node.value <= 20:
        return int(node.value)
    return None


def _bracket(text: str, needed: bool) -> str:
    return f"({text})" if needed else text


class Lifter:
    """Collects sub-expressions without states; they are computed once per segment under names of their own.

    A division by a constant becomes a product with its lifted reciprocal.
    """

    def __init__(self, level: Mapping[str, int]) -> None:
        # Names that statements introduce (slopes, pivots) hang on states.
        self.level: defaultdict[str, int] = defaultdict(lambda: STATES, level)
        self.lifted: dict[str, str] = {}  # text -> name
        self.values: dict[str, Expression] = {}  # name -> expression

    def lift(self, node: Expression, owner: str) -> Expression:
        """Return the expression with its constant parts replaced by lifted names; `owner` names new ones."""
        if level_of(node, self.level) < STATES:
            return node if isinstance(node, Name | Number) else self._constant(node, owner)
        if isinstance(node, Binary) and node.operator in "*/":
            return self._product(node, owner)
        if isinstance(node, Negate):
            return Negate(self.lift(node.operand, owner), node.span)
        if isinstance(node, Binary):
            return Binary(node.operator, self.lift(node.left, owner), self.lift(node.right, owner), node.span)
        if isinstance(node, Call):
            return Call(node.function, tuple(self.lift(argument, owner) for argument in node.arguments), node.span)
        return node

    def _constant(self, node: Expression, owner: str) -> Expression:
        if not any(isinstance(part, Name) for part in _below(node)):
            return node
        text = to_text(node)
        if text not in self.lifted:
            count = sum(name.startswith(f"{owner}__k") for name in self.values)
            name = f"{owner}__k{count + 1}"
            self.lifted[text], self.values[name], self.level[name] = name, node, 0
        return Name(self.lifted[text])

    def _product(self, node: Binary, owner: str) -> Expression:
        above, below = _factors(node)
        constant: Expression | None = None
        for factor in above:
            if level_of(factor, self.level) < STATES:
                constant = factor if constant is None else Binary("*", constant, factor)
        for factor in below:
            if level_of(factor, self.level) < STATES:
                constant = Binary("/", constant or Number(1.0), factor)
        varying_above = [self.lift(f, owner) for f in above if level_of(f, self.level) == STATES]
        varying_below = [self.lift(f, owner) for f in below if level_of(f, self.level) == STATES]
        start = [] if constant is None else [self.lift(constant, owner)]
        top = _multiplied([*start, *varying_above]) or Number(1.0)
        bottom = _multiplied(varying_below)
        return top if bottom is None else Binary("/", top, bottom)


def _below(node: Expression) -> list[Expression]:
    found, todo = [], [node]
    while todo:
        part = todo.pop()
        found.append(part)
        todo += children(part)
    return found


def _multiplied(factors: list[Expression]) -> Expression | None:
    total: Expression | None = None
    for factor in factors:
        total = factor if total is None else Binary("*", total, factor)
    return total


def _factors(node: Expression) -> tuple[list[Expression], list[Expression]]:
    """Return what stands above and below the fraction line of a chain of products and quotients."""
    if isinstance(node, Binary) and node.operator == "*":
        a, b = _factors(node.left), _factors(node.right)
        return a[0] + b[0], a[1] + b[1]
    if isinstance(node, Binary) and node.operator == "/":
        a, b = _factors(node.left), _factors(node.right)
        return a[0] + b[1], a[1] + b[0]
    return [node], []
