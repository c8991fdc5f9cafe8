"""What varies: each input turns a number between 0 and 1 into a value of the model or of the scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import ScenarioError, did_you_mean
from bfrsim.language.join import System
from bfrsim.language.tree import Declaration
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import person_values
from bfrsim.scenario.wording import number_text
from bfrsim.study.cohort.columns import COLUMNS
from bfrsim.study.cohort.parameters import values_in_use, varied
from bfrsim.study.sensitivity.schema import PEOPLE, Input, StudySpec
from bfrsim.units import UnitError, conversion, parse_unit

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]

ALL, PARAMETER = "parameters", "parameter."
MOST_EXTREME = 1e-6  # of a prior; beyond, a lognormal has no end
_QUANTITY = re.compile(r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-z%].*?)?\s*$")


@dataclass(frozen=True)
class Varied:
    """An input.

    Attributes
    ----------
    name : as in the file; `group` is what it is moved together with.
    parameter : of the model, with its declaration and the value in use; None for a field of the scenario.
    low, high : uniform between these where they are told, in `unit`; else the prior counts.
    whole : whether it takes whole numbers only.
    """

    name: str
    group: str
    meaning: str
    parameter: Declaration | None
    in_use: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    whole: bool = False

    def numbers(self, shares: Floats) -> Floats:
        """Return the values at quantiles between 0 and 1."""
        if self.low is None or self.high is None:
            from scipy.special import ndtri

            assert self.parameter is not None
            scores = ndtri(np.clip(shares, MOST_EXTREME, 1.0 - MOST_EXTREME))
            return varied(self.parameter, self.in_use, scores, 1.0)
        if self.whole:
            return np.minimum(np.floor(self.low + shares * (self.high - self.low + 1.0)), self.high)
        return self.low + shares * (self.high - self.low)

    def written(self, number: float) -> Any:
        """Return a value as the scenario's file would hold it."""
        if self.unit:
            return f"{number_text(number)} {self.unit}"
        return int(number) if self.whole else float(number)


def inputs_of(spec: StudySpec, system: System, scenario: Scenario) -> tuple[Varied, ...]:
    """Return everything that varies.

    Raises
    ------
    ScenarioError
        If a name is unknown, has no prior and no bounds, or is there twice.
    """
    found: list[Varied] = []
    for told in spec.input:
        if told.vary == PEOPLE:
            continue
        found += _parameters(told, spec, system, scenario) if told.vary == ALL else [_one(told, spec, system, scenario)]
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ScenarioError(f"[[input]]: {twice} varies twice")
    return tuple(found)


def people_columns(spec: StudySpec, people: xarray.Dataset) -> tuple[Varied, ...]:
    """Return the numbers of the people that vary.

    Raises
    ------
    ScenarioError
        If a column is unknown or holds no numbers.
    """
    told = next(each for each in spec.input if each.vary == PEOPLE)
    numbers = [name for name, column in COLUMNS.items() if column.kind is float and not name.endswith("_measured")]
    for name in told.columns or ():
        if name not in numbers:
            hint = did_you_mean(name, numbers) or f"; there are {', '.join(numbers)}"
            raise ScenarioError(f"[[input]] columns: people have no number '{name}'{hint}")
    found = []
    for name in told.columns or numbers:
        values = people[name].values
        ends = float(values.min()), float(values.max())
        found.append(Varied(name, name, COLUMNS[name].meaning, None, np.nan, *ends, COLUMNS[name].unit))
    return tuple(found)


def _parameters(told: Input, spec: StudySpec, system: System, scenario: Scenario) -> Iterator[Varied]:
    """Yield every parameter with a prior that the scenario's person does not tell and no other table names."""
    known = {origin.split(".")[0] for origin in system.origin.values()}
    for name in told.subsystems or ():
        if name not in known:
            raise ScenarioError(f"[[input]] subsystems: the model has no '{name}'{did_you_mean(name, known)}")
    alone = {other.vary for other in spec.input}
    values, person = values_in_use(system, scenario), person_values(scenario)
    for item in system.parameters:
        home = system.origin[item.name].split(".")[0]
        wanted = told.subsystems is None or home in told.subsystems
        if wanted and item.prior is not None and item.name not in person and f"{PARAMETER}{item.name}" not in alone:
            yield _parameter(item, told, spec, system, values[item.name])


def _one(told: Input, spec: StudySpec, system: System, scenario: Scenario) -> Varied:
    if not told.vary.startswith(PARAMETER):
        low, unit, whole = _number(told.low, told)
        high, other, also = _number(told.high, told)
        if unit != other:
            raise ScenarioError(f"[[input]] {told.vary}: low in '{unit}' and high in '{other}'; write one unit")
        _check_order(told, low, high)
        group = told.group or (told.vary.split(".")[0] if spec.groups == "subsystem" else told.vary)
        return Varied(told.vary, group, "of the scenario", None, np.nan, low, high, unit, whole and also and not unit)
    name, declared = told.vary.removeprefix(PARAMETER), {item.name: item for item in system.parameters}
    if name not in declared:
        raise ScenarioError(f"[[input]]: the model has no parameter '{name}'{did_you_mean(name, declared)}")
    if declared[name].prior is None and told.low is None:
        raise ScenarioError(f"[[input]]: '{name}' has no prior in the model; tell low and high")
    return _parameter(declared[name], told, spec, system, values_in_use(system, scenario)[name])


def _parameter(item: Declaration, told: Input, spec: StudySpec, system: System, value: float) -> Varied:
    home = system.origin[item.name].split(".")[0]
    group = told.group or (home if spec.groups == "subsystem" else item.name)
    if told.low is None:
        return Varied(item.name, group, item.meaning, item, value)
    ends = []
    for end in (told.low, told.high):
        number, unit, _ = _number(end, told)
        try:
            ends.append(number * (conversion(parse_unit(unit), item.unit) if unit else 1.0))
        except UnitError as error:
            raise ScenarioError(f"[[input]] {told.vary}: {error}") from None
    _check_order(told, *ends)
    return Varied(item.name, group, item.meaning, item, value, ends[0], ends[1])


def _number(value: Any, told: Input) -> tuple[float, str, bool]:
    """Return number, unit, and whether it was written as a whole number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), "", isinstance(value, int)
    match = _QUANTITY.match(value) if isinstance(value, str) and len(value) < 80 else None
    if match is None:
        raise ScenarioError(f'[[input]] {told.vary}: {value!r} is no number with a unit, such as "40 %AOP"')
    return float(match[1]), match[2] or "", False


def _check_order(told: Input, low: float, high: float) -> None:
    if not low < high:
        raise ScenarioError(f"[[input]] {told.vary}: low must be less than high, found {low:g} and {high:g}")
