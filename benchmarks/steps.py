"""Where steps and time go: the twelve weeks by kind of segment."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.error_shares import error_shares, largest
from benchmarks.problems import Problem
from benchmarks.results import table
from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.run import Request, run

COPIES = {"numba": 16, "lanes": 64}  # of the person, so that the cost of a call is spread


def steps_by_kind(problem: Problem, rtol: float = 1e-6) -> str:
    """Return a table of segments, steps and time for each kind of segment, and of the states that set the steps."""
    scalar = _sums(problem, problem.kernel, rtol)
    vector = _sums(problem, load_kernel(problem.system, "lanes"), rtol)
    whole, whole_vector = sum(scalar.values()), sum(vector.values())
    shares, names = error_shares(problem, rtol), problem.kernel.layout.states
    lines = [
        [*_line(label, scalar[label], vector[label], whole_vector), largest(names, shares[label])]
        for label in sorted(vector, key=lambda label: -vector[label][4])
    ]
    lines.append([*_line("all", whole, whole_vector, whole_vector), ""])
    head = ["kind", "segments", "hours", "steps", "refused", "steps each", "ms numba", "ms lanes", "share of lanes"]
    return f"### {problem.name}\n\n{table([*head, 'set by'], lines)}"


def section(problems: list[Problem]) -> str:
    """Return the section of the results."""
    note = (
        "rtol 1e-6; integrated segment by segment (more calls than in one run), processor time per person. Set by: the"
        " states with the largest shares of the squared error estimate, which decides how long steps are."
    )
    return "\n\n".join(["## Steps by kind of segment", note, *(steps_by_kind(problem) for problem in problems)])


def _sums(problem: Problem, kernel: Kernel, rtol: float) -> dict[str, np.ndarray]:
    """Return for each kind of segment: how many, seconds, steps taken, steps refused, ms per person."""
    copies, nothing = COPIES[kernel.backend], np.empty(0, dtype=np.int64)
    params, states = np.tile(problem.params, (copies, 1)), np.tile(problem.start, (copies, 1))
    sums: dict[str, np.ndarray] = {}
    for s, label in enumerate(problem.labels):
        start = time.process_time()
        outcome = run(
            kernel, params, states, problem.segments(slice(s, s + 1)), Request(np.empty(0), nothing, nothing),
            rtol=rtol, atol=problem.atol(rtol),
        )  # fmt: skip
        spent = (time.process_time() - start) / copies * 1e3
        states = outcome.states
        taken, refused = outcome.counts[0, :2]
        sums.setdefault(label, np.zeros(5))
        sums[label] += (1, problem.duration[s], taken, refused, spent)
    return sums


def _line(label: str, scalar: np.ndarray, vector: np.ndarray, whole: np.ndarray) -> list[str]:
    count, seconds, taken, refused, spent = vector
    return [label, f"{count:.0f}", f"{seconds / 3600:.1f}", f"{taken:,.0f}", f"{refused:,.0f}", f"{taken / count:.1f}",
            f"{scalar[4]:.1f}", f"{spent:.1f}", f"{100 * spent / whole[4]:.1f} %"]  # fmt: skip
