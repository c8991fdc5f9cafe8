"""Free constants, and the scale on which they are fitted: standard deviations of their own priors.

On that scale every prior is a standard normal distribution, whatever its family, so that a constant needs no bounds and
the penalty of its prior is the square of its score. People differ around a constant by normal scores as well
(`bfrsim.study.cohort.parameters.varied`): a change of the constant moves all of them by as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import ScenarioError, did_you_mean
from bfrsim.language.join import System
from bfrsim.language.tree import Declaration, Prior
from bfrsim.people import default_value

Floats = NDArray[np.float64]

FARTHEST = 4.0  # a value beyond this many SDs of its prior leaves no room on one side


@dataclass(frozen=True)
class Constant:
    """A parameter of the model that is fitted.

    Attributes
    ----------
    value : as the model has it, in the unit of its declaration.
    """

    name: str
    unit: str
    prior: Prior
    value: float
    meaning: str

    @property
    def start(self) -> float:
        """Score of the model's own value."""
        return float(self.score(np.array([self.value]))[0])

    def score(self, values: Floats) -> Floats:
        """Return how many SDs of the prior values lie from its middle."""
        first, second = self.prior.first, self.prior.second
        if self.prior.family == "lognormal":
            return np.log(values / first) / second
        if self.prior.family == "normal":
            return (values - first) / second
        from scipy.special import ndtri

        found: Floats = ndtri(np.clip((values - first) / (second - first), 0.0, 1.0))
        return found

    def at(self, scores: Floats) -> Floats:
        """Return the values at scores."""
        first, second = self.prior.first, self.prior.second
        if self.prior.family == "lognormal":
            return first * np.exp(second * scores)
        if self.prior.family == "normal":
            return first + second * scores
        from scipy.special import ndtr

        found: Floats = first + (second - first) * ndtr(scores)
        return found

    def moved(self, values: Floats, by: float) -> Floats:
        """Return the values of people after the constant has moved by `by` SDs; 0 leaves them as they are."""
        if by == 0.0:
            return values
        if self.prior.family == "lognormal":  # also right where a trait has multiplied the values
            return values * np.exp(self.prior.second * by)
        return self.at(self.score(values) + by)


def constants_of(system: System, names: Sequence[str]) -> tuple[Constant, ...]:
    """Return the named parameters as free constants.

    Raises
    ------
    ScenarioError
        If the model has no such parameter, or its prior leaves nothing to fit.
    """
    declared = {item.name: item for item in system.parameters}
    for name in names:
        if name not in declared:
            raise ScenarioError(f"the model has no parameter '{name}'{did_you_mean(name, declared)}")
    return tuple(_constant(declared[name]) for name in names)


def _constant(item: Declaration) -> Constant:
    if item.prior is None:
        raise ScenarioError(
            f"'{item.name}' has no prior in the model: a free constant needs one, ~ lognormal(0.2, 0.3)"
        )
    found = Constant(item.name, item.unit.spelling, item.prior, default_value(item), item.meaning)
    if not abs(found.start) < FARTHEST:
        told = f"{item.prior.family}({item.prior.first:g}, {item.prior.second:g})"
        raise ScenarioError(f"'{item.name}' = {found.value:g} lies at the end of its prior {told}, or beyond it")
    return found
