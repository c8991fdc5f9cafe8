"""A function of lists of rows as compiled pieces: its values, and its tangents along many directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bfrsim.solve.jax_backend.blocks import Evaluation, Wrap
from bfrsim.solve.jax_backend.tape import KINDS, Schedule, Tape, play, record, schedule
from bfrsim.solve.jax_backend.traced import (
    Atom,
    RowsFunction,
    Traced,
    needed,
    trace_many_slopes,
    trace_slopes,
    trace_values,
)

Array = Any


@dataclass(frozen=True)
class Workshop:
    """How pieces are made: `wrap` keeps a block apart from its surroundings, `tapes` says whether tangents run on one.

    A tape is a loop of short steps, right for a processor; an accelerator takes whole operations.
    """

    wrap: Wrap
    tapes: bool


@dataclass(frozen=True)
class Piece:
    """A function of lists of rows, called with stacked arrays, (rows, people).

    Attributes
    ----------
    function : callable
        Takes one list of rows per argument and returns a list of rows.
    """

    function: RowsFunction
    workshop: Workshop
    known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def value(self, *arguments: Array) -> Array:
        """Return the stacked result."""
        shapes = tuple(each.shape for each in arguments)
        traced: Traced = self._once(("value", shapes), lambda: trace_values(self.function, shapes))
        evaluation = Evaluation(traced, self.workshop.wrap)
        evaluation.run(arguments, traced.operations, traced.outputs)
        return evaluation.stacked(traced.outputs, shapes[0][1:])

    def prepare(self, arguments: Sequence[Array], moves: Sequence[bool]) -> tuple[Array, Any]:
        """Return the stacked result, and what `push` needs to know of the values; `moves` says which arguments move."""
        shapes = tuple(each.shape for each in arguments)
        if not self.workshop.tapes:
            return self.value(*arguments), tuple(arguments)
        traced, tape, plan = self._tape(shapes, tuple(moves))
        evaluation = Evaluation(traced, self.workshop.wrap)
        count = len(traced.outputs) - len(tape.outputs)
        results, atoms = traced.outputs[:count], [atom for kind in KINDS[2:] for atom in plan.factors[kind]]
        operations = needed(tape.values, [*results, *atoms])
        evaluation.run(arguments, operations, [*results, *atoms])
        return evaluation.stacked(results, shapes[0][1:]), _table(evaluation, plan, shapes[0][1:])

    def push(self, shapes: Sequence[tuple[int, ...]], prepared: Any, tangents: Sequence[Array | None]) -> Array:
        """Return the tangents of the result, (rows, directions, people).

        Parameters
        ----------
        shapes : of the arguments of `prepare`
        prepared : what it returned
        tangents : those of each argument, (rows, directions, people); None for one that holds still.
        """
        from jax import numpy as jnp

        moving = [each for each in tangents if each is not None]
        if self.workshop.tapes:
            plan = self._tape(tuple(shapes), tuple(each is not None for each in tangents))[2]
            return self.workshop.wrap(lambda table, along: play(plan, table, along))(prepared, jnp.concatenate(moving))
        along = tuple(None if each is None else each.shape for each in tangents)
        key = ("many", tuple(shapes), along)
        traced: Traced = self._once(key, lambda: trace_many_slopes(self.function, shapes, along))
        evaluation = Evaluation(traced, self.workshop.wrap)
        evaluation.run((*prepared, *moving), traced.operations, traced.outputs)
        return evaluation.stacked(traced.outputs, moving[0].shape[1:])

    def linear(self, arguments: Sequence[Array], tangents: Sequence[Array | None]) -> Array:
        """Return the tangents of the result, (rows, directions, people), for those of the arguments."""
        prepared = self.prepare(arguments, [each is not None for each in tangents])[1]
        return self.push([each.shape for each in arguments], prepared, tangents)

    def _tape(self, shapes: tuple[Any, ...], moves: tuple[bool, ...]) -> tuple[Traced, Tape, Schedule]:
        def make() -> tuple[Traced, Tape, Schedule]:
            traced = trace_slopes(self.function, shapes, moves)
            given = sum(shape[0] for shape in shapes)
            moving = sum(shape[0] for shape, moved in zip(shapes, moves, strict=True) if moved)
            assert len(traced.inputs) == given + moving
            tape = record(traced, given, len(traced.outputs) // 2)
            return traced, tape, schedule(tape)

        found: tuple[Traced, Tape, Schedule] = self._once(("tape", shapes, moves), make)
        return found

    def _once(self, key: Any, make: Any) -> Any:
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]


def _table(evaluation: Evaluation, plan: Schedule, shape: tuple[int, ...]) -> Array:
    """Return the coefficients of a tape, (coefficients, people)."""
    from jax import numpy as jnp

    def stacked(kind: str) -> Array:
        atoms: Sequence[Atom] = plan.factors[kind]
        return evaluation.stacked(atoms, shape)

    numbers = [*plan.factors["one"], *plan.factors["number"]]
    spread = jnp.broadcast_to(jnp.asarray(numbers)[:, None], (len(numbers), *shape))
    true, false = stacked("true").astype(float), stacked("false").astype(float)
    return jnp.concatenate([spread, stacked("value"), 1.0 / stacked("inverse"), true, 1.0 - false])
