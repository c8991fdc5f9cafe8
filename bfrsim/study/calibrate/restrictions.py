"""What a fit may not break: programmes with an order that is known, and knock-outs of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bfrsim.errors import ScenarioError, SimulationError
from bfrsim.language.join import System
from bfrsim.scenario.read import read_scenario
from bfrsim.simulation import simulate
from bfrsim.study.calibrate.declaration import Restriction
from bfrsim.study.published.measures import MEASURES, MeasureName


@dataclass(frozen=True)
class Held:
    """A restriction and the two changes it is about [%]."""

    restriction: Restriction
    less: float
    more: float

    @property
    def holds(self) -> bool:
        """Whether the first is less than its share of the second."""
        return self.less < self.restriction.share * self.more


def check_restrictions(restrictions: Sequence[Restriction], system: System) -> None:
    """Raise ScenarioError if a restriction names a scenario, measure or parameter that does not exist."""
    declared = {item.name for item in system.parameters}
    for each in restrictions:
        read_scenario(each.less), read_scenario(each.more)
        if MEASURES[each.measure].read != "change":
            raise ScenarioError(
                f"'{each.says}': a restriction is about a change such as size or 1RM, not {each.measure}"
            )
        for name in (*each.less_with, *each.more_with):
            if name not in declared:
                raise ScenarioError(f"'{each.says}': the model has no parameter '{name}'")


def held(restrictions: Sequence[Restriction], system: System, values: Mapping[str, float]) -> list[Held]:
    """Return the two changes that each restriction is about, with some values of the constants.

    Raises
    ------
    SimulationError
        If a programme cannot be computed.
    """
    known: dict[tuple[str, MeasureName, tuple[tuple[str, float], ...]], float] = {}

    def change(scenario: str, measure: MeasureName, others: Mapping[str, float]) -> float:
        key = scenario, measure, tuple(sorted(others.items()))
        if key not in known:
            known[key] = _change(scenario, MEASURES[measure].output_in(system.declared()), {**values, **others})
        return known[key]

    return [
        Held(each, change(each.less, each.measure, each.less_with), change(each.more, each.measure, each.more_with))
        for each in restrictions
    ]


def _change(scenario: str, output: str | None, parameters: Mapping[str, float]) -> float:
    read = read_scenario(scenario)
    if output is None:
        raise SimulationError(f"the model has no output for what a restriction on '{scenario}' asks")
    end = [read.calendar.total_days * 86400.0]
    result = simulate(read, parameters=dict(parameters), outputs=[output], times=end)
    value = float(np.asarray(result[output].values)[0, -1])
    if not np.isfinite(value):
        raise SimulationError(f"'{scenario}' cannot be simulated with these constants: {result.attrs['failures']}")
    return value
