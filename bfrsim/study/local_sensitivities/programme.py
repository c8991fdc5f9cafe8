"""One person's programme as the arrays that are integrated, and what it would be if one quantity were another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError
from bfrsim.language.join import System
from bfrsim.people import parameter_table
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import compile_timeline, habitual_day
from bfrsim.simulation import as_segments
from bfrsim.solve.run import Segments

Floats = NDArray[np.float64]

NEIGHBOUR = 1e-4  # relative step by which the table of a protocol is differenced; it is nearly linear in its quantities


@dataclass(frozen=True, eq=False)
class Programme:
    """What is integrated.

    Attributes
    ----------
    params : (P,) with room for the references behind them.
    segments, day : the programme, and the habitual day before it.
    total : length of the programme [s].
    """

    scenario: Scenario
    system: System
    params: Floats
    segments: Segments
    day: Segments
    total: float


@dataclass(frozen=True, eq=False)
class Direction:
    """Derivatives of a programme's arrays by one quantity: params (P,), rows of the programme, rows of the day."""

    params: Floats
    segments: Segments
    day: Segments


def build_programme(scenario: Scenario, system: System) -> Programme:
    """Return the arrays of a scenario."""
    timeline = compile_timeline(scenario)
    return Programme(
        scenario,
        system,
        parameter_table(system, scenario)[0],
        as_segments(timeline, system),
        as_segments(habitual_day(scenario), system),
        timeline.total,
    )


def with_parameter(programme: Programme, name: str, step: float) -> Programme:
    """Return the programme of a person whose parameter is larger by a step."""
    params = programme.params.copy()
    params[_place(programme.system.parameters, name)] += step
    return replace(programme, params=params)


def with_input(programme: Programme, name: str, step: float) -> Programme:
    """Return the programme in which an input is larger by a factor 1 + step, wherever it is given."""
    column = _place(programme.system.inputs, name)

    def scaled(table: Segments) -> Segments:
        inputs = table.inputs.copy()
        inputs[:, column] *= 1.0 + step
        return replace(table, inputs=inputs)

    return replace(programme, segments=scaled(programme.segments), day=scaled(programme.day))


def with_protocol(programme: Programme, key: str, value: Any) -> Programme:
    """Return the programme of a scenario in which ``section.field`` holds another value.

    Raises
    ------
    SimulationError
        If the programme then has another number of segments.
    """
    section, field = key.split(".")
    record = getattr(programme.scenario, section)
    scenario = programme.scenario.model_copy(update={section: record.model_copy(update={field: value})})
    moved = build_programme(scenario, programme.system)
    for table, other in ((programme.segments, moved.segments), (programme.day, moved.day)):
        if table.inputs.shape != other.inputs.shape:
            raise SimulationError(
                f"'{key}' changes how many segments there are, so nothing can be differentiated by it"
            )
    return moved


def slope(lower: Programme, upper: Programme, width: float) -> Direction:
    """Return the difference quotient of two programmes' arrays; what is endless in both holds still."""
    return Direction(
        (upper.params - lower.params) / width,
        _table_slope(lower.segments, upper.segments, width),
        _table_slope(lower.day, upper.day, width),
    )


def _table_slope(lower: Segments, upper: Segments, width: float) -> Segments:
    def quotient(name: str) -> Floats:
        low, high = getattr(lower, name), getattr(upper, name)
        known = np.isfinite(low) & np.isfinite(high)
        return np.where(known, np.subtract(high, low, out=np.zeros_like(low), where=known), 0.0) / width

    return replace(lower, duration=quotient("duration"), until=quotient("until"), inputs=quotient("inputs"))


def _place(items: tuple[Any, ...], name: str) -> int:
    return [item.name for item in items].index(name)
