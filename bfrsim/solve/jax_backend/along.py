"""Runs with tangents: many directions, a block of them at a time, through the same steps."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from bfrsim.solve.jax_backend.functions import Along, Floats, Tangents
from bfrsim.solve.kernel import Kernel
from bfrsim.solve.run import MAX_STEPS, Outcome, Request, Segments, empty_outcome

DIRECTIONS = 32  # that go along at once, so that there is one machine code for days and programmes


def run_along(
    kernel: Kernel,
    params: Floats,
    states: Floats,
    segments: Segments,
    request: Request,
    along: Along,
    *,
    rtol: float,
    atol: Floats,
    clock0: float = 0.0,
    max_steps: int = MAX_STEPS,
) -> tuple[Outcome, Tangents]:
    """Integrate n people as `run` does, with the derivatives of everything along D directions.

    Parameters
    ----------
    kernel : Kernel
        Of the back end ``jax``.
    along : Along
        Directions: derivatives of parameters, first states and segments.

    Returns
    -------
    Outcome, Tangents
        The tangents are those of the numerical solution at its own steps: exact but for rounding, so as near to the
        derivatives of the true solution as the solution is to it. Extremes are those of the moments looked at, so
        their derivatives are as rough as the moments are far apart.
    """
    directions = along.params.shape[-1]
    size = DIRECTIONS
    which, begins = np.zeros(len(params), dtype=np.int64), np.array([0, len(segments.duration)])
    found: list[Tangents] = []
    outcome = empty_outcome(params, states, [segments], request)
    for first in range(0, max(directions, 1), size):
        outcome = empty_outcome(params, states, [segments], request)
        tangents = _empty_tangents(outcome, size)
        kernel.functions.integrate_people(
            0, len(params), which, begins, params, outcome.states, clock0, segments.duration, segments.until,
            segments.may_end, segments.inputs, segments.session, rtol, atol, max_steps, request.times[None],
            request.columns, outcome.saved, request.monitored, outcome.lowest, outcome.highest, outcome.starts,
            outcome.ends, outcome.counts, outcome.status, along=_block(along, first, size), tangents=tangents,
        )  # fmt: skip
        found.append(tangents)
    return outcome, _joined(found, directions)


def _block(along: Along, first: int, size: int) -> Along:
    """Return some of the directions, and nothing along the others."""
    chosen = {}
    for item in fields(along):
        whole = getattr(along, item.name)
        part = np.zeros((*whole.shape[:-1], size))
        some = whole[..., first : first + size]
        part[..., : some.shape[-1]] = some
        chosen[item.name] = part
    return Along(**chosen)


def _empty_tangents(outcome: Outcome, directions: int) -> Tangents:
    names = {item.name: getattr(outcome, item.name) for item in fields(Tangents)}
    return Tangents(**{name: np.full((*array.shape, directions), np.nan) for name, array in names.items()})


def _joined(found: list[Tangents], directions: int) -> Tangents:
    names = [item.name for item in fields(Tangents)]
    return Tangents(
        **{name: np.concatenate([getattr(each, name) for each in found], axis=-1)[..., :directions] for name in names}
    )
