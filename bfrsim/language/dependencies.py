"""Who hangs on whom in a joined system: order of evaluation, loops, levels, and rules that need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bfrsim.errors import ModelError
from bfrsim.language.functions import BUILTINS
from bfrsim.language.tree import Binary, Call, Declaration, Event, Expression, names_in, walk

PARAMETERS, INPUTS, STATES = 0, 1, 2


def evaluation_order(lines: Iterable[Declaration]) -> tuple[Declaration, ...]:
    """Sort lines so that each stands below what it needs; otherwise in the author's order.

    Raises
    ------
    ModelError
        If lines need each other in a circle; the message names the circle.
    """
    by_name = {line.name: line for line in lines}
    done: dict[str, Declaration] = {}

    def place(line: Declaration, path: tuple[str, ...]) -> None:
        if line.name in done:
            return
        if line.name in path:
            circle = " -> ".join([*path[path.index(line.name) :], line.name])
            raise ModelError(line.span, f"these lines need each other in a circle: {circle}")
        assert line.value is not None
        for name in names_in(line.value):
            if name in by_name:
                place(by_name[name], (*path, line.name))
        done[line.name] = line

    for line in by_name.values():
        place(line, ())
    return tuple(done.values())


def levels(
    parameters: Iterable[Declaration],
    references: Iterable[Declaration],
    inputs: Iterable[Declaration],
    states: Iterable[Declaration],
    lines: Iterable[Declaration],
    rates: Mapping[str, tuple[Expression, float]],
    events: Iterable[Event],
) -> dict[str, int]:
    """Return the level of every name, and check the rules that depend on it.

    Raises
    ------
    ModelError
        If a corner (max, min, abs), a width or an exponent hangs on a state, an initial value on anything but
        parameters, or ``daily`` stands outside a reference line.
    """
    states, references = list(states), list(references)
    level = {item.name: PARAMETERS for item in [*parameters, *references]}
    level |= {item.name: INPUTS for item in inputs}
    level |= {item.name: STATES for item in states}
    for line in lines:
        assert line.value is not None
        level[line.name] = level_of(line.value, level)
        _check_rules(line.value, level)
    for value, _ in rates.values():
        _check_rules(value, level)
    for event in events:
        _check_rules(event.margin, level)
    for state in states:
        _check_start(state, level)
    for item in parameters:
        assert item.value is not None
        if names_in(item.value):
            message = f"parameter '{item.name}' hangs on other names; write it as a line: {item.name} [unit] = ..."
            raise ModelError(item.span, message)
    return level


def level_of(node: Expression, level: Mapping[str, int]) -> int:
    """Return the highest level of the names in an expression."""
    return max((level[name] for name in names_in(node)), default=PARAMETERS)


def _check_start(state: Declaration, level: Mapping[str, int]) -> None:
    assert state.value is not None
    for name, node in names_in(state.value).items():
        if level[name] > PARAMETERS:
            message = f"the initial value of '{state.name}' may hang on parameters only; '{name}' changes in time"
            raise ModelError(node.span, message)


def _check_rules(value: Expression, level: Mapping[str, int]) -> None:
    for node in walk(value):
        if isinstance(node, Call):
            _check_call(node, level)
        if isinstance(node, Binary) and node.operator == "**" and level_of(node.right, level) > PARAMETERS:
            raise ModelError(node.right.span, "an exponent must be constant; it may hang on parameters only")


def _check_call(node: Call, level: Mapping[str, int]) -> None:
    rule = BUILTINS[node.function]
    if node.function == "daily":
        raise ModelError(node.span, "daily(state) belongs in a reference line only")
    for argument, role in zip(node.arguments, rule.arguments, strict=True):
        if role not in rule.constant or level_of(argument, level) < STATES:
            continue
        if rule.smooth_twin:
            message = f"{node.function} has a corner and may not hang on a state; use {rule.smooth_twin}"
            raise ModelError(node.span, message)
        raise ModelError(argument.span, f"the {role} of {node.function} may not hang on a state")
