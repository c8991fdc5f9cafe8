"""Studies of sensitivity: what varies and between which values, failed runs, what the file may say."""

from __future__ import annotations

import json
import runpy

import numpy as np
import pytest
from typer.testing import CliRunner

from bfrsim.cli import app
from bfrsim.errors import BfrsimError, SimulationError
from bfrsim.library import scenarios_folder
from bfrsim.scenario.read import read_scenario
from bfrsim.study.sensitivity import read_study, run_study
from bfrsim.study.sensitivity.inputs import inputs_of

DAY = '["calendar={sessions_per_week=1,days=1,time_of_day=\\"10:00\\"}", "exercise.sets=[10]"]'
HEAD = f"""title = "Small"
scenario = "bfr_knee_extension"
set = {DAY}
method = "sobol"
samples = 16
outputs = ["discomfort", "csa_change"]
"""
PRESSURE = '[[input]]\nvary = "cuff.pressure"\nlow = "0 %AOP"\nhigh = "100 %AOP"\n'
GROWTH = '[[input]]\nvary = "parameter.z_s"\n'


def test_discomfort_hangs_on_the_cuff_and_growth_on_its_sensitivity(study):
    result = run_study(read_study(study(HEAD, 'times = ["18 h", "24 h"]\n', PRESSURE, GROWTH)))
    found = result.indices
    assert [(column.output.name, column.time) for column in result.columns] == [
        ("discomfort", 86400.0), ("csa_change", 64800.0), ("csa_change", 86400.0)
    ]  # fmt: skip
    assert found.groups == ("cuff.pressure", "z_s") and found.runs == 16 * 4 and found.failed == 0
    assert found.total[0, 0] > 0.5 and abs(found.total[1, 0]) < 1e-6, "what grows later hurts nobody now"
    assert found.total[1, 2] > 0.01
    again = run_study(read_study(study(HEAD, 'times = ["18 h", "24 h"]\n', PRESSURE, GROWTH)))
    assert np.array_equal(found.total, again.indices.total) and np.array_equal(found.low, again.indices.low)


def test_the_middle_of_a_prior_is_the_value_in_use(bfr_system):
    spec = read_study("muscle_size")
    scenario = read_scenario(spec.scenario)
    inputs = {each.name: each for each in inputs_of(spec, bfr_system, scenario)}
    growth = inputs["z_s"]
    assert growth.numbers(np.array([0.5]))[0] == pytest.approx(growth.in_use) and growth.group == "stimulus"
    assert np.all(np.diff(growth.numbers(np.linspace(0.0, 1.0, 9))) > 0.0)
    assert inputs["cuff.pressure"].numbers(np.array([0.0, 1.0])).tolist() == [30.0, 80.0]
    assert inputs["cuff.pressure"].written(55.5) == "55.5 %AOP" and inputs["cuff.pressure"].group == "cuff"
    assert not {"age", "mass", "one_rm"} & set(inputs), "what the scenario tells of the person is no parameter"
    assert len({each.group for each in inputs.values()}) < 20 < len(inputs)


def test_whole_numbers_stay_whole(study, bfr_system):
    weeks = '[[input]]\nvary = "calendar.sessions_per_week"\nlow = 1\nhigh = 3\n'
    spec = read_study(study(HEAD, PRESSURE, weeks))
    times = inputs_of(spec, bfr_system, read_scenario(spec.scenario))[1]
    assert times.numbers(np.array([0.0, 0.34, 0.99, 1.0])).tolist() == [1.0, 2.0, 3.0, 3.0]
    assert isinstance(times.written(2.0), int)


def test_runs_that_cannot_be_are_reported_with_their_reason(study):
    impossible = '[[input]]\nvary = "parameter.tau_D"\nlow = -20\nhigh = 30\n'
    with pytest.raises(SimulationError, match=r"runs failed in \d+ of 16 base points"):
        run_study(read_study(study(HEAD, PRESSURE, impossible)))
    seldom = impossible.replace("-20", "-1")
    result = run_study(read_study(study(HEAD, PRESSURE, seldom)))
    assert result.indices.used == 16 and np.all(np.isfinite(result.indices.total[:, 0]))
    assert result.indices.failed == sum(result.reasons.values())
    if result.indices.failed:
        assert any("must be more than zero" in reason for reason in result.reasons)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((HEAD,), "missing 'input'"),
        ((HEAD, PRESSURE), "at least two inputs"),
        ((HEAD.replace("16", "12"), PRESSURE, GROWTH), "power of two, such as 16"),
        ((HEAD.replace("sobol", "sobl"), PRESSURE, GROWTH), "did you mean 'sobol'"),
        ((HEAD.replace("discomfort", "discomfrt"), PRESSURE, GROWTH), "did you mean 'discomfort'"),
        ((HEAD, PRESSURE, '[[input]]\nvary = "parameter.z_ss"\n'), "did you mean 'z_s'"),
        ((HEAD, PRESSURE, '[[input]]\nvary = "exercise.load"\n'), "needs low and high"),
        (
            (HEAD, PRESSURE, '[[input]]\nvary = "exercise.lod"\nlow = "1 %1RM"\nhigh = "2 %1RM"\n'),
            "did you mean 'load'",
        ),
        ((HEAD, PRESSURE, PRESSURE), "varies twice"),
        ((HEAD, 'times = ["3 d"]\n', PRESSURE, GROWTH), "after the programme's end"),
        ((HEAD, PRESSURE, '[[input]]\nvary = "parameters"\nsubsystems = ["muscel"]\n'), "did you mean 'muscle'"),
    ],
)
def test_mistakes_of_the_file_are_told_before_anything_runs(study, parts, said):
    with pytest.raises(BfrsimError, match=said):
        run_study(read_study(study(*parts)))


def test_the_verb_writes_figure_table_and_numbers(study, tmp_path):
    folder = tmp_path / "out"
    path = study(HEAD.replace("sobol", "morris"), PRESSURE, GROWTH)
    done = CliRunner().invoke(app, ["sensitivity", str(path), "--samples", "3", "-o", str(folder), "--json", "--quiet"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["runs"] == 9 and told["failed"] == 0 and told["rule"]
    assert {row["group"] for row in told["indices"]} == {"cuff.pressure", "z_s"}
    assert (folder / "sensitivity.png").stat().st_size > 10_000
    assert len((folder / "sensitivity.csv").read_text().splitlines()) == 1 + len(told["indices"])
    wrong = CliRunner().invoke(app, ["sensitivity", "muscle_siz"])
    assert wrong.exit_code == 2 and "did you mean 'muscle_size'" in wrong.output


@pytest.mark.slow
def test_the_script_from_the_library_runs(capsys):
    runpy.run_path(str(scenarios_folder() / "sensitivity/muscle_size.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert {"protein", "cuff", "exercise"} <= {line.split()[0] for line in lines}
