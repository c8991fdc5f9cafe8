"""A population to recruit from, and one trial of it: people drawn, allocated, measured by instruments that err."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.cohort.streams import generator
from bfrsim.study.trial.allocate import allocate, strata_of
from bfrsim.study.trial.evidence import instruments
from bfrsim.study.trial.pool import Pool
from bfrsim.study.trial.schema import Design

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Population:
    """The pool as arrays, n people, A arms, V visits: all that a replicate needs.

    Attributes
    ----------
    truth, seen : outcome -> (n, A, V) level without error, and whether the person comes; seen first.
    second, second_seen : likewise where the arm is the second of a crossover.
    followed : (n, A) whether the person follows the protocol in the arm.
    attendance, leaves : (n, A).
    strata : (n,).
    """

    truth: Mapping[str, Floats]
    seen: Mapping[str, Flags]
    second: Mapping[str, Floats]
    followed: Flags
    attendance: Floats
    leaves: Floats
    strata: Integers


@dataclass(frozen=True)
class Recruited:
    """One trial of N people.

    Attributes
    ----------
    who : (N,) rows of the population.
    group : (N,) arm of each, or order of the arms in a crossover; zeros within persons.
    measured : outcome -> (N, K, V); K is 1 in parallel trials (the person's own arm), else the number of arms. NaN
        where the person does not come.
    followed : (N, K).
    number : which replicate it is.
    """

    who: Integers
    group: Integers
    measured: Mapping[str, Floats]
    followed: Flags
    number: int


def population_of(pool: Pool, design: Design) -> Population:
    """Return a pool as a population."""
    attended = np.where(np.isfinite(pool.attendance), pool.attendance, 1.0)
    followed = (attended >= design.analysis.least_attendance) & np.isinf(pool.leaves)
    strata = strata_of(pool.people, design.allocation.strata)
    return Population(pool.truth, pool.seen, pool.second, followed, pool.attendance, pool.leaves, strata)


def recruit(population: Population, design: Design, counts: Sequence[int], number: int) -> Recruited:
    """Return a replicate of a trial; it hangs on the design's seed, `counts` and `number` only.

    Parameters
    ----------
    counts : people of each arm or order.
    """
    purpose = f"replicate of {'+'.join(map(str, counts))}"
    random = generator(design.seed, purpose, number)
    who = random.integers(0, len(population.strata), size=sum(counts))
    group = allocate(design, counts, population.strata[who], random)
    measured = {}
    for outcome in design.outcome:
        truth, seen = _lived(population, design, outcome.name, who, group)
        tool = instruments()[outcome.instrument]
        noise = random.standard_normal(truth.shape)
        values = truth * (1.0 + tool.cv * noise) + tool.error * noise
        measured[outcome.name] = np.where(seen, values, np.nan)
    followed = population.followed[who]
    if not design.paired:
        followed = followed[np.arange(len(who)), group][:, None]
    return Recruited(who, group, measured, followed, number)


def _lived(
    population: Population, design: Design, outcome: str, who: Integers, group: Integers
) -> tuple[Floats, Flags]:
    """Return levels without error and whether people come, (N, K, V)."""
    truth, seen = population.truth[outcome][who], population.seen[outcome][who]
    rows = np.arange(len(who))
    if not design.paired:
        return truth[rows, group][:, None], seen[rows, group][:, None]
    if design.allocation.scheme == "crossover":
        late = 1 - group  # order 0 begins with the first arm, so that the second arm comes late
        truth, seen = truth.copy(), seen.copy()
        truth[rows, late] = population.second[outcome][who, late]
        stayed = np.isinf(population.leaves[who, group])
        seen[rows, late] &= stayed[:, None]
    return truth, seen
