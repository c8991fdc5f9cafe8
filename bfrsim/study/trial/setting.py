"""What staff set: pressure from a measured occlusion pressure, load from a tested maximum, each with its error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bfrsim.scenario.exercise import Resistance
from bfrsim.scenario.quantities import Amount
from bfrsim.scenario.schema import Scenario
from bfrsim.study.cohort.streams import normals
from bfrsim.study.trial.evidence import rules
from bfrsim.study.trial.schema import Measurement

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MIDDLE, OLD = 40.0, 60.0  # ages [yr] at which the rows of trial_rules.csv change


def cuff_errors(told: Measurement, scenario: Scenario, seed: int, people: Integers, sessions: int) -> Floats:
    """Return by how much each measured occlusion pressure is off over the programme, (n,) [mmHg].

    One setting is held for the programme; of several, the mean counts, since what a session does changes nearly in
    proportion to pressure.
    """
    if told.aop == "exact" or scenario.cuff is None or scenario.cuff.pressure.unit != "%AOP":
        return np.zeros(len(people))
    weeks = -(-scenario.calendar.total_days // 7)
    settings = {"once": 1, "weekly": weeks, "every session": max(sessions, 1)}[told.aop]
    sd = rules()["aop_error", scenario.cuff.limb] / np.sqrt(settings)
    return np.asarray(sd * normals(seed, "occlusion pressure as measured", people))


def load_errors(told: Measurement, seed: int, people: Integers, ages: Floats, trained: bool) -> Floats:
    """Return by which share each load is off, (n,) [1]."""
    if told.load == "exact":
        return np.zeros(len(people))
    young, old = rules()["load_error", "18-59"], rules()["load_error", "60+"]
    sd = np.full(len(ages), rules()["load_error", "trained"]) if trained else np.where(ages < OLD, young, old)
    return np.asarray(sd * normals(seed, "maximum as tested for the load", people))


def as_set(
    scenario: Scenario, told: Measurement, cuff_error: float, load_error: float, pressure: float, maximum: float
) -> Scenario:
    """Return the scenario that a person gets when their staff measures with these errors.

    Parameters
    ----------
    cuff_error, pressure : of the occlusion pressure, and what it is [mmHg].
    load_error, maximum : share by which the load is off [1], and the person's maximum before training [kg].
    """
    changes: dict[str, object] = {}
    cuff, exercise = scenario.cuff, scenario.exercise
    if cuff is not None and cuff.pressure.unit == "%AOP" and cuff_error:
        share = max(cuff.pressure.value * (1.0 + cuff_error / pressure), 0.0)
        changes["cuff"] = cuff.model_copy(update={"pressure": Amount(share, "%AOP")})
    if isinstance(exercise, Resistance) and exercise.load.unit == "%1RM":
        load = Amount(exercise.load.value * (1.0 + load_error), "%1RM")
        if told.progression == "first maximum":
            load = Amount(load.value / 100.0 * maximum, "kg")
        changes["exercise"] = exercise.model_copy(update={"load": load})
    return scenario.model_copy(update=changes) if changes else scenario


def learned(
    told: Measurement, seed: int, people: Integers, ages: Floats, arm: bool, trained: bool, tests: tuple[int, int]
) -> Floats:
    """Return by how much practice in testing has raised each maximum since the first of these tests, (n, V) [1].

    Plateau x (1 - exp(-(k - 1) / c)) after k tests, those of familiarisation included; plateaus differ between people.

    Parameters
    ----------
    arm, trained : whether the arm is tested, and whether people have trained before.
    tests : done before in this trial, and V, those of now.
    """
    before, now = tests
    if not told.test_learning:
        return np.zeros((len(people), now))
    plateau, scale = (_by_age(name, ages, arm, trained) for name in ("learning_plateau", "learning_tests"))
    own = plateau * np.maximum(1.0 + rules()["learning_sd", "all"] * normals(seed, "learning of the test", people), 0.0)
    done = told.familiarisation + before + np.arange(now)
    level = 1.0 + own[:, None] * (1.0 - np.exp(-done[None, :] / scale[:, None]))
    return np.asarray(level / level[:, :1] - 1.0)


def _by_age(rule: str, ages: Floats, arm: bool, trained: bool) -> Floats:
    if trained:
        return np.full(len(ages), rules()[rule, "trained"])
    limb = "arm" if arm else "leg"
    young, middle, old = (rules()[rule, f"{limb} {band}"] for band in ("18-39", "40-59", "60+"))
    return np.where(ages < MIDDLE, young, np.where(ages < OLD, middle, old))
