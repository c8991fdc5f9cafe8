"""Vector lanes: bits that hang on nothing but the person, agreement with the scalar kernel, errors in last places."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bfrsim.compile.program import build_program
from bfrsim.errors import SimulationError
from bfrsim.language.join import read_system
from bfrsim.people import parameter_table
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.segments import compile_timeline, habitual_day
from bfrsim.simulation import as_segments, choose_backend
from bfrsim.solve.habitual import habitual_state
from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.lanes import driver_code
from bfrsim.solve.lanes.load import load_lanes
from bfrsim.solve.lanes.machine import Target, has_fma, host
from bfrsim.solve.rodas5p import RODAS5P
from bfrsim.solve.run import Outcome, Request, Segments, run

ROOT = Path(__file__).resolve().parent.parent
FIELDS = ("saved", "lowest", "highest", "ends", "starts", "states", "status", "counts")
RTOL = 1e-6
PEOPLE = 11
ILL = 4  # has a parameter that is no number

mpmath.mp.dps = 40


@pytest.fixture(scope="module")
def group(bfr_system):
    """Different people before one session, in balance: parameters, states, segments, tolerances."""
    scenario = read_scenario("low_load_to_failure")
    random = np.random.default_rng(11)
    names = [item.name for item in bfr_system.parameters if item.prior and item.prior.family == "lognormal"][::7]
    chosen = {}
    for name in names:
        (item,) = (p for p in bfr_system.parameters if p.name == name)
        chosen[name] = item.value.value * np.exp(random.normal(0.0, 0.03, PEOPLE))
    params = parameter_table(bfr_system, scenario, chosen)
    kernel = load_kernel(bfr_system, "lanes")
    atol = np.array([0.1 * RTOL * state.size for state in bfr_system.states])
    day = as_segments(habitual_day(scenario), bfr_system)
    start = habitual_state(kernel, bfr_system, params, day, rtol=1e-9, atol=atol * 1e-3)
    programme = as_segments(compile_timeline(scenario), bfr_system)
    last = int(np.flatnonzero(programme.session == 0)[-1])
    session = Segments(*(getattr(programme, field)[: last + 1] for field in Segments.__dataclass_fields__))
    return start.params, start.states, session, programme, atol


def request_of(kernel: Kernel, segments: Segments) -> Request:
    """Save a few columns of each kind, also inside steps."""
    columns = np.array([0, 5, len(kernel.layout.states) + 3, len(kernel.layout.states) + len(kernel.layout.lines) + 7])
    end = float(np.min(segments.until[np.isfinite(segments.until)], initial=86400.0))
    return Request(np.linspace(end - 7200.0, end, 60), columns, columns, keep_starts=True)


def run_session(kernel: Kernel, group, who=slice(None), **more) -> Outcome:
    params, states, session, _, atol = group
    return run(kernel, params[who], states[who], session, request_of(kernel, session), rtol=RTOL, atol=atol, **more)


@pytest.fixture(scope="module")
def reference(bfr_system, group) -> Outcome:
    return run_session(load_kernel(bfr_system, "lanes"), group)


def assert_same(out: Outcome, reference: Outcome, people=range(PEOPLE)) -> None:
    for place, person in enumerate(people):
        for name in FIELDS:
            assert getattr(out, name)[place].tobytes() == getattr(reference, name)[person].tobytes(), (name, person)


# Bits


def widths() -> list[tuple[str, Target, int]]:
    """Every width this machine can run, and its generic code."""
    generic = Target("x86-64-v3", "")
    many = [(f"width {lanes}", host(), lanes) for lanes in (1, 2, 8)]
    return [*many, ("generic", generic, 4)] if "+avx2" in host().features else many


@pytest.mark.slow
@pytest.mark.parametrize(("target", "lanes"), [w[1:] for w in widths()], ids=[w[0] for w in widths()])
def test_the_same_bytes_for_every_width_and_for_generic_code(target, lanes, bfr_system, group, reference):
    kernel = load_kernel(bfr_system, "lanes")
    other = load_lanes(bfr_system, RODAS5P, target, lanes)
    assert other.digest == kernel.digest, "the text names no width"
    assert_same(run_session(replace(kernel, functions=other), group), reference)


@settings(max_examples=6, deadline=None)
@given(who=st.lists(st.integers(0, PEOPLE - 1), min_size=1, max_size=7, unique=True), threads=st.integers(1, 3))
def test_the_same_bytes_for_every_neighbour_order_and_thread(who, threads, bfr_system, group, reference):
    assert_same(run_session(load_kernel(bfr_system, "lanes"), group, who, threads=threads), reference, who)


def test_a_person_who_is_no_number_changes_no_other_byte(bfr_system, group, reference):
    params, *rest = group
    params = params.copy()
    params[ILL, [item.name for item in bfr_system.parameters].index("gamma_H")] = np.nan
    out = run_session(load_kernel(bfr_system, "lanes"), (params, *rest))
    assert out.status[ILL] != 0 and not out.status[np.arange(PEOPLE) != ILL].any()
    well = [person for person in range(PEOPLE) if person != ILL]
    assert_same(Outcome(*(getattr(out, f)[well] for f in Outcome.__dataclass_fields__)), reference, well)


def test_a_budget_of_steps_stops_its_people_and_leaves_the_others(bfr_system, group, reference):
    budget = int(np.median(reference.counts[:, :2].sum(axis=1)))
    out = run_session(load_kernel(bfr_system, "lanes"), group, max_steps=budget)
    through = np.flatnonzero(out.status == 0)
    assert 0 < len(through) < PEOPLE
    assert np.all(out.counts[out.status == 2, :2].sum(axis=1) == budget)
    assert_same(Outcome(*(getattr(out, f)[through] for f in Outcome.__dataclass_fields__)), reference, through)


def test_the_text_is_the_same_under_every_hash_seed():
    code = """
import hashlib; from bfrsim.language.join import read_system; from bfrsim.library import models_folder
from bfrsim.compile.program import build_program
from bfrsim.errors import SimulationError; from bfrsim.solve.lanes.load import lanes_text
from bfrsim.solve.rodas5p import RODAS5P
text, _ = lanes_text(build_program(read_system(models_folder() / "bfr.bfr")), RODAS5P)
print(hashlib.sha256(text.encode()).hexdigest())
"""
    found = set()
    for seed in ("1", "2"):
        scope = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=scope, capture_output=True, text=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1


# Agreement with the scalar kernel


def largest_difference(a: np.ndarray, b: np.ndarray, sizes: np.ndarray) -> float:
    assert np.array_equal(np.isnan(a), np.isnan(b))
    return float(np.nanmax(np.abs(a - b) / (sizes + np.abs(b))))


def test_a_session_agrees_with_the_scalar_kernel(bfr_system, bfr_compiled, group, reference):
    scalar = run_session(bfr_compiled, group)
    sizes = np.array([state.size for state in bfr_system.states])
    assert largest_difference(reference.states, scalar.states, sizes) < 10 * RTOL
    assert np.nanmax(np.abs(reference.ends - scalar.ends)) < 1e-5
    early = reference.ends[:, group[2].may_end > 0]
    assert len(np.unique(np.round(early, 3))) > PEOPLE / 2, "sets end by an event, at each person's own time"


@pytest.mark.slow
def test_twelve_weeks_agree_with_the_scalar_kernel(bfr_system, bfr_compiled, group):
    params, states, _, programme, atol = group
    sizes = np.array([state.size for state in bfr_system.states])
    lanes = load_kernel(bfr_system, "lanes")
    few = slice(0, 4)
    out, scalar = (
        run(k, params[few], states[few], programme, request_of(k, programme), rtol=RTOL, atol=atol)
        for k in (lanes, bfr_compiled)
    )
    assert largest_difference(out.states, scalar.states, sizes) < 10 * RTOL
    assert np.max(np.abs(out.ends - scalar.ends)) < 1e-5
    for name in ("lowest", "highest", "saved"):
        assert largest_difference(getattr(out, name), getattr(scalar, name), np.array(1e-3)) < 10 * RTOL


def test_references_and_first_states_agree_with_the_readable_text(bfr_system, group):
    scenario = read_scenario("bfr_knee_extension")
    day = as_segments(habitual_day(scenario), bfr_system)
    params = parameter_table(bfr_system, scenario)
    found = [
        habitual_state(load_kernel(bfr_system, backend), bfr_system, params, day, rtol=1e-9, atol=group[-1] * 1e-3)
        for backend in ("lanes", "numba")
    ]
    assert found[0].params == pytest.approx(found[1].params, rel=1e-9)
    assert found[0].states == pytest.approx(found[1].states, rel=1e-8, abs=1e-10)


# Elementary functions

PLACES = {"exp": (-700.0, 700.0, 2.0), "log": (-700.0, 700.0, 1.5), "tanh": (-20.0, 20.0, 3.0),
          "atan": (-50.0, 50.0, 2.5), "tan": (-1.4, 1.4, 10.0), "sqrt": (0.0, 1e6, 0.51)}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_errors_in_units_of_the_last_place(name, lane_function):
    low, high, bound = PLACES[name]
    random, function = np.random.default_rng(5), lane_function(name, 1)
    points = random.uniform(low, high, 3000)
    points = np.exp(points) if name == "log" else np.concatenate([points, points[:500] * 1e-3, points[:500] * 1e-9])
    worst = 0.0
    for x in points:
        exact = getattr(mpmath, name)(mpmath.mpf(float(x)))
        worst = max(worst, float(abs(float(function(x)) - exact) / math.ulp(float(exact))))
    assert worst <= bound, worst


def test_ends_of_the_elementary_functions(lane_function):
    exp, log = lane_function("exp", 1), lane_function("log", 1)
    assert exp(0.0) == 1.0 and exp(-np.inf) == exp(-1e4) == 0.0 and exp(1e4) > 1e307 and np.isnan(exp(np.nan))
    assert log(1.0) == 0.0 and log(0.0) == -np.inf and np.isnan(log(-1.0)) and np.isnan(log(np.nan))
    assert log(np.inf) == np.inf
    assert lane_function("max", 2)(1.0, 2.0) == 2.0 and lane_function("min", 2)(1.0, 2.0) == 1.0
    assert lane_function("abs", 1)(-3.0) == 3.0
    tan = lane_function("tan", 1)
    assert tan(np.pi + 0.5) == pytest.approx(math.tan(0.5), rel=1e-14)


@given(x=st.floats(1e-6, 1e6), n=st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0, 7.0, 0.37, 11.3, -1.0, -0.5]))
@settings(max_examples=200, deadline=None)
def test_powers(x, n, power_of):
    assert power_of(n)(x) == pytest.approx(x**n, rel=1e-13)


@pytest.fixture(scope="module")
def power_of(tmp_path_factory):
    """Return a function that gives x -> x**n as lanes compute it."""
    import ctypes

    from bfrsim.solve.lanes.graph import Graph
    from bfrsim.solve.lanes.machine import load_code, module_text
    from bfrsim.solve.lanes.vector import VectorFunction

    made: dict[float, object] = {}

    def of(n: float):
        if n not in made:
            graph, function = Graph(), VectorFunction("power", ("state_", "rate_"))
            node = graph.power(graph.load("state_", 0), graph.number(n))
            function.store(function.compute(graph, graph.instructions([node]))(node), "%rate_", 0)
            code = load_code(module_text([function.text()]), ("power",), host(), 1)
            call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(code.addresses["power"])
            x, y = np.zeros(1), np.zeros(1)

            def value(given: float, code=code) -> float:  # the code lives as long as this
                x[0] = given
                call(x.ctypes.data, y.ctypes.data)
                return float(y[0])

            made[n] = value
        return made[n]

    return of


# Code in the cache

SMALL = """submodel fading time [s] "Something fades"
param k = 0.25 [1/s] "rate" @assumed
state y = 1 [1] size 1 "quantity"
d y/dt = -k * y
output y
"""


def small(folder: Path, text: str = SMALL):
    path = folder / "fading.bfr"
    path.write_text(text, encoding="utf-8")
    return read_system(path)


def end_of(kernel: Kernel, seconds: float = 4.0) -> float:
    whole = np.int64
    table = Segments(np.array([seconds]), np.array([np.inf]), np.zeros(1, whole), np.zeros((1, 0)), np.full(1, -1))
    nothing = Request(np.empty(0), np.empty(0, whole), np.empty(0, whole))
    out = run(kernel, np.array([[0.25]]), np.array([[1.0]]), table, nothing, rtol=1e-10, atol=np.array([1e-13]))
    return float(out.states[0, 0])


def fresh(monkeypatch, folder: Path) -> None:
    import bfrsim.solve.kernel as kernel
    import bfrsim.solve.lanes.load as load

    kernel._loaded.cache_clear()
    monkeypatch.setenv("BFRSIM_CACHE", str(folder))
    monkeypatch.setattr(load, "_loaded", {})


def test_the_object_file_serves_the_next_process_and_a_damaged_one_is_made_anew(tmp_path, monkeypatch):
    fresh(monkeypatch, tmp_path / "cache")
    first = load_kernel(small(tmp_path), "lanes")
    assert not first.functions.code.cached and first.path.is_file()
    fresh(monkeypatch, tmp_path / "cache")
    second = load_kernel(small(tmp_path), "lanes")
    assert second.functions.code.cached and end_of(second) == end_of(first) == pytest.approx(math.exp(-1.0), rel=1e-9)
    content = bytearray(first.path.read_bytes())
    content[len(content) // 2] ^= 1
    first.path.write_bytes(content)
    fresh(monkeypatch, tmp_path / "cache")
    third = load_kernel(small(tmp_path), "lanes")
    assert not third.functions.code.cached and end_of(third) == end_of(first)


def test_a_changed_constant_is_another_file(tmp_path, monkeypatch):
    fresh(monkeypatch, tmp_path / "cache")
    kernels = [load_kernel(small(tmp_path, SMALL.replace("-k * y", f"-{n} * k * y")), "lanes") for n in (1, 2)]
    assert kernels[0].path != kernels[1].path
    assert end_of(kernels[1]) == pytest.approx(math.exp(-2.0), rel=1e-9)


def test_where_the_cache_cannot_be_written_memory_serves(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("a file, no folder")
    fresh(monkeypatch, blocked / "cache")
    kernel = load_kernel(small(tmp_path), "lanes")
    assert not kernel.path.is_file()
    assert end_of(kernel) == pytest.approx(math.exp(-1.0), rel=1e-9)


@pytest.mark.slow
def test_two_first_runs_at_once_are_safe(tmp_path):
    small(tmp_path)
    code = """
import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])
from test_lanes import end_of, load_kernel, read_system
print(end_of(load_kernel(read_system(Path(sys.argv[1])), "lanes")))
"""
    scope = {**os.environ, "PYTHONPATH": str(ROOT), "BFRSIM_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", code, str(tmp_path / "fading.bfr"), str(ROOT / "tests")]
    pipe = subprocess.PIPE
    runs = [subprocess.Popen(command, env=scope, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    for each in runs:
        out, err = each.communicate(timeout=180)
        assert each.returncode == 0, err
        assert float(out) == pytest.approx(math.exp(-1.0), rel=1e-9)
    for kind in ("lanes", "driver"):
        assert len(list((tmp_path / "cache").glob(f"{kind}_*.o"))) == 1
    assert not list((tmp_path / "cache").glob("*.tmp"))


@pytest.mark.slow
def test_a_driver_that_cannot_stand_alone_serves_from_numba_s_memory(tmp_path, monkeypatch):
    fresh(monkeypatch, tmp_path / "cache")
    driver_code._loaded.cache_clear()
    monkeypatch.setattr(driver_code, "UNREACHED", re.compile("(?!)(x)"))
    kernel = load_kernel(small(tmp_path), "lanes")
    assert end_of(kernel) == pytest.approx(math.exp(-1.0), rel=1e-9)
    assert not driver_code.driver_path().is_file() and not kernel.functions.compiled
    driver_code._loaded.cache_clear()


# Choice


def test_auto_takes_lanes_where_the_processor_has_fma():
    assert choose_backend("auto") == ("lanes" if has_fma(host()) else "numba")
    assert not has_fma(Target("x86-64", "")) or host().name.startswith("apple")


def test_the_program_is_one_for_all_printers(bfr_system):
    program = build_program(bfr_system)
    names = [function.name for function in program.functions]
    assert len(set(names)) == len(names)
    stored = {store.index for store in program.function("rates").stores}
    assert stored == set(range(len(program.layout.states)))


@pytest.mark.parametrize("value", [-1.0, 0.0, np.nan])
def test_a_time_constant_that_is_not_positive_is_refused_before_the_run(value, tmp_path):
    """An L-stable method damps what a negative time constant would blow up, and reports success."""
    text = SMALL.replace('k = 0.25 [1/s] "rate"', 'tau = 4 [s] "time constant"').replace("-k * y", "-y / tau")
    system, scenario = small(tmp_path, text), read_scenario("habitual")
    with pytest.raises(SimulationError, match="parameter 'tau'"):
        parameter_table(system, scenario, {"tau": value})
