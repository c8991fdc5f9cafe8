"""People in trials: the same in every arm, coming and going as rates and discomfort say, set and tested with error."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from bfrsim.cli import app
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schedule import session_starts
from bfrsim.study.trial.adherence import conduct, own_calendar
from bfrsim.study.trial.allocate import arm_counts
from bfrsim.study.trial.pool import simulate_pool
from bfrsim.study.trial.prepare import prepare
from bfrsim.study.trial.read import read_design
from bfrsim.study.trial.recruit import population_of
from bfrsim.study.trial.replicate import run_replicates
from bfrsim.study.trial.schema import Adherence, Measurement
from bfrsim.study.trial.setting import as_set, cuff_errors, learned, load_errors

WHO = np.arange(4000)
SHORT = """
title = "Two weeks"
cohort = "young_adults"
pool = 8
sizes = [6, 12]
{allocation}
[[arm]]
name = "cuff"
base = "bfr_knee_extension"
set.calendar.weeks = 2
{n}
[[arm]]
name = "cuff again"
base = "bfr_knee_extension"
set.calendar.weeks = 2
{n}
[[arm]]
name = "control"
base = "habitual"
set.calendar.weeks = 2
{n}
[adherence]
attendance = 0.7
attendance_sd = 0.2
dropout = 0.3
dropout_over = "2 week"
measured_after_leaving = 0.5
[[outcome]]
name = "strength"
measure = "1RM"
instrument = "1rm"
visits = ["1 week", "2 week"]
[[endpoint]]
name = "gain"
outcome = "strength"
[[comparison]]
endpoint = "gain"
arm = "cuff"
against = "cuff again"
method = "{method}"
[[comparison]]
endpoint = "gain"
arm = "cuff"
against = "control"
method = "mixed model"
role = "secondary"
"""
PARALLEL = {"allocation": "", "n": "n = 10", "method": "ANCOVA"}
WITHIN = {"allocation": '[allocation]\nscheme = "within-person"\npeople = 10', "n": "", "method": "t-test"}


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    def file(told):
        path = tmp_path_factory.mktemp("design") / "short.toml"
        path.write_text(SHORT.format(**told), encoding="utf-8")
        return read_design(path)

    return file


def test_rates_hold_at_the_reference_and_more_discomfort_means_fewer_sessions_and_more_leaving():
    told = Adherence(attendance=0.8, attendance_sd=0.15, dropout=0.2, dropout_over="12 week")
    calm, sore = (conduct(told, 1, WHO, np.full(len(WHO), felt), 4.0, 84.0, True) for felt in (4.0, 7.0))
    assert calm.propensity.mean() == pytest.approx(0.8, abs=0.01)
    assert calm.propensity.std() == pytest.approx(0.15, abs=0.01)
    assert np.isfinite(calm.leaves).mean() == pytest.approx(0.2, abs=0.02)
    assert np.all(sore.propensity < calm.propensity)
    assert np.all(sore.leaves <= calm.leaves), "a person's draws are the same in every arm"
    odds = sore.propensity / (1 - sore.propensity) / (calm.propensity / (1 - calm.propensity))
    assert odds == pytest.approx(np.full(len(WHO), 1.2**-3.0), rel=1e-6)


def test_arms_without_sessions_have_the_drop_out_of_controls():
    told = Adherence(dropout=0.4, dropout_control=0.1)
    none = np.full(len(WHO), np.nan)
    assert np.isfinite(conduct(told, 1, WHO, none, 4.0, 84.0, False).leaves).mean() == pytest.approx(0.1, abs=0.02)


def test_a_calendar_of_ones_own_holds_the_sessions_that_were_attended_and_ends_where_the_other_does():
    scenario = read_scenario("bfr_knee_extension")
    came = np.ones(36, dtype=bool)
    came[[0, 4, 5, 35]] = False
    calendar, done = own_calendar(scenario, came, np.inf)
    assert done == len(session_starts(calendar)) == 32
    assert calendar.total_days == scenario.calendar.total_days
    calendar, done = own_calendar(scenario, np.ones(36, dtype=bool), 30.0)
    assert calendar.total_days == scenario.calendar.total_days
    assert max(session_starts(calendar)) < 30.0 * 86400.0
    assert done == len(session_starts(calendar))
    bed, _ = own_calendar(read_scenario("bed_rest"), np.ones(0, dtype=bool), 5.0)
    assert [(phase.kind, phase.length) for phase in bed.stages] == [("bed rest", 5), ("habitual", 9)]


def test_pressure_and_load_are_set_with_errors_that_repeated_measurement_makes_smaller():
    scenario = read_scenario("bfr_knee_extension")
    once, weekly, exact = (
        cuff_errors(Measurement(aop=how), scenario, 1, WHO, 36) for how in ("once", "weekly", "exact")
    )
    assert once.std() == pytest.approx(12.0, rel=0.05)
    assert weekly.std() == pytest.approx(12.0 / np.sqrt(12.0), rel=0.05)
    assert not exact.any()
    ages = np.where(WHO % 2, 30.0, 70.0)
    load = load_errors(Measurement(), 1, WHO, ages, trained=False)
    assert (load[ages < 60].std(), load[ages > 60].std()) == pytest.approx((0.05, 0.07), rel=0.06)
    own = as_set(scenario, Measurement(), 15.0, 0.1, 150.0, 40.0)
    assert own.cuff.pressure.value == pytest.approx(55.0)
    assert own.exercise.load.value == pytest.approx(33.0)
    fixed = as_set(scenario, Measurement(progression="first maximum"), 0.0, 0.0, 150.0, 40.0)
    assert fixed.exercise.load == (pytest.approx(12.0), "kg")


def test_testing_teaches_up_to_a_plateau_and_practice_before_leaves_less_to_learn():
    ages = np.full(len(WHO), 70.0)
    gain = learned(Measurement(familiarisation=0), 1, WHO, ages, False, False, (0, 30)).mean(axis=0)
    assert gain[0] == 0.0
    assert np.all(np.diff(gain) > 0.0)
    assert gain[-1] == pytest.approx(0.22, rel=0.03)
    practised = learned(Measurement(familiarisation=4), 1, WHO, ages, False, False, (0, 2)).mean(axis=0)
    assert practised[1] < 0.4 * gain[1]
    assert not learned(Measurement(test_learning=False), 1, WHO, ages, False, False, (0, 3)).any()


@pytest.mark.slow
def test_the_same_person_is_in_every_arm_and_in_pools_of_every_size(short):
    file = short(PARALLEL)
    ready = prepare(file)
    pool, larger = simulate_pool(ready), simulate_pool(prepare(file, size=11), threads=2)
    assert not pool.failures
    strength = pool.truth["strength"]
    assert np.array_equal(strength[:, 0], strength[:, 1]), "two equal arms are clones"
    assert np.all(strength[:, 2, 2] > strength[:, 2, 0]), "tests teach those who do not train, too"
    assert strength[:, 0, 2].mean() > strength[:, 2, 2].mean()
    for name in ("attendance", "discomfort", "leaves"):
        assert np.array_equal(getattr(pool, name), getattr(larger, name)[:8], equal_nan=True), name
    assert np.array_equal(strength, larger.truth["strength"][:8])


@pytest.mark.slow
def test_limbs_of_one_person_come_and_leave_together(short):
    file = short(WITHIN)
    pool = simulate_pool(prepare(file))
    assert np.array_equal(pool.leaves[:, 0], pool.leaves[:, 1])
    assert np.array_equal(pool.discomfort[:, 0], pool.discomfort[:, 2])
    design = file.design
    done = run_replicates(population_of(pool, design), design, arm_counts(design), range(6))
    assert np.isfinite(done.effect[:, 1]).all()
    assert done.effect[:, 1].mean() > 0.0, "a mixed model whose rows are limbs finds what trains"


@pytest.mark.slow
def test_the_verb_prints_its_numbers_and_writes_the_same_bytes_on_one_worker_and_two(short, tmp_path):
    path = short(PARALLEL).path
    written = []
    for jobs in ("1", "2"):
        folder = tmp_path / jobs
        call = ["trial", str(path), "--replicates", "26", "-o", str(folder), "--json", "--jobs", jobs]
        done = CliRunner().invoke(app, call)
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        written.append({file.name: file.read_bytes() for file in sorted(folder.iterdir())})
    assert written[0] == written[1]
    assert [arm["name"] for arm in found["arms"]] == ["cuff", "cuff again", "control"]
    assert set(found["dropout"]) == {"cuff", "cuff again", "control"}
    equal, control = found["comparisons"]
    for each in (equal, control):
        assert {"effect", "ci", "power", "mc_error"} <= set(each)
        assert each["ci"][0] <= each["effect"] <= each["ci"][1]
        assert each["failed"] < 10
    assert equal["true_effect"] == 0.0
    assert equal["type1_error"] == pytest.approx(0.05, abs=0.2)
    assert "type1_error" not in control
    assert found["type1_error"] == equal["power"]
    html = written[0]["trial.html"].decode()
    assert "http" not in html.replace("http://www.w3.org", ""), "the page is whole in itself"
    for words in ("not medical advice", "fitted", "assumed", "allocated", "Hedges g"):
        assert words in html


def test_a_mistake_on_the_command_line_ends_with_code_2_and_no_traceback():
    done = CliRunner().invoke(app, ["trial", "three_arm"])
    assert done.exit_code == 2
    assert "did you mean 'three_arms'" in done.output
