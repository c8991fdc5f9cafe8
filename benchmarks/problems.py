"""The problems: one person, a table of segments, and the times at which answers are compared."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks import study
from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.people import parameter_table
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.segments import compile_timeline, habitual_day
from bfrsim.simulation import ATOL_SHARE, as_segments
from bfrsim.solve.habitual import habitual_state
from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.run import Request, Segments, run

SCENARIO = "bfr_knee_extension"
ROOT = Path(__file__).resolve().parent.parent
STRICT = 1e-9  # start of a problem, and the ends of its sets
SUITE = {  # name -> file of digits, times
    "hires": ("hir_exact.txt", (321.8122, 421.8122)),
    "orego": ("ore_exact.txt", tuple(30.0 * k for k in range(1, 13))),
    "e5": ("e5_exact.txt", tuple(10.0**k for k in (1, 3, 5, 7, 9, 11, 13))),
    "vdpol": ("vdp_exact.txt", tuple(float(k) for k in range(1, 12))),
}
# Absolute tolerance of E5 at rtol 1e-6 as published with it (1.7e-24, Hairer & Wanner IV.10): its answers end at 1e-22.
SIZES = {"e5": 1.7e-17}
STUDY = {"study_session": study.session, "study_twelve_weeks": study.programme}
NAMES = ("bfr_session", "bfr_twelve_weeks", *STUDY, *SUITE)
LARGE = ("bfr_twelve_weeks", "study_twelve_weeks")


class Missing(Exception):
    """What a problem or a solver needs is not on this machine; the text says what."""


@dataclass(frozen=True, eq=False)
class Problem:
    """An initial value problem in segments of constant input; nothing ends a segment early.

    Attributes
    ----------
    params, start, sizes : (P,), (N,), (N,)
    duration, inputs : (S,) in s, (S, I)
    marks : S arrays of times within their segment at which answers are compared; the last is its end.
    labels : S kinds of segment.
    digits : (sum of marks, N) published answers, or None.
    """

    name: str
    system: System
    kernel: Kernel
    params: np.ndarray
    start: np.ndarray
    sizes: np.ndarray
    duration: np.ndarray
    inputs: np.ndarray
    marks: tuple[np.ndarray, ...]
    labels: tuple[str, ...]
    digits: np.ndarray | None = None

    def atol(self, rtol: float) -> np.ndarray:
        return ATOL_SHARE * rtol * self.sizes

    def segments(self, rows: Iterable[int] | slice = slice(None)) -> Segments:
        """Return the table for our own solver: no session is watched, no event ends anything."""
        duration = self.duration[rows]
        nothing = np.zeros(len(duration), dtype=np.int64)
        return Segments(duration, np.full(len(duration), np.inf), nothing, self.inputs[rows], nothing - 1)

    def constants(self, segment: int) -> np.ndarray:
        const = np.empty(len(self.kernel.layout.constants))
        self.kernel.functions.hoist(self.params, self.inputs[segment], const)
        return const

    def clock_marks(self) -> np.ndarray:
        began = np.concatenate([[0.0], np.cumsum(self.duration)[:-1]])
        return np.concatenate([start + marks for start, marks in zip(began, self.marks, strict=True)])

    def error(self, answer: np.ndarray, reference: np.ndarray) -> float:
        """Return the largest difference in the unit of the tolerance: the value itself plus a tenth of its size."""
        with np.errstate(all="ignore"):
            scaled = np.abs(answer - reference) / (np.abs(reference) + ATOL_SHARE * self.sizes)
        return float(np.max(scaled)) if np.all(np.isfinite(scaled)) else float("inf")


def ours(
    problem: Problem, rtol: float, *, kernel: Kernel | None = None, people: int = 1, threads: int = 1, save: bool = True
) -> tuple[np.ndarray | None, int]:
    """Return our own answer at the marks, and the steps taken; by the problem's kernel if no other is given."""
    count = len(problem.start)
    times = problem.clock_marks() if save else np.empty(0)
    request = Request(times, np.arange(count if save else 0), np.empty(0, dtype=np.int64))
    params, states = np.tile(problem.params, (people, 1)), np.tile(problem.start, (people, 1))
    outcome = run(
        kernel or problem.kernel, params, states, problem.segments(), request,
        rtol=rtol, atol=problem.atol(rtol), threads=threads,
    )  # fmt: skip
    if np.any(outcome.status):
        raise RuntimeError(f"status {outcome.status.max()}")
    answer = outcome.saved[0] if save else None
    if answer is not None:
        answer[-1] = outcome.states[0]
    return answer, int(outcome.counts[0, 0])


@cache
def problem(name: str) -> Problem:
    """Return a problem by its name.

    Raises
    ------
    Missing
        If the model or the digits of a suite problem are not here.
    """
    if name in SUITE:
        return _suite(name)
    if name in STUDY:
        return _study(name)
    whole = _twelve_weeks()
    return _session(whole) if name == "bfr_session" else whole


def _sizes(system: System) -> np.ndarray:
    return np.array([state.size or 1.0 for state in system.states])


@cache
def _twelve_weeks() -> Problem:
    system = read_system(models_folder() / "bfr.bfr")
    scenario, kernel, sizes = read_scenario(SCENARIO), load_kernel(system), _sizes(system)
    timeline, atol = compile_timeline(scenario), ATOL_SHARE * STRICT * sizes
    habitual = habitual_state(
        kernel, system, parameter_table(system, scenario), as_segments(habitual_day(scenario), system),
        rtol=STRICT, atol=atol,
    )  # fmt: skip
    table, nothing = as_segments(timeline, system), np.empty(0, dtype=np.int64)
    request = Request(np.empty(0), nothing, nothing)
    outcome = run(kernel, habitual.params, habitual.states, table, request, rtol=STRICT, atol=atol)
    if np.any(outcome.status):
        raise RuntimeError(f"{SCENARIO} cannot be integrated: status {outcome.status[0]}")
    # Sets last as long as our solver found them to last, so that solvers without events can join.
    duration = np.diff(np.concatenate([[0.0], outcome.ends[0]]))
    keep = duration > 1e-6
    labels = tuple(label for label, kept in zip(timeline.label, keep, strict=True) if kept)
    duration = duration[keep]
    return Problem(
        "bfr_twelve_weeks", system, kernel, habitual.params[0], habitual.states[0], sizes,
        duration, table.inputs[keep], tuple(duration[:, None]), labels,
    )  # fmt: skip


def _session(whole: Problem) -> Problem:
    first = whole.labels.index("inflation") if "inflation" in whole.labels else whole.labels.index("set")
    beyond = whole.labels.index("recovery", first) + 1
    request = Request(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    outcome = run(
        whole.kernel, whole.params[None], whole.start[None], whole.segments(slice(first)), request,
        rtol=STRICT, atol=whole.atol(STRICT),
    )  # fmt: skip
    part = slice(first, beyond)
    return Problem(
        "bfr_session", whole.system, whole.kernel, whole.params, outcome.states[0], whole.sizes,
        whole.duration[part], whole.inputs[part], whole.marks[part], whole.labels[part],
    )  # fmt: skip


def _suite(name: str) -> Problem:
    file, times = SUITE[name]
    found = sorted((ROOT / "tests" / "data").rglob(f"{name}.bfr"))
    if not found:
        raise Missing(f"there is no {name}.bfr under tests/data")
    digits = Path(os.environ.get("BFRSIM_SUITES", ROOT / ".." / "shared" / "suites")) / "stiff" / file
    if not digits.is_file():
        raise Missing(f"the stiff test set is not at hand: {file} is not in the folder stiff/ of BFRSIM_SUITES")
    system, marks = read_system(found[0]), np.array(times)
    kernel, inputs = load_kernel(system), np.zeros((1, len(system.inputs)))
    params, start = _as_declared(system, kernel, inputs[0])
    sizes = np.full(len(start), SIZES[name]) if name in SIZES else _sizes(system)
    values = np.array([float(text.replace("D", "e")) for text in digits.read_text(encoding="utf-8").split()])
    columns = [system.outputs.index(state) for state in kernel.layout.states]  # in e5 one column of digits is a line
    return Problem(
        name, system, kernel, params, start, sizes, marks[-1:], inputs, (marks,), ("free",),
        values.reshape(len(marks), len(system.outputs))[:, columns],
    )  # fmt: skip


def _study(name: str) -> Problem:
    duration, inputs, kinds = study.arrays(STUDY[name]())
    system = read_system(study.MODEL)
    kernel = load_kernel(system)
    params, start = _as_declared(system, kernel, inputs[0])
    return Problem(
        name, system, kernel, params, start, _sizes(system), duration, inputs, tuple(duration[:, None]), kinds
    )  # fmt: skip


def _as_declared(system: System, kernel: Kernel, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of parameters, and the initial state."""
    params = np.array([_number(item.value) for item in system.parameters])
    const, start = np.empty(len(kernel.layout.constants)), np.zeros(len(system.states))
    kernel.functions.hoist(params, inputs, const)
    kernel.functions.initial(const, start)
    return params, start


def _number(node) -> float:
    return -node.operand.value if hasattr(node, "operand") else node.value
