"""The front of benefit and harm, and the rule by which one of it is chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.prescribe.evaluate import Tried

Floats = NDArray[np.float64]

ENOUGH = 0.95  # of the largest benefit: among these the least harm is chosen
ALIKE = 0.02  # of a limit: harms that near count as one, and the shorter week is chosen


def objectives(tried: Sequence[Tried]) -> Floats:
    """Return (m, 4): size and strength gained, harm and time with their signs turned; more is better in each."""
    return np.array([[each.size, each.strength, -each.harm, -each.time] for each in tried]).reshape(-1, 4)


def front(tried: Sequence[Tried]) -> list[Tried]:
    """Return those that no other surpasses in size, strength, harm and time, from the least harm to the most."""
    points = objectives(tried)
    kept = [each for each, point in zip(tried, points, strict=True) if not _surpassed(point, points)]
    return sorted(kept, key=lambda each: each.harm)


def benefits(tried: Sequence[Tried], strength_weight: float, among: Sequence[Tried] | None = None) -> Floats:
    """Return (m,) the weighted mean of size and strength gained, each as a share of the most among `among`."""
    points = objectives(tried)[:, :2]
    most = np.maximum(objectives(tried if among is None else among)[:, :2].max(axis=0), 1e-9)
    found: Floats = points / most @ np.array([1.0 - strength_weight, strength_weight])
    return found


def choose(tried: Sequence[Tried], strength_weight: float) -> Tried:
    """Return the least harm among those with 95 % of the largest benefit; of like harms, the shortest week."""
    benefit = benefits(tried, strength_weight)
    most = float(benefit.max())
    wanted = most - (1.0 - ENOUGH) * abs(most)  # a short programme may give less than nothing
    enough = [each for each, value in zip(tried, benefit, strict=True) if value >= wanted]
    least = min(each.harm for each in enough)
    return min((each for each in enough if each.harm <= least + ALIKE), key=lambda each: (each.time, each.harm))


def ranked(tried: Sequence[Tried], strength_weight: float, most: int) -> list[Tried]:
    """Return the choice, then what would be chosen without it, and so on."""
    left, found = list(tried), list[Tried]()
    while left and len(found) < most:
        found.append(choose(left, strength_weight))
        left.remove(found[-1])
    return found


def spread_out(tried: Sequence[Tried], most: int, first: Sequence[Tried]) -> list[Tried]:
    """Return at most so many, far from each other in what they give and cost, `first` and the ends among them."""
    if len(tried) <= most:
        return list(tried)
    points = objectives(tried)
    scaled = (points - points.min(axis=0)) / np.maximum(np.ptp(points, axis=0), 1e-9)
    picked = list(dict.fromkeys([*map(tried.index, first), *(int(at) for at in scaled.argmax(axis=0))]))
    while len(picked) < most:
        away = np.linalg.norm(scaled[:, None] - scaled[picked][None], axis=2).min(axis=1)
        picked.append(int(away.argmax()))
    return [tried[at] for at in sorted(picked[:most])]


def _surpassed(point: Floats, points: Floats) -> bool:
    return bool(np.any(np.all(points >= point, axis=1) & np.any(points > point, axis=1)))
