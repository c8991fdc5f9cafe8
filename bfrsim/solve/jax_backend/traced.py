"""A function of rows -> its plain operations, each kept once, and only those that are needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Array = Any
Atom = Any  # a variable or a literal of JAX
Shape = tuple[int, ...]
RowsFunction = Callable[..., Sequence[Array]]  # lists of rows -> list of rows
COMMUTE = ("add", "mul")
SAME = {"add_any": "add"}  # sums of tangents


@dataclass(frozen=True)
class Operation:
    """One primitive of JAX: what it reads, variables or literals, and the variable it makes."""

    primitive: Any
    params: dict[str, Any]
    read: tuple[Atom, ...]
    made: Atom

    @property
    def name(self) -> str:
        """Return the name of the primitive."""
        return SAME.get(self.primitive.name, str(self.primitive.name))

    @property
    def variables(self) -> tuple[Atom, ...]:
        """Return the variables among what it reads."""
        return tuple(atom for atom in self.read if is_variable(atom))

    def run(self, values: dict[Atom, Array]) -> None:
        """Evaluate, given the values of variables, and add the result to them."""
        read = [values[atom] if is_variable(atom) else atom.val for atom in self.read]
        values[self.made] = self.primitive.bind(*read, **self.params)


@dataclass(frozen=True)
class Traced:
    """Operations in order; `inputs` are variables, `outputs` variables or literals, `constants` known arrays."""

    inputs: tuple[Atom, ...]
    operations: tuple[Operation, ...]
    outputs: tuple[Atom, ...]
    constants: dict[Atom, Array]


def is_variable(atom: Atom) -> bool:
    """Say whether an atom is a variable, not a literal."""
    from jax.extend.core import Literal

    return not isinstance(atom, Literal)


def trace_values(function: RowsFunction, shapes: Sequence[Shape]) -> Traced:
    """Return the plain operations of a function of stacked arguments of these shapes, rows first."""
    return _traced(_flat(function, shapes), _rows(shapes))


def trace_slopes(function: RowsFunction, shapes: Sequence[Shape], moves: Sequence[bool]) -> Traced:
    """Return the operations of a function and of its tangents along one direction, by JAX's forward mode.

    Inputs are the rows of all arguments, then a tangent for each row of those that move; outputs are the values, then
    their tangents.
    """
    both, rows, moving = _with_slopes(function, shapes, moves)

    def flat(*given: Array) -> tuple[Array, ...]:
        values, slopes = both(given[: len(rows)], given[len(rows) :])
        return (*values, *slopes)

    return _traced(flat, [*rows, *(row for row, moved in zip(rows, moving, strict=True) if moved)])


def trace_many_slopes(function: RowsFunction, shapes: Sequence[Shape], along: Sequence[Shape | None]) -> Traced:
    """Return the operations of the tangents alone, along many directions at once.

    `along` are the shapes of the stacked tangents, (rows, directions, people), None for an argument that holds still.
    """
    import jax

    both, rows, _ = _with_slopes(function, shapes, [each is not None for each in along])
    tangents = [jax.ShapeDtypeStruct(each[1:], float) for each in along if each is not None for _ in range(each[0])]

    def slopes(*given: Array) -> tuple[Array, ...]:
        one: Callable[..., tuple[Array, ...]] = lambda *moved: both(given[: len(rows)], moved)[1]  # noqa: E731
        return jax.vmap(one)(*given[len(rows) :])

    return _traced(slopes, [*rows, *tangents])


def _with_slopes(
    function: RowsFunction, shapes: Sequence[Shape], moves: Sequence[bool]
) -> tuple[Callable[..., tuple[Any, Any]], list[Any], list[bool]]:
    """Return a function of rows and tangents that gives values and tangents, its rows, and which of them move."""
    import jax

    values = _flat(function, shapes)
    moving = [moved for shape, moved in zip(shapes, moves, strict=True) for _ in range(shape[0])]

    def both(given: Sequence[Array], along: Sequence[Array]) -> tuple[Any, Any]:
        def of_moving(*some: Array) -> tuple[Array, ...]:
            left = iter(some)
            return values(*(next(left) if moved else row for row, moved in zip(given, moving, strict=True)))

        chosen = tuple(row for row, moved in zip(given, moving, strict=True) if moved)
        found: tuple[Any, Any] = jax.jvp(of_moving, chosen, tuple(along))
        return found

    return both, _rows(shapes), moving


def _rows(shapes: Sequence[Shape]) -> list[Any]:
    import jax

    return [jax.ShapeDtypeStruct(shape[1:], float) for shape in shapes for _ in range(shape[0])]


def _flat(function: RowsFunction, shapes: Sequence[Shape]) -> Callable[..., tuple[Array, ...]]:
    """Return the function of single rows."""
    from jax import numpy as jnp

    def values(*rows: Array) -> tuple[Array, ...]:
        groups, at = [], 0
        for count, *_ in shapes:
            groups.append(list(rows[at : at + count]))
            at += count
        shape = shapes[0][1:]
        return tuple(jnp.broadcast_to(jnp.asarray(row, dtype=float), shape) for row in function(*groups))

    return values


def _traced(function: Callable[..., Any], rows: Sequence[Any]) -> Traced:
    import jax

    with jax.disable_jit():  # what JAX's own functions wrap becomes plain operations
        return _reduced(jax.make_jaxpr(function)(*rows))


def _reduced(closed: Any) -> Traced:
    """Let equal operations be one, and drop those that nothing hangs on."""
    known: dict[Any, Atom] = {}
    same: dict[Atom, Atom] = {}
    operations = []
    for step in closed.jaxpr.eqns:
        (made,) = step.outvars
        operation = Operation(step.primitive, step.params, tuple(_found(atom, same) for atom in step.invars), made)
        key = _key(operation)
        if key in known:
            same[made] = known[key]
        else:
            known[key] = made
            operations.append(operation)
    outputs = tuple(_found(atom, same) for atom in closed.jaxpr.outvars)
    constants = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
    return Traced(tuple(closed.jaxpr.invars), needed(operations, outputs), outputs, constants)


def needed(operations: Sequence[Operation], wanted: Sequence[Atom]) -> tuple[Operation, ...]:
    """Return the operations that what is wanted hangs on."""
    alive, kept = {atom for atom in wanted if is_variable(atom)}, []
    for operation in reversed(operations):
        if operation.made in alive:
            alive.update(operation.variables)
            kept.append(operation)
    return tuple(reversed(kept))


def _found(atom: Atom, same: dict[Atom, Atom]) -> Atom:
    return same.get(atom, atom) if is_variable(atom) else atom


def _key(operation: Operation) -> Any:
    atoms = [
        ("variable", str(id(atom))) if is_variable(atom) else ("literal", f"{atom.val!r} {atom.aval}")
        for atom in operation.read
    ]
    if operation.name in COMMUTE:
        atoms.sort()
    return operation.name, tuple(atoms), str(sorted((key, str(value)) for key, value in operation.params.items()))
