"""The benchmarks stand on the same statements as our solver; nothing here is timed."""

from __future__ import annotations

import ctypes
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import clock, results
from benchmarks.c_text import c_text
from benchmarks.problems import SUITE, Missing, Problem
from benchmarks.solvers import SOLVERS

KEYS = {"problem", "solver", "rtol", "atol", "people", "ms_per_person", "ms_min", "ms_max", "error"}
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
DECAY = """submodel decay time [s] "Decay"
param k = 2 [1/s] ~ lognormal(2, 0.1) "rate" @assumed
state x = 1 [1] size 1 "what decays"
d x/dt = -k * x
output x
"""


@pytest.fixture(scope="module")
def library(bfr_system, bfr_plain, tmp_path_factory):
    """Return the shipped model in C, compiled, and its sparse pattern."""
    from benchmarks.cvode import compile_c

    printed = c_text(bfr_plain, bfr_system)
    return compile_c(printed.text, tmp_path_factory.mktemp("c")), printed.pattern


def _call(function, *arrays: np.ndarray) -> None:
    function(*(ctypes.c_void_p(array.ctypes.data) for array in arrays))


def _close(found: np.ndarray, wanted: np.ndarray, sizes: np.ndarray | float) -> bool:
    return bool(np.all(np.abs(found - wanted) <= 1e-12 * (np.abs(wanted) + sizes)))


@needs_gcc
@pytest.mark.parametrize("seed", range(3))
def test_c_rates_are_ours(library, bfr_plain, random_point, seed):
    state, constants = random_point(seed)
    ours, found = np.zeros(len(state)), np.zeros(len(state))
    bfr_plain.functions.rates(state, constants, ours)
    _call(library[0].rates, state, constants, found)
    assert _close(found, ours, 1e-12 * np.abs(state).max())
    assert np.any(ours)


@needs_gcc
def test_c_constants_are_ours(library, bfr_plain, random_point):
    _, wanted = random_point(1)
    layout, found = bfr_plain.layout, np.zeros(len(wanted))
    many = len(layout.parameters)
    _call(library[0].hoist, wanted[:many].copy(), wanted[many : many + len(layout.inputs)].copy(), found)
    assert _close(found, wanted, 0.0)


@needs_gcc
def test_c_jacobian_and_its_factors_are_ours(library, bfr_plain, random_point):
    compiled, pattern = library
    state, constants = random_point(2)
    size = len(state)
    dense, sparse = np.zeros((size, size)), np.zeros(len(pattern))
    bfr_plain.functions.jacobian(state, constants, dense)
    _call(compiled.jacobian, state, constants, sparse)
    rows, columns = np.array(pattern).T
    rebuilt = np.zeros_like(dense)
    rebuilt[rows, columns] = sparse
    assert _close(rebuilt, dense, np.abs(dense).max(axis=1, keepdims=True))
    matrix = np.eye(size) - 0.01 * dense
    factors, right = np.zeros(4 * size * size), np.linspace(1.0, 2.0, size)
    solution = right.copy()
    _call(compiled.factor, matrix[rows, columns].copy(), factors)
    _call(compiled.solve, factors, solution)
    assert np.allclose(matrix @ solution, right, rtol=1e-9, atol=1e-9)


def test_c_text_is_the_same_each_time(bfr_system, bfr_plain):
    assert c_text(bfr_plain, bfr_system).text == c_text(bfr_plain, bfr_system).text


@pytest.fixture
def decay(system_of) -> Problem:
    """Return x' = -2x for one second, in two segments, as a problem; our solver runs as plain Python."""
    from bfrsim.solve.kernel import load_kernel

    system = system_of(DECAY)
    marks, one = np.array([0.25, 0.5]), np.ones(1)
    return Problem(
        "decay", system, load_kernel(system, "python"), np.array([2.0]), one, one,
        np.array([0.5, 0.5]), np.zeros((2, 0)), (marks, marks), ("free", "free"),
    )  # fmt: skip


SOLVERS_HERE = ["numba", "lanes", "scipy_lsoda", "scipy_odeint", "scipy_radau", "scipy_bdf", "sundae_cvode"]


@pytest.mark.parametrize("solver", SOLVERS_HERE)
def test_solvers_agree_on_a_problem_with_a_known_answer(decay, solver):
    try:
        answer, _ = SOLVERS[solver].make(decay)(1e-8)
    except Missing as missing:
        pytest.skip(str(missing))
    exact = np.exp(-2.0 * decay.clock_marks())[:, None]
    assert answer.shape == exact.shape
    assert decay.error(answer, exact) < 1e-5


def test_rows_have_the_keys(decay):
    routes: dict = {}
    candidates = [clock.candidate(decay, name, 1e-6, routes) for name in ("numba", "scipy_radau")]
    clock.interleave(candidates, 1, 10.0)
    exact = np.exp(-2.0 * decay.clock_marks())[:, None]
    rows = clock.rows_of(decay, candidates, exact)
    assert [row["solver"] for row in rows] == ["numba", "scipy_radau"]
    for row in rows:
        assert row.keys() >= KEYS
        assert row["ms_min"] <= row["ms_per_person"] <= row["ms_max"]
        assert 0.0 < row["error"] < 1e-3
        assert json.loads(json.dumps(row, allow_nan=False)) == row


def test_a_solver_that_is_missing_says_why(decay, monkeypatch):
    monkeypatch.delenv("SUNDIALS", raising=False)
    missing = clock.candidate(decay, "cvode_klu", 1e-6, {})
    clock.interleave([missing], 1, 1.0)
    (row,) = clock.rows_of(decay, [missing], np.ones((4, 1)))
    assert row.keys() >= KEYS
    assert row["ms_per_person"] is None
    assert "SUNDIALS" in row["note"]


def test_a_solver_that_fails_says_so(decay):
    def fails(rtol):
        raise RuntimeError("no convergence")

    broken = clock.Candidate("numba", 1e-6, fails)
    clock.interleave([broken], 2, 1.0)
    (row,) = clock.rows_of(decay, [broken], np.ones((4, 1)))
    assert row["ms_per_person"] is None
    assert row["note"] == "failed: no convergence"


def test_digits_of_the_suite_are_named_once():
    assert len({file for file, _ in SUITE.values()}) == len(SUITE)


def test_sections_keep_what_others_wrote(tmp_path: Path):
    path = tmp_path / "RESULTS.md"
    results.write_sections(path, {"peers": "## Peers\n\nfirst"}, quick=True)
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace("- Nothing noted yet.", "- A note by hand.", 1), encoding="utf-8")
    results.write_sections(path, {"cold": "## Cold\n\nsecond"}, quick=False)
    results.write_sections(path, {"peers": "## Peers\n\nthird"}, quick=False)
    text = path.read_text(encoding="utf-8")
    assert "A note by hand." in text
    assert "second" in text and "third" in text and "first" not in text
    assert text.index("## Peers") < text.index("## Cold") < text.index("## Tried")
