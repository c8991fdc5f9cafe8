"""The pieces of one model that the step loop calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bfrsim.compile.program import Program
from bfrsim.solve.jax_backend import statements
from bfrsim.solve.jax_backend.pieces import Piece, Wrap

Array = Any


@dataclass(frozen=True)
class Model:
    """Functions of stacked arrays; the last axis is people.

    Attributes
    ----------
    hoist : (parameters, inputs) -> constants of a segment.
    rates : (state, constants) -> rates.
    factor : (state, constants, shift of one row) -> factors of shift - Jacobian.
    solve : (factors, right side) -> solution.
    slopes : (state, constants) -> entries of the Jacobian.
    spread : (entries, vector) -> Jacobian times vector.
    margins : (state, constants) -> event margins.
    lines : (state, constants) -> all state-dependent lines.
    """

    hoist: Piece
    rates: Piece
    factor: Piece
    solve: Piece
    slopes: Piece
    spread: Piece
    margins: Piece
    lines: Piece
    stops: tuple[bool, ...]


def build_model(program: Program, wrap: Wrap) -> Model:
    """Return the pieces of a program; `wrap` keeps a block apart from what stands around it."""
    cells = statements.jacobian_cells(program)

    def spread(entries: Sequence[Any], vector: Sequence[Any]) -> list[Any]:
        sums: list[Any] = [0.0 * value for value in vector]
        for entry, (row, column) in zip(entries, cells, strict=True):
            sums[row] = sums[row] + entry * vector[column]
        return sums

    def of(name: str, array: str) -> Piece:
        return Piece(lambda states, consts: statements.stored(program, name, array, states, consts), wrap)

    def factor(states: Sequence[Any], consts: Sequence[Any], shift: Sequence[Any]) -> list[Any]:
        return statements.stored(program, "factor", "lu_", states, consts, shift=shift[0])

    return Model(
        hoist=Piece(lambda params, inputs: statements.hoist(program, params, inputs), wrap),
        rates=of("rates", "rate_"),
        factor=Piece(factor, wrap),
        solve=Piece(lambda factors, right: statements.solve(program, factors, right), wrap),
        slopes=of("jacobian", "jac_"),
        spread=Piece(spread, wrap),
        margins=of("margins", "margin_"),
        lines=of("observe", "line_"),
        stops=program.stops_run,
    )


def build_settling(program: Program, wrap: Wrap) -> Callable[..., tuple[Array, Array]]:
    """Return a function of (params, inputs, state, daily) and tangents: those of initial states and references."""
    hoist = Piece(lambda params, inputs: statements.hoist(program, params, inputs), wrap)

    def initial(consts: Sequence[Any]) -> list[Any]:
        return statements.stored(program, "initial", "state_", [0.0] * len(program.layout.states), consts)

    def references(states: Sequence[Any], daily: Sequence[Any], consts: Sequence[Any]) -> list[Any]:
        return statements.stored(program, "references", "reference_", states, consts, daily=daily)

    def settle(given: tuple[Array, ...], along: tuple[Array, ...]) -> tuple[Array, Array]:
        params, inputs, state, daily = given
        const, along_const = hoist.value(params, inputs), hoist.linear((params, inputs), along[:2])
        return (
            Piece(initial, wrap).linear((const,), (along_const,)),
            Piece(references, wrap).linear((state, daily, const), (along[2], along[3], along_const)),
        )

    return settle
