"""A long list of statements -> short compiled pieces, and the same for its tangents.

XLA fuses an operation into each of its users and computes it again there. With hundreds of statements that share their
parts, compile time and work grow without bound; so the list is cut into blocks, and what one block leaves to the next
stands in an array. Tangents are traced by JAX's own forward mode; what they need of the values is computed once,
however many directions follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bfrsim.solve.jax_backend.traced import Operation, RowsFunction, Traced, is_variable, trace

Array = Any
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
    known: dict[Any, Traced] = field(default_factory=dict, compare=False, repr=False)

    def value(self, *arguments: Array) -> Array:
        """Return the stacked result, (rows, people)."""
        return _Evaluation(self._traced(arguments, ()), self).result(arguments)

    def linear(self, arguments: Sequence[Array], tangents: Sequence[Array | None]) -> Array:
        """Return the tangents of the result, (rows, directions, people).

        Parameters
        ----------
        tangents : sequence
            Those of each argument, (rows, directions, people); None for an argument that holds still.
        """
        moving = tuple(each for each in tangents if each is not None)
        return _Evaluation(self._traced(arguments, tangents), self).result((*arguments, *moving))

    def _traced(self, arguments: Sequence[Array], tangents: Sequence[Array | None]) -> Traced:
        """Trace the function for these shapes, once."""
        shapes = tuple(each.shape for each in arguments)
        along = tuple(None if each is None else each.shape for each in tangents)
        if (shapes, along) not in self.known:
            self.known[shapes, along] = trace(self.function, shapes, along)
        return self.known[shapes, along]


@dataclass
class _Evaluation:
    """Walks along the blocks of a traced function; variables of finished blocks are rows of `arrays`."""

    traced: Traced
    piece: Piece
    arrays: list[Array] = field(default_factory=list)
    place: dict[Any, tuple[int, int]] = field(default_factory=dict)

    def result(self, arguments: Sequence[Array]) -> Array:
        from jax import numpy as jnp

        traced = self.traced
        self.arrays = list(arguments)
        rows = [(at, row) for at, each in enumerate(arguments) for row in range(len(each))]
        self.place = dict(zip(traced.inputs, rows, strict=True))
        blocks = _blocks(traced, self.piece.block)
        later = {atom for atom in traced.outputs if is_variable(atom)}
        read_after = []
        for block in reversed(blocks):
            read_after.append(set(later))
            later.update(atom for operation in block for atom in operation.variables)
        for block, needed in zip(blocks, reversed(read_after), strict=True):
            self._run(block, needed)
        return self._gathered() if traced.outputs else jnp.zeros((0, *arguments[-1].shape[1:]))

    def _run(self, block: Sequence[Operation], later: set[Any]) -> None:
        """Evaluate one block; what later ones read is stacked, one array for each shape and kind."""
        from jax import numpy as jnp

        own = {operation.made for operation in block}
        read = dict.fromkeys(atom for operation in block for atom in operation.variables if atom not in own)
        groups: dict[Any, list[Any]] = {}
        for operation in block:
            if operation.made in later:
                groups.setdefault((operation.made.aval.shape, operation.made.aval.dtype), []).append(operation.made)
        needed, pick = self._picker(list(read))

        def evaluate(*arrays: Array) -> tuple[Array, ...]:
            values = pick(arrays)
            for operation in block:
                operation.run(values)
            return tuple(jnp.stack([values[atom] for atom in group]) for group in groups.values())

        found = self.piece.wrap(evaluate)(*(self.arrays[at] for at in needed))
        for group, array in zip(groups.values(), found, strict=True):
            self.place |= {atom: (len(self.arrays), row) for row, atom in enumerate(group)}
            self.arrays.append(array)

    def _picker(self, read: Sequence[Any]) -> tuple[list[int], Callable[[Sequence[Array]], dict[Any, Array]]]:
        """Return which arrays hold what is read, and a function that picks it from them."""
        constants = self.traced.constants
        places = {atom: self.place[atom] for atom in read if atom not in constants}
        needed = sorted({at for at, _ in places.values()})
        rows = {atom: (needed.index(at), row) for atom, (at, row) in places.items()}

        def pick(arrays: Sequence[Array]) -> dict[Any, Array]:
            from jax import lax

            return constants | {
                atom: lax.index_in_dim(arrays[at], row, keepdims=False) for atom, (at, row) in rows.items()
            }

        return needed, pick

    def _gathered(self) -> Array:
        from jax import numpy as jnp

        outputs = self.traced.outputs
        needed, pick = self._picker(list(dict.fromkeys(atom for atom in outputs if is_variable(atom))))

        def gather(*arrays: Array) -> Array:
            values = pick(arrays)
            rows = [values[atom] if is_variable(atom) else jnp.asarray(atom.val, dtype=float) for atom in outputs]
            return jnp.stack([jnp.broadcast_to(row, outputs[0].aval.shape) for row in rows])

        return self.piece.wrap(gather)(*(self.arrays[at] for at in needed))


def _blocks(traced: Traced, size: int) -> list[tuple[Operation, ...]]:
    """Cut the operations into blocks, values before tangents."""
    depth = len(traced.inputs[0].aval.shape) if traced.inputs else 0
    groups: tuple[list[Operation], list[Operation]] = ([], [])
    for operation in traced.operations:
        # Whatever has an axis of directions is computed with them, also what is only spread over them.
        groups[len(operation.made.aval.shape) > depth].append(operation)
    return [tuple(group[at : at + size]) for group in groups for at in range(0, len(group), size)]
