"""From the people of a cohort to parameters of the model: covariates as a scenario would tell them, priors, traits.

A person's covariates go the way of any scenario's person (`person_values`). What covariates do not tell is drawn from
the priors of the model, narrowed by a common factor, with the value in use as the median; trainability multiplies the
parameters that ``variability.toml`` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.language.join import System
from bfrsim.language.tree import Declaration, Prior
from bfrsim.people import parameter_table
from bfrsim.scenario.completion import complete_person
from bfrsim.scenario.quantities import BloodPressure
from bfrsim.scenario.schema import Person, Scenario
from bfrsim.scenario.segments import person_values
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.streams import normals
from bfrsim.study.cohort.variability import Spread, roles, shipped_spread
from bfrsim.units import conversion, parse_unit

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]

# A person of a scenario and the column of a cohort that tells it.
PERSON_COLUMNS = {
    "age": "age", "mass": "body_mass", "height": "height", "thigh_circumference": "thigh_circ",
    "arm_circumference": "arm_circ", "skinfold": "subcut_fat", "resting_heart_rate": "hr", "almi": "almi",
    "grip": "grip", "gait_speed": "gait_speed",
}  # fmt: skip


def cohort_parameters(
    people: xarray.Dataset,
    system: System,
    scenario: Scenario,
    spread: Spread | None = None,
    *,
    alike: bool = False,
) -> dict[str, Floats]:
    """Return the model's parameters of the people of a cohort, ready for ``simulate(scenario, parameters=...)``.

    Parameters
    ----------
    people : xarray.Dataset
        From `draw_cohort`, n people.
    system : System
        The model, with its priors.
    scenario : Scenario
        What they do. Its own person is replaced by each of them; its parameter set gives the values that priors are
        centred on. Protein that it tells is eaten by all, protein it leaves open is each person's habit.
    spread : Spread, optional
        How much people differ; the shipped one if omitted.
    alike : bool
        Whether all keep the covariates of the scenario's own person and differ in priors and traits only.

    Returns
    -------
    dict
        Parameter -> (n,) values in the model's unit.
    """
    spread = spread or shipped_spread()
    values = values_in_use(system, scenario)
    found = _from_priors(people, system, values, spread)
    if not alike:
        found |= _covariates(people, system, scenario)
        found |= _protein(people, scenario, found) | _load(people, scenario, found)
    for name, factor in trait_factors(people, spread).items():
        found[name] = found.get(name, values[name]) * factor
    return found


def person_scenario(people: xarray.Dataset, row: int, scenario: Scenario) -> Scenario:
    """Return the scenario with one of the people in it, their covariates and their diet, if it leaves that open.

    Parameters
    ----------
    row : int
        Place of the person in `people`, from 0.
    """
    return _with_person(_arrays(people, scenario), row, scenario)


def values_in_use(system: System, scenario: Scenario) -> dict[str, float]:
    """Return the value of each parameter that the scenario's parameter set leaves in use."""
    row = parameter_table(system, scenario)[0]
    return {item.name: float(value) for item, value in zip(system.parameters, row, strict=False)}


def trait_factors(people: xarray.Dataset, spread: Spread) -> dict[str, Floats]:
    """Return the factor, (n,), that trainability and earlier training put on each parameter they act on."""
    r, size = spread.correlation, people["trainability_size"].values
    strength = r * size + np.sqrt(1.0 - r**2) * people["trainability_strength"].values
    trained = CohortSpec.model_validate_json(people.attrs["cohort"]).population.training != "none"
    found: dict[str, Floats] = {}
    for names, score, log_sd, less in (
        (roles().size, size, spread.size_log_sd, spread.trained_size),
        (roles().strength, strength, spread.strength_log_sd, spread.trained_strength),
    ):
        factor = np.exp(log_sd * score) * (less if trained else 1.0)
        found |= dict.fromkeys(names, factor)
    return found


def varied(item: Declaration, value: float, scores: Floats, width: float) -> Floats:
    """Return draws from the prior of a parameter, narrowed by `width`, whose median is `value`.

    Parameters
    ----------
    item : Declaration
        A parameter with a prior.
    value : float
        The value in use; where it stands in the prior is where the draws are centred.
    scores : (n,) normal scores of the people.
    """
    assert item.prior is not None
    prior: Prior = item.prior
    if prior.family == "lognormal":
        return value * np.exp(width * prior.second * scores)
    if prior.family == "normal":
        return value + width * prior.second * scores
    from scipy.special import ndtr, ndtri

    low, span = prior.first, prior.second - prior.first
    centre = float(ndtri(np.clip((value - low) / span, 0.0, 1.0)))
    # A value at or beyond an end of its range stays: nothing is known on that side.
    found: Floats = low + span * ndtr(centre + width * scores) if np.isfinite(centre) else np.full(len(scores), value)
    return found


def _from_priors(
    people: xarray.Dataset, system: System, values: Mapping[str, float], spread: Spread
) -> dict[str, Floats]:
    seed, candidates = int(people.attrs["seed"]), people["candidate"].values
    found = {}
    for item in system.parameters:
        if item.prior is None or item.name in roles().fixed:
            continue
        width = 1.0 if item.name in roles().full_width else spread.prior_width
        property_of_person = item.name.removesuffix("_young").removesuffix("_old")
        scores = normals(seed, f"parameter {property_of_person}", candidates)
        found[item.name] = varied(item, values[item.name], scores, width)
    return found


def _arrays(people: xarray.Dataset, scenario: Scenario) -> dict[str, NDArray]:
    """Return what a scenario can tell of a person, (n,) each, by the scenario's names."""
    found = {name: people[column].values for name, column in PERSON_COLUMNS.items()}
    found |= {name: people[name].values for name in ("sex", "ancestry", "sbp", "dbp", "protein")}
    return found | {"one_rm": people[_movement(scenario)].values * _limbs(scenario)}


def _with_person(arrays: Mapping[str, NDArray], row: int, scenario: Scenario) -> Scenario:
    told: dict[str, Any] = {name: arrays[name][row].item() for name in arrays}
    told["blood_pressure"] = BloodPressure(told.pop("sbp"), told.pop("dbp"))
    habit, prescribed = told.pop("protein"), scenario.meals.protein
    meals = scenario.meals.model_copy(update={"protein": habit if prescribed is None else prescribed})
    # Every value is within the limits of a scenario (`covariates.LIMITS`), so it is not checked again for each person.
    return scenario.model_copy(update={"person": Person.model_construct(**told), "meals": meals})


def _covariates(people: xarray.Dataset, system: System, scenario: Scenario) -> dict[str, Floats]:
    arrays = _arrays(people, scenario)
    rows = [person_values(_with_person(arrays, row, scenario)) for row in range(people.sizes["person"])]
    declared = {item.name: item for item in system.parameters}
    # A name that the joined system gave two owners is found by its home, person.NAME.
    flat = {origin.removeprefix("person."): name for name, origin in system.origin.items() if name in declared}
    found = {}
    for told, (_, unit) in rows[0].items():
        name = told if told in declared else flat.get(told)
        if name is not None:
            factor = conversion(parse_unit(unit), declared[name].unit)
            found[name] = np.array([row[told][0] for row in rows]) * factor
    return found


def _movement(scenario: Scenario) -> str:
    """Return the column with the maximum of the movement that is trained."""
    exercise = scenario.exercise
    if scenario.trained_limb == "arm":
        return "elbow_flex_1rm"
    squats = exercise is not None and exercise.mode == "resistance" and exercise.equipment == "body weight"
    return "leg_press_1rm" if squats else "knee_ext_1rm"


def _limbs(scenario: Scenario) -> float:
    """Return by how much the maximum of that column is multiplied: a leg press is one of both legs."""
    limbs = 2.0 if scenario.exercise is None else float(scenario.exercise.limbs)
    return limbs / 2.0 if _movement(scenario) == "leg_press_1rm" else limbs


def _load(people: xarray.Dataset, scenario: Scenario, found: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the maxima with which each lifts a share of their own mass on one timeline.

    That timeline holds the mass of the scenario's own person. Only load over maximum counts, so the maximum is given as
    if for that mass.
    """
    exercise = scenario.exercise
    if exercise is None or exercise.mode != "resistance" or exercise.load.unit != "%mass":
        return {}
    own, _ = complete_person(scenario)
    return {"one_rm": found["one_rm"] * own.mass / people["body_mass"].values}


def _protein(people: xarray.Dataset, scenario: Scenario, found: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return what makes people eat their own protein on one timeline: leucine is the share times what is eaten."""
    if scenario.meals.protein is not None:
        return {}
    own, _ = complete_person(scenario)
    return {"leucine_share": found["leucine_share"] * people["protein"].values / own.protein}
