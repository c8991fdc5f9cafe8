"""What the time of vector lanes hangs on: the same problem with other widths, people, tolerances and another method.

Measured in processor time of one thread, which other work on the machine changes least.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks.problems import Problem
from benchmarks.rodas4 import RODAS4
from benchmarks.solvers import COPIES
from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.lanes.load import load_lanes
from bfrsim.solve.lanes.machine import host, lanes_of
from bfrsim.solve.rodas5p import RODAS5P
from bfrsim.solve.run import Request, run
from bfrsim.solve.table import RosenbrockTable

SPREAD = 0.02  # of every parameter, where people differ


@dataclass
class Variant:
    """One way to run the problem, and how long it took; `answer` and `steps` are the first person's."""

    name: str
    kernel: Kernel
    people: int = COPIES
    rtol: float = 1e-6
    differ: bool = False
    saves: bool = True
    seconds: list[float] = field(default_factory=list)
    answer: np.ndarray | None = None
    attempts: float = 0.0
    steps: int = 0

    def run(self, problem: Problem) -> float:
        """Run once; return the seconds of processor time it took."""
        columns = np.arange(len(problem.start) if self.saves else 0)
        request = Request(problem.clock_marks() if self.saves else np.empty(0), columns, columns[:0])
        params, states = np.tile(problem.params, (self.people, 1)), np.tile(problem.start, (self.people, 1))
        if self.differ:
            params *= np.exp(np.random.default_rng(1).normal(0.0, SPREAD, params.shape))
        segments, atol = problem.segments(), problem.atol(self.rtol)
        start = time.process_time()
        outcome = run(self.kernel, params, states, segments, request, rtol=self.rtol, atol=atol)
        seconds = time.process_time() - start
        if np.any(outcome.status):
            raise RuntimeError(f"{self.name}: status {outcome.status.max()}")
        self.steps, self.attempts = int(outcome.counts[0, 0]), float(outcome.counts[:, :2].sum(axis=1).mean())
        if self.saves:
            self.answer = outcome.saved[0]
            self.answer[-1] = outcome.states[0]
        return seconds

    @property
    def ms(self) -> float:
        """Return the least time per person."""
        return 1e3 * min(self.seconds) / self.people


def variants_of(problem: Problem) -> list[Variant]:
    """Return the variants; the first is the one that the others are compared with."""
    lanes, width = load_kernel(problem.system, "lanes"), lanes_of(host())
    widths = [Variant(f"{w} lanes", _kernel(problem, RODAS5P, w)) for w in (2, 4, 8) if w != width]
    return [
        Variant(f"{width} lanes, {COPIES} copies", lanes),
        Variant("the same, nothing saved", lanes, saves=False),
        Variant(f"{COPIES} different people", lanes, differ=True),
        Variant("64 different people", lanes, people=64, differ=True),
        Variant("one person alone", lanes, people=1),
        *widths,
        Variant("rtol 1e-5", lanes, rtol=1e-5),
        Variant("rtol 1e-4", lanes, rtol=1e-4),
        Variant("Rodas4, rtol 1e-6", _kernel(problem, RODAS4, width)),
        Variant("Rodas4, rtol 1e-5", _kernel(problem, RODAS4, width), rtol=1e-5),
        Variant("scalar (`numba`), one person", problem.kernel, people=1),
    ]


def time_variants(problem: Problem, variants: list[Variant], rounds: int) -> None:
    """Run every variant once per round, one round unmeasured."""
    for round_ in range(-1, rounds):
        for variant in variants:
            seconds = variant.run(problem)
            if round_ >= 0:
                variant.seconds.append(seconds)


def _kernel(problem: Problem, table: RosenbrockTable, lanes: int) -> Kernel:
    found = load_lanes(problem.system, table, lanes=lanes)
    return Kernel(found, found.program.layout, "lanes", found.code.path, found.digest, found.compiled)
