"""The pieces of one step on vector lanes, each called alone many times on a state of the problem."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np

from benchmarks.operations import functions_of
from benchmarks.peak import KIND, aligned, least_seconds
from benchmarks.problems import Problem
from bfrsim.compile.program import build_program
from bfrsim.solve.lanes.advance import Stepper
from bfrsim.solve.lanes.load import lanes_text
from bfrsim.solve.lanes.machine import host, lanes_of, load_code
from bfrsim.solve.lanes.rows import CONTROL, Rows
from bfrsim.solve.lanes.vector import Value, VectorFunction
from bfrsim.solve.rodas5p import RODAS5P

ELEMENTARY = ("exp", "log", "tan", "tanh", "atan")
PIECES = ("rates", "factor", "solve", "control")  # control: stage sums, error norm, step control
REPEATS = 200  # of a piece in one burst
FOREVER = 1e18  # s


@dataclass(frozen=True)
class Pieces:
    """Text of a kernel with functions that repeat one piece; `rows` says where its memory holds what.

    `replaced` counts the calls of exp, log, tan ... that became one fma, by (function, name).
    """

    text: str
    rows: Rows
    replaced: Counter[tuple[str, str]]


def pieces_of(problem: Problem, *, elementary: bool = True) -> Pieces:
    """Return the problem's kernel; with every exp, log, tan ... as one fma if they are not wanted."""
    program, replaced = build_program(problem.system), Counter[tuple[str, str]]()

    def cheap(name: str) -> Callable[[VectorFunction, Value], str]:
        def one(function: VectorFunction, x: Value) -> str:
            replaced[function.name, name] += 1
            return function.fma(x, 0.5, 0.25)

        return one

    cheaper = patch.multiple(VectorFunction, **{name: cheap(name) for name in ELEMENTARY})
    with nullcontext() if elementary else cheaper:
        text, rows = lanes_text(program, RODAS5P)
    advance = functions_of(text)["advance"].replace("@advance(", "@repeat_control(")
    alone = re.sub(r"\n  call void @(rates|factor|solve)\(.*", "", advance)
    return Pieces("\n".join([text, _repeat_calls(rows), alone]), rows, replaced)


def _repeat_calls(rows: Rows) -> str:
    calls = {
        "rates": lambda f: f.run("rates", *(f.at(block) for block in ("next", "const", "more", "stages"))),
        "factor": lambda f: f.run(
            "factor", f.at("state"), f.at("const"), f.control("shift"), f.at("stages"), f.at("factors")
        ),
        "solve": lambda f: f.run("solve", f.at("factors"), f.at("stages")),
    }
    texts = []
    for name, call in calls.items():
        function = Stepper(f"repeat_{name}", rows)
        function.loop("%count", lambda _k, _t, call=call, function=function: call(function))
        texts.append(function.text())
    return "\n".join(texts)


def time_pieces(problem: Problem, pieces: Pieces) -> dict[str, float]:
    """Return nanoseconds of one call of each piece, for all lanes together."""
    names = ("start", *(f"repeat_{name}" for name in PIECES))
    lanes = lanes_of(host())
    code = load_code(pieces.text, names, host(), lanes)
    calls = {name: KIND(code.addresses[name]) for name in names}
    memory = _memory(problem, pieces.rows, lanes)
    at = memory.ctypes.data
    calls["start"](at, 0, 0)
    found = {}
    for name in PIECES[:-1]:
        seconds = least_seconds(lambda name=name: calls[f"repeat_{name}"](at, 0, REPEATS))
        found[name] = 1e9 * seconds / REPEATS

    def steps() -> None:
        _ready_to_step(memory, pieces.rows, len(problem.start))
        calls["repeat_control"](at, 0, 0)

    steps()
    if np.any(memory[CONTROL.index("taken")] != REPEATS):
        raise RuntimeError("the step loop alone did not take the steps it was to take")
    found["control"] = 1e9 * least_seconds(steps) / REPEATS
    return found


def _memory(problem: Problem, rows: Rows, lanes: int) -> np.ndarray:
    """Return a group's memory with the person in every lane, within the first set."""
    memory = aligned(rows.watched * lanes).reshape(-1, lanes)
    segment = problem.labels.index("set") if "set" in problem.labels else 0
    blocks = {
        rows.state: problem.start,
        rows.next: problem.start,
        rows.const: problem.params,
        rows.const + len(problem.params): problem.inputs[segment],
    }
    for first, values in blocks.items():
        memory[first : first + len(values)] = values[:, None]
    memory[CONTROL.index("shift")] = 1.0 / RODAS5P.gamma
    return memory


def _ready_to_step(memory: np.ndarray, rows: Rows, states: int) -> None:
    """Let the step loop take REPEATS steps: its stages stay as they are, and their error keeps the step as it is."""
    last = rows.stages + (len(RODAS5P.A) - 1) * states
    memory[rows.tolerance : rows.tolerance + states] = 1.0
    memory[last : last + states] = 0.1727  # 0.9 * error**-0.06 = 1: neither longer nor shorter
    given = {"spent": 0.0, "length": FOREVER, "h": 1.0, "last_error": 0.1727, "active": 1.0, "accepted": 0.0,
             "taken": 0.0, "refused": 0.0, "budget": float(REPEATS), "next_save": np.inf, "rtol": 0.0}  # fmt: skip
    for name, value in given.items():
        memory[CONTROL.index(name)] = value
