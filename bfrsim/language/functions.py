"""The built-in functions of the language: arguments, unit rule, derivative rule.

Values live in `smooth.py` (or in `math`); a derivative is an expression in the same functions, so every back end
that can print the functions can print the Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bfrsim.language.tree import Binary, Call, Expression, Negate, Number

Derivative = Callable[[tuple[Expression, ...]], Expression]
ONE = Number(1.0)


@dataclass(frozen=True)
class Builtin:
    """Signature and rules of one function.

    Parameters
    ----------
    arguments : tuple of str
        Names for messages; an argument in `constant` may not hang on a state.
    units : str
        ``plain``: plain numbers to a plain number. ``same``: all arguments share one unit, which is the result's.
        ``ratio``: the first two share one unit, further ones and the result are plain. ``root``: square root.
    derivatives : dict
        Position of the argument -> rule. Constant arguments have none.
    smooth_twin : str
        For functions with corners: the built-in to use where a state is involved.
    """

    arguments: tuple[str, ...]
    units: str
    derivatives: dict[int, Derivative]
    constant: tuple[str, ...] = ()
    smooth_twin: str = ""


def _times(a: Expression, b: Expression) -> Expression:
    return Binary("*", a, b)


def _difference(a: Expression, b: Expression) -> Expression:
    return Binary("-", a, b)


def _slope(name: str) -> Derivative:
    return lambda a: Call(name, a)


BUILTINS: dict[str, Builtin] = {
    "exp": Builtin(("x",), "plain", {0: lambda a: Call("exp", a)}),
    "log": Builtin(("x",), "plain", {0: lambda a: Binary("/", ONE, a[0])}),
    "sqrt": Builtin(("x",), "root", {0: lambda a: Binary("/", Number(0.5), Call("sqrt", a))}),
    "tan": Builtin(("x",), "plain", {0: lambda a: Binary("+", ONE, _times(Call("tan", a), Call("tan", a)))}),
    "tanh": Builtin(("x",), "plain", {0: lambda a: _difference(ONE, _times(Call("tanh", a), Call("tanh", a)))}),
    "atan": Builtin(("x",), "plain", {0: lambda a: Binary("/", ONE, Binary("+", ONE, _times(a[0], a[0])))}),
    "logistic": Builtin(("x",), "plain", {0: _slope("logistic_slope")}),
    "softplus": Builtin(("x", "width"), "same", {0: _slope("softplus_slope")}, ("width",)),
    "ramp": Builtin(("x", "width"), "same", {0: _slope("ramp_slope")}, ("width",)),
    "gate": Builtin(("x", "width"), "ratio", {0: _slope("gate_slope")}, ("width",)),
    "smoothmax": Builtin(
        ("a", "b", "width"),
        "same",
        {
            0: lambda a: Call("ramp_slope", (_difference(a[0], a[1]), a[2])),
            1: lambda a: _difference(ONE, Call("ramp_slope", (_difference(a[0], a[1]), a[2]))),
        },
        ("width",),
    ),
    "smoothmin": Builtin(
        ("a", "b", "width"),
        "same",
        {
            0: lambda a: _difference(ONE, Call("ramp_slope", (_difference(a[0], a[1]), a[2]))),
            1: lambda a: Call("ramp_slope", (_difference(a[0], a[1]), a[2])),
        },
        ("width",),
    ),
    "hill": Builtin(
        ("x", "half", "exponent"),
        "ratio",
        {
            0: _slope("hill_slope"),
            1: lambda a: Negate(_times(Binary("/", a[0], a[1]), Call("hill_slope", a))),
        },
        ("exponent",),
    ),
    "max": Builtin(("a", "b"), "same", {}, ("a", "b"), "smoothmax"),
    "min": Builtin(("a", "b"), "same", {}, ("a", "b"), "smoothmin"),
    "abs": Builtin(("x",), "same", {}, ("x",), "ramp(x, width) + ramp(-x, width)"),
    "daily": Builtin(("state",), "same", {}),
}

# Slopes are for derivatives only; model text may not call them.
SLOPES = ("logistic_slope", "softplus_slope", "ramp_slope", "gate_slope", "hill_slope")
