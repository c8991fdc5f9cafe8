"""What is not known of the model's constants, carried into power: the pool's changes, moved by draws from the priors.

Each draw takes every constant with a prior, for all people alike, from the whole width of that prior; what the draw
changes in some people's programmes is added to the mean change of each arm. The priors have not been narrowed by the
fit to published trials, so that this is more doubt than there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bfrsim.batch import Programme, simulate_programmes
from bfrsim.language.tree import Declaration
from bfrsim.study.cohort.parameters import varied
from bfrsim.study.cohort.streams import normals
from bfrsim.study.cohort.variability import roles
from bfrsim.study.trial.measures import MEASURES
from bfrsim.study.trial.prepare import RTOL, Prepared, all_visits, parameter_values

Floats = NDArray[np.float64]
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Shifts:
    """How draws of the constants move mean changes: one mapping outcome -> (A, V) [1] for each draw that ran."""

    moved: tuple[Mapping[str, Floats], ...]
    failures: tuple[str, ...]


def shifts(ready: Prepared, *, threads: int = 1, progress: Progress | None = None) -> Shifts:
    """Simulate some people under draws of the constants, each in every arm."""
    design = ready.file.design
    people = min(design.assurance.people, ready.people.sizes["person"])
    names = tuple(dict.fromkeys(MEASURES[outcome.measure].output for outcome in design.outcome))
    flat: list[Programme] = []
    for draw in range(-1, design.assurance.draws):  # the first are people as they are
        for arm in ready.simulated:
            values = parameter_values(ready, arm)
            flat += [_moved(each, ready, values, draw) for each in ready.programmes[arm][:people]]
    followed = simulate_programmes(flat, names, rtol=RTOL, threads=threads, progress=progress)
    done = np.array([run.values[0] for run in followed])  # (draw * arm * person, T, C)
    shape = (design.assurance.draws + 1, len(ready.simulated), people, *done.shape[1:])
    changes = done.reshape(shape)
    with np.errstate(invalid="ignore"):
        moved = changes[1:] - changes[:1]
    found, failures = [], []
    for draw, some in enumerate(moved):
        lost = int((~np.isfinite(some).all(axis=(2, 3))).any(axis=0).sum())
        if lost > people // 2:
            failures.append(f"draw {draw + 1}: {lost} of {people} people cannot be simulated")
            continue
        whole = np.isfinite(some).all(axis=(0, 2, 3))
        found.append(_by_outcome(ready, some[:, whole].mean(axis=1) / 100.0, names))
    return Shifts(tuple(found), tuple(failures))


def _by_outcome(ready: Prepared, means: Floats, names: tuple[str, ...]) -> Mapping[str, Floats]:
    """Return outcome -> (A, V) of (simulated arms, T, C); arms whose change is told do not move."""
    design, days = ready.file.design, all_visits(ready.file)
    found = {}
    for outcome in design.outcome:
        at = [days.index(day) for day in (0.0, *outcome.visits)]
        table = np.zeros((len(design.arm), len(at)))
        for place, arm in enumerate(design.arm):
            if arm.name in ready.simulated:
                table[place] = means[ready.simulated.index(arm.name)][at, names.index(MEASURES[outcome.measure].output)]
        found[outcome.name] = table
    return found


def _moved(programme: Programme, ready: Prepared, values: Mapping[str, float], draw: int) -> Programme:
    """Return a programme with the constants of a draw; people keep their places around the new values."""
    if draw < 0:
        return programme
    changed = dict(programme.parameters)
    for item in ready.system.parameters:
        if item.prior is None or item.name in roles().fixed or item.name in roles().full_width:
            continue
        own = np.asarray(changed.get(item.name, values[item.name]), dtype=float)
        score = normals(ready.file.design.seed, f"constant {item.name}", [draw])
        changed[item.name] = _carried(
            item, own, values[item.name], float(varied(item, values[item.name], score, 1.0)[0])
        )
    return replace(programme, parameters=changed)


def _carried(item: Declaration, own: Floats, old: float, new: float) -> Floats:
    assert item.prior is not None
    if item.prior.family == "lognormal" and old != 0.0:
        return own * (new / old)
    moved = own + (new - old)
    if item.prior.family == "uniform":
        # A value in use may stand beyond its prior, and then stays where it is.
        low, high = min(item.prior.first, old), max(item.prior.second, old)
        moved = np.clip(moved, low, high)
    return np.asarray(moved)
