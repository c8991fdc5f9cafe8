"""What a sweep is: the scenario, its axes, who trains, what is kept; checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

import numpy as np

from bfrsim.errors import BfrsimError, ScenarioError, SimulationError, did_you_mean
from bfrsim.language.join import System, read_system
from bfrsim.library import find_scenario, models_folder
from bfrsim.people import parameter_table
from bfrsim.scenario.read import read_override
from bfrsim.simulation import choose_backend
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.spec import read_cohort
from bfrsim.study.sweep.axes import PARAMETER, Axis, read_axes
from bfrsim.study.sweep.blocks import Blocks
from bfrsim.study.sweep.cells import Cells, Meaningless, Place
from bfrsim.study.sweep.outputs import Output, read_outputs
from bfrsim.study.sweep.people import ALIKE
from bfrsim.units import UnitError, conversion, parse_unit

MOST_CELLS = 100_000_000
TRIED = 1000  # cells looked at, beside one for each value of each axis, before a sweep is said to have no meaning


@dataclass(frozen=True)
class Sweep:
    """A sweep, whole and checked; plain values that another process can be given.

    Attributes
    ----------
    changes : ``--set`` keys with what they set, the same in every cell.
    cohort : whom people are drawn from; None for the scenario's own person alone.
    alike : whether all keep the covariates of the scenario's own person.
    first : a cell that has a meaning.
    """

    source: str
    changes: Mapping[str, Any]
    axes: tuple[Axis, ...]
    outputs: tuple[Output, ...]
    blocks: Blocks
    first: Place
    cohort: CohortSpec | None = None
    alike: bool = False
    backend: str = "auto"
    rtol: float = 1e-6
    title: str = field(default="", compare=False)

    @property
    def cells(self) -> int:
        """How many there are."""
        return int(np.prod([len(axis) for axis in self.axes], dtype=object))

    @property
    def people(self) -> int:
        """How many train in each cell."""
        return self.blocks.shape[-1]


def plan_sweep(
    source: str,
    over: Sequence[str],
    *,
    changes: Sequence[str] = (),
    of: Sequence[str] = (),
    people: int | None = None,
    cohort: str | None = None,
    backend: str = "auto",
    rtol: float = 1e-6,
) -> Sweep:
    """Check everything that can be wrong with a sweep before its first cell is computed.

    Parameters
    ----------
    source : path of a scenario, or name of a shipped one.
    over : axes, each ``key=start:stop:step unit`` (both ends belong to it) or ``key=value,value``. A key is a field as
        for ``--set``, ``scenario`` for files, or ``parameter.NAME`` for a parameter of the model.
    changes : ``--set`` texts.
    of : outputs to keep (`read_outputs`); the usual nine if empty.
    people : how many train in each cell, the same ones in all. Without a cohort they share the covariates of the
        scenario's person and differ in what covariates do not tell.
    cohort : file or name of a cohort they are drawn from.

    Raises
    ------
    BfrsimError
        With the axis, field or name, what was found and what was expected.
    """
    axes = read_axes(over)
    told = dict(read_override(text) for text in changes)
    _check_keys(axes, told, cohort)
    system = read_system(models_folder() / "bfr.bfr")
    axes = tuple(_in_model_unit(axis, system) for axis in axes)
    outputs = read_outputs(of, system)
    spec = None if people is None and cohort is None else read_cohort(cohort or ALIKE)
    count = 1 if spec is None else people or spec.people
    shape = tuple(len(axis) for axis in axes)
    if int(np.prod(shape, dtype=object)) > MOST_CELLS:
        raise SimulationError(f"a sweep has at most {MOST_CELLS:,} cells, this one {np.prod(shape, dtype=object):,}")
    cells = Cells(source, told, axes)
    first = _first_with_meaning(cells, shape, system)
    scenario = cells.scenario(first)
    blocks = Blocks.of(shape, count, scenario.calendar.total_days)
    chosen = choose_backend(backend)
    return Sweep(
        source, told, axes, outputs, blocks, first, spec, cohort is None, chosen, rtol, find_scenario(source).stem
    )


def _check_keys(axes: Sequence[Axis], told: Mapping[str, Any], cohort: str | None) -> None:
    for axis in axes:
        clash = next(
            (key for key in told if f"{key}.".startswith(f"{axis.key}.") or axis.key.startswith(f"{key}.")), ""
        )
        # A whole section may be set, and a field of it be an axis.
        if clash and not axis.key.startswith(f"{clash}."):
            raise ScenarioError(f"{clash} is set, and {axis.key} is an axis; keep one of them", f"--set {clash}")
        if axis.key.startswith("person.") and cohort is not None:
            raise ScenarioError("the people of a cohort bring their own; sweep over it without --cohort", _over(axis))


def _in_model_unit(axis: Axis, system: System) -> Axis:
    """Return an axis over a parameter in the model's unit; a plain number is in it already."""
    if not axis.key.startswith(PARAMETER):
        return axis
    name, declared = axis.key.removeprefix(PARAMETER), {item.name: item for item in system.parameters}
    if name not in declared:
        raise ScenarioError(f"the model has no parameter '{name}'{did_you_mean(name, declared)}", _over(axis))
    if not axis.numbers:
        raise ScenarioError(f"'{name}' is a number {declared[name].unit}", _over(axis))
    try:
        factor = conversion(parse_unit(axis.unit), declared[name].unit) if axis.unit else 1.0
    except UnitError as error:
        raise ScenarioError(str(error), _over(axis)) from None
    numbers = tuple(number * factor for number in axis.numbers)
    return Axis(axis.key, numbers, axis.labels, numbers, declared[name].unit.spelling)


def _over(axis: Axis) -> str:
    return f"--over {axis.key}"


def _first_with_meaning(cells: Cells, shape: tuple[int, ...], system: System) -> Place:
    """Return a cell that has a meaning; if there is none, the mistake is the user's and not the cells'."""
    diagonal = (tuple(number % length for length in shape) for number in range(max(shape)))
    reason = ""
    for place in (*diagonal, *islice(product(*map(range, shape)), TRIED)):
        try:
            parameter_table(system, cells.scenario(place), cells.parameters(place))
        except (Meaningless, SimulationError) as error:
            reason = reason or str(error)
        else:
            return place
    raise BfrsimError(f"no cell of this sweep has a meaning: {reason}")
