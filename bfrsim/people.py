"""From what a scenario says of a person, and from what the caller varies, to the parameter table of a run.

Values of the model files < the scenario's parameter set < what is told or known of the person < the caller's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bfrsim.errors import SimulationError, did_you_mean
from bfrsim.language.join import System
from bfrsim.language.tree import Declaration, Negate, Number
from bfrsim.scenario.parameter_sets import read_parameter_set
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import person_values
from bfrsim.units import UnitError, conversion, parse_unit

Floats = NDArray[np.float64]
SECOND = parse_unit("s")


def parameter_table(system: System, scenario: Scenario, parameters: Mapping[str, ArrayLike] | None = None) -> Floats:
    """Return the parameters of n people, (n, P), with room for the references behind them.

    Parameters
    ----------
    scenario : Scenario
        Values of its parameter set replace those of the model files, and its person's covariates replace both.
    parameters : mapping, optional
        Parameter -> one value, or one per person, in the model's unit. The longest sets n.

    Raises
    ------
    SimulationError
        If a name is unknown, lengths differ, or a value is outside what the parameter can be.
    ScenarioError
        Likewise for a parameter set, with file and line.
    """
    given = {name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in (parameters or {}).items()}
    lengths = {len(value) for value in given.values()} - {1}
    if len(lengths) > 1:
        raise SimulationError(f"parameters are given for {' and '.join(map(str, sorted(lengths)))} people at once")
    declared = {item.name: item for item in system.parameters}
    people = max(lengths, default=1)
    table = np.ones((people, len(system.parameters) + len(system.references)))
    table[:, : len(system.parameters)] = _declared_values(system)
    place = {item.name: column for column, item in enumerate(system.parameters)}
    chosen = read_parameter_set(scenario.model.parameter_set)
    for name, value in chosen.values_in({item.name: item.unit for item in system.parameters}).items():
        try:
            _check_range(declared[name], np.array([value]))
        except SimulationError as error:
            raise chosen.mistake(name, str(error)) from None
        table[:, place[name]] = value
    for name, (value, unit) in person_values(scenario).items():
        if name in declared:
            table[:, place[name]] = value * _factor(name, unit, declared[name])
    for name, values in given.items():
        if name not in declared:
            raise SimulationError(f"the model has no parameter '{name}'{did_you_mean(name, declared)}")
        _check_range(declared[name], values)
        table[:, place[name]] = values
    return table


@lru_cache(maxsize=32)
def _declared_values(system: System) -> Floats:
    return np.array([default_value(item) for item in system.parameters])


def default_value(item: Declaration) -> float:
    """Return the declared value of a parameter, in its unit."""
    inner = item.value.operand if isinstance(item.value, Negate) else item.value
    assert isinstance(inner, Number)  # the parser and the checks let nothing else through
    return -inner.value if isinstance(item.value, Negate) else inner.value


def _factor(name: str, unit: str, item: Declaration) -> float:
    try:
        return conversion(parse_unit(unit), item.unit)
    except UnitError:
        raise SimulationError(f"the model declares '{name}' in {item.unit}, the scenario gives [{unit}]") from None


def _check_range(item: Declaration, values: Floats) -> None:
    """A negative time constant passes an L-stable method unseen, so values are checked before the run."""
    bad = values[~np.isfinite(values)]
    least = _least(item)
    if least is not None:
        bad = np.append(bad, values[(values < 0.0) | ((values == 0.0) & (least == "more than zero"))])
    if bad.size:
        wanted = least if least is not None and np.isfinite(bad[0]) else "a finite number"
        raise SimulationError(f"parameter '{item.name}' {item.unit} must be {wanted}, found {bad[0]:g}")


def _least(item: Declaration) -> str | None:
    """Say from where on a parameter makes sense: times are positive, what is drawn as a lognormal is not negative."""
    if item.prior is not None and item.prior.family in ("normal", "uniform"):
        return None
    if item.unit.dimension == SECOND.dimension:
        return "more than zero"
    return None if item.prior is None else "zero or more"
