"""The virtual group of an arm: people of the trial's own size, age, sex and earlier training, as model parameters."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.language.join import System
from bfrsim.scenario.schema import AGE, Scenario
from bfrsim.study.cohort.draw import draw_cohort
from bfrsim.study.cohort.parameters import cohort_parameters
from bfrsim.study.cohort.schema import CohortSpec, Population, Stratum
from bfrsim.study.published.record import Arm, Trial

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]

TRAITS = ("trainability_size", "trainability_strength")


@dataclass(frozen=True)
class Group:
    """Whom an arm studied: number, mean and SD of age [yr], share of women, ancestry, earlier training, and cohort.

    All arms of a cohort get the same people, so that arms of one trial differ by what is done and not by chance, and
    two limbs of the same people are clones.
    """

    size: int
    age: float
    age_sd: float
    women: float
    ancestry: str
    training: str
    cohort: str


def group_of(trial: Trial, arm: Arm) -> Group:
    """Return whom an arm studied."""
    age, women = trial.known(arm, "age"), trial.known(arm, "women")
    assert age is not None and women is not None, "a trial file that was read tells both"
    sd, people = trial.known(arm, "age_sd") or 0.0, trial.population
    return Group(arm.size, age, sd, women, people.ancestry, people.training, trial.cohort)


def virtual_people(group: Group, people: int, system: System, scenario: Scenario) -> dict[str, Floats]:
    """Return model parameter -> values of `people` people, (people,), in the model's unit.

    The group has the trial's share of women, as near as whole people allow. Its two traits of trainability lie at the
    quantiles of their distribution, in different orders, so that a group of eight is not by chance a gifted one: what
    is wanted is the mean that such trials have, and its scatter is added as an interval.
    """
    women = round(group.women * people)
    parts = []
    first = 0
    for female, count in ((1.0, women), (0.0, people - women)):
        if count:
            drawn = draw_cohort(_spec(group, female), count)
            drawn = _with_traits(drawn, _scores(group, people), first)
            parts.append(cohort_parameters(drawn, system, scenario))
            first += count
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _spec(group: Group, female: float) -> CohortSpec:
    """Return men or women of a group; ages are uniform with its mean and SD."""
    reach = math.sqrt(3.0) * group.age_sd
    limits = AGE.range
    ages = Stratum.model_construct(
        youngest=max(group.age - reach, limits.low), oldest=min(group.age + reach, limits.high), share=1.0
    )
    population = Population.model_construct(
        female=female, asian=float(group.ancestry == "asian"), level="table", training=group.training, ages=(ages,)
    )
    seed = _seed(f"{group.cohort}, {'women' if female else 'men'}")
    return CohortSpec.model_construct(
        title=group.cohort, seed=seed, people=group.size, population=population, include=(), exclude=()
    )


def _scores(group: Group, people: int) -> dict[str, Floats]:
    from scipy.stats import norm

    scores = norm.ppf((np.arange(people) + 0.5) / people)
    return {trait: np.random.default_rng(_seed(f"{group.cohort}, {trait}")).permutation(scores) for trait in TRAITS}


def _with_traits(drawn: xarray.Dataset, scores: dict[str, Floats], first: int) -> xarray.Dataset:
    count = drawn.sizes["person"]
    return drawn.assign({name: ("person", values[first : first + count]) for name, values in scores.items()})


def _seed(words: str) -> int:
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:6], "big")
