"""Which states set the step: their shares of the squared error estimate, by kind of segment."""

from __future__ import annotations

import numpy as np

import bfrsim.solve.stepper as control
from benchmarks.problems import Problem

MOST = 3  # states named for each kind


def error_shares(problem: Problem, rtol: float = 1e-6) -> dict[str, np.ndarray]:
    """Return for each kind of segment the share of each state, (N,), summed over its accepted steps.

    The step loop is that of `solve/stepper.py` without events, written out here because it tells no single errors.
    """
    functions, names = problem.kernel.functions, problem.kernel.layout.states
    count, atol = len(names), problem.atol(rtol)
    const, lu = np.empty(len(problem.kernel.layout.constants)), np.empty(functions.N_FACTORS)
    stages, state, following = np.empty((functions.N_STAGES, count)), problem.start.copy(), np.empty(count)
    sums: dict[str, np.ndarray] = {}
    for label, duration, inputs in zip(problem.labels, problem.duration, problem.inputs, strict=True):
        functions.hoist(problem.params, inputs, const)
        shares = sums.setdefault(label, np.zeros(count))
        spent, h, last_error = 0.0, control.FIRST_STEP, 1.0
        while spent < duration:
            step = min(h, duration - spent)
            functions.attempt(state, const, step, stages, lu, following)
            scaled = stages[-1] / (atol + rtol * np.maximum(np.abs(state), np.abs(following)))
            error = float(np.sqrt(np.mean(scaled * scaled)))
            if not error <= 1.0:
                h = step * max(control.SHRINK, control.SAFETY * error ** (-1.0 / functions.ORDER))
                continue
            shares += scaled * scaled / max(float(np.sum(scaled * scaled)), 1e-300)
            state, following = following, state
            spent = duration if step >= duration - spent else spent + step
            error = max(error, 1e-10)
            grown = error ** (-control.PROPORTIONAL / functions.ORDER) * last_error ** (
                control.INTEGRAL / functions.ORDER
            )
            h = step * max(control.SHRINK, min(control.GROW, control.SAFETY * grown))
            last_error = max(error, 1e-4)
    return sums


def largest(names: tuple[str, ...], shares: np.ndarray) -> str:
    """Name the states with the largest shares."""
    order, total = np.argsort(-shares)[:MOST], max(float(shares.sum()), 1e-300)
    return ", ".join(f"{names[k]} {shares[k] / total:.0%}" for k in order)
