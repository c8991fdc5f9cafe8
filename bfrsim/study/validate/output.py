"""What is read from a simulation: an expression in the language of the models, over names of the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import ModelError, Span
from bfrsim.language import smooth
from bfrsim.language.check import unit_of
from bfrsim.language.expressions import parse_expression
from bfrsim.language.functions import SLOPES
from bfrsim.language.tree import Binary, Call, Expression, Name, Negate, Number, names_in
from bfrsim.units import Unit, UnitError, conversion, parse_unit

Floats = NDArray[np.float64]

REPETITIONS = "repetitions"  # counted by the solver, no name of the model
PLAIN = parse_unit("1")

# How the tables of evidence spell units that the models spell otherwise.
_SPELLINGS = {
    "": "1",
    "pH": "1",
    "fold": "1",
    "ratio": "1",
    "points": "%",
    "% points": "%",
    "1/fibre": "1",
    "CR-10": "1",
    "a.u.": "1",
    "dyn*s/cm5": "dyn*s/cm**5",
    "dyn s/cm5": "dyn*s/cm**5",
    "repetitions": "1",
    "beats/min": "bpm",
}
_MATH: dict[str, Any] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
    "atan": np.arctan,
}
_MATH |= {"min": np.minimum, "max": np.maximum, "abs": np.abs}
_COUNTED = re.compile(r"(?<![A-Za-z0-9_*])(\d+)\s*(?=[A-Za-z])")


@dataclass(frozen=True)
class Output:
    """An expression with the names it needs and its unit."""

    text: str
    tree: Expression
    names: tuple[str, ...]
    unit: Unit

    @property
    def is_constant(self) -> bool:
        """Whether it needs no simulation."""
        return not self.names

    def evaluate(self, values: Mapping[str, Floats]) -> Floats:
        """Return the expression over time, given each of its names over time, in the units of the model."""
        return np.asarray(_value(self.tree, values), dtype=float)


def read_output(text: str, units: Mapping[str, Unit], file: str, line: int) -> Output:
    """Read an expression such as ``Q_in / MAP`` and check its names and units.

    Parameters
    ----------
    units : mapping
        Unit of each name of the model.

    Raises
    ------
    ModelError
        Located in the mapping: bad syntax, an unknown name, units that do not fit together.
    """
    if text == REPETITIONS:
        return Output(text, Name(text), (text,), PLAIN)
    tree = parse_expression(text, Span(file, line, text), 0)
    return Output(text, tree, tuple(names_in(tree)), unit_of(tree, units))


def read_unit(text: str) -> Unit:
    """Read a unit as the tables of evidence spell it; ``mL/100mL/mmHg`` counts per 100 mL.

    Raises
    ------
    UnitError
        If it cannot be read.
    """
    text = _SPELLINGS.get(text.strip(), text.strip())
    factor = 1.0
    for counted in _COUNTED.finditer(text):
        if not text[: counted.start()].rstrip().endswith("/"):
            raise UnitError(f"a number within the unit '{text}' stands behind a slash, as in mL/100mL")
        factor /= float(counted[1])
    unit = parse_unit(_COUNTED.sub("", text))
    return Unit(unit.factor * factor, unit.dimension, text)


def factor_to(source: Unit, target: Unit) -> float:
    """Return the number that turns a value in `source` into one in `target`.

    Raises
    ------
    UnitError
        If the dimensions differ.
    """
    return conversion(source, target)


def _value(node: Expression, values: Mapping[str, Floats]) -> Any:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return values[node.name]
    if isinstance(node, Negate):
        return -_value(node.operand, values)
    if isinstance(node, Call):
        return _function(node)(*(_value(argument, values) for argument in node.arguments))
    return _binary(node, values)


def _binary(node: Binary, values: Mapping[str, Floats]) -> Any:
    left, right = _value(node.left, values), _value(node.right, values)
    with np.errstate(divide="ignore", invalid="ignore"):
        match node.operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return np.divide(left, right)
    return np.power(left, right)


def _function(node: Call) -> Any:
    if node.function in _MATH:
        return _MATH[node.function]
    if node.function not in SLOPES and hasattr(smooth, node.function):
        return np.vectorize(getattr(smooth, node.function), otypes=[float])
    raise ModelError(node.span, f"{node.function} cannot be read from a finished simulation")
