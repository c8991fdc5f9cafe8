"""The smooth built-ins: value and derivative against 50-digit arithmetic, corners, limits, plain and compiled."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isfunction, signature
from pathlib import Path
from types import ModuleType

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bfrsim.language.smooth as smooth
from bfrsim.compile.calculus import partials
from bfrsim.compile.printing import to_text
from bfrsim.language.functions import BUILTINS
from bfrsim.language.tree import Call, Name

mpmath.mp.dps = 50
WIDTHS = [1e-3, 0.02, 0.5, 4.0, 100.0]
CORNERS = [-1e6, -50.0, -2.0, -1.0, -1.0 + 1e-9, -0.5, -1e-12, 0.0, 1e-12, 0.3, 1.0 - 1e-9, 1.0, 1.5, 40.0, 1e6]


def exact_ramp(x, w):
    t = min(max((x / w + 1) / 2, mpmath.mpf(0)), mpmath.mpf(1))
    return max(x - w, mpmath.mpf(0)) + w * t**3 * (2 - t)


def exact_gate(x, w):
    t = min(max((x / w + 1) / 2, mpmath.mpf(0)), mpmath.mpf(1))
    return t**3 * (10 - 15 * t + 6 * t**2)


def exact_hill(x, k, n):
    return x**n / (x**n + k**n) if x > 0 else mpmath.mpf(0)


EXACT: dict[str, Callable] = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sqrt": mpmath.sqrt,
    "tan": mpmath.tan,
    "tanh": mpmath.tanh,
    "atan": mpmath.atan,
    "logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x, w: w * mpmath.log1p(mpmath.exp(x / w)) if x / w < 200 else x,
    "ramp": exact_ramp,
    "gate": exact_gate,
    "smoothmax": lambda a, b, w: b + exact_ramp(a - b, w),
    "smoothmin": lambda a, b, w: a - exact_ramp(a - b, w),
    "hill": exact_hill,
}
RANDOM = np.random.default_rng(7)


def points(name: str) -> list[tuple[float, ...]]:
    """Arguments at corners and anywhere."""
    if name in ("ramp", "gate", "softplus"):
        return [(c * w, w) for w in WIDTHS for c in [*CORNERS, *RANDOM.uniform(-3, 3, 5)]]
    if name in ("smoothmax", "smoothmin"):
        return [
            (b + c * w, b, w) for w in WIDTHS for b in (-7.0, 0.0, 30.0) for c in [*CORNERS, *RANDOM.uniform(-2, 2, 3)]
        ]
    if name == "hill":
        ratios = [1e-6, 0.01, 0.5, 1.0, 3.0, 1e4, *RANDOM.uniform(0, 4, 5)]
        return [(r * k, k, n) for k in (0.02, 1.0, 50.0) for n in (0.7, 1.0, 2.5, 4.0, 20.0) for r in ratios]
    if name in ("log", "sqrt"):
        return [(x,) for x in (1e-9, 0.3, 1.0, 20.0, 1e9)]
    if name in ("tan", "exp"):
        return [(x,) for x in (-1.4, -0.1, 0.0, 0.7, 1.5)]
    return [(x,) for x in (-700.0, -40.0, -2.0, -1e-9, 0.0, 0.4, 3.0, 40.0, 700.0)]


@pytest.fixture(scope="module", params=["python", "numba", "lanes"])
def functions(request, lane_function) -> dict[str, Callable]:
    """The built-ins as the back ends run them."""
    if request.param == "python":
        return {**vars(np), **vars(smooth)}
    if request.param == "lanes":
        return {name: lane_function(name, count) for name, count in ARGUMENTS.items()}
    import numba

    module = ModuleType("smooth_compiled")
    source = Path(smooth.__file__).read_text(encoding="utf-8")
    exec(compile(source, "smooth_compiled", "exec"), module.__dict__)
    for name, value in list(vars(module).items()):
        if callable(value) and getattr(value, "__module__", "") == "smooth_compiled":
            setattr(module, name, numba.njit(error_model="numpy")(value))
    return {**vars(np), **vars(module)}


def size_of(name: str, arguments: tuple[float, ...]) -> float:
    """Return the size against which a difference of arguments rounds; 0 where nothing cancels."""
    if name in ("hill", "logistic"):
        return 0.0
    return 1.0 if name == "gate" else max(map(abs, arguments))


VALUES = [name for name in EXACT if hasattr(smooth, name)]
SMOOTH = {name: len(signature(value).parameters) for name, value in vars(smooth).items() if isfunction(value)}
ARGUMENTS = {"exp": 1, "log": 1, "sqrt": 1, "tan": 1, "tanh": 1, "atan": 1, **SMOOTH}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_exact_to_rounding(name, functions):
    assert set(EXACT) | {"max", "min", "abs", "daily"} == set(BUILTINS), "a new built-in has no exact form here"
    for arguments in points(name):
        exact = EXACT[name](*map(mpmath.mpf, arguments))
        found = functions[name](*map(np.float64, arguments))
        assert abs(found - exact) <= 4e-14 * abs(exact) + 1e-15 * size_of(name, arguments), (name, arguments)


@pytest.mark.parametrize(
    ("name", "position"), [(n, p) for n in EXACT for p in BUILTINS[n].derivatives], ids=lambda value: str(value)
)
def test_derivative_rules_are_derivatives(name, position, functions):
    symbols = tuple("abc"[: len(BUILTINS[name].arguments)])
    rule = partials(Call(name, tuple(map(Name, symbols))), {symbols[position]})[symbols[position]]
    code = compile(to_text(rule), name, "eval")
    for arguments in points(name):
        exact = derivative(EXACT[name], position, list(map(mpmath.mpf, arguments)), arguments[-1])
        found = eval(code, {**functions, **dict(zip(symbols, map(np.float64, arguments), strict=True))})
        size = 1.0 / arguments[-1] if name == "gate" else 1.0 if size_of(name, arguments) else 0.0
        assert abs(found - float(exact)) <= 1e-10 * abs(exact) + 1e-14 * size + 1e-25, (name, arguments, found, exact)


def derivative(function: Callable, position: int, arguments: list, width) -> mpmath.mpf:
    """Return the central difference in 50 digits; a step of 1e-16 of the width leaves an error of 1e-16."""
    step = mpmath.mpf(10) ** -16 * (abs(mpmath.mpf(width)) if len(arguments) > 1 else 1)
    step = min(step, abs(arguments[position]) / 1000) if arguments[position] and function is exact_hill else step
    up, down = list(arguments), list(arguments)
    up[position] += step
    down[position] -= step
    return (function(*up) - function(*down)) / (2 * step)


@pytest.mark.parametrize("width", WIDTHS)
def test_ramp_and_gate_are_exactly_nothing_below_the_corner_and_whole_above(width, functions):
    for below in (1.0, 1.0 + 1e-12, 3.0, 1e8):
        x = np.float64(-below * width)
        for name in ("ramp", "ramp_slope", "gate", "gate_slope"):
            assert functions[name](x, width) == 0.0
        assert functions["gate"](-x, width) == 1.0
        assert functions["gate_slope"](-x, width) == 0.0
        assert functions["ramp_slope"](-x, width) == 1.0
        assert functions["ramp"](-x, width) == pytest.approx(-x, rel=1e-15)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["ramp", "gate"])
def test_ramp_and_gate_have_two_continuous_derivatives(name, width, functions):
    """The second derivative, from differences of the slope, has no jump at either end, and is Lipschitz inside."""
    slope = functions[f"{name}_slope"]
    step = 1e-5 * width
    unit = width if name == "ramp" else width**2  # makes the second derivative a plain number

    def second(x: float) -> float:
        return (slope(np.float64(x + step), width) - slope(np.float64(x - step), width)) / (2 * step) * unit

    for corner in (-width, width):
        assert abs(second(corner - 3 * step) - second(corner + 3 * step)) < 1e-3
    grid = np.linspace(-1.2 * width, 1.2 * width, 400)
    bends = np.array([second(x) for x in grid])
    assert np.max(np.abs(np.diff(bends))) < 0.15
    assert np.max(np.abs(bends)) > 0.5  # there is a bend at all


@given(x=st.floats(-1e9, 1e9), w=st.sampled_from(WIDTHS))
def test_order_of_the_corners(x, w):
    assert smooth.ramp(x, w) >= max(x, 0.0) - 1e-12 * abs(x)
    assert smooth.softplus(x, w) >= max(x, 0.0) * (1 - 1e-15)
    assert 0.0 <= smooth.gate(x, w) <= 1.0
    assert 0.0 <= smooth.ramp_slope(x, w) <= 1.0
    assert smooth.gate(x, w) + smooth.gate(-x, w) == pytest.approx(1.0, abs=1e-14)
    assert smooth.ramp(x, w) - smooth.ramp(-x, w) == pytest.approx(x, rel=1e-12, abs=1e-12)


@given(a=st.floats(-1e6, 1e6), b=st.floats(-1e6, 1e6), w=st.sampled_from(WIDTHS))
def test_smooth_extremes_enclose_the_corner(a, b, w):
    tolerance = 1e-9 + 1e-12 * max(abs(a), abs(b))
    assert smooth.smoothmax(a, b, w) >= max(a, b) - tolerance
    assert smooth.smoothmin(a, b, w) <= min(a, b) + tolerance
    assert smooth.smoothmax(a, b, w) + smooth.smoothmin(a, b, w) == pytest.approx(a + b, abs=tolerance)
    if abs(a - b) >= w:
        assert smooth.smoothmax(a, b, w) == pytest.approx(max(a, b), abs=tolerance)


@given(x=st.floats(0, 1e6), y=st.floats(0, 1e6), k=st.floats(1e-3, 1e3), n=st.floats(0.5, 20))
def test_hill_rises_from_nothing_through_a_half_to_one(x, y, k, n):
    low, high = sorted((x, y))
    assert 0.0 <= smooth.hill(low, k, n) <= smooth.hill(high, k, n) <= 1.0
    assert smooth.hill(k, k, n) == 0.5
    assert smooth.hill(0.0, k, n) == smooth.hill(-x, k, n) == smooth.hill_slope(-x, k, n) == 0.0


@pytest.mark.parametrize("x", [-1e300, -1e100, -1e4, 1e4, 1e100, 1e300])
def test_huge_arguments_give_limits_and_no_overflow(x, functions):
    x = np.float64(x)
    up = x > 0.0
    with np.errstate(over="ignore"):  # hill counts with the overflow of x**n
        assert functions["logistic"](x) == (1.0 if up else 0.0)
        assert functions["softplus"](x, 0.25) == (x if up else 0.0)
        assert functions["softplus_slope"](x, 0.25) == functions["ramp_slope"](x, 0.25) == (1.0 if up else 0.0)
        assert functions["ramp"](x, 0.25) == (pytest.approx(x) if up else 0.0)
        assert functions["gate"](x, 0.25) == (1.0 if up else 0.0)
        for exponent in (1.0, 2.0, 20.0, 40.0):
            assert functions["hill"](x, 3.0, np.float64(exponent)) == pytest.approx(1.0 if up else 0.0, abs=1e-3)
            assert abs(functions["hill_slope"](x, 3.0, np.float64(exponent))) < 1e-7


def test_a_cuff_of_220_mmhg_over_a_narrow_corner(functions):
    assert functions["softplus"](np.float64(220.0), 0.25) == 220.0


@pytest.mark.parametrize("name", ["logistic", "softplus", "ramp", "gate", "hill"])
def test_nan_stays_nan(name, functions):
    arguments = {"logistic": (), "hill": (1.0, 2.0)}.get(name, (0.5,))
    assert np.isnan(functions[name](np.float64("nan"), *arguments))
