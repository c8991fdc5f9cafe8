"""The habitual state of a person: the day with meals and without training that repeats itself.

Found by running the day until it repeats. The references of the model (rest values, and the breakdown that balances
synthesis over the day) are evaluated on the way, so a person is in balance by construction. Slow states (weeks) hold
still: they start where the model says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bfrsim.errors import SimulationError
from bfrsim.language.join import System
from bfrsim.solve.kernel import Kernel
from bfrsim.solve.run import STATUS_SENTENCES, Floats, Integers, Request, Segments, run

MAX_DAYS = 40  # the slowest hour-states of a person (a day or so) must have forgotten where they began
REPEATS = 1e-7  # of a state's size: the day counts as repeating
NOTHING = Request(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Habitual:
    """The morning (midnight) of the habitual day.

    Attributes
    ----------
    params : (n, P) with the references filled in.
    states : (n, N); integrals over time are zero.
    residual : (n,) largest change of a state over the day, in units of its size.
    days, steps : what the search cost; steps are per person, (n,).
    """

    params: Floats
    states: Floats
    residual: Floats
    days: int
    steps: Integers


def habitual_state(
    kernel: Kernel, system: System, params: Floats, day: Segments, *, rtol: float, atol: Floats, threads: int = 1
) -> Habitual:
    """Run the habitual day until it repeats, for each of n people.

    Parameters
    ----------
    params : (n, P) parameters; the references behind them are computed here.
    day : the day's segments, 24 h.

    Raises
    ------
    SimulationError
        If a person cannot be integrated, or the day does not repeat within MAX_DAYS.
    """
    layout = kernel.layout
    sizes = np.array([state.size for state in system.states], dtype=float)
    held = np.isin(layout.states, system.slow) | np.isin(layout.states, layout.quadratures)
    params = params.copy()
    start = _initial_states(kernel, params, day)
    _fill_references(kernel, system, params, start, np.ones_like(start), day)
    states, steps, before = start.copy(), np.zeros(len(params), dtype=np.int64), params.copy()
    for days in range(1, MAX_DAYS + 1):
        outcome = run(kernel, params, states, day, NOTHING, rtol=rtol, atol=atol, threads=threads)
        _require_success(outcome.status)
        steps += outcome.counts[:, 0]
        daily = outcome.states - states
        residual = np.max(np.abs(daily[:, ~held]) / sizes[~held], axis=1, initial=0.0)
        states = np.where(held, start, outcome.states)
        _fill_references(kernel, system, params, states, daily, day)
        settled = np.allclose(params, before, rtol=REPEATS, atol=1e-12)
        if settled and residual.max(initial=0.0) < REPEATS:
            return Habitual(params, states, residual, days, steps)
        before = params.copy()
    worst = layout.states[int(np.argmax(np.where(held, 0.0, np.abs(daily)).max(axis=0) / sizes))]
    message = f"the habitual day does not repeat within {MAX_DAYS} days: '{worst}' still changes"
    raise SimulationError(message)


def _initial_states(kernel: Kernel, params: Floats, day: Segments) -> Floats:
    functions, layout = kernel.functions, kernel.layout
    if kernel.backend == "lanes":
        return functions.initial_states(params, day.inputs[0])
    states, constants = np.zeros((len(params), len(layout.states))), np.empty(len(layout.constants))
    for row, person in zip(states, params, strict=True):
        functions.hoist(person, day.inputs[0], constants)
        functions.initial(constants, row)
    return states


def _fill_references(
    kernel: Kernel, system: System, params: Floats, states: Floats, daily: Floats, day: Segments
) -> None:
    count = len(system.references)
    if not count:
        return
    if kernel.backend == "lanes":
        params[:, -count:] = kernel.functions.reference_values(params, states, daily, day.inputs[0])
        return
    constants, values = np.empty(len(kernel.layout.constants)), np.empty(count)
    for person, state, change in zip(params, states, daily, strict=True):
        kernel.functions.hoist(person, day.inputs[0], constants)
        kernel.functions.references(state, change, constants, values)
        person[-count:] = values


def _require_success(status: Integers) -> None:
    failed = np.flatnonzero(status)
    if failed.size:
        reason = STATUS_SENTENCES[int(status[failed[0]])]
        raise SimulationError(f"the habitual day of person {failed[0]} cannot be computed: {reason}")
