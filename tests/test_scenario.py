"""A scenario is read into fixed units, and every mistake in it is told with its place, field and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bfrsim.errors import ScenarioError
from bfrsim.scenario.completion import complete_person
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schema import SECTIONS, Scenario
from bfrsim.scenario.segments import person_values

SCENARIO = """\
title = "Low-load knee extension with a cuff"
[person]
sex = "female"
age = "68 year"
mass = "64 kg"
height = "158 cm"
thigh_circumference = "50 cm"
blood_pressure = "134/78 mmHg"
[cuff]
limb = "leg"
width = "13 cm"
pressure = "50 %AOP"
inflation = "continuous"
[exercise]
mode = "resistance"
movement = "knee extension"
load = "30 %1RM"
sets = [30, 15, 15, 15]
repetition = "3 s"
rest = "45 s"
[calendar]
sessions_per_week = 3
weeks = 12
[meals]
protein = "1.0 g/kg/d"
times = ["08:00", "12:30", "19:00"]
"""
LINES = {line.split(" = ")[0]: number for number, line in enumerate(SCENARIO.splitlines(), start=1)}
PRESSURE = 'a pressure is written "50 %AOP" or "110 mmHg"'


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complaint(text: str | bytes, overrides=(), name: str = "mine.toml") -> str:
    """Return what is said about a scenario of this text in the current folder."""
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ScenarioError) as caught:
        read_scenario(name, overrides)
    return str(caught.value)


def with_value(key: str, value: str) -> str:
    """Return SCENARIO with another value of `key`."""
    changed, count = re.subn(rf"(?m)^{key} = .*$", lambda match: f"{key} = {value}", SCENARIO)
    assert count == 1
    return changed


def test_a_scenario_is_stored_in_fixed_units(folder):
    (folder / "mine.toml").write_text(
        with_value("age", '"816 month"').replace("158 cm", "1.58 m").replace('"45 s"', '"0.75 min"')
    )
    scenario = read_scenario("mine.toml")
    assert scenario.person.age == pytest.approx(68)
    assert scenario.person.height == pytest.approx(158)
    assert scenario.person.blood_pressure == (134, 78)
    assert scenario.cuff is not None and scenario.cuff.pressure == (50, "%AOP")
    assert scenario.exercise is not None and scenario.exercise.load == (30, "%1RM")
    assert scenario.exercise.sets == (30, 15, 15, 15)
    assert (scenario.exercise.rest, scenario.exercise.duty) == (pytest.approx(45), 0.8)
    assert scenario.calendar.session_times[0] == 10 * 3600
    assert scenario.meals.times == (28800, 45000, 68400)


@pytest.mark.parametrize("name", ["bfr_knee_extension", "high_load"])
def test_shipped_scenarios_read_by_their_bare_name(name, folder):
    scenario = read_scenario(name)
    assert scenario.person == read_scenario("bfr_knee_extension").person
    assert scenario.calendar == read_scenario("bfr_knee_extension").calendar
    assert (scenario.cuff is None) == (name == "high_load")


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(folder):
    (folder / "mine.toml").write_bytes(b"\xef\xbb\xbf" + SCENARIO.replace("\n", "\r\n").encode())
    assert read_scenario(folder / "mine.toml").calendar.weeks == 12


def test_without_meals_a_person_eats_three_times_a_day(folder):
    (folder / "mine.toml").write_text(SCENARIO.split("[meals]")[0])
    meals = read_scenario("mine.toml").meals
    assert (meals.protein, meals.times) == (None, (28800, 45000, 68400))
    person, filled = complete_person(read_scenario("mine.toml"))
    assert "protein" in filled and 0.9 < person.protein < 1.0, "what people of that age eat"


def test_without_exercise_a_person_lives_their_habitual_life(folder):
    (folder / "mine.toml").write_text(SCENARIO.split("[cuff]")[0] + "[calendar]\nweeks = 2\n")
    assert read_scenario("mine.toml").exercise is None


def test_person_values_carry_the_units_of_the_model(folder):
    (folder / "mine.toml").write_text(SCENARIO)
    values = person_values(read_scenario("mine.toml", ['person.one_rm="45 kg"', "person.resting_heart_rate=68 bpm"]))
    assert values == {
        "age": (68, "yr"),
        "mass": (64, "kg"),
        "height": (158, "cm"),
        "female": (1, "1"),
        "SBP0": (134, "mmHg"),
        "DBP0": (78, "mmHg"),
        "limb_circumference": (50, "cm"),
        "cuff_width": (13, "cm"),
        "HR0": (68, "1/min"),
        "one_rm": (45, "kg"),
        "limbs": (2, "1"),
        "on_arm": (0, "1"),
        "on_calf": (0, "1"),
        "seated": (0, "1"),
        "standing": (0, "1"),
    }
    arm = person_values(read_scenario("mine.toml", {"cuff.limb": "arm", "person.arm_circumference": "29 cm"}))
    assert arm["limb_circumference"] == (29, "cm") and arm["on_arm"] == (1, "1")
    assert person_values(read_scenario("mine.toml", {"cuff.posture": "seated"}))["seated"] == (1, "1")
    bare = person_values(read_scenario("mine.toml", {"cuff": None}))
    assert bare["limb_circumference"] == (50, "cm") and not {"cuff_width", "AOP_known"} & set(bare)
    measured = person_values(read_scenario("mine.toml", {"person.aop": "141 mmHg", "exercise.limbs": 1}))
    assert measured["AOP_known"] == (1, "1") and measured["AOP_measured"] == (141, "mmHg")
    assert measured["limbs"] == (1, "1")


VALUES = [
    ("person.age", '"400 year"', "expected 18 to 95 yr, found 400 yr"),
    ("person.age", "68", 'a bare number has no unit; an age is written "68 year"'),
    ("person.age", '"68"', "'68' has no unit; an age is written \"68 year\""),
    ("person.age", "1957-05-27", 'not a number with a unit; an age is written "68 year"'),
    ("person.mass", '"64 cm"', '[cm] is no unit of body mass; a body mass is written "64 kg"'),
    ("person.mass", '"-64 kg"', "expected 25 to 300 kg, found -64 kg"),
    ("person.mass", '"1e999 kg"', "expected 25 to 300 kg, found inf kg"),
    ("person.mass", '"nan kg"', "'nan kg' is not a number with a unit; a body mass is written \"64 kg\""),
    ("person.mass", "inf", 'a bare number has no unit; a body mass is written "64 kg"'),
    ("person.height", '"15.8 m"', "expected 100 to 230 cm, found 1580 cm"),
    ("person.thigh_circumference", '"5 m"', "expected 25 to 110 cm, found 500 cm"),
    ("person.sex", '"Female"', 'expected "female" or "male"; did you mean \'female\'?'),
    ("person.blood_pressure", '"134 mmHg"', 'a blood pressure is written "134/78 mmHg"'),
    ("person.blood_pressure", '"134/78"', 'a blood pressure is written "134/78 mmHg"'),
    ("person.blood_pressure", '"300/78 mmHg"', "expected systolic pressure 70 to 260 mmHg, found 300 mmHg"),
    ("person.blood_pressure", '"90/95 mmHg"', "the systolic pressure must exceed the diastolic one"),
    ("cuff.pressure", '"50 flurb"', f"unknown unit 'flurb'; {PRESSURE}"),
    ("cuff.pressure", '"50 %LOP"', "unknown unit '%LOP'; did you mean '%AOP'? A pressure is written"),
    ("cuff.pressure", '"50 %"', f"[%] is no unit of pressure; {PRESSURE}"),
    ("cuff.pressure", '"500 %AOP"', "expected 0 to 300 %AOP, found 500 %AOP"),
    ("cuff.pressure", '"401 mmHg"', "expected 0 to 400 mmHg, found 401 mmHg"),
    ("cuff.width", '"2 m"', "expected 2 to 40 cm, found 200 cm"),
    ("cuff.limb", '"neck"', 'expected "leg" or "arm"'),
    ("cuff.inflation", '"continous"', "did you mean 'continuous'?"),
    ("exercise.mode", '"yoga"', 'expected "resistance" or "walking" or "cycling" or "passive"'),
    ("exercise.mode", '"walkin"', "did you mean 'walking'?"),
    ("exercise.mode", "5", 'expected "resistance" or "walking"'),
    ("exercise.mode", '["walking"]', 'expected "resistance" or "walking"'),
    ("exercise.load", '"60 %mass"', 'with equipment = "machine" a load is written "30 %1RM" or "20 kg"'),
    ("exercise.load", '"200 %mass"', "expected more than 0 to 150 %mass, found 200 %mass"),
    ("exercise.load", '"5000 %1RM"', "expected more than 0 to 150 %1RM, found 5000 %1RM"),
    ("exercise.load", '"0 %1RM"', "expected more than 0 to 150 %1RM, found 0 %1RM"),
    ("exercise.load", '"20 kg"', 'a load in kg needs one_rm = "45 kg" in [person]'),
    ("exercise.sets", "4", "a number of sets needs to_failure = true"),
    ("exercise.sets", "[]", "expected 1 to 20 sets of 1 to 200 repetitions"),
    ("exercise.sets", "[30, 0]", "expected 1 to 20 sets of 1 to 200 repetitions"),
    ("exercise.sets", "[30, true]", "expected 1 to 20 sets of 1 to 200 repetitions"),
    ("exercise.sets", "[" + "5, " * 21 + "]", "expected 1 to 20 sets of 1 to 200 repetitions"),
    ("exercise.repetition", '"1 min"', "expected 0.5 to 20 s, found 60 s"),
    ("exercise.rest", '"1 h"', "expected 0 to 1800 s, found 3600 s"),
    ("calendar.sessions_per_week", "15", "expected at most 14 at those times of day; for more, write times_of_day"),
    ("calendar.sessions_per_week", "29", "a whole number from 0 to 28, for example 3"),
    ("calendar.sessions_per_week", "-1", "a whole number from 0 to 28, for example 3"),
    ("calendar.weeks", "0", "a whole number from 1 to 156, for example 12"),
    ("calendar.weeks", "1.5", "a whole number from 1 to 156, for example 12"),
    ("calendar.weeks", "true", "a whole number from 1 to 156, for example 12"),
    ("calendar.weeks", "0x" + "f" * 5000, "a whole number from 1 to 156, for example 12"),
    ("meals.protein", '"70 g/d"', '[g/d] is no unit of protein intake; a protein intake is written "1.0 g/kg/d"'),
    ("meals.protein", '"9 g/kg/d"', "expected 0 to 4 g/kg/d, found 9 g/kg/d"),
    ("meals.times", '["8 o\'clock"]', 'expected a time of day, written "10:00"'),
    ("meals.times", '["24:00"]', 'expected a time of day, written "10:00"'),
    ("meals.times", '["23:50"]', "expected at the latest 23:45, so that it ends before midnight"),
    ("meals.times", '["08:00", "08:10"]', "08:00 and 08:10 are closer than the 15 min a meal lasts"),
    ("meals.times", '"08:00"', "expected a list of 1 to 12 times of day"),
    ("title", "5", "expected text in quotes"),
    ("title", '""', "expected some text"),
]


@pytest.mark.parametrize(("field", "value", "expected"), VALUES, ids=[f"{key}={text[:24]}" for key, text, _ in VALUES])
def test_a_wrong_value_is_told_with_line_field_found_and_expected(field, value, expected, folder):
    key = field.split(".")[-1]
    said = complaint(with_value(key, value))
    assert said.startswith(f"mine.toml:{LINES[key]}: {field} = ")
    assert expected in said
    assert "\n" not in said
    if len(value) < 40:
        assert f"{field} = {value}: " in said


def test_the_example_of_the_issue_is_told_word_for_word(folder):
    Path("scenarios").mkdir()
    said = complaint(with_value("pressure", '"50 flurb"'), name="scenarios/mine.toml")
    assert said == f"scenarios/mine.toml:12: cuff.pressure = \"50 flurb\": unknown unit 'flurb'; {PRESSURE}"
    said = complaint(SCENARIO.replace("\npressure", "\npresure"), name="scenarios/mine.toml")
    assert said == "scenarios/mine.toml:12: unknown key 'presure' in [cuff]; did you mean 'pressure'?"


SHAPES = [
    (SCENARIO.replace("[cuff]", "[cuf]"), "mine.toml:9: unknown section [cuf]; did you mean 'cuff'?"),
    (SCENARIO + "[zebra]\n", "mine.toml:27: unknown section [zebra]; the sections are [person], [cuff]"),
    (SCENARIO + 'snack = "10:00"\n', "mine.toml:27: unknown key 'snack' in [meals]; the keys there are protein, times"),
    ('mass = "3 kg"\n' + SCENARIO, "mine.toml:1: 'mass' stands outside any section; did you mean 'person.mass'?"),
    (SCENARIO.replace('width = "13 cm"', ""), "mine.toml:9: missing 'width' in [cuff]; write for example: width = "),
    (SCENARIO.replace("weeks = 12", ""), "mine.toml:21: missing 'weeks' in [calendar]; write for example: weeks = 12"),
    (SCENARIO.replace("sessions_per_week = 3", ""), "mine.toml:21: [exercise] needs sessions in [calendar]"),
    (SCENARIO.split("\n", 1)[1], "mine.toml: missing 'title'; write for example: title = "),
    (SCENARIO.split("[calendar]")[0], "mine.toml: missing section [calendar]; below it write for example: weeks = 12"),
    ("meals = 3\n" + SCENARIO.split("[meals]")[0], "mine.toml:1: meals = 3: expected a section [meals]"),
    (SCENARIO.replace("[cuff]", "[[cuff]]"), "mine.toml:9: cuff = [{...}]: expected a section [cuff]"),
    (SCENARIO + "[cuff.more]\na = 1\n", "mine.toml:27: unknown key 'more' in [cuff]"),
    (SCENARIO.split("[exercise]")[0] + "[calendar]\nweeks = 2", "mine.toml:9: [cuff] needs an [exercise]"),
    (
        SCENARIO.split("[cuff]")[0] + "[calendar]\nweeks = 2\nsessions_per_week = 3",
        "mine.toml:11: calendar.sessions_per_week = 3: sessions need an [exercise]",
    ),
    (
        SCENARIO.replace('mode = "resistance"\n', ""),
        "mine.toml:14: missing 'mode' in [exercise]; write for example: mode",
    ),
    (SCENARIO.replace('sex = "female"\n', ""), "mine.toml:2: missing 'sex' in [person]; write for example: sex = "),
    (SCENARIO + "[model]\nparameter_set = 3", "mine.toml:28: model.parameter_set = 3: expected text in quotes"),
    (
        SCENARIO.replace("weeks = 12", "days = 1093"),
        "mine.toml:23: calendar.days = 1093: expected days, a whole number",
    ),
    (
        SCENARIO.replace("weeks = 12", "weeks = 2\ndays = 14"),
        "mine.toml:24: calendar.days = 14: weeks and days tell the",
    ),
    ("", "mine.toml: an empty scenario"),
    ("# nothing but a comment\n", "mine.toml: an empty scenario"),
    ("title = 'a'\nhello world", "mine.toml:2: not TOML: Expected '=' after a key"),
    ("title = 'a'\n[person]\nwidth = 13 cm\n", "mine.toml:3: not TOML: Expected newline or end of document after"),
    ("title = '''a\n\n", "mine.toml:1: not TOML: "),
    (SCENARIO + "[cuff]\n", "mine.toml:27: not TOML: the section [cuff] stands twice"),
    (SCENARIO + "times = []\n", "mine.toml:27: not TOML: this key is given twice"),
    ("a = " + "[" * 5000, "mine.toml: not TOML: brackets nested too deep"),
    ("a = " + "1" * 5000, "mine.toml: not TOML: a number with thousands of digits"),
    (b"title = 'a'\nb = '\xff'", "mine.toml:2: not UTF-8 text"),
    (b"#" * 1_000_001, "mine.toml: larger than 1 MB"),
]


@pytest.mark.parametrize(("text", "expected"), SHAPES, ids=[expected[10:60] for _, expected in SHAPES])
def test_a_wrong_shape_is_told_with_its_line(text, expected, folder):
    said = complaint(text)
    assert said.startswith(expected)
    assert "\n" not in said


def test_a_quantity_without_quotes_is_shown_with_them(folder):
    assert complaint(with_value("width", "13 cm")).endswith('a value with a unit stands in quotes: width = "13 cm"')


def test_all_mistakes_of_a_file_are_told_at_once_in_its_order(folder):
    text = with_value("age", "68").replace('"13 cm"', '"2 m"').replace("weeks", "weekz")
    places = [line.split(": ")[:2] for line in complaint(text).splitlines()]
    assert places == [
        ["mine.toml:4", "person.age = 68"],
        ["mine.toml:11", 'cuff.width = "2 m"'],
        ["mine.toml:23", "unknown key 'weekz' in [calendar]; did you mean 'weeks'?"],
    ]


def test_control_characters_in_a_value_do_not_reach_the_terminal(folder):
    assert complaint(with_value("mode", '"a\\u001b[2J\\nb"')).isprintable()


def test_lines_inside_a_long_text_are_not_taken_for_keys(folder):
    title = 'title = """\n[cuff]\npressure = 3\n"""'
    said = complaint(with_value("pressure", '"50 flurb"').replace(SCENARIO.splitlines()[0], title))
    assert said.startswith("mine.toml:15: cuff.pressure")


def test_a_key_in_an_inline_table_is_found_on_its_line(folder):
    meals = 'meals = { protein = "9 g/kg/d" }\n'
    assert complaint(meals + SCENARIO.split("[meals]")[0]).startswith('mine.toml:1: meals.protein = "9 g/kg/d": ')


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("bfr_knee_extention", "did you mean 'bfr_knee_extension'?"),
        ("nowhere/mine.toml", "no such file"),
        (".", "this is a folder; a scenario is a .toml file"),
        ("a\0b", "no such file"),
    ],
)
def test_a_source_that_is_no_scenario_is_told(source, expected, folder):
    with pytest.raises(ScenarioError, match=re.escape(expected)):
        read_scenario(source)


def test_overrides_are_toml_values_or_else_text(folder):
    (folder / "mine.toml").write_text(SCENARIO)
    changes = ["cuff.pressure=80 %AOP", 'exercise.load="40 %1RM"', "calendar.weeks=4", "exercise.sets=[20, 20]"]
    scenario = read_scenario("mine.toml", [*changes, "calendar.time_of_day=15:30"])
    assert scenario.cuff is not None and scenario.cuff.pressure == (80, "%AOP")
    assert scenario.exercise is not None and scenario.exercise.load == (40, "%1RM")
    assert scenario.exercise.sets == (20, 20)
    assert (scenario.calendar.weeks, scenario.calendar.time_of_day) == (4, 15.5 * 3600)
    same = dict(text.replace('"', "").split("=") for text in changes) | {"calendar.weeks": 4, "exercise.sets": [20, 20]}
    assert read_scenario("mine.toml", {**same, "calendar.time_of_day": "15:30"}) == scenario
    assert read_scenario("mine.toml", "calendar.weeks=3").calendar.weeks == 3


def test_none_takes_a_section_away(folder):
    (folder / "mine.toml").write_text(SCENARIO)
    assert read_scenario("mine.toml", {"cuff": None}).cuff is None


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("cuff.pressure=50 flurb", "--set cuff.pressure: cuff.pressure = \"50 flurb\": unknown unit 'flurb'"),
        ("cuff.presure=5", "--set cuff.presure: unknown key 'presure' in [cuff]; did you mean 'pressure'?"),
        ("cuf.pressure=5", "--set cuf.pressure: unknown section [cuf]; did you mean 'cuff'?"),
        ("pressure=5", "--set pressure: 'pressure' stands outside any section; did you mean 'cuff.pressure'?"),
        ("cuff.pressure", "--set cuff.pressure: write section.key=value, for example --set cuff.pressure="),
        ("=5", "--set =5: write section.key=value"),
        ("cuff..pressure=5", "--set cuff..pressure: write section.key=value"),
        ("title.x=3", "--set title.x: 'title' is no section, so it has no key 'x'"),
        ("cuff=3", "--set cuff: cuff = 3: expected a section [cuff]"),
        ("person.age=400 year", '--set person.age: person.age = "400 year": expected 18 to 95 yr, found 400 yr'),
        ("calendar.weeks=4\nx=2", "--set calendar.weeks: calendar.weeks = "),
        ("exercise.sets=[[[[", "--set exercise.sets: exercise.sets = "),
    ],
)
def test_a_mistake_in_an_override_is_laid_to_the_override(override, expected, folder):
    said = complaint(SCENARIO, [override])
    assert said.startswith(expected)
    assert "\n" not in said


def test_a_section_begun_by_an_override_is_laid_to_it_when_incomplete(folder):
    without_cuff = SCENARIO.split("[cuff]")[0] + "[exercise]" + SCENARIO.split("[exercise]")[1]
    said = complaint(without_cuff, ["cuff.pressure=50 %AOP"]).splitlines()
    assert said == [
        "--set cuff.pressure: missing 'limb' in [cuff]; write for example: limb = \"leg\"",
        "--set cuff.pressure: missing 'width' in [cuff]; write for example: width = \"13 cm\"",
    ]


def test_a_load_in_kg_is_held_against_the_maximum(folder):
    said = complaint(SCENARIO, ["exercise.load=20 kg", "person.one_rm=10 kg"])
    assert said == '--set exercise.load: exercise.load = "20 kg": expected at most 150 %1RM, found 200 %1RM'


AWKWARD = [
    (["calendar.time_of_day=12:20"], "calendar.time_of_day", "day 1 12:20 to 12:37 meets the meal from 12:30 to 12:45"),
    (["calendar.time_of_day=12:40"], "calendar.time_of_day", "meets the meal from 12:30 to 12:45"),
    (["calendar.time_of_day=23:50", "calendar.sessions_per_week=7"], "calendar.time_of_day", "after the programme"),
    (
        [
            "exercise.sets=[200,200,200,200,200,200,200,200,200,200]",
            "exercise.repetition=15 s",
            "calendar.sessions_per_week=8",
        ],
        "calendar.sessions_per_week",
        "runs into the next one at day 1 18:00",
    ),
    (
        ["exercise.sets=[" + "200," * 20 + "]", "exercise.repetition=20 s", "exercise.rest=30 min"],
        "exercise.sets",
        "longer than a day",
    ),
    (
        ["exercise.to_failure=true", "calendar.time_of_day=11:40"],
        "calendar.time_of_day",
        "11:40 to 12:33 meets the meal",
    ),
]


@pytest.mark.parametrize(("overrides", "field", "expected"), AWKWARD, ids=[expected for *_, expected in AWKWARD])
def test_a_session_meets_no_meal_no_session_and_no_end(overrides, field, expected, folder):
    said = complaint(SCENARIO, overrides)
    assert f"{field} = " in said and expected in said
    assert "\n" not in said


def test_records_cannot_change(folder):
    with pytest.raises(ValueError, match="frozen"):
        read_scenario("high_load").calendar.weeks = 3  # type: ignore[misc]


@settings(max_examples=40, deadline=None)
@given(
    pressure=st.floats(0, 300),
    age=st.floats(18, 95),
    width=st.floats(2, 40),
    minute=st.integers(0, 1439),
    count=st.integers(1, 20),
)
def test_a_written_scenario_reads_back_the_same(pressure, age, width, minute, count):
    changes = {
        "cuff.pressure": f"{pressure!r} %AOP",
        "cuff.width": f"{width!r} cm",
        "person.age": f"{age!r} yr",
        "calendar.time_of_day": f"{minute // 60:02d}:{minute % 60:02d}",
        "calendar.sessions_per_week": 3,
        "meals.protein": "0 g/kg/d",
        "exercise.sets": [5] * count,
        "exercise.rest": "0 s",
    }
    scenario = read_scenario("bfr_knee_extension", changes)
    assert Scenario.model_validate(scenario.model_dump(mode="json")) == scenario


AWKWARD_LETTERS = "0123456789.+-eE %/*()[]{}\"'\\\n\t\x1b\u202e=#:AOPRMmHgckyd"
FIELDS = [
    f"{section}.{name}" for section, records in SECTIONS.items() for record in records for name in record.model_fields
]


@settings(max_examples=60, deadline=None)
@given(field=st.sampled_from(["title", *FIELDS]), raw=st.text(AWKWARD_LETTERS, max_size=90))
def test_any_text_as_a_value_is_read_or_refused_in_one_printable_line(field, raw):
    try:
        read_scenario("bfr_knee_extension", {field: raw})
    except ScenarioError as error:
        assert str(error).isprintable()


def test_the_schema_describes_each_field_for_an_editor():
    pressure = Scenario.model_json_schema()["$defs"]["Cuff"]["properties"]["pressure"]
    assert pressure["type"] == "string"
    assert pressure["examples"] == ["50 %AOP", "110 mmHg"]
