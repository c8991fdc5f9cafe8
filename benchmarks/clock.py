"""Timing in interleaved rounds: each candidate once per round, one round unmeasured; a row for each.

Times are processor time of this process, which has one thread at work: what else runs on the machine changes it little.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from benchmarks.problems import Missing, Problem
from benchmarks.solvers import SOLVERS, Route
from bfrsim.simulation import ATOL_SHARE


@dataclass
class Candidate:
    """A solver at one tolerance, what it answered, and how long it took."""

    solver: str
    rtol: float
    route: Route | None = None
    note: str = ""
    answer: np.ndarray | None = None
    steps: int | None = None
    seconds: list[float] = field(default_factory=list)
    waited: float = 0.0  # s by the clock, in measured rounds

    def used(self) -> float:
        return float("inf") if self.route is None or self.note else self.waited

    def run(self) -> float:
        """Run once; return the seconds of processor time it took."""
        assert self.route is not None
        start = time.process_time()
        try:
            self.answer, self.steps = self.route(self.rtol)
        except Missing as missing:
            self.note = str(missing)
        except Exception as failure:  # a peer that cannot do it is a result too
            self.note = f"failed: {failure}".splitlines()[0][:100]
        return time.process_time() - start


def candidate(problem: Problem, solver: str, rtol: float, routes: dict[str, Route | str]) -> Candidate:
    """Return a candidate; `routes` keeps what was made, so that several tolerances share one route."""
    if solver not in routes:
        try:
            routes[solver] = SOLVERS[solver].make(problem)
        except Missing as missing:
            routes[solver] = str(missing)
    made = routes[solver]
    return Candidate(solver, rtol, note=made) if isinstance(made, str) else Candidate(solver, rtol, made)


def interleave(candidates: list[Candidate], rounds: int, budget: float, large: bool = False) -> None:
    """Run every candidate once per round; one that has used its budget of seconds rests after its first round.

    In a `large` problem, after which nothing is left to compile, a first run beyond the budget counts and is the only.
    """
    for round_ in range(-1, rounds):
        for each in candidates:
            if each.used() > budget:
                continue
            began = time.perf_counter()
            seconds = each.run()
            waited = time.perf_counter() - began
            if round_ >= 0 or (large and waited > budget):
                each.seconds.append(seconds)
                each.waited += waited


def rows_of(problem: Problem, candidates: list[Candidate], reference: np.ndarray) -> list[dict]:
    """Return one row for each candidate; a row without times says why in its note."""
    return [_row(problem, each, reference) for each in candidates]


def _row(problem: Problem, each: Candidate, reference: np.ndarray) -> dict:
    done = bool(each.seconds) and each.answer is not None and not each.note
    people = SOLVERS[each.solver].people
    times = [seconds * 1e3 / people for seconds in each.seconds]
    error = problem.error(each.answer, reference) if done else None
    return empty_row(problem.name, each.solver, each.rtol) | {
        "people": people,
        "ms_per_person": statistics.median(times) if done else None,
        "ms_min": min(times) if done else None,
        "ms_max": max(times) if done else None,
        "error": error if error is not None and np.isfinite(error) else None,
        "steps": each.steps,
        "note": each.note,
    }


def empty_row(problem: str, solver: str, rtol: float | None = None, note: str = "") -> dict:
    """Return a row with every key; `atol` is in units of each state's declared size."""
    return {
        "problem": problem,
        "solver": solver,
        "rtol": rtol,
        "atol": None if rtol is None else ATOL_SHARE * rtol,
        "people": 1,
        "ms_per_person": None,
        "ms_min": None,
        "ms_max": None,
        "error": None,
        "steps": None,
        "note": note,
    }


def by_solver(rows: list[dict], problem: str) -> Mapping[str, dict]:
    """Return the rows of one problem by solver."""
    return {row["solver"]: row for row in rows if row["problem"] == problem}
