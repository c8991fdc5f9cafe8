"""A whole person: what the scenario tells, and published means for what it leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bfrsim.scenario.population import KG_PER_TORQUE, population_mean, thigh_circumference
from bfrsim.scenario.quantities import BloodPressure

if TYPE_CHECKING:  # the schema checks itself with this file
    from bfrsim.scenario.schema import Scenario

# What a scenario may leave open, and the quantity of the table that fills it in.
_BY_MEAN = {
    "mass": "body_mass",
    "height": "height",
    "arm_circumference": "arm_circ",
    "skinfold": "subcut_fat",
    "resting_heart_rate": "hr",
    "almi": "almi",
    "grip": "grip",
    "gait_speed": "gait_speed",
}


@dataclass(frozen=True)
class CompletePerson:
    """Everything about a person, told or filled in.

    Attributes
    ----------
    age [yr], mass [kg], height [cm], thigh_circumference and arm_circumference [cm], skinfold [mm],
    blood_pressure [mmHg], resting_heart_rate [1/min], almi [kg/m**2], grip [kg], gait_speed [m/s],
    protein : of a day [g/kg/d], from [meals].
    one_rm : of the movement, with the limbs that train [kg].
    aop : measured arterial occlusion pressure [mmHg]; None where the model's formula gives it.
    """

    sex: str
    age: float
    ancestry: str
    mass: float
    height: float
    thigh_circumference: float
    arm_circumference: float
    skinfold: float
    blood_pressure: BloodPressure
    resting_heart_rate: float
    almi: float
    grip: float
    gait_speed: float
    protein: float
    one_rm: float
    aop: float | None


def complete_person(scenario: Scenario) -> tuple[CompletePerson, tuple[str, ...]]:
    """Return the person with nothing left open, and the names of the values that were filled in.

    Values come from the published means for that age, sex and ancestry; thigh circumference by regression from mass,
    height and age; the one-repetition maximum from knee torque or, for the arm, elbow flexion.
    """
    person = scenario.person
    who = (person.age, person.sex, person.ancestry)
    told: dict[str, Any] = {name: getattr(person, name) for name in type(person).model_fields}
    told["protein"] = scenario.meals.protein
    means: dict[str, Any] = {name: population_mean(quantity, *who) for name, quantity in _BY_MEAN.items()}
    means["protein"] = population_mean("protein", *who)
    means["blood_pressure"] = BloodPressure(population_mean("sbp", *who), population_mean("dbp", *who))
    size = [means[name] if told[name] is None else told[name] for name in ("mass", "height")]
    means["thigh_circumference"] = thigh_circumference(size[0], size[1], person.age, person.sex)
    means["one_rm"] = _one_rm(scenario)
    filled = tuple(name for name, value in told.items() if value is None and name in means)
    return CompletePerson(**told | {name: means[name] for name in filled}), filled


def _one_rm(scenario: Scenario) -> float:
    """Return the mean maximum of the movement [kg] with the limbs that train.

    It is that of one joint, or of a leg press where the load is one's own body.
    """
    person, exercise = scenario.person, scenario.exercise
    who = (person.age, person.sex, person.ancestry)
    limbs = 2 if exercise is None else exercise.limbs
    if scenario.trained_limb == "arm":
        return limbs * population_mean("elbow_flex_1rm", *who)
    if exercise is not None and exercise.mode == "resistance" and exercise.equipment == "body weight":
        return limbs / 2 * population_mean("leg_press_1rm", *who)
    return limbs * KG_PER_TORQUE * population_mean("knee_torque", *who)
