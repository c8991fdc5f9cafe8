"""How many people: power over sizes from replicates, and the t-test formula for what is known of means and SDs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bfrsim.study.published.evidence import read_published, shipped_evidence
from bfrsim.study.trial.allocate import arm_counts
from bfrsim.study.trial.results import Curve, PublishedSize, Share
from bfrsim.study.trial.schema import Comparison, Design

SHARES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)  # of the planned size, where the design names no sizes
LEAST, MOST = 3, 5000


def curve_sizes(design: Design) -> tuple[int, ...]:
    """Return the sizes of the mean arm at which power is looked at, ascending."""
    if design.sizes:
        return tuple(sorted(set(design.sizes)))
    counts = arm_counts(design)
    mean = sum(counts) / (1 if design.paired else len(counts))
    return tuple(sorted({min(max(LEAST, round(share * mean)), MOST) for share in SHARES}))


def curve_of(sizes: Sequence[int], powers: Sequence[Share], wanted: float) -> Curve:
    """Return the curve, and the size at which it first reaches the wanted power.

    Between two sizes the normal score of power runs straight over the root of the size, as that of a normal effect.
    """
    from scipy.special import ndtri

    reached = next((place for place, each in enumerate(powers) if each.value >= wanted), None)
    if reached is None:
        return Curve(tuple(sizes), tuple(powers), None, f"more than {sizes[-1]}")
    if reached == 0:
        return Curve(tuple(sizes), tuple(powers), None, f"{sizes[0]} or fewer")
    roots = np.sqrt([sizes[reached - 1], sizes[reached]])
    scores = ndtri(np.clip([powers[reached - 1].value, powers[reached].value], 0.001, 0.999))
    share = (ndtri(wanted) - scores[0]) / (scores[1] - scores[0]) if scores[1] > scores[0] else 1.0
    return Curve(tuple(sizes), tuple(powers), float((roots[0] + min(share, 1.0) * (roots[1] - roots[0])) ** 2))


def by_formula(effect: float, sd: float, alpha: float, power: float, *, paired: bool = False) -> float | None:
    """Return the people of each arm (pairs, if paired) that a two-sided t-test needs; None without an effect.

    Parameters
    ----------
    effect, sd : difference of means, and SD within arms (of the differences, if paired).
    """
    from statsmodels.stats.power import TTestIndPower, TTestPower

    if not (math.isfinite(effect) and math.isfinite(sd) and sd > 0.0) or abs(effect) < 1e-6 * sd:
        return None
    d = abs(effect) / sd
    solver = TTestPower() if paired else TTestIndPower()
    if solver.power(d, 2.0, alpha) >= power:
        return 2.0
    if solver.power(d, 1e6, alpha) < power:
        return None
    found = solver.solve_power(effect_size=d, alpha=alpha, power=power)
    return float(np.ravel(found)[0])


def published_size(comparison: Comparison, design: Design) -> PublishedSize | None:
    """Return what the rows that a comparison names ask for by the t-test formula, in arms of one size."""
    if comparison.published is None:
        return None
    rows = read_published(shipped_evidence())
    first, second = (rows[name] for name in comparison.published)
    sds = tuple(float(row.texts["change_sd_pct"]) for row in (first, second))
    spread = math.sqrt((sds[0] ** 2 + sds[1] ** 2) / 2.0)
    effect = first.change - second.change
    n = by_formula(effect, spread, design.analysis.alpha, design.analysis.power)
    assert n is not None, "agreement asks for rows with means and SDs"
    return PublishedSize(comparison.published, (first.change, second.change), (sds[0], sds[1]), effect / spread, n)
