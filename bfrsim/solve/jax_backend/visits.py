"""Looking inside accepted steps: requested times are saved, sessions are watched; no step is shortened for either."""

from __future__ import annotations

from typing import Any

from bfrsim.solve.jax_backend.method import dense
from bfrsim.solve.jax_backend.model import Model
from bfrsim.solve.jax_backend.records import CLOSE, Kept, Leave, Move, Person, Task
from bfrsim.solve.stepper import DONE

Array = Any
MIDDLE, END, NOWHERE = 0, 1, 2  # where watching looks next


def look_around(
    model: Model, task: Task, person: Person, done: tuple[Move, Leave], kept: Kept
) -> tuple[Person, Kept, Array]:
    """Save every requested time within reach, then look at the middle and the end of the step.

    Returns
    -------
    person : with the tangents of who leaves moved to the end of their segment.
    kept : with what was seen.
    delay : tangents of the time at which the segment ends, since it began; (directions, people).
    """
    from jax import lax
    from jax import numpy as jnp

    (move, leave), last = done, len(task.times)

    def saves(row: Array) -> Array:
        return (row < last) & (task.times[jnp.minimum(row, last - 1)] <= move.reach)

    def wanted(carried: tuple[Array, ...]) -> Array:
        return jnp.any(saves(carried[0]) | (carried[1] < NOWHERE))

    def visit(carried: tuple[Any, ...]) -> tuple[Any, ...]:
        row, look, kept, along_state, delay = carried
        saving = saves(row)
        looking = ~saving & (look < NOWHERE)
        inside_step = jnp.maximum((task.times[jnp.minimum(row, last - 1)] - move.now) / move.step, 0.0)
        theta = jnp.where(saving, inside_step, jnp.where(look == MIDDLE, 0.5, 1.0))
        theta = jnp.where(person.phase == CLOSE, 1.0, theta)
        point = dense(move.before, move.after, move.parts, theta)
        along = None
        if person.along_began.shape[0]:
            ends = looking & (look == END) & leave.leaves
            lines, along, along_state, delay = _follow(
                model,
                person._replace(along_state=along_state),
                done,
                (point, theta),
                (saving, looking & (look == END), ends),
                delay,
            )
        else:
            lines = model.lines.value(point, person.const)
        shown = jnp.concatenate([point, lines, person.const])
        kept = _write(task, person, (saving, row), (looking & move.watched, shown), kept, along)
        return row + saving, jnp.where(looking, look + 1, look), kept, along_state, delay

    first = (person.row, move.look, kept, person.along_state, jnp.zeros_like(person.along_began))
    row, _, kept, along_state, delay = lax.while_loop(wanted, visit, first)
    return person._replace(row=row, along_state=along_state), kept, delay


def _follow(
    model: Model, person: Person, done: tuple[Move, Leave], where: tuple[Array, Array],
    who: tuple[Array, Array, Array], delay: Array,
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """Return the lines at a point, the tangents of what is shown there, those of the state, and of the segment's end.

    A requested clock time holds still while the beginning of the segment moves; the end of a step moves with the end of
    its segment.
    """
    from jax import lax
    from jax import numpy as jnp

    (move, leave), (point, theta), (saving, at_end, ends) = done, where, who
    given = (point, person.const)
    seen, prepared = model.look.prepare(given, (True, True))
    count = len(seen) - len(point)
    rate = seen[count:][:, None]
    by_event = ends & leave.by_event
    event = lax.cond(
        jnp.any(by_event), lambda: _event_delay(model, person, rate), lambda: jnp.zeros_like(person.along_began)
    )
    known = jnp.where((leave.status == DONE) & ~leave.by_event, person.along_length, 0.0)
    delay = jnp.where(ends, jnp.where(by_event, event, known), delay)
    along_state = jnp.where(ends, person.along_state + rate * delay, person.along_state)
    along = dense(move.along_before, move.along_after, move.along_parts, theta)
    along = jnp.where(saving, along - rate * person.along_began, along)
    along = jnp.where(at_end, along_state, along)
    lines = model.look.push([each.shape for each in given], prepared, (along, person.along_const))[:count]
    return seen[:count], jnp.concatenate([along, lines, person.along_const]), along_state, delay


def _event_delay(model: Model, person: Person, rate: Array) -> Array:
    """Return the tangents of the time at which the lowest event fires: -dg/(dg/dt)."""
    from jax import numpy as jnp

    if not model.stops:
        return jnp.zeros_like(person.along_began)
    moving = jnp.concatenate([person.along_state, rate], axis=1)
    still = jnp.concatenate([person.along_const, jnp.zeros_like(person.along_const[:, :1])], axis=1)
    given = (person.state, person.const)
    margins, prepared = model.margins.prepare(given, (True, True))
    slopes = model.margins.push([each.shape for each in given], prepared, (moving, still))
    watched = jnp.stack([person.may_end | stops for stops in model.stops])
    first = jnp.argmin(jnp.where(watched, margins, jnp.inf), axis=0)
    chosen = jnp.take_along_axis(slopes, first[None, None], axis=0)[0]
    falls = chosen[-1:] < 0.0
    delay = -chosen[:-1] / jnp.where(falls, chosen[-1:], 1.0)
    return jnp.where(falls & (person.spent > 0.0), delay, 0.0)  # what ends as it begins has no time to move


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
