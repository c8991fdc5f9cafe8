"""What a user types ends in an answer or in one clear message, exit code 2, nothing written."""

import json
import os

import numpy as np
import pytest
from typer.testing import CliRunner

import bfrsim
from bfrsim.cli import app
from bfrsim.library import models_folder, scenarios_folder

KEYS = {
    "session": {
        "cuff_mmhg",
        "cuff_percent_aop",
        "nadir_sto2_percent",
        "peak_map_mmhg",
        "peak_hr_bpm",
        "repetitions",
    },
    "programme": {"sessions", "csa_change_percent", "one_rm_change_percent"},
    "safety": {"values", "notes", "statement"},
    "files": {"result", "png", "svg"},
}


def bfrsim_command(*arguments, code=0):
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    assert "Traceback" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "run"
    return bfrsim_command("run", "bfr_knee_extension", "--json", "-o", folder), folder


def test_json_is_one_object_with_the_promised_keys_and_nothing_else(finished):
    done, folder = finished
    told = json.loads(done.stdout)
    assert {section: set(values) for section, values in told.items()} == KEYS
    assert told["session"]["cuff_percent_aop"] == pytest.approx(50.0)
    assert sorted(path.name for path in folder.iterdir()) == ["figure.png", "figure.svg", "result.zarr"]
    assert sorted(told["files"].values()) == sorted(str(path) for path in folder.iterdir())


def test_progress_and_nothing_worse_goes_to_standard_error(finished):
    assert "writing result and figure" in finished[0].stderr
    assert "Warning" not in finished[0].stderr


def test_the_stored_result_opens_without_our_help(finished):
    import xarray

    stored = xarray.open_zarr(finished[1] / "result.zarr")
    assert stored.sizes["person"] == 1
    assert stored.MAP.attrs["units"] == "mmHg"


def test_a_second_run_replaces_the_first_and_prints_the_table(finished):
    done = bfrsim_command("run", "bfr_knee_extension", "--set", "calendar.weeks=1", "-o", finished[1])
    assert "3 sessions a week for 1 week" in done.stdout
    assert "figure.png" in done.stdout


def test_the_default_folder_is_named_after_the_scenario(here):
    bfrsim_command("run", "high_load", "--set", "calendar.weeks=1")
    assert sorted(path.name for path in (here / "out" / "high_load").iterdir())[0] == "figure.png"


SCENARIO = (scenarios_folder() / "bfr_knee_extension.toml").read_text(encoding="utf-8")
BAD_FILES = {
    "empty": "",
    "no TOML": "pressure is 50",
    "unknown key": SCENARIO.replace("pressure =", "presure ="),
    "unknown section": SCENARIO.replace("[cuff]", "[cufff]"),
    "unknown unit": SCENARIO.replace('"50 %AOP"', '"50 flurb"'),
    "wrong kind of unit": SCENARIO.replace('"64 kg"', '"64 cm"'),
    "missing unit": SCENARIO.replace('"64 kg"', '"64"'),
    "bare number": SCENARIO.replace('"64 kg"', "64"),
    "age 400": SCENARIO.replace('"68 year"', '"400 year"'),
    "unknown mode": SCENARIO.replace('"resistance"', '"resistence"'),
}


@pytest.mark.parametrize("text", BAD_FILES.values(), ids=BAD_FILES)
@pytest.mark.parametrize("verb", ["run", "check"])
def test_a_mistake_in_a_file_is_told_with_the_file(verb, text, here):
    (here / "mine.toml").write_text(text, encoding="utf-8")
    done = bfrsim_command(verb, "mine.toml", code=2)
    assert "mine.toml" in done.stderr
    assert done.stdout == ""
    assert os.listdir(here) == ["mine.toml"]


LONG = ["--set", "exercise.repetition=20 s", "--set", f"exercise.sets={[200] * 20}", "--set", "exercise.rest=1800 s"]
BAD_CALLS = {
    "unknown scenario": (["run", "bfr_knee_extention"], "did you mean 'bfr_knee_extension'"),
    "folder": (["run", "."], "folder"),
    "unknown key": (["run", "high_load", "--set", 'cuff.presure="80 %AOP"'], "presure"),
    "no value": (["run", "high_load", "--set", "cuff.pressure"], "section.key=value"),
    "load": (["run", "high_load", "--set", "exercise.load=5000 %1RM"], "exercise.load"),
    "cuff of 2 m": (["run", "bfr_knee_extension", "--set", "cuff.width=2 m"], "cuff.width"),
    "negative": (["run", "bfr_knee_extension", "--set", "cuff.pressure=-5 mmHg"], "cuff.pressure"),
    "longer than a day": (["run", "high_load", "--set", "calendar.time_of_day=09:00", *LONG], "longer than a day"),
    "tolerance": (["run", "high_load", "--rtol", "nan"], "--rtol"),
    "no number": (["run", "high_load", "--rtol", "small"], "--rtol"),
    "unknown option": (["run", "high_load", "--fast"], "--fast"),
    "unknown verb": (["runn", "high_load"], "runn"),
    "nothing to run": (["run"], "SCENARIO"),
    "no such model": (["check", "bfr.bfr"], "bfr.bfr"),
}


@pytest.mark.parametrize(("call", "words"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_mistake_in_a_call_is_told_and_nothing_is_written(call, words, here, monkeypatch):
    monkeypatch.setattr(bfrsim, "simulate", None)  # nothing may be computed either
    assert words in bfrsim_command(*call, code=2).stderr
    assert os.listdir(here) == []


@pytest.mark.parametrize("place", ["taken", "taken/below", "full", "/dev/null/x", "x" * 300])
def test_an_impossible_output_is_refused_before_anything_is_computed(place, here, monkeypatch):
    monkeypatch.setattr(bfrsim, "simulate", None)
    (here / "taken").write_text("mine")
    (here / "full").mkdir()
    (here / "full" / "thesis.tex").write_text("mine")
    done = bfrsim_command("run", "high_load", "-o", place, code=2)
    assert place.split("/")[0] in done.stderr
    assert sorted(os.listdir(here)) == ["full", "taken"]
    assert os.listdir(here / "full") == ["thesis.tex"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_locked_folder_is_refused(here):
    (here / "locked").mkdir(mode=0o500)
    assert "locked" in bfrsim_command("run", "high_load", "-o", "locked/run", code=2).stderr


def test_an_interruption_ends_with_130_and_nothing_written(here, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(bfrsim, "simulate", interrupted)
    bfrsim_command("run", "high_load", code=130)
    assert os.listdir(here) == []


def test_a_failed_person_ends_with_1_and_files_that_say_so(here, monkeypatch):
    result = bfrsim.simulate("high_load", overrides={"calendar.weeks": 1})
    result.csa_change.values[:, -1] = np.nan
    result.attrs["failures"] = "person 0 on day 6.90 (free): the budget of steps was used up"
    monkeypatch.setattr(bfrsim, "simulate", lambda *_, **__: result)
    done = bfrsim_command("run", "high_load", "--json", code=1)
    told = json.loads(done.stdout)
    assert told["programme"]["csa_change_percent"] is None
    assert told["failures"] == [result.attrs["failures"]]
    assert "the budget of steps was used up" in done.stderr
    assert (here / "out" / "high_load" / "figure.png").is_file()


def test_check_says_what_is_in_a_model():
    done = bfrsim_command("check", models_folder() / "bfr.bfr")
    for words in ("ok", "states", "parameters are assumed", "3600 (seconds in 1 h)"):
        assert words in done.stdout
    assert "ok" in bfrsim_command("check", models_folder() / "muscle.bfr").stdout


def test_check_says_what_is_in_a_scenario():
    assert "36 sessions" in bfrsim_command("check", "bfr_knee_extension").stdout


def test_check_shows_the_line_of_a_mistake_in_a_model(here):
    (here / "wrong.bfr").write_text('submodel wrong time [s] "one"\nparam k = 1 [1/flurb] "rate" @assumed\n')
    done = bfrsim_command("check", "wrong.bfr", code=2)
    assert "wrong.bfr:2" in done.stderr
    assert "^" in done.stderr


def test_version_and_help():
    assert bfrsim.__version__ in bfrsim_command("--version").stdout
    for arguments in ([], ["run"], ["check"]):
        assert "Examples" in bfrsim_command(*arguments, "--help").stdout or not arguments
