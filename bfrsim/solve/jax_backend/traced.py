"""A function of rows -> its plain operations, each kept once, and only those that are needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Array = Any
Shape = tuple[int, ...]
RowsFunction = Callable[..., Sequence[Array]]  # lists of rows -> list of rows
COMMUTE = ("add", "mul")
SAME = {"add_any": "add"}  # sums of tangents


@dataclass(frozen=True)
class Operation:
    """One primitive of JAX: what it reads, variables or literals, and the variable it makes."""

    primitive: Any
    params: dict[str, Any]
    read: tuple[Any, ...]
    made: Any

    @property
    def variables(self) -> tuple[Any, ...]:
        """Return the variables among what it reads."""
        return tuple(atom for atom in self.read if is_variable(atom))

    def run(self, values: dict[Any, Array]) -> None:
        """Evaluate, given the values of variables, and add the result to them."""
        read = [values[atom] if is_variable(atom) else atom.val for atom in self.read]
        values[self.made] = self.primitive.bind(*read, **self.params)


@dataclass(frozen=True)
class Traced:
    """Operations in order; `inputs` are variables, `outputs` variables or literals, `constants` known arrays."""

    inputs: tuple[Any, ...]
    operations: tuple[Operation, ...]
    outputs: tuple[Any, ...]
    constants: dict[Any, Array]


def is_variable(atom: Any) -> bool:
    """Say whether an atom is a variable, not a literal."""
    from jax.extend.core import Literal

    return not isinstance(atom, Literal)


def trace(function: RowsFunction, shapes: Sequence[Shape], along: Sequence[Shape | None]) -> Traced:
    """Return the plain operations of a function of rows, or of its tangents if there are any.

    Parameters
    ----------
    shapes : of the stacked arguments, rows first
    along : shapes of the stacked tangents of each argument, None for one that holds still; empty for the value.
    """
    import jax

    counts = [shape[0] for shape in shapes]
    values = _flat(function, counts, shapes[0][1:])
    primal = [jax.ShapeDtypeStruct(shape[1:], float) for shape in shapes for _ in range(shape[0])]
    moves = [each is not None for each, count in zip(along, counts, strict=False) for _ in range(count)]
    tangent = [jax.ShapeDtypeStruct(each[1:], float) for each in along if each is not None for _ in range(each[0])]

    def slopes(*rows: Array) -> tuple[Array, ...]:
        given = rows[: len(primal)]
        moving = tuple(row for row, moved in zip(given, moves, strict=True) if moved)

        def values_of_moving(*some: Array) -> tuple[Array, ...]:
            left = iter(some)
            return values(*(next(left) if moved else row for row, moved in zip(given, moves, strict=True)))

        found: tuple[Array, ...] = jax.vmap(lambda *one: jax.jvp(values_of_moving, moving, one)[1])(
            *rows[len(primal) :]
        )
        return found

    with jax.disable_jit():  # what JAX's own functions wrap becomes plain operations
        return _reduced(jax.make_jaxpr(slopes if tangent else values)(*primal, *tangent))


def _flat(function: RowsFunction, counts: Sequence[int], shape: Shape) -> Callable[..., tuple[Array, ...]]:
    """Return the function of single rows."""
    from jax import numpy as jnp

    def values(*rows: Array) -> tuple[Array, ...]:
        groups, at = [], 0
        for count in counts:
            groups.append(list(rows[at : at + count]))
            at += count
        return tuple(jnp.broadcast_to(jnp.asarray(row, dtype=float), shape) for row in function(*groups))

    return values


def _reduced(closed: Any) -> Traced:
    """Let equal operations be one, and drop those that nothing hangs on."""
    known: dict[Any, Any] = {}
    same: dict[Any, Any] = {}
    operations = []
    for step in closed.jaxpr.eqns:
        (made,) = step.outvars
        read = tuple(same.get(atom, atom) if is_variable(atom) else atom for atom in step.invars)
        key = _key(step, read)
        if key in known:
            same[made] = known[key]
        else:
            known[key] = made
            operations.append(Operation(step.primitive, step.params, read, made))
    outputs = tuple(same.get(atom, atom) if is_variable(atom) else atom for atom in closed.jaxpr.outvars)
    alive, kept = {atom for atom in outputs if is_variable(atom)}, []
    for operation in reversed(operations):
        if operation.made in alive:
            alive.update(operation.variables)
            kept.append(operation)
    constants = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
    return Traced(tuple(closed.jaxpr.invars), tuple(reversed(kept)), outputs, constants)


def _key(step: Any, read: Sequence[Any]) -> Any:
    name = SAME.get(step.primitive.name, step.primitive.name)
    atoms = [("variable", str(id(a))) if is_variable(a) else ("literal", f"{a.val!r} {a.aval}") for a in read]
    if name in COMMUTE:
        atoms.sort()
    return name, tuple(atoms), str(sorted((key, str(value)) for key, value in step.params.items()))
