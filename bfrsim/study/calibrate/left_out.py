"""The constants fitted again without each cohort, in the linear model of the fit: normal equations, solved once each.

Slopes and predictions are those at the best constants, so no cohort is simulated again here; what a cohort itself
published does not enter its set. What such a set predicts for its cohort is simulated in full by ``bfrsim validate
trials``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.calibrate.fit import Fit

Floats = NDArray[np.float64]


def information(fit: Fit, kept: NDArray[np.bool_] | None = None) -> Floats:
    """Return what rows and priors tell of the constants, (P, P) [1/SD**2]: the inverse of their covariance."""
    kept = np.ones(len(fit.predicted), dtype=bool) if kept is None else kept
    jacobian = fit.jacobian[kept]
    found: Floats = jacobian.T @ (fit.problem.weights[kept, None] * jacobian) + np.eye(len(fit.scores))
    return found


def without(fit: Fit) -> dict[str, Floats]:
    """Return cohort -> scores, (P,), of the constants fitted to all rows but its own."""
    found = {}
    for cohort in fit.problem.cohorts:
        kept = ~fit.problem.of_cohort(cohort)
        misses = fit.predicted[kept] - fit.problem.published[kept]
        gradient = fit.jacobian[kept].T @ (fit.problem.weights[kept] * misses) + fit.scores
        found[cohort] = fit.scores - np.linalg.solve(information(fit, kept), gradient)
    return found
