"""Every mode of exercise becomes a timeline of what was prescribed, and every mistake in one is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bfrsim.errors import ScenarioError
from bfrsim.library import shipped_scenarios
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schedule import session_seconds
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import TIMELINE_INPUTS, Timeline, compile_timeline, habitual_day, person_values

DAY = 86400.0
COLUMN = {name: column for column, name in enumerate(TIMELINE_INPUTS)}
EIGHT = ("bfr_knee_extension", "high_load", "low_load", "low_load_to_failure", "bfr_walking", "walking", "bed_rest")
EIGHT += ("passive_bfr_bed_rest",)

RESISTANCE = {
    "mode": "resistance", "movement": "knee extension", "load": "30 %1RM", "sets": [30, 15], "repetition": "3 s",
    "rest": "45 s",
}  # fmt: skip
WALKING = {"mode": "walking", "speed": "4 km/h", "duration": "20 min"}
CYCLING = {"mode": "cycling", "power": "60 W", "duration": "15 min"}
PASSIVE = {"mode": "passive", "cycles": 5, "inflated": "5 min", "deflated": "3 min"}
CUFF = {"limb": "leg", "width": "13 cm", "pressure": "50 %AOP"}


def scenario(exercise, *, cuff=CUFF, calendar=None, age="68 year", **person) -> Scenario:
    """Return a scenario of one mode; only age and sex of the person are told unless more is given."""
    changes = {
        "person": {"sex": "female", "age": age, **person},
        "cuff": cuff,
        "exercise": exercise,
        "calendar": calendar or {"sessions_per_week": 3, "weeks": 1},
    }
    return read_scenario("bfr_knee_extension", changes)


def timeline(*arguments, **named) -> Timeline:
    return compile_timeline(scenario(*arguments, **named))


def first_session(table: Timeline) -> list[int]:
    return [row for row, session in enumerate(table.session) if session == 0]


def column(table: Timeline, name: str, rows) -> list[float]:
    return [float(table.inputs[row, COLUMN[name]]) for row in rows]


def labels(table: Timeline) -> list[str]:
    return [table.label[row] for row in first_session(table)]


def complaint(*arguments, **named) -> str:
    with pytest.raises(ScenarioError) as caught:
        scenario(*arguments, **named)
    return str(caught.value)


@st.composite
def exercises(draw) -> dict:
    """One exercise of any mode, from the shortest to the longest a trial would prescribe."""
    mode = draw(st.sampled_from(["resistance", "walking", "cycling", "passive"]))
    limbs = {"mode": mode, "limbs": draw(st.integers(1, 2))}
    if mode == "resistance":
        count = draw(st.integers(1, 6))
        fail = draw(st.booleans())
        sets = count if fail else draw(st.lists(st.integers(1, 40), min_size=count, max_size=count))
        load = f"{draw(st.floats(5, 100))!r} %1RM"
        work = {"movement": "squat", "load": load, "sets": sets, "to_failure": fail, "repetition": "3 s"}
        return {**limbs, **work, "rest": f"{draw(st.integers(0, 120))} s"}
    if mode == "passive":
        times = {"inflated": f"{draw(st.integers(1, 600))} s", "deflated": f"{draw(st.integers(0, 300))} s"}
        return {**limbs, "cycles": draw(st.integers(1, 8)), **times}
    hard = {"intensity": f"{draw(st.floats(10, 90))!r} %HRR"}
    told = {"walking": {"speed": f"{draw(st.floats(20, 140))!r} m/min"}, "cycling": {"power": "60 W"}}
    length = draw(
        st.sampled_from([{"duration": "20 min"}, {"bouts": ["2 min"] * 5, "rest": "1 min"}, {"bouts": ["9 s"]}])
    )
    return {**limbs, **draw(st.sampled_from([hard, told[mode]])), **length}


@settings(max_examples=80, deadline=None)
@given(
    exercises(),
    st.sampled_from([18, 95]),
    st.sampled_from([0, 130]),
    st.sampled_from([{"days": 1, "sessions_per_week": 1}, {"weeks": 52, "sessions_per_week": 3}]),
    st.sampled_from(["continuous", "intermittent"]),
)
def test_every_mode_compiles_for_young_and_old_without_and_above_occlusion(exercise, age, percent, calendar, inflation):
    cuff = {**CUFF, "pressure": f"{percent} %AOP", "inflation": inflation}
    try:
        told = scenario(exercise, cuff=cuff, age=f"{age} year", calendar=calendar)
    except ScenarioError as error:
        assert "meets the meal" in str(error)
        assume(False)
    table = compile_timeline(told)
    assert np.all(np.diff(table.planned_edges()) > 0) and table.planned_edges()[-1] == table.total
    assert np.all(np.isfinite(table.inputs)) and np.all(table.inputs >= 0)
    assert table.inputs[:, COLUMN["cuff_relative"]].max() == percent / 100
    assert np.all(table.inputs[table.session < 0][:, COLUMN["cuff_relative"]] == 0)
    values = [value for value, _ in person_values(told).values()]
    assert np.all(np.isfinite(values))
    assert Scenario.model_validate(told.model_dump(mode="json")) == told


@settings(max_examples=80, deadline=None)
@given(exercises())
def test_muscle_works_as_long_as_prescribed(exercise):
    try:
        table = timeline(exercise, calendar={"days": 1, "sessions_per_week": 1})
    except ScenarioError:
        assume(False)
    planned = np.diff(table.planned_edges())
    works = table.inputs[:, COLUMN["contracting"]] == 1
    prescribed = {
        "resistance": lambda: (
            3.0 * sum(exercise["sets"]) if exercise.get("to_failure") is False else 600 * exercise["sets"]
        ),
        "passive": lambda: 0.0,
    }.get(
        exercise["mode"],
        lambda: {"20 min": 1200, "2 min": 600, "9 s": 9}[exercise.get("duration") or exercise["bouts"][0]],
    )()
    assert planned[works].sum() == pytest.approx(prescribed)
    assert planned[table.session == 0].sum() == pytest.approx(session_seconds(scenario(exercise).exercise))
    squeezed = table.inputs[:, COLUMN["cuff_relative"]] > 0
    assert np.all(squeezed[works])
    if exercise["mode"] == "passive":
        assert planned[squeezed].sum() == exercise["cycles"] * float(exercise["inflated"].split()[0])


def test_a_walk_is_inflation_walk_and_recovery():
    table = timeline(WALKING)
    rows = first_session(table)
    assert labels(table) == ["inflation", "walk", "recovery"]
    assert list(table.duration[rows]) == [60, 1200, 600]
    assert column(table, "walking_speed", rows) == pytest.approx([0, 4000 / 60, 0])
    assert column(table, "duty", rows) == [0, 0.4, 0] and column(table, "contracting", rows) == [0, 1, 0]
    assert column(table, "cuff_relative", rows) == [0.5, 0.5, 0]
    assert list(table.may_end[rows]) == [0, 1, 0] and list(table.set_number[rows]) == [-1, 0, -1]
    assert not table.inputs[:, [COLUMN["load_relative"], COLUMN["load_mass"]]].any()


@pytest.mark.parametrize(("inflation", "between"), [("continuous", 0.5), ("intermittent", 0.0)])
def test_bouts_keep_the_cuff_on_unless_it_is_intermittent(inflation, between):
    bouts = {"mode": "walking", "speed": "67 m/min", "bouts": ["2 min"] * 5, "rest": "1 min"}
    table = timeline(bouts, cuff={**CUFF, "inflation": inflation})
    assert labels(table) == ["inflation", *["walk", "rest"] * 4, "walk", "recovery"]
    rests = [row for row in first_session(table) if table.label[row] == "rest"]
    assert column(table, "cuff_relative", rests) == [between] * 4 and list(table.duration[rests]) == [60] * 4


@pytest.mark.parametrize(
    ("exercise", "name", "value"),
    [
        ({"mode": "walking", "intensity": "45 %HRR", "duration": "20 min"}, "heart_rate_reserve", 0.45),
        ({"mode": "cycling", "intensity": "40 %HRR", "duration": "15 min"}, "heart_rate_reserve", 0.4),
        (CYCLING, "cycling_power", 60),
    ],
)
def test_intensity_and_power_have_columns_of_their_own(exercise, name, value):
    table = timeline(exercise, cuff=None)
    at_work = [row for row in first_session(table) if table.label[row] in ("walk", "ride")]
    assert column(table, name, at_work) == [pytest.approx(value)]
    others = {"walking_speed", "heart_rate_reserve", "cycling_power", "load_relative", "load_mass", "cuff_relative"} - {
        name
    }
    assert not table.inputs[:, [COLUMN[other] for other in others]].any()


def test_a_passive_session_is_nothing_but_inflations():
    table = timeline(PASSIVE)
    rows = first_session(table)
    assert labels(table) == [*["inflation", "deflation"] * 4, "inflation", "recovery"]
    assert list(table.duration[rows]) == [300, 180] * 4 + [300, 600]
    assert column(table, "cuff_relative", rows) == [0.5, 0] * 4 + [0.5, 0]
    assert not table.inputs[:, [COLUMN["contracting"], COLUMN["duty"]]].any() and not table.may_end.any()
    assert "deflation" not in timeline({**PASSIVE, "deflated": "0 s"}).label


def test_ones_own_body_is_a_load_in_kg():
    table = timeline({**RESISTANCE, "equipment": "body weight", "load": "60 %mass"}, mass="70 kg")
    assert max(table.inputs[:, COLUMN["load_mass"]]) == pytest.approx(42)
    band = timeline({**RESISTANCE, "equipment": "elastic band"})
    assert max(band.inputs[:, COLUMN["load_relative"]]) == pytest.approx(0.3)


PHASES = [
    {"kind": "training", "weeks": 2},
    {"kind": "bed rest", "days": 5},
    {"kind": "detraining", "days": 3},
    {"kind": "bed rest", "days": 7, "training": True},
    {"kind": "habitual", "weeks": 1},
]


def test_phases_follow_one_another():
    table = timeline(RESISTANCE, calendar={"sessions_per_week": 3, "phases": PHASES})
    assert table.total == (14 + 5 + 3 + 7 + 7) * DAY
    assert list(table.session_start // DAY) == [0, 2, 4, 7, 9, 11, 22, 24, 26]
    edges = table.planned_edges()
    in_bed = table.inputs[:, COLUMN["unloading"]] == 1
    assert sorted({int(day) for day in edges[:-1][in_bed] // DAY}) == [*range(14, 19), *range(22, 29)]
    assert np.diff(edges)[in_bed].sum() == 12 * DAY, "from midnight to midnight"
    assert table.session.max() + 1 == len(table.session_start) == 9


def test_habitual_life_is_on_ones_feet_even_before_bed_rest():
    assert not habitual_day(read_scenario("bed_rest")).inputs[:, COLUMN["unloading"]].any()
    assert np.all(compile_timeline(read_scenario("bed_rest")).inputs[:, COLUMN["unloading"]] == 1)


def test_no_sessions_a_week_is_life_without_training():
    table = timeline(RESISTANCE, calendar={"sessions_per_week": 0, "days": 14})
    assert len(table.session_start) == 0 and table.total == 14 * DAY and set(table.label) == {"free", "meal"}


@pytest.mark.parametrize(
    ("count", "times", "places"),
    [
        (14, ["10:00", "16:00"], [(day, hour) for day in range(7) for hour in (10, 16)]),
        (6, ["10:00", "16:00"], [(day, hour) for day in (0, 2, 4) for hour in (10, 16)]),
        (3, ["10:00", "16:00"], [(0, 10), (0, 16), (3, 10)]),
        (21, ["10:00", "14:00", "17:00"], [(day, hour) for day in range(7) for hour in (10, 14, 17)]),
    ],
)
def test_a_training_day_has_a_session_at_each_of_its_times(count, times, places):
    table = timeline(WALKING, calendar={"sessions_per_week": count, "times_of_day": times, "days": 7})
    assert [(start // DAY, start % DAY / 3600) for start in table.session_start] == places


WRONG = [
    (
        {"mode": "walking", "duration": "20 min"},
        'walking needs speed = "4 km/h" or intensity = "45 %HRR" in [exercise]',
    ),
    ({**WALKING, "intensity": "45 %HRR"}, 'exercise.intensity = "45 %HRR": speed and intensity are given; keep one'),
    ({"mode": "walking", "speed": "4 km/h"}, 'walking needs duration = "20 min" or bouts = ["2 min", "2 min"]'),
    ({**WALKING, "bouts": ["2 min"]}, 'exercise.bouts = ["2 min"]: duration and bouts are given; keep one of them'),
    (
        {**WALKING, "speed": "4 km"},
        '[km] is no unit of walking speed; a walking speed is written "4 km/h" or "67 m/min"',
    ),
    ({**WALKING, "speed": "40 km/h"}, "expected more than 0 to 200 m/min, found 666"),
    ({**WALKING, "duration": "20"}, 'exercise.duration = "20": \'20\' has no unit; a duration is written "20 min"'),
    (
        {"mode": "walking", "speed": "4 km/h", "bouts": "2 min"},
        'expected a list of 1 to 20 durations, written ["2 min"',
    ),
    ({"mode": "walking", "speed": "4 km/h", "bouts": [2]}, 'a bare number has no unit; a duration is written "20 min"'),
    ({**WALKING, "power": "60 W"}, "unknown key 'power' in [exercise] of mode \"walking\"; it belongs to cycling"),
    ({**WALKING, "sped": "4 km/h"}, "unknown key 'sped' in [exercise]; did you mean 'speed'?"),
    ({**CYCLING, "power": "60 J"}, '[J] is no unit of cycling power; a cycling power is written "60 W"'),
    (
        {"mode": "cycling", "intensity": "140 %HRR", "duration": "9 s"},
        "expected more than 0 to 100 %HRR, found 140 %HRR",
    ),
    (
        {"mode": "cycling", "intensity": "40 %", "duration": "9 s"},
        "[%] is no unit of intensity; an intensity is written",
    ),
    ({**PASSIVE, "cycles": 0}, "expected cycles of inflation and deflation, a whole number from 1 to 20"),
    ({**PASSIVE, "inflated": "5"}, 'a time of inflation is written "5 min"'),
    (
        {**PASSIVE, "inflated": "2 h", "cycles": 20},
        "exercise.cycles = 20: a session would last 41.1 h, longer than a day",
    ),
    ({"mode": "passive"}, "missing 'cycles' in [exercise]; write for example: cycles = 5"),
    (
        {**RESISTANCE, "limbs": 3},
        "expected how many limbs train, one or both, a whole number from 1 to 2, for example 2",
    ),
    ({**RESISTANCE, "equipment": "barbel"}, 'expected "machine" or "elastic band" or "body weight"'),
    (
        {**RESISTANCE, "equipment": "elastic band", "load": "20 kg"},
        'equipment = "elastic band" a load is written "30 %1RM"',
    ),
    ({**RESISTANCE, "equipment": "body weight"}, 'with equipment = "body weight" a load is written "60 %mass"'),
    ({**RESISTANCE, "duration": "5 min"}, 'of mode "resistance"; it belongs to walking and cycling'),
]


@pytest.mark.parametrize(("exercise", "expected"), WRONG, ids=[expected[:50] for _, expected in WRONG])
def test_a_mistake_in_an_exercise_is_told(exercise, expected):
    said = complaint(exercise)
    assert expected in said and said.startswith("--set exercise: ")


def test_the_cuff_sits_on_the_limb_that_trains():
    assert 'cuff.limb = "arm": walking trains the legs' in complaint(WALKING, cuff={**CUFF, "limb": "arm"})
    assert "a passive session is a cuff inflated at rest and needs [cuff]" in complaint(PASSIVE, cuff=None)
    push_up = {**RESISTANCE, "equipment": "body weight", "load": "60 %mass"}
    assert 'needs one_rm = "45 kg"' in complaint(push_up, cuff={**CUFF, "limb": "arm"})


WRONG_CALENDARS = [
    ({"sessions_per_week": 3}, "missing 'weeks' in [calendar]; write for example: weeks = 12, or days = 14, or phases"),
    ({"sessions_per_week": 3, "weeks": 2, "days": 14}, "weeks and days tell the length more than once; keep one"),
    ({"sessions_per_week": 3, "weeks": 2, "phases": PHASES}, "weeks and phases tell the length more than once"),
    ({"sessions_per_week": 3, "days": 0}, "expected days, a whole number from 1 to 1092, for example 14"),
    ({"sessions_per_week": 3, "phases": 5}, "expected at most 50 tables [[calendar.phases]], each with a kind and a"),
    ({"sessions_per_week": 3, "phases": [5]}, "expected at most 50 tables [[calendar.phases]], each with a kind"),
    ({"sessions_per_week": 3, "phases": [{"kind": "training"}]}, "a phase has a length, weeks = 12 or days = 14, one"),
    ({"sessions_per_week": 3, "phases": [{"days": 3}]}, "missing 'kind' in [calendar.phases]; write for example: kind"),
    (
        {"sessions_per_week": 3, "phases": [PHASES[0], {"kind": "bedrest", "days": 3}]},
        'calendar.phases[2].kind = "bedrest": expected "training" or "detraining" or "bed rest"',
    ),
    (
        {"sessions_per_week": 3, "phases": [{"kind": "training", "day": 3}]},
        "unknown key 'day' in [calendar.phases]; did",
    ),
    ({"sessions_per_week": 3, "phases": [PHASES[1]]}, "no phase has sessions; write training = true in a phase"),
    (
        {"sessions_per_week": 3, "phases": [{"kind": "detraining", "days": 3, "training": True}]},
        'a phase with sessions is of kind "training", not "detraining"',
    ),
    (
        {"sessions_per_week": 3, "phases": [{"kind": "training", "days": 3, "training": False}]},
        'a phase without sessions is of kind "detraining" or "habitual"',
    ),
    (
        {"sessions_per_week": 3, "phases": [{"kind": "training", "weeks": 156}] * 2},
        "expected at most 1092 days, found 2184",
    ),
    (
        {"sessions_per_week": 3, "weeks": 2, "time_of_day": "10:00", "times_of_day": ["10:00"]},
        "time_of_day and times_of_day both tell the hour; keep one of them",
    ),
    ({"sessions_per_week": 8, "weeks": 2, "times_of_day": ["10:00"]}, "expected at most 7 at those times of day"),
    (
        {"sessions_per_week": 8, "weeks": 2, "times_of_day": ["10:00", "10:05"]},
        "10:00 and 10:05 are closer than the 10 min the recovery after a session lasts",
    ),
    (
        {"sessions_per_week": 14, "weeks": 2, "times_of_day": ["10:00", "10:20"]},
        "the session from day 1 10:00 to day 1 10:31 runs into the next one at day 1 10:20",
    ),
    (
        {"sessions_per_week": 7, "time_of_day": "23:40", "phases": [{"kind": "training", "days": 3}, PHASES[1]]},
        "the last session would end on day 4 00:11, after the phase of training; start earlier",
    ),
    (
        {"sessions_per_week": 7, "weeks": 1, "times_of_day": ["12:20"]},
        "meets the meal from 12:30 to 12:45; move one of",
    ),
]


@pytest.mark.parametrize(("calendar", "expected"), WRONG_CALENDARS, ids=[text[:60] for _, text in WRONG_CALENDARS])
def test_a_mistake_in_a_calendar_is_told(calendar, expected):
    said = complaint(WALKING, calendar=calendar)
    assert expected in said and said.startswith("--set calendar: ") and "\n" not in said


def test_training_needs_an_exercise():
    assert "a phase with sessions needs an [exercise]" in complaint(None, cuff=None, calendar={"phases": [PHASES[0]]})


def test_a_mistake_in_a_phase_is_told_with_its_own_line(tmp_path):
    text = 'title = "t"\n[person]\nsex = "male"\nage = "70 year"\n'
    text += '[[calendar.phases]]\nkind = "habitual"\ndays = 3\n\n[[calendar.phases]]\nkind = "bed rest"\ndays = 0\n'
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=r"mine\.toml:11: calendar\.phases\[2\]\.days = 0: expected days"):
        read_scenario(path)
    path.write_text(text.replace("days = 0", ""))
    with pytest.raises(ScenarioError, match=r"mine\.toml:10: .*a phase has a length"):
        read_scenario(path)


def test_the_eight_scenarios_are_shipped_and_each_says_how_to_run_it():
    assert set(EIGHT) <= set(shipped_scenarios())
    folder = Path(__file__).parent.parent / "scenarios"
    for name in EIGHT:
        told = read_scenario(name)
        assert told.person == read_scenario(EIGHT[0]).person, "the same woman, so that differences are the programme's"
        assert f"bfrsim run {name}" in (folder / f"{name}.toml").read_text(encoding="utf-8")
        assert compile_timeline(told).total == told.calendar.total_days * DAY


def test_pairs_of_scenarios_differ_in_what_they_compare():
    cuffed, free = read_scenario("bfr_walking"), read_scenario("walking")
    assert (cuffed.exercise, cuffed.calendar, cuffed.meals) == (free.exercise, free.calendar, free.meals)
    assert cuffed.cuff is not None and free.cuff is None
    cuffed, free = read_scenario("bfr_knee_extension"), read_scenario("low_load")
    assert (cuffed.exercise, cuffed.calendar, cuffed.meals) == (free.exercise, free.calendar, free.meals)
    passive, bed = (compile_timeline(read_scenario(name)) for name in ("passive_bfr_bed_rest", "bed_rest"))
    assert passive.total == bed.total == 14 * DAY and len(passive.session_start) == 28 and len(bed.session_start) == 0


def test_an_arm_trains_with_and_without_a_cuff():
    curl = {**RESISTANCE, "limb": "arm"}
    free, cuffed = scenario(curl, cuff=None), scenario(curl, cuff={**CUFF, "limb": "arm"})
    assert free.trained_limb == cuffed.trained_limb == "arm"
    assert person_values(free)["on_arm"] == person_values(cuffed)["on_arm"] == (1.0, "1")
    for name in ("one_rm", "limb_circumference"):
        assert person_values(free)[name] == person_values(cuffed)[name] < person_values(scenario(RESISTANCE))[name]
    assert "which is on the leg; make them agree" in complaint(curl)


def test_the_joint_that_moves_is_one_of_the_limb_that_trains():
    assert person_values(scenario({**RESISTANCE, "joint": "ankle"}))["on_calf"] == (1.0, "1")
    assert person_values(scenario({**RESISTANCE, "joint": "knee"}))["on_calf"] == (0.0, "1")
    assert "the elbow is not a joint of the leg" in complaint({**RESISTANCE, "joint": "elbow"})
    assert "the ankle is not a joint of the arm" in complaint(
        {**RESISTANCE, "limb": "arm", "joint": "ankle"}, cuff=None
    )


def test_a_cuff_can_wait_for_a_later_set():
    late, three = {**CUFF, "from_set": 2}, {**RESISTANCE, "sets": [5, 5, 5]}
    rows = timeline(three, cuff=late)
    assert labels(rows) == ["inflation", "set", "rest", "set", "rest", "set", "recovery"]
    assert column(rows, "cuff_relative", first_session(rows)) == [0, 0, 0, 0.5, 0.5, 0.5, 0]
    rows = timeline(three, cuff={**late, "inflation": "intermittent"})
    assert column(rows, "cuff_relative", first_session(rows)) == [0, 0, 0, 0.5, 0, 0.5, 0]
    ride = {**CYCLING, "duration": None, "bouts": ["3 min", "2 min"], "rest": "0 s"}
    rows = timeline({key: value for key, value in ride.items() if value}, cuff=late)
    assert column(rows, "cuff_relative", first_session(rows)) == [0, 0, 0.5, 0]
    assert "the session has 2 sets or bouts" in complaint(RESISTANCE, cuff={**CUFF, "from_set": 3})
    assert "the session has no sets or bouts" in complaint(PASSIVE, cuff=late)


def test_the_load_can_change_from_set_to_set():
    rows = timeline({**RESISTANCE, "load": "40 %1RM", "load_shares": [0.25, 1]})
    assert column(rows, "load_relative", first_session(rows)) == [0, 0.1, 0, 0.4, 0]
    assert "a share for each of 2 sets, found 3" in complaint({**RESISTANCE, "load_shares": [0.5, 0.5, 1]})
    assert "expected a share" in complaint({**RESISTANCE, "load_shares": [0.5, 1.5]})


def test_a_phase_may_have_sessions_at_its_own_rate():
    phases = [
        {"kind": "training", "days": 7, "sessions_per_week": 9},
        {"kind": "training", "days": 12},
        {"kind": "detraining", "days": 5},
    ]
    calendar = {"sessions_per_week": 8, "phases": phases}
    table = timeline(RESISTANCE, calendar=calendar)
    assert len(table.session_start) == 9 + 8 + 6, "Nielsen 2012: 23 sessions in 19 days"
    assert table.session_start[-1] < 19 * DAY < table.total == 24 * DAY
    resting = [{"kind": "training", "weeks": 1}, {"kind": "detraining", "weeks": 1, "sessions_per_week": 2}]
    assert "this phase has no sessions" in complaint(RESISTANCE, calendar={"sessions_per_week": 2, "phases": resting})
    crowded = [{"kind": "training", "weeks": 1, "sessions_per_week": 15}]
    assert "expected at most 14" in complaint(RESISTANCE, calendar={"sessions_per_week": 2, "phases": crowded})
