"""Derivatives of outputs by JAX: tangents along the whole programme, those of the habitual state included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError
from bfrsim.simulation import Tolerances, choose_backend
from bfrsim.solve.habitual import habitual_state
from bfrsim.solve.jax_backend.along import DIRECTIONS, run_along
from bfrsim.solve.jax_backend.compiled import require_jax
from bfrsim.solve.jax_backend.functions import Along
from bfrsim.solve.jax_backend.habitual import habitual_along
from bfrsim.solve.kernel import load_kernel
from bfrsim.solve.run import STATUS_SENTENCES, Segments
from bfrsim.study.local_sensitivities.outputs import Output, request, taken, tangents_taken
from bfrsim.study.local_sensitivities.programme import Direction, Programme
from bfrsim.study.local_sensitivities.quantities import Quantity, direction

Floats = NDArray[np.float64]
Share = Callable[[float], None]


def derivatives_by_jax(
    programme: Programme, outputs: Sequence[Output], quantities: Sequence[Quantity], *, rtol: float,
    threads: int, progress: Share | None = None,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the outputs, (outputs,), and their derivatives, (outputs, quantities).

    Raises
    ------
    SimulationError
        If JAX is not installed, or the programme cannot be integrated.
    """
    require_jax()
    system, tolerances = programme.system, Tolerances.of(programme.system, rtol)
    kernel = load_kernel(system, "jax")
    rtol, atol = tolerances.habitual_rtol, tolerances.habitual_atol
    plain = load_kernel(system, choose_backend("auto"))
    habitual = habitual_state(plain, system, programme.params[None], programme.day, rtol=rtol, atol=atol)
    directions = [direction(programme, each) for each in quantities]
    along = _along(directions, "day", len(system.states))
    along = habitual_along(kernel, system, habitual, programme.day, along, rtol=rtol, atol=atol)
    whole = _along(directions, "segments", len(system.states))
    whole = Along(along.params, along.states, whole.duration, whole.until, whole.inputs)
    wanted, size = request(programme, kernel, outputs), DIRECTIONS

    def block(first: int) -> tuple[Floats, Floats]:
        part = Along(*(getattr(whole, name)[..., first : first + size] for name in Along.__dataclass_fields__))
        outcome, tangents = run_along(
            kernel, habitual.params, habitual.states, programme.segments, wanted, part,
            rtol=tolerances.rtol, atol=tolerances.atol,
        )  # fmt: skip
        if outcome.status[0]:
            raise SimulationError(f"the programme cannot be integrated: {STATUS_SENTENCES[int(outcome.status[0])]}")
        return taken(outputs, outcome)[0], tangents_taken(outputs, tangents.saved, tangents.lowest, tangents.highest)

    firsts = range(0, len(quantities), size)
    found = []
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for done, each in enumerate(pool.map(block, firsts), start=1):
            found.append(each)
            if progress is not None:
                progress(done / len(firsts))
    return found[0][0], np.concatenate([slopes for _, slopes in found], axis=1)


def _along(directions: Sequence[Direction], table: str, states: int) -> Along:
    """Stack directions last."""
    tables: list[Segments] = [getattr(each, table) for each in directions]

    def stacked(name: str) -> Floats:
        return np.stack([getattr(each, name) for each in tables], axis=-1)

    params = np.stack([each.params for each in directions], axis=-1)[None]
    nothing = np.zeros((1, states, len(directions)))
    return Along(params, nothing, stacked("duration"), stacked("until"), stacked("inputs"))
