"""The step loop: exact solutions, order, events, edges, saving, failure, and people who feel no neighbour."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.run import STATUS_SENTENCES, Outcome, Request, Segments, run

DECAY = """submodel decay time [s] "Linear decay towards an input"
input goal [1] "where it goes"
param k = 0.25 [1/s] "rate" @assumed
state y = 1 [1] size 1 "quantity"
distance [1] = y - goal "distance from the goal"
doubled_goal [1] = 2 * goal "an input, seen as a line"
d y/dt = k * (goal - y)
output y, distance
"""
OSCILLATOR = """submodel oscillator time [s] "Harmonic oscillator"
param omega = 2 [1/s] "angular frequency" @assumed
state x = 1 [1] size 1 "elongation"
state v = 0 [1/s] size 2 "velocity"
d x/dt = v
d v/dt = -omega**2 * x
output x, v
"""
LOGISTIC = """submodel growth time [s] "Logistic growth that ends at a threshold"
input food [1] "1 fed, 0 starved"
param r = 0.8 [1/s] "rate of growth" @assumed
param K = 1 [1] "capacity" @assumed
param y_end = 0.9 [1] "where a set ends" @assumed
param y_stop = 5 [1] "where the run stops" @assumed
state y = 0.01 [1] size 1 "size"
state eaten = 0 [1] size 1 "growth so far"
growth [1/s] = r * food * y * (1 - y / K) "growth"
d y/dt = growth
d eaten/dt = growth
when full: y_end < y ends segment "nothing more fits"
when burst: y_stop < y stops run "it burst"
output y
"""
ROBERTSON = """submodel robertson time [s] "Robertson's chemical kinetics"
param k_1 = 0.04 [1/s] "slow" @assumed
param k_2 = 3e7 [1/s] "very fast" @assumed
param k_3 = 1e4 [1/s] "fast" @assumed
state a = 1 [1] size 1 "first"
state b = 0 [1] size 3e-5 "second"
state c = 0 [1] size 1 "third"
d a/dt = -k_1 * a + k_3 * b * c
d b/dt = k_1 * a - k_3 * b * c - k_2 * b**2
d c/dt = k_2 * b**2
output a, b, c
"""
FOREVER = math.inf


@dataclass(frozen=True)
class Bench:
    """One kernel with default people and what a run needs."""

    kernel: Kernel
    params: np.ndarray
    start: np.ndarray

    def run(self, segments: Segments, *, times=(), columns=None, params=None, start=None, **more) -> Outcome:
        """Run with tight tolerances unless told otherwise; columns are names."""
        layout = self.kernel.layout
        names = [*layout.states, *layout.lines, *layout.constants]
        chosen = [names.index(name) for name in (columns or layout.states)]
        params = np.atleast_2d(self.params if params is None else params)
        start = np.tile(self.start, (len(params), 1)) if start is None else np.atleast_2d(start)
        request = Request(np.array(times, dtype=float), np.array(chosen), np.array(chosen), keep_starts=True)
        rtol = more.pop("rtol", 1e-10)
        atol = more.pop("atol", np.full(start.shape[1], 1e-12))
        return run(self.kernel, params, start, segments, request, rtol=rtol, atol=atol, **more)


def segments(*rows: tuple, inputs: int = 1) -> Segments:
    """Build a table from (duration, until, may_end, session, input) rows."""
    duration, until, may_end, session, value = zip(*rows, strict=True)
    table = np.zeros((len(rows), inputs))
    if inputs:
        table[:, 0] = value
    whole = np.int64
    return Segments(
        np.array(duration, float), np.array(until, float), np.array(may_end, whole), table, np.array(session, whole)
    )


def lasting(
    seconds: float, value: float = 0.0, *, may_end: int = 0, session: int = -1, until: float = FOREVER
) -> tuple:
    return (seconds, until, may_end, session, value)


@pytest.fixture(scope="module")
def bench_of(system_of):
    """Return a function that makes a bench of a model's text on a back end."""
    made: dict[tuple[str, str], Bench] = {}

    def make(text: str, backend: str) -> Bench:
        if (text, backend) not in made:
            system = system_of(text)
            kernel = load_kernel(system, backend)
            params = np.array([item.value.value for item in system.parameters], dtype=float)
            start = np.array([state.value.value for state in system.states], dtype=float)
            made[text, backend] = Bench(kernel, params, start)
        return made[text, backend]

    return make


@pytest.fixture(scope="module", params=["python", "lanes"])
def bench(request, bench_of):
    """Return a function that makes a bench: the readable step loop, and the vector lanes, keep one contract."""
    return lambda text: bench_of(text, request.param)


@pytest.fixture(scope="module")
def plain(bench_of):
    """Return a function that makes a bench of the readable text, whose functions can be called one by one."""
    return lambda text: bench_of(text, "python")


# Exact solutions


def test_linear_decay_is_an_exponential(bench):
    times = [0.0, 0.1, 1.0, 5.0, 17.3, 40.0]
    out = bench(DECAY).run(segments(lasting(40.0, 0.3)), times=times, columns=["y", "distance", "goal", "doubled_goal"])
    exact = 0.3 + 0.7 * np.exp(-0.25 * np.array(times))
    assert out.status[0] == 0
    assert out.saved[0, :, 0] == pytest.approx(exact, rel=1e-8)
    assert out.saved[0, :, 1] == pytest.approx(exact - 0.3, rel=1e-8, abs=1e-11)
    assert np.all(out.saved[0, :, 2] == 0.3) and np.all(out.saved[0, :, 3] == 0.6)


@pytest.mark.parametrize("omega", [0.3, 2.0, 9.0])
def test_an_oscillator_neither_gains_nor_loses(omega, bench):
    times = np.linspace(0.0, 20.0, 41)
    out = bench(OSCILLATOR).run(segments(lasting(20.0), inputs=0), times=times, params=[omega])
    assert out.saved[0, :, 0] == pytest.approx(np.cos(omega * times), abs=2e-7)
    assert out.saved[0, :, 1] == pytest.approx(-omega * np.sin(omega * times), abs=2e-7 * omega)


def logistic(t, r=0.8, y0=0.01):
    return 1.0 / (1.0 + (1.0 / y0 - 1.0) * np.exp(-r * np.asarray(t)))


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_logistic_growth_stays_within_the_tolerance(rtol, bench):
    times = np.linspace(0.0, 15.0, 16)
    out = bench(LOGISTIC).run(segments(lasting(15.0, 1.0)), times=times, rtol=rtol, atol=np.full(2, rtol * 1e-2))
    error = np.max(np.abs(out.saved[0, :, 0] / logistic(times) - 1.0))
    assert error < 30 * rtol
    assert out.saved[0, :, 1] == pytest.approx(
        out.saved[0, :, 0] - 0.01, abs=1e-12
    )  # an integral has no error of its own


def test_robertson(bench):
    """Reference: Mazzia & Magherini, Test Set for IVP Solvers, at t = 40 and t = 4e6 s."""
    out = bench(ROBERTSON).run(
        segments(lasting(4e6), inputs=0), times=[40.0, 4e6], rtol=1e-9, atol=np.array([1e-12, 1e-16, 1e-12])
    )
    assert out.status[0] == 0
    early = [0.7158270688, 9.185534765e-6, 0.2841637457]
    assert out.saved[0, 0] == pytest.approx(early, rel=1e-8)
    assert np.sum(out.saved[0], axis=1) == pytest.approx(1.0, abs=1e-12)
    assert out.counts[0, 0] < 2000  # a stiff problem in few steps


# Order of convergence


def fixed_steps(bench: Bench, length: float, steps: int, theta: float | None = None) -> tuple[np.ndarray, float]:
    """Take equal steps; return the last state, or the largest error of dense output at `theta` for the oscillator."""
    functions, n = bench.kernel.functions, len(bench.start)
    constants, lu = np.zeros(len(bench.kernel.layout.constants)), np.zeros(functions.N_FACTORS)
    functions.hoist(bench.params, np.ones(len(bench.kernel.layout.inputs)), constants)
    state, following, inside = bench.start.copy(), np.zeros(n), np.zeros(n)
    stages, h, worst = np.zeros((functions.N_STAGES, n)), length / steps, 0.0
    for step in range(steps):
        functions.attempt(state, constants, h, stages, lu, following)
        if theta is not None:
            functions.dense(state, following, stages, theta, inside)
            worst = max(worst, abs(inside[0] - logistic((step + theta) * h)))
        state = following.copy()
    return state, worst


def observed_order(errors: list[float]) -> float:
    return float(np.median(np.log2(np.array(errors[:-1]) / np.array(errors[1:]))))


def test_rodas5p_converges_with_order_five(plain):
    errors = [abs(fixed_steps(plain(LOGISTIC), 8.0, n)[0][0] - logistic(8.0)) for n in (16, 32, 64, 128)]
    assert 4.6 < observed_order(errors) < 5.8
    oscillator = [abs(fixed_steps(plain(OSCILLATOR), 4.0, n)[0][0] - math.cos(8.0)) for n in (16, 32, 64, 128)]
    assert observed_order(oscillator) > 4.6  # nearly 6: one of the conditions of order 6 is empty for linear equations


def test_the_error_estimate_is_of_order_five_in_one_step(plain):
    """An embedded method of order 4: halving the step divides its estimate by 2**5."""
    made = plain(LOGISTIC)
    functions = made.kernel.functions
    constants, lu = np.zeros(len(made.kernel.layout.constants)), np.zeros(functions.N_FACTORS)
    functions.hoist(made.params, np.ones(1), constants)
    estimates = []
    for h in (0.4, 0.2, 0.1, 0.05):
        stages, following = np.zeros((functions.N_STAGES, 2)), np.zeros(2)
        functions.attempt(np.array([0.2, 0.0]), constants, h, stages, lu, following)
        estimates.append(abs(stages[-1, 0]))
    assert 4.6 < observed_order(estimates) < 5.6


@pytest.mark.parametrize("theta", [0.21, 0.5, 0.83])
def test_dense_output_has_order_four_or_more(theta, plain):
    errors = [fixed_steps(plain(LOGISTIC), 8.0, n, theta)[1] for n in (16, 32, 64, 128)]
    assert observed_order(errors) > 3.8


def test_dense_output_meets_the_states_at_both_ends(plain):
    made = plain(OSCILLATOR)
    functions = made.kernel.functions
    constants, lu = np.zeros(len(made.kernel.layout.constants)), np.zeros(functions.N_FACTORS)
    functions.hoist(made.params, np.empty(0), constants)
    stages, following, inside = np.zeros((functions.N_STAGES, 2)), np.zeros(2), np.zeros(2)
    functions.attempt(made.start, constants, 0.3, stages, lu, following)
    functions.dense(made.start, following, stages, 0.0, inside)
    assert np.array_equal(inside, made.start)
    functions.dense(made.start, following, stages, 1.0, inside)
    assert np.array_equal(inside, following)


# Events


def root(y_end: float, r: float = 0.8) -> float:
    """Return the exact time at which logistic growth from 0.01 reaches `y_end`."""
    return math.log((1 / 0.01 - 1) / (1 / y_end - 1)) / r


@pytest.mark.parametrize("y_end", [0.02, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("rtol", [1e-6, 1e-9])
def test_the_end_of_a_set_is_located(y_end, rtol, bench):
    table = segments(lasting(100.0, 1.0, may_end=1), lasting(5.0, 0.0))
    out = bench(LOGISTIC).run(table, params=[0.8, 1.0, y_end, 5.0], rtol=rtol, atol=np.full(2, 1e-3 * rtol))
    speed = 0.8 * y_end * (1 - y_end)
    assert out.status[0] == 0
    assert out.ends[0, 0] == pytest.approx(root(y_end), abs=1e-5 + 5 * rtol / speed)
    assert out.states[0, 0] == pytest.approx(y_end, abs=1e-5 * speed + 1e-9 + 5 * rtol)
    assert out.ends[0, 1] == out.ends[0, 0] + 5.0


def test_an_event_is_watched_only_where_a_segment_may_end(bench):
    out = bench(LOGISTIC).run(segments(lasting(20.0, 1.0), lasting(3.0, 1.0, may_end=1), lasting(2.0, 0.0)))
    assert list(out.ends[0]) == [20.0, 20.0, 22.0]  # past the threshold already: the second ends as it begins


def test_a_set_that_does_not_fail_lasts_its_time(bench):
    out = bench(LOGISTIC).run(segments(lasting(4.0, 1.0, may_end=1)))
    assert out.ends[0, 0] == 4.0


def test_an_event_can_stop_the_run(bench):
    table = segments(lasting(20.0, 1.0), lasting(20.0, 1.0))
    out = bench(LOGISTIC).run(table, params=[0.8, 1.0, 0.9, 0.5], times=[1.0, 5.0, 7.0, 30.0])
    assert STATUS_SENTENCES[int(out.status[0])] == "an event of the model stopped the run"
    assert out.ends[0, 0] == pytest.approx(root(0.5), abs=1e-5) and np.isnan(out.ends[0, 1])
    assert out.counts[0, 2] == 0
    assert np.isfinite(out.saved[0, :2, 0]).all() and np.isnan(out.saved[0, 2:, 0]).all()


# Edges, clock, saving


def test_edges_are_hit_exactly(bench):
    durations = [0.1, 0.2, 0.3, 1e-3, 7.7, 86400.0 / 7]
    out = bench(DECAY).run(segments(*[lasting(d, k % 2) for k, d in enumerate(durations)]))
    clock, expected = 0.0, []
    for duration in durations:
        clock += duration
        expected.append(clock)
    assert list(out.ends[0]) == expected


def test_no_step_goes_over_an_edge(bench):
    """A pulse of a millisecond between two hours of nothing is seen in full."""
    out = bench(DECAY).run(
        segments(lasting(3600.0), lasting(1e-3, 1e6), lasting(3600.0)), start=[0.0], times=[3600.001]
    )
    assert out.saved[0, 0, 0] == pytest.approx(1e6 * -math.expm1(-0.25e-3), rel=1e-9)


def test_until_is_a_time_of_the_clock(bench):
    table = segments(
        lasting(100.0, 1.0, may_end=1),
        lasting(FOREVER, 0.0, until=3600.0),
        lasting(50.0, 0.0, until=3620.0),
        lasting(10.0, 0.0, until=4000.0),
    )
    out = bench(LOGISTIC).run(table)
    assert out.ends[0, 0] == pytest.approx(root(0.9), abs=1e-5)
    assert list(out.ends[0, 1:]) == [3600.0, 3620.0, 3630.0]


def test_the_clock_never_runs_backwards(bench):
    out = bench(DECAY).run(segments(lasting(10.0, 1.0), lasting(FOREVER, 0.0, until=4.0), lasting(5.0, 0.0)))
    assert list(out.ends[0]) == [10.0, 10.0, 15.0]


def test_values_are_saved_at_edges_between_and_at_the_last_moment(bench):
    out = bench(DECAY).run(
        segments(lasting(1.0, 1.0), lasting(2.0, 0.0)), start=[0.0], times=[0.0, 0.5, 1.0, 1.0, 2.5, 3.0]
    )
    rising, peak = -np.expm1(-0.25 * np.array([0.0, 0.5, 1.0, 1.0])), -math.expm1(-0.25)
    falling = peak * np.exp(-0.25 * np.array([1.5, 2.0]))
    assert out.saved[0, :, 0] == pytest.approx(np.concatenate([rising, falling]), rel=1e-8, abs=1e-12)
    assert out.saved[0, -1, 0] == out.states[0, 0]


def test_what_is_asked_beyond_the_end_is_nan(bench):
    out = bench(DECAY).run(segments(lasting(1.0)), times=[0.5, 1.0, 1.5])
    assert np.isfinite(out.saved[0, :2]).all() and np.isnan(out.saved[0, 2]).all()


def test_saving_changes_no_step(bench):
    table = segments(lasting(30.0, 1.0))
    quiet, busy = bench(DECAY).run(table), bench(DECAY).run(table, times=np.linspace(0.0, 30.0, 777))
    assert quiet.states.tobytes() == busy.states.tobytes()
    assert np.array_equal(quiet.counts[:, :3], busy.counts[:, :3])


def test_extremes_of_a_session_are_its_own(bench):
    table = segments(lasting(5.0, 0.9), lasting(4.0, 1.0, session=0), lasting(9.0, 0.0, session=0), lasting(50.0, 0.0),
                     lasting(2.0, 0.5, session=1))  # fmt: skip
    out = bench(DECAY).run(table, start=[0.2], columns=["y", "goal"])
    before = 0.9 - 0.7 * math.exp(-1.25)
    top = 1.0 - (1.0 - before) * math.exp(-1.0)
    after = top * math.exp(-2.25)
    later = after * math.exp(-12.5)
    assert out.starts[0, :, 0] == pytest.approx([before, later], rel=1e-8)
    assert out.highest[0, 0] == pytest.approx([top, 1.0], rel=1e-8)
    assert out.lowest[0, 0] == pytest.approx([after, 0.0], rel=1e-8, abs=1e-12)
    assert out.highest[0, 1, 0] == pytest.approx(0.5 - (0.5 - later) * math.exp(-0.5), rel=1e-8)
    assert out.lowest[0, 1, 0] == pytest.approx(later, rel=1e-8)


def test_an_extreme_inside_a_session_is_seen(bench):
    out = bench(OSCILLATOR).run(segments(lasting(10.0, session=0), inputs=0), rtol=1e-9)
    assert out.highest[0, 0, 0] == pytest.approx(1.0, abs=2e-2)
    assert out.lowest[0, 0, 0] == pytest.approx(-1.0, abs=2e-2)


def test_a_run_split_at_an_edge_is_the_same_run(bench):
    made = bench(LOGISTIC)
    rows = [lasting(3.0, 1.0), lasting(40.0, 1.0, may_end=1), lasting(6.0, 0.4)]
    whole = made.run(segments(*rows))
    state = made.start
    for row in rows:
        state = made.run(segments(row), start=state).states
    assert state.tobytes() == whole.states.tobytes()


# Failure


def test_a_parameter_that_is_no_number_fails_its_person_only(bench):
    made = bench(LOGISTIC)
    table = segments(lasting(6.0, 1.0, session=0), lasting(6.0, 0.5))
    people = np.tile(made.params, (3, 1))
    people[:, 0] = [0.7, 0.8, 0.9]
    healthy = made.run(table, params=people, times=[1.0, 8.0])
    people[1, 0] = np.nan
    ill = made.run(table, params=people, times=[1.0, 8.0])
    assert list(ill.status) == [0, 1, 0]
    assert np.isnan(ill.saved[1]).all() and ill.counts[1, 2] == 0
    assert ill.ends[1, 0] == 0.0 and np.isnan(ill.ends[1, 1])  # the time of failure, and nothing after it
    for name in ("saved", "states", "ends", "lowest", "highest", "counts"):
        for person in (0, 2):
            assert getattr(ill, name)[person].tobytes() == getattr(healthy, name)[person].tobytes()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_start_that_is_no_number_is_said(bad, bench):
    out = bench(DECAY).run(segments(lasting(1.0)), start=[bad])
    assert STATUS_SENTENCES[int(out.status[0])] == "the initial state holds a value that is not finite"


def test_a_solution_that_explodes_is_said_and_nan_after(bench):
    blow_up = 'submodel explosion time [s] "y = 1/(1 - t)"\nstate y = 1 [1] size 1 "y"\nd y/dt = y**2 * 1[1/s]\n'
    out = bench(blow_up).run(segments(lasting(5.0), inputs=0), times=[0.5, 0.9, 2.0], rtol=1e-8)
    assert out.status[0] in (1, 2) and out.counts[0, 2] == 0
    assert out.saved[0, :2, 0] == pytest.approx([2.0, 10.0], rel=1e-5)
    assert np.isnan(out.saved[0, 2, 0])


def test_the_budget_of_steps_is_kept(bench):
    out = bench(OSCILLATOR).run(segments(lasting(1000.0), inputs=0), max_steps=50)
    assert STATUS_SENTENCES[int(out.status[0])] == "the budget of steps was used up"
    assert out.counts[0, 0] + out.counts[0, 1] == 50


def test_every_status_has_a_sentence(plain):
    functions = plain(DECAY).kernel.functions
    codes = [
        functions.DONE,
        functions.STEP_TOO_SMALL,
        functions.TOO_MANY_STEPS,
        functions.NOT_FINITE,
        functions.STOPPED,
    ]
    assert sorted(codes) == sorted(STATUS_SENTENCES)


# People


TABLE = segments(lasting(2.0, 1.0, session=0), lasting(30.0, 1.0, may_end=1, session=0), lasting(9.0, 0.3),
                 lasting(5.0, 1.0, session=1))  # fmt: skip
CROWD = 40


@pytest.fixture(scope="module", params=["numba", "lanes"])
def crowd(request, bench_of) -> tuple[Bench, np.ndarray, Outcome]:
    made = bench_of(LOGISTIC, request.param)
    random = np.random.default_rng(3)
    people = np.tile(made.params, (CROWD, 1))
    people[:, 0] = random.uniform(0.3, 2.0, CROWD)
    people[:, 2] = random.uniform(0.2, 0.95, CROWD)
    people[7, 0] = np.nan
    return made, people, made.run(TABLE, params=people, times=[1.0, 10.0, 20.0], rtol=1e-6)


FIELDS = ("saved", "lowest", "highest", "ends", "starts", "states", "status", "counts")


@settings(max_examples=40, deadline=None)
@given(who=st.lists(st.integers(0, CROWD - 1), min_size=1, max_size=CROWD, unique=True), threads=st.integers(1, 4))
def test_a_person_is_the_same_alone_in_any_crowd_order_or_thread(who, threads, crowd):
    made, people, reference = crowd
    out = made.run(TABLE, params=people[who], times=[1.0, 10.0, 20.0], rtol=1e-6, threads=threads)
    for place, person in enumerate(who):
        for name in FIELDS:
            assert getattr(out, name)[place].tobytes() == getattr(reference, name)[person].tobytes(), (name, person)


def test_the_crowd_is_a_crowd(crowd):
    _, _, reference = crowd
    assert np.count_nonzero(reference.status) == 1 and reference.status[7] == 1
    assert len({row.tobytes() for row in reference.ends}) > CROWD / 2


def test_compiled_and_plain_take_the_same_steps(crowd, plain):
    _, people, reference = crowd
    readable = plain(LOGISTIC).run(TABLE, params=people[:4], times=[1.0, 10.0, 20.0], rtol=1e-6)
    assert np.array_equal(readable.counts, reference.counts[:4])
    assert readable.states == pytest.approx(reference.states[:4], rel=1e-9)
    assert readable.ends == pytest.approx(reference.ends[:4], abs=1e-6)


def test_the_callers_start_is_not_changed(bench):
    start = np.array([[1.0]])
    bench(DECAY).run(segments(lasting(3.0)), start=start)
    assert start[0, 0] == 1.0


def test_progress_ends_and_changes_nothing(bench):
    heard: list[float] = []
    made = bench(DECAY)
    out = made.run(segments(lasting(3.0)), progress=heard.append)
    assert all(0.0 <= share <= 1.0 for share in heard)
    assert out.states.tobytes() == made.run(segments(lasting(3.0))).states.tobytes()
