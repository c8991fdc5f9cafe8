"""Many trials of one design: each recruited, measured and analysed on its own, by its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.cohort.streams import generator
from bfrsim.study.trial.analyse import Fit, ancova, mixed_model, paired_t_test, t_test
from bfrsim.study.trial.endpoints import as_kind, endpoint_named, endpoint_values, filled, outcome_of, place_of
from bfrsim.study.trial.impute import imputed, pooled
from bfrsim.study.trial.recruit import Population, Recruited, recruit
from bfrsim.study.trial.schema import IMPUTED, Comparison, Design

Floats = NDArray[np.float64]

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Replicates:
    """R trials of a design with C comparisons and A arms.

    Attributes
    ----------
    effect, se, df, sd : (R, C) of each comparison.
    analysed : (R, C, 2) people who count, in the arm and the other.
    allocated, left : (R, A) people given to each arm, and of these who left.
    """

    counts: tuple[int, ...]
    effect: Floats
    se: Floats
    df: Floats
    sd: Floats
    analysed: Floats
    allocated: Floats
    left: Floats


def run_replicates(
    population: Population, design: Design, counts: Sequence[int], numbers: Sequence[int],
    *, progress: Progress | None = None,
) -> Replicates:  # fmt: skip
    """Run some of the replicates of a design.

    Parameters
    ----------
    counts : people of each arm or order.
    numbers : which replicates, from 0; each is the same whatever others are run.
    """
    fits, allocated, left = [], [], []
    for done, number in enumerate(numbers, start=1):
        trial = recruit(population, design, counts, number)
        fits.append([analyse(trial, population, design, each) for each in design.comparison])
        given, gone = _flow(trial, population, design)
        allocated.append(given)
        left.append(gone)
        if progress and done % 20 == 0:
            progress(done / len(numbers))
    table = np.array(fits, dtype=float).reshape(len(numbers), len(design.comparison), len(Fit._fields))
    effect, se, df, sd = (table[:, :, place] for place in range(4))
    return Replicates(
        tuple(counts), effect, se, df, sd, table[:, :, 4:], np.array(allocated, dtype=float),
        np.array(left, dtype=float),
    )  # fmt: skip


def joined(parts: Sequence[Replicates]) -> Replicates:
    """Return replicates that were run in parts."""
    names = ("effect", "se", "df", "sd", "analysed", "allocated", "left")
    return Replicates(parts[0].counts, *(np.concatenate([getattr(each, name) for each in parts]) for name in names))


def analyse(trial: Recruited, population: Population, design: Design, comparison: Comparison) -> Fit:
    """Return one comparison in one trial."""
    endpoint = endpoint_named(design.endpoint, comparison.endpoint)
    outcome = outcome_of(design, endpoint)
    names = [arm.name for arm in design.arm]
    pair = names.index(comparison.arm), names.index(comparison.against)
    measured = trial.measured[outcome.name]
    if design.analysis.estimand == "per protocol":
        measured = np.where(trial.followed[:, :, None], measured, np.nan)
    if comparison.method == "mixed model":
        return _mixed(trial, design, comparison, measured, pair)
    if design.analysis.missing == IMPUTED and np.isnan(measured).any():
        drawn = _imputed(trial, population, design, outcome.name, measured)
        return pooled([_compared(trial, population, design, comparison, values, pair) for values in drawn])
    return _compared(trial, population, design, comparison, filled(measured, design.analysis.missing), pair)


def _compared(
    trial: Recruited, population: Population, design: Design, comparison: Comparison, values: Floats,
    pair: tuple[int, int],
) -> Fit:  # fmt: skip
    """Return a comparison of levels whose gaps are filled as far as they will be."""
    endpoint = endpoint_named(design.endpoint, comparison.endpoint)
    numbers = endpoint_values(endpoint, outcome_of(design, endpoint), values)
    if design.paired:
        both = ~np.isnan(numbers[:, pair[0]]) & ~np.isnan(numbers[:, pair[1]])
        return paired_t_test(numbers[both, pair[0]], numbers[both, pair[1]])
    rows = [np.flatnonzero((trial.group == arm) & ~np.isnan(numbers[:, 0])) for arm in pair]
    first, second = (numbers[each, 0] for each in rows)
    if comparison.method == "t-test":
        return t_test(first, second)
    before = (values[rows[0], 0, 0], values[rows[1], 0, 0])
    strata = population.strata[trial.who]
    return ancova(first, second, before, (strata[rows[0]], strata[rows[1]]))


def _imputed(trial: Recruited, population: Population, design: Design, outcome: str, measured: Floats) -> Floats:
    """Return levels with gaps drawn by arm, or by order of the arms, (M, N, K, V)."""
    count, strata = design.analysis.imputations, population.strata[trial.who]
    found = np.repeat(measured[None], count, axis=0)
    within = design.allocation.scheme == "within-person"
    for group in np.unique(trial.group):
        rows = np.flatnonzero(trial.group == group)
        # In the order of time: the periods of a crossover, or the visits to which both limbs come.
        order = [1, 0] if design.allocation.scheme == "crossover" and group == 1 else list(range(measured.shape[1]))
        turned = measured[rows][:, order]
        levels = (np.swapaxes(turned, 1, 2) if within else turned).reshape(len(rows), -1)
        random = generator(design.seed, f"imputation of {outcome} among {len(trial.who)}, group {group}", trial.number)
        drawn = imputed(levels, strata[rows], count, random)
        if within:
            drawn = np.swapaxes(drawn.reshape(count, len(rows), measured.shape[2], measured.shape[1]), 2, 3)
        found[:, rows[:, None], order] = drawn.reshape(count, *turned.shape)
    return found


def _mixed(trial: Recruited, design: Design, comparison: Comparison, measured: Floats, pair: tuple[int, int]) -> Fit:
    endpoint = endpoint_named(design.endpoint, comparison.endpoint)
    outcome = outcome_of(design, endpoint)
    visit = place_of(endpoint, outcome) - 1
    if design.paired:
        levels = measured[:, list(pair)]
        group = np.tile(np.array([1, 0]), (len(levels), 1))
    else:
        rows = np.flatnonzero(np.isin(trial.group, pair))
        levels, group = measured[rows], (trial.group[rows] == pair[0]).astype(np.int64)[:, None]
    before = levels[:, :, 0]
    return mixed_model(as_kind(endpoint, levels[:, :, 1:], before[:, :, None]), before, group, visit)


def _flow(trial: Recruited, population: Population, design: Design) -> tuple[Floats, Floats]:
    """Return how many people each arm was given, and how many of them left, (A,) each."""
    arms = len(design.arm)
    gone = np.isfinite(population.leaves[trial.who])
    if design.paired:
        return np.full(arms, float(len(trial.who))), gone.sum(axis=0).astype(float)
    given = np.bincount(trial.group, minlength=arms).astype(float)
    own = gone[np.arange(len(trial.who)), trial.group]
    return given, np.bincount(trial.group, weights=own, minlength=arms).astype(float)
