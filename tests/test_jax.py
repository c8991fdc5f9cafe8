"""The JAX back end keeps the contract of the step loop: same answers, ends of sets, statuses, whoever is beside."""

from __future__ import annotations

import numpy as np
import pytest
from test_solver import LOGISTIC, Bench, lasting, segments

from bfrsim.solve.kernel import load_kernel

pytest.importorskip("jax", reason="JAX is not installed: pip install 'bfrsim[jax]'")

TABLE = segments(lasting(2.0, 1.0, session=0), lasting(30.0, 1.0, may_end=1, session=0), lasting(9.0, 0.3),
                 lasting(5.0, 1.0, session=1))  # fmt: skip
TIMES = [1.0, 10.0, 20.0]
# Robertson's reaction (Hairer & Wanner 1996, IV.1): time constants from seconds to years.
ROBERTSON = """
submodel robertson time [s] "a slow, a fast and a very fast reaction"
param k_1 = 0.04 [1/s] "slow" @assumed
param k_2 = 3e7 [1/s] "very fast" @assumed
param k_3 = 1e4 [1/s] "fast" @assumed
state A = 1 [1] size 1 "what there is at first"
state B = 0 [1] size 1e-4 "what hardly ever is"
state C = 0 [1] size 1 "what remains"
d A/dt = -k_1*A + k_3*B*C
d B/dt = k_1*A - k_3*B*C - k_2*B*B
d C/dt = k_2*B*B
"""


@pytest.fixture(scope="module")
def benches(system_of) -> dict[str, Bench]:
    system = system_of(LOGISTIC)
    params = np.array([item.value.value for item in system.parameters], dtype=float)
    start = np.array([state.value.value for state in system.states], dtype=float)
    return {name: Bench(load_kernel(system, name), params, start) for name in ("python", "jax")}


def people(bench: Bench, count: int) -> np.ndarray:
    random = np.random.default_rng(3)
    table = np.tile(bench.params, (count, 1))
    table[:, 0], table[:, 2] = random.uniform(0.3, 2.0, count), random.uniform(0.2, 0.95, count)
    return table


@pytest.mark.slow
def test_jax_takes_the_steps_of_the_readable_loop_and_ends_sets_where_it_does(benches):
    crowd = people(benches["jax"], 5)
    ours, readable = (benches[name].run(TABLE, params=crowd, times=TIMES, rtol=1e-8) for name in ("jax", "python"))
    assert np.array_equal(ours.status, readable.status)
    assert ours.ends == pytest.approx(readable.ends, abs=1e-6)
    for name in ("saved", "states", "lowest", "highest", "starts"):
        assert getattr(ours, name) == pytest.approx(getattr(readable, name), rel=1e-7, abs=1e-9, nan_ok=True), name


@pytest.mark.slow
def test_jax_gives_a_person_the_same_numbers_alone_and_beside_one_who_fails(benches):
    crowd = people(benches["jax"], 4)
    alone = benches["jax"].run(TABLE, params=crowd[1:2], times=TIMES, rtol=1e-8)
    crowd[2, 0] = np.nan
    together = benches["jax"].run(TABLE, params=crowd, times=TIMES, rtol=1e-8)
    assert list(together.status) == [0, 0, together.status[2], 0] and together.status[2] != 0
    assert together.saved[1].tobytes() == alone.saved[0].tobytes()
    assert together.ends[1].tobytes() == alone.ends[0].tobytes()


@pytest.mark.slow
def test_tangents_are_central_differences_also_of_the_end_of_a_set(benches):
    """The set ends by an event, so its end moves with the parameters, and all that follows moves with it."""
    from bfrsim.solve.jax_backend.along import run_along
    from bfrsim.solve.jax_backend.functions import Along
    from bfrsim.solve.run import Request

    bench, rtol, atol = benches["jax"], 1e-11, np.full(2, 1e-13)
    names = ("r", "K", "y_end")
    where = [list(bench.kernel.layout.parameters).index(name) for name in names]
    params, states = np.array([[0.8, 1.0, 0.9, 5.0]]), bench.start[None]
    columns = np.arange(2)
    request = Request(np.array(TIMES), columns, columns)
    directions = np.zeros((1, params.shape[1], len(names)))
    directions[0, where, np.arange(len(names))] = 1.0
    rows, still = len(TABLE.duration), len(names)
    along = Along(directions, np.zeros((1, 2, still)), np.zeros((rows, still)), np.zeros((rows, still)),
                  np.zeros((rows, 1, still)))  # fmt: skip
    _, tangents = run_along(bench.kernel, params, states, TABLE, request, along, rtol=rtol, atol=atol)
    for k, place in enumerate(where):
        step, sides = 1e-4 * params[0, place], []
        for sign in (1.0, -1.0):
            moved = params.copy()
            moved[0, place] += sign * step
            sides.append(bench.run(TABLE, params=moved, times=TIMES, rtol=rtol, atol=atol))
        for name in ("ends", "states", "saved"):
            difference = (getattr(sides[0], name) - getattr(sides[1], name)) / (2 * step)
            found = getattr(tangents, name)[..., k]
            assert found == pytest.approx(difference, rel=1e-4, abs=1e-4, nan_ok=True), (names[k], name)


@pytest.mark.slow
def test_values_and_tangents_are_those_of_diffrax(system_of):
    """Kvaerno5 of diffrax on the same statements, differentiated by JAX through its own steps."""
    diffrax = pytest.importorskip("diffrax", reason="diffrax is not installed: pip install 'bfrsim[peers]'")
    import jax
    from jax import numpy as jnp

    from benchmarks.jax_route import traceable
    from bfrsim.solve.jax_backend.along import run_along
    from bfrsim.solve.jax_backend.compiled import double_precision
    from bfrsim.solve.jax_backend.functions import Along
    from bfrsim.solve.run import Request

    system = system_of(ROBERTSON)
    kernel = load_kernel(system, "jax")
    params = np.array([[item.value.value for item in system.parameters]], dtype=float)
    start = np.array([[state.value.value for state in system.states]], dtype=float)
    atol, columns, directions = np.full(3, 1e-13), np.arange(3), params.shape[1]
    request = Request(np.array([0.4, 40.0, 400.0]), columns, columns)
    table = segments(lasting(400.0), inputs=0)
    still = np.zeros((1, directions))
    along = Along(np.eye(directions)[None], np.zeros((1, 3, directions)), still, still, np.zeros((1, 0, directions)))
    outcome, tangents = run_along(kernel, params, start, table, request, along, rtol=1e-10, atol=atol)

    def theirs(values):
        hoist, rates = traceable(kernel)
        const = hoist(values, np.empty(0))
        found = diffrax.diffeqsolve(
            diffrax.ODETerm(lambda t, y, _: rates(y, const)), diffrax.Kvaerno5(), 0.0, 400.0, 1e-4,
            jnp.asarray(start[0]), max_steps=10**5, saveat=diffrax.SaveAt(ts=jnp.asarray(request.times)),
            adjoint=diffrax.ForwardMode(), stepsize_controller=diffrax.PIDController(rtol=1e-10, atol=1e-13),
        )  # fmt: skip
        return found.ys

    with double_precision():
        values = np.asarray(theirs(params[0]))
        slopes = np.asarray(jax.jacfwd(theirs)(jnp.asarray(params[0])))
    assert outcome.saved[0] == pytest.approx(values, rel=1e-7, abs=1e-12)
    assert tangents.saved[0] == pytest.approx(slopes, rel=1e-5, abs=1e-12)
