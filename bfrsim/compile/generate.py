"""Program -> the text of a model's functions in plain Python: readable, byte-stable, without Numba in it.

The functions are `hoist`, `rates`, `observe`, `jacobian`, `factor`, `solve`, `margins`, `references`, `initial`.
"""

from __future__ import annotations

import inspect

import bfrsim.language.smooth as smooth
from bfrsim.compile.printing import to_text
from bfrsim.compile.program import DAILY, Function, Layout, Program, Store, build_program
from bfrsim.compile.statements import Statement, names_used
from bfrsim.language.join import System
from bfrsim.language.tree import names_in

IMPORTS = "from math import atan, exp, log, sqrt, tan, tanh"


def generate_model(system: System) -> tuple[str, Layout]:
    """Return the text of the model's functions, and the layout of the arrays they read and write."""
    program = build_program(system)
    layout, stops = program.layout, list(program.stops_run)
    sizes = [
        f"N_STATES = {len(layout.states)}",
        f"N_LINES = {len(layout.lines)}",
        f"N_CONSTANTS = {len(layout.constants)}",
        f"N_FACTORS = {len(program.slots)}",
        f"N_EVENTS = {len(stops)}",
        f"N_STOPS = {sum(stops)}",
        f"STOPS_RUN = np.array({stops}, dtype=np.bool_)",
    ]
    meaning = program.meaning.replace("\\", "\\\\")
    header = f'"""{program.name}: {meaning}. Generated from models/; edit those, not this."""'
    texts = {item.name: _function_text(item, layout) for item in program.functions}
    texts["hoist"], texts["solve"] = _hoist_text(program), _solve_text(program)
    order = ("hoist", "rates", "observe", "jacobian", "factor", "solve", "margins", "references", "initial")
    parts = [
        header,
        f"{IMPORTS}\n\nimport numpy as np\n\n" + "\n".join(sizes),
        kernel_source(smooth),
        *(texts[name] for name in order),
    ]
    return "\n\n\n".join(parts) + "\n", layout


def kernel_source(module: object) -> str:
    """Return the part of a module's source that belongs into generated files: all below its mark."""
    source = inspect.getsource(module)  # type: ignore[arg-type]
    return source.split("# --- kernel text below ---\n", 1)[-1].strip()


def _function_text(function: Function, layout: Layout) -> str:
    """Load what is read, compute, store; nothing is read through an array twice."""
    wanted = (*names_used(function.body), *(n for store in function.stores for n in names_in(store.value)))
    used = list(dict.fromkeys(wanted))
    lines = [f"    {name} = state_[{layout.states.index(name)}]" for name in used if name in layout.states]
    lines += [f"    {name} = const_[{layout.constants.index(name)}]" for name in used if name in layout.constants]
    lines += [
        f"    {name} = daily_[{layout.states.index(name.removeprefix(DAILY))}]"
        for name in used
        if name.startswith(DAILY)
    ]
    lines += [_assignment(statement) for statement in function.body]
    lines += [_store(store) for store in function.stores]
    return _with_head(function, lines)


def _with_head(function: Function, lines: list[str]) -> str:
    head = f"def {function.name}({', '.join(function.arguments)}):"
    return "\n".join([head, f'    """{function.meaning}"""', *(lines or ["    pass"])])


def _assignment(statement: Statement) -> str:
    text = f"    {statement.name} = {to_text(statement.value)}"
    return f"{text}  # {statement.origin}" if statement.origin else text


def _store(store: Store) -> str:
    row = "" if store.row is None else f"[{store.row}]"
    return f"    {store.array}{row}[{store.index}] = {to_text(store.value)}"


def _hoist_text(program: Program) -> str:
    function, layout = program.function("hoist"), program.layout
    parameters, inputs = len(layout.parameters), len(layout.inputs)
    lines = [f"    for k in range({parameters}):", "        const_[k] = param_[k]"] if parameters else []
    lines += [f"    for k in range({inputs}):", f"        const_[{parameters} + k] = input_[k]"] if inputs else []
    copied = (*layout.parameters, *layout.inputs)
    used = names_used(function.body)
    lines += [f"    {name} = const_[{layout.constants.index(name)}]" for name in used if name in copied]
    lines += [_assignment(statement) for statement in function.body]
    lines += [_store(store) for store in function.stores]
    return _with_head(function, lines)


def _solve_text(program: Program) -> str:
    slots, states = program.slots, program.layout.states
    lines = [f"    x_{state} = rhs_[{at}]" for at, state in enumerate(states)]
    for pivot, rows, _ in program.elimination.pivots:
        lines += [f"    x_{i} = x_{i} - lu_[{slots[i, pivot]}] * x_{pivot}" for i in rows]
    for pivot, _, columns in reversed(program.elimination.pivots):
        rest = "".join(f" - lu_[{slots[pivot, j]}] * x_{j}" for j in columns)
        sum_text = f"(x_{pivot}{rest})" if rest else f"x_{pivot}"
        lines.append(f"    x_{pivot} = {sum_text} * lu_[{slots[pivot, pivot]}]")
    lines += [f"    rhs_[{at}] = x_{state}" for at, state in enumerate(states)]
    doc = "Solve (shift - Jacobian) x = rhs in place, with the factors."
    return "\n".join(["def solve(lu_, rhs_):", f'    """{doc}"""', *lines])
