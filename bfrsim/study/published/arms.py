"""Simulate the arms of published trials, each with its virtual group, identical arms once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bfrsim.batch import Followed, Programme, simulate_programmes
from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.scenario.lengths import DAY, WEEK_DAYS
from bfrsim.scenario.schema import Model, Scenario
from bfrsim.study.published.group import Group, group_of, virtual_people
from bfrsim.study.published.measures import MEASURES, MeasureName
from bfrsim.study.published.read import TrialFile, seconds
from bfrsim.study.published.record import Moment, Row

Floats = NDArray[np.float64]
Key = tuple[str, str]  # name of the trial file and of the arm

PRESSURE = "AOP"


@dataclass(frozen=True)
class Plan:
    """How arms are simulated.

    Attributes
    ----------
    people : most people of an arm; larger groups are simulated with as many.
    parameter_set : values of the model's constants; those of each scenario if None.
    """

    people: int
    parameter_set: Path | None = None
    threads: int = 1
    rtol: float = 1e-6


@dataclass(frozen=True)
class Answer:
    """What an arm did in one measure at one time: value of each person (n,), and what it was read from.

    `size` is the trial's own number of people; `stands_in` says that the output is not the outcome itself.
    """

    values: Floats
    size: int
    output: str
    stands_in: bool


@dataclass
class Task:
    """One simulation: everything that any arm wants of it."""

    scenario: Scenario
    group: Group
    outputs: set[str] = field(default_factory=set)
    times: set[float] = field(default_factory=set)


@dataclass(frozen=True)
class Simulated:
    """What one simulation gave: (n, T) of each output, its highest of the first session (n,), and people who failed."""

    times: Floats
    series: Mapping[str, Floats]
    highest: Mapping[str, Floats]
    failures: tuple[str, ...]

    def part(self, first: int, beyond: int) -> Simulated:
        """Return what it gave for some of its people; failures stay with the whole."""
        people = slice(first, beyond)
        series = {name: values[people] for name, values in self.series.items()}
        return Simulated(self.times, series, {name: values[people] for name, values in self.highest.items()}, ())


@dataclass(frozen=True)
class Arms:
    """The simulated arms of trials."""

    system: System
    files: Mapping[str, TrialFile]
    runs: Mapping[str, Simulated]
    places: Mapping[Key, str]

    def answer(self, file: TrialFile, arm: str, measure: MeasureName, moment: Moment, at: float) -> Answer | None:
        """Return what an arm did; None if the model has no output for the measure.

        Parameters
        ----------
        moment : the row or comparison that is answered.
        at : clock time at which it is read [s].
        """
        output = MEASURES[measure].output_in(self.system.declared())
        if output is None:
            return None
        mean_of = file.trial.arm_named(arm).mean_of
        if mean_of is not None:
            return self._mean(file, mean_of, measure, moment)
        run = self.runs[self.places[file.path.name, arm]]
        values = self._read(run, output, measure, moment, at)
        return Answer(values, file.trial.arm_named(arm).size, output, output != MEASURES[measure].output)

    def relative_pressure(self, file: TrialFile, arm: str) -> float | None:
        """Return the mean pressure of the cuff in %AOP; None without a cuff."""
        scenario = file.scenarios.get(arm)
        if scenario is None or scenario.cuff is None or scenario.exercise is None:
            return None
        value, unit = scenario.cuff.pressure
        if unit == "%AOP":
            return value
        run = self.runs[self.places[file.path.name, arm]]
        return float(np.nanmean(100.0 * value / run.series[PRESSURE][:, 0]))

    def _mean(
        self, file: TrialFile, weights: Mapping[str, float], measure: MeasureName, moment: Moment
    ) -> Answer | None:
        """Return the weighted mean of arms; their people are paired, as all arms of a cohort have the same."""
        answers = [
            self.answer(file, name, measure, moment, seconds(moment, [file.scenarios[name]])) for name in weights
        ]
        known = [answer for answer in answers if answer is not None]
        if not known:
            return None
        people = min(len(answer.values) for answer in known)
        stacked = np.array([answer.values[:people] for answer in known])
        values = np.average(stacked, axis=0, weights=list(weights.values()))
        return Answer(values, sum(answer.size for answer in known), known[0].output, known[0].stands_in)

    @staticmethod
    def _read(run: Simulated, output: str, measure: MeasureName, moment: Moment, at: float) -> Floats:
        if MEASURES[measure].read == "highest":
            return run.highest[output]
        values: Floats = run.series[output][:, int(np.searchsorted(run.times, at))]
        since = moment.since_weeks if isinstance(moment, Row) else None
        if since:
            before = run.series[output][:, int(np.searchsorted(run.times, since * WEEK_DAYS * DAY))]
            values = 100.0 * ((1.0 + values / 100.0) / (1.0 + before / 100.0) - 1.0)
        return values


def simulate_arms(
    files: Sequence[TrialFile],
    plan: Plan,
    *,
    announce: Callable[[str], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Arms:
    """Simulate every arm of some trials.

    Parameters
    ----------
    files : trials with their scenarios.
    announce, progress : told in words what takes time, and the share that is done.
    """
    system = read_system(models_folder() / "bfr.bfr")
    tasks, places = plan_arms(files, plan, system)
    return Arms(system, {file.path.name: file for file in files}, _run(tasks, plan, system, announce, progress), places)


def plan_arms(files: Sequence[TrialFile], plan: Plan, system: System) -> tuple[dict[str, Task], dict[Key, str]]:
    """Return the simulations that the arms of some trials need, identical arms once, and which of them each arm is."""
    tasks: dict[str, Task] = {}
    places: dict[Key, str] = {}
    for file in files:
        for arm in file.trial.arm:
            if arm.base is not None:
                scenario, group = _with_set(file.scenarios[arm.name], plan), group_of(file.trial, arm)
                key = _key(scenario, group, plan)
                places[file.path.name, arm.name] = key
                tasks.setdefault(key, Task(scenario, group))
        _wishes(file, places, tasks, system)
    return tasks, places


def _run(
    tasks: Mapping[str, Task],
    plan: Plan,
    system: System,
    announce: Callable[[str], None] | None,
    progress: Callable[[float], None] | None,
) -> dict[str, Simulated]:
    if announce:
        announce(f"simulating {len(tasks)} arms")
    groups = [
        virtual_people(task.group, min(plan.people, task.group.size), system, task.scenario) for task in tasks.values()
    ]
    return dict(zip(tasks, follow(list(tasks.values()), groups, plan, progress), strict=True))


def follow(
    tasks: Sequence[Task],
    groups: Sequence[Mapping[str, Floats]],
    plan: Plan,
    progress: Callable[[float], None] | None = None,
) -> list[Simulated]:
    """Simulate people, all arms together, and return what each arm gave.

    Parameters
    ----------
    groups : for each arm the parameters of its n people, (n,) each.
    plan : threads and relative tolerance.
    """
    names = [*sorted({name for task in tasks for name in task.outputs}), PRESSURE]
    programmes = [
        Programme(task.scenario, people, sorted(task.times or {0.0}))
        for task, people in zip(tasks, groups, strict=True)
    ]
    found = simulate_programmes(programmes, names, rtol=plan.rtol, threads=plan.threads, progress=progress)
    return [_simulated(np.array(each.times), names, told) for each, told in zip(programmes, found, strict=True)]


def _wishes(file: TrialFile, places: Mapping[Key, str], tasks: Mapping[str, Task], system: System) -> None:
    """Note on each task the outputs and times that the trial asks for."""
    asked: list[tuple[Iterable[str], Moment, MeasureName]] = [
        (arm.mean_of or (arm.name,), row, row.measure) for arm in file.trial.arm for row in arm.rows
    ]
    asked += [(order.arms, order, order.measure) for order in file.trial.order]
    for names, moment, measure in asked:
        simulated = [name for name in names if name in file.scenarios]
        own = [file.scenarios[name] for name in simulated]
        output = MEASURES[measure].output_in(system.declared())
        for name in simulated:
            task = tasks[places[file.path.name, name]]
            task.times.add(seconds(moment, own))
            if isinstance(moment, Row) and moment.since_weeks:
                task.times.add(moment.since_weeks * WEEK_DAYS * DAY)
            if output is not None:
                task.outputs.add(output)


def _simulated(times: Floats, names: Sequence[str], told: Followed) -> Simulated:
    sessions = told.highest.shape[1]
    highest = told.highest[:, 0] if sessions else np.full(told.values[:, 0].shape, np.nan)
    return Simulated(
        times,
        {name: told.values[:, :, column] for column, name in enumerate(names)},
        {name: highest[:, column] for column, name in enumerate(names)},
        tuple(f"person {number}: {reason}" for number, reason in enumerate(told.reasons) if reason),
    )


def _with_set(scenario: Scenario, plan: Plan) -> Scenario:
    if plan.parameter_set is None:
        return scenario
    return scenario.model_copy(update={"model": Model(parameter_set=str(plan.parameter_set))})


def _key(scenario: Scenario, group: Group, plan: Plan) -> str:
    """Return what tells one simulation from another: all but the title, and of the group the people simulated."""
    told = scenario.model_dump(mode="json", exclude={"title": True, "exercise": {"movement"}})
    people = asdict(replace(group, size=min(group.size, plan.people)))
    return hashlib.sha256(json.dumps([told, people], sort_keys=True).encode()).hexdigest()
