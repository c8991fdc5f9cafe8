"""Derivatives of outputs by central differences of neighbouring people, where JAX is absent or to check it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError
from bfrsim.simulation import Tolerances, choose_backend
from bfrsim.solve.habitual import habitual_state
from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.run import STATUS_SENTENCES, run_each
from bfrsim.study.local_sensitivities.outputs import Output, request, taken
from bfrsim.study.local_sensitivities.programme import Programme
from bfrsim.study.local_sensitivities.quantities import Quantity, moved

Floats = NDArray[np.float64]
Share = Callable[[float], None]

STEP = 1e-3  # relative; smaller ones drown in the noise of steps, larger ones bend
TIGHTER = 1e-3  # of the tolerance asked for: differences magnify what a tolerance leaves open
TIGHTEST = 1e-11
CHUNK = 64  # people between two words of progress


def derivatives_by_differences(
    programme: Programme,
    outputs: Sequence[Output],
    quantities: Sequence[Quantity],
    *,
    rtol: float,
    threads: int,
    progress: Share | None = None,
    backend: str = "auto",
) -> tuple[Floats, Floats]:
    """Return the outputs, (outputs,), and their derivatives, (outputs, quantities).

    Each quantity moves by a thousandth of its value to both sides; one that is zero, which may not be less, to one.

    Raises
    ------
    SimulationError
        If a programme cannot be integrated.
    """
    kernel = load_kernel(programme.system, choose_backend(backend))
    upper = np.array([STEP * abs(each.value) or STEP for each in quantities])
    lower = np.where([each.value == 0.0 for each in quantities], 0.0, -upper)
    people = [programme]
    for quantity, *steps in zip(quantities, lower, upper, strict=True):
        people += [moved(programme, quantity, step) if step else programme for step in steps]
    tolerances = Tolerances.of(programme.system, max(rtol * TIGHTER, TIGHTEST))
    found = []
    for first in range(0, len(people), CHUNK):
        found.append(_outputs(kernel, people[first : first + CHUNK], outputs, tolerances, threads))
        if progress is not None:
            progress(min(first + CHUNK, len(people)) / len(people))
    values = np.concatenate(found)
    below, above = values[1::2], values[2::2]
    return values[0], ((above - below) / (upper - lower)[:, None]).T


def _outputs(
    kernel: Kernel, people: Sequence[Programme], outputs: Sequence[Output], tolerances: Tolerances, threads: int
) -> Floats:
    """Return the outputs, (people, outputs)."""
    params, states = _mornings(kernel, people, tolerances, threads)
    wanted = request(people[0], kernel, outputs)
    times = np.array([[each.total] for each in people])
    outcome = run_each(
        kernel, params, states, [each.segments for each in people], np.arange(len(people)),
        replace(wanted, times=times), rtol=tolerances.rtol, atol=tolerances.atol, threads=threads,
    )  # fmt: skip
    if outcome.status.any():
        reason = STATUS_SENTENCES[int(outcome.status[outcome.status > 0][0])]
        raise SimulationError(f"a neighbour of the programme cannot be integrated: {reason}")
    return taken(outputs, outcome)


def _mornings(
    kernel: Kernel, people: Sequence[Programme], tolerances: Tolerances, threads: int
) -> tuple[Floats, Floats]:
    """Return parameters with references, (people, P), and habitual states, (people, N); equal days are run together."""
    params, states = np.empty((0, 0)), np.empty((0, 0))
    same_day: dict[int, list[int]] = {}
    for at, each in enumerate(people):
        same_day.setdefault(id(each.day), []).append(at)
    for rows in same_day.values():
        one = people[rows[0]]
        found = habitual_state(
            kernel, one.system, np.array([people[at].params for at in rows]), one.day,
            rtol=tolerances.habitual_rtol, atol=tolerances.habitual_atol, threads=threads,
        )  # fmt: skip
        if not params.size:
            params = np.empty((len(people), found.params.shape[1]))
            states = np.empty((len(people), found.states.shape[1]))
        params[rows], states[rows] = found.params, found.states
    return params, states
