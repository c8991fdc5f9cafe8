"""Many programmes at once: the bytes of each alone, whoever stands beside them."""

from __future__ import annotations

import numpy as np
import pytest

import bfrsim
from bfrsim.batch import Programme, simulate_programmes
from bfrsim.errors import SimulationError
from bfrsim.scenario.read import read_scenario
from bfrsim.solve import habitual

OUTPUTS = ("csa_change", "MAP", "StO2")
ONE_WEEK = {"calendar.weeks": 1}


@pytest.fixture(scope="module")
def programmes():
    """Programmes of different length, sessions and people."""
    lift = read_scenario("bfr_knee_extension", ONE_WEEK)
    return [
        Programme(lift, {"G_f": [4.0, 5.0, 6.0]}, (36_000.0, 36_100.0, 86_400.0)),
        Programme(read_scenario("walking", ONE_WEEK)),
        Programme(read_scenario("bed_rest", {"calendar.phases": [{"kind": "bed rest", "days": 2}]})),
        Programme(read_scenario("bfr_knee_extension", {**ONE_WEEK, "cuff.pressure": "80 %AOP"}), {}, (43_200.0,)),
    ]


def assert_as_alone(programme, found, backend):
    times = programme.times or [found_end(programme)]
    alone = bfrsim.simulate(
        programme.scenario, parameters=programme.parameters, outputs=OUTPUTS, times=times, backend=backend
    )
    for column, name in enumerate(OUTPUTS):
        assert found.values[:, :, column].tobytes() == alone[name].values.tobytes(), name
        for extreme, kept in (("min", found.lowest), ("max", found.highest)):
            assert kept[:, :, column].tobytes() == alone[f"{name}_{extreme}"].values.tobytes(), name
    assert found.repetitions.tobytes() == alone.repetitions.values.tobytes()
    assert not any(found.reasons) and not found.status.any()


def found_end(programme):
    return programme.scenario.calendar.total_days * 86_400.0


@pytest.mark.parametrize("backend", ["auto", "numba"])
def test_everybody_gets_the_bytes_of_a_run_alone(programmes, backend):
    together = simulate_programmes(programmes, OUTPUTS, backend=backend)
    for programme, found in zip(programmes, together, strict=True):
        assert_as_alone(programme, found, backend)


def test_threads_and_order_change_nothing(programmes):
    plain = simulate_programmes(programmes, OUTPUTS)
    backwards = simulate_programmes(programmes[::-1], OUTPUTS, threads=2)[::-1]
    for one, other in zip(plain, backwards, strict=True):
        assert one.values.tobytes() == other.values.tobytes()
        assert one.highest.tobytes() == other.highest.tobytes()


def test_a_person_s_habitual_day_hangs_on_nobody_else():
    scenario = read_scenario("bfr_knee_extension", ONE_WEEK)
    beside = bfrsim.simulate(scenario, parameters={"G_f": [5.0, 2.5], "age": [72.0, 30.0]}, times=[0.0])
    alone = bfrsim.simulate(scenario, parameters={"G_f": [5.0], "age": [72.0]}, times=[0.0])
    assert beside.initial_state.values[0].tobytes() == alone.initial_state.values[0].tobytes()


def test_a_person_without_a_habitual_day_is_nan_with_the_reason(programmes, monkeypatch):
    monkeypatch.setattr(habitual, "MAX_DAYS", 1)
    for found in simulate_programmes(programmes[:2], OUTPUTS):
        assert np.isnan(found.values).all() and found.status.all()
        assert all("does not repeat within 1 days" in reason for reason in found.reasons)


def test_nothing_to_do_and_unknown_outputs(programmes):
    assert simulate_programmes([], OUTPUTS) == []
    with pytest.raises(SimulationError, match=r"csa_chnge.*csa_change"):
        simulate_programmes(programmes, ["csa_chnge"])
