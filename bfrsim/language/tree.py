"""What a model file says, as frozen records that keep file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bfrsim.errors import Span
from bfrsim.units import Unit


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; `unit` is None for a plain number."""

    value: float
    unit: Unit | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """A reference to an input, parameter, state or line."""

    name: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: Expression
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """One of ``+ - * / **``."""

    operator: str
    left: Expression
    right: Expression
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A built-in function with its arguments."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span | None = None


Expression = Number | Name | Negate | Binary | Call


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the operands of a node, in order."""
    if isinstance(node, Negate):
        return (node.operand,)
    if isinstance(node, Binary):
        return (node.left, node.right)
    return node.arguments if isinstance(node, Call) else ()


def walk(node: Expression) -> Iterator[Expression]:
    """Yield a node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def names_in(node: Expression) -> dict[str, Name]:
    """Return the names an expression refers to, in order of appearance."""
    found: dict[str, Name] = {}
    for part in walk(node):
        if isinstance(part, Name):
            found.setdefault(part.name, part)
    return found


@dataclass(frozen=True, slots=True)
class Prior:
    """Between-person distribution of a parameter, in the parameter's unit.

    ``lognormal(median, sd of the log)``, ``normal(mean, sd)``, ``uniform(lowest, highest)``.
    """

    family: str
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Declaration:
    """A name with unit, meaning and source.

    `kind` is one of ``input``, ``param``, ``state``, ``line``, ``reference``; `value` is the parameter's or initial
    value, or the right side of a line; `size` is the typical size of a state; `source` is a key of the bibliography,
    ``assumed``, or empty.
    """

    kind: str
    name: str
    unit: Unit
    value: Expression | None
    meaning: str
    source: str
    span: Span
    prior: Prior | None = None
    size: float | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """``d STATE/dt = expression``, per the submodel's own unit of time."""

    state: str
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Event:
    """``when NAME: left < right ends segment``: fires as `margin` (left - right) falls through zero."""

    name: str
    margin: Expression
    action: str
    meaning: str
    span: Span


@dataclass(frozen=True, slots=True)
class Connection:
    """``connect SUBMODEL.INPUT = SOURCE``; `source` has a submodel, or is an input of the system."""

    submodel: str
    input: str
    source: tuple[str, str]
    span: Span


@dataclass(frozen=True, slots=True)
class Use:
    """``use SUBMODEL [as ALIAS]``."""

    submodel: str
    alias: str
    span: Span


@dataclass(frozen=True)
class Model:
    """One file: a submodel, or a system that joins submodels."""

    kind: str
    name: str
    time: Unit
    meaning: str
    span: Span
    declarations: tuple[Declaration, ...] = ()
    rates: tuple[Rate, ...] = ()
    events: tuple[Event, ...] = ()
    outputs: tuple[Name, ...] = ()
    uses: tuple[Use, ...] = ()
    connections: tuple[Connection, ...] = ()

    def declared(self) -> dict[str, Declaration]:
        """Return declarations by name."""
        return {item.name: item for item in self.declarations}
