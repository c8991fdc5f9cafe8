"""The tangents of a function as a tape: rows of many directions, each the sum of two earlier ones times coefficients.

Forward mode is linear in the tangents, and its coefficients are values that do not know of directions. So the values
are computed once, as compiled blocks; the tangents are a short loop over a table, which costs nothing to compile and
runs through all directions of a row at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bfrsim.errors import BfrsimError
from bfrsim.solve.jax_backend.traced import Atom, Operation, Traced, is_variable

Array = Any

# Kinds of coefficients, in the order of their table: 1, numbers, values, 1/values, 1 or 0 where a choice is so or not.
KINDS = ("one", "number", "value", "inverse", "true", "false")
ONE = ("one", 1.0)


class Term(NamedTuple):
    """A tangent: sign * coefficient * row; the coefficient is a kind with a number or an atom; no row is zero."""

    sign: float
    factor: tuple[str, Atom]
    row: int | None


class Line(NamedTuple):
    """One line of the tape: the sum of two terms is written to a row of its own."""

    first: Term
    second: Term


ZERO = Term(0.0, ONE, None)


@dataclass(frozen=True)
class Tape:
    """The tangents of a traced function.

    Attributes
    ----------
    values : operations that do not hang on tangents
    inputs : number of rows that are given
    lines : line k writes to row `inputs` + k
    outputs : terms of the tangents of the result
    """

    values: tuple[Operation, ...]
    inputs: int
    lines: tuple[Line, ...]
    outputs: tuple[Term, ...]


def record(traced: Traced, given: int, values: int) -> Tape:
    """Return the tape of a function traced with its tangents.

    Parameters
    ----------
    given : how many inputs are values; the others are tangents.
    values : how many outputs are values; the others are tangents.
    """
    inputs = traced.inputs[given:]
    recorder = _Recorder({atom: Term(1.0, ONE, row) for row, atom in enumerate(inputs)}, [], len(inputs))
    plain = []
    for operation in traced.operations:
        if any(atom in recorder.terms for atom in operation.variables):
            recorder.terms[operation.made] = recorder.term(operation)
        else:
            plain.append(operation)
    outputs = tuple(recorder.of(atom) for atom in traced.outputs[values:])
    return Tape(tuple(plain), len(inputs), tuple(recorder.lines), outputs)


@dataclass
class _Recorder:
    """Turns linear operations into terms; a line is written where a term cannot say it."""

    terms: dict[Atom, Term]
    lines: list[Line]
    inputs: int

    def of(self, atom: Atom) -> Term:
        """Return the term of an atom; what does not hang on tangents is the tangent zero."""
        return self.terms.get(atom, ZERO) if is_variable(atom) else ZERO

    def term(self, operation: Operation) -> Term:
        name, read = operation.name, operation.read
        terms = [self.of(atom) for atom in read]
        if name in ("copy", "copy_p", "convert_element_type"):
            return terms[0]
        if name == "neg":
            return _turned(terms[0])
        if name in ("add", "sub"):
            return self.sum(terms[0], terms[1] if name == "add" else _turned(terms[1]))
        if name in ("mul", "div"):
            at = 1 if name == "mul" and is_variable(read[1]) and read[1] in self.terms else 0
            return self.scaled(terms[at], "inverse" if name == "div" else "value", read[1 - at])
        if name == "select_n":
            return self.sum(self.scaled(terms[2], "true", read[0]), self.scaled(terms[1], "false", read[0]))
        raise BfrsimError(f"tangents through the operation '{name}' are not known to the tape")

    def scaled(self, term: Term, kind: str, atom: Atom) -> Term:
        if term.row is None:
            return ZERO
        factor = (kind, atom)
        if not is_variable(atom):
            number = float(atom.val)
            if abs(number) == 1.0:
                return term._replace(sign=term.sign * number)
            factor = ("number", 1.0 / number if kind == "inverse" else number)
        if term.factor != ONE:
            term = self.written(term, ZERO)
        return term._replace(factor=factor)

    def sum(self, first: Term, second: Term) -> Term:
        if first.row is None or second.row is None:
            return second if first.row is None else first
        return self.written(first, second)

    def written(self, first: Term, second: Term) -> Term:
        self.lines.append(Line(first, second))
        return Term(1.0, ONE, self.inputs + len(self.lines) - 1)


def _turned(term: Term) -> Term:
    return term._replace(sign=-term.sign)


@dataclass(frozen=True)
class Schedule:
    """A tape as arrays.

    Attributes
    ----------
    factors : kind -> its coefficients, in the order of KINDS; their table holds them one after another.
    read : rows of the given tangents that are used; they stand first.
    rows : how many rows the loop needs; a row is used again once nothing reads it any more.
    target : (lines,) row that a line writes
    terms : of lines, first and second, then of outputs: sign, place in the table, row, each (lines,) or (outputs,)
    """

    factors: dict[str, tuple[Any, ...]]
    read: np.ndarray
    rows: int
    target: np.ndarray
    terms: tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...]


def schedule(tape: Tape) -> Schedule:
    """Return the arrays of a tape."""
    firsts, seconds = ([line[at] for line in tape.lines] for at in (0, 1))
    groups = (firsts, seconds, list(tape.outputs))
    factors: dict[str, dict[Any, None]] = {kind: {} for kind in KINDS}
    factors["one"][1.0] = None
    for kind, what in (term.factor for group in groups for term in group):
        factors[kind][what] = None
    table = {(kind, what): None for kind in KINDS for what in factors[kind]}
    place = {key: at for at, key in enumerate(table)}
    read, rows, where, target = _places(tape)

    def arrays(terms: Sequence[Term]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return (
            np.array([term.sign for term in terms]),
            np.array([place[term.factor] for term in terms], dtype=np.int32),
            np.array([0 if term.row is None else where[term.row] for term in terms], dtype=np.int32),
        )

    ordered = {kind: tuple(each) for kind, each in factors.items()}
    return Schedule(ordered, read, rows, target, tuple(arrays(group) for group in groups))


def _places(tape: Tape) -> tuple[np.ndarray, int, dict[int, int], np.ndarray]:
    """Give every row a place, and places back that nothing reads any more.

    A row has one place for ever unless it is only read within the tape; so what stands at a line is right when read.
    """
    last: dict[int, int] = {}
    for at, line in enumerate(tape.lines):
        last |= {term.row: at for term in line if term.row is not None}
    last |= {term.row: len(tape.lines) for term in tape.outputs if term.row is not None}
    read = sorted(row for row in last if row < tape.inputs)
    where = {row: at for at, row in enumerate(read)}
    free: list[int] = []
    count, target = len(read), []
    for at, line in enumerate(tape.lines):
        for row in {term.row for term in line if term.row is not None and term.row >= tape.inputs}:
            if last[row] == at:
                free.append(where[row])
        if not free:
            free.append(count)
            count += 1
        where[tape.inputs + at] = free.pop()
        target.append(where[tape.inputs + at])
    return np.array(read, dtype=np.int32), max(count, 1), where, np.array(target, dtype=np.int32)


def play(plan: Schedule, table: Array, tangents: Array) -> Array:
    """Return the tangents of the result.

    Parameters
    ----------
    table : (coefficients, people)
    tangents : (rows, directions, people)
    """
    from jax import lax
    from jax import numpy as jnp

    def coefficients(group: int) -> tuple[Array, Array]:
        sign, factor, row = plan.terms[group]
        return jnp.take(table, factor, axis=0, mode="clip") * sign[:, None], jnp.asarray(row)

    shape = tangents.shape[1:]
    given = jnp.take(tangents, plan.read, axis=0, mode="clip")
    rows = jnp.concatenate([given, jnp.zeros((plan.rows - len(plan.read), *shape))])
    (first, x), (second, y), (scale, out) = (coefficients(group) for group in range(3))
    target = jnp.asarray(plan.target)

    def line(k: Array, rows: Array) -> Array:
        a, b = (lax.dynamic_index_in_dim(each, k, keepdims=False) for each in (first, second))
        left, right = (lax.dynamic_index_in_dim(rows, each[k], keepdims=False) for each in (x, y))
        return lax.dynamic_update_index_in_dim(rows, a * left + b * right, target[k], 0)

    if len(plan.target):
        rows = lax.fori_loop(0, len(plan.target), line, rows)
    return jnp.take(rows, out, axis=0, mode="clip") * scale[:, None]
