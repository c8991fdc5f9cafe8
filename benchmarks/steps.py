"""Where steps and time go: the twelve weeks by kind of segment."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.problems import Problem
from benchmarks.results import table
from bfrsim.solve.run import Request, run

COPIES = 16  # of the person, so that the cost of a call is spread


def steps_by_kind(problem: Problem, rtol: float = 1e-6) -> str:
    """Return a table of segments, steps and time for each kind of segment."""
    request = Request(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    params, states = np.tile(problem.params, (COPIES, 1)), np.tile(problem.start, (COPIES, 1))
    sums: dict[str, np.ndarray] = {}
    for s, label in enumerate(problem.labels):
        start = time.perf_counter()
        outcome = run(
            problem.kernel, params, states, problem.segments(slice(s, s + 1)), request,
            rtol=rtol, atol=problem.atol(rtol),
        )  # fmt: skip
        spent = (time.perf_counter() - start) / COPIES * 1e3
        states = outcome.states
        taken, refused = outcome.counts[0, :2]
        sums.setdefault(label, np.zeros(5))
        sums[label] += (1, problem.duration[s], taken, refused, spent)
    total = sum(sums.values())
    lines = [_line(label, row, total) for label, row in sorted(sums.items(), key=lambda item: -item[1][4])]
    head = ["kind", "segments", "hours", "steps", "refused", "steps each", "ms", "share of time"]
    text = table(head, [*lines, _line("all", total, total)])
    return f"## Steps by kind of segment\n\nTwelve weeks, rtol {rtol:.0e}, {COPIES} copies of the person.\n\n{text}"


def _line(label: str, row: np.ndarray, total: np.ndarray) -> list[str]:
    count, seconds, taken, refused, spent = row
    return [label, f"{count:.0f}", f"{seconds / 3600:.1f}", f"{taken:,.0f}", f"{refused:,.0f}", f"{taken / count:.1f}",
            f"{spent:.1f}", f"{100 * spent / total[4]:.1f} %"]  # fmt: skip
