"""What a fit asks again and again: what the engine says of every row, for many sets of the free constants at once.

All sets are simulated together, as further people of each arm, so that vector lanes are full and what an arm costs
whoever trains in it is paid once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import ScenarioError, SimulationError
from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.study.calibrate.constants import Constant, constants_of
from bfrsim.study.published.arms import Arms, Key, Plan, Simulated, Task, follow, plan_arms
from bfrsim.study.published.evidence import Published
from bfrsim.study.published.group import virtual_people
from bfrsim.study.published.measures import MEASURES
from bfrsim.study.published.predict import answer_to, finished_mean
from bfrsim.study.published.read import TrialFile
from bfrsim.study.published.record import Arm, Row
from bfrsim.study.published.trials import Material

Floats = NDArray[np.float64]
Share = Callable[[float], None]

TOGETHER = 32  # sets that are simulated at once, at most: memory


@dataclass(frozen=True)
class Asked:
    """A row that is fitted: the arm that answers it, and its weight."""

    file: TrialFile
    arm: Arm
    row: Row
    published: Published
    weight: float


@dataclass(frozen=True)
class Effort:
    """How thoroughly arms are simulated: people of an arm at most, tolerance of a step, threads."""

    people: int
    rtol: float = 1e-4
    threads: int = 1

    @property
    def plan(self) -> Plan:
        """The same as a plan for arms."""
        return Plan(people=self.people, rtol=self.rtol, threads=self.threads)


@dataclass(frozen=True)
class Problem:
    """Rows to fit and constants that are free.

    `people` keeps the virtual groups that were drawn, by arm and number.
    """

    system: System
    constants: tuple[Constant, ...]
    asked: tuple[Asked, ...]
    drawn: dict[tuple[str, int], dict[str, Floats]] = field(default_factory=dict, repr=False)

    @property
    def published(self) -> Floats:
        """Published changes, (R,) [%]."""
        return np.array([each.published.change for each in self.asked])

    @property
    def weights(self) -> Floats:
        """Weights of the rows, (R,) [1/%**2]."""
        return np.array([each.weight for each in self.asked])

    @property
    def cohorts(self) -> tuple[str, ...]:
        """Cohorts of the rows, each once, sorted."""
        return tuple(sorted({each.published.cohort for each in self.asked}))

    @property
    def start(self) -> Floats:
        """Scores of the model's own values, (P,)."""
        return np.array([constant.start for constant in self.constants])

    def of_cohort(self, cohort: str) -> NDArray[np.bool_]:
        """Return which rows are of a cohort, (R,)."""
        return np.array([each.published.cohort == cohort for each in self.asked])

    def values(self, scores: Floats) -> dict[str, float]:
        """Return constant -> value at scores (P,)."""
        return {each.name: float(each.at(scores[[at]])[0]) for at, each in enumerate(self.constants)}


def problem_of(material: Material, names: Sequence[str]) -> Problem:
    """Return the rows of published trials that may be fitted, with the arms that answer them.

    Raises
    ------
    ScenarioError
        If the model lacks a constant, or no row may be fitted.
    """
    system, tables = read_system(models_folder() / "bfr.bfr"), material.tables
    asked = tuple(
        Asked(file, arm, row, tables.rows[row.id], tables.weights[row.id])
        for file in material.files
        for arm in file.trial.arm
        for row in arm.rows
        if tables.rows[row.id].scored
        and tables.rows[row.id].calibrate
        and MEASURES[row.measure].outcome
        and MEASURES[row.measure].output_in(system.declared())
    )
    if not asked:
        raise ScenarioError("no row of this table may be fitted (use = score, role = calibrate)", material.evidence)
    return Problem(system, constants_of(system, names), asked)


def predict(problem: Problem, sets: Floats, effort: Effort, share: Share | None = None) -> Floats:
    """Return what the engine says of each row with each set of constants.

    Parameters
    ----------
    sets : (m, P) scores.
    effort : how thoroughly.
    share : told the part of the work that is done, 0 to 1.

    Returns
    -------
    (m, R) means of the virtual groups [%].

    Raises
    ------
    SimulationError
        If nobody of an arm can be simulated.
    """
    files = list({each.file.path: each.file for each in problem.asked}.values())
    tasks, places = plan_arms(files, effort.plan, problem.system)
    needed = _needed(problem, places)
    named, found = {file.path.name: file for file in files}, []
    for first in range(0, len(sets), TOGETHER):
        some = sets[first : first + TOGETHER]
        groups = [_people(problem, key, tasks[key], some, effort) for key in needed]
        told = partial(_share, share, first / len(sets), len(some) / len(sets))
        runs = follow([tasks[key] for key in needed], groups, effort.plan, told)
        for number in range(len(some)):
            parts = {key: _part(run, number, len(some)) for key, run in zip(needed, runs, strict=True)}
            found.append(_means(problem, Arms(problem.system, named, parts, places)))
    return np.array(found)


def _share(share: Share | None, before: float, part: float, done: float) -> None:
    if share:
        share(before + part * done)


def _needed(problem: Problem, places: Mapping[Key, str]) -> list[str]:
    """Return the simulations that rows hang on, in the order of the files."""
    names = (
        places[each.file.path.name, name] for each in problem.asked for name in each.arm.mean_of or (each.arm.name,)
    )
    return list(dict.fromkeys(names))


def _people(problem: Problem, key: str, task: Task, sets: Floats, effort: Effort) -> dict[str, Floats]:
    """Return the parameters of the people of an arm, once for each set, one set after the other."""
    count = min(effort.people, task.group.size)
    if (key, count) not in problem.drawn:
        problem.drawn[key, count] = virtual_people(task.group, count, problem.system, task.scenario)
    people = problem.drawn[key, count]
    parameters = {name: np.tile(values, len(sets)) for name, values in people.items()}
    for at, constant in enumerate(problem.constants):
        own = people.get(constant.name, np.full(count, constant.value))
        moves = sets[:, at] - constant.start
        parameters[constant.name] = np.concatenate([constant.moved(own, float(by)) for by in moves])
    return parameters


def _part(run: Simulated, number: int, sets: int) -> Simulated:
    """Return what the people of one set did."""
    count = len(next(iter(run.series.values()))) // sets
    return run.part(number * count, (number + 1) * count)


def _means(problem: Problem, arms: Arms) -> list[float]:
    found = []
    for each in problem.asked:
        answer = answer_to(arms, each.file, each.arm, each.row)
        mean = np.nan if answer is None else finished_mean(answer)
        if not np.isfinite(mean):
            raise SimulationError(f"{each.file.path.name}, arm '{each.arm.name}': nobody could be simulated to the end")
        found.append(mean)
    return found
