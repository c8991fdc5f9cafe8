"""Who gets which arm: by a coin, in permuted blocks, or in blocks within strata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.trial.schema import Design

if TYPE_CHECKING:
    import xarray

Integers = NDArray[np.int64]


def arm_counts(design: Design, size: int | None = None) -> tuple[int, ...]:
    """Return how many people each arm gets; in crossover and within-person designs, each order of the arms.

    Parameters
    ----------
    size : int, optional
        People of the mean arm, or of a design in which each has every arm; as the design says if omitted.
    """
    if design.paired:
        people = design.allocation.people if size is None else size
        assert people is not None, "agreement asks for it"
        orders = 2 if design.allocation.scheme == "crossover" else 1
        return tuple((people + place) // orders for place in range(orders))
    counts = [arm.n or 0 for arm in design.arm]
    if size is None:
        return tuple(counts)
    mean = sum(counts) / len(counts)
    return tuple(max(2, round(count * size / mean)) for count in counts)


def strata_of(people: xarray.Dataset, names: Sequence[str]) -> Integers:
    """Return the stratum of each person, (n,): words and yes or no as they are, numbers cut at their median."""
    found = np.zeros(people.sizes["person"], dtype=np.int64)
    for name in names:
        values = people[name].values
        if values.dtype.kind == "f":
            values = values > np.median(values)
        found = found * 100 + np.unique(values, return_inverse=True)[1].ravel()
    return np.unique(found, return_inverse=True)[1].ravel().astype(np.int64)


def allocate(design: Design, counts: Sequence[int], strata: Integers, random: np.random.Generator) -> Integers:
    """Return the arm (or order) of each of N recruits, (N,).

    Parameters
    ----------
    counts : people of each arm; their ratio is that of every block.
    strata : (N,) of the recruits.
    """
    people, shares = int(sum(counts)), np.array(counts) / sum(counts)
    if design.allocation.rule == "simple":
        return random.choice(len(counts), size=people, p=shares)
    strata = strata if design.allocation.rule == "stratified" else np.zeros(people, dtype=np.int64)
    found = np.empty(people, dtype=np.int64)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        found[rows] = _blocks(_block(design, counts), len(rows), random)
    return found


def _block(design: Design, counts: Sequence[int]) -> Integers:
    """Return the arms of a block in order; without a size of its own, twice the smallest that keeps the ratio."""
    common = int(np.gcd.reduce(np.array(counts)))
    ratio = np.array(counts) // max(common, 1)
    if ratio.sum() > 20:  # counts without a common ratio: one block of everybody
        return np.repeat(np.arange(len(counts)), counts)
    wanted = design.allocation.block or 2 * int(ratio.sum())
    times = max(wanted // int(ratio.sum()), 1)
    return np.repeat(np.arange(len(counts)), ratio * times)


def _blocks(block: Integers, people: int, random: np.random.Generator) -> Integers:
    whole = [random.permutation(block) for _ in range(-(-people // len(block)))]
    return np.concatenate(whole)[:people] if whole else np.empty(0, dtype=np.int64)
