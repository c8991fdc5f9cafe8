"""What kind of arm it is: mode, load, pressure, age and region, by which a report groups its rows."""

from __future__ import annotations

from dataclasses import dataclass

from bfrsim.scenario.exercise import Cycling, Passive, Resistance, Walking
from bfrsim.scenario.schema import Scenario
from bfrsim.study.published.arms import Arms
from bfrsim.study.published.read import TrialFile
from bfrsim.study.published.record import Arm

MIXED = "mean of arms"


@dataclass(frozen=True)
class Traits:
    """Each in words; `pressure_percent` is that of the simulated cuff in %AOP, None without one."""

    mode: str
    load: str
    pressure: str
    age: str
    region: str
    pressure_percent: float | None


GROUPINGS = ("mode", "load", "pressure", "age", "region")


def traits_of(arms: Arms, file: TrialFile, arm: Arm) -> Traits:
    """Return the traits of an arm."""
    age = _age(file.trial.known(arm, "age") or 0.0)
    scenario = file.scenarios.get(arm.name)
    if scenario is None:
        names = list(arm.mean_of or ())
        region = file.scenarios[names[0]].trained_limb
        return Traits(MIXED, MIXED, MIXED, age, region, None)
    pressure = arms.relative_pressure(file, arm.name)
    return Traits(_mode(scenario), _load(scenario), _pressure(pressure), age, scenario.trained_limb, pressure)


def _mode(scenario: Scenario) -> str:
    exercise = scenario.exercise
    unloaded = any(phase.kind == "bed rest" for phase in scenario.calendar.stages)
    if exercise is None:
        return "unloading" if unloaded else "no exercise"
    names = {Resistance: "resistance", Walking: "walking", Cycling: "cycling", Passive: "cuff at rest"}
    name = names[type(exercise)]
    if unloaded:
        return f"unloading, {name}"
    return f"{name}, cuff" if scenario.cuff is not None and not isinstance(exercise, Passive) else name


def _load(scenario: Scenario) -> str:
    exercise = scenario.exercise
    if not isinstance(exercise, Resistance) or exercise.load.unit != "%1RM":
        return "no load"
    value = exercise.load.value
    band = "below 45 %1RM" if value < 45 else "45-59 %1RM" if value < 60 else "60 %1RM and more"
    return f"{band}{', to failure' if exercise.to_failure else ''}"


def _pressure(percent: float | None) -> str:
    if percent is None or percent == 0:
        return "no cuff"
    return "below 50 %AOP" if percent < 50 else "50-79 %AOP" if percent < 80 else "80 %AOP and more"


def _age(age: float) -> str:
    return "below 40 years" if age < 40 else "40-59 years" if age < 60 else "60 years and more"
