"""What outcomes hang on when inputs go together, from one sample of people, by rank statistics.

Morris and Sobol move one input while the others stay, which no person can do whose height, mass and strength go
together. From a sample of people in which they do, the first-order share of variance, Var(E[Y|x]) / Var(Y), follows
from the outcomes of neighbours in x (Gamboa, Gremaud, Klein & Lagnoux 2022, Bernoulli 28:2345), and xi, how far the
outcome is a function of x at all (Chatterjee 2021, JASA 116:2009), from the ranks of these outcomes: 0 if independent,
1 if x alone decides. Both hold for any dependence. An input then has a share by what goes with it, too, and shares may
add up to more than one; which of two that go together acts, no sample can tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError
from bfrsim.study.sensitivity.indices import MOST_LOST, Indices

Floats = NDArray[np.float64]

FEWEST, HALVES = 50, 200


def given_data(names: Sequence[str], inputs: Floats, outcomes: Floats, seed: int, confidence: float = 0.95) -> Indices:
    """Return the first-order share of each input, and xi as `total`.

    Parameters
    ----------
    inputs : (n, inputs), in whatever way they depend.
    outcomes : (n, outputs); NaN where a run failed: that person is left out.

    Raises
    ------
    SimulationError
        If more than a fifth of the people is lost, or fewer than 50 are left.

    Notes
    -----
    Intervals are normal, their SE the SD over halves of the sample drawn without replacement: (2/n - 1/n) is 1/n. A
    bootstrap would put copies of a person beside each other, which neighbours may not be.
    """
    from scipy.special import ndtri

    complete = np.isfinite(outcomes).all(axis=1)
    lost, left = int((~complete).sum()), int(complete.sum())
    if lost > MOST_LOST * len(outcomes) or left < FEWEST:
        raise SimulationError(
            f"runs failed for {lost} of {len(outcomes)} people; the study needs {FEWEST} and four fifths of them"
        )
    x, y, random = inputs[complete], outcomes[complete], np.random.default_rng(seed)
    first, total = _shares(x, y, random)
    halves = [random.permutation(left)[: left // 2] for _ in range(HALVES)]
    spread = np.array([_shares(x[half], y[half], random) for half in halves]).std(axis=0, ddof=1)
    wide_first, wide_total = ndtri(0.5 + confidence / 2.0) * spread
    return Indices(
        groups=tuple(names), first=first, first_low=first - wide_first, first_high=first + wide_first, total=total,
        low=total - wide_total, high=total + wide_total, sigma=np.full_like(total, np.nan), used=left, lost=lost,
        runs=len(outcomes), failed=lost,
    )  # fmt: skip


def _shares(x: Floats, y: Floats, random: np.random.Generator) -> Floats:
    """Return first-order shares and xi, (2, inputs, outputs); NaN of what does not vary. Ties are broken by chance."""
    from scipy.stats import rankdata

    count = len(y)
    ranks = rankdata(y, method="max", axis=0)
    least = rankdata(-y, method="max", axis=0)
    moving = (np.ptp(x, axis=0) > 0.0)[:, None] & (np.ptp(y, axis=0) > 1e-12 * np.abs(y).max(axis=0))
    found = np.full((2, x.shape[1], y.shape[1]), np.nan)
    centred = y - y.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        for at in range(x.shape[1]):
            order = np.lexsort((random.random(count), x[:, at]))
            found[0, at] = (centred[order] * centred[np.roll(order, -1)]).mean(axis=0) / centred.var(axis=0)
            steps = np.abs(np.diff(ranks[order], axis=0)).sum(axis=0)
            found[1, at] = 1.0 - count * steps / (2.0 * (least * (count - least)).sum(axis=0))
    return np.where(moving, found, np.nan)
