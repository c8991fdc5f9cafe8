"""Any session of a programme can be run again alone, to the same bits."""

import numpy as np
import pytest

import bfrsim
from bfrsim.errors import SimulationError
from bfrsim.replay import differences, one_session, replay
from bfrsim.report.store import read_result, save_result
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.segments import compile_timeline

MADE = {
    "cuff": ("bfr_knee_extension", {"calendar.weeks": 2}),
    "to failure": ("low_load_to_failure", {"calendar.weeks": 2}),
    "walking": ("bfr_walking", {"calendar.weeks": 1}),
    "passive in bed": ("passive_bfr_bed_rest", {}),
    "two a day": ("high_load", {"calendar.weeks": 1, "calendar.sessions_per_week": 14}),
}


@pytest.fixture(scope="module", params=list(MADE))
def programme(request):
    source, changes = MADE[request.param]
    return bfrsim.simulate(source, overrides=changes)


@pytest.fixture(scope="module")
def cuffed():
    return bfrsim.simulate("bfr_knee_extension", overrides={"calendar.weeks": 1})


@pytest.mark.parametrize("session", [0, 1, -2, -1])
def test_a_replayed_session_equals_the_stored_one_in_every_bit(programme, session):
    again = replay(programme, session)
    compared, differing = differences(programme, again)
    assert differing == []
    assert compared > 100
    stored = programme.isel(session=session)
    for name in ("StO2_min", "MAP_max", "discomfort_max"):
        assert float(again[name][0, 0]) == float(stored[name][0])
    np.testing.assert_array_equal(again.set_end[0, 0], stored.set_end[0])
    assert float(again.session_start[0]) == float(stored.session_start)


def test_the_last_session_is_equal_second_by_second(cuffed):
    again = replay(cuffed, -1)
    shared = np.intersect1d(cuffed.time, again.time)
    assert len(shared) > 1000
    for name in ("StO2", "PCr", "MAP", "one_rm_change", "recruited"):
        np.testing.assert_array_equal(again[name].sel(time=shared)[0], cuffed[name].sel(time=shared)[0])


def test_a_session_in_the_middle_gets_the_detail_that_was_not_stored(cuffed):
    assert np.sum(np.abs(cuffed.time.values - cuffed.session_start.values[1] - 300.0) < 250.0) < 10
    again = replay(cuffed, 1)
    assert again.sizes["time"] > 1000
    assert float(again.StO2.min()) == pytest.approx(float(cuffed.StO2_min[0, 1]), abs=0.5)
    assert int(again.session[0]) == 1
    assert again.attrs["replayed_session"] == 2


def test_one_of_several_people_is_found():
    one_week = {"calendar.weeks": 1}
    people = bfrsim.simulate("bfr_knee_extension", overrides=one_week, parameters={"G_f": [4.0, 6.0]})
    again = replay(people, 2, person=1)
    assert differences(people, again)[1] == []
    assert int(again.person[0]) == 1


def test_a_stored_result_replays_as_the_fresh_one(cuffed, tmp_path):
    save_result(cuffed, tmp_path / "result.zarr")
    stored = read_result(tmp_path)
    assert replay(stored, 2).identical(replay(cuffed, 2))


def test_a_difference_is_seen(cuffed):
    again = replay(cuffed, 0)
    again.StO2.values[0, 100] = np.nextafter(again.StO2.values[0, 100], 1e9)
    again.set_end.values[0, 0, 1] += 1e-9
    assert differences(cuffed, again)[1] == ["StO2", "set_end"]


def test_the_segments_are_those_of_the_programme():
    timeline = compile_timeline(read_scenario("bfr_walking"))
    alone = one_session(timeline, 3)
    rows = timeline.session == 3
    assert alone.label == tuple(np.array(timeline.label)[rows])
    np.testing.assert_array_equal(alone.inputs, timeline.inputs[rows])
    assert set(alone.session) == {0}


def test_what_cannot_be_replayed_is_told(cuffed):
    with pytest.raises(SimulationError, match="numbered from 0 to 2; found 3"):
        replay(cuffed, 3)
    with pytest.raises(SimulationError, match="found 5"):
        replay(cuffed, 0, person=5)
    with pytest.raises(SimulationError, match="changed since; run the scenario again"):
        replay(cuffed.assign_attrs(model_hash="0" * 16), 0)
    with pytest.raises(SimulationError, match="session_state"):
        replay(cuffed.drop_vars("session_state"), 0)
    broken = cuffed.copy(deep=True)
    broken.session_state.values[0, 2] = np.nan
    with pytest.raises(SimulationError, match="never reached"):
        replay(broken, 2)
    resting = bfrsim.simulate("bed_rest", overrides={"calendar.phases": [{"kind": "bed rest", "days": 1}]})
    with pytest.raises(SimulationError, match="no sessions"):
        replay(resting, 0)
