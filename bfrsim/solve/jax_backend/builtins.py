"""The language's built-in functions on JAX values: the meaning of `language/smooth.py`, with slopes that stay finite.

Choices are selects of values that are finite on both sides, so that neither a value nor a tangent is ever spoilt by the
branch that was not taken. What is not a number stays so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

Value = Any  # a JAX array or a Python float
LARGEST_RATIO, LARGEST_POWER = 1e12, 1e300  # of `hill`, as in smooth.py


@cache
def functions() -> dict[str, Callable[..., Value]]:
    """Return each function of the language, and `power`, by its name."""
    elementary = {name: _elementary(name) for name in ("exp", "log", "tan", "tanh")}
    return elementary | {
        "sqrt": _sqrt_or_zero,
        "atan": _elementary("arctan"),
        "power": power,
        "logistic": _logistic,
        "logistic_slope": _logistic_slope,
        "softplus": _softplus,
        "softplus_slope": lambda x, w: _logistic(x / w),
        "ramp": _ramp,
        "ramp_slope": _ramp_slope,
        "gate": _gate,
        "gate_slope": _gate_slope,
        "smoothmax": lambda a, b, w: b + _ramp(a - b, w),
        "smoothmin": lambda a, b, w: a - _ramp(a - b, w),
        "hill": _hill,
        "hill_slope": _hill_slope,
        "max": lambda a, b: _where(b > a, b, a),
        "min": lambda a, b: _where(b < a, b, a),
        "abs": lambda x: _where(x < 0.0, -x, x),
    }


def _elementary(name: str) -> Callable[[Value], Value]:
    from jax import numpy as jnp

    function: Callable[[Value], Value] = getattr(jnp, name)
    return function


def _where(condition: Value, yes: Value, no: Value) -> Value:
    from jax import numpy as jnp

    return jnp.where(condition, yes, no)


def power(x: Value, n: Value) -> Value:
    """Return x**n. At x = 0 an infinite slope counts as 0: what is not there (no load, no muscle) does not grow."""
    if isinstance(n, float) and n == int(n) and 0.0 < n <= 20.0:
        return x ** int(n)
    zero = x == 0.0
    safe = _where(zero, 1.0, x)
    at_zero = _where(n > 0.0, 0.0, _where(n == 0.0, 1.0, float("inf")))
    return _where(zero, at_zero, safe**n)


def _sqrt_or_zero(x: Value) -> Value:
    from jax import numpy as jnp

    zero = x == 0.0
    return _where(zero, 0.0, jnp.sqrt(_where(zero, 1.0, x)))


def _decay(x: Value) -> Value:
    """Return exp(-|x|)."""
    return functions()["exp"](-_where(x < 0.0, -x, x))


def _logistic(x: Value) -> Value:
    e = _decay(x)
    return _where(x >= 0.0, 1.0, e) / (1.0 + e)


def _logistic_slope(x: Value) -> Value:
    e = _decay(x)
    return e / ((1.0 + e) * (1.0 + e))


def _softplus(x: Value, w: Value) -> Value:
    z = x / w
    return w * (_where(z < 0.0, 0.0, z) + functions()["log"](1.0 + _decay(z)))


def _place(x: Value, w: Value) -> Value:
    """Return where x lies between -w (0) and w (1)."""
    t = 0.5 * (x / w + 1.0)
    return _where(t < 0.0, 0.0, _where(t > 1.0, 1.0, t))


def _ramp(x: Value, w: Value) -> Value:
    t, above = _place(x, w), x - w
    return _where(above < 0.0, 0.0, above) + w * t * t * t * (2.0 - t)


def _ramp_slope(x: Value, w: Value) -> Value:
    t = _place(x, w)
    return t * t * (3.0 - 2.0 * t)


def _gate(x: Value, w: Value) -> Value:
    t = _place(x, w)
    return t * t * t * (10.0 + t * (6.0 * t - 15.0))


def _gate_slope(x: Value, w: Value) -> Value:
    t = _place(x, w)
    return 15.0 * t * t * (1.0 - t) * (1.0 - t) / w


def _hill_power(x: Value, k: Value, n: Value) -> tuple[Value, Value, Value]:
    """Return whether x/k is 0 or less, x with a harmless value there, and (x/k)**n within bounds."""
    below = x / k <= 0.0
    safe = _where(below, k, x)
    ratio = safe / k
    raised = power(_where(ratio > LARGEST_RATIO, LARGEST_RATIO, ratio), n)
    return below, safe, _where(raised > LARGEST_POWER, LARGEST_POWER, raised)


def _hill(x: Value, k: Value, n: Value) -> Value:
    below, _, raised = _hill_power(x, k, n)
    return _where(below, 0.0, raised / (1.0 + raised))


def _hill_slope(x: Value, k: Value, n: Value) -> Value:
    below, safe, raised = _hill_power(x, k, n)
    return _where(below, 0.0, n * raised / ((1.0 + raised) * (1.0 + raised) * safe))
