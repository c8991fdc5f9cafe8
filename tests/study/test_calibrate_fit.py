"""A calibration finds constants that are known: those with which its rows were simulated."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from bfrsim.cli import app
from bfrsim.study.calibrate.calibration import calibrate, request
from bfrsim.study.calibrate.fit import Search, slopes
from bfrsim.study.calibrate.left_out import without
from bfrsim.study.calibrate.problem import Effort, predict, problem_of
from bfrsim.study.published.constants import find_constants
from bfrsim.study.published.trials import Sources, gather

TRIAL = """study = "{cohort}"
cohort = "{cohort}"
reference = "nobody"
design = "made for a test"

[population]
people = "older people"
age = "70 year"
age_sd = "3 year"
women = 0.5
"""
ARM = """
[[arm]]
name = "{name}"
n = 2
base = "{base}"
without = [{without}]
rows = [
  {{ id = "{cohort}-{name}-size", measure = "size", weeks = {weeks} }},
  {{ id = "{cohort}-{name}-1RM", measure = "1RM", weeks = {weeks} }},
]

[arm.set]
{change}
"""
ARMS = (
    ("heavy", "high_load", 3, '"calendar.weeks"', 'calendar.phases = [{kind = "training", weeks = 3}]'),
    ("bed", "bed_rest", 1, "", 'calendar.phases = [{kind = "bed rest", days = 8}]'),
)
COHORTS = ("a", "b", "c")
DECLARATION = """title = "made for a test"

[[constant]]
name = "c_R"
why = "growth"

[[constant]]
name = "nu_max_old"
why = "strength"

[[constant]]
name = "d_d"
why = "disuse"

[[restriction]]
says = "no training, no growth"
measure = "size"
less = "bed_rest"
more = "high_load"
share = 0.5
source = "made for a test"

[[restriction]]
says = "the other way round, which cannot hold"
measure = "size"
less = "high_load"
more = "bed_rest"
source = "made for a test"
"""
EFFORT = Effort(people=2)
TRUE = np.array([0.9, -0.7, 0.5])  # SDs of the priors


def _write(folder, changes=None):
    """Write trials of three cohorts and their table; `changes` are the published values, row by row."""
    (folder / "trials").mkdir(exist_ok=True)
    table = [("id", "study", "cohort", "arm", "outcome_class", "outcome", "time_weeks", "change_pct", "se_pct", "use",
              "role")]  # fmt: skip
    values = iter(changes if changes is not None else [0.0] * 100)
    for cohort in COHORTS:
        text = TRIAL.format(cohort=cohort)
        for name, base, weeks, away, change in ARMS:
            text += ARM.format(cohort=cohort, name=name, base=base, weeks=weeks, without=away, change=change)
            for kind, outcome in (("size", "size"), ("strength", "1RM")):
                table.append((f"{cohort}-{name}-{outcome}", cohort, cohort, name, kind, outcome, weeks,
                              f"{next(values):.8f}", 0.02, "score", "calibrate"))  # fmt: skip
        (folder / "trials" / f"{cohort}.toml").write_text(text, encoding="utf-8")
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)
    ids = [row[0] for row in table[1:]]
    # A weight of 400 is a standard error of 0.05 points: the rows outweigh the priors.
    lines = ["id,stimulus,weight,meta_regression,mean_by_stimulus", *(f"{name},x,400,0,0" for name in ids)]
    (folder / "baseline.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "declaration.toml").write_text(DECLARATION, encoding="utf-8")
    return Sources(folder / "trials", folder / "table.csv", folder / "baseline.csv")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Rows simulated with known constants."""
    folder = tmp_path_factory.mktemp("made")
    problem = problem_of(gather(_write(folder)), ("c_R", "nu_max_old", "d_d"))
    changes = predict(problem, TRUE[None, :], EFFORT)[0]
    return folder, _write(folder, changes)


@pytest.fixture(scope="module")
def calibrated(made):
    folder, sources = made
    search = Search(EFFORT, slope_people=1, starts=2, rounds=12)
    return calibrate(request(sources, folder / "declaration.toml"), search)


def test_constants_with_which_rows_were_simulated_are_found_again(calibrated):
    """The priors pull towards their middles, by less than a tenth of their SDs."""
    assert np.max(np.abs(calibrated.fit.scores - TRUE)) < 0.1
    assert np.max(np.abs(calibrated.fit.problem.start - TRUE)) > 0.5
    assert calibrated.fit.cost < 0.05 * calibrated.fit.cost_start


def test_searches_from_different_places_end_alike(calibrated):
    first, second = calibrated.fit.starts
    assert np.max(np.abs(first.begin - second.begin)) > 0.3
    assert np.max(np.abs(first.end - second.end)) < 0.1


def test_without_a_cohort_that_says_what_the_others_say_constants_stay(calibrated):
    assert set(calibrated.without) == set(COHORTS)
    for scores in calibrated.without.values():
        assert np.max(np.abs(scores - calibrated.fit.scores)) < 0.1


def test_a_cohort_that_says_otherwise_is_not_seen_by_the_set_without_it(made, calibrated):
    """At given slopes the set without a cohort is the same whatever the cohort published; the other sets are not."""
    fit = calibrated.fit
    own = fit.problem.of_cohort("a")
    asked = tuple(
        replace(each, published=replace(each.published, change=each.published.change + 5.0 * mine))
        for each, mine in zip(fit.problem.asked, own, strict=True)
    )
    moved = without(replace(fit, problem=replace(fit.problem, asked=asked)))
    assert not np.allclose(moved["b"], calibrated.without["b"], atol=0.05)
    assert np.allclose(moved["a"], calibrated.without["a"], atol=1e-9)


def test_what_rows_tell_is_known_better_than_by_the_prior(calibrated):
    found = calibrated.identified
    assert np.all(found.sd < 0.3)
    assert np.all(np.diag(found.correlation) == pytest.approx(1.0))
    assert np.all(found.spread > 0) and np.all(found.spread < 1.0)


def test_the_profile_is_least_at_the_best_value_and_rises_on_both_sides(calibrated):
    profile = calibrated.identified.profile
    assert np.all(profile > 0.0)
    assert np.all(profile[:, [0, -1]] > profile[:, [1, -2]])
    assert profile[:, [1, 2]] == pytest.approx(0.5, rel=0.5)  # a parabola where the model is linear


def test_restrictions_are_judged_and_those_that_cannot_hold_are_told(calibrated):
    assert [each.holds for each in calibrated.held] == [True, False]
    assert [each.restriction.says for each in calibrated.broken] == ["the other way round, which cannot hold"]


def test_slopes_are_differences_of_simulations(calibrated):
    problem = calibrated.fit.problem
    found = slopes(problem, problem.start, Effort(people=1))
    ahead = predict(problem, problem.start[None, :] + 0.1 * np.eye(3)[:1], Effort(people=1))[0]
    here = predict(problem, problem.start[None, :], Effort(people=1))[0]
    assert found[:, 0] == pytest.approx((ahead - here) / 0.1, abs=1e-9)
    again = slopes(problem, problem.start, Effort(people=1, rtol=1e-6))
    assert found == pytest.approx(again, abs=0.01 * np.abs(again).max())  # the looser tolerance does not matter


def test_the_command_writes_sets_that_validation_reads(made, tmp_path):
    folder, sources = made
    out = tmp_path / "sets"
    words = ["calibrate", "--declaration", str(folder / "declaration.toml"), "--scenarios", str(sources.scenarios),
             "--evidence", str(sources.evidence), "--baseline", str(sources.baseline), "--starts", "1", "--people", "1",
             "--rounds", "2", "--no-profile", "-o", str(out), "--json"]  # fmt: skip
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [each["name"] for each in told["constants"]] == ["c_R", "nu_max_old", "d_d"]
    constants = find_constants(out)
    assert constants.fitted is not None and set(constants.without) == set(COHORTS)
    assert len(constants.spread) == 12 + 2 and all(sd > 0 for sd in constants.spread.values())
    validated = CliRunner().invoke(
        app,
        ["validate", "trials", *words[3:9], "--sets", str(out), "--people", "1", "-o", str(tmp_path / "v"), "--json"],
    )
    assert validated.exit_code == 0, validated.output
    groups = json.loads(validated.stdout)
    assert groups["left_out"]["rows"] == groups["fitted"]["rows"] == 12
    assert groups["left_out"]["free_constants"] == 3
    assert groups["fitted"]["rmse_size"] < 1.0
