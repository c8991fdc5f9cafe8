"""Operations -> short blocks that XLA compiles one by one; what one leaves to the next stands in an array.

XLA fuses an operation into each of its users and computes it again there. With hundreds of operations that share their
parts, compile time and work would grow without bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bfrsim.solve.jax_backend.traced import Atom, Operation, Traced, is_variable

Array = Any
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]

BLOCK = 150  # operations that XLA sees at once


@dataclass
class Evaluation:
    """Walks along the blocks of a traced function; variables of finished blocks are rows of `arrays`.

    Attributes
    ----------
    wrap : callable
        Keeps a block apart from what stands around it.
    """

    traced: Traced
    wrap: Wrap
    arrays: list[Array] = field(default_factory=list)
    place: dict[Atom, tuple[int, int]] = field(default_factory=dict)

    def run(self, arguments: Sequence[Array], operations: Sequence[Operation], wanted: Sequence[Atom]) -> None:
        """Evaluate some operations, block by block; what is wanted of them has a place then."""
        self.arrays = list(arguments)
        rows = [(at, row) for at, each in enumerate(arguments) for row in range(len(each))]
        self.place = dict(zip(self.traced.inputs, rows, strict=False))
        blocks = [operations[at : at + BLOCK] for at in range(0, len(operations), BLOCK)]
        later = {atom for atom in wanted if is_variable(atom)}
        after = []
        for block in reversed(blocks):
            after.append(set(later))
            later.update(atom for operation in block for atom in operation.variables)
        for block, kept in zip(blocks, reversed(after), strict=True):
            self._block(block, kept)

    def stacked(self, atoms: Sequence[Atom], shape: tuple[int, ...]) -> Array:
        """Return values that have a place, or are literals, as rows of one array."""
        from jax import numpy as jnp

        known = self.traced.constants
        needed = sorted({self.place[atom][0] for atom in atoms if is_variable(atom) and atom not in known})
        numbers = [known.get(atom) if is_variable(atom) else atom.val for atom in atoms]
        loose = [np.asarray(number, dtype=float) for number in numbers if number is not None]
        sizes = [len(self.arrays[at]) for at in needed]
        begin = dict(zip(needed, np.cumsum([0, *sizes]), strict=False))
        rows, behind = [], sum(sizes)
        for atom, number in zip(atoms, numbers, strict=True):
            rows.append(behind if number is not None else begin[self.place[atom][0]] + self.place[atom][1])
            behind += number is not None
        taken = np.array(rows, dtype=np.int32)

        def gather(*arrays: Array) -> Array:
            single = [jnp.asarray(each, arrays[0].dtype if arrays else float)[None] for each in loose]
            every = [*arrays, *single]  # values that hang on nothing are single numbers, the same for everyone
            spread = [
                each if each.shape[1:] == shape else jnp.broadcast_to(each[:, None], (len(each), *shape))
                for each in every
            ]
            return jnp.take(jnp.concatenate(spread), taken, axis=0, mode="clip")

        return self.wrap(gather)(*(self.arrays[at] for at in needed)) if atoms else jnp.zeros((0, *shape))

    def _block(self, block: Sequence[Operation], later: set[Atom]) -> None:
        """Evaluate one block; what is read later is stacked, one array for each shape and kind."""
        from jax import numpy as jnp

        own = {operation.made for operation in block}
        read = dict.fromkeys(atom for operation in block for atom in operation.variables if atom not in own)
        groups: dict[Any, list[Atom]] = {}
        for operation in block:
            if operation.made in later:
                groups.setdefault((operation.made.aval.shape, operation.made.aval.dtype), []).append(operation.made)
        needed, pick = self._picker(list(read))

        def evaluate(*arrays: Array) -> tuple[Array, ...]:
            values = pick(arrays)
            for operation in block:
                operation.run(values)
            return tuple(jnp.stack([values[atom] for atom in group]) for group in groups.values())

        found = self.wrap(evaluate)(*(self.arrays[at] for at in needed))
        for group, array in zip(groups.values(), found, strict=True):
            self.place |= {atom: (len(self.arrays), row) for row, atom in enumerate(group)}
            self.arrays.append(array)

    def _picker(self, read: Sequence[Atom]) -> tuple[list[int], Callable[[Sequence[Array]], dict[Atom, Array]]]:
        """Return which arrays hold what is read, and a function that picks it from them."""
        constants = self.traced.constants
        places = {atom: self.place[atom] for atom in read if atom not in constants}
        needed = sorted({at for at, _ in places.values()})
        rows = {atom: (needed.index(at), row) for atom, (at, row) in places.items()}

        def pick(arrays: Sequence[Array]) -> dict[Atom, Array]:
            from jax import lax

            picked = {atom: lax.index_in_dim(arrays[at], row, keepdims=False) for atom, (at, row) in rows.items()}
            return constants | picked

        return needed, pick
