"""Derivatives of outputs by central differences of neighbouring people, where JAX is absent or to check it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError
from bfrsim.simulation import HABITUAL_RTOL, choose_backend
from bfrsim.solve.habitual import habitual_state
from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.run import STATUS_SENTENCES, run
from bfrsim.study.sensitivities.outputs import Output, request, taken
from bfrsim.study.sensitivities.programme import Programme, tolerances
from bfrsim.study.sensitivities.quantities import PARAMETER, Quantity, moved

Floats = NDArray[np.float64]
Share = Callable[[float], None]

STEP = 1e-3  # relative; smaller ones drown in the noise of steps, larger ones bend
TIGHTER = 1e-3  # of the tolerance asked for: differences magnify what a tolerance leaves open
CHUNK = 64  # people between two words of progress


def derivatives_by_differences(
    programme: Programme, outputs: Sequence[Output], quantities: Sequence[Quantity], *, rtol: float,
    threads: int, progress: Share | None = None, backend: str = "auto", step: float = STEP,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the outputs, (outputs,), and their derivatives, (outputs, quantities).

    Each quantity moves by a thousandth of its value to both sides; one that is zero, to one side, as it may not be less.
    Neighbours whose segments are the same run together, each to the same end as alone.

    Raises
    ------
    SimulationError
        If a programme cannot be integrated.
    """
    kernel = load_kernel(programme.system, choose_backend(backend))
    tight = max(rtol * TIGHTER, 1e-11)
    widths = np.array([step * abs(each.value) or step for each in quantities])
    lower = np.where([each.value == 0.0 for each in quantities], 0.0, -widths)
    neighbours = [(each, move) for pair in zip(quantities, lower, widths, strict=True) for each, move in
                  ((pair[0], pair[1]), (pair[0], pair[2]))]  # fmt: skip
    people = [programme, *(moved(programme, each, move) if move else programme for each, move in neighbours)]
    alike = [0, *(at for at, (each, _) in enumerate(neighbours, start=1) if each.kind == PARAMETER)]
    groups = [alike[at : at + CHUNK] for at in range(0, len(alike), CHUNK)]
    groups += [[at] for at, (each, _) in enumerate(neighbours, start=1) if each.kind != PARAMETER]
    found = np.empty((len(people), len(outputs)))
    for done, group in enumerate(groups, start=1):
        found[group] = _outputs(kernel, [people[at] for at in group], outputs, tight, threads)
        if progress is not None:
            progress(done / len(groups))
    below, above = found[1::2], found[2::2]
    return found[0], ((above - below) / (widths - lower)[:, None]).T


def _outputs(
    kernel: Kernel, people: Sequence[Programme], outputs: Sequence[Output], rtol: float, threads: int
) -> Floats:
    """Return the outputs, (people, outputs), of people with the same segments."""
    first = people[0]
    system, params = first.system, np.stack([each.params for each in people])
    strict = min(rtol, HABITUAL_RTOL)
    habitual = habitual_state(
        kernel, system, params, first.day, rtol=strict, atol=tolerances(system, strict), threads=threads
    )
    wanted = replace(request(first, kernel, outputs), keep_starts=False)
    outcome = run(
        kernel, habitual.params, habitual.states, first.segments, wanted,
        rtol=rtol, atol=tolerances(system, rtol), threads=threads,
    )  # fmt: skip
    if outcome.status.any():
        reason = STATUS_SENTENCES[int(outcome.status[outcome.status > 0][0])]
        raise SimulationError(f"a neighbour of the programme cannot be integrated: {reason}")
    return taken(outputs, outcome)
