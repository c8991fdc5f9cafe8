"""What a choice hangs on: which drawn properties go with what people gain and risk, and how much is assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.language.bibliography import ASSUMED, FITTED
from bfrsim.language.join import System
from bfrsim.study.cohort.variability import roles
from bfrsim.study.prescribe.evaluate import Tried

Floats = NDArray[np.float64]

ERROR = 0.05  # chance that any of the correlations told is one of chance alone
SIZE_TRAIT, STRENGTH_TRAIT = "trainability of size", "trainability of strength"


@dataclass(frozen=True)
class Hinge:
    """A property that differs between the people simulated, and the rank correlation of an outcome with it.

    Attributes
    ----------
    outcome : ``size``, ``strength`` or ``harm``.
    source : ``assumed``, ``fitted``, or a key of the bibliography.
    """

    outcome: str
    name: str
    meaning: str
    source: str
    correlation: float


@dataclass(frozen=True)
class Sources:
    """How many of the properties drawn have which kind of source."""

    drawn: int
    assumed: int
    fitted: int

    @property
    def sourced(self) -> int:
        """How many stand in a publication."""
        return self.drawn - self.assumed - self.fitted


def hinges(tried: Sequence[Tried], drawn: Sequence[Mapping[str, Floats]], system: System, most: int = 5) -> list[Hinge]:
    """Return, for each outcome, the properties that go with it most, strongest first.

    Only rank correlations that chance alone would hardly give are told (Bonferroni over all properties).

    Parameters
    ----------
    tried : the choice on several groups of people; drawn : their parameters, in the same order.
    """
    properties = _properties([dict(each) for each in drawn])
    outcomes = {
        "size": np.concatenate([each.gains[:, 0] for each in tried]),
        "strength": np.concatenate([each.gains[:, 1] for each in tried]),
        "harm": np.concatenate([each.nearest for each in tried]),
    }
    found: list[Hinge] = []
    for outcome, values in outcomes.items():
        told = [_hinge(outcome, name, _rank_correlation(values, given), system) for name, given in properties.items()]
        least = _least_telling(int(np.isfinite(values).sum()), len(properties))
        telling = sorted((each for each in told if abs(each.correlation) >= least), key=_strength)
        found += telling[:most]
    return found


def sources(drawn: Mapping[str, Floats], system: System) -> Sources:
    """Return where the properties that were drawn come from."""
    declared = {item.name: item for item in system.parameters}
    told = [declared[name].source.split(", ") for name in drawn if name in declared]
    return Sources(len(told), sum(ASSUMED in each for each in told), sum(FITTED in each for each in told))


def _properties(drawn: list[dict[str, Floats]]) -> dict[str, Floats]:
    """Return each property once: what a trait multiplies stands for the trait, what does not differ is left out."""
    joined = {name: np.concatenate([each[name] for each in drawn]) for name in drawn[0]}
    found = {}
    for trait, names in ((SIZE_TRAIT, roles().size), (STRENGTH_TRAIT, roles().strength)):
        together = [np.log(joined[name]) for name in names if name in joined and np.all(joined[name] > 0.0)]
        if together:
            found[trait] = np.mean(together, axis=0)
    traits = {*roles().size, *roles().strength}
    seen: set[str] = set()
    for name, given in joined.items():
        one = name.removesuffix("_young").removesuffix("_old")  # one property of a person, and one draw
        if name not in traits and np.ptp(given) > 0.0 and one not in seen:
            found[name] = given
            seen.add(one)
    return found


def _rank_correlation(values: Floats, given: Floats) -> float:
    from scipy.stats import rankdata

    known = np.isfinite(values)
    if known.sum() < 3 or np.ptp(values[known]) == 0.0:
        return 0.0
    return float(np.corrcoef(rankdata(values[known]), rankdata(given[known]))[0, 1])


def _least_telling(people: int, properties: int) -> float:
    """Return from where on a correlation is hardly one of chance, over so many properties."""
    from scipy.stats import t

    if people < 4:
        return 1.0
    value = float(t.ppf(1.0 - ERROR / (2.0 * max(properties, 1)), people - 2))
    return value / float(np.sqrt(people - 2 + value**2))


def _hinge(outcome: str, name: str, correlation: float, system: System) -> Hinge:
    if name in (SIZE_TRAIT, STRENGTH_TRAIT):
        return Hinge(outcome, name, f"{name}, how much a person answers to training", FITTED, correlation)
    item = next(each for each in system.parameters if each.name == name)
    return Hinge(outcome, name, item.meaning, item.source, correlation)


def _strength(hinge: Hinge) -> tuple[float, str]:
    return -abs(hinge.correlation), hinge.name
