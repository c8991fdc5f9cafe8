"""Local sensitivities of a scenario: the one call, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError, did_you_mean
from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schema import Scenario
from bfrsim.study.local_sensitivities.by_differences import derivatives_by_differences
from bfrsim.study.local_sensitivities.by_jax import derivatives_by_jax
from bfrsim.study.local_sensitivities.outputs import Output, choose_outputs
from bfrsim.study.local_sensitivities.programme import build_programme
from bfrsim.study.local_sensitivities.quantities import Quantity, choose

Floats = NDArray[np.float64]

WAYS = ("auto", "jax", "differences")
TINY = 1e-12  # outputs nearer to zero than this have no relative change


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """Derivatives of outputs by quantities, both in their units.

    Attributes
    ----------
    values : (outputs,)
    derivatives : (outputs, quantities)
    by : ``jax`` or ``differences``.
    """

    title: str
    outputs: tuple[Output, ...]
    quantities: tuple[Quantity, ...]
    values: Floats
    derivatives: Floats
    by: str

    @property
    def elasticities(self) -> Floats:
        """Relative change of the output over that of the quantity; where one is zero, NaN. (outputs, quantities)."""
        own = np.array([each.value for each in self.quantities])
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.derivatives * own / self.values[:, None]
        relative = (np.abs(self.values) > TINY)[:, None] & (own != 0.0)
        return np.where(relative, found, np.nan)

    def order(self, output: int) -> list[int]:
        """Return the quantities from the largest elasticity of an output down; those without one follow."""
        relative, absolute = np.abs(self.elasticities[output]), np.abs(self.derivatives[output])
        size = np.where(np.isfinite(relative), relative, -1.0)
        return sorted(range(len(self.quantities)), key=lambda at: (-size[at], -absolute[at]))


def local_sensitivities(
    scenario: Scenario | str | Path,
    of: Sequence[str],
    to: Sequence[str] = ("all",),
    *,
    by: str = "auto",
    overrides: Mapping[str, Any] | Sequence[str] = (),
    rtol: float = 1e-6,
    model: Path | None = None,
    threads: int = 1,
    announce: Callable[[str], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Sensitivities:
    """Return by how much outputs of a programme move with parameters, inputs and quantities of the protocol.

    Parameters
    ----------
    of : sequence of str
        Outputs at the programme's end, as ``csa_change``; with ``_max`` or ``_min`` the extreme of the last session.
    to : sequence of str
        Names of parameters, inputs or ``section.field`` of the scenario; ``all`` parameters, all ``inputs``, the whole
        ``protocol``.
    by : {"auto", "jax", "differences"}
        JAX's derivatives of the whole run, or central differences of neighbours. ``auto``: JAX where it is installed.
    threads : int
        Blocks of directions, or people, side by side; results do not depend on it.

    Raises
    ------
    ScenarioError, ModelError, SimulationError
        If a name is unknown, JAX is asked for and absent, or something cannot be integrated.
    """
    if by not in WAYS:
        raise SimulationError(f"unknown way '{by}'{did_you_mean(by, WAYS)}; choose from {', '.join(WAYS)}")
    way = by if by != "auto" else "jax" if find_spec("jax") is not None else "differences"
    scenario = scenario if isinstance(scenario, Scenario) else read_scenario(scenario, overrides)
    programme = build_programme(scenario, read_system(model or models_folder() / "bfr.bfr"))
    outputs = choose_outputs(programme.system, of, int(programme.segments.session.max(initial=-1)) + 1)
    chosen = choose(programme, to)
    if not outputs or not chosen:
        raise SimulationError("nothing to do: name at least one output and one quantity")
    if announce is not None:
        announce(f"differentiating by {'JAX' if way == 'jax' else 'differences'} ({len(chosen)} quantities)")
    derive = derivatives_by_jax if way == "jax" else derivatives_by_differences
    values, derivatives = derive(programme, outputs, chosen, rtol=rtol, threads=threads, progress=progress)
    return Sensitivities(scenario.title, outputs, chosen, values, derivatives, way)
