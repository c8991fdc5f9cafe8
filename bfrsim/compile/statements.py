"""A joined system -> ordered statements: values, Jacobian by the chain rule through named lines, elimination.

A statement is ``name = expression``; every back end prints the same statements. Order and names follow the author's
text, never a set or a hash, so the text is the same in every process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bfrsim.compile.calculus import add, multiply, partials
from bfrsim.language.dependencies import STATES
from bfrsim.language.join import System
from bfrsim.language.tree import Expression, Name, Number, names_in


@dataclass(frozen=True)
class Statement:
    """``name = value``; `origin` is the line of the model it comes from, for the comment."""

    name: str
    value: Expression
    origin: str = ""


@dataclass(frozen=True)
class Jacobian:
    """Statements that compute the partial derivatives, and the entries: (row state, column state) -> expression."""

    statements: tuple[Statement, ...]
    entries: dict[tuple[str, str], Expression]


@dataclass(frozen=True)
class Elimination:
    """LU factors of ``w - J`` without pivoting, in the order of least fill (Markowitz).

    Attributes
    ----------
    pivots : tuple
        One record per pivot: state, rows below it that hold an entry, columns right of it that hold one.
    """

    pivots: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    entries: tuple[tuple[str, str], ...]


def rate_name(state: str) -> str:
    """Return the name of a state's rate in statements."""
    return f"rate__{state}"


def line_statements(system: System, needed: Iterable[str] | None = None) -> tuple[Statement, ...]:
    """Return the state-dependent lines in order; only those that `needed` names hang on, if given."""
    lines = [line for line in system.lines if system.level[line.name] == STATES]
    keep = {line.name for line in lines}
    if needed is not None:
        by_name = {line.name: line for line in lines}
        keep, todo = set(), [name for name in needed if name in by_name]
        while todo:
            name = todo.pop()
            if name not in keep:
                keep.add(name)
                value = by_name[name].value
                assert value is not None
                todo += [other for other in names_in(value) if other in by_name]
    kept = [line for line in lines if line.name in keep]
    return tuple(Statement(line.name, line.value, str(line.span)) for line in kept if line.value is not None)


def rate_statements(system: System) -> tuple[Statement, ...]:
    """Return one statement per state: its rate per second."""
    return tuple(
        Statement(rate_name(state.name), multiply(value, Number(factor)), str(value.span))
        for state in system.states
        for value, factor in [system.rates[state.name]]
    )


def names_used(statements: Iterable[Statement]) -> list[str]:
    """Return the names that statements refer to, in order of appearance."""
    return list(dict.fromkeys(name for statement in statements for name in names_in(statement.value)))


def build_jacobian(system: System) -> Jacobian:
    """Differentiate the rates by the states, eliminating one named line at a time (cheapest first)."""
    rates = rate_statements(system)
    lines = line_statements(system, names_used(rates))
    variables = {state.name for state in system.states} | {line.name for line in lines}
    into: dict[str, dict[str, Expression]] = {s.name: partials(s.value, variables) for s in (*lines, *rates)}
    out: dict[str, dict[str, None]] = {name: {} for name in variables}
    for target, sources in into.items():
        for source in sources:
            out[source][target] = None
    statements: list[Statement] = []
    left = [line.name for line in lines]
    while left:
        position = {name: at for at, name in enumerate(left)}
        cheapest = min(left, key=lambda name: (len(into[name]) * len(out[name]), -position[name]))
        left.remove(cheapest)
        _eliminate(cheapest, into, out, statements)
    entries = {
        (state.name, column.name): into[rate_name(state.name)][column.name]
        for state in system.states
        for column in system.states
        if column.name in into[rate_name(state.name)]
    }
    return Jacobian(tuple(statements), entries)


def _eliminate(
    line: str,
    into: dict[str, dict[str, Expression]],
    out: dict[str, dict[str, None]],
    statements: list[Statement],
) -> None:
    """Bridge every path source -> line -> target, and drop the line."""
    targets, sources = list(out[line]), list(into[line])
    for source in sources:
        into[line][source] = _named(line, source, into[line][source], statements, len(targets))
    for target in targets:
        across = _named(target, line, into[target].pop(line), statements, len(sources))
        for source in sources:
            product = multiply(across, into[line][source])
            known = into[target].get(source)
            into[target][source] = product if known is None else add(known, product)
            out[source][target] = None
    for source in sources:
        del out[source][line]


def _named(target: str, source: str, slope: Expression, statements: list[Statement], uses: int) -> Expression:
    if isinstance(slope, Number | Name) or uses <= 1:
        return slope
    name = f"d_{target}__{source}"
    statements.append(Statement(name, slope))
    return Name(name)


def build_elimination(system: System, entries: Mapping[tuple[str, str], Expression]) -> Elimination:
    """Find the order of pivots with the least fill-in and the pattern of the factors."""
    left = [state.name for state in system.states]
    pattern = dict.fromkeys(entries)
    pattern |= {(name, name): None for name in left}
    pivots: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
    while left:
        rows = {k: tuple(i for i in left if i != k and (i, k) in pattern) for k in left}
        columns = {k: tuple(j for j in left if j != k and (k, j) in pattern) for k in left}
        pivot = min(left, key=lambda k: len(rows[k]) * len(columns[k]))
        left.remove(pivot)
        pivots.append((pivot, rows[pivot], columns[pivot]))
        pattern |= {(i, j): None for i in rows[pivot] for j in columns[pivot]}
    return Elimination(tuple(pivots), tuple(pattern))
