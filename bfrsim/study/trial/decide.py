"""From effects with their errors to decisions: intervals, p values of each hypothesis, several comparisons at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.trial.schema import Comparison

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def interval(effect: Floats, se: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    """Return both ends of the confidence interval of that level."""
    from scipy.stats import t

    reach = t.ppf(0.5 + level / 2.0, df) * se
    return effect - reach, effect + reach


def p_values(comparison: Comparison, effect: Floats, se: Floats, df: Floats) -> Floats:
    """Return p values that are all held against the same level; NaN where nothing was fitted.

    Superiority is two-sided. Non-inferiority is one-sided at half the level, and its p is doubled, so that it is below
    the level when the two-sided interval lies above minus the margin. Equivalence is the larger p of two one-sided
    tests, each at the level.
    """
    from scipy.stats import t

    margin = comparison.margin or 0.0
    if comparison.hypothesis == "superiority":
        return np.asarray(2.0 * t.sf(np.abs(effect / se), df))
    above = t.sf((effect + margin) / se, df)
    if comparison.hypothesis == "non-inferiority":
        return np.asarray(np.minimum(2.0 * above, 1.0))
    return np.asarray(np.maximum(above, t.sf((margin - effect) / se, df)))


def rejections(p: Floats, comparisons: Sequence[Comparison], rule: str, alpha: float) -> Flags:
    """Return which hypotheses each replicate rejects, (R, C).

    Parameters
    ----------
    p : (R, C) p values; NaN counts as not rejected.
    rule : over the primary comparisons; secondary ones stand on their own.
    """
    certain = np.where(np.isnan(p), 1.0, p)
    found: Flags = certain < alpha
    primary = [place for place, each in enumerate(comparisons) if each.role == "primary"]
    if rule == "none" or len(primary) < 2:
        return found
    if rule == "fixed sequence":  # in the order of the design, until the first that is not rejected
        found[:, primary] = np.logical_and.accumulate(found[:, primary], axis=1)
        return found
    found[:, primary] = _stepwise(certain[:, primary], rule, alpha)
    return found


def _stepwise(p: Floats, rule: str, alpha: float) -> Flags:
    """Return rejections of each row; statsmodels does the same for one row, with a sweep of all memory each time."""
    count = p.shape[1]
    if rule == "Bonferroni":
        return np.asarray(p <= alpha / count)
    order = np.argsort(p, axis=1, kind="stable")
    passed = np.take_along_axis(p, order, axis=1) <= alpha / np.arange(count, 0, -1)
    if rule == "Holm":  # from the smallest p up to the first that is not rejected
        passed = np.logical_and.accumulate(passed, axis=1)
    else:  # Hochberg: from the largest p down; all below the first that is rejected are
        passed = np.logical_or.accumulate(passed[:, ::-1], axis=1)[:, ::-1]
    found = np.empty_like(passed)
    np.put_along_axis(found, order, passed, axis=1)
    return found
