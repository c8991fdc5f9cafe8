"""A joined system -> the functions of a kernel as data: what each reads, computes and stores.

Every back end prints the same program: `generate.py` as Python text, `solve/lanes` as vector instructions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bfrsim.compile.printing import Lifter
from bfrsim.compile.statements import (
    Elimination,
    Statement,
    build_elimination,
    build_jacobian,
    line_statements,
    names_used,
    rate_name,
    rate_statements,
)
from bfrsim.language.dependencies import STATES
from bfrsim.language.join import System
from bfrsim.language.tree import Binary, Call, Expression, Name, Negate, Number, names_in

SHIFT = "shift_"  # the one scalar argument: 1/(h*gamma)
DAILY = "daily__"  # prefix of a state's increment over the habitual day


@dataclass(frozen=True)
class Layout:
    """Where each name stands in the kernel's arrays.

    Attributes
    ----------
    parameters : tuple of str
        Parameters, then references.
    lines : tuple of str
        State-dependent lines in order of evaluation.
    constants : tuple of str
        What holds still within a segment: parameters, references, inputs, lines, lifted parts.
    quadratures : tuple of str
        States on which no rate hangs: integrals over time.
    """

    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    states: tuple[str, ...]
    lines: tuple[str, ...]
    constants: tuple[str, ...]
    quadratures: tuple[str, ...]


@dataclass(frozen=True)
class Store:
    """``array[index] = value``; rows of the dense Jacobian have a `row`."""

    array: str
    index: int
    value: Expression
    row: int | None = None


@dataclass(frozen=True)
class Function:
    """Statements between arrays. Free names are states, constants, `SHIFT`, or `DAILY` increments."""

    name: str
    arguments: tuple[str, ...]
    meaning: str
    body: tuple[Statement, ...]
    stores: tuple[Store, ...]


@dataclass(frozen=True)
class Program:
    """Everything a printer needs.

    Attributes
    ----------
    functions : tuple of Function
        ``hoist``, ``rates``, ``observe``, ``jacobian``, ``factor``, ``margins``, ``references``, ``initial``.
    elimination : Elimination
        What ``solve`` does with the factors.
    slots : dict
        (row state, column state) -> place of the factor in ``lu_``.
    stops_run : tuple of bool
        Of each event, whether it stops the run.
    """

    name: str
    meaning: str
    layout: Layout
    functions: tuple[Function, ...]
    elimination: Elimination
    slots: dict[tuple[str, str], int]
    stops_run: tuple[bool, ...]

    def function(self, name: str) -> Function:
        """Return a function by its name."""
        return next(item for item in self.functions if item.name == name)


class _Builder:
    """Builds the functions of one model; remembers which constants they read."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.lifter = Lifter(system.level)
        self.states = tuple(state.name for state in system.states)
        self.parameters = tuple(item.name for item in (*system.parameters, *system.references))
        self.inputs = tuple(item.name for item in system.inputs)
        quiet = [line for line in system.lines if system.level[line.name] < STATES and line.value is not None]
        self.quiet = [Statement(line.name, line.value, str(line.span)) for line in quiet if line.value is not None]
        self.fixed = [*self.parameters, *self.inputs, *(s.name for s in self.quiet)]

    def lift(self, statements: Iterable[Statement]) -> list[Statement]:
        return [Statement(s.name, self.lifter.lift(s.value, s.name), s.origin) for s in statements]

    def constants(self) -> tuple[str, ...]:
        return (*self.fixed, *self.lifter.values)


def build_program(system: System) -> Program:
    """Return the functions of the kernel of a system, and the layout of the arrays they read and write."""
    builder = _Builder(system)
    jacobian = build_jacobian(system)
    elimination = build_elimination(system, jacobian.entries)
    slots = _slots(elimination)
    functions = [
        *_rates_and_slopes(builder, jacobian.statements, jacobian.entries, elimination, slots),
        _margins(builder),
        _references(builder),
        _initial(system),
    ]
    read = {column for _, column in jacobian.entries}
    layout = Layout(
        builder.parameters,
        builder.inputs,
        builder.states,
        tuple(line.name for line in system.lines if system.level[line.name] == STATES),
        builder.constants(),
        tuple(state for state in builder.states if state not in read),
    )
    stops = tuple(event.action == "stops run" for event in system.events)
    functions.insert(0, _hoist(builder))
    return Program(system.name, system.meaning, layout, tuple(functions), elimination, slots, stops)


def _hoist(builder: _Builder) -> Function:
    body = (*builder.quiet, *(Statement(name, value) for name, value in builder.lifter.values.items()))
    constants = builder.constants()
    stores = tuple(Store("const_", constants.index(statement.name), Name(statement.name)) for statement in body)
    meaning = "Compute everything that holds still within a segment, from parameters and inputs."
    return Function("hoist", ("param_", "input_", "const_"), meaning, body, stores)


def _rates_and_slopes(
    builder: _Builder,
    slopes: tuple[Statement, ...],
    entries: dict[tuple[str, str], Expression],
    elimination: Elimination,
    slots: dict[tuple[str, str], int],
) -> list[Function]:
    states = builder.states
    rates = builder.lift(rate_statements(builder.system))
    lines = builder.lift(line_statements(builder.system, names_used(rate_statements(builder.system))))
    rate_stores = tuple(Store("rate_", at, Name(rate_name(state))) for at, state in enumerate(states))
    slope_statements = builder.lift([*slopes, *(Statement(f"J_{i}__{j}", v) for (i, j), v in entries.items())])
    for_slopes = _needed([*lines, *slope_statements], [f"J_{i}__{j}" for i, j in entries])
    cells = tuple(Store("jac_", states.index(j), Name(f"J_{i}__{j}"), states.index(i)) for i, j in entries)
    reduction = _reduction(states, entries, elimination)
    factors = tuple(Store("lu_", at, Name(f"w_{i}__{j}")) for (i, j), at in slots.items())
    shown = builder.lift(line_statements(builder.system))
    line_stores = tuple(Store("line_", at, Name(line.name)) for at, line in enumerate(shown))
    on = ("state_", "const_")
    return [
        Function("rates", (*on, "rate_"), "Rates of all states, per second.", (*lines, *rates), rate_stores),
        Function("observe", (*on, "line_"), "Values of all state-dependent lines.", tuple(shown), line_stores),
        Function("jacobian", (*on, "jac_"), "Dense matrix of d rate/d state.", tuple(for_slopes), cells),
        Function(
            "factor",
            (*on, SHIFT, "rate_", "lu_"),
            "Rates, and the LU factors of shift - Jacobian without pivoting.",
            (*lines, *rates, *slope_statements, *reduction),
            (*rate_stores, *factors),
        ),
    ]


def _needed(statements: Sequence[Statement], wanted: Iterable[str]) -> list[Statement]:
    by_name = {statement.name: statement for statement in statements}
    keep: set[str] = set()
    todo = list(wanted)
    while todo:
        name = todo.pop()
        if name in by_name and name not in keep:
            keep.add(name)
            todo += names_in(by_name[name].value)
    return [statement for statement in statements if statement.name in keep]


def _slots(elimination: Elimination) -> dict[tuple[str, str], int]:
    """Number the stored factors: multipliers below, reciprocal pivots, entries right of them."""
    slots: dict[tuple[str, str], int] = {}
    for pivot, rows, columns in elimination.pivots:
        for key in [*((i, pivot) for i in rows), (pivot, pivot), *((pivot, j) for j in columns)]:
            slots[key] = len(slots)
    return slots


def _reduction(
    states: Sequence[str], entries: dict[tuple[str, str], Expression], elimination: Elimination
) -> list[Statement]:
    """Write ``w = shift - J`` and its elimination as plain assignments."""
    body: list[Statement] = []
    known: set[tuple[str, str]] = set()

    def w(i: str, j: str) -> Expression:
        return Name(f"w_{i}__{j}")

    def put(i: str, j: str, value: Expression) -> None:
        body.append(Statement(f"w_{i}__{j}", value))
        known.add((i, j))

    for state in states:
        own = Name(f"J_{state}__{state}")
        put(state, state, Binary("-", Name(SHIFT), own) if (state, state) in entries else Name(SHIFT))
    for i, j in entries:
        if i != j:
            put(i, j, Negate(Name(f"J_{i}__{j}")))
    for pivot, rows, columns in elimination.pivots:
        put(pivot, pivot, Binary("/", Number(1.0), w(pivot, pivot)))
        for i in rows:
            put(i, pivot, Binary("*", w(i, pivot), w(pivot, pivot)))
            for j in columns:
                product = Binary("*", w(i, pivot), w(pivot, j))
                put(i, j, Binary("-", w(i, j), product) if (i, j) in known else Negate(product))
    return body


def _margins(builder: _Builder) -> Function:
    raw = [Statement(f"margin__{event.name}", event.margin, str(event.span)) for event in builder.system.events]
    lines = builder.lift([*line_statements(builder.system, names_used(raw)), *raw])
    stores = tuple(Store("margin_", at, Name(statement.name)) for at, statement in enumerate(raw))
    meaning = "Event margins; one fires below zero."
    return Function("margins", ("state_", "const_", "margin_"), meaning, tuple(lines), stores)


def _references(builder: _Builder) -> Function:
    system = builder.system
    raw = [Statement(item.name, item.value, str(item.span)) for item in system.references if item.value]
    values = [Statement(f"reference__{s.name}", _without_daily(s.value), s.origin) for s in raw]
    body = [*builder.lift(line_statements(system, names_used(values))), *values]
    stores = tuple(Store("reference_", at, Name(statement.name)) for at, statement in enumerate(values))
    meaning = "Values that the habitual day fixes for a person, from its last state and the day's increments."
    return Function("references", ("state_", "daily_", "const_", "reference_"), meaning, tuple(body), stores)


def _without_daily(node: Expression) -> Expression:
    if isinstance(node, Call) and node.function == "daily":
        (inner,) = node.arguments
        assert isinstance(inner, Name)
        return Name(f"{DAILY}{inner.name}")
    if isinstance(node, Negate):
        return replace(node, operand=_without_daily(node.operand))
    if isinstance(node, Binary):
        return replace(node, left=_without_daily(node.left), right=_without_daily(node.right))
    if isinstance(node, Call):
        return replace(node, arguments=tuple(_without_daily(argument) for argument in node.arguments))
    return node


def _initial(system: System) -> Function:
    values = [(at, state.value) for at, state in enumerate(system.states)]
    stores = tuple(Store("state_", at, value) for at, value in values if value is not None)
    return Function("initial", ("const_", "state_"), "Initial values of all states.", (), stores)
