"""How two arms are compared: t-test, ANCOVA, mixed model for repeated measures; each gives an effect with its error."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


def mixed_model(values: Floats, before: Floats, group: Integers, person: Integers, visit: int) -> Fit:
    """Return the effect at a visit from all visits of everybody: person at random, visits and arm by visit fixed.

    Data that are missing at random do no harm.

    Parameters
    ----------
    values : (N, V) endpoint at each visit after the start; NaN where missing. In designs where each has both arms, a
        row is a person in one arm.
    before : (N,) level before.
    group : (N,) 1 in the arm, 0 in the other.
    person : (N,) who the row is.
    visit : at which of the V visits the effect is read.
    """
    here = ~np.isnan(values)
    n, m = (int(here[group == each, visit].sum()) for each in (1, 0))
    if min(n, m) < FEWEST:
        return _nothing(n, m)
    rows, at = np.nonzero(here)
    visits = np.arange(values.shape[1])
    by_visit = (at[:, None] == visits).astype(float)
    columns = np.hstack([by_visit, by_visit * group[rows, None], (before[rows] - before.mean())[:, None]])
    found = _fitted(values[here], columns, person[rows])
    if found is None:
        return _nothing(n, m)
    place = len(visits) + visit
    arm, against = (values[(group == each) & here[:, visit], visit] for each in (1, 0))
    df = float(len(np.unique(person)) - (2 if len(np.unique(person)) == len(person) else 1))
    effect, se = (float(each[place]) for each in found)
    return Fit(effect, se, df, pooled_sd(arm, against), n, m)


def pooled_sd(one: Floats, other: Floats) -> float:
    """Return the SD within two groups."""
    n, m = len(one), len(other)
    return float(np.sqrt(((n - 1) * one.var(ddof=1) + (m - 1) * other.var(ddof=1)) / (n + m - 2)))


def _fitted(values: Floats, columns: Floats, groups: Integers) -> tuple[Floats, Floats] | None:
    """Return coefficients and their errors by restricted maximum likelihood; None where it does not converge."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    with warnings.catch_warnings():
        # A variance of persons near zero, or a retry of the search: what matters is whether it converged.
        warnings.simplefilter("ignore")
        try:
            found = MixedLM(values, columns, groups).fit(reml=True, method=["bfgs", "lbfgs", "powell"])
        except (np.linalg.LinAlgError, ValueError):
            return None
        errors = np.asarray(found.bse_fe)
    return (np.asarray(found.fe_params), errors) if found.converged and np.isfinite(errors).all() else None


def _nothing(n: int, m: int) -> Fit:
    return Fit(float("nan"), float("nan"), float("nan"), float("nan"), n, m)
