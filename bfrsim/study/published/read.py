"""From a file of TOML to a checked trial with a scenario for each of its arms, or to one error with all mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bfrsim.errors import ScenarioError, did_you_mean
from bfrsim.scenario.lengths import DAY, WEEK_DAYS
from bfrsim.scenario.places import told_in_file
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schedule import session_starts
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.toml_file import file_table, file_text
from bfrsim.study.arm_changes import dotted, laid_to_arm
from bfrsim.study.published.measures import MEASURES
from bfrsim.study.published.mistakes import mistakes_in
from bfrsim.study.published.record import PEOPLE_KNOWN, Arm, Moment, Order, Trial

NOUN = "a trial file"


@dataclass(frozen=True)
class TrialFile:
    """A trial, where it stands, and the scenario of each arm that is simulated on its own."""

    path: Path
    trial: Trial
    scenarios: Mapping[str, Scenario]


def read_trials(folder: Path) -> list[TrialFile]:
    """Return the trials of a folder, by the names of their files.

    Raises
    ------
    ScenarioError
        If the folder or a file cannot be read, a file holds a mistake, or a row is answered twice.
    """
    if not folder.is_dir():
        raise ScenarioError("this is no folder of trial files", folder)
    files = [read_trial(path) for path in sorted(folder.glob("*.toml"))]
    if not files:
        raise ScenarioError("no trial files (.toml) in this folder", folder)
    answered: dict[str, Path] = {}
    for file in files:
        for name in set(file.trial.ids()):
            if name in answered:
                raise ScenarioError(f"row '{name}' is answered already by {answered[name].name}", file.path)
            answered[name] = file.path
    return files


def read_trial(path: Path) -> TrialFile:
    """Read and check one trial.

    Raises
    ------
    ScenarioError
        One line for each mistake, with file and line.
    """
    text = file_text(path, NOUN)
    data = file_table(text, path)
    try:
        trial = Trial.model_validate(data)
    except ValidationError as error:
        raise ScenarioError("\n".join(mistakes_in(error, data, text, path))) from None
    found = [*_people(trial), *_names(trial), *_orders(trial)]
    if found:
        raise ScenarioError("\n".join(told_in_file(found, text, path)))
    scenarios = {}
    for number, arm in enumerate(trial.arm):
        if arm.base is not None:
            scenarios[arm.name] = _scenario(trial, arm, number, text, path)
    late = list(_late(trial, scenarios))
    if late:
        raise ScenarioError("\n".join(told_in_file(late, text, path)))
    return TrialFile(path, trial, scenarios)


def seconds(moment: Moment, scenarios: Sequence[Scenario]) -> float:
    """Return the clock time of a measurement [s since midnight of day 0].

    Hours count from the first session of the arms that are compared, so that an arm without sessions is read at the
    same time of day.
    """
    if moment.hours is not None:
        starts = [start for scenario in scenarios for start in session_starts(scenario.calendar)[:1]]
        return min(starts, default=0.0) + 3600.0 * moment.hours
    return DAY * (moment.days if moment.days is not None else WEEK_DAYS * (moment.weeks or 0.0))


def _scenario(trial: Trial, arm: Arm, number: int, text: str, path: Path) -> Scenario:
    assert arm.base is not None
    beside = path.parent / arm.base
    base = beside if arm.base.endswith(".toml") and beside.is_file() else arm.base
    # Of the base neither its person nor their diet is kept: trials have their own people, who eat what people eat.
    changes: dict[str, Any] = {"title": f"{trial.study}: {arm.name}"[:200], "person": _person(trial, arm)}
    changes |= dict.fromkeys(("meals.protein", *arm.without))
    changes |= dotted(arm.changes)
    try:
        return read_scenario(base, changes)
    except ScenarioError as error:
        lines = (laid_to_arm(line, arm.name, number, text, path) for line in str(error).splitlines())
        raise ScenarioError("\n".join(lines)) from None


def _person(trial: Trial, arm: Arm) -> dict[str, Any]:
    age, women = trial.known(arm, "age"), trial.known(arm, "women")
    assert age is not None and women is not None
    ancestry = trial.population.ancestry
    return {"sex": "female" if women > 0.5 else "male", "age": f"{age:g} year", "ancestry": ancestry}


def _people(trial: Trial) -> Iterator[tuple[tuple[str, ...], str]]:
    for number, arm in enumerate(trial.arm):
        place = ("arm", str(number))
        kinds = [name for name in ("base", "mean_of") if getattr(arm, name)]
        if len(kinds) != 1:
            yield place, f"arm '{arm.name}' has either a base scenario or mean_of, the arms it is the mean of"
        if arm.base is None:
            continue
        if (arm.n is None) == (arm.n_assumed is None):
            yield place, f"arm '{arm.name}' has either n or n_assumed"
        for name in PEOPLE_KNOWN:
            if trial.known(arm, name) is None:
                yield place, f"{name} of arm '{arm.name}' is missing; write {name} or {name}_assumed in [population]"


def _names(trial: Trial) -> Iterator[tuple[tuple[str, ...], str]]:
    known = [arm.name for arm in trial.arm]
    own = {arm.name for arm in trial.arm if arm.base is not None}
    for name, count in Counter(known).items():
        if count > 1:
            yield ("arm", str(known.index(name))), f"{count} arms are named '{name}'"
    for number, arm in enumerate(trial.arm):
        for other in arm.mean_of or ():
            if other not in own:
                hint = did_you_mean(other, own)
                yield ("arm", str(number)), f"arm '{arm.name}' is the mean of '{other}', which is not simulated{hint}"
        for row in arm.rows:
            if len(row.told) != 1:
                yield ("arm", str(number), "rows"), f"row '{row.id}' has either weeks, days or hours"
    ids = Counter(row.id for arm in trial.arm for row in arm.rows)
    for name, count in ids.items():
        if count > 1:
            yield ("arm",), f"row '{name}' is answered {count} times"


def _orders(trial: Trial) -> Iterator[tuple[tuple[str, ...], str]]:
    known = {arm.name for arm in trial.arm}
    for number, order in enumerate(trial.order):
        place = ("order", str(number))
        if not _two_sided(order):
            yield place, "a comparison names either more and less, or alike with two arms or more"
        for name in order.arms:
            if name not in known:
                yield place, f"no arm '{name}'{did_you_mean(name, known)}"
        wanted = 0 if MEASURES[order.measure].read == "highest" else 1
        if len(order.told) != wanted:
            rule = (
                "has no time: it is the highest of the first session" if wanted == 0 else "needs weeks, days or hours"
            )
            yield place, f"measure = '{order.measure}' {rule}"


def _two_sided(order: Order) -> bool:
    if order.alike is not None:
        return len(order.alike) > 1 and order.more is None and order.less is None
    return order.more is not None and order.less is not None


def _late(trial: Trial, scenarios: Mapping[str, Scenario]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what is measured after the programme has ended."""
    for number, arm in enumerate(trial.arm):
        for scenario in (scenarios[name] for name in (arm.name, *(arm.mean_of or ())) if name in scenarios):
            days = scenario.calendar.total_days
            for row in arm.rows:
                if seconds(row, [scenario]) > days * DAY:
                    yield ("arm", str(number), "rows"), f"row '{row.id}' is measured after the programme of {days} days"
    for number, order in enumerate(trial.order):
        compared = [scenarios[name] for name in order.arms if name in scenarios]
        for scenario in compared:
            if seconds(order, compared) > scenario.calendar.total_days * DAY:
                yield ("order", str(number)), f"measured after the programme of '{scenario.title}'"
