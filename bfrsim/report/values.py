"""Single values and traces of one person out of a result, each asked for by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import BfrsimError, did_you_mean

if TYPE_CHECKING:
    import xarray

    from bfrsim.scenario.schema import Scenario


def scenario_of(dataset: xarray.Dataset) -> Scenario:
    """Return the scenario that a result was computed from; it stands in the attributes."""
    from bfrsim.scenario.schema import Scenario

    if "scenario" not in dataset.attrs:
        raise BfrsimError("this dataset does not name its scenario; it is not a result of bfrsim")
    return Scenario.model_validate(json.loads(dataset.attrs["scenario"]))


def values(dataset: xarray.Dataset, name: str, person: int = 0) -> NDArray[np.float64]:
    """Return a variable of one person, along its other dimensions.

    Raises
    ------
    BfrsimError
        If the result was saved without it.
    """
    if name not in dataset:
        hint = did_you_mean(name, map(str, dataset.data_vars))
        raise BfrsimError(f"the result has no '{name}'{hint}; simulate with the model's own outputs to report on it")
    return np.asarray(dataset[name].values[person], dtype=float)


def unit_of(dataset: xarray.Dataset, name: str) -> str:
    """Return the unit of a variable as it is written beside a number; empty for a pure number."""
    unit = str(dataset[name].attrs.get("units", ""))
    return "" if unit == "1" else unit


def session_value(dataset: xarray.Dataset, name: str, session: int, person: int = 0) -> float:
    """Return a value of one session, such as ``StO2_min``; NaN if the person failed before."""
    return float(values(dataset, name, person)[session])


def final_value(dataset: xarray.Dataset, name: str, person: int = 0) -> float:
    """Return the last saved value of an output; NaN if the person failed."""
    return float(values(dataset, name, person)[-1])


def session_count(dataset: xarray.Dataset) -> int:
    """Return the number of sessions of the programme."""
    return int(dataset.sizes.get("session", 0))


def cuff_pressure(dataset: xarray.Dataset, session: int = 0, person: int = 0) -> tuple[float, float]:
    """Return the pressure of the cuff in a session, in mmHg and in %AOP; zero without a cuff."""
    pressure = session_value(dataset, "P_cuff_max", session, person)
    return pressure, 100.0 * pressure / session_value(dataset, "AOP_max", session, person)


def has_repetitions(dataset: xarray.Dataset) -> bool:
    """Return whether sessions are made of sets of repetitions; walks, rides and inflations are not."""
    exercise = scenario_of(dataset).exercise
    return exercise is not None and exercise.mode == "resistance"


def repetitions(dataset: xarray.Dataset, session: int, person: int = 0) -> NDArray[np.float64]:
    """Return the completed repetitions of each set of a session; none of a session without repetitions."""
    return values(dataset, "repetitions", person)[session] if has_repetitions(dataset) else np.zeros(0)


def minutes_moved(dataset: xarray.Dataset, session: int, person: int = 0) -> NDArray[np.float64]:
    """Return how long each set or bout of a session lasted [min]; none of a session at rest."""
    began, ended = (values(dataset, name, person)[session] for name in ("set_start", "set_end"))
    return (ended - began) / 60.0


def failure_sentences(dataset: xarray.Dataset) -> list[str]:
    """Return one sentence for each person whose run failed."""
    return [sentence for sentence in str(dataset.attrs.get("failures", "")).split("\n") if sentence]
