"""The true effects of a population: its people in both arms, without errors of instruments or missing visits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.trial.endpoints import endpoint_named, endpoint_values, outcome_of
from bfrsim.study.trial.recruit import Population
from bfrsim.study.trial.schema import Comparison, Design, Endpoint

Floats = NDArray[np.float64]

EQUAL = 1e-9  # of a unit: the same programme gives the same bytes, so that a null effect is exactly none


def true_values(population: Population, design: Design, endpoint: Endpoint) -> Floats:
    """Return the endpoint of each person in each arm, (n, A); in a crossover the mean of both places in the order."""
    outcome = outcome_of(design, endpoint)
    first = endpoint_values(endpoint, outcome, population.truth[outcome.name])
    return (first + endpoint_values(endpoint, outcome, population.second[outcome.name])) / 2.0


def true_effect(population: Population, design: Design, comparison: Comparison) -> float:
    """Return the mean difference between two arms.

    By treatment policy, of everybody, those who leave included. Per protocol, of those who follow both arms.
    """
    endpoint = endpoint_named(design.endpoint, comparison.endpoint)
    names = [arm.name for arm in design.arm]
    pair = [names.index(comparison.arm), names.index(comparison.against)]
    values = true_values(population, design, endpoint)
    if design.analysis.estimand == "per protocol":
        values = values[population.followed[:, pair].all(axis=1)]
    return float((values[:, pair[0]] - values[:, pair[1]]).mean()) if len(values) else float("nan")


def hypothesis_is_false(comparison: Comparison, truth: float) -> bool:
    """Return whether what is to be shown is not so, so that each rejection of the null hypothesis is an error."""
    margin = comparison.margin or 0.0
    if comparison.hypothesis == "superiority":
        return abs(truth) < EQUAL
    return truth <= -margin or (comparison.hypothesis == "equivalence" and truth >= margin)
