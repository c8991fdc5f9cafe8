"""From a place in the grid to a checked scenario, or to the reason why there is none.

`read_scenario` is what decides. Reading a hundred thousand cells from text would cost as much as simulating them, so a
section that it accepted once is used again wherever the same values stand in it; what must hold between sections is
asked for each cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import ScenarioError
from bfrsim.library import find_scenario
from bfrsim.scenario.agreement import disagreements
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.record import Record
from bfrsim.scenario.schedule import schedule_mistakes
from bfrsim.scenario.schema import Scenario
from bfrsim.study.sweep.axes import PARAMETER, SCENARIO, Axis

Place = tuple[int, ...]
Floats = NDArray[np.float64]
KEPT = 10_000  # sections remembered


class Meaningless(Exception):
    """A cell that no scenario describes; the message is the reason."""


class Cells:
    """The scenarios of a grid.

    Parameters
    ----------
    source : the scenario, unless files are an axis.
    changes : ``--set`` texts as a mapping, the same for every cell.
    """

    def __init__(self, source: str, changes: Mapping[str, Any], axes: Sequence[Axis]) -> None:
        self._axes = axes
        self._changes = dict(changes)
        at = next((number for number, axis in enumerate(axes) if axis.key == SCENARIO), None)
        self._paths = [find_scenario(each) for each in ([source] if at is None else axes[at].values)]
        self._file = at
        self._sections: dict[tuple[Any, ...], Record] = {}
        self._bases: dict[int, Scenario] = {}
        self._fields: dict[str, list[int]] = {}  # section -> axes that change it
        for number, axis in enumerate(axes):
            if axis.key != SCENARIO and not axis.key.startswith(PARAMETER):
                self._fields.setdefault(axis.key.split(".")[0], []).append(number)

    def scenario(self, place: Place) -> Scenario:
        """Return the scenario of a cell.

        Raises
        ------
        Meaningless
            If there is none.
        """
        return self._assembled(place) or self.read(place)

    def read(self, place: Place) -> Scenario:
        """Return the same, read from the text of its file: the way that decides, and the slow one."""
        numbers = [number for fields in self._fields.values() for number in fields]
        own = {self._axes[number].key: self._axes[number].values[place[number]] for number in numbers}
        try:
            scenario = read_scenario(self._paths[self._at(place)], deepcopy(self._changes) | own)
        except ScenarioError as error:
            raise Meaningless(_as_axis(str(error), own)) from None
        if len(self._sections) > KEPT:
            self._sections.clear()
        for section in self._fields:
            self._sections[self._key(section, place)] = getattr(scenario, section)
        self._bases.setdefault(self._at(place), scenario)
        return scenario

    def parameters(self, place: Place) -> dict[str, Floats]:
        """Return the parameters of the model that axes set in a cell."""
        return {
            axis.key.removeprefix(PARAMETER): np.array([axis.numbers[at]])
            for axis, at in zip(self._axes, place, strict=True)
            if axis.key.startswith(PARAMETER)
        }

    def _assembled(self, place: Place) -> Scenario | None:
        base = self._bases.get(self._at(place))
        sections = {section: self._sections.get(self._key(section, place)) for section in self._fields}
        if base is None or None in sections.values():
            return None
        scenario = base.model_copy(update=sections)
        return None if disagreements(scenario) or schedule_mistakes(scenario) else scenario

    def _at(self, place: Place) -> int:
        return 0 if self._file is None else place[self._file]

    def _key(self, section: str, place: Place) -> tuple[Any, ...]:
        return (self._at(place), section, *(place[number] for number in self._fields[section]))


def _as_axis(message: str, own: Mapping[str, Any]) -> str:
    """Lay a mistake to the axis it came from, without the path of the file, in one line."""
    lines = message.split("\n")
    for key in own:
        lines = [line.replace(f"--set {key}:", f"{key}:", 1) for line in lines]
    return "; ".join(lines)
