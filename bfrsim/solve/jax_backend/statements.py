"""The functions of a program on lists of rows of JAX values: the statements that every back end prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bfrsim.compile.program import DAILY, SHIFT, Function, Program
from bfrsim.language.tree import Binary, Call, Expression, Name, Negate, Number
from bfrsim.solve.jax_backend.builtins import functions

Value = Any
Rows = Sequence[Value]


def hoist(program: Program, params: Rows, inputs: Rows) -> list[Value]:
    """Return the constants of a segment."""
    layout, function = program.layout, program.function("hoist")
    given = dict(zip((*layout.parameters, *layout.inputs), (*params, *inputs), strict=True))
    names = dict(given)
    _follow(function, names)
    return [names[name] for name in layout.constants]


def stored(program: Program, name: str, array: str, states: Rows, consts: Rows, **more: Any) -> list[Value]:
    """Return what a function stores in one of its arrays, in the order in which it stores it.

    `more` may hold `shift` (a value) and `daily` (rows).
    """
    layout, function = program.layout, program.function(name)
    names = dict(zip(layout.constants, consts, strict=True)) | dict(zip(layout.states, states, strict=True))
    if "shift" in more:
        names[SHIFT] = more["shift"]
    if "daily" in more:
        names |= {f"{DAILY}{state}": value for state, value in zip(layout.states, more["daily"], strict=True)}
    _follow(function, names)
    return [evaluate(store.value, names) for store in function.stores if store.array == array]


def reduce(program: Program, entries: Rows, shift: Value) -> list[Value]:
    """Return the factors of shift - Jacobian, from the entries that `jacobian` stores."""
    function, states = program.function("factor"), program.layout.states
    names = {f"J_{states[row]}__{states[column]}": value
             for (row, column), value in zip(jacobian_cells(program), entries, strict=True)}  # fmt: skip
    names[SHIFT] = shift
    for statement in function.body:
        if statement.name.startswith("w_"):
            names[statement.name] = evaluate(statement.value, names)
    return [evaluate(store.value, names) for store in function.stores if store.array == "lu_"]


def solve(program: Program, factors: Rows, right: Rows) -> list[Value]:
    """Return the solution of (shift - Jacobian) x = right."""
    x, slots = dict(zip(program.layout.states, right, strict=True)), program.slots
    for pivot, rows, _ in program.elimination.pivots:
        for row in rows:
            x[row] = x[row] - factors[slots[row, pivot]] * x[pivot]
    for pivot, _, columns in reversed(program.elimination.pivots):
        for column in columns:
            x[pivot] = x[pivot] - factors[slots[pivot, column]] * x[column]
        x[pivot] = x[pivot] * factors[slots[pivot, pivot]]
    return [x[state] for state in program.layout.states]


def jacobian_cells(program: Program) -> list[tuple[int, int]]:
    """Return row and column of each entry of the Jacobian, in the order of `stored(program, "jacobian", ...)`."""
    return [(store.row or 0, store.index) for store in program.function("jacobian").stores]


def evaluate(node: Expression, names: dict[str, Value]) -> Value:
    """Return the value of an expression."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return names[node.name]
    if isinstance(node, Negate):
        return -evaluate(node.operand, names)
    if isinstance(node, Call):
        return functions()[node.function](*(evaluate(argument, names) for argument in node.arguments))
    return _binary(node, names)


def _binary(node: Binary, names: dict[str, Value]) -> Value:
    left, right = evaluate(node.left, names), evaluate(node.right, names)
    if node.operator == "+":
        return left + right
    if node.operator == "-":
        return left - right
    if node.operator == "*":
        return left * right
    return left / right if node.operator == "/" else functions()["power"](left, right)


def _follow(function: Function, names: dict[str, Value]) -> None:
    for statement in function.body:
        names[statement.name] = evaluate(statement.value, names)
