"""Trials are simulated with their own people, arm by arm, and the command scores any folder and table."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from bfrsim.cli.validate_trials import trials
from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.study.published.arms import Plan, simulate_arms
from bfrsim.study.published.evidence import shipped_trials
from bfrsim.study.published.group import group_of, virtual_people
from bfrsim.study.published.read import read_trial
from bfrsim.study.published.trials import Sources, gather, validate_trials

FILE = """study = "Somebody"
cohort = "{cohort}"
reference = "Somebody 2020"
design = "three groups"
assumed = ["rest 60 s"]
review = "The review rounds."

[population]
people = "older people"
age = "70 year"
age_sd = "5 year"
women = 0.5

[[arm]]
name = "HL"
n = 6
base = "high_load"
rows = [
  {{ id = "{cohort}1", measure = "size", weeks = 1 }},
  {{ id = "{cohort}2", measure = "1RM", weeks = 1 }},
]

[arm.set]
calendar.weeks = 1

[[arm]]
name = "HL again"
n = 6
base = "high_load"
rows = [{{ id = "{cohort}3", measure = "size", weeks = 1, suspect = "a <twin> arm" }}]

[arm.set]
calendar.weeks = 1

[[arm]]
name = "control"
n = 6
base = "habitual"
rows = [{{ id = "{cohort}4", measure = "size", weeks = 1 }}]

[arm.set]
calendar.weeks = 1

[[arm]]
name = "both"
mean_of = {{ HL = 3, control = 1 }}
rows = [{{ id = "{cohort}5", measure = "size", weeks = 1 }}]

[[order]]
rows = ["{cohort}6"]
says = "high load above control"
measure = "size"
weeks = 1
more = "HL"
less = "control"

[[not_simulated]]
rows = ["{cohort}7"]
reason = "pain is no output of the model"
"""
HEAD = "id,study,cohort,arm,outcome_class,outcome,time_weeks,change_pct,se_pct,use,role"
LINES = (
    ("HL", "size", "CSA", 0.5, 1.0, "score"),
    ("HL", "strength", "1RM", 2.0, 3.0, "score"),
    ("HL again", "size", "CSA", 40.0, 1.0, "score"),
    ("control", "size", "CSA", 0.0, 1.0, "score"),
    ("both", "size", "CSA", 0.4, 1.0, "score"),
    ("HL", "size", "CSA", "", "", "order"),
    ("HL", "other", "pain", "", "", "order"),
)
SETS = 'title = "t"\nprovenance = "made for a test"\n\n[values]\nz_r = "{z_r} 1"\n'
COLUMNS = {"fitted", "left_out"}


def write_trials(folder, roles):
    """Write a trial for each cohort and the table of all; `roles` says which cohort may be fitted."""
    (folder / "trials").mkdir()
    table = [HEAD]
    for cohort, role in roles.items():
        (folder / "trials" / f"{cohort}.toml").write_text(FILE.format(cohort=cohort), encoding="utf-8")
        for number, (arm, kind, outcome, change, se, use) in enumerate(LINES, start=1):
            table.append(f"{cohort}{number},Somebody,{cohort},{arm},{kind},{outcome},1,{change},{se},{use},{role}")
    (folder / "table.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    baseline = ["id,stimulus,weight,meta_regression,mean_by_stimulus"]
    baseline += [f"{cohort}{number},high_load,1,0,1" for cohort in roles for number in range(1, 6)]
    (folder / "baseline.csv").write_text("\n".join(baseline) + "\n", encoding="utf-8")
    return Sources(folder / "trials", folder / "table.csv", folder / "baseline.csv")


@pytest.fixture(scope="module")
def validated(tmp_path_factory):
    sources = write_trials(tmp_path_factory.mktemp("trials"), {"a": "calibrate", "b": "context"})
    return validate_trials(gather(sources), Plan(people=4, rtol=1e-5))


def by_id(predictions):
    return {each.row.id: each for each in predictions}


def test_rows_for_fitting_and_others_are_told_apart(validated):
    assert set(by_id(validated.fitted)) == {"a1", "a2", "a3", "a4", "a5"}
    assert set(by_id(validated.left_out)) == {"b1", "b2", "b3", "b4", "b5"}
    assert set(validated.summary()) == COLUMNS and validated.summary()["left_out"]["rows"] == 5


def test_training_makes_a_group_grow_and_habitual_life_does_not(validated):
    told = by_id(validated.fitted)
    assert told["a1"].mean > 0.1 and told["a2"].mean > 0.5 and abs(told["a4"].mean) < 0.05
    assert told["a1"].people_sd > 0.0 and told["a1"].low < told["a1"].mean < told["a1"].high


def test_a_mean_over_arms_is_weighted(validated):
    told = by_id(validated.fitted)
    assert told["a5"].mean == pytest.approx((3 * told["a1"].mean + told["a4"].mean) / 4)


def test_a_miss_is_a_published_mean_outside_the_interval(validated):
    told = by_id(validated.fitted)
    assert not told["a3"].covered and told["a3"].suspect == "a <twin> arm" and told["a1"].covered


def test_what_papers_say_in_words_is_judged(validated):
    assert [(each.order.rows, each.right) for each in validated.compared] == [(("a6",), True), (("b6",), True)]


def test_identical_arms_are_simulated_once_and_all_arms_of_a_cohort_have_the_same_people(tmp_path):
    sources = write_trials(tmp_path, {"a": "calibrate"})
    arms = simulate_arms(gather(sources).files, Plan(people=2, rtol=1e-4))
    assert len(arms.places) == 3 and len(arms.runs) == 2
    assert arms.places["a.toml", "HL"] == arms.places["a.toml", "HL again"]


def test_a_virtual_group_has_the_size_age_and_sex_of_the_trial():
    file, system = read_trial(shipped_trials() / "hammarstrom_2020.toml"), read_system(models_folder() / "bfr.bfr")
    one, three = (
        virtual_people(group_of(file.trial, arm), 34, system, file.scenarios[arm.name]) for arm in file.trial.arm
    )
    assert one["female"].sum() == 18, "Hammarstrom 2020: 18 women and 16 men"
    assert abs(one["age"].mean() - 23.0) < 1.5 and 1.5 < one["age"].std() < 4.5
    for name, values in one.items():
        assert np.array_equal(values, three[name]), "both legs of the same people"


def test_earlier_training_lowers_the_response():
    file, system = read_trial(shipped_trials() / "lowery_2014.toml"), read_system(models_folder() / "bfr.bfr")
    arm = file.trial.arm[1]
    group = group_of(file.trial, arm)
    assert group.training == "recreational"
    from dataclasses import replace

    trained = virtual_people(group, 6, system, file.scenarios[arm.name])
    untrained = virtual_people(replace(group, training="none"), 6, system, file.scenarios[arm.name])
    assert np.all(trained["z_r"] < untrained["z_r"])


def test_a_cohort_is_predicted_with_constants_that_have_not_seen_it(tmp_path):
    """What calibrate writes: a set fitted to all, one without cohort a, and the spread from the constants."""
    sources = write_trials(tmp_path, {"a": "calibrate"})
    (tmp_path / "sets" / "without").mkdir(parents=True)
    (tmp_path / "sets" / "trials.toml").write_text(SETS.format(z_r=2.35), encoding="utf-8")
    (tmp_path / "sets" / "without" / "a.toml").write_text(SETS.format(z_r=0.5), encoding="utf-8")
    (tmp_path / "sets" / "spread.csv").write_text("id,sd\na1,20\n", encoding="utf-8")
    told = validate_trials(
        gather(Sources(sources.scenarios, sources.evidence, sources.baseline, tmp_path / "sets")),
        Plan(people=2, rtol=1e-4),
    )
    fitted, left_out = by_id(told.fitted), by_id(told.left_out)
    assert set(fitted) == set(left_out) and left_out["a1"].mean < fitted["a1"].mean
    assert fitted["a1"].high - fitted["a1"].low > 60.0 > fitted["a4"].high - fitted["a4"].low
    assert told.free_constants == 1


def command(*arguments, code=0):
    app = typer.Typer()
    app.command()(trials)
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    assert "Traceback" not in done.output and done.exit_code == code, done.output
    return done


def test_the_command_scores_a_folder_and_a_table_of_somebody_else(tmp_path):
    sources = write_trials(tmp_path, {"a": "calibrate", "b": "context"})
    out = tmp_path / "out"
    done = command(
        "--scenarios", sources.scenarios, "--evidence", sources.evidence, "--baseline", sources.baseline,
        "--people", 2, "--json", "-o", out,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert set(told) == COLUMNS and told["fitted"]["rows"] == told["left_out"]["rows"] == 5
    assert isinstance(told["fitted"]["skill_size"], float) and told["fitted"]["skill_size_ci"] is None
    assert json.loads((out / "trials.json").read_text()) == told
    with (out / "trials.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows if row["group"] == "left_out"] == ["b1", "b2", "b3", "b4", "b5"]
    assert {row["suspected_reason"] for row in rows if row["covered"] == "no"} == {"a <twin> arm"}
    page = (out / "trials.html").read_text(encoding="utf-8")
    assert "a &lt;twin&gt; arm" in page and "pain is no output of the model" in page and "The review rounds." in page
    assert "http" not in page.split("<style>")[0] and "src='data:image/svg+xml;base64," in page
    assert (out / "trials.png").read_bytes().startswith(b"\x89PNG")
    command("--scenarios", sources.scenarios, "--evidence", sources.evidence, "--people", 1, "-q", "-o", out)
    assert json.loads((out / "trials.json").read_text())["fitted"]["skill_size"] is None, "no baseline, no skill"


def test_a_mistake_ends_in_one_message_and_leaves_nothing(tmp_path):
    sources = write_trials(tmp_path, {"a": "calibrate"})
    out = tmp_path / "out"
    done = command("--scenarios", sources.scenarios, "-o", out, code=2)
    assert "a.toml: no row 'a1' in" in done.stderr and not out.exists()
    assert "no folder of trial files" in command("--scenarios", tmp_path / "nowhere", code=2).stderr
    assert "no folder of parameter sets" in command("--sets", tmp_path / "nowhere", code=2).stderr
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("dear")
    done = command("--scenarios", sources.scenarios, "--evidence", sources.evidence, "-o", tmp_path / "mine", code=2)
    assert "holds other files (thesis.txt)" in done.stderr


@pytest.mark.slow
def test_every_shipped_row_gets_a_number():
    """The whole of it, coarsely: one person an arm and a loose tolerance."""
    material = gather(Sources())
    told = validate_trials(material, Plan(people=1, rtol=1e-4))
    assert not told.unanswered and not told.failures
    assert told.summary()["fitted"]["rows"] == 375
    assert sum(each.right is None for each in told.compared) == 0
