"""A trial of several arms as one question, whether they differ at all: people needed by the F test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bfrsim.study.trial.results import TrialResult

FEWEST_ARMS = 3  # of two, the t-test says the same


@dataclass(frozen=True)
class WholeTrial:
    """People of each arm that the F test needs, by published means and SDs and by those that are measured here."""

    endpoint: str
    arms: tuple[str, ...]
    published: float
    simulated: float


def whole_trial(result: TrialResult) -> WholeTrial | None:
    """Return what the trial needs as a whole; None unless rows are named for three arms or more of one endpoint."""
    known: dict[str, tuple[float, float]] = {}
    spread: list[float] = []
    endpoints = {each.comparison.endpoint for each in result.comparisons if each.published is not None}
    if len(endpoints) != 1:
        return None
    endpoint = endpoints.pop()
    for each in result.comparisons:
        if each.published is not None:
            for place, arm in enumerate((each.comparison.arm, each.comparison.against)):
                known[arm] = each.published.means[place], each.published.sds[place]
            spread.append(each.sd)
    if len(known) < FEWEST_ARMS:
        return None
    rules = result.file.design.analysis
    means = {arm.name: told.mean for arm in result.arms for told in arm.answered if told.endpoint == endpoint}
    published_sds = [sd for _, sd in known.values()]
    return WholeTrial(
        endpoint,
        tuple(known),
        by_anova([mean for mean, _ in known.values()], _pooled(published_sds), rules.alpha, rules.power),
        by_anova([means[arm] for arm in known], _pooled(spread), rules.alpha, rules.power),
    )


def by_anova(means: Sequence[float], sd: float, alpha: float, power: float) -> float:
    """Return the people of each arm with which the F test finds that arms of these means differ; inf if they do not.

    Parameters
    ----------
    means, sd : of the arms, and the SD within them.
    """
    from statsmodels.stats.power import FTestAnovaPower

    middle = sum(means) / len(means)
    f = math.sqrt(sum((mean - middle) ** 2 for mean in means) / len(means)) / sd
    if f < 1e-6:
        return math.inf
    test, arms = FTestAnovaPower(), len(means)
    low, high = 2.0, 4.0
    while test.power(f, high * arms, alpha, k_groups=arms) < power:
        low, high = high, 2.0 * high
    for _ in range(60):
        n = (low + high) / 2.0
        low, high = (low, n) if test.power(f, n * arms, alpha, k_groups=arms) >= power else (n, high)
    return high


def _pooled(sds: Sequence[float]) -> float:
    return math.sqrt(sum(sd**2 for sd in sds) / len(sds))
