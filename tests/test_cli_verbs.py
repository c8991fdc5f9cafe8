"""The verbs beside run and check: what they print, what they write, and how they end."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

import bfrsim
from bfrsim.cli import app
from bfrsim.cli.moment import moment_text, read_moment
from bfrsim.errors import BfrsimError
from bfrsim.report.comparison import Compared, comparison_table, rows_of, summary_of
from bfrsim.report.comparison_figure import draw_comparison
from bfrsim.report.exchange import write_csv, write_netcdf
from bfrsim.report.session_figure import draw_session
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.segments import compile_timeline

ONE_WEEK = ["--set", "calendar.weeks=1"]
HEAVY = ("numba", "xarray", "matplotlib", "scipy", "pint", "zarr", "pydantic", "numpy")


def bfrsim_command(*arguments, code=0):
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verbs") / "walks"
    bfrsim_command("run", "bfr_walking", *ONE_WEEK, "--csv", "--netcdf", "--quiet", "--jobs", 2, "-o", folder)
    return folder


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom bfrsim.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"import json\nprint(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    for arguments in (["--help"], ["models", "--help"], ["compare", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True, env=environment
        )
        found = json.loads(done.stdout.splitlines()[-1])
        assert set(found) <= ({"pydantic"} if arguments[1:] else set())  # typer itself reads a verb's types with it


@pytest.mark.parametrize("verb", ["run", "check", "demo", "describe", "compare", "replay", "schema"])
def test_every_verb_shows_examples(verb):
    assert "Examples" in bfrsim_command(verb, "--help").stdout


# --- run: other formats, quiet -----------------------------------------------------------------------------------


def test_quiet_says_nothing(stored, tmp_path):
    done = bfrsim_command("run", "walking", *ONE_WEEK, "-q", "-o", tmp_path / "run")
    assert done.stdout == done.stderr == ""
    done = bfrsim_command("run", "walking", *ONE_WEEK, "-q", "--json", "-o", tmp_path / "run")
    assert done.stderr == ""
    assert json.loads(done.stdout)["session"]["repetitions"] is None


def test_exports_lie_beside_and_a_run_without_them_takes_them_away(stored, tmp_path):
    assert {"result.csv", "result.nc", "result.zarr", "figure.png", "figure.svg"} == set(os.listdir(stored))
    bfrsim_command("run", "walking", *ONE_WEEK, "-q", "--csv", "-o", tmp_path / "run")
    assert (tmp_path / "run" / "result.csv").is_file()
    bfrsim_command("run", "walking", *ONE_WEEK, "-q", "-o", tmp_path / "run")
    assert not (tmp_path / "run" / "result.csv").exists(), "an export of an earlier run would mislead"


def test_the_csv_holds_every_output_with_its_unit_to_the_last_bit(stored):
    from bfrsim.report.store import read_result

    dataset = read_result(stored)
    with (stored / "result.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:2] == ["person", "time [s]"]
    assert "StO2 [%]" in rows[0] and "MAP [mmHg]" in rows[0]
    assert len(rows) == dataset.sizes["time"]
    np.testing.assert_array_equal([float(row["StO2 [%]"]) for row in rows], dataset.StO2.values[0])


def test_the_netcdf_opens_and_is_equal(stored):
    import xarray

    from bfrsim.report.store import read_result

    with xarray.open_dataset(stored / "result.nc", engine="scipy") as opened:
        assert opened.equals(read_result(stored))
        assert opened.MAP.attrs["units"] == "mmHg"
        assert "scenario" in opened.attrs


def test_a_value_nobody_knows_is_an_empty_field(tmp_path):
    dataset = bfrsim.simulate("walking", overrides={"calendar.weeks": 1}, parameters={"G_f": [5.0, 6.0]})
    dataset.StO2.values[1, -1] = np.nan
    write_csv(dataset, tmp_path / "x.csv")
    write_netcdf(dataset, tmp_path / "x.nc")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * dataset.sizes["time"]
    assert rows[-1]["StO2 [%]"] == "" and rows[-1]["person"] == "1"


def test_output_that_is_no_terminal_is_plain(stored):
    for call in (["describe", "bfr_walking"], ["models", "list"], ["models", "show", "muscle"]):
        text = bfrsim_command(*call).stdout
        assert "\x1b" not in text
        assert not any("\u2500" <= letter <= "\u257f" for letter in text)
        assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("jobs", ["0", "-1", "many"])
def test_jobs_are_a_positive_number(jobs, here):
    assert "--jobs" in bfrsim_command("run", "walking", "--jobs", jobs, code=2).stderr


def test_demo_runs_the_main_scenario(here):
    text = bfrsim_command("demo").stdout
    assert "3 sessions a week for 12 weeks" in text
    assert sorted(os.listdir(here / "out" / "demo")) == ["figure.png", "figure.svg", "result.zarr"]


# --- models ------------------------------------------------------------------------------------------------------


def test_models_are_listed():
    text = bfrsim_command("models", "list").stdout
    for words in ("bfr", "system", "haemodynamics", "submodel", "muscle"):
        assert words in text


def test_a_model_and_a_name_are_shown():
    assert "conductance of the conduit artery" in bfrsim_command("models", "show", "haemodynamics").stdout
    text = bfrsim_command("models", "show", "bfr", "P_v").stdout
    for words in ("2 * V_lim", "[mL/mmHg]", "of them assumed", "haemodynamics.bfr:"):
        assert words in text


def test_a_value_is_given_at_rest_and_in_a_set():
    rest = bfrsim_command("models", "eval", "haemodynamics", "P_v").stdout
    work = bfrsim_command("models", "eval", "haemodynamics", "P_v", "--at", "session 1 + 80 s").stdout
    assert "day 1, 00:00:00, free time" in rest
    assert "day 1, 10:01:20, set" in work
    assert "V_lim" in rest and "[mL]" in rest

    def value(text):
        return float(text.split(" = ")[1].split()[0])

    expected = bfrsim.simulate("bfr_knee_extension", outputs=["P_v"], times=[0.0, 36080.0])
    assert value(rest) == pytest.approx(float(expected.P_v[0, 0]), rel=1e-5)
    assert value(work) == pytest.approx(float(expected.P_v[0, 1]), rel=1e-5)
    assert value(work) > 5 * value(rest)


def test_a_change_of_the_scenario_changes_the_value():
    at = ["--at", "10:00:50"]
    cuff = bfrsim_command("models", "eval", "bfr", "P_cuff", *at, "--set", "cuff.pressure=100 mmHg").stdout
    assert cuff.startswith("P_cuff = 100 mmHg")
    none = bfrsim_command("models", "eval", "bfr", "P_cuff", *at, "--scenario", "high_load").stdout
    assert none.startswith("P_cuff = 0 mmHg")


def test_a_whole_model_is_evaluated():
    text = bfrsim_command("models", "eval", "muscle").stdout
    assert "satellite cells per fibre" in text and "[1/d]" in text


MISTAKES = {
    "model": (["models", "show", "haemodynamic"], "did you mean 'haemodynamics'"),
    "name": (["models", "show", "bfr", "P_w"], "the model 'bfr' has no 'P_w'; did you mean"),
    "name of a value": (["models", "eval", "bfr", "StO3"], "did you mean 'StO2'"),
    "file": (["models", "show", "nothing.bfr"], "nothing.bfr"),
    "moment": (["models", "eval", "bfr", "v", "--at", "noon"], "a moment is written"),
    "hour": (["models", "eval", "bfr", "v", "--at", "25:00"], "no such time"),
    "session": (["models", "eval", "bfr", "v", "--at", "session 99"], "sessions 1 to 36"),
    "unit of a moment": (["models", "eval", "bfr", "v", "--at", "session 1 + 3 kg"], "cannot convert"),
    "past the end": (["models", "eval", "bfr", "v", "--at", "day 99 10:00"], "ends after 84 days"),
    "scenario": (["models", "eval", "bfr", "v", "--scenario", "hi_load"], "did you mean 'high_load'"),
    "description": (["describe", "bfr_walkin"], "did you mean 'bfr_walking'"),
    "setting": (["describe", "bfr_walking", "--set", "cuff.width=2 m"], "cuff.width"),
    "one scenario": (["compare", "walking"], "2 to 7 scenarios, found 1"),
    "unknown scenario": (["compare", "walking", "wlking"], "did you mean 'walking'"),
    "no result": (["replay", "nowhere", "--session", "1"], "there is no result here"),
    "schema in no folder": (["schema", "-o", "nowhere/schema.json"], "nowhere/schema.json"),
}


@pytest.mark.parametrize(("call", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_and_nothing_is_computed(call, words, here, monkeypatch):
    monkeypatch.setattr(bfrsim, "simulate", None)
    done = bfrsim_command(*call, code=2)
    assert words in done.stderr
    assert done.stdout == ""
    assert os.listdir(here) == []


def test_a_submodel_that_nothing_feeds_has_no_values(here):
    (here / "own.bfr").write_text(
        'submodel own time [s] "one"\ninput u [1] "in"\nstate a = 1 [1] size 1 "a"\nd a/dt = (u - a) / 1[s]\n'
    )
    assert "u" in bfrsim_command("models", "show", "own.bfr").stdout
    assert "a system that feeds its inputs" in bfrsim_command("models", "eval", "own.bfr", "a", code=2).stderr


# --- moments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00", 0.0),
        ("10:01:30", 36090.0),
        ("day 3 18:00", 2 * 86400.0 + 64800.0),
        ("Session 1", 36000.0),
        ("session 2 + 90 s", 2 * 86400.0 + 36090.0),
        ("session 1 + 1.5 min", 36090.0),
        ("session 1+1 h", 39600.0),
    ],
)
def test_moments_are_read(text, seconds):
    assert read_moment(text, compile_timeline(read_scenario("bfr_knee_extension"))) == seconds


@pytest.mark.parametrize("text", ["", "day 0 10:00", "day 1", "session", "session 0", "10:60", "-1", "session 1 - 5 s"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(BfrsimError):
        read_moment(text, compile_timeline(read_scenario("bfr_knee_extension")))


def test_a_moment_says_what_happens_then():
    dataset = bfrsim.simulate("bfr_knee_extension", overrides={"calendar.weeks": 1}, times=[0.0], outputs=["v"])
    assert moment_text(dataset, 36090.0) == "day 1, 10:01:30, set"
    assert moment_text(dataset, 8 * 3600.0 + 60.0) == "day 1, 08:01:00, a meal"


# --- compare -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def several():
    names = ("bfr_knee_extension", "high_load", "walking", "bed_rest")
    one_week = {"bed_rest": {}}
    return [
        Compared(name, bfrsim.simulate(name, overrides=one_week.get(name, {"calendar.weeks": 1}))) for name in names
    ]


def test_differences_are_to_the_first(several):
    rows = {row.key: row for row in rows_of(several)}
    size = rows["csa_change_percent"]
    assert size.differences[0] == 0.0
    assert size.differences[1] == size.values[1] - size.values[0]
    assert rows["nadir_sto2_percent"].values[0] == float(several[0].dataset.StO2_min[0, 0])
    assert np.isnan(rows["repetitions"].values[2]) and np.isnan(rows["nadir_sto2_percent"].values[3])
    assert rows["repetitions"].values[0] == 75


def test_printed_differences_are_those_of_the_printed_values(several):
    for row in rows_of(several):
        shown = [round(value, row.decimals) for value in row.values]
        np.testing.assert_allclose(row.shown_differences, np.array(shown) - shown[0])


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("count", [2, 4])
def test_the_comparison_fits(several, count, width):
    import io

    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=width).print(comparison_table(several[:count], width))
    assert max(map(len, text.getvalue().splitlines())) <= width
    assert "…" not in text.getvalue() and "nan" not in text.getvalue()
    assert ("B - A" in text.getvalue()) == (count == 2)


def test_the_summary_is_plain(several):
    summary = summary_of(several)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["scenarios"][0]["name"] == "bfr_knee_extension"
    assert summary["quantities"]["repetitions"]["values"][2] is None


@pytest.mark.parametrize("chosen", [slice(0, 2), slice(0, 4), slice(3, 4)])
def test_no_words_of_the_figures_overlap_or_leave_the_page(several, chosen):
    nothing_overlaps(draw_comparison(several[chosen]))


def nothing_overlaps(figure):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).draw()
    texts = [text for axes in figure.axes for text in axes.texts] + figure.texts
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text().strip()]
    for at, (words, box) in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, words
        for other, other_box in boxes[at + 1 :]:
            assert not box.overlaps(other_box), (words, other)


def test_compare_writes_prints_and_replaces(here):
    for _ in range(2):
        done = bfrsim_command("compare", "walking", "bfr_walking", *ONE_WEEK)
        assert "B - A" in done.stdout
        assert sorted(os.listdir(here / "out" / "compare")) == ["comparison.json", "figure.png", "figure.svg"]
    done = bfrsim_command("compare", "walking", "walking", *ONE_WEEK, "--json", "-q", "-o", "same")
    told = json.loads(done.stdout)
    assert set(told) == {"scenarios", "quantities", "files"}
    assert all(each["differences"][1] in (0.0, None) for each in told["quantities"].values())
    assert json.loads((here / "same" / "comparison.json").read_text()) == {
        k: v for k, v in told.items() if k != "files"
    }


def test_finished_results_can_be_compared(stored, here):
    done = bfrsim_command("compare", stored, stored, "-q", "--json")
    assert json.loads(done.stdout)["scenarios"][0]["name"] == "walks"
    assert "finished result" in bfrsim_command("compare", stored, "walking", *ONE_WEEK, code=2).stderr


def test_a_folder_with_other_files_is_left_alone(here):
    (here / "full").mkdir()
    (here / "full" / "thesis.tex").write_text("mine")
    assert "thesis.tex" in bfrsim_command("compare", "walking", "bfr_walking", "-o", "full", code=2).stderr


# --- replay, schema ----------------------------------------------------------------------------------------------


def test_replay_says_that_every_value_is_the_same(stored, here):
    done = bfrsim_command("replay", stored, "--session", "3")
    assert "the same in every bit" in done.stdout
    assert "Session 3: Walking with cuffs" in done.stdout
    folder = here / "out" / "walks_session_3"
    assert sorted(os.listdir(folder)) == ["figure.png", "figure.svg", "result.zarr"]
    assert "the same in every bit" in bfrsim_command("replay", stored / "result.zarr", "--session", "1").stdout


def test_replay_refuses_what_is_not_there(stored, here):
    for number in ("0", "5", "-1"):
        assert "sessions 1 to 4" in bfrsim_command("replay", stored, "--session", number, code=2).stderr
    assert os.listdir(here) == []


def test_a_replay_that_differs_ends_with_1(stored, here, monkeypatch):
    monkeypatch.setattr("bfrsim.replay.differences", lambda *_: (100, ["StO2"]))
    done = bfrsim_command("replay", stored, "--session", "1", "-q", code=1)
    assert "1 variable differs: StO2" in done.stderr


def test_the_figure_of_a_session_keeps_its_words_apart(stored):
    from bfrsim.replay import replay
    from bfrsim.report.store import read_result

    nothing_overlaps(draw_session(replay(read_result(stored), 1)))


def test_the_schema_is_printed_or_written(here):
    printed = bfrsim_command("schema").stdout
    assert json.loads(printed)["title"] == "A scenario of bfrsim"
    assert "#:schema form.json" in bfrsim_command("schema", "-o", "form.json").stdout
    assert (here / "form.json").read_text(encoding="utf-8") == printed
