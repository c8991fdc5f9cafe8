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
