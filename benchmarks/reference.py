"""Tight references: our solver at rtol 1e-11, checked against SciPy's Radau at 1e-10; or published digits."""

from __future__ import annotations

import numpy as np

from benchmarks.problems import Problem, ours
from benchmarks.solvers import SOLVERS

TIGHT, CHECK = 1e-11, 1e-10


def reference(problem: Problem, check: bool) -> tuple[np.ndarray, str]:
    """Return the answer to measure by, and a sentence on how far it can be trusted."""
    tight, _ = ours(problem, TIGHT)
    assert tight is not None
    if problem.digits is not None:
        error = problem.error(tight, problem.digits)
        return problem.digits, f"Reference: published digits; ours at rtol {TIGHT:.0e} differs by {error:.1e}."
    sentence = f"Reference: ours at rtol {TIGHT:.0e}"
    if not check:
        return tight, f"{sentence} (the section on peers checks it)."
    try:
        other, _ = SOLVERS["scipy_radau"].make(problem)(CHECK)
    except RuntimeError as failure:
        return tight, f"{sentence}; SciPy Radau at {CHECK:.0e} failed: {failure}."
    return tight, f"{sentence}; SciPy Radau at {CHECK:.0e} differs by {problem.error(other, tight):.1e}."
