"""Looking inside accepted steps: requested times are saved, sessions are watched; no step is shortened for either."""

from __future__ import annotations

from typing import Any

from bfrsim.solve.jax_backend.method import dense
from bfrsim.solve.jax_backend.model import Model
from bfrsim.solve.jax_backend.records import CLOSE, Kept, Move, Person, Task

Array = Any
MIDDLE, END, NOWHERE = 0, 1, 2  # where watching looks next


def look_around(model: Model, task: Task, person: Person, move: Move, kept: Kept) -> tuple[Person, Kept]:
    """Save every requested time within reach, then watch the middle and the end of the step."""
    from jax import lax
    from jax import numpy as jnp

    last = len(task.times)

    def saves(row: Array) -> Array:
        return (row < last) & (task.times[jnp.minimum(row, last - 1)] <= move.reach)

    def wanted(carried: tuple[Array, Array, Kept]) -> Array:
        return jnp.any(saves(carried[0]) | (carried[1] < NOWHERE))

    def visit(carried: tuple[Array, Array, Kept]) -> tuple[Array, Array, Kept]:
        row, look, kept = carried
        saving = saves(row)
        watching = ~saving & (look < NOWHERE)
        time = task.times[jnp.minimum(row, last - 1)]
        inside_step = jnp.maximum((time - move.now) / move.step, 0.0)
        theta = jnp.where(saving, inside_step, jnp.where(look == MIDDLE, 0.5, 1.0))
        theta = jnp.where(person.phase == CLOSE, 1.0, theta)
        point = dense(move.before, move.after, move.parts, theta)
        shown = jnp.concatenate([point, model.lines.value(point, person.const), person.const])
        kept = _write(task, person, (saving, row), (watching, shown), kept, _along(model, person, move, (point, theta),
                      saving, watching & (look == END)))  # fmt: skip
        return row + saving, jnp.where(watching, look + 1, look), kept

    row, _, kept = lax.while_loop(wanted, visit, (person.row, move.look, kept))
    return person._replace(row=row), kept


def _along(
    model: Model, person: Person, move: Move, where: tuple[Array, Array], saving: Array, at_end: Array
) -> Array | None:
    """Return the tangents of what is shown.

    A requested clock time holds still while the beginning of the segment moves; the end of a step moves with the end of
    its segment.
    """
    from jax import numpy as jnp

    if not person.along_began.shape[0]:
        return None
    point, theta = where
    along = dense(move.along_before, move.along_after, move.along_parts, theta)
    rate = model.rates.value(point, person.const)[:, None]
    along = jnp.where(saving, along - rate * person.along_began, along)
    along = jnp.where(at_end, person.along_state, along)
    lines = model.lines.linear((point, person.const), (along, person.along_const))
    return jnp.concatenate([along, lines, person.along_const])


def _write(
    task: Task, person: Person, save: tuple[Array, Array], watch: tuple[Array, Array], kept: Kept, along: Array | None
) -> Kept:
    from jax import numpy as jnp

    (saving, row), (watching, shown) = save, watch
    people = jnp.arange(len(row))
    row = jnp.where(saving, row, len(task.times))
    saved = kept.saved.at[row, :, people].set(shown[task.columns].T, mode="drop")
    seen, session = shown[task.monitored], jnp.where(watching, person.session, len(kept.lowest))
    safe = jnp.minimum(session, len(kept.lowest) - 1)
    before_low, before_high = kept.lowest[safe, :, people].T, kept.highest[safe, :, people].T
    lower, higher = seen < before_low, seen > before_high
    low, high = jnp.where(lower, seen, before_low), jnp.where(higher, seen, before_high)
    written = kept._replace(
        saved=saved,
        lowest=kept.lowest.at[session, :, people].set(low.T, mode="drop"),
        highest=kept.highest.at[session, :, people].set(high.T, mode="drop"),
    )
    if along is None:
        return written
    moves = along[task.monitored]
    # A value that comes again brings newer tangents: those of the end of a segment, moved with it.
    old_low, old_high = (
        jnp.moveaxis(each[safe, :, :, people], 0, -1) for each in (kept.along_lowest, kept.along_highest)
    )
    along_low = jnp.where((seen <= before_low)[:, None], moves, old_low)
    along_high = jnp.where((seen >= before_high)[:, None], moves, old_high)
    return written._replace(
        along_saved=kept.along_saved.at[row, :, :, people].set(jnp.moveaxis(along[task.columns], -1, 0), mode="drop"),
        along_lowest=kept.along_lowest.at[session, :, :, people].set(jnp.moveaxis(along_low, -1, 0), mode="drop"),
        along_highest=kept.along_highest.at[session, :, :, people].set(jnp.moveaxis(along_high, -1, 0), mode="drop"),
    )
