"""Safety values are zero at rest, rise with pressure, are held against limits, and claim no more than the evidence."""

from __future__ import annotations

import csv
import io
import json
from functools import cache

import numpy as np
import pytest

import bfrsim
from bfrsim.errors import BfrsimError, ScenarioError
from bfrsim.library import scenarios_folder
from bfrsim.replay import replay
from bfrsim.report.safety import LETTERS, safety_strip, safety_summary
from bfrsim.safety import MEASURES, STATEMENT, limits_of, safety_by_session, safety_notes, safety_values, shipped_limits
from bfrsim.scenario.limits import Limits
from bfrsim.scenario.read import read_scenario

TRAINING, PASSIVE = "bfr_knee_extension", "passive_bfr_bed_rest"
ONE_SESSION = {"calendar.weeks": 1, "calendar.sessions_per_week": 1}
ONE_PASSIVE = {**ONE_SESSION, "calendar.phases": None, "calendar.times_of_day": None}
PRESSURES = (0, 40, 60, 80, 100, 130)
# Jenkins 2013: a forearm of young men at rest. Cuff width and blood pressure are assumed.
FOREARM = {
    **ONE_PASSIVE,
    "person.sex": "male",
    "person.age": "23 year",
    "person.mass": "78 kg",
    "person.height": "180 cm",
    "person.blood_pressure": "118/70 mmHg",
    "cuff.limb": "arm",
    "cuff.width": "8 cm",
    "cuff.pressure": "220 mmHg",
    "exercise.cycles": 1,
    "exercise.inflated": "20 min",
}


def values(scenario, overrides):
    return safety_values(bfrsim.simulate(scenario, overrides=overrides))


@cache
def at_rest_under(percent):
    return values(PASSIVE, {**ONE_PASSIVE, "cuff.pressure": f"{percent} %AOP"})


@cache
def working_under(percent):
    return values(TRAINING, {**ONE_SESSION, "cuff.pressure": f"{percent} %AOP"})


@pytest.fixture(scope="module")
def trained():
    return bfrsim.simulate(TRAINING, overrides={"calendar.weeks": 1, "cuff.pressure": "80 %AOP"})


# --- what the values say ---------------------------------------------------------------------------------------------


def test_the_integrals_stand_still_at_habitual_rest(bfr_compiled):
    rest = bfrsim.simulate(TRAINING, overrides={"exercise": None, "cuff": None, "calendar.sessions_per_week": None})
    layout, functions = bfr_compiled.layout, bfr_compiled.functions
    constants, rates = np.empty(len(layout.constants)), np.empty(len(layout.states))
    functions.hoist(rest.parameters.values[0].copy(), np.zeros(len(layout.inputs)), constants)
    functions.rates(rest.initial_state.values[0].copy(), constants, rates)
    for name in ("venous_stasis", "ischaemia", "low_shear"):
        assert abs(rates[layout.states.index(name)]) < 1e-40, name  # zero, but for rounding at the foot of a ramp


def test_a_session_of_rest_without_pressure_has_nothing_to_tell():
    rest = at_rest_under(0)
    for name in ("venous_stasis", "ischaemia", "low_shear", "cuff", "high_pressure", "inflation"):
        assert abs(rest[name]) < 1e-9, name
    for name in ("systolic_rise", "systolic_fall", "stroke_volume_fall", "reperfusion"):
        assert abs(rest[name]) < 0.01, name


@pytest.mark.parametrize("name", ["venous_stasis", "low_shear", "ischaemia", "systolic_fall"])
def test_a_cuff_at_rest_does_more_the_higher_its_pressure(name):
    found = [at_rest_under(percent)[name] for percent in PRESSURES]
    assert np.all(np.diff(found) > -1e-6), found
    assert found[-1] > found[0] + 1.0


def test_dilation_falls_with_the_pressure_at_rest():
    found = [at_rest_under(percent)["flow_mediated_dilation"] for percent in PRESSURES]
    assert np.all(np.diff(found) < 1e-9) and found[-1] < found[0] - 1.0


@pytest.mark.parametrize("name", ["venous_stasis", "low_shear", "mean_pressure", "discomfort"])
def test_a_cuff_in_work_does_more_the_higher_its_pressure(name):
    found = [working_under(percent)[name] for percent in PRESSURES]
    assert np.all(np.diff(found) > -0.01), found  # less than a second, or a hundredth of a unit, is nothing
    assert found[-1] > found[0]


def test_blood_that_stands_still_shuts_for_as_long_as_the_cuff_is_closed():
    assert at_rest_under(130)["venous_stasis"] == pytest.approx(25.0, abs=0.1)  # five inflations of five minutes


def test_the_integrals_grow_in_sessions_only():
    result = bfrsim.simulate(TRAINING, overrides={"calendar.weeks": 1})
    for name, gained in safety_by_session(result).items():
        if MEASURES[name].taken == "gained":
            total = float(result[MEASURES[name].variable][0, -1])
            assert total == pytest.approx(gained.sum(), rel=1e-3), name


def test_the_forearm_that_is_shut_for_twenty_minutes_is_the_ceiling():
    """Endothelial stress is more at 20 min than at 10 min (Jenkins 2013); a session of training stays far below."""
    ceiling = values(PASSIVE, FOREARM)
    assert ceiling["low_shear"] == pytest.approx(shipped_limits()["low_shear"].value, rel=0.02)
    assert values(PASSIVE, {**FOREARM, "exercise.inflated": "10 min"})["low_shear"] < 0.6 * ceiling["low_shear"]
    assert working_under(80)["low_shear"] < 0.5 * ceiling["low_shear"]


# --- the cuff over time ----------------------------------------------------------------------------------------------


def test_inflations_of_five_minutes_are_told_apart():
    found = at_rest_under(100)
    assert found["cuff"] == pytest.approx(100.0)
    assert found["inflation"] == pytest.approx(5.0)
    assert found["high_pressure"] == pytest.approx(25.0)
    assert at_rest_under(80)["high_pressure"] == 0.0, "80 %AOP is not above 80 %AOP"


def test_a_cuff_deflated_in_the_rests_breaks_the_inflation():
    through = values(TRAINING, ONE_SESSION)
    broken = values(TRAINING, {**ONE_SESSION, "cuff.inflation": "intermittent"})
    assert broken["inflation"] < 0.6 * through["inflation"]
    assert values(TRAINING, {**ONE_SESSION, "cuff": None})["inflation"] == 0.0


def test_a_pressure_in_mmhg_counts_as_its_share_of_occlusion():
    share = values(TRAINING, {**ONE_SESSION, "person.aop": "150 mmHg", "cuff.pressure": "90 %AOP"})
    assert share["high_pressure"] > 1.0
    assert values(TRAINING, {**ONE_SESSION, "person.aop": "150 mmHg", "cuff.pressure": "135 mmHg"}) == pytest.approx(
        share, rel=1e-6, abs=1e-9
    )


def test_a_replayed_session_has_the_values_of_the_programme(trained):
    assert safety_values(replay(trained, 1)) == safety_values(trained, 1)


# --- limits ----------------------------------------------------------------------------------------------------------


def test_the_table_of_limits_names_every_limit_with_a_source():
    with (scenarios_folder() / "evidence" / "safety_limits.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == list(Limits.model_fields)
    assert set(Limits.model_fields) <= set(MEASURES)
    for row in rows:
        assert row["source"]
        assert (row["confidence"] == "none") == (not row["limit"])
        assert row["confidence"] in {"none", *LETTERS} - {"scenario"}


def test_a_scenario_replaces_shipped_limits_and_adds_its_own():
    own = limits_of(read_scenario(TRAINING, {"limits.systolic_pressure": "24 kPa", "limits.discomfort": 5}))
    assert own["systolic_pressure"].value == pytest.approx(180.0, abs=0.1)
    assert (own["discomfort"].value, own["discomfort"].confidence) == (5.0, "scenario")
    assert own["mean_pressure"] == shipped_limits()["mean_pressure"]
    assert "discomfort" not in limits_of(read_scenario(TRAINING))


def test_the_model_runs_the_same_whatever_the_limits(trained):
    limited = {"calendar.weeks": 1, "cuff.pressure": "80 %AOP", "limits.mean_pressure": "100 mmHg"}
    again = bfrsim.simulate(TRAINING, overrides=limited)
    assert again.MAP.values.tobytes() == trained.MAP.values.tobytes()
    assert safety_summary(again)["values"]["mean_pressure"]["over"] is True


MISTAKES = [
    ("limits.systolic_pressure", "180", "'180' has no unit; a systolic pressure is written \"180 mmHg\""),
    ("limits.systolic_pressure", 180, 'a bare number has no unit; a systolic pressure is written "180 mmHg"'),
    ("limits.venous_stasis", "5 mmHg", '[mmHg] is no unit of time; a time is written "20 min"'),
    ("limits.stroke_volume_fall", "120 %", "expected 0 to 100 %, found 120 %"),
    ("limits.cuff", "150 mmHg", '[mmHg] is no unit of cuff pressure; a cuff pressure is written "80 %AOP"'),
    ("limits.discomfort", 11, "expected a discomfort, CR-10, a number from 0 to 10, for example 7"),
    ("limits.sistolic_rise", "60 mmHg", "unknown key 'sistolic_rise' in [limits]; did you mean 'systolic_rise'?"),
    ("limit.cuff", "80 %AOP", "unknown section [limit]; did you mean 'limits'?"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "words"), MISTAKES)
def test_a_mistake_in_a_limit_is_told(field, value, words):
    with pytest.raises(ScenarioError) as told:
        read_scenario(TRAINING, {field: value})
    assert words in str(told.value)


def test_a_mistake_in_the_file_is_told_with_its_line(tmp_path):
    text = (scenarios_folder() / f"{TRAINING}.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(f'{text}\n[limits]\nischaemia = "5 kg"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match=rf"mine.toml:{len(text.splitlines()) + 3}: limits.ischaemia = "):
        read_scenario(tmp_path / "mine.toml")


# --- how it is told --------------------------------------------------------------------------------------------------


def printed(dataset, width=80):
    from rich.console import Console, Group

    text = io.StringIO()
    Console(file=text, width=width).print(Group(*safety_strip(dataset)))
    return text.getvalue()


def line_of(text, label):
    return next(line for line in text.splitlines() if line.strip().startswith(label))


def limited(dataset, **limits):
    scenario = json.loads(dataset.attrs["scenario"])
    return dataset.assign_attrs(scenario=json.dumps(scenario | {"limits": limits}))


def test_marks_are_words(trained):
    text = printed(limited(trained, discomfort=1, ischaemia="60 min"))
    assert "1 s   OVER" in line_of(text, "Discomfort")
    assert "within" in line_of(text, "Ischaemia")
    assert "OVER" not in line_of(text, "Cuff, highest"), "what meets its limit is within"
    assert "OVER" not in line_of(text, "Venous stasis") and "within" not in line_of(text, "Venous stasis")
    assert "s set by the scenario" in text and "a assumed" in text


def test_a_session_in_the_middle_is_not_overlooked(trained):
    worse = trained.copy(deep=True)
    worse["SBP_max"].values[0, 1] = 300.0
    assert "OVER in session 2" in " ".join(printed(worse).split())
    told = safety_summary(worse)["values"]["systolic_pressure"]
    assert told["over"] is True and told["worst"] == 300.0 and told["first"] < 250.0


def test_json_says_value_unit_limit_and_where_it_is_from(trained):
    told = safety_summary(trained)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert set(told["values"]) == set(MEASURES)
    for name, each in told["values"].items():
        assert set(each) == {"first", "last", "worst", "unit", "limit", "limit_confidence", "limit_source", "over"}
        assert (each["over"] is None) == (each["limit"] is None), name
        variable = f"{MEASURES[name].variable}_max"
        if MEASURES[name].taken != "cuff":
            assert each["unit"] == trained[variable].attrs["units"] or each["unit"] == "CR-10", name
    assert told["values"]["venous_stasis"]["worst"] >= told["values"]["venous_stasis"]["first"] > 0.0


def test_what_a_failed_person_never_reached_is_neither_within_nor_over(trained):
    failed = trained.copy(deep=True)
    for variable in failed.data_vars.values():
        if "session" in variable.dims:
            variable.values[:] = np.nan
    assert {each["over"] for each in safety_summary(failed)["values"].values()} == {None}
    assert {each["worst"] for each in safety_summary(failed)["values"].values()} == {None}
    table = printed(failed).split("Limits:")[0]
    assert "within" not in table and "OVER" not in table and "nan" not in table


def test_a_missing_output_is_named(trained):
    with pytest.raises(BfrsimError, match="no 'FMD_min'"):
        safety_values(trained.drop_vars(["FMD", "FMD_min", "FMD_max"]))


def test_notes_say_no_more_than_their_rows():
    with (scenarios_folder() / "evidence" / "acute.csv").open(encoding="utf-8") as file:
        evidence = {row["id"]: row for row in csv.DictReader(file)}
    assert len(safety_notes()) == 5
    for note in safety_notes():
        assert note["grade"] in ("very low", "low")
        rows = [evidence[name] for name in note["rows"].split()]
        assert all(row["topic"] == "cardio_safety" for row in rows)
        for row in rows:
            if row["value"] not in ("", "0") and row["unit"] != "text":
                spellings = {f"{float(row['value']):.{digits}g} %" for digits in (2, 3)}
                assert any(each in note["statement"] for each in spellings), row["id"]
        assert ("recalled" in note["statement"]) == any(row["confidence"] == "recalled" for row in rows)
        assert len(note["line"]) <= 52, "one line of a terminal"


def test_it_is_never_the_risk_of_a_person(trained):
    text = " ".join(printed(trained).split())
    assert STATEMENT in text
    assert "research tool" in STATEMENT and "never the risk of one person" in STATEMENT
    assert "risk" not in text.replace("never the risk of one person", "")
