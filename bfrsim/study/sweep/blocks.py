"""The grid cut into blocks: what is computed together, written together, and lost together if a run is killed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

MOST, LEAST = 1024, 64  # programmes of one person in a block
DAYS = 8192  # days of programmes in a block, so that one takes seconds whatever the length of a programme
CLONES = 32  # people in a block: few, so that many cells share the search for the morning on which they start


@dataclass(frozen=True)
class Blocks:
    """Blocks of a grid whose last dimension is people; they do not depend on who computes them.

    Attributes
    ----------
    shape : length of each axis, then the number of people.
    chunk : length of a block along each.
    """

    shape: tuple[int, ...]
    chunk: tuple[int, ...]

    @classmethod
    def of(cls, axes: Sequence[int], people: int, days: int) -> Blocks:
        """Cut a grid into blocks of programmes that last `days`: neighbours along the last axes stay together."""
        room = min(max(DAYS // max(days, 1), LEAST), MOST)
        chunk = [_part(people, min(CLONES, room))]
        room //= chunk[0]
        for length in reversed(axes):
            part = _part(length, room)
            chunk.insert(0, part)
            room = room // part if part == length else 1
        return cls((*axes, people), tuple(chunk))

    @property
    def grid(self) -> tuple[int, ...]:
        """The number of blocks along each dimension."""
        return tuple(math.ceil(length / part) for length, part in zip(self.shape, self.chunk, strict=True))

    def __len__(self) -> int:
        return math.prod(self.grid)

    def place(self, number: int) -> tuple[int, ...]:
        """Return where block `number` stands in the grid of blocks; the last dimension changes fastest."""
        found: list[int] = []
        for length in reversed(self.grid):
            number, at = divmod(number, length)
            found.insert(0, at)
        return tuple(found)

    def slices(self, number: int) -> tuple[slice, ...]:
        """Return what block `number` covers of the whole grid."""
        return tuple(
            slice(at * part, min((at + 1) * part, length))
            for at, part, length in zip(self.place(number), self.chunk, self.shape, strict=True)
        )

    def cells(self, number: int) -> list[tuple[int, ...]]:
        """Return the cells of block `number`, the last axis fastest."""
        return list(product(*(range(part.start, part.stop) for part in self.slices(number)[:-1])))


def _part(length: int, most: int) -> int:
    """Return the length of equal parts, none longer than `most`, the last one rarely a crumb."""
    return math.ceil(length / math.ceil(length / max(most, 1)))
