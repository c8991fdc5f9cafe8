"""Penalised least squares by SciPy, from several starts, with slopes by differences of sets simulated together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.calibrate.problem import Effort, Problem, Share, predict

Floats = NDArray[np.float64]
Told = Callable[[str], None]

STEP = 0.1  # SDs of the prior: far above the error of a simulation, and small against how predictions bend
ENOUGH = 1e-3  # a search rests when a step lowers the cost by less than this share, or is shorter than CLOSE
CLOSE = 0.01  # SDs of the prior, relative to the length of the scores
START_SD = 0.7  # of the further starts, in SDs of the prior


@dataclass(frozen=True)
class Search:
    """How the best constants are looked for.

    Attributes
    ----------
    effort : of the fit that counts.
    slope_people : people of an arm from whom slopes are taken, and with whom further starts are searched.
    starts : searches; the first begins at the model's own values, the others at random.
    rounds : evaluations of a search at most.
    seed : of the random starts.
    """

    effort: Effort
    slope_people: int = 1
    starts: int = 3
    rounds: int = 8
    seed: int = 20260101

    @property
    def slopes(self) -> Effort:
        """The effort with which slopes are taken."""
        return replace(self.effort, people=min(self.slope_people, self.effort.people))


@dataclass(frozen=True)
class Start:
    """A search: where it began, where it came to, and the cost there, with the people of the slopes."""

    begin: Floats
    end: Floats
    cost_begin: float
    cost_end: float
    rounds: int
    rested: bool


@dataclass(frozen=True)
class Fit:
    """The best constants.

    Attributes
    ----------
    scores : (P,) of the constants, in SDs of their priors.
    predicted : (R,) with these [%].
    jacobian : (R, P) slopes of the predictions there [% per SD of the prior].
    predicted_start : (R,) with the model's own values [%].
    starts : searches that were made, the first from the model's own values.
    """

    problem: Problem
    search: Search
    scores: Floats
    predicted: Floats
    predicted_start: Floats
    jacobian: Floats
    starts: tuple[Start, ...]

    @property
    def cost(self) -> float:
        """Half the penalised sum of squares."""
        return cost(self.problem, self.scores, self.predicted)

    @property
    def cost_start(self) -> float:
        """The same with the model's own values."""
        return cost(self.problem, self.problem.start, self.predicted_start)


def cost(problem: Problem, scores: Floats, predicted: Floats) -> float:
    """Return half the weighted sum of squared misses and of squared scores."""
    misses = problem.weights * (predicted - problem.published) ** 2
    return 0.5 * float(misses.sum() + (scores**2).sum())


def fit(problem: Problem, search: Search, announce: Told, share: Share | None = None) -> Fit:
    """Find the constants with the least penalised sum of squares.

    Parameters
    ----------
    announce : told what is searched, and what it came to.
    share : told the part of an evaluation that is done.

    Raises
    ------
    SimulationError
        If nobody of an arm can be simulated.
    """
    starts = [problem.start]
    random = np.random.default_rng(search.seed)
    starts += [START_SD * random.standard_normal(len(problem.constants)) for _ in range(search.starts - 1)]
    tried = []
    for number, begin in enumerate(starts, start=1):
        told = _named(announce, f"search {number} of {len(starts)}")
        tried.append(_least(problem, search, search.slopes, begin, told, share))
    scores = min(tried, key=lambda start: start.cost_end).end
    if search.effort.people > search.slopes.people:
        scores = _least(problem, search, search.effort, scores, _named(announce, "all people"), share).end
    announce("slopes at the best constants")
    predicted = predict(problem, np.array([scores, problem.start]), search.effort, share)
    jacobian = slopes(problem, scores, search.slopes, share)
    return Fit(problem, search, scores, predicted[0], predicted[1], jacobian, tuple(tried))


def slopes(problem: Problem, scores: Floats, effort: Effort, share: Share | None = None) -> Floats:
    """Return the slope of each prediction in each constant, (R, P) [% per SD of the prior]."""
    count = len(scores)
    sets = np.vstack([scores, scores + STEP * np.eye(count)])
    found = predict(problem, sets, effort, share)
    return (found[1:] - found[0]).T / STEP


def _least(problem: Problem, search: Search, effort: Effort, begin: Floats, told: Told, share: Share | None) -> Start:
    """Return where a search from `begin` comes to rest, with the people of `effort`."""
    from scipy.optimize import least_squares

    root, costs = np.sqrt(problem.weights), list[float]()

    def residuals(scores: Floats) -> Floats:
        predicted = predict(problem, scores[None, :], effort, share)[0]
        costs.append(cost(problem, scores, predicted))
        told(f"evaluation {len(costs)}, cost {costs[-1]:.3f}")
        return np.concatenate([root * (predicted - problem.published), scores])

    def jacobian(scores: Floats) -> Floats:
        return np.vstack([root[:, None] * slopes(problem, scores, search.slopes, share), np.eye(len(scores))])

    found = least_squares(residuals, begin, jacobian, ftol=ENOUGH, xtol=CLOSE, gtol=None, max_nfev=search.rounds)
    return Start(begin, found.x, costs[0], float(found.cost), len(costs), bool(found.status > 0))


def _named(announce: Told, name: str) -> Told:
    """Return what tells with a name and the time since now before each message."""
    since = time.monotonic()
    return lambda message: announce(f"{name}, {time.monotonic() - since:.0f} s: {message}")
