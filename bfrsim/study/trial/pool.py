"""The pool: each virtual person once in every arm, with their own calendar, pressure and load, read at every visit.

Trials are recruited from it with replacement, so that every replicate is a sample of independent people of one known
population, whose true effects are the means over the pool. What is drawn anew in each replicate (recruitment,
allocation, errors of instruments) changes nothing in the simulation, so that this is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.batch import Followed, simulate_programmes
from bfrsim.errors import SimulationError
from bfrsim.study.cohort.streams import uniforms
from bfrsim.study.trial.measures import MEASURES
from bfrsim.study.trial.prepare import RTOL, Prepared, all_visits
from bfrsim.study.trial.schema import Outcome
from bfrsim.study.trial.setting import learned

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEURAL, SKILL = "nu", "skill"  # of the model: gain of drive and skill of the lift
FEWEST = 8  # people who can be simulated in every arm


@dataclass(frozen=True)
class Pool:
    """What n people did in A arms, as a perfect instrument would see it.

    Attributes
    ----------
    people : from the cohort, dim person.
    arms : names.
    visits : outcome -> (V,) days, the first is 0.
    truth : outcome -> (n, A, V) values; in the unit of the measure.
    second : likewise where the arm comes second in a crossover: nothing but practice in testing is carried over.
    seen : outcome -> (n, A, V) whether the person comes to the visit.
    attendance : (n, A) share of the planned sessions; NaN where none are planned.
    discomfort : (n, A) highest of the first session, CR-10; NaN where there is none.
    leaves : (n, A) day of leaving; inf for those who stay.
    failures : one sentence for each person and arm that could not be simulated; they are not in the pool.
    """

    people: xarray.Dataset
    arms: tuple[str, ...]
    visits: Mapping[str, Floats]
    truth: Mapping[str, Floats]
    second: Mapping[str, Floats]
    seen: Mapping[str, Flags]
    attendance: Floats
    discomfort: Floats
    leaves: Floats
    failures: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.leaves)


Progress = Callable[[float], None]


def simulate_pool(ready: Prepared, *, threads: int = 1, progress: Progress | None = None) -> Pool:
    """Simulate every person in every arm.

    Raises
    ------
    SimulationError
        If hardly anybody can be simulated in every arm.
    """
    names = _outputs(ready)
    flat = [programme for arm in ready.simulated for programme in ready.programmes[arm]]
    followed = simulate_programmes(flat, names, rtol=RTOL, threads=threads, progress=progress) if flat else []
    count = ready.people.sizes["person"]
    runs = {arm: followed[at * count : (at + 1) * count] for at, arm in enumerate(ready.simulated)}
    failures = tuple(
        f"person {person} in arm '{arm}': {run.reasons[0]}"
        for arm, some in runs.items() for person, run in enumerate(some) if run.status[0]
    )  # fmt: skip
    pool = _assembled(ready, runs, names, failures)
    whole = np.all([np.isfinite(values).all(axis=(1, 2)) for values in pool.truth.values()], axis=0)
    if whole.sum() < FEWEST:
        raise SimulationError(f"{whole.sum()} of {count} people can be simulated in every arm; {failures[0]}")
    return pool if whole.all() else _kept(pool, whole)


def shifted(pool: Pool, shift: Mapping[str, Floats]) -> Pool:
    """Return the pool with every change moved, outcome -> (A, V) shares of the level at the start."""
    truth, second = (
        {name: values + values[:, :, :1] * shift[name] for name, values in levels.items()}
        for levels in (pool.truth, pool.second)
    )
    return replace(pool, truth=truth, second=second)


def _outputs(ready: Prepared) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(MEASURES[each.measure].output for each in ready.file.design.outcome), NEURAL, SKILL]))


def _assembled(
    ready: Prepared, runs: Mapping[str, Sequence[Followed]], names: Sequence[str], failures: tuple[str, ...]
) -> Pool:
    design = ready.file.design
    days = all_visits(ready.file)
    series = {arm: np.array([run.values[0] for run in some]) for arm, some in runs.items()}
    come = uniforms(design.seed, "visits after leaving", ready.who) < design.adherence.measured_after_leaving
    truth, second, visits, seen = {}, {}, {}, {}
    for outcome in design.outcome:
        own = np.array([0.0, *outcome.visits])
        at = [days.index(day) for day in own]
        seen_here = {
            arm: {name: values[:, at, place] for place, name in enumerate(names)} for arm, values in series.items()
        }
        truth[outcome.name] = _levels(ready, outcome, seen_here, 0)
        crossed = design.allocation.scheme == "crossover"
        second[outcome.name] = _levels(ready, outcome, seen_here, len(own)) if crossed else truth[outcome.name]
        visits[outcome.name] = own
        seen[outcome.name] = (own[None, None, :] <= ready.leaves[:, :, None]) | come[:, None, None]
    arms = tuple(arm.name for arm in design.arm)
    return Pool(
        ready.people, arms, visits, truth, second, seen, ready.attendance, ready.discomfort, ready.leaves, failures
    )


def _levels(ready: Prepared, outcome: Outcome, series: Mapping[str, Mapping[str, Floats]], tests: int) -> Floats:
    """Return the level of an outcome at its visits, (n, A, V), by people who were tested `tests` times before."""
    visits = 1 + len(outcome.visits)
    return np.stack(
        [
            _simulated(ready, arm.name, outcome, series[arm.name], tests) if arm.name in series
            else _known(ready, arm.name, outcome.name, visits)
            for arm in ready.file.design.arm
        ],
        axis=1,
    )  # fmt: skip


def _simulated(ready: Prepared, arm: str, outcome: Outcome, values: Mapping[str, Floats], tests: int) -> Floats:
    """Return the level of an outcome at its visits, (n, V)."""
    measure, scenario = MEASURES[outcome.measure], ready.file.scenarios[arm]
    fold = 1.0 + values[measure.output] / 100.0
    if measure.learned:
        design, trained = ready.file.design, ready.file.cohort.population.training != "none"
        tested = learned(
            design.measurement, design.seed, ready.who, ready.people["age"].values, scenario.trained_limb == "arm",
            trained, (tests, fold.shape[1]),
        )  # fmt: skip
        # Testing and training teach the same skill, so that whoever learned more from one gains nothing by the other.
        gain, skill = values[NEURAL], values[SKILL]
        fold = fold * (1.0 + gain + np.maximum(skill, tested)) / (1.0 + gain + skill)
    column = measure.column(scenario)
    level = np.asarray(ready.people[column].values if column else np.full(len(fold), 100.0), dtype=float)
    return level[:, None] * fold


def _known(ready: Prepared, arm: str, outcome: str, visits: int) -> Floats:
    """Return levels of a change that is told, (n, visits): people at the quantiles of its normal distribution.

    The quantiles are stretched to the SD that is told, in an order of the arm's own.
    """
    from scipy.special import ndtri

    known = next(each.known for each in ready.file.design.arm if each.name == arm)
    assert known is not None
    count = ready.people.sizes["person"]
    order = np.argsort(uniforms(ready.file.design.seed, f"known change in {arm}, {outcome}", ready.who), kind="stable")
    scores = np.empty(count)
    scores[order] = ndtri((np.arange(count) + 0.5) / count)
    change = known[outcome].mean + known[outcome].sd * scores / scores.std()
    return 100.0 + np.concatenate([np.zeros((count, 1)), np.repeat(change[:, None], visits - 1, axis=1)], axis=1)


def _kept(pool: Pool, whole: Flags) -> Pool:
    return replace(
        pool,
        people=pool.people.isel(person=np.flatnonzero(whole)),
        truth={name: values[whole] for name, values in pool.truth.items()},
        second={name: values[whole] for name, values in pool.second.items()},
        seen={name: values[whole] for name, values in pool.seen.items()},
        attendance=pool.attendance[whole], discomfort=pool.discomfort[whole], leaves=pool.leaves[whole],
    )  # fmt: skip
