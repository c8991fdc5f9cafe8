"""From what is measured at visits to one number for each person, by the endpoint and the rule for missing data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.trial.evidence import DIFFERENCE, instruments
from bfrsim.study.trial.schema import Design, Endpoint, Outcome

Floats = NDArray[np.float64]


def filled(measured: Floats, rule: str) -> Floats:
    """Return measurements with the gaps filled as the design says; (..., V), visits last, the first before training."""
    if rule == "complete cases":
        return measured
    whole = measured.copy()
    for visit in range(1, measured.shape[-1]):
        before = whole[..., 0] if rule == "baseline carried forward" else whole[..., visit - 1]
        whole[..., visit] = np.where(np.isnan(whole[..., visit]), before, whole[..., visit])
    return whole


def endpoint_values(endpoint: Endpoint, outcome: Outcome, measured: Floats) -> Floats:
    """Return the endpoint of each person, (...); NaN where its visit is missing.

    Parameters
    ----------
    measured : (..., V) levels at the visits.
    """
    return as_kind(endpoint, measured[..., place_of(endpoint, outcome)], measured[..., 0])


def as_kind(endpoint: Endpoint, level: Floats, before: Floats) -> Floats:
    """Return levels as the endpoint counts them: per cent of the start, difference from it, or as they are."""
    if endpoint.kind == "percent change":
        return np.asarray(100.0 * (level / before - 1.0))
    return level - before if endpoint.kind == "change" else level


def place_of(endpoint: Endpoint, outcome: Outcome) -> int:
    """Return which visit an endpoint is read at; 0 is the one before the programme."""
    return 1 + (len(outcome.visits) - 1 if endpoint.at is None else outcome.visits.index(endpoint.at))


def threshold(endpoint: Endpoint, outcome: Outcome, before: Floats) -> tuple[float, str]:
    """Return the change that counts for one person, and what it is: the MCID, or what the instrument can tell.

    Parameters
    ----------
    before : levels before the programme, of the people of the pool.
    """
    if endpoint.mcid is not None:
        return endpoint.mcid, "minimal clinically important difference"
    tool, mean = instruments()[outcome.instrument], float(np.mean(before))
    share = tool.cv + tool.error / mean
    scale = 100.0 if endpoint.kind == "percent change" else mean
    return DIFFERENCE * share * scale, "minimal detectable change of one person"


def outcome_of(design: Design, endpoint: Endpoint) -> Outcome:
    """Return the outcome that an endpoint reads."""
    return next(each for each in design.outcome if each.name == endpoint.outcome)


def endpoint_named(endpoints: Sequence[Endpoint], name: str) -> Endpoint:
    """Return the endpoint of that name."""
    return next(each for each in endpoints if each.name == name)
