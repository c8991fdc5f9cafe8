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
    reasons : n sentences, why a person has no such day; empty where there is one.
    """

    params: Floats
    states: Floats
    residual: Floats
    days: int
    steps: Integers
    reasons: tuple[str, ...] = ()


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
    found = settle(kernel, system, params, day, rtol=rtol, atol=atol, threads=threads)
    failed = [person for person, reason in enumerate(found.reasons) if reason]
    if failed:
        raise SimulationError(f"the habitual day of person {failed[0]} {found.reasons[failed[0]]}")
    return found


def settle(
    kernel: Kernel, system: System, params: Floats, day: Segments, *, rtol: float, atol: Floats, threads: int = 1
) -> Habitual:
    """Run the habitual day until it repeats; people who have none get the reason and keep what was reached last.

    Each person runs until the own day repeats, so that nobody's answer depends on who else is there.

    See Also
    --------
    habitual_state : the arguments.
    """
    layout = kernel.layout
    sizes = np.array([state.size for state in system.states], dtype=float)
    held = np.isin(layout.states, system.slow) | np.isin(layout.states, layout.quadratures)
    params = params.copy()
    start = _initial_states(kernel, params, day)
    _fill_references(kernel, system, params, start, np.ones_like(start), day)
    states, daily = start.copy(), np.zeros_like(start)
    steps, residual = np.zeros(len(params), dtype=np.int64), np.full(len(params), np.inf)
    reasons = [""] * len(params)
    here, days = np.arange(len(params)), 0
    while here.size and days < MAX_DAYS:
        days += 1
        outcome = run(kernel, params[here], states[here], day, NOTHING, rtol=rtol, atol=atol, threads=threads)
        steps[here] += outcome.counts[:, 0]
        for person, status in zip(here, outcome.status, strict=True):
            reasons[person] = f"cannot be computed: {STATUS_SENTENCES[int(status)]}" if status else ""
        daily[here] = outcome.states - states[here]
        residual[here] = np.max(np.abs(daily[here][:, ~held]) / sizes[~held], axis=1, initial=0.0)
        states[here] = np.where(held, start[here], outcome.states)
        before, now = params[here], params[here]
        _fill_references(kernel, system, now, states[here], daily[here], day)
        params[here] = now
        settled = np.all(np.abs(now - before) <= 1e-12 + REPEATS * np.abs(before), axis=1)
        here = here[~(settled & (residual[here] < REPEATS)) & (outcome.status == 0)]
    for person in here:
        worst = layout.states[int(np.argmax(np.where(held, 0.0, np.abs(daily[person])) / sizes))]
        reasons[person] = f"does not repeat within {MAX_DAYS} days: '{worst}' still changes"
    return Habitual(params, states, residual, days, steps, tuple(reasons))


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
