"""On whom candidates are tried: one person with what is not known of them drawn, or the people of a cohort."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.language.join import System
from bfrsim.library import find_cohort
from bfrsim.scenario.schema import Scenario
from bfrsim.study.cohort.draw import draw_cohort
from bfrsim.study.cohort.parameters import cohort_parameters
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.spec import read_cohort
from bfrsim.study.cohort.variability import shipped_spread

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]

ALIKE = "adults"  # whose priors and traits people have who share the covariates of the scenario's own person


class People:
    """The same people for every candidate: person k is the same in any number, and numbers never used are fresh.

    Parameters
    ----------
    cohort : whom they are drawn from; None for people who share all that the scenario tells of its person.
    seed : of the draws; None for the one of the cohort's file.
    """

    def __init__(self, cohort: CohortSpec | None, seed: int | None, system: System) -> None:
        spec = cohort or read_cohort(find_cohort(ALIKE))
        self.spec = spec if seed is None else spec.model_copy(update={"seed": seed})
        self.alike = cohort is None
        self._system = system
        self._drawn = lru_cache(maxsize=8)(self._draw)
        self._known: dict[tuple[str, bool, int, int, bool], dict[str, Floats]] = {}

    def parameters(self, scenario: Scenario, first: int, beyond: int, whole_priors: bool = False) -> dict[str, Floats]:
        """Return model parameter -> values, (n,), of people `first` to `beyond`.

        Parameters
        ----------
        scenario : one of the candidates' scenarios; only its exercise's mode and whether it has a cuff matter.
        whole_priors : whether each prior has its whole width, as for constants that nobody has measured, instead of
            the width with which people differ.
        """
        mode = scenario.exercise.mode if scenario.exercise else ""
        key = (mode, scenario.cuff is not None, first, beyond, whole_priors)
        if key not in self._known:
            spread = replace(shipped_spread(), prior_width=1.0) if whole_priors else shipped_spread()
            people = self._drawn(first, beyond)
            self._known[key] = cohort_parameters(people, self._system, scenario, spread, alike=self.alike)
        return self._known[key]

    def _draw(self, first: int, beyond: int) -> xarray.Dataset:
        return draw_cohort(self.spec, beyond - first, first)
