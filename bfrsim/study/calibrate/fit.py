"""Penalised least squares by SciPy, from several starts, with slopes by differences of sets simulated together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

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
    slope_people : people of an arm from whom slopes are taken, and with whom several searches are compared.
    starts : searches; the first begins at the model's own values or where it is told to, the others at random.
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
    """A search: where it began, where it came to, and the cost there."""

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
    starts : searches that were made.
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


def fit(
    problem: Problem, search: Search, announce: Told, share: Share | None = None, begin: Floats | None = None
) -> Fit:
    """Find the constants with the least penalised sum of squares.

    Parameters
    ----------
    announce : told what is searched, and what it came to.
    share : told the part of an evaluation that is done.
    begin : (P,) scores at which the first search begins; those of the model's own values if omitted.

    Raises
    ------
    SimulationError
        If nobody of an arm can be simulated.
    """
    known, random = _Known(problem, search, share), np.random.default_rng(search.seed)
    starts = [problem.start if begin is None else begin]
    starts += [START_SD * random.standard_normal(len(problem.constants)) for _ in range(search.starts - 1)]
    tried = []
    # A single search is made with all people at once; among several, few people choose.
    effort = search.effort if search.starts == 1 else search.slopes
    for number, place in enumerate(starts, start=1):
        tried.append(_least(known, effort, place, _named(announce, f"search {number} of {len(starts)}")))
    scores = min(tried, key=lambda start: start.cost_end).end
    if effort != search.effort:
        scores = _least(known, search.effort, scores, _named(announce, "all people")).end
    announce("slopes at the best constants")
    before, after = (known.predicted(place, search.effort) for place in (problem.start, scores))
    return Fit(problem, search, scores, after, before, known.slopes(scores), tuple(tried))


def slopes(problem: Problem, scores: Floats, effort: Effort, share: Share | None = None) -> Floats:
    """Return the slope of each prediction in each constant, (R, P) [% per SD of the prior]."""
    count = len(scores)
    sets = np.vstack([scores, scores + STEP * np.eye(count)])
    found = predict(problem, sets, effort, share)
    return (found[1:] - found[0]).T / STEP


@dataclass(frozen=True)
class _Known:
    """What was simulated already: each place is simulated once with as many people."""

    problem: Problem
    search: Search
    share: Share | None
    values: dict[tuple[bytes, int], Floats] = field(default_factory=dict)
    rates: dict[bytes, Floats] = field(default_factory=dict)

    def predicted(self, scores: Floats, effort: Effort) -> Floats:
        key = scores.tobytes(), effort.people
        if key not in self.values:
            self.values[key] = predict(self.problem, scores[None, :], effort, self.share)[0]
        return self.values[key]

    def slopes(self, scores: Floats) -> Floats:
        if scores.tobytes() not in self.rates:
            self.rates[scores.tobytes()] = slopes(self.problem, scores, self.search.slopes, self.share)
        return self.rates[scores.tobytes()]


def _least(known: _Known, effort: Effort, begin: Floats, told: Told) -> Start:
    """Return where a search from `begin` comes to rest, with the people of `effort`."""
    from scipy.optimize import least_squares

    problem, costs = known.problem, list[float]()
    root = np.sqrt(problem.weights)

    def residuals(scores: Floats) -> Floats:
        predicted = known.predicted(scores, effort)
        costs.append(cost(problem, scores, predicted))
        told(f"evaluation {len(costs)}, cost {costs[-1]:.3f}")
        return np.concatenate([root * (predicted - problem.published), scores])

    def jacobian(scores: Floats) -> Floats:
        return np.vstack([root[:, None] * known.slopes(scores), np.eye(len(scores))])

    most = known.search.rounds
    found = least_squares(residuals, begin, jacobian, ftol=ENOUGH, xtol=CLOSE, gtol=None, max_nfev=most)
    return Start(begin, found.x, costs[0], float(found.cost), len(costs), bool(found.status > 0))


def _named(announce: Told, name: str) -> Told:
    """Return what tells with a name and the time since now before each message."""
    since = time.monotonic()
    return lambda message: announce(f"{name}, {time.monotonic() - since:.0f} s: {message}")
