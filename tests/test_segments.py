"""A scenario becomes a table of segments that leaves nothing out and lets nothing overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bfrsim.errors import ScenarioError
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schema import Calendar, Scenario
from bfrsim.scenario.segments import TIMELINE_INPUTS, Timeline, compile_timeline, habitual_day

DAY = 86400.0
COLUMN = {name: column for column, name in enumerate(TIMELINE_INPUTS)}


def timeline(name: str = "bfr_knee_extension", **changes) -> Timeline:
    """Return the timeline of a shipped scenario with changes such as ``cuff__pressure="80 %AOP"``."""
    return compile_timeline(read_scenario(name, {key.replace("__", "."): value for key, value in changes.items()}))


def first_session(table: Timeline) -> list[int]:
    return [row for row, session in enumerate(table.session) if session == 0]


def column(table: Timeline, name: str, rows: list[int]) -> list[float]:
    return [float(table.inputs[row, COLUMN[name]]) for row in rows]


@st.composite
def scenarios(draw) -> Scenario:
    """Scenarios of every kind whose sessions and meals keep out of each other's way."""
    count = draw(st.integers(1, 6))
    to_failure = draw(st.booleans())
    changes = {
        "calendar.sessions_per_week": draw(st.integers(1, 14)),
        "calendar.weeks": draw(st.integers(1, 5)),
        "calendar.time_of_day": f"{draw(st.integers(0, 13)):02d}:{draw(st.integers(0, 59)):02d}",
        "exercise.to_failure": to_failure,
        "exercise.sets": count if to_failure else draw(st.lists(st.integers(1, 40), min_size=count, max_size=count)),
        "exercise.rest": f"{draw(st.integers(0, 180))} s",
        "exercise.repetition": f"{draw(st.floats(0.5, 8))!r} s",
        "meals.protein": f"{draw(st.sampled_from([0.0, 0.83, 1.0, 1.6]))} g/kg/d",
        "meals.times": draw(st.sampled_from([["08:00", "12:30", "19:00"], ["00:00"], ["23:45"], ["07:00", "16:59"]])),
        "person.mass": f"{draw(st.floats(40, 120))!r} kg",
    }
    if draw(st.booleans()):
        changes["cuff.inflation"] = draw(st.sampled_from(["continuous", "intermittent"]))
    else:
        changes["cuff"] = None
    try:
        return read_scenario("bfr_knee_extension", changes)
    except ScenarioError:
        assume(False)
        raise


@settings(max_examples=60, deadline=None)
@given(scenarios())
def test_time_only_goes_forward_and_reaches_the_end(scenario):
    table = compile_timeline(scenario)
    edges = table.planned_edges()
    assert np.all(np.diff(edges) > 0)
    assert edges[-1] == table.total == scenario.calendar.weeks * 7 * DAY
    assert np.all(np.isfinite(table.duration) ^ np.isfinite(table.until)), "exactly one of length and clock ends a row"


@settings(max_examples=60, deadline=None)
@given(scenarios())
def test_each_session_is_there_and_begins_on_time(scenario):
    table = compile_timeline(scenario)
    count = scenario.calendar.weeks * scenario.calendar.sessions_per_week
    begins = table.planned_edges()[:-1][[label == "inflation" for label in table.label]]
    assert len(table.session_start) == count == table.session.max() + 1
    np.testing.assert_allclose(begins, table.session_start, rtol=0, atol=1e-6)
    ends = [row for row, label in enumerate(table.label) if label == "recovery"]
    assert all(table.label[row + 1] == "free" for row in ends), "a session that ends early waits for the clock"


@settings(max_examples=60, deadline=None)
@given(scenarios())
def test_each_day_brings_the_prescribed_protein(scenario):
    table = compile_timeline(scenario)
    edges = table.planned_edges()
    eaten = table.inputs[:, COLUMN["protein_intake"]] * np.diff(edges) / 3600.0
    days = np.bincount((edges[:-1] // DAY).astype(int), weights=eaten, minlength=scenario.calendar.weeks * 7)
    np.testing.assert_allclose(days, scenario.meals.protein, rtol=1e-9, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(scenarios())
def test_outside_sessions_nothing_is_applied_but_food(scenario):
    table = compile_timeline(scenario)
    others = [place for name, place in COLUMN.items() if name != "protein_intake"]
    assert not table.inputs[table.session < 0][:, others].any()
    assert not table.inputs[table.session >= 0, COLUMN["protein_intake"]].any()
    at_work = np.array([label == "set" for label in table.label])
    assert np.array_equal(at_work, table.inputs[:, COLUMN["contracting"]] == 1)
    assert np.array_equal(at_work, table.may_end == 1)
    assert np.array_equal(at_work, table.set_number >= 0)
    assert np.array_equal(at_work, table.repetition > 0)


def test_a_session_is_inflation_sets_rests_and_recovery():
    table = timeline()
    rows = first_session(table)
    assert [table.label[row] for row in rows] == ["inflation", *["set", "rest"] * 3, "set", "recovery"]
    assert list(table.duration[rows]) == [60, 90, 45, 45, 45, 45, 45, 45, 600]
    assert column(table, "cuff_relative", rows) == [0.5] * 8 + [0]
    assert column(table, "load_relative", rows) == [0, 0.3, 0, 0.3, 0, 0.3, 0, 0.3, 0]
    assert column(table, "duty", rows) == [0, 0.8, 0, 0.8, 0, 0.8, 0, 0.8, 0]
    assert list(table.set_number[rows]) == [-1, 0, -1, 1, -1, 2, -1, 3, -1]
    assert table.session_start[0] == 36000
    assert table.duration[rows[1]] / table.repetition[rows[1]] == 30


def test_an_intermittent_cuff_is_down_in_the_rests():
    table = timeline(cuff__inflation="intermittent")
    assert column(table, "cuff_relative", first_session(table)) == [0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0]


def test_pressure_in_mmhg_and_load_in_kg_have_columns_of_their_own():
    table = timeline(cuff__pressure="110 mmHg", exercise__load="20 kg", person__one_rm="45 kg")
    rows = first_session(table)[:3]
    assert column(table, "cuff_pressure", rows) == [110] * 3 and column(table, "load_mass", rows) == [0, 20, 0]
    assert not table.inputs[:, [COLUMN["cuff_relative"], COLUMN["load_relative"]]].any()


def test_without_a_cuff_the_structure_stays():
    with_cuff, without = timeline(), timeline(cuff=None)
    assert with_cuff.label == without.label
    assert not without.inputs[:, [COLUMN["cuff_relative"], COLUMN["cuff_pressure"]]].any()


@pytest.mark.parametrize("sets", [3, [30, 15, 15]])
def test_sets_to_failure_are_stopped_after_ten_minutes(sets):
    table = timeline(exercise__to_failure=True, exercise__sets=sets)
    rows = [row for row in first_session(table) if table.label[row] == "set"]
    assert list(table.duration[rows]) == [600] * 3


def test_no_rest_means_no_row_of_rest():
    assert "rest" not in timeline(exercise__rest="0 s").label


@pytest.mark.parametrize(
    ("count", "days"),
    [(1, [0]), (2, [0, 3]), (3, [0, 2, 4]), (4, [0, 1, 3, 4]), (5, [0, 1, 2, 3, 4]), (6, list(range(6))),
     (7, list(range(7))), (9, [0, 0, 1, 1, 2, 3, 4, 5, 6]), (14, sorted([*range(7), *range(7)]))],
)  # fmt: skip
def test_sessions_are_spread_over_the_week(count, days):
    starts = timeline(calendar__sessions_per_week=count, calendar__weeks=2).session_start
    assert list(starts[:count] // DAY) == days
    assert list(starts[count:] - starts[:count]) == [7 * DAY] * count
    assert set(starts % DAY) <= {36000.0, 36000.0 + 8 * 3600}


def test_the_habitual_day_has_meals_and_no_training():
    day = habitual_day(read_scenario("bfr_knee_extension"))
    assert day.label == ("free", "meal", "free", "meal", "free", "meal", "free")
    assert (day.total, day.until[-1], len(day.session_start)) == (DAY, DAY, 0)
    fasting = habitual_day(read_scenario("bfr_knee_extension", {"meals.protein": "0 g/kg/d"}))
    assert fasting.label == ("free",) and not fasting.inputs.any()


def test_life_without_exercise_is_habitual_days():
    changes = {"exercise": None, "cuff": None, "calendar.sessions_per_week": None, "calendar.weeks": 2}
    table = compile_timeline(read_scenario("bfr_knee_extension", changes))
    assert set(table.label) == {"free", "meal"}
    assert table.total == 14 * DAY and table.inputs.shape == (len(table.label), len(TIMELINE_INPUTS))


def test_a_meal_may_end_as_the_session_begins():
    table = timeline(meals__times=["09:45"])
    assert table.label[:3] == ("free", "meal", "inflation")


def test_a_changed_copy_is_checked_again():
    scenario = read_scenario("bfr_knee_extension")
    late = Calendar.model_validate({"sessions_per_week": 3, "weeks": 1, "time_of_day": "12:30"})
    with pytest.raises(ScenarioError, match="meets the meal from 12:30 to 12:45"):
        compile_timeline(scenario.model_copy(update={"calendar": late}))
