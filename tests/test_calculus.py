"""Derivatives of expressions, the Jacobian of the shipped model, its factors, and the text they are printed as."""

from __future__ import annotations

import ast
import operator

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bfrsim.compile.calculus import partials
from bfrsim.compile.printing import Lifter, to_text
from bfrsim.language.dependencies import STATES
from bfrsim.language.tree import Binary, Call, Expression, Name, Negate, Number, names_in

mpmath.mp.dps = 50
VARIABLES = ("x", "y", "z")
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}
FUNCTIONS = {
    "exp": mpmath.exp,
    "tanh": mpmath.tanh,
    "atan": mpmath.atan,
    "logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x, w: w * mpmath.log1p(mpmath.exp(x / w)),
}
numbers = st.sampled_from([-3.0, -1.0, -0.5, 0.0, 1.0, 2.0, 2.5, 1e-3, 40.0]).map(Number)
exponents = st.sampled_from([-2.0, -1.0, 1.0, 2.0, 3.0, 4.0]).map(Number)
values = st.floats(0.2, 3.0)


def _grow(smaller: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    plain = [st.builds(Call, st.just(name), st.tuples(smaller)) for name in FUNCTIONS if name != "softplus"]
    soft = st.builds(lambda x: Call("softplus", (x, Number(0.5))), smaller)
    return st.one_of(
        st.builds(Negate, smaller),
        st.builds(Binary, st.sampled_from("+-*/"), smaller, smaller),
        st.builds(Binary, st.just("**"), smaller, exponents),
        *plain,
        soft,
    )


trees = st.recursive(st.one_of(st.sampled_from(VARIABLES).map(Name), numbers), _grow, max_leaves=12)
points = st.fixed_dictionaries(dict.fromkeys(VARIABLES, values))


def value(node: Expression, at: dict) -> mpmath.mpf:
    """Return the value of a tree, straight from its meaning, in 50 digits."""
    if isinstance(node, Number):
        return mpmath.mpf(node.value)
    if isinstance(node, Name):
        return mpmath.mpf(at[node.name])
    if isinstance(node, Negate):
        return -value(node.operand, at)
    if isinstance(node, Binary):
        return OPERATORS[node.operator](value(node.left, at), value(node.right, at))
    arguments = [value(argument, at) for argument in node.arguments]
    if node.function.endswith("_slope"):
        return mpmath.diff(lambda x: FUNCTIONS[node.function[:-6]](x, *arguments[1:]), arguments[0])
    return FUNCTIONS[node.function](*arguments)


def sane(node: Expression, at: dict) -> mpmath.mpf:
    """Return a value of ordinary size, or give the example up."""
    try:
        result = value(node, at)
    except (ZeroDivisionError, OverflowError, ValueError):
        assume(False)
    assume(isinstance(result, mpmath.mpf) and mpmath.isfinite(result) and abs(result) < 1e30)
    return result


@given(tree=trees, at=points)
def test_partials_are_derivatives(tree, at):
    sane(tree, at)
    slopes = partials(tree, set(VARIABLES))
    for name in VARIABLES:
        step = mpmath.mpf(10) ** -15
        up, down = sane(tree, {**at, name: at[name] + step}), sane(tree, {**at, name: at[name] - step})
        expected = (up - down) / (2 * step)
        assume(abs(expected) < 1e15)
        found = sane(slopes[name], at) if name in slopes else mpmath.mpf(0)
        assert abs(found - expected) <= 1e-8 * (1 + abs(expected))


@given(tree=trees)
def test_what_does_not_occur_has_no_derivative(tree):
    assert set(partials(tree, {"x"})) <= {"x"} & set(names_in(tree))
    assert partials(tree, set()) == {}


@given(tree=trees, at=points)
def test_printed_text_means_the_tree(tree, at):
    """Python reads the text with its own precedence; brackets that are missing would change the value."""
    expected = sane(tree, at)
    read = _read(ast.parse(to_text(tree), mode="eval").body)
    assert abs(value(read, at) - expected) <= 1e-30 * (1 + abs(expected))


def _read(node: ast.expr) -> Expression:
    if isinstance(node, ast.Constant):
        return Number(float(node.value))
    if isinstance(node, ast.Name):
        return Name(node.id)
    if isinstance(node, ast.UnaryOp):
        return Negate(_read(node.operand))
    if isinstance(node, ast.Call):
        return Call(node.func.id, tuple(map(_read, node.args)))
    symbols = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
    return Binary(symbols[type(node.op)], _read(node.left), _read(node.right))


PRECEDENCE = [
    "-(x + y)", "(-x) ** 2", "-x ** 2", "x - (y - z)", "x / (y / z)", "x / (y * z)", "(x ** 2) ** 3", "(-x) * y",
    "x - -y", "2.0 ** -x", "x ** 2 / y ** 3", "z / x ** 2", "(x * y) ** 2", "-(-x)",
]  # fmt: skip


@pytest.mark.parametrize("text", PRECEDENCE)
def test_precedence(text):
    at = {"x": 1.7, "y": 0.3, "z": 2.9}
    assert eval(to_text(_read(ast.parse(text, mode="eval").body)), {}, dict(at)) == pytest.approx(
        eval(text, {}, at), rel=1e-15
    )


def test_numbers_are_printed_to_the_last_digit():
    for number in (1 / 3, 0.1, 1e-300, 133.32238741499998, -2 / 3):
        assert float(eval(to_text(Number(number)))) == number


@given(tree=trees, at=points)
def test_lifting_constants_out_changes_no_value(tree, at):
    """`z` hangs on a state, `x` and `y` hold still; what is lifted is evaluated first, under its own name."""
    expected = sane(tree, at)
    lifter = Lifter({"x": 0, "y": 1, "z": STATES})
    lifted = lifter.lift(tree, "owner")
    scope = dict(at)
    for name, node in lifter.values.items():
        assert "z" not in names_in(node)
        scope[name] = sane(node, scope)
    assert abs(sane(lifted, scope) - expected) <= 1e-25 * (1 + abs(expected))


SEEDS = range(6)


@pytest.mark.parametrize("seed", SEEDS)
def test_jacobian_of_the_shipped_model_against_differences(seed, bfr_plain, random_point):
    state, constants = random_point(seed)
    functions, n = bfr_plain.functions, len(state)
    exact = np.zeros((n, n))
    functions.jacobian(state, constants, exact)
    sizes = np.maximum(np.abs(state), 1e-3)

    def rates(at: np.ndarray) -> np.ndarray:
        out = np.zeros(n)
        functions.rates(at, constants, out)
        return out

    base = np.abs(rates(state))
    for j in range(n):
        best = np.full(n, np.inf)
        for step in sizes[j] * np.array([1e-3, 1e-4, 1e-5, 1e-6]):  # the best step differs from row to row
            up, down = state.copy(), state.copy()
            up[j] += step
            down[j] -= step
            numeric = (rates(up) - rates(down)) / (up[j] - down[j])
            best = np.minimum(best, np.abs(exact[:, j] - numeric))
        largest = np.maximum(np.abs(exact[:, j]), base / sizes[j]) + np.max(np.abs(exact), axis=1) * 1e-3
        names = bfr_plain.layout.states
        worst = int(np.argmax(best / (largest + 1e-30)))
        assert np.all(best <= 1e-5 * largest + 1e-30), f"d {names[worst]} by {names[j]}: {exact[worst, j]}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("step", [1e-3, 1.0, 600.0])
def test_factors_solve_the_shifted_system(seed, step, bfr_plain, random_point):
    state, constants = random_point(seed)
    functions, n = bfr_plain.functions, len(state)
    matrix, rate, plain_rate = np.zeros((n, n)), np.zeros(n), np.zeros(n)
    factors = np.zeros(functions.N_FACTORS)
    shift = 1.0 / (0.2 * step)
    functions.jacobian(state, constants, matrix)
    functions.rates(state, constants, plain_rate)
    functions.factor(state, constants, shift, rate, factors)
    assert np.array_equal(rate, plain_rate)
    for k in range(3):
        right = np.random.default_rng(k).normal(size=n) * np.array([1.0, 1e-3, 1e4])[k]
        solution = right.copy()
        functions.solve(factors, solution)
        residual = (shift * np.eye(n) - matrix) @ solution - right
        scale = np.abs(shift * np.eye(n) - matrix) @ np.abs(solution) + np.abs(right)
        assert np.all(np.abs(residual) <= 1e-11 * scale)
        expected = np.linalg.solve(shift * np.eye(n) - matrix, right)
        assert np.all(np.abs(solution - expected) <= 1e-9 * np.max(np.abs(expected)))
