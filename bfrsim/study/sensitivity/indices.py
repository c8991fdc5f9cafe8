"""Designs and indices of Morris (SALib) and Sobol (SciPy), with the rule for runs that failed.

A trajectory of Morris with a failed run is left out whole; a base point of Sobol with a failed run is replaced by the
next of the sequence, so that what is analysed is complete and no missing value ever becomes a zero. A study in which
more than a fifth is lost is refused, for what is left no longer covers the ranges. An output that does not vary has no
indices: NaN, not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError

Floats = NDArray[np.float64]
Simulate = Callable[[Floats], Floats]  # (rows, inputs) between 0 and 1 -> (rows, outputs), NaN where a run failed

LEVELS = 4
MOST_LOST = 0.2
RESAMPLES = 999
RULE = {
    "morris": "a trajectory with a failed run is left out",
    "sobol": "a base point with a failed run is replaced by the next of the sequence",
    "given data": "a person with a failed run is left out",
}


@dataclass(frozen=True)
class Indices:
    """Indices of each group and output, (groups, outputs); intervals at the study's confidence.

    Attributes
    ----------
    first : share of variance that a group explains alone (Sobol), or the mean of its elementary effects (Morris; NaN
        for groups of several inputs, whose effects have no sign).
    total : share with all its interactions (Sobol), or the mean of the size of its elementary effects, mu* (Morris).
    low, high : interval of `total`; `first_low`, `first_high` that of `first`, NaN for Morris.
    sigma : SD of the elementary effects; NaN for Sobol and for groups.
    used, lost : trajectories or base points; `runs`, `failed` programmes.
    """

    groups: tuple[str, ...]
    first: Floats
    first_low: Floats
    first_high: Floats
    total: Floats
    low: Floats
    high: Floats
    sigma: Floats
    used: int
    lost: int
    runs: int
    failed: int


def morris(
    simulate: Simulate, groups: Sequence[str], trajectories: int, seed: int, confidence: float = 0.95
) -> Indices:
    """Return the elementary effects of each group, over the whole range of its inputs.

    Parameters
    ----------
    simulate : from (rows, inputs) between 0 and 1 to (rows, outputs).
    groups : of each input, its group.

    Raises
    ------
    SimulationError
        If more than a fifth of the trajectories is lost.
    """
    from SALib.sample.morris import sample

    problem = _problem(groups)
    points = sample(problem, trajectories, num_levels=LEVELS, seed=seed)
    values = simulate(points)
    names = tuple(dict.fromkeys(groups))
    length = len(names) + 1
    complete = np.isfinite(values).all(axis=1).reshape(trajectories, length).all(axis=1)
    _require(int(complete.sum()), trajectories, "trajectories")
    rows = np.repeat(complete, length)
    columns = [
        _effects(problem, points[rows], values[rows, at], names, confidence, seed) for at in range(values.shape[1])
    ]
    mean, size, half, sigma = (np.stack([column[part] for column in columns], axis=1) for part in range(4))
    nothing = np.full_like(mean, np.nan)
    used, failed = int(complete.sum()), int((~np.isfinite(values).all(axis=1)).sum())
    return Indices(
        names,
        mean,
        nothing,
        nothing,
        size,
        np.maximum(size - half, 0.0),
        size + half,
        sigma,
        used,
        trajectories - used,
        len(points),
        failed,
    )


def sobol(simulate: Simulate, groups: Sequence[str], points: int, seed: int, confidence: float = 0.95) -> Indices:
    """Return first-order and total Sobol indices of each group.

    Parameters
    ----------
    points : base points, a power of two; each costs a run for each group and two more.

    Raises
    ------
    SimulationError
        If more than a fifth of the base points must be replaced.
    """
    from scipy.stats import qmc

    names = tuple(dict.fromkeys(groups))
    sequence = qmc.Sobol(2 * len(groups), seed=np.random.default_rng(seed), bits=64).random(2 * points)
    kept: list[Floats] = []
    taken = failed = 0
    while len(kept) < points:
        wanted = points - len(kept)
        if taken + wanted > points * (1.0 + MOST_LOST):
            _require(points - (taken + wanted - points), points, "base points")
        values = _pages(simulate, sequence[taken : taken + wanted], groups, names)
        taken += wanted
        complete = np.isfinite(values).all(axis=(1, 2))
        failed += int((~np.isfinite(values).all(axis=2)).sum())
        kept += list(values[complete])
    table = np.moveaxis(np.array(kept), 0, -1)  # (2 + groups, outputs, points)
    flat = np.ptp(table[:2], axis=(0, 2)) <= 1e-12 * np.abs(table[:2]).max(axis=(0, 2))
    first, total = np.where(flat[:, None], np.nan, _shares(table, np.arange(points)))
    low, high = np.where(flat[:, None], np.nan, _intervals(table, seed, confidence))
    return Indices(
        groups=names,
        first=first.T,
        first_low=low[0].T,
        first_high=high[0].T,
        total=total.T,
        low=low[1].T,
        high=high[1].T,
        sigma=np.full_like(total.T, np.nan),
        used=points,
        lost=taken - points,
        runs=taken * (len(names) + 2),
        failed=failed,
    )


def _shares(table: Floats, rows: NDArray[np.int64]) -> Floats:
    """Return first-order and total indices from some base points, (2, outputs, groups)."""
    from scipy.stats import sobol_indices

    some = table[..., rows]
    found = sobol_indices(func={"f_A": some[0], "f_B": some[1], "f_AB": some[2:]}, n=len(rows))
    shape = (table.shape[1], table.shape[0] - 2)
    return np.stack([found.first_order.reshape(shape), found.total_order.reshape(shape)])


def _intervals(table: Floats, seed: int, confidence: float) -> tuple[Floats, Floats]:
    """Return the ends of percentile intervals, (2, outputs, groups) each, by drawing base points again.

    The same ones for the same seed, which SciPy's own interval of these indices does not promise.
    """
    from scipy.stats import bootstrap

    count = table.shape[-1]
    found = bootstrap(
        (np.arange(count),), lambda rows: _shares(table, rows), n_resamples=RESAMPLES, confidence_level=confidence,
        method="percentile", vectorized=False, random_state=np.random.default_rng(seed),
    )  # fmt: skip
    return found.confidence_interval.low, found.confidence_interval.high


def _pages(simulate: Simulate, block: Floats, groups: Sequence[str], names: Sequence[str]) -> Floats:
    """Return what comes out at A, B, and A with each group of B in its place: (points, 2 + groups, outputs)."""
    count = len(groups)
    a, b = block[:, :count], block[:, count:]
    pages = [a, b] + [np.where(np.array([group == name for group in groups]), b, a) for name in names]
    values = simulate(np.concatenate(pages))
    return np.moveaxis(values.reshape(len(pages), len(block), -1), 0, 1)


def _problem(groups: Sequence[str]) -> dict[str, Any]:
    problem: dict[str, Any] = {"num_vars": len(groups), "names": [f"x{at}" for at in range(len(groups))]}
    problem["bounds"] = [[0.0, 1.0]] * len(groups)
    return problem if len(set(groups)) == len(groups) else problem | {"groups": list(groups)}


def _effects(
    problem: dict[str, Any], points: Floats, values: Floats, names: Sequence[str], confidence: float, seed: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, mean size, half an interval of that, and SD of the elementary effects, (groups,) each."""
    from SALib.analyze.morris import analyze

    if np.ptp(values) <= 1e-12 * np.abs(values).max(initial=0.0):
        nothing = np.full(len(names), np.nan)
        return nothing, nothing, nothing, nothing
    found = analyze(
        problem, points, values, num_resamples=RESAMPLES, conf_level=confidence, num_levels=LEVELS, seed=seed
    )
    grouped = len(names) < problem["num_vars"]  # SALib fills in groups of one where there are none
    told = [str(name) for name in found["names"]]
    order = [told.index(name) for name in (names if grouped else problem["names"])]

    def column(key: str) -> Floats:
        return np.asarray(np.ma.filled(np.ma.asarray(found[key], dtype=float), np.nan))[order]

    mean, size, half, sigma = column("mu"), column("mu_star"), column("mu_star_conf"), column("sigma")
    nothing = np.full(len(names), np.nan)
    return (nothing if grouped else mean), size, half, (nothing if grouped else sigma)


def _require(left: int, asked: int, noun: str) -> None:
    if left < asked * (1.0 - MOST_LOST) or left < 2:
        raise SimulationError(
            f"runs failed in {asked - left} of {asked} {noun}; with more than {MOST_LOST:.0%} lost the rest says "
            "nothing of the whole range: narrow the inputs, or see why runs fail with bfrsim sweep"
        )
