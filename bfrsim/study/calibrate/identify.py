"""How well rows tell the constants: covariance, jackknife over cohorts, correlations, and a profile of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.calibrate.fit import Fit, cost
from bfrsim.study.calibrate.left_out import information
from bfrsim.study.calibrate.problem import Share, predict

Floats = NDArray[np.float64]

GRID = (-2.0, -1.0, 1.0, 2.0)  # SDs of the posterior at which a profile is computed
KNOWN, HINTED = 0.5, 0.85  # SD of the posterior over that of the prior: below, rows tell the constant, or hint at it
ALIKE = 0.7  # two constants whose correlation is beyond this are told together, hardly apart


@dataclass(frozen=True)
class Identified:
    """What is known of the constants; scores are in SDs of the priors.

    Attributes
    ----------
    covariance : (P, P) of the scores, from slopes, weights and priors.
    jackknife : (P,) SD of the scores, from the fits without each cohort.
    profile : (P, G) least rise of the cost with the constant held at each place of the grid: the other constants are
        moved to where the linear model has its least, and the cost there is that of the simulated programmes. Empty,
        (P, 0), where it was not asked for.
    spread : (R,) SD that the constants give each prediction [%].
    """

    covariance: Floats
    jackknife: Floats
    profile: Floats
    spread: Floats

    @property
    def sd(self) -> Floats:
        """SD of each score, which is also its ratio to the SD of the prior, (P,)."""
        found: Floats = np.sqrt(np.diag(self.covariance))
        return found

    @property
    def correlation(self) -> Floats:
        """Correlations of the constants, (P, P)."""
        found: Floats = self.covariance / np.outer(self.sd, self.sd)
        return found

    def verdict(self, at: int) -> str:
        """Return in words how well rows tell a constant."""
        ratio = self.sd[at]
        return "told by the rows" if ratio < KNOWN else "hinted at" if ratio < HINTED else "left to its prior"

    def partners(self, at: int) -> list[int]:
        """Return the constants that can hardly be told apart from one."""
        return [other for other, r in enumerate(self.correlation[at]) if other != at and abs(r) > ALIKE]


def identify(fit: Fit, again: Mapping[str, Floats], *, profiled: bool, share: Share | None = None) -> Identified:
    """Return how well the constants are known.

    Parameters
    ----------
    again : cohort -> scores of the constants fitted without it.
    profiled : whether profiles are simulated.
    """
    covariance = np.asarray(np.linalg.inv(information(fit)), dtype=float)
    sets = np.array(list(again.values()))
    count = len(sets)
    jackknife = np.sqrt((count - 1) / count * ((sets - sets.mean(axis=0)) ** 2).sum(axis=0))
    spread = np.sqrt(np.einsum("rp,pq,rq->r", fit.jacobian, covariance, fit.jacobian))
    profile = _profile(fit, covariance, share) if profiled else np.empty((len(fit.scores), 0))
    return Identified(covariance, jackknife, profile, spread)


def _profile(fit: Fit, covariance: Floats, share: Share | None) -> Floats:
    """Return the rise of the cost along the line on which the linear model has its least for each held constant."""
    problem, sd = fit.problem, np.sqrt(np.diag(covariance))
    steps = np.array([place * covariance[:, at] / sd[at] for at in range(len(sd)) for place in GRID])
    sets = np.vstack([fit.scores, fit.scores + steps])
    found = predict(problem, sets, fit.search.slopes, share)
    there = fit.predicted + found - found[0]  # differences by the people of the slopes, from where all people stand
    costs = np.array([cost(problem, scores, predicted) for scores, predicted in zip(sets, there, strict=True)])
    return (costs[1:] - costs[0]).reshape(len(sd), len(GRID))
