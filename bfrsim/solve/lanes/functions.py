"""The model's functions as IR: the program of `compile/program.py`, printed for lanes."""

from __future__ import annotations

from bfrsim.compile.program import DAILY, SHIFT, Function, Program
from bfrsim.solve.lanes.graph import Graph, Node
from bfrsim.solve.lanes.vector import VectorFunction

SIGNATURES = {
    "hoist": ("const_",),
    "share": ("const_",),
    "rates": ("state_", "const_", "more_", "rate_"),
    "factor": ("state_", "const_", "shift_", "rate_", "lu_"),
    "observe": ("state_", "const_", "line_"),
    "margins": ("state_", "const_", "margin_"),
    "references": ("state_", "daily_", "const_", "reference_"),
    "initial": ("const_", "state_"),
}
STEP_FUNCTIONS = ("rates", "factor", "observe", "margins", "references", "initial")


def model_functions(program: Program) -> tuple[list[str], int]:
    """Return the IR of hoist, rates, factor, solve, observe, margins, references and initial; and the rows of const_.

    `hoist` expects parameters and inputs in the first rows of ``const_`` and fills the others; beyond the layout's
    constants stand further values without states that the step functions share.
    """
    graph, constants = Graph(), len(program.layout.constants)
    names = _leaves(graph, program)
    roots = {name: _roots(graph, program.function(name), names) for name in STEP_FUNCTIONS}
    fixed = _roots(graph, program.function("hoist"), _arguments_only(graph, program))
    extra = graph.hoist([node for found in roots.values() for _, _, node in found], constants)
    rows = constants + len(extra)
    graph.hoisted, kept = {}, graph.hoisted
    hoist = [
        _function(graph, "hoist", fixed),
        _function(graph, "share", [("const_", kept[node], node) for node in extra]),
    ]
    graph.hoisted = kept
    step = [_function(graph, name, found) for name, found in roots.items()]
    return [*hoist, *step, _solve(program)], rows


Root = tuple[str, int, Node]  # array, row, what is stored there


def _leaves(graph: Graph, program: Program) -> dict[str, Node]:
    layout = program.layout
    names = {name: graph.load("state_", at) for at, name in enumerate(layout.states)}
    names |= {name: graph.load("const_", at) for at, name in enumerate(layout.constants)}
    names |= {f"{DAILY}{name}": graph.load("daily_", at) for at, name in enumerate(layout.states)}
    return names | {SHIFT: graph.load("shift_", 0)}


def _arguments_only(graph: Graph, program: Program) -> dict[str, Node]:
    given = (*program.layout.parameters, *program.layout.inputs)
    return {name: graph.load("const_", at) for at, name in enumerate(given)}


def _roots(graph: Graph, function: Function, names: dict[str, Node]) -> list[Root]:
    names = dict(names)
    for statement in function.body:
        names[statement.name] = graph.expression(statement.value, names)
    return [(store.array, store.index, graph.expression(store.value, names)) for store in function.stores]


def _function(graph: Graph, name: str, roots: list[Root]) -> str:
    """Print one function; what stands in ``more_``, if it has that argument, is added to each result."""
    function = VectorFunction(name, SIGNATURES[name])
    adds = "more_" in SIGNATURES[name]
    value = function.compute(graph, graph.instructions([node for _, _, node in roots]))
    for array, row, node in roots:
        result = function.add(value(node), function.load("%more_", row)) if adds else value(node)
        function.store(result, f"%{array}", row)
    return function.text()


def _solve(program: Program) -> str:
    """Print the substitutions: (shift - Jacobian) x = rhs, in place."""
    function, slots = VectorFunction("solve", ["lu_", "rhs_"]), program.slots
    place = {state: at for at, state in enumerate(program.layout.states)}
    have: dict[str, str] = {}

    def x(state: str) -> str:
        if state not in have:
            have[state] = function.load("%rhs_", place[state])
        return have[state]

    def take_off(target: str, entry: tuple[str, str], source: str) -> None:
        have[target] = function.fma(function.negate(function.load("%lu_", slots[entry])), x(source), x(target))

    for pivot, rows, _ in program.elimination.pivots:
        for i in rows:
            take_off(i, (i, pivot), pivot)
    for pivot, _, columns in reversed(program.elimination.pivots):
        for j in columns:
            take_off(pivot, (pivot, j), j)
        have[pivot] = function.multiply(x(pivot), function.load("%lu_", slots[pivot, pivot]))
        function.store(have[pivot], "%rhs_", place[pivot])
    return function.text()
