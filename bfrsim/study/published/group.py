"""The virtual group of an arm: people of the trial's own size, age and sex, as parameters of the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.language.join import System
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import person_values
from bfrsim.study.published.record import Arm, Trial

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Whom an arm studied: number, mean and SD of age [yr], share of women, ancestry, and the cohort they belong to.

    All arms of a cohort get the same people, so that arms of one trial differ by what is done and not by chance, and
    two limbs of the same people are clones.
    """

    size: int
    age: float
    age_sd: float
    women: float
    ancestry: str
    cohort: str


def group_of(trial: Trial, arm: Arm) -> Group:
    """Return whom an arm studied."""
    age, women = trial.known(arm, "age"), trial.known(arm, "women")
    assert age is not None and women is not None, "a trial file that was read tells both"
    sd = trial.known(arm, "age_sd") or 0.0
    return Group(arm.size, age, sd, women, trial.population.ancestry, trial.cohort)


def virtual_people(group: Group, people: int, system: System, scenario: Scenario) -> dict[str, Floats]:
    """Return model parameter -> values of `people` people, (people,), in the model's unit.

    Ages lie at the quantiles of a normal distribution, men and women are mixed evenly among them.
    """
    from scipy.stats import norm

    share = (np.arange(people) + 0.5) / people
    ages = np.clip(group.age + group.age_sd * norm.ppf(share), 18.0, 95.0)
    order = np.argsort(np.modf(np.arange(people) * 0.6180339887)[0])
    female = np.zeros(people, dtype=bool)
    female[order[: round(group.women * people)]] = True
    declared = {item.name for item in system.parameters}
    rows = [
        person_values(_as(scenario, float(age), "female" if woman else "male"))
        for age, woman in zip(ages, female, strict=True)
    ]
    return {name: np.array([row[name][0] for row in rows]) for name in rows[0] if name in declared}


def _as(scenario: Scenario, age: float, sex: str) -> Scenario:
    return scenario.model_copy(update={"person": scenario.person.model_copy(update={"age": age, "sex": sex})})
