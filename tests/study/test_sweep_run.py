"""A sweep on disk: what `simulate` says, the same bytes however it was run, nothing half made that looks whole."""

from __future__ import annotations

import filecmp
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray
from typer.testing import CliRunner

import bfrsim
from bfrsim.cli import app
from bfrsim.errors import BfrsimError
from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.people import default_value
from bfrsim.report.sweep.figure import layout, write_figures
from bfrsim.report.sweep.values import statistics, tally
from bfrsim.study.sweep import plan_sweep, run_sweep
from bfrsim.study.sweep.store import FINISHED, NO_MEANING

ONE_DAY = 'calendar={sessions_per_week=1,days=1,time_of_day="10:00"}'
OVER = ["cuff.pressure=0:100:50 %AOP", "exercise.load=20:80:30 %1RM", "scenario=bfr_knee_extension,bfr_walking"]


@pytest.fixture(scope="module")
def grid():
    return plan_sweep("bfr_knee_extension", OVER, changes=[ONE_DAY])


@pytest.fixture(scope="module")
def stored(grid, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep") / "whole"
    run_sweep(grid, folder)
    return folder


@pytest.fixture(scope="module")
def result(stored):
    with xarray.open_zarr(stored / "result.zarr") as dataset:
        return dataset.load()


def same_files(one: Path, other: Path) -> bool:
    names = [sorted(path.relative_to(each) for path in each.rglob("*") if path.is_file()) for each in (one, other)]
    return names[0] == names[1] and not filecmp.cmpfiles(one, other, names[0], shallow=False)[1]


def test_a_cell_is_what_simulate_says(result):
    cell = result.isel(person=0).sel({"cuff.pressure": 50, "exercise.load": 50, "scenario": "bfr_knee_extension"})
    changes = [ONE_DAY, "cuff.pressure=50 %AOP", "exercise.load=50 %1RM"]
    alone = bfrsim.simulate("bfr_knee_extension", overrides=changes, times=[86400.0])
    assert float(cell["csa_change"]) == float(alone["csa_change"][0, -1])
    assert float(cell["one_rm_change"]) == float(alone["one_rm_change"][0, -1])
    assert float(cell["systolic_pressure"]) == float(alone["SBP_max"].max())
    assert float(cell["mean_pressure"]) == float(alone["MAP_max"].max())
    assert float(cell["discomfort"]) == float(alone["discomfort_max"].max())
    assert float(cell["reperfusion"]) == float(alone["dose_reperfusion_max"].max())
    assert float(cell["repetitions"]) == float(alone["repetitions"].sum())
    planned = np.array([30, 15, 15, 15])
    assert float(cell["failed_sets"]) == 100.0 * np.mean(alone["repetitions"].values[0, 0] < planned)


def test_more_pressure_is_more_discomfort_and_fewer_repetitions(result):
    knee = result.isel(person=0, scenario=0)
    assert np.all(np.diff(knee["discomfort"].values, axis=0) > 0.0)
    assert np.all(np.diff(knee["repetitions"].values, axis=0) <= 0.0)


def test_a_load_for_walking_has_no_meaning_and_says_so(result):
    walking = result.sel(scenario="bfr_walking")
    assert np.all(walking["status"] == NO_MEANING) and np.all(np.isnan(walking["csa_change"]))
    assert np.all([("belongs to resistance" in reason) for reason in walking["reason"].values.ravel()])
    knee = result.sel(scenario="bfr_knee_extension")
    assert np.all(knee["status"] == FINISHED) and set(knee["reason"].values.ravel()) == {""}


def test_the_store_explains_itself(stored, result):
    assert result["cuff.pressure"].attrs["units"] == "%AOP" and result["csa_change"].attrs["long_name"]
    assert result["systolic_pressure"].attrs["units"] == "mmHg"
    plan = json.loads((stored / "sweep.json").read_text())
    assert json.loads(result.attrs["sweep"]) == plan and plan["over"]["exercise.load"] == [
        "20 %1RM",
        "50 %1RM",
        "80 %1RM",
    ]


def test_people_are_the_same_in_every_cell_and_however_many_there_are(tmp_path):
    few = plan_sweep("bfr_knee_extension", ["cuff.pressure=0,100 %AOP"], changes=[ONE_DAY], people=3)
    many = plan_sweep("bfr_knee_extension", ["cuff.pressure=100,0 %AOP"], changes=[ONE_DAY], people=5)
    found = []
    for plan, name in ((few, "few"), (many, "many")):
        with xarray.open_zarr(run_sweep(plan, tmp_path / name)) as dataset:
            found.append(dataset.load())
    one, other = (each["discomfort"].sel({"cuff.pressure": 100.0}).values[:3] for each in found)
    assert np.array_equal(one, other) and np.ptp(one) > 0.0


def test_a_damaged_block_is_made_again(tmp_path, grid, stored):
    run_sweep(grid, tmp_path / "torn")
    chunk = next((tmp_path / "torn/result.zarr/csa_change/c").rglob("0"))
    while chunk.is_dir():
        chunk = chunk / "0"
    chunk.write_bytes(chunk.read_bytes()[:-7])
    (tmp_path / "torn/result.zarr/status/x.partial").write_bytes(b"half")
    run_sweep(grid, tmp_path / "torn")
    assert same_files(tmp_path / "torn", stored)


def test_another_sweep_is_refused_and_the_difference_told(grid, stored):
    other = plan_sweep("bfr_knee_extension", ["cuff.pressure=0:100:25 %AOP", *OVER[1:]], changes=[ONE_DAY])
    with pytest.raises(BfrsimError, match=r"over cuff.pressure: 0 %AOP ... 100 %AOP \(3\) there, .*\(5\) now"):
        run_sweep(other, stored)
    plan = json.loads((stored / "sweep.json").read_text())
    text = (stored / "sweep.json").read_text()
    try:
        for key, said in (("model_hash", "the model and its method: old there"), ("versions", "versions bfrsim: old")):
            older = "old" if key == "model_hash" else plan["versions"] | {"bfrsim": "old"}
            (stored / "sweep.json").write_text(json.dumps(plan | {key: older}))
            with pytest.raises(BfrsimError, match=said):
                run_sweep(grid, stored)
    finally:
        (stored / "sweep.json").write_text(text)


def test_a_folder_with_other_files_is_left_alone(tmp_path, grid):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(BfrsimError, match="holds other files"):
        run_sweep(grid, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_parameter_that_cannot_be_is_a_cell_without_meaning(tmp_path):
    declared = {item.name: item for item in read_system(models_folder() / "bfr.bfr").parameters}
    own = default_value(declared["tau_D"])
    axis = f"parameter.tau_D=0:{2 * own:g}:{own:g} s"
    plan = plan_sweep("bfr_knee_extension", [axis], changes=[ONE_DAY], of=["discomfort"])
    with xarray.open_zarr(run_sweep(plan, tmp_path / "out")) as dataset:
        found = dataset.load().isel(person=0)
    assert list(found["status"].values) == [NO_MEANING, FINISHED, FINISHED]
    assert "'tau_D' [s] must be more than zero" in str(found["reason"].values[0])
    default = bfrsim.simulate("bfr_knee_extension", overrides=[ONE_DAY], times=[86400.0])
    assert float(found["discomfort"].values[1]) == float(default["discomfort_max"].max())


@pytest.mark.slow
def test_killed_and_begun_again_on_two_processes_it_equals_the_whole_of_one(tmp_path):
    plan = ["sweep", "bfr_knee_extension", "--over", "exercise.load=20,50,80 %1RM", "--people", "130", "--quiet"]
    plan += ["--over", "scenario=bfr_knee_extension,bfr_walking"]  # of which a load means nothing to one
    plan += ["--set", ONE_DAY, "--set", "exercise.sets=[3]", "--no-figure"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", "from bfrsim.cli import main\nif __name__ == '__main__':\n    main()", *plan]
    killed = subprocess.Popen([*command, "--jobs", "2", "-o", tmp_path / "killed"], env=environment)
    begun = tmp_path / "killed/result.zarr/status/c"
    deadline = time.monotonic() + 120.0
    while not any(path.is_file() for path in begun.rglob("*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    there = sum(path.is_file() for path in begun.rglob("*"))
    for name, jobs in (("killed", "2"), ("whole", "1")):
        subprocess.run([*command, "--jobs", jobs, "-o", tmp_path / name], env=environment, check=True, timeout=300)
    blocks = sum(path.is_file() for path in begun.rglob("*"))
    assert 0 < there < blocks, "the run was over before it was killed"
    assert same_files(tmp_path / "killed", tmp_path / "whole")


# --- what is told and drawn --------------------------------------------------------------------------------------


def test_statistics_leave_out_who_failed():
    values = np.array([[1.0, np.nan, 3.0, 2.0], [np.nan] * 4])
    found = statistics(values)
    assert found.mean[0] == 2.0 and found.sd[0] == 1.0 and np.isnan(found.mean[1]) and np.isnan(found.low[1])
    assert found.low[0] == pytest.approx(np.quantile([1.0, 2.0, 3.0], 0.1))
    assert found.high[0] == pytest.approx(np.quantile([1.0, 2.0, 3.0], 0.9))


def test_counts_and_the_best_cell(grid, stored, result):
    told = tally(stored / "result.zarr", grid)
    assert (told.finished, told.failed, told.no_meaning) == (9, 0, 9)
    assert told.reasons[0][1] == 9 and "belongs to resistance" in told.reasons[0][0]
    values = result["csa_change"].values[..., 0]
    assert told.best[0] == np.unravel_index(np.nanargmax(values), values.shape)


def test_modes_stand_side_by_side_and_each_output_has_a_page(grid, stored, tmp_path):
    grid = replace(grid, outputs=grid.outputs[:2])
    chosen = layout(grid.axes)
    assert (chosen.x, chosen.y, chosen.side) == (0, 1, 2)
    files = write_figures(stored / "result.zarr", grid, tmp_path)
    assert set(files) == {f"sweep_{output.name}" for output in grid.outputs}
    assert all(path.stat().st_size > 10_000 for path in files.values())


def test_the_verb_prints_json_and_ends_with_2_on_a_mistake(tmp_path):
    arguments = ["sweep", "bfr_walking", "--over", "cuff.pressure=0,80 %AOP", "--set", ONE_DAY, "--of", "csa_change"]
    done = CliRunner().invoke(app, [*arguments, "-o", str(tmp_path / "walks"), "--json", "--quiet"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["cells"] == 2 and told["finished"] == 2 and Path(told["files"]["sweep"]).is_file()
    wrong = CliRunner().invoke(app, ["sweep", "bfr_walking", "--over", "cuff.width=1:2 cm"])
    assert wrong.exit_code == 2 and "step is missing" in wrong.output and "Traceback" not in wrong.output
