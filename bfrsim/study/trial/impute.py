"""Multiple imputation: gaps drawn many times from what is known of people of the same arm, effects joined by Rubin.

Levels of an arm at their visits are taken as jointly normal. Each visit is regressed on those before it, among the
people who came to it; coefficients and residual variance are drawn from their posterior under a flat prior, then the
gaps from the regression. Whoever leaves misses all later visits, so that one pass in the order of time is exact
(Rubin 1987, chapter 5; Little & Rubin 2019, chapter 10).

This assumes data missing at random: of people of one arm and stratum with the same levels so far, those who came and
those who did not go on alike. Somebody who stops training does not go on like somebody who trains, unless leavers come
to visits often enough to be learned from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.trial.analyse import Fit

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SPARE = 3  # people beyond the number of coefficients without whom a visit is not imputed


def imputed(levels: Floats, strata: Integers, count: int, random: np.random.Generator) -> Floats:
    """Return levels of one arm with their gaps drawn, (M, N, V).

    Parameters
    ----------
    levels : (N, V) in the order of time, NaN where missing; a row that begins with NaN is left as it is.
    strata : (N,) of the allocation, a term of each regression where people are enough.
    count : M, how many times.
    random : what is drawn hangs on it alone.

    Notes
    -----
    Where a visit has fewer than three people more than coefficients, its gaps stay.
    """
    whole = np.repeat(levels[None], count, axis=0)
    inside = ~np.isnan(levels[:, 0])
    for visit in range(1, levels.shape[1]):
        seen = inside & ~np.isnan(levels[:, visit])
        gaps = inside & ~seen
        if gaps.any():
            terms = _terms(whole, strata, inside, seen, visit)
            if terms is not None:
                whole[:, gaps, visit] = _drawn(terms[:, seen], levels[seen, visit], terms[:, gaps], random)
    return whole


def _terms(whole: Floats, strata: Integers, inside: NDArray[np.bool_], seen: NDArray[np.bool_], visit: int) -> (
    Floats | None
):  # fmt: skip
    """Return the columns that a visit is regressed on, (M, N, p): one, earlier visits, strata; None of too few people.

    Earlier visits with gaps that could not be filled are left out.
    """
    usable = [each for each in range(visit) if not np.isnan(whole[:, inside, each]).any()]
    centred = whole[:, :, usable] - whole[:, seen][:, :, usable].mean(axis=1, keepdims=True)
    base = np.concatenate([np.ones((*whole.shape[:2], 1)), centred], axis=2)
    dummies = (strata[:, None] == np.unique(strata[seen])[1:]).astype(float)
    several = np.concatenate([base, np.repeat(dummies[None], len(whole), axis=0)], axis=2)
    return next((each for each in (several, base) if seen.sum() - each.shape[2] >= SPARE), None)


def _drawn(known: Floats, values: Floats, gaps: Floats, random: np.random.Generator) -> Floats:
    """Return draws of the gaps, (M, G), by M regressions of (n,) values on (M, n, p) columns."""
    inverse = np.linalg.pinv(known)
    coefficients = inverse @ values
    rest = values - (known @ coefficients[..., None])[..., 0]
    free = len(values) - known.shape[2]
    spread = np.sqrt((rest**2).sum(axis=1) / random.chisquare(free, len(known)))
    # inverse @ z has the covariance of the coefficients, for z of the length of the values
    scores = random.standard_normal((len(known), len(values)))
    coefficients += spread[:, None] * (inverse @ scores[..., None])[..., 0]
    noise = random.standard_normal(gaps.shape[:2])
    return np.asarray((gaps @ coefficients[..., None])[..., 0] + spread[:, None] * noise)


def pooled(fits: Sequence[Fit]) -> Fit:
    """Return one effect of M, by Rubin's rules with the degrees of freedom of Barnard & Rubin (1999).

    Without variance between imputations it is any of the fits.
    """
    effect, se, df, sd = (np.array([getattr(fit, name) for fit in fits]) for name in ("effect", "se", "df", "sd"))
    between, count, one = float(effect.var(ddof=1)), len(fits), fits[0]
    if not np.ptp(effect) > 0.0:  # nothing was missing, or nothing could be computed
        return one
    within, complete = float((se**2).mean()), float(df.mean())
    added = (1.0 + 1.0 / count) * between
    total = within + added
    share = added / total
    observed = (complete + 1.0) / (complete + 3.0) * complete * (1.0 - share)
    free = 1.0 / (share**2 / (count - 1) + 1.0 / observed)
    return Fit(float(effect.mean()), float(np.sqrt(total)), float(free), float(sd.mean()), one.n, one.n_against)
