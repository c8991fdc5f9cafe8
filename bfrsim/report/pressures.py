"""What a cuff prescribes in both units, before anything is integrated: occlusion hangs on the person and cuff only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.people import parameter_table
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import Timeline
from bfrsim.simulation import as_segments
from bfrsim.solve.kernel import load_kernel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pressures:
    """Arterial occlusion pressure at rest, its SD, and the cuff in each segment of a timeline, (n,); all in mmHg."""

    occlusion: float
    spread: float
    cuff: Floats

    @property
    def percent(self) -> Floats:
        """The cuff in each segment as a share of occlusion [%AOP]."""
        return 100.0 * self.cuff / self.occlusion


def cuff_pressures(scenario: Scenario, timeline: Timeline) -> Pressures:
    """Return the pressures that the shipped model gives for a person and the cuff they wear."""
    system = read_system(models_folder() / "bfr.bfr")
    kernel = load_kernel(system, "python")  # nothing is integrated, so nothing needs compiling
    params = parameter_table(system, scenario)[0]
    constants = np.empty(len(kernel.layout.constants))
    places = [kernel.layout.constants.index(name) for name in ("AOP", "AOP_SD", "P_cuff")]
    found = []
    for inputs in as_segments(timeline, system).inputs:
        kernel.functions.hoist(params, inputs, constants)
        found.append(constants[places])
    told = np.array(found)
    return Pressures(float(told[0, 0]), float(told[0, 1]), told[:, 2])
