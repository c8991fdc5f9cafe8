"""What the store of a sweep says, a block at a time: counts, best cells, and statistics between people."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.sweep.plan import Sweep
from bfrsim.study.sweep.store import FINISHED, NO_MEANING, REASON, STATUS, read_blocks

Floats = NDArray[np.float64]
Place = tuple[int, ...]

LOW, HIGH = 0.1, 0.9  # quantiles between people
SHOWN = 4  # cells in the table of the best
REASONS = 1000  # kinds of reasons that are counted apart


@dataclass(frozen=True)
class Statistics:
    """Between the people who finished, for each cell; NaN where nobody did."""

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Tally:
    """What became of a sweep.

    Attributes
    ----------
    finished, failed : people times cells.
    no_meaning : cells.
    reasons : why not, the most frequent first, with how many people times cells.
    best : cells with the highest mean of the first output, best first.
    """

    finished: int
    failed: int
    no_meaning: int
    reasons: tuple[tuple[str, int], ...]
    best: tuple[Place, ...]


def statistics(values: Floats) -> Statistics:
    """Return mean, SD and quantiles over the last dimension, people; who failed is left out."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    some = np.where(known, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = some.sum(axis=-1) / np.where(count, count, np.nan)
        spread = np.where(known, values - mean[..., None], 0.0)
        sd = np.sqrt((spread**2).sum(axis=-1) / np.where(count > 1, count - 1.0, np.nan))
    low, high = (_quantile(values, share, count) for share in (LOW, HIGH))
    return Statistics(mean, sd, low, high)


def tally(path: Path, sweep: Sweep) -> Tally:
    """Count what became of each cell and find the best, never with more than a few blocks in memory."""
    first = sweep.outputs[0].name
    finished = failed = no_meaning = 0
    reasons: Counter[str] = Counter()
    sums: dict[Place, tuple[float, int]] = {}
    best: list[tuple[float, Place]] = []
    for here, found in read_blocks(path, sweep, [first, STATUS, REASON]):
        status = found[STATUS]
        finished += int((status == FINISHED).sum())
        failed += int(((status != FINISHED) & (status != NO_MEANING)).sum())
        if here[-1].start == 0:
            no_meaning += int((status[..., 0] == NO_MEANING).sum())
        why = Counter(found[REASON][status != FINISHED].ravel().tolist())
        reasons.update({key: n for key, n in why.items() if key in reasons or len(reasons) < REASONS})
        _add_sums(sums, here, found[first])
        if here[-1].stop == sweep.people:
            best = _best(best, sums)
            sums = {}
    places = tuple(place for _, place in sorted(best, key=lambda each: (-each[0], each[1])))
    return Tally(finished, failed, no_meaning, tuple(reasons.most_common()), places)


def values_of(path: Path, name: str, at: tuple[int | slice, ...]) -> Floats:
    """Return an output of some cells, with people last."""
    import zarr

    found: Floats = np.asarray(zarr.open_array(path / name, mode="r")[(*at, slice(None))], dtype=float)
    return found


def slice_statistics(path: Path, name: str, sweep: Sweep, at: tuple[int | slice, ...]) -> Statistics:
    """Return the statistics of a slice of the grid, read a block's length at a time along its first free axis."""
    free = next(number for number, index in enumerate(at) if isinstance(index, slice))
    step, length = sweep.blocks.chunk[free], sweep.blocks.shape[free]
    parts = []
    for start in range(0, length, step):
        some = (*at[:free], slice(start, min(start + step, length)), *at[free + 1 :])
        parts.append(statistics(values_of(path, name, some)))
    return Statistics(
        *(np.concatenate([getattr(part, field) for part in parts]) for field in ("mean", "sd", "low", "high"))
    )


def _quantile(values: Floats, share: float, count: NDArray[np.int64]) -> Floats:
    """Return a quantile of those who are known, by linear interpolation as NumPy does."""
    ordered = np.sort(values, axis=-1)  # NaN goes last
    place = share * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    pick = [np.take_along_axis(ordered, index[..., None], axis=-1)[..., 0] for index in (below, above)]
    found: Floats = pick[0] + (place - below) * (pick[1] - pick[0])
    return np.where(count > 0, found, np.nan)


def _add_sums(sums: dict[Place, tuple[float, int]], here: tuple[slice, ...], values: Floats) -> None:
    known = np.isfinite(values)
    total, count = np.where(known, values, 0.0).sum(axis=-1).ravel(), known.sum(axis=-1).ravel()
    places = product(*(range(part.start, part.stop) for part in here[:-1]))
    for place, mine, n in zip(places, total, count, strict=True):
        before = sums.get(place, (0.0, 0))
        sums[place] = (before[0] + float(mine), before[1] + int(n))


def _best(best: list[tuple[float, Place]], sums: dict[Place, tuple[float, int]]) -> list[tuple[float, Place]]:
    fresh = [(total / count, place) for place, (total, count) in sums.items() if count]
    return heapq.nlargest(SHOWN, [*best, *fresh], key=lambda each: each[0])
