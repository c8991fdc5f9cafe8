"""Covariates of people by a Gaussian copula: normal scores, correlated within age and sex, mapped to the tables.

Every operation is element by element: no matrix product whose rounding would hang on how many people are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bfrsim.scenario.quantities import Pressures, Quantity
from bfrsim.scenario.schema import (
    ALMI,
    ARM,
    GAIT_SPEED,
    GRIP,
    HEART_RATE,
    HEIGHT,
    MASS,
    ONE_RM,
    PRESSURE_AT_REST,
    PROTEIN,
    SKINFOLD,
    THIGH,
)
from bfrsim.study.cohort.columns import COVARIATES, MAXIMA
from bfrsim.study.cohort.marginals import Cell, Marginal, marginals
from bfrsim.study.cohort.schema import CohortSpec, Population
from bfrsim.study.cohort.streams import normals, uniforms
from bfrsim.study.cohort.tables import TrainedChange, copula, maxima, trained_changes

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Columns = dict[str, NDArray]

LEAST_PULSE = 15.0  # mmHg between systolic and diastolic pressure; less is drawn again
MOST_REDRAWS = 200
PRESSURES = ("sbp", "dbp")

# The limits of what a scenario can say of a person; a tail beyond them ends there.
LIMITS: Mapping[str, Quantity] = {
    "height": HEIGHT, "body_mass": MASS, "thigh_circ": THIGH, "arm_circ": ARM, "subcut_fat": SKINFOLD,
    "hr": HEART_RATE, "almi": ALMI, "grip": GRIP, "gait_speed": GAIT_SPEED, "protein": PROTEIN,
    "knee_ext_1rm": ONE_RM, "elbow_flex_1rm": ONE_RM, "leg_press_1rm": ONE_RM,
}  # fmt: skip


def draw_covariates(spec: CohortSpec, candidates: ArrayLike) -> Columns:
    """Return age [yr], sex, ancestry, the sixteen quantities and the three maxima of candidates, (n,) each.

    Parameters
    ----------
    candidates : (n,) whole numbers
        Who is drawn; a candidate is the same person in any company.
    """
    people = np.asarray(candidates, dtype=np.int64)
    columns = _who(spec, people)
    table = marginals(spec.population.level)
    noise = {name: normals(spec.seed, f"covariate {name}", people) for name in COVARIATES}
    scores = _correlated(noise, columns["sex"] == "female", tuple(_order()))
    columns |= {name: _values(name, scores[name], columns, table) for name in COVARIATES}
    _redraw_pressures(spec.seed, people, noise, scores, columns, table)
    columns |= {name: _maximum(name, spec.seed, people, scores, columns, table) for name in MAXIMA}
    for change in trained_changes().get(spec.population.training, ()):
        if change.quantity in columns:
            columns[change.quantity] = _trained(columns, change, table)
    for name, limits in LIMITS.items():
        columns[name] = np.clip(columns[name], limits.range.low, limits.range.high)
    return columns


def by_cell(columns: Mapping[str, NDArray]) -> list[tuple[tuple[str, str], NDArray[np.bool_]]]:
    """Return each pair of ancestry and sex that occurs, with the (n,) mask of its people."""
    cells = [(ancestry, sex) for ancestry in ("asian", "european") for sex in ("female", "male")]
    masks = [(cell, (columns["ancestry"] == cell[0]) & (columns["sex"] == cell[1])) for cell in cells]
    return [(cell, mask) for cell, mask in masks if mask.any()]


def _who(spec: CohortSpec, people: Integers) -> Columns:
    population: Population = spec.population
    female = uniforms(spec.seed, "sex", people) < population.female
    asian = uniforms(spec.seed, "ancestry", people) < population.asian
    shares = np.cumsum([stratum.share for stratum in population.ages])
    which = np.searchsorted(shares / shares[-1], uniforms(spec.seed, "age span", people), side="right")
    which = np.minimum(which, len(shares) - 1)
    youngest = np.array([stratum.youngest for stratum in population.ages])[which]
    oldest = np.array([stratum.oldest for stratum in population.ages])[which]
    return {
        "age": youngest + (oldest - youngest) * uniforms(spec.seed, "age", people),
        "sex": np.where(female, "female", "male"),
        "ancestry": np.where(asian, "asian", "european"),
    }


def _correlated(noise: Mapping[str, Floats], female: NDArray, wanted: tuple[str, ...]) -> dict[str, Floats]:
    """Return the correlated normal scores of some quantities, (n,) each."""
    order, found = _order(), {}
    factors = {sex: _factor(sex) for sex in ("female", "male")}
    for name in wanted:
        row = order.index(name)
        score = np.zeros(len(female))
        for column, other in enumerate(order[: row + 1]):
            weight = np.where(female, factors["female"][row, column], factors["male"][row, column])
            score += weight * noise[other]
        found[name] = score
    return found


def _order() -> list[str]:
    # The pressures come last, so that the pair alone can be drawn again, given all the others.
    return [name for name in COVARIATES if name not in PRESSURES] + list(PRESSURES)


def _factor(sex: str) -> Floats:
    names, matrix = copula(sex)
    rows = [names.index(name) for name in _order()]
    return np.asarray(np.linalg.cholesky(matrix[np.ix_(rows, rows)]), dtype=np.float64)


def _values(name: str, scores: Floats, columns: Mapping[str, NDArray], table: Mapping[Cell, Marginal]) -> Floats:
    found = np.empty(len(scores))
    for cell, mask in by_cell(columns):
        found[mask] = table[(*cell, name)].value(scores[mask], columns["age"][mask])
    return found


def _redraw_pressures(
    seed: int, people: Integers, noise: Mapping[str, Floats], scores: dict[str, Floats], columns: Columns,
    table: Mapping[Cell, Marginal],
) -> None:  # fmt: skip
    """Draw the pair again, given all other scores, while the pulse is too small or a pressure beyond a scenario's."""
    for attempt in range(1, MOST_REDRAWS + 1):
        wrong = np.flatnonzero(~_possible(columns["sbp"], columns["dbp"], PRESSURE_AT_REST))
        if not wrong.size:
            return
        some = {name: values[wrong] for name, values in noise.items()}
        for name in PRESSURES:
            some[name] = normals(seed, f"covariate {name}, drawn again {attempt}", people[wrong])
        who = {name: columns[name][wrong] for name in ("age", "sex", "ancestry")}
        for name, score in _correlated(some, who["sex"] == "female", PRESSURES).items():
            scores[name][wrong] = score
            columns[name][wrong] = _values(name, score, who, table)
    raise AssertionError(f"{wrong.size} people have no possible blood pressure after {MOST_REDRAWS} draws")


def _possible(systolic: Floats, diastolic: Floats, limits: Pressures) -> NDArray[np.bool_]:
    inside = (limits.systolic.low <= systolic) & (systolic <= limits.systolic.high)
    inside &= (limits.diastolic.low <= diastolic) & (diastolic <= limits.diastolic.high)
    return inside & (systolic - diastolic >= LEAST_PULSE)


def _maximum(
    name: str, seed: int, people: Integers, scores: Mapping[str, Floats], columns: Mapping[str, NDArray],
    table: Mapping[Cell, Marginal],
) -> Floats:  # fmt: skip
    """Return a one-repetition maximum [kg]: a share of what it follows, or its distribution by correlated scores."""
    rule, noise = maxima()[name], normals(seed, f"covariate {name}", people)
    if rule.score_r is not None:
        score = rule.score_r * scores[rule.follows] + np.sqrt(1.0 - rule.score_r**2) * noise
        return _values(name, score, columns, table)
    assert rule.residual is not None
    share, log_sd = np.empty(len(people)), np.sqrt(np.log1p(rule.residual**2))
    for cell, mask in by_cell(columns):
        age = columns["age"][mask]
        share[mask] = table[(*cell, name)].mean(age) / table[(*cell, rule.follows)].mean(age)
    found: Floats = share * columns[rule.follows] * np.exp(log_sd * noise - 0.5 * log_sd**2)
    return found


def _trained(columns: Mapping[str, NDArray], change: TrainedChange, table: Mapping[Cell, Marginal]) -> Floats:
    """Return a quantity after training: the mean changed, the people nearer to it."""
    mean = np.empty(len(columns["age"]))
    for cell, mask in by_cell(columns):
        mean[mask] = table[(*cell, change.quantity)].mean(columns["age"][mask])
    narrowed = mean + change.sd_factor * (columns[change.quantity] - mean)
    return narrowed * change.value if change.operation == "times" else narrowed + change.value
