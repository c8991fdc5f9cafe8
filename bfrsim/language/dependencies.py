"""Who hangs on whom in a joined system: order of evaluation, loops, levels, and rules that need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bfrsim.errors import ModelError
from bfrsim.language.functions import BUILTINS
from bfrsim.language.tree import Binary, Call, Declaration, Event, Expression, Name, names_in, walk

PARAMETERS, INPUTS, STATES = 0, 1, 2
SHOWN_OF_CIRCLE = 6


def evaluation_order(lines: Iterable[Declaration]) -> tuple[Declaration, ...]:
    """Sort lines so that each stands below what it needs; otherwise in the author's order.

    Raises
    ------
    ModelError
        If lines need each other in a circle; the message names the circle.
    """
    by_name = {line.name: line for line in lines}
    needed = {name: _needs(line, by_name) for name, line in by_name.items()}
    done: dict[str, Declaration] = {}
    for start in by_name:
        path = {} if start in done else {start: iter(needed[start])}
        while path:
            name = next(reversed(path))
            below = next((other for other in path[name] if other not in done), None)
            if below is None:
                done[name] = by_name[name]
                del path[name]
            elif below in path:
                circle = list(path)
                raise ModelError(by_name[below].span, _circle([*circle[circle.index(below) :], below]))
            else:
                path[below] = iter(needed[below])
    return tuple(done.values())


def _needs(line: Declaration, lines: Mapping[str, Declaration]) -> list[str]:
    assert line.value is not None
    return [name for name in names_in(line.value) if name in lines]


def _circle(names: list[str]) -> str:
    shown = names if len(names) <= 2 * SHOWN_OF_CIRCLE else [*names[:SHOWN_OF_CIRCLE], "...", names[-1]]
    return f"these lines need each other in a circle: {' -> '.join(shown)}"


def levels(
    parameters: Iterable[Declaration],
    references: Iterable[Declaration],
    inputs: Iterable[Declaration],
    states: Iterable[Declaration],
    lines: Iterable[Declaration],
    rates: Mapping[str, tuple[Expression, float]],
    events: Iterable[Event],
    alone: bool = False,
) -> dict[str, int]:
    """Return the level of every name, and check the rules that depend on it.

    In a submodel that stands `alone`, initial values may hang on its inputs, which elsewhere are parameters.

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
        _check_start(state, level, INPUTS if alone else PARAMETERS)
    _check_daily(references, {state.name for state in states})
    for item in parameters:
        assert item.value is not None
        if names_in(item.value):
            message = f"parameter '{item.name}' hangs on other names; write it as a line: {item.name} [unit] = ..."
            raise ModelError(item.span, message)
    return level


def level_of(node: Expression, level: Mapping[str, int]) -> int:
    """Return the highest level of the names in an expression."""
    return max((level[name] for name in names_in(node)), default=PARAMETERS)


def _check_start(state: Declaration, level: Mapping[str, int], highest: int) -> None:
    assert state.value is not None
    _check_rules(state.value, level)
    for name, node in names_in(state.value).items():
        if level[name] > highest:
            message = f"the initial value of '{state.name}' may hang on parameters only; '{name}' changes in time"
            raise ModelError(node.span, message)


def _check_daily(references: Iterable[Declaration], states: set[str]) -> None:
    for item in references:
        assert item.value is not None
        for node in walk(item.value):
            if isinstance(node, Call) and node.function == "daily":
                (inner,) = node.arguments
                if not isinstance(inner, Name) or inner.name not in states:
                    raise ModelError(node.span, "daily(state) takes the name of one state: its increment over a day")


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
