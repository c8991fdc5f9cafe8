"""Inputs that go together: shares of linear Gaussian outcomes are the known ones, people are those of the cohort."""

from __future__ import annotations

import numpy as np
import pytest

from bfrsim.errors import BfrsimError, SimulationError
from bfrsim.study.cohort.draw import draw_cohort
from bfrsim.study.cohort.spec import read_cohort
from bfrsim.study.sensitivity import read_study, run_study
from bfrsim.study.sensitivity.given_data import given_data

TOGETHER = 0.8  # correlation of the first two inputs
SHARES = np.array([0.8, 0.8 * TOGETHER**2, 0.2])  # squared correlations of 2 a + c with a, b, c
XI = 3.0 / np.pi * np.arcsin((1.0 + SHARES) / 2.0) - 0.5  # of a Gaussian pair (Chatterjee 2021)


def sample(seed, n=1000):
    random = np.random.default_rng(seed)
    x = random.multivariate_normal([0.0, 0.0, 0.0], [[1.0, TOGETHER, 0.0], [TOGETHER, 1.0, 0.0], [0.0, 0.0, 1.0]], n)
    return x, (2.0 * x[:, 0] + x[:, 2])[:, None]


def test_shares_of_dependent_inputs_are_the_known_ones_and_intervals_hold_them():
    held = np.zeros(2)
    for seed in range(25):
        found = given_data(["a", "b", "c"], *sample(seed), seed)
        assert found.first[:, 0] == pytest.approx(SHARES, abs=0.15) and found.total[:, 0] == pytest.approx(XI, abs=0.12)
        held[0] += np.mean((found.first_low[:, 0] <= SHARES) & (found.first_high[:, 0] >= SHARES))
        held[1] += np.mean((found.low[:, 0] <= XI) & (found.high[:, 0] >= XI))
    assert np.all(held / 25 > 0.85), "of nominal 95 %"
    half = (found.high - found.low)[:, 0] / 2.0
    assert np.all(half < 0.12) and np.all(half > 0.005)


def test_an_input_that_does_nothing_has_the_share_of_what_it_goes_with_and_alone_none():
    x, y = sample(3)
    found = given_data(["a", "b", "c"], x, y, 1)
    assert found.first_low[1, 0] > 0.3, "b is not in the outcome"
    alone = given_data(["b", "c"], np.random.default_rng(1).permuted(x[:, 1:], axis=0), y, 1)
    assert np.all(alone.first_low[:, 0] < 0.0) and np.all(alone.low[:, 0] < 0.0)


def test_xi_is_that_of_scipy_and_no_outcome_has_shares_that_does_not_vary():
    from scipy.stats import chatterjeexi

    x, y = sample(4, n=200)
    found = given_data(["a", "b", "c"], x, np.hstack([y, np.full_like(y, 7.0)]), 1)
    assert found.total[:, 0] == pytest.approx([chatterjeexi(x[:, at], y[:, 0]).statistic for at in range(3)])
    assert np.all(np.isnan(found.total[:, 1])) and np.all(np.isnan(found.first[:, 1]))
    still = given_data(["a", "b", "c"], x * [1.0, 0.0, 1.0], y, 1)
    assert np.isnan(still.total[1, 0]) and np.isfinite(still.total[[0, 2], 0]).all()


def test_people_whose_run_failed_are_left_out_and_too_many_are_refused():
    x, y = sample(5, n=400)
    few, many = y.copy(), y.copy()
    few[:40], many[:100] = np.nan, np.nan
    found = given_data(["a", "b", "c"], x, few, 1)
    assert (found.used, found.lost, found.runs) == (360, 40, 400)
    assert np.array_equal(found.total, given_data(["a", "b", "c"], x[40:], y[40:], 1).total)
    with pytest.raises(SimulationError, match="runs failed for 100 of 400 people"):
        given_data(["a", "b", "c"], x, many, 1)


HEAD = """title = "Who"
scenario = "bfr_knee_extension"
set = ["calendar={sessions_per_week=1,days=1,time_of_day=\\"10:00\\"}", "exercise.sets=[10]"]
method = "given data"
cohort = "adults"
samples = 120
outputs = ["systolic_pressure"]
"""
WHO = '[[input]]\nvary = "people"\ncolumns = ["sbp", "dbp", "trainability_size"]\n'
PRESSURE = '[[input]]\nvary = "cuff.pressure"\nlow = "0 %AOP"\nhigh = "100 %AOP"\n'


def test_blood_pressure_in_a_session_goes_with_that_at_rest_diastolic_too(study):
    result = run_study(read_study(study(HEAD, WHO, PRESSURE)))
    found = result.indices
    assert found.groups == ("sbp", "dbp", "trainability_size", "cuff.pressure") and found.runs == 120
    assert found.low[0, 0] > 0.1 and found.total[0, 0] > found.total[1, 0] > found.total[2, 0]
    assert found.low[2, 0] < 0.0, "how somebody responds to months says nothing of the first session"
    people = draw_cohort(read_cohort("adults"), 120)
    assert (result.inputs[0].low, result.inputs[0].high) == (people["sbp"].min(), people["sbp"].max())


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((HEAD, PRESSURE), "belong together"),
        ((HEAD.replace("given data", "morris"), WHO), "belong together"),
        ((HEAD, WHO.replace("dbp", "dpb")), "did you mean 'dbp'"),
        ((HEAD.replace('"adults"', '"adlts"'), WHO), "did you mean 'adults'"),
        ((HEAD, WHO, PRESSURE.replace("cuff.pressure", "person.age").replace("%AOP", "year")), "the cohort tells"),
        ((HEAD, WHO, PRESSURE + 'columns = ["age"]\n'), "these go with"),
        ((HEAD, WHO + 'low = 1\nhigh = 2\n'), "follow their own distributions"),
    ],
)  # fmt: skip
def test_mistakes_are_told_before_anything_runs(study, parts, said):
    with pytest.raises(BfrsimError, match=said):
        run_study(read_study(study(*parts)))
