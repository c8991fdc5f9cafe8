"""The step loop of `solve/stepper.py` on arrays: each person has an own segment, time and step, and feels no neighbour.

In each round a person enters a segment, tries a step, or takes leave at the end. What only some need in a round (to
enter, to bisect, to look inside a step) is behind a condition, so that alone nobody pays for what they do not use.

With directions, tangents go along: those of accepted steps at their lengths, which count as given. Where a segment ends
is differentiated by the implicit function theorem: an event by dt = -dg/(dg/dt), a clock time by its own tangent; and
the state at the end moves by rate times dt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bfrsim.solve.jax_backend.method import Attempt, Method, attempt, attempt_tangents, dense, dense_parts
from bfrsim.solve.jax_backend.model import Model
from bfrsim.solve.jax_backend.records import CLOSE, ENTER, OVER, STEP, Kept, Leave, Move, Person, Task
from bfrsim.solve.jax_backend.visits import END, MIDDLE, NOWHERE, look_around
from bfrsim.solve.stepper import (
    BISECTIONS,
    DONE,
    EVENT_MARGIN,
    EVENT_TIME,
    FIRST_STEP,
    GROW,
    INTEGRAL,
    PROPORTIONAL,
    SAFETY,
    SHRINK,
    SMALLEST_STEP,
    STEP_TOO_SMALL,
    STOPPED,
    TOO_MANY_STEPS,
)

Array = Any


@dataclass(frozen=True)
class Loop:
    """A model and a method, ready to be traced."""

    model: Model
    method: Method

    def run(self, task: Task, person: Person, kept: Kept) -> tuple[Person, Kept]:
        """Integrate until everyone is over."""
        from jax import lax
        from jax import numpy as jnp

        def goes_on(carried: tuple[Person, Kept]) -> Array:
            return jnp.any(carried[0].phase != OVER)

        def once(carried: tuple[Person, Kept]) -> tuple[Person, Kept]:
            return self._round(task, *carried)

        return lax.while_loop(goes_on, once, (person, kept))

    def _round(self, task: Task, person: Person, kept: Kept) -> tuple[Person, Kept]:
        from jax import lax
        from jax import numpy as jnp

        entering, stepping = person.phase == ENTER, person.phase == STEP
        kept = _keep_start(task, person, kept)
        person, move, leave = lax.cond(
            jnp.any(entering), lambda it: self._enter(task, it), lambda it: _stand(it, entering), person
        )
        stepped, moved, left = lax.cond(
            jnp.any(stepping), lambda it: self._step(task, it), lambda it: _stand(it, stepping), person
        )
        person = _choose(stepping, stepped, person)
        move, leave = _choose(stepping, moved, move), _choose(stepping, left, leave)
        closing = person.phase == CLOSE
        move = move._replace(reach=jnp.where(closing, person.began + EVENT_TIME, move.reach))
        if person.along_began.shape[0]:
            move = _to_the_end(task, person, move, leave)
        person, kept, along_end = look_around(self.model, task, person, (move, leave), kept)
        return _leave(task, person, leave, along_end, kept, closing)

    def _enter(self, task: Task, person: Person) -> tuple[Person, Move, Leave]:
        """Begin a segment: its constants, its length, and whether it ends before it began."""
        from jax import numpy as jnp

        entering, at = person.phase == ENTER, person.segment
        inputs = task.inputs[at].T
        follow = person.along_began.shape[0] > 0
        hoist, given = self.model.hoist, (task.params, inputs)
        const, prepared = hoist.prepare(given, (True, True)) if follow else (hoist.value(*given), None)
        left = task.until[at] - person.began
        length = jnp.maximum(jnp.minimum(task.duration[at], left), 0.0)
        zero = jnp.zeros_like(length)
        session = task.session[at]
        begun = person._replace(
            const=const, length=length, spent=zero, step=zero + FIRST_STEP, last_error=zero + 1.0, session=session,
            may_end=(task.may_end[at] > 0), phase=jnp.full_like(at, STEP),
        )  # fmt: skip
        if follow:
            along_inputs = jnp.moveaxis(task.along_inputs[at], 0, -1)
            by_clock = task.until[at] - person.began < task.duration[at]
            along = jnp.where(by_clock, task.along_until[at].T - person.along_began, task.along_duration[at].T)
            begun = begun._replace(
                along_const=hoist.push([each.shape for each in given], prepared, (task.along_params, along_inputs)),
                along_length=jnp.where(length > 0.0, along, 0.0),
            )
        fired = jnp.zeros_like(entering)
        status = jnp.full_like(at, DONE)
        if self.model.stops:
            margins = self.model.margins.value(person.state, const)
            watches = begun.may_end | any(self.model.stops)
            fired = watches & (self._lowest(margins, begun.may_end) <= 0.0)
            status = jnp.where(fired, self._meaning(margins), DONE)
        person = _choose(entering, begun, person)
        _, still, _ = _stand(person, entering)
        watched = entering & ~fired & _watched(task, person)
        move = still._replace(look=jnp.where(watched, END, NOWHERE), watched=watched)
        leaves = entering & (fired | (person.length <= 0.0))
        return person, move, Leave(leaves, status, fired & entering)

    def _step(self, task: Task, person: Person) -> tuple[Person, Move, Leave]:
        """Try a step: take it, refuse it, or shorten it to where an event fires."""
        from jax import numpy as jnp

        state, const = person.state, person.const
        spent_up = person.taken + person.refused >= task.max_steps
        left = person.length - person.spent
        step = jnp.minimum(person.step, left)
        step = jnp.where((person.phase == STEP) & (step > 0.0), step, 1.0)
        last = step >= left
        tried = attempt(self.method, self.model, state, const, step, person.along_began.shape[0] > 0)
        after, stages = tried.after, tried.stages
        error = _error_norm(task, state, after, stages[-1])
        good = error <= 1.0  # written so that NaN is refused too
        parts = dense_parts(self.method, stages)
        short, again, ended, fraction, status = self._events(person, good, (after, parts), step)
        accepted = good & ~short & ~again & ~spent_up
        refused = ~good & ~spent_up
        smaller = step * jnp.where((error > 1.0) & (error < 1e30), jnp.maximum(SHRINK, _shrunk(error, self)), 0.1)
        vanished = refused & (smaller < SMALLEST_STEP)
        bounded = jnp.maximum(error, 1e-10)
        factor = SAFETY * bounded ** (-PROPORTIONAL / self.method.order)
        factor = factor * person.last_error ** (INTEGRAL / self.method.order)
        larger = step * jnp.clip(factor, SHRINK, GROW)
        again = again & ~spent_up
        following = person._replace(
            state=jnp.where(accepted, after, state),
            spent=jnp.where(accepted, jnp.where(last, person.length, person.spent + step), person.spent),
            step=jnp.where(accepted, larger, jnp.where(again, fraction * step, jnp.where(refused, smaller, step))),
            last_error=jnp.where(accepted, jnp.maximum(bounded, 1e-4), person.last_error),
            taken=person.taken + accepted,
            refused=person.refused + (refused | again),
        )
        now, watched = person.began + person.spent, accepted & _watched(task, person)
        move = Move(
            state, jnp.where(accepted, after, state), parts, now, step, jnp.where(accepted, now + step, -jnp.inf),
            jnp.where(watched, MIDDLE, NOWHERE), watched,
            person.along_state, person.along_state, jnp.zeros((len(parts), *person.along_state.shape)),
        )  # fmt: skip
        if person.along_began.shape[0]:
            following, move = self._follow_step(person, following, move, tried, accepted)
        event = (short | ended) & ~spent_up
        status = jnp.where(
            spent_up, TOO_MANY_STEPS, jnp.where(vanished, STEP_TOO_SMALL, jnp.where(event, status, DONE))
        )
        done = accepted & (following.spent >= following.length)
        return following, move, Leave(spent_up | vanished | event | done, status, event)

    def _follow_step(
        self, person: Person, following: Person, move: Move, tried: Attempt, accepted: Array
    ) -> tuple[Person, Move]:
        """Let the tangents of those who took the step follow."""
        from jax import lax
        from jax import numpy as jnp

        def follow(along: Array) -> tuple[Array, Array]:
            after, moved = attempt_tangents(self.method, self.model, tried, move.step, along, person.along_const)
            return after, dense_parts(self.method, moved)

        def stay(along: Array) -> tuple[Array, Array]:
            return along, jnp.zeros((len(move.parts), *along.shape))

        after, parts = lax.cond(jnp.any(accepted), follow, stay, person.along_state)
        after = jnp.where(accepted, after, person.along_state)
        return following._replace(along_state=after), move._replace(along_after=after, along_parts=parts)

    def _events(
        self, person: Person, good: Array, taken: tuple[Array, Array], step: Array
    ) -> tuple[Array, Array, Array, Array, Array]:
        """Return who ends at once, tries again, ends with this step; the fraction at which it fires; its meaning."""
        from jax import lax
        from jax import numpy as jnp

        never = jnp.zeros_like(good)
        if not self.model.stops:
            return never, never, never, jnp.ones_like(step), jnp.full_like(person.status, DONE)
        after, parts = taken
        margins = self.model.margins.value(after, person.const)
        watches = person.may_end | any(self.model.stops)
        fires = good & watches & (self._lowest(margins, person.may_end) < 0.0)
        fraction = lax.cond(jnp.any(fires), lambda: self._crossing(person, after, parts), lambda: jnp.ones_like(step))
        short = fires & (fraction * step < EVENT_TIME)
        again = fires & ~short & ((1.0 - fraction) * step > EVENT_TIME)
        return short, again, fires & ~short & ~again, fraction, self._meaning(margins)

    def _crossing(self, person: Person, after: Array, parts: Array) -> Array:
        """Return the fraction of the step at which the first event fires, by bisection on the dense output."""
        from jax import lax
        from jax import numpy as jnp

        def halve(_: Array, bounds: tuple[Array, Array]) -> tuple[Array, Array]:
            low, high = bounds
            middle = 0.5 * (low + high)
            inside = dense(person.state, after, parts, middle)
            fired = self._lowest(self.model.margins.value(inside, person.const), person.may_end) < 0.0
            return jnp.where(fired, low, middle), jnp.where(fired, middle, high)

        zero = jnp.zeros_like(person.spent)
        return lax.fori_loop(0, BISECTIONS, halve, (zero, zero + 1.0))[1]

    def _lowest(self, margins: Array, may_end: Array) -> Array:
        """Return the smallest margin that is watched."""
        from jax import numpy as jnp

        low = jnp.ones_like(margins[0])
        for margin, stops in zip(margins, self.model.stops, strict=True):
            low = jnp.where((may_end | stops) & (margin < low), margin, low)
        return low

    def _meaning(self, margins: Array) -> Array:
        """Return what an event means: the end of a segment, or of the run."""
        from jax import numpy as jnp

        stops = any(self.model.stops) & (self._lowest(margins, jnp.zeros(margins.shape[1:], bool)) <= EVENT_MARGIN)
        return jnp.where(stops, STOPPED, DONE)


def _to_the_end(task: Task, person: Person, move: Move, leave: Leave) -> Move:
    """Let everyone who leaves be seen at the end: only there is known how tangents move with it.

    Who leaves by an event without a further step was watched there already, with tangents that did not move yet.
    """
    from jax import numpy as jnp

    again = leave.leaves & leave.by_event & (person.spent > 0.0) & _watched(task, person)
    return move._replace(
        look=jnp.where(leave.leaves & (move.look == NOWHERE), END, move.look), watched=move.watched | again
    )


def _watched(task: Task, person: Person) -> Array:
    return (person.session >= 0) & (person.session < task.sessions)


def _shrunk(error: Array, loop: Loop) -> Array:
    return SAFETY * error ** (-1.0 / loop.method.order)


def _error_norm(task: Task, state: Array, after: Array, error: Array) -> Array:
    from jax import numpy as jnp

    scale = task.atol[:, None] + task.rtol * jnp.maximum(jnp.abs(state), jnp.abs(after))
    return jnp.sqrt(jnp.sum((error / scale) ** 2, axis=0) / len(state))


def _stand(person: Person, who: Array) -> tuple[Person, Move, Leave]:
    """Return a round in which nothing happens."""
    from jax import numpy as jnp

    nothing = jnp.zeros((3, *person.state.shape))
    along = jnp.zeros((3, *person.along_state.shape))
    one = jnp.ones_like(person.spent)
    move = Move(
        person.state, person.state, nothing, person.began + person.spent, one, one * -jnp.inf,
        jnp.full_like(person.segment, NOWHERE), jnp.zeros_like(who), person.along_state, person.along_state, along,
    )  # fmt: skip
    never = jnp.zeros_like(who)
    return person, move, Leave(never, jnp.full_like(person.status, DONE), never)


def _choose(who: Array, yes: Any, no: Any) -> Any:
    """Return the values of one record for some people and those of another for the rest."""
    from jax import numpy as jnp

    return type(yes)(*(jnp.where(who, a, b) for a, b in zip(yes, no, strict=True)))


def _keep_start(task: Task, person: Person, kept: Kept) -> Kept:
    """Keep the state of those who enter a new session."""
    from jax import numpy as jnp

    here = task.session[person.segment]
    new = (person.phase == ENTER) & (here >= 0) & (here != person.session) & (here < task.starts)
    row = jnp.where(new, here, len(kept.starts))
    people = jnp.arange(len(row))
    return kept._replace(starts=kept.starts.at[row, :, people].set(person.state.T, mode="drop"))


def _leave(
    task: Task, person: Person, leave: Leave, along_end: Array, kept: Kept, closing: Array
) -> tuple[Person, Kept]:
    """Write when the segment ended, and go on to the next one, to the last moment, or to the end."""
    from jax import numpy as jnp

    at, leaves = person.segment, leave.leaves
    until, length = task.until[at], task.duration[at]
    by_clock = (person.spent == person.length) & (person.began <= until) & (until - person.began <= length)
    clock = jnp.where(by_clock, until, person.began + person.spent)
    row, people = jnp.where(leaves, at, len(kept.ends)), jnp.arange(len(at))
    kept = kept._replace(ends=kept.ends.at[row, people].set(clock, mode="drop"))
    failed = leaves & (leave.status != DONE)
    final = leaves & ~failed & (at + 1 >= task.segments)
    phase = jnp.where(leaves, jnp.where(failed, OVER, jnp.where(final, CLOSE, ENTER)), person.phase)
    phase = jnp.where(closing, OVER, phase)
    along_began = person.along_began
    if along_began.shape[0]:
        along_began = jnp.where(leaves, along_began + along_end, along_began)
        kept = kept._replace(along_ends=kept.along_ends.at[row, :, people].set(along_began.T, mode="drop"))
    return person._replace(
        phase=phase,
        began=jnp.where(leaves, clock, person.began),
        spent=jnp.where(final, 0.0, person.spent),
        along_began=along_began,
        status=jnp.where(leaves, leave.status, person.status),
        failed=jnp.where(failed, at, person.failed),
        segment=jnp.where(leaves & ~failed & ~final, at + 1, at),
    ), kept
