"""A long list of statements -> short compiled pieces, and the same for its tangents.

XLA fuses an operation into each of its users and computes it again there. With hundreds of statements that share their
parts, compile time and work grow without bound; so the list is cut into blocks, and what one block leaves to the next
stands in an array. Tangents are traced by JAX's own forward mode; what they need of the values is computed once, however
many directions follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Array = Any
RowsFunction = Callable[..., Sequence[Array]]  # lists of rows -> list of rows
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]

BLOCK = 150  # operations that XLA sees at once


@dataclass(frozen=True)
class Piece:
    """A function of lists of rows, called with stacked arrays.

    Attributes
    ----------
    function : callable
        Takes one list of rows per argument, each row (people,), and returns a list of rows.
    wrap : callable
        Keeps a block apart from what stands around it.
    block : int
        Operations in a block.
    """

    function: RowsFunction
    wrap: Wrap
    block: int = BLOCK
    known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def value(self, *arguments: Array) -> Array:
        """Return the stacked result, (rows, people)."""
        return _Evaluation(self._traced(arguments, ()), arguments, self).result()

    def linear(self, arguments: Sequence[Array], tangents: Sequence[Array | None]) -> Array:
        """Return the tangents of the result, (rows, directions, people).

        Parameters
        ----------
        tangents : sequence
            Those of each argument, (rows, directions, people); None for an argument that holds still.
        """
        moving = tuple(each for each in tangents if each is not None)
        return _Evaluation(self._traced(arguments, tangents), (*arguments, *moving), self).result()

    def _traced(self, arguments: Sequence[Array], tangents: Sequence[Array | None]) -> Any:
        """Trace the function for these shapes, once."""
        shapes = tuple(each.shape for each in arguments)
        along = tuple(None if each is None else each.shape for each in tangents)
        if (shapes, along) not in self.known:
            self.known[shapes, along] = _trace(self.function, shapes, along)
        return self.known[shapes, along]


Shape = tuple[int, ...]


def _trace(function: RowsFunction, shapes: Sequence[Shape], along: Sequence[Shape | None]) -> Any:
    """Return the plain operations of a function of rows, or of its tangents if there are any."""
    import jax

    counts = [shape[0] for shape in shapes]
    values = _flat_values(function, counts, shapes[0][1:])
    primal = [jax.ShapeDtypeStruct(shape[1:], float) for shape in shapes for _ in range(shape[0])]
    moves = [each is not None for shape, each in zip(shapes, along or [None] * len(shapes), strict=True)
             for _ in range(shape[0])]  # fmt: skip
    tangent = [jax.ShapeDtypeStruct(each[1:], float) for each in along if each is not None for _ in range(each[0])]

    def slopes(*rows: Array) -> tuple[Array, ...]:
        given = rows[: len(primal)]
        moving = tuple(row for row, moved in zip(given, moves, strict=True) if moved)

        def values_of_moving(*some: Array) -> tuple[Array, ...]:
            left = iter(some)
            return values(*(next(left) if moved else row for row, moved in zip(given, moves, strict=True)))

        return jax.vmap(lambda *one: jax.jvp(values_of_moving, moving, one)[1])(*rows[len(primal) :])

    with jax.disable_jit():  # what JAX's own functions wrap becomes plain operations
        return jax.make_jaxpr(slopes if tangent else values)(*primal, *tangent)


def _flat_values(
    function: RowsFunction, counts: Sequence[int], shape: tuple[int, ...]
) -> Callable[..., tuple[Array, ...]]:
    from jax import numpy as jnp

    def values(*rows: Array) -> tuple[Array, ...]:
        groups, at = [], 0
        for count in counts:
            groups.append(list(rows[at : at + count]))
            at += count
        return tuple(jnp.broadcast_to(jnp.asarray(row, dtype=float), shape) for row in function(*groups))

    return values


@dataclass
class _Evaluation:
    """Walks along the blocks of a traced function; variables of finished blocks are rows of `arrays`."""

    traced: Any
    arguments: Sequence[Array]
    piece: Piece
    arrays: list[Array] = field(default_factory=list)
    place: dict[Any, tuple[int, int]] = field(default_factory=dict)

    def result(self) -> Array:
        from jax import numpy as jnp

        jaxpr = self.traced.jaxpr
        self.arrays = list(self.arguments)
        rows = [(at, row) for at, each in enumerate(self.arguments) for row in range(len(each))]
        self.place = dict(zip(jaxpr.invars, rows, strict=True))
        wanted = [atom for atom in jaxpr.outvars if _is_variable(atom)]
        blocks = _blocks(jaxpr, wanted, self.piece.block)
        for number, block in enumerate(blocks):
            later = {atom for rest in blocks[number + 1 :] for step in rest for atom in step.invars if _is_variable(atom)}
            self._run(block, later.union(wanted))
        if not jaxpr.outvars:
            return jnp.zeros((0, *self.arguments[0].shape[1:]))
        return self._gathered()

    def _run(self, block: Sequence[Any], later: set[Any]) -> None:
        """Evaluate one block; what later ones read is stacked, one array for each shape and kind."""
        from jax import numpy as jnp

        made = [atom for step in block for atom in step.outvars]
        own = set(made)
        read = list(dict.fromkeys(a for step in block for a in step.invars if _is_variable(a) and a not in own))
        groups: dict[Any, list[Any]] = {}
        for atom in made:
            if atom in later:
                groups.setdefault((atom.aval.shape, atom.aval.dtype), []).append(atom)
        constants = dict(zip(self.traced.jaxpr.constvars, self.traced.consts, strict=True))
        needed, pick = self._picker([atom for atom in read if atom not in constants])

        def evaluate(*arrays: Array) -> tuple[Array, ...]:
            values = constants | pick(arrays)
            for step in block:
                _step(step, values)
            return tuple(jnp.stack([values[atom] for atom in group]) for group in groups.values())

        found = self.piece.wrap(evaluate)(*(self.arrays[at] for at in needed))
        for group, array in zip(groups.values(), found, strict=True):
            self.place |= {atom: (len(self.arrays), row) for row, atom in enumerate(group)}
            self.arrays.append(array)

    def _picker(self, read: Sequence[Any]) -> tuple[list[int], Callable[[Sequence[Array]], dict[Any, Array]]]:
        """Return which arrays hold what is read, and a function that picks it from them."""
        needed = sorted({self.place[atom][0] for atom in read})
        place = {atom: (needed.index(self.place[atom][0]), self.place[atom][1]) for atom in read}
        return needed, lambda arrays: {atom: arrays[at][row] for atom, (at, row) in place.items()}

    def _gathered(self) -> Array:
        from jax import numpy as jnp

        outs = self.traced.jaxpr.outvars
        needed, pick = self._picker([atom for atom in dict.fromkeys(a for a in outs if _is_variable(a))])

        def gather(*arrays: Array) -> Array:
            values = pick(arrays)
            rows = [values[atom] if _is_variable(atom) else jnp.asarray(atom.val, dtype=float) for atom in outs]
            return jnp.stack([jnp.broadcast_to(row, outs[0].aval.shape) for row in rows])

        return self.piece.wrap(gather)(*(self.arrays[at] for at in needed))


def _is_variable(atom: Any) -> bool:
    from jax.extend.core import Literal

    return not isinstance(atom, Literal)


def _blocks(jaxpr: Any, wanted: Sequence[Any], size: int) -> list[list[Any]]:
    """Return the operations that are needed, values before tangents, in blocks."""
    alive, kept = set(wanted), []
    for step in reversed(jaxpr.eqns):
        if any(atom in alive for atom in step.outvars):
            alive.update(atom for atom in step.invars if _is_variable(atom))
            kept.append(step)
    kept.reverse()
    depth = len(jaxpr.invars[0].aval.shape) if jaxpr.invars else 0
    # Whatever has an axis of directions is computed with them, also what is only spread over them.
    groups = [
        [step for step in kept if (len(step.outvars[0].aval.shape) > depth) == along] for along in (False, True)
    ]
    return [group[at : at + size] for group in groups for at in range(0, len(group), size)]


def _step(step: Any, values: dict[Any, Array]) -> None:
    read = [values[atom] if _is_variable(atom) else atom.val for atom in step.invars]
    found = step.primitive.bind(*read, **step.params)
    found = found if step.primitive.multiple_results else [found]
    values.update(zip(step.outvars, found, strict=True))
