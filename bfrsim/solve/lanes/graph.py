"""Statements -> a graph in which equal values are one node: shared work is done once, whatever function asks for it.

Only operations that IEEE 754 defines exactly, and exp, log, tan, tanh, atan of our own, so that bits depend on nothing
but the numbers. Built-in functions are read from the text of `language/smooth.py`: one text for every back end.
"""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import bfrsim.language.smooth as smooth
from bfrsim.language.tree import Binary, Call, Expression, Name, Negate, Number

Node = int
Instruction = tuple[Node, str, tuple[Node, ...]]

VARYING = ("state_", "daily_", "shift_")  # arrays whose values change from step to step
ELEMENTARY = ("exp", "log", "sqrt", "tan", "tanh", "atan")
# Rough clock cycles until a result is ready (Zen 3); they order instructions, nothing else.
LATENCY = {
    "inverse": 13,
    "sqrt": 20,
    "exp": 60,
    "log": 70,
    "tan": 80,
    "tanh": 90,
    "atan": 60,
    "negate": 1,
    "absolute": 1,
}
USUAL_LATENCY = 4


class Graph:
    """Nodes are integers; arguments always have smaller ones, so counting up is a valid order of evaluation."""

    def __init__(self) -> None:
        self.operation: list[str] = []
        self.arguments: list[tuple[Node, ...]] = []
        self.detail: list[tuple[str, int] | float | None] = []  # (array, index) of a load, value of a number
        self.varies: list[bool] = []
        self.hoisted: dict[Node, int] = {}  # constant within a segment, computed beforehand: row in const_
        self.known: dict[tuple[object, ...], Node] = {}

    def node(self, operation: str, *arguments: Node, detail: tuple[str, int] | float | None = None) -> Node:
        """Return the node of an operation, a new one only if it is new."""
        # repr tells 0.0 from -0.0, which compare equal.
        key = (operation, arguments, repr(detail) if isinstance(detail, float) else detail)
        if key not in self.known:
            self.known[key] = len(self.operation)
            self.operation.append(operation)
            self.arguments.append(arguments)
            self.detail.append(detail)
            own = isinstance(detail, tuple) and detail[0] in VARYING
            self.varies.append(own or any(self.varies[argument] for argument in arguments))
        return self.known[key]

    def load(self, array: str, index: int) -> Node:
        return self.node("load", detail=(array, index))

    def number(self, value: float) -> Node:
        return self.node("number", detail=float(value))

    def value(self, node: Node) -> float | None:
        """Return the value of a number, None for any other node."""
        detail = self.detail[node]
        return detail if isinstance(detail, float) else None

    def is_leaf(self, node: Node) -> bool:
        return self.operation[node] in ("load", "number") or node in self.hoisted

    def place(self, node: Node) -> tuple[str, int] | float:
        """Return where a leaf is read from, or its value."""
        if node in self.hoisted:
            return "const_", self.hoisted[node]
        detail = self.detail[node]
        assert detail is not None
        return detail

    def hoist(self, wanted: Sequence[Node], first_row: int) -> list[Node]:
        """Find what the wanted nodes need that holds still within a segment, and give it rows from `first_row` on."""
        seen, todo, found = set(wanted), list(wanted), []
        while todo:
            node = todo.pop()
            if not self.varies[node]:
                found += [] if self.is_leaf(node) else [node]
                continue
            fresh = [argument for argument in self.arguments[node] if argument not in seen]
            seen.update(fresh)
            todo += fresh
        found.sort()
        self.hoisted |= {node: first_row + k for k, node in enumerate(found)}
        return found

    def add(self, a: Node, b: Node) -> Node:
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.number(x + y)
        if x == 0.0 or y == 0.0:
            return b if x == 0.0 else a
        for p, q in ((a, b), (b, a)):
            if self.operation[q] == "negate":
                return self.subtract(p, self.arguments[q][0])
        return self.node("add", *sorted((a, b)))

    def subtract(self, a: Node, b: Node) -> Node:
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.number(x - y)
        if y == 0.0:
            return a
        if x == 0.0:
            return self.negate(b)
        if self.operation[b] == "negate":
            return self.add(a, self.arguments[b][0])
        return self.node("subtract", a, b)

    def negate(self, a: Node) -> Node:
        value = self.value(a)
        if value is not None:
            return self.number(-value)
        if self.operation[a] == "subtract":
            return self.subtract(self.arguments[a][1], self.arguments[a][0])
        return self.arguments[a][0] if self.operation[a] == "negate" else self.node("negate", a)

    def multiply(self, a: Node, b: Node) -> Node:
        if self.value(b) is not None:
            a, b = b, a
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.number(x * y)
        if x in (1.0, -1.0):
            return b if x == 1.0 else self.negate(b)
        for p, q in ((a, b), (b, a)):
            if self.operation[p] == "negate":
                return self.negate(self.multiply(self.arguments[p][0], q))
        for p, q in ((a, b), (b, a)):  # (k*m)*y, so that k*m is computed once per segment
            first = self.arguments[q][0] if self.operation[q] == "multiply" else None
            if first is not None and self.varies[q] and not self.varies[p] and not self.varies[first]:
                return self.multiply(self.multiply(p, first), self.arguments[q][1])
        return self.node("multiply", *sorted((a, b), key=lambda n: (self.varies[n], n)))

    def divide(self, a: Node, b: Node) -> Node:
        return self.multiply(a, self.inverse(b))

    def inverse(self, a: Node) -> Node:
        value = self.value(a)
        if value:
            return self.number(1.0 / value)
        return self.arguments[a][0] if self.operation[a] == "inverse" else self.node("inverse", a)

    def select(self, condition: Node, a: Node, b: Node) -> Node:
        return a if a == b else self.node("select", condition, a, b)

    def maximum(self, a: Node, b: Node) -> Node:
        """Return b where b > a, else a, as Python's max does: a NaN in `a` stays."""
        return self.select(self.node("less", a, b), b, a)

    def minimum(self, a: Node, b: Node) -> Node:
        return self.select(self.node("less", b, a), b, a)

    def power(self, base: Node, exponent: Node) -> Node:
        """Return base**exponent: products for small whole exponents, a root for halves, else exp(n*log(base))."""
        n = self.value(exponent)
        if n is not None and 0.0 < n <= 20.0 and (2.0 * n).is_integer():
            whole = self._whole_power(base, int(n))
            root = None if n.is_integer() else self.node("sqrt", base)
            return whole if root is None else root if n == 0.5 else self.multiply(whole, root)
        return self.node("exp", self.multiply(exponent, self.node("log", base)))

    def _whole_power(self, base: Node, n: int) -> Node:
        if n <= 1:
            return base
        half = self._whole_power(base, n // 2)
        square = self.multiply(half, half)
        return self.multiply(square, base) if n % 2 else square

    def expression(self, tree: Expression, names: Mapping[str, Node]) -> Node:
        """Return the node of an expression whose names are known."""
        if isinstance(tree, Number):
            return self.number(tree.value)
        if isinstance(tree, Name):
            return names[tree.name]
        if isinstance(tree, Negate):
            return self.negate(self.expression(tree.operand, names))
        if isinstance(tree, Binary):
            return self.binary(tree.operator, self.expression(tree.left, names), self.expression(tree.right, names))
        assert isinstance(tree, Call)
        return self.call(tree.function, [self.expression(argument, names) for argument in tree.arguments])

    def binary(self, operator: str, a: Node, b: Node) -> Node:
        rules: dict[str, Callable[[Node, Node], Node]] = {
            "+": self.add, "-": self.subtract, "*": self.multiply, "/": self.divide, "**": self.power,
        }  # fmt: skip
        return rules[operator](a, b)

    def call(self, name: str, arguments: Sequence[Node]) -> Node:
        if name in ELEMENTARY:
            return self.node(name, *arguments)
        direct = {"max": self.maximum, "min": self.minimum}
        if name in direct:
            return direct[name](*arguments)
        return self.node("absolute", *arguments) if name == "abs" else _Body(self, name).value(arguments)

    def instructions(self, wanted: Sequence[Node]) -> list[Instruction]:
        """Return what computes the wanted nodes from leaves, with products fused into sums (fma), in good order.

        Ordered by the earliest time at which a result can be ready, so that independent chains run side by side.
        """
        live, todo = set(), list(wanted)
        while todo:
            node = todo.pop()
            if node not in live and not self.is_leaf(node):
                live.add(node)
                todo += self.arguments[node]
        uses = Counter([a for node in live for a in self.arguments[node]])
        uses.update({node: 2 for node in wanted})  # what is stored must exist
        fused, code = set(), []
        for node in sorted(live):
            operation, arguments = self.operation[node], self.arguments[node]
            if operation in ("add", "subtract"):
                operation, arguments, product = self._fused(node, live, uses)
                fused |= {product}
            code.append((node, operation, arguments))
        ready: dict[Node, int] = {}
        for node, operation, arguments in code:
            start = max((ready.get(argument, 0) for argument in arguments), default=0)
            ready[node] = start + LATENCY.get(operation, USUAL_LATENCY)
        kept = [item for item in code if item[0] not in fused]
        return sorted(kept, key=lambda item: (ready[item[0]] - LATENCY.get(item[1], USUAL_LATENCY), item[0]))

    def _fused(self, node: Node, live: set[Node], uses: Counter[Node]) -> tuple[str, tuple[Node, ...], Node | None]:
        """Return x*y + c, x*y - c or c - x*y in place of a sum whose product nobody else needs."""
        operation, (a, b) = self.operation[node], self.arguments[node]
        for at, product, other in ((1, b, a), (0, a, b)):
            if product in live and self.operation[product] == "multiply" and uses[product] == 1:
                name = "fma" if operation == "add" else ("fms", "fnma")[at]
                return name, (*self.arguments[product], other), product
        return operation, (a, b), None


class _Body:
    """One function of `smooth.py`, read from its text."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph, self.function = graph, _definitions()[name]

    def value(self, arguments: Sequence[Node]) -> Node:
        names = dict(zip([a.arg for a in self.function.args.args], arguments, strict=True))
        for statement in self.function.body:
            if isinstance(statement, ast.Assign):
                (target,) = statement.targets
                assert isinstance(target, ast.Name)
                names[target.id] = self.read(statement.value, names)
            elif isinstance(statement, ast.Return) and statement.value is not None:
                return self.read(statement.value, names)
        raise AssertionError(f"{self.function.name} returns nothing")

    def read(self, tree: ast.expr, names: dict[str, Node]) -> Node:
        graph = self.graph
        if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float):
            return graph.number(tree.value)
        if isinstance(tree, ast.Name):
            return names[tree.id]
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
            return graph.negate(self.read(tree.operand, names))
        if isinstance(tree, ast.BinOp):
            operator = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}[type(tree.op)]
            return graph.binary(operator, self.read(tree.left, names), self.read(tree.right, names))
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
            return graph.call(tree.func.id, [self.read(argument, names) for argument in tree.args])
        assert isinstance(tree, ast.IfExp) and isinstance(tree.test, ast.Compare), ast.dump(tree)
        left, right = self.read(tree.test.left, names), self.read(tree.test.comparators[0], names)
        order = {ast.Gt: ("less", right, left), ast.GtE: ("less_equal", right, left)}[type(tree.test.ops[0])]
        return graph.select(graph.node(*order), self.read(tree.body, names), self.read(tree.orelse, names))


@cache
def _definitions() -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(smooth))
    return {item.name: item for item in tree.body if isinstance(item, ast.FunctionDef)}
