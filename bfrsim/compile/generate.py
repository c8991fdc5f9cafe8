"""Statements -> the text of a model's functions in plain Python: readable, byte-stable, without Numba in it.

The functions are `hoist`, `rates`, `observe`, `jacobian`, `factor`, `solve`, `margins`, `references`, `initial`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import bfrsim.language.smooth as smooth
from bfrsim.compile.printing import Lifter, to_text
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
from bfrsim.language.tree import Binary, Call, Expression, Name, Negate, names_in

IMPORTS = "from math import atan, exp, log, sqrt, tan, tanh"


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


class _Writer:
    """Writes the functions of one model; remembers which constants they read."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.lifter = Lifter(system.level)
        self.states = tuple(state.name for state in system.states)
        self.parameters = tuple(item.name for item in (*system.parameters, *system.references))
        self.inputs = tuple(item.name for item in system.inputs)
        quiet = [line.name for line in system.lines if system.level[line.name] < STATES]
        self.fixed = [*self.parameters, *self.inputs, *quiet]

    def statements(self, statements: Iterable[Statement]) -> list[Statement]:
        return [Statement(s.name, self.lifter.lift(s.value, s.name), s.origin) for s in statements]

    def constants(self) -> list[str]:
        return [*self.fixed, *self.lifter.values]

    def function(
        self, head: str, doc: str, body: Sequence[Statement], stores: Sequence[tuple[str, int, Expression]]
    ) -> str:
        """Load what is read, compute, store; nothing is read through an array twice."""
        used = list(dict.fromkeys([*names_used(body), *(n for _, _, value in stores for n in names_in(value))]))
        lines = [f"    {name} = state_[{self.states.index(name)}]" for name in used if name in self.states]
        constants = self.constants()
        lines += [f"    {name} = const_[{constants.index(name)}]" for name in used if name in constants]
        lines += [_assignment(statement) for statement in body]
        lines += [f"    {array}[{at}] = {to_text(value)}" for array, at, value in stores]
        return "\n".join([f"def {head}:", f'    """{doc}"""', *(lines or ["    pass"])])


def _assignment(statement: Statement) -> str:
    text = f"    {statement.name} = {to_text(statement.value)}"
    return f"{text}  # {statement.origin}" if statement.origin else text


def generate_model(system: System) -> tuple[str, Layout]:
    """Return the text of the model's functions, and the layout of the arrays they read and write."""
    writer = _Writer(system)
    jacobian = build_jacobian(system)
    elimination = build_elimination(system, jacobian.entries)
    functions, factors = _model_functions(writer, jacobian.statements, jacobian.entries, elimination)
    functions.insert(0, _hoist(writer))
    lines = tuple(line.name for line in system.lines if system.level[line.name] == STATES)
    read = {column for _, column in jacobian.entries}
    quadratures = tuple(state for state in writer.states if state not in read)
    constants = tuple(writer.constants())
    layout = Layout(writer.parameters, writer.inputs, writer.states, lines, constants, quadratures)
    stops = [event.action == "stops run" for event in system.events]
    sizes = [
        f"N_STATES = {len(layout.states)}",
        f"N_LINES = {len(layout.lines)}",
        f"N_CONSTANTS = {len(layout.constants)}",
        f"N_FACTORS = {factors}",
        f"N_EVENTS = {len(system.events)}",
        f"N_STOPS = {sum(stops)}",
        f"STOPS_RUN = np.array({stops}, dtype=np.bool_)",
    ]
    meaning = system.meaning.replace("\\", "\\\\")
    header = f'"""{system.name}: {meaning}. Generated from models/; edit those, not this."""'
    parts = [
        header,
        f"{IMPORTS}\n\nimport numpy as np\n\n" + "\n".join(sizes),
        kernel_source(smooth),
        *functions,
    ]
    return "\n\n\n".join(parts) + "\n", layout


def kernel_source(module: object) -> str:
    """Return the part of a module's source that belongs into generated files: all below its mark."""
    source = inspect.getsource(module)  # type: ignore[arg-type]
    return source.split("# --- kernel text below ---\n", 1)[-1].strip()


def _hoist(writer: _Writer) -> str:
    system = writer.system
    quiet = [Statement(line.name, line.value, str(line.span)) for line in system.lines
             if system.level[line.name] < STATES and line.value is not None]  # fmt: skip
    lifted = [Statement(name, value) for name, value in writer.lifter.values.items()]
    used, constants = names_used([*quiet, *lifted]), writer.constants()
    parameters, inputs = len(writer.parameters), len(writer.inputs)
    lines = [f"    for k in range({parameters}):", "        const_[k] = param_[k]"] if parameters else []
    lines += [f"    for k in range({inputs}):", f"        const_[{parameters} + k] = input_[k]"] if inputs else []
    copied = (*writer.parameters, *writer.inputs)
    lines += [f"    {name} = const_[{constants.index(name)}]" for name in used if name in copied]
    for statement in [*quiet, *lifted]:
        lines += [_assignment(statement)]
    lines += [f"    const_[{constants.index(statement.name)}] = {statement.name}" for statement in [*quiet, *lifted]]
    doc = "Compute everything that holds still within a segment, from parameters and inputs."
    return "\n".join(["def hoist(param_, input_, const_):", f'    """{doc}"""', *(lines or ["    pass"])])


def _model_functions(
    writer: _Writer,
    slopes: tuple[Statement, ...],
    entries: dict[tuple[str, str], Expression],
    elimination: Elimination,
) -> tuple[list[str], int]:
    system, states = writer.system, writer.states
    rates = writer.statements(rate_statements(system))
    lines = writer.statements(line_statements(system, names_used(rate_statements(system))))
    stores = [("rate_", at, Name(rate_name(state))) for at, state in enumerate(states)]
    slope_statements = writer.statements([*slopes, *(Statement(f"J_{i}__{j}", v) for (i, j), v in entries.items())])
    everything = [*lines, *rates, *slope_statements]
    needed_for_slopes = _needed([*lines, *slope_statements], [f"J_{i}__{j}" for i, j in entries])
    cells = [(f"jac_[{states.index(i)}]", states.index(j), Name(f"J_{i}__{j}")) for i, j in entries]
    reduction, factors = _reduction(writer, entries, elimination)
    functions = [
        writer.function("rates(state_, const_, rate_)", "Rates of all states, per second.", [*lines, *rates], stores),
        _observe(writer),
        writer.function("jacobian(state_, const_, jac_)", "Dense matrix of d rate/d state.", needed_for_slopes, cells),
        writer.function(
            "factor(state_, const_, shift_, rate_, lu_)",
            "Rates, and the LU factors of shift - Jacobian without pivoting.",
            [*everything, *reduction[0]],
            [*stores, *reduction[1]],
        ),
        _solve(writer, elimination),
        _margins(writer),
        _references(writer),
        _initial(writer),
    ]
    return functions, factors


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


def _observe(writer: _Writer) -> str:
    lines = writer.statements(line_statements(writer.system))
    stores = [("line_", at, Name(line.name)) for at, line in enumerate(lines)]
    return writer.function("observe(state_, const_, line_)", "Values of all state-dependent lines.", lines, stores)


def _slots(elimination: Elimination) -> dict[tuple[str, str], int]:
    """Number the stored factors: multipliers below, reciprocal pivots, entries right of them."""
    slots: dict[tuple[str, str], int] = {}
    for pivot, rows, columns in elimination.pivots:
        for key in [*((i, pivot) for i in rows), (pivot, pivot), *((pivot, j) for j in columns)]:
            slots[key] = len(slots)
    return slots


def _reduction(
    writer: _Writer, entries: dict[tuple[str, str], Expression], elimination: Elimination
) -> tuple[tuple[list[Statement], list[tuple[str, int, Expression]]], int]:
    """Write ``w = shift - J`` and its elimination as plain assignments."""
    body: list[Statement] = []
    known: set[tuple[str, str]] = set()

    def put(i: str, j: str, text: str) -> None:
        body.append(Statement(f"w_{i}__{j}", Name(text)))
        known.add((i, j))

    for state in writer.states:
        here = (state, state) in entries
        put(state, state, f"shift_ - J_{state}__{state}" if here else "shift_")
    for i, j in entries:
        if i != j:
            put(i, j, f"-J_{i}__{j}")
    for pivot, rows, columns in elimination.pivots:
        put(pivot, pivot, f"1.0 / w_{pivot}__{pivot}")
        for i in rows:
            put(i, pivot, f"w_{i}__{pivot} * w_{pivot}__{pivot}")
            for j in columns:
                before = f"w_{i}__{j} - " if (i, j) in known else "-"
                put(i, j, f"{before}w_{i}__{pivot} * w_{pivot}__{j}")
    slots = _slots(elimination)
    stores: list[tuple[str, int, Expression]] = [("lu_", at, Name(f"w_{i}__{j}")) for (i, j), at in slots.items()]
    return (body, stores), len(slots)


def _solve(writer: _Writer, elimination: Elimination) -> str:
    slots, states = _slots(elimination), writer.states
    lines = [f"    x_{state} = rhs_[{at}]" for at, state in enumerate(states)]
    for pivot, rows, _ in elimination.pivots:
        lines += [f"    x_{i} = x_{i} - lu_[{slots[i, pivot]}] * x_{pivot}" for i in rows]
    for pivot, _, columns in reversed(elimination.pivots):
        rest = "".join(f" - lu_[{slots[pivot, j]}] * x_{j}" for j in columns)
        sum_text = f"(x_{pivot}{rest})" if rest else f"x_{pivot}"
        lines.append(f"    x_{pivot} = {sum_text} * lu_[{slots[pivot, pivot]}]")
    lines += [f"    rhs_[{at}] = x_{state}" for at, state in enumerate(states)]
    doc = "Solve (shift - Jacobian) x = rhs in place, with the factors."
    return "\n".join(["def solve(lu_, rhs_):", f'    """{doc}"""', *lines])


def _margins(writer: _Writer) -> str:
    events = writer.system.events
    raw = [Statement(f"margin__{event.name}", event.margin, str(event.span)) for event in events]
    lines = writer.statements([*line_statements(writer.system, names_used(raw)), *raw])
    stores = [("margin_", at, Name(statement.name)) for at, statement in enumerate(raw)]
    return writer.function("margins(state_, const_, margin_)", "Event margins; one fires below zero.", lines, stores)


def _references(writer: _Writer) -> str:
    raw = [Statement(item.name, item.value, str(item.span)) for item in writer.system.references if item.value]
    daily = {f"daily__{state}": f"daily_[{at}]" for at, state in enumerate(writer.states)}
    values = [Statement(f"reference__{s.name}", _without_daily(s.value), s.origin) for s in raw]
    body = writer.statements(line_statements(writer.system, names_used(values)))
    used = {name for statement in values for name in names_in(statement.value)}
    body += [Statement(name, Name(text)) for name, text in daily.items() if name in used]
    body += values
    stores = [("reference_", at, Name(statement.name)) for at, statement in enumerate(values)]
    doc = "Values that the habitual day fixes for a person, from its last state and the day's increments."
    return writer.function("references(state_, daily_, const_, reference_)", doc, body, stores)


def _without_daily(node: Expression) -> Expression:
    if isinstance(node, Call) and node.function == "daily":
        (inner,) = node.arguments
        assert isinstance(inner, Name)
        return Name(f"daily__{inner.name}")
    if isinstance(node, Negate):
        return replace(node, operand=_without_daily(node.operand))
    if isinstance(node, Binary):
        return replace(node, left=_without_daily(node.left), right=_without_daily(node.right))
    if isinstance(node, Call):
        return replace(node, arguments=tuple(_without_daily(argument) for argument in node.arguments))
    return node


def _initial(writer: _Writer) -> str:
    constants = writer.constants()
    values = [(at, state.value) for at, state in enumerate(writer.system.states) if state.value is not None]
    used = list(dict.fromkeys(name for _, value in values for name in names_in(value)))
    lines = [f"    {name} = const_[{constants.index(name)}]" for name in used]
    lines += [f"    state_[{at}] = {to_text(value)}" for at, value in values]
    return "\n".join(["def initial(const_, state_):", '    """Initial values of all states."""', *lines])
