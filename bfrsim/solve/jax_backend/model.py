"""The pieces of one model that the step loop calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bfrsim.compile.program import Program
from bfrsim.solve.jax_backend import statements
from bfrsim.solve.jax_backend.pieces import Piece, Workshop

Array = Any


@dataclass(frozen=True)
class Model:
    """Functions of stacked arrays; the last axis is people.

    Attributes
    ----------
    hoist : (parameters, inputs) -> constants of a segment.
    rates : (state, constants) -> rates.
    slopes : (state, constants) -> entries of the Jacobian.
    reduce : (entries, shift of one row) -> factors of shift - Jacobian.
    solve : (factors, right side) -> solution.
    spread : (entries, vector) -> Jacobian times vector.
    margins : (state, constants) -> event margins.
    lines : (state, constants) -> all state-dependent lines.
    look : (state, constants) -> those lines, then the rates.
    stops : of each event, whether it stops the run.
    """

    hoist: Piece
    rates: Piece
    slopes: Piece
    reduce: Piece
    solve: Piece
    spread: Piece
    margins: Piece
    lines: Piece
    look: Piece
    stops: tuple[bool, ...]


def build_model(program: Program, workshop: Workshop) -> Model:
    """Return the pieces of a program."""
    cells = statements.jacobian_cells(program)

    def spread(entries: Sequence[Any], vector: Sequence[Any]) -> list[Any]:
        sums: list[Any] = [0.0 * value for value in vector]
        for entry, (row, column) in zip(entries, cells, strict=True):
            sums[row] = sums[row] + entry * vector[column]
        return sums

    def of(name: str, array: str) -> Callable[..., list[Any]]:
        return lambda states, consts: statements.stored(program, name, array, states, consts)

    lines, rates = of("observe", "line_"), of("rates", "rate_")

    def piece(function: Callable[..., list[Any]]) -> Piece:
        return Piece(function, workshop)

    return Model(
        hoist=piece(lambda params, inputs: statements.hoist(program, params, inputs)),
        rates=piece(rates),
        slopes=piece(of("jacobian", "jac_")),
        reduce=piece(lambda entries, shift: statements.reduce(program, entries, shift[0])),
        solve=piece(lambda factors, right: statements.solve(program, factors, right)),
        spread=piece(spread),
        margins=piece(of("margins", "margin_")),
        lines=piece(lines),
        look=piece(lambda states, consts: [*lines(states, consts), *rates(states, consts)]),
        stops=program.stops_run,
    )


def build_settling(program: Program, workshop: Workshop) -> Callable[..., tuple[Array, Array]]:
    """Return a function of (params, inputs, state, daily) and tangents: those of initial states and references."""
    hoist = Piece(lambda params, inputs: statements.hoist(program, params, inputs), workshop)

    def initial(consts: Sequence[Any]) -> list[Any]:
        return statements.stored(program, "initial", "state_", [0.0] * len(program.layout.states), consts)

    def references(states: Sequence[Any], daily: Sequence[Any], consts: Sequence[Any]) -> list[Any]:
        return statements.stored(program, "references", "reference_", states, consts, daily=daily)

    def settle(given: tuple[Array, ...], along: tuple[Array, ...]) -> tuple[Array, Array]:
        params, inputs, state, daily = given
        const, prepared = hoist.prepare((params, inputs), (True, True))
        along_const = hoist.push((params.shape, inputs.shape), prepared, along[:2])
        return (
            Piece(initial, workshop).linear((const,), (along_const,)),
            Piece(references, workshop).linear((state, daily, const), (along[2], along[3], along_const)),
        )

    return settle
