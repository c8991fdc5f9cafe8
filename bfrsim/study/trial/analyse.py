"""How two arms are compared: t-test, ANCOVA, mixed model for repeated measures; each gives an effect with its error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.trial.repeated import repeated_measures

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FEWEST = 2  # people of an arm without whom nothing is compared


class Fit(NamedTuple):
    """Effect (arm minus the other) with standard error and degrees of freedom; NaN where it cannot be computed.

    `sd` is that of the endpoint within arms, `n`, `n_against` the people who count.
    """

    effect: float
    se: float
    df: float
    sd: float
    n: int
    n_against: int


def t_test(arm: Floats, against: Floats) -> Fit:
    """Return Welch's comparison of two groups of people, (N,) and (M,) endpoints without gaps."""
    n, m = len(arm), len(against)
    if min(n, m) < FEWEST:
        return _nothing(n, m)
    first, second = arm.var(ddof=1) / n, against.var(ddof=1) / m
    total = first + second
    if total == 0.0:
        return _nothing(n, m)
    df = total**2 / (first**2 / (n - 1) + second**2 / (m - 1))
    return Fit(float(arm.mean() - against.mean()), float(np.sqrt(total)), float(df), pooled_sd(arm, against), n, m)


def paired_t_test(arm: Floats, against: Floats) -> Fit:
    """Return the comparison of two endpoints of the same N people, (N,) each, without gaps."""
    n = len(arm)
    difference = arm - against
    spread = float(difference.std(ddof=1)) if n >= FEWEST else 0.0
    if spread == 0.0:
        return _nothing(n, n)
    return Fit(float(difference.mean()), spread / np.sqrt(n), float(n - 1), pooled_sd(arm, against), n, n)


def ancova(arm: Floats, against: Floats, before: tuple[Floats, Floats], strata: tuple[Integers, Integers]) -> Fit:
    """Return the comparison adjusted for the level before and for the strata of the allocation.

    Parameters
    ----------
    arm, against : (N,), (M,) endpoints without gaps.
    before, strata : likewise, of both groups.
    """
    from statsmodels.regression.linear_model import OLS

    n, m = len(arm), len(against)
    level, block = np.concatenate(before), np.concatenate(strata)
    group = np.r_[np.ones(n), np.zeros(m)]
    dummies = [(block == each).astype(float) for each in np.unique(block)[1:]]
    columns = np.column_stack([np.ones(n + m), group, level - level.mean() if n + m else level, *dummies])
    if min(n, m) < FEWEST or np.linalg.matrix_rank(columns) < columns.shape[1] or n + m <= columns.shape[1]:
        return _nothing(n, m)
    found = OLS(np.r_[arm, against], columns).fit()
    return Fit(float(found.params[1]), float(found.bse[1]), float(found.df_resid), pooled_sd(arm, against), n, m)


def mixed_model(values: Floats, before: Floats, group: Integers, visit: int) -> Fit:
    """Return the effect at a visit from all visits of everybody (`repeated.py`): arm and level before, both by visit.

    Data that are missing at random do no harm. A person's leaving is not in the model: what leavers would have shown at
    visits they missed is taken from people with the same levels so far, most of whom stayed.

    Parameters
    ----------
    values : (N, A, V) endpoint at each visit after the start, of each arm that the person has; NaN where missing.
    before : (N, A) level before; NaN where nothing of that arm is known.
    group : (N, A) 1 in the arm, 0 in the other.
    visit : at which of the V visits the effect is read.
    """
    people, arms, visits = values.shape
    values = np.where(np.isnan(before)[:, :, None], np.nan, values)
    here = ~np.isnan(values[:, :, visit])
    arm, against = (values[(group == each) & here, visit] for each in (1, 0))
    n, m = len(arm), len(against)
    if min(n, m) < FEWEST:
        return _nothing(n, m)
    level = np.where(np.isnan(before), 0.0, before - np.nanmean(before))
    at = np.broadcast_to(np.eye(visits), (people, arms, visits, visits))
    columns = np.concatenate([at * group[:, :, None, None], at, at * level[:, :, None, None]], axis=3)
    shape = people, arms * visits
    found = repeated_measures(values.reshape(shape), columns.reshape(*shape, -1), visit)
    if found is None:
        return _nothing(n, m)
    return Fit(found.effect, found.se, found.df, pooled_sd(arm, against), n, m)


def pooled_sd(one: Floats, other: Floats) -> float:
    """Return the SD within two groups."""
    n, m = len(one), len(other)
    return float(np.sqrt(((n - 1) * one.var(ddof=1) + (m - 1) * other.var(ddof=1)) / (n + m - 2)))


def _nothing(n: int, m: int) -> Fit:
    return Fit(float("nan"), float("nan"), float("nan"), float("nan"), n, m)
