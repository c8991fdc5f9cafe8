"""What follows from covariates: body mass index, hypertension, and the sarcopenia class as screening finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bfrsim.scenario.sarcopenia import SARCOPENIA, SEVERE, sarcopenia
from bfrsim.study.cohort.streams import normals, uniforms
from bfrsim.study.cohort.tables import hypertension_rules, screening_errors

Columns = dict[str, NDArray]

# Where the logistic line of treatment is zero decades and zero millimetres away.
REFERENCE_AGE, REFERENCE_SBP = 65.0, 125.0


class Screened(NamedTuple):
    """What a screening measures of one person."""

    sex: str
    almi: float
    grip: float
    gait_speed: float


def derive(seed: int, candidates: ArrayLike, columns: Mapping[str, NDArray]) -> Columns:
    """Return the derived columns of people, (n,) each.

    Parameters
    ----------
    seed : int
        Of the cohort.
    candidates : (n,) whole numbers
        Who they are.
    columns : mapping
        Their covariates.
    """
    people = np.asarray(candidates, dtype=np.int64)
    found = {
        "bmi": columns["body_mass"] / (0.01 * columns["height"]) ** 2,
        "hypertension": _hypertension(seed, people, columns),
    }
    for name, (error, relative) in screening_errors().items():
        size = error * columns[name] if relative else error
        noise = normals(seed, f"screening error of {name}", people)
        found[f"{name}_measured"] = np.maximum(columns[name] + size * noise, 0.0)
    return found | classes(columns["sex"], *(found[f"{name}_measured"] for name in ("almi", "grip", "gait_speed")))


def classes(sex: NDArray, almi: NDArray, grip: NDArray, gait_speed: NDArray) -> Columns:
    """Return the sarcopenia classes by AWGS 2019 and EWGSOP2 of values [kg/m**2, kg, m/s], and AWGS as yes or no."""
    people = (Screened(str(who), *map(float, values)) for who, *values in zip(sex, almi, grip, gait_speed, strict=True))
    told = [sarcopenia(person) for person in people]
    awgs = np.array([each["AWGS 2019"] for each in told], dtype=str)
    ewgsop = np.array([each["EWGSOP2"] for each in told], dtype=str)
    return {"sarcopenia": np.isin(awgs, (SARCOPENIA, SEVERE)), "awgs_2019": awgs, "ewgsop2": ewgsop}


def _hypertension(seed: int, people: NDArray[np.int64], columns: Mapping[str, NDArray]) -> NDArray[np.bool_]:
    """Return who is over the limits of their ancestry's surveys, or under them by treatment."""
    chance = uniforms(seed, "treated hypertension", people)
    found = np.zeros(len(people), dtype=bool)
    for ancestry, rule in hypertension_rules().items():
        decades = (columns["age"] - REFERENCE_AGE) / 10.0
        line = rule.intercept + rule.per_decade * decades + rule.per_10_mmhg * (columns["sbp"] - REFERENCE_SBP) / 10.0
        over = (columns["sbp"] >= rule.systolic) | (columns["dbp"] >= rule.diastolic)
        # chance < logistic(line), without an exponential that could overflow
        treated = np.log(chance / (1.0 - chance)) < line
        found |= (columns["ancestry"] == ancestry) & (over | treated)
    return found
