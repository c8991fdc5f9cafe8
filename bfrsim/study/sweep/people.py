"""The people of a sweep: the same ones in every cell, as clones."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.language.join import System
from bfrsim.scenario.quantities import Amount
from bfrsim.scenario.schema import Scenario
from bfrsim.study.cohort.draw import draw_cohort
from bfrsim.study.cohort.parameters import cohort_parameters
from bfrsim.study.cohort.schema import CohortSpec

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]

ALIKE = "adults"  # whose priors and traits people have who share the covariates of the scenario's own person
KEPT = 32  # sets of parameters remembered


class People:
    """Who trains in each cell.

    Parameters
    ----------
    cohort : whom people are drawn from; None for the scenario's own person alone.
    alike : whether all keep the covariates of the scenario's own person.
    """

    def __init__(self, cohort: CohortSpec | None, alike: bool, system: System) -> None:
        self._cohort, self._alike, self._system = cohort, alike, system
        self._drawn = lru_cache(maxsize=2)(self._draw)
        self._known: dict[tuple[Scenario, int, int], dict[str, Floats]] = {}

    def parameters(self, scenario: Scenario, first: int, beyond: int) -> dict[str, Floats]:
        """Return model parameter -> values of people `first` to `beyond`; nothing for the scenario's own person."""
        if self._cohort is None:
            return {}
        key = (_without_dose(scenario), first, beyond)
        if key not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            people = self._drawn(first, beyond)
            self._known[key] = cohort_parameters(people, self._system, scenario, alike=self._alike)
        return self._known[key]

    def _draw(self, first: int, beyond: int) -> xarray.Dataset:
        assert self._cohort is not None
        return draw_cohort(self._cohort, beyond - first, first)


def _without_dose(scenario: Scenario) -> Scenario:
    """Return what the people's parameters follow from: not the cuff's pressure, not how heavy the load, nor when."""
    cuff, exercise = scenario.cuff, scenario.exercise
    if cuff is not None:
        cuff = cuff.model_copy(update={"pressure": Amount(0.0, cuff.pressure.unit)})
    if exercise is not None and exercise.mode == "resistance":
        exercise = exercise.model_copy(update={"load": Amount(0.0, exercise.load.unit), "sets": 1, "load_shares": None})
    return scenario.model_copy(update={"cuff": cuff, "exercise": exercise, "calendar": None, "title": ""})
