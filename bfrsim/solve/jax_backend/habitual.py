"""How a person's habitual state and references move with parameters and meals: implicitly, by the day's fixed point."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bfrsim.language.join import System
from bfrsim.solve.habitual import NOTHING, Habitual
from bfrsim.solve.jax_backend.along import DIRECTIONS, run_along
from bfrsim.solve.jax_backend.compiled import compile_once, double_precision, workshop
from bfrsim.solve.jax_backend.functions import Along, Floats
from bfrsim.solve.jax_backend.model import build_settling
from bfrsim.solve.kernel import Kernel
from bfrsim.solve.run import Segments

DOUBLINGS = 10  # the day is repeated 2**10 times, in one matrix


def habitual_along(
    kernel: Kernel, system: System, habitual: Habitual, day: Segments, along: Along, *, rtol: float, atol: Floats
) -> Along:
    """Return the directions with what they do to the habitual state of one person, and to the references.

    A day takes fast states and references to those of the next morning. Its derivative by them, a matrix, and by the
    directions are computed from one run of the day; repeated for ever, they give the derivative of the fixed point.
    What the day preserves keeps the derivative of its initial value.

    Parameters
    ----------
    kernel : Kernel
        Of the back end ``jax``.
    habitual : Habitual
        Of one person.
    day : Segments
    along : Along
        Derivatives of parameters (1, P, D), with any for the references; of the day's segments. Its states are ignored.

    Returns
    -------
    Along
        The same, with the derivatives of the references among `params`, and `states`.
    """
    layout = kernel.layout
    references, directions = len(system.references), along.params.shape[-1]
    fast = ~(np.isin(layout.states, system.slow) | np.isin(layout.states, layout.quadratures))
    params, states = habitual.params, habitual.states
    given = along.params.copy()
    if references:
        given[:, -references:] = 0.0
    plain = params.copy()
    if references:
        plain[:, -references:] = 1.0  # as when initial values are computed
    start = _settled(
        kernel, plain, states, states, given, np.zeros_like(along.states), np.zeros_like(along.states), day, along
    )[0]
    unknown = int(fast.sum()) + references
    # Unit directions of what repeats, then the directions asked for.
    both = Along(
        params=np.concatenate([np.zeros((*params.shape, unknown)), given], axis=-1),
        states=np.concatenate([np.zeros((*states.shape, unknown)), np.where(fast[:, None], 0.0, start)], axis=-1),
        **{name: _behind(getattr(along, name), unknown) for name in ("duration", "until", "inputs")},
    )
    both.states[0, fast, : unknown - references] = np.eye(unknown - references)
    for row in range(references):
        both.params[0, len(params[0]) - references + row, unknown - references + row] = 1.0
    outcome, tangents = run_along(kernel, params, states, day, NOTHING, both, rtol=rtol, atol=atol)
    morning = np.where(fast, outcome.states, states)
    along_morning = np.where(fast[:, None], tangents.states, both.states)
    settled = _settled(
        kernel,
        params,
        morning,
        outcome.states - states,
        both.params,
        along_morning,
        tangents.states - both.states,
        day,
        both,
    )[1]
    after = np.concatenate([tangents.states[0, fast], settled[0]])
    matrix, offset = after[:, :unknown], after[:, unknown:]
    first = np.concatenate([start[0, fast], np.zeros((references, directions))])
    fixed = _repeated(matrix, offset, first)
    filled = given.copy()
    if references:
        filled[0, -references:] = fixed[unknown - references :]
    moved = start.copy()
    moved[0, fast] = fixed[: unknown - references]
    return replace(along, params=filled, states=moved)


def _behind(array: Floats, count: int) -> Floats:
    return np.concatenate([np.zeros((*array.shape[:-1], count)), array], axis=-1)


def _repeated(matrix: Floats, offset: Floats, first: Floats) -> Floats:
    """Return x after x -> matrix x + offset has been applied 2**DOUBLINGS times."""
    for _ in range(DOUBLINGS):
        offset = matrix @ offset + offset
        matrix = matrix @ matrix
    return matrix @ first + offset


def _settled(
    kernel: Kernel, params: Floats, states: Floats, daily: Floats, along_params: Floats, along_states: Floats,
    along_daily: Floats, day: Segments, along: Along,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the derivatives of the initial states (1, N, D) and of the references (1, R, D)."""
    found = []
    directions, size = along_params.shape[-1], DIRECTIONS
    for first in range(0, directions, size):
        blocks = [_people_last(_cut(each, first, size)) for each in (along_params, along_states, along_daily)]
        inputs = _cut(along.inputs[:1], first, size)
        arguments = (
            tuple(np.moveaxis(each, 0, -1) for each in (params, day.inputs[:1], states, daily)),
            (blocks[0], _people_last(inputs), blocks[1], blocks[2]),
        )
        with double_precision():
            run = compile_once(kernel.functions.known, ("settled", size), lambda: _compiled(kernel, arguments))  # noqa: B023
            found.append([np.moveaxis(np.asarray(each), -1, 0) for each in run(*arguments)])
    initial, references = (np.concatenate(each, axis=-1)[..., :directions] for each in zip(*found, strict=True))
    return initial, references


def _cut(array: Floats, first: int, size: int) -> Floats:
    part = array[..., first : first + size]
    return np.concatenate([part, np.zeros((*part.shape[:-1], size - part.shape[-1]))], axis=-1)


def _people_last(array: Floats) -> Floats:
    return np.moveaxis(array, 0, -1)


def _compiled(kernel: Kernel, arguments: Any) -> Any:
    import jax

    settle = build_settling(kernel.functions.program, workshop())
    return jax.jit(settle).lower(*arguments).compile()
