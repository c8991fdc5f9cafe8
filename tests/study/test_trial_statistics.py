"""Trials of known truth: power is that of the formula, intervals hold the truth, rules are the textbook's."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower

from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.study.trial.allocate import allocate, arm_counts
from bfrsim.study.trial.analyse import ancova, paired_t_test, t_test
from bfrsim.study.trial.decide import interval, p_values, rejections
from bfrsim.study.trial.endpoints import endpoint_values, filled
from bfrsim.study.trial.pool import simulate_pool
from bfrsim.study.trial.prepare import prepare
from bfrsim.study.trial.read import read_design
from bfrsim.study.trial.recruit import population_of, recruit
from bfrsim.study.trial.run import analyse_pool
from bfrsim.study.trial.schema import Comparison, Design
from bfrsim.study.trial.sizes import by_formula
from bfrsim.study.trial.whole import by_anova

REPLICATES = 1200
SIZES, ONE_SIZE = "sizes = [8, 16, 32]", "sizes = [16]"
KNOWN = """
title = "A change that is told"
cohort = "adults"
pool = 1000
{extra}
[[arm]]
name = "A"
{n}
known.strength = {{ mean = {a}, sd = {sd_a} }}
[[arm]]
name = "B"
{n}
known.strength = {{ mean = 5.0, sd = 10.0 }}
[adherence]
attendance = 1.0
dropout = 0.0
[[outcome]]
name = "strength"
measure = "1RM"
instrument = "none"
visits = ["6 week"]
[[endpoint]]
name = "gain"
outcome = "strength"
[[comparison]]
endpoint = "gain"
arm = "A"
against = "B"
method = "t-test"
{comparison}
"""


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Return what runs a design whose outcome is normal, with a mean and SD that are told; each once."""
    folder = tmp_path_factory.mktemp("designs")
    return cache(partial(told, folder))


def told(folder, *, a=13.0, sd_a=10.0, extra=ONE_SIZE, comparison="", replicates=REPLICATES):
    path = folder / "known.toml"
    n = "" if "people" in extra else "n = 16"
    path.write_text(KNOWN.format(n=n, a=a, sd_a=sd_a, extra=extra, comparison=comparison), encoding="utf-8")
    file = read_design(path)
    pool = simulate_pool(prepare(file))
    return analyse_pool(file, pool, read_system(models_folder() / "bfr.bfr"), replicates=replicates)


def test_power_is_that_of_the_t_test_formula_at_every_size(known):
    comparison = known(extra=SIZES).comparisons[0]
    for n, share in zip(comparison.curve.n, comparison.curve.power, strict=True):
        expected = TTestIndPower().power(0.8, n, 0.05)
        assert share.mc_error == pytest.approx(np.sqrt(share.value * (1 - share.value) / REPLICATES))
        assert abs(share.value - expected) < 3.5 * share.mc_error + 0.005, n
    needed = TTestIndPower().solve_power(0.8, alpha=0.05, power=0.8)
    assert comparison.curve.needed == pytest.approx(needed, rel=0.1)
    assert comparison.formula == pytest.approx(needed, rel=0.1)


def test_intervals_hold_the_true_effect_in_95_per_cent_of_trials_though_spreads_differ(known):
    comparison = known(sd_a=4.0).comparisons[0]
    assert comparison.truth == pytest.approx(8.0, abs=1e-9)
    assert comparison.effect == pytest.approx(8.0, abs=0.25)
    assert abs(comparison.coverage.value - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / REPLICATES)


def test_two_equal_arms_differ_in_5_per_cent_of_trials(known):
    result = known(a=5.0)
    comparison = result.comparisons[0]
    assert comparison.truth == pytest.approx(0.0, abs=1e-9)
    assert comparison.null
    assert abs(comparison.alone.value - 0.05) < 3.5 * np.sqrt(0.05 * 0.95 / REPLICATES)
    assert result.familywise.value == comparison.power.value


def test_a_crossover_needs_as_few_people_as_the_paired_formula_says(known):
    people = 'sizes = [16]\n[allocation]\nscheme = "crossover"\npeople = 16\nwashout = "8 week"'
    result = known(extra=people)
    assert result.sizes == (8, 8), "both orders"
    share = result.comparisons[0].alone
    expected = TTestPower().power(0.8 / np.sqrt(2.0), 16, 0.05)
    assert abs(share.value - expected) < 3.5 * share.mc_error + 0.005


def test_hedges_g_is_the_standardised_difference_without_its_bias(known):
    assert known().comparisons[0].g == pytest.approx(0.8, abs=0.04)


def test_at_the_margin_non_inferiority_and_equivalence_err_no_more_than_they_may(known):
    for hypothesis, level in (("non-inferiority", 0.025), ("equivalence", 0.05)):
        words = f'hypothesis = "{hypothesis}"\nmargin = 10.0'
        comparison = known(a=-5.0, sd_a=5.0, comparison=words).comparisons[0]
        assert comparison.null
        assert comparison.alone.value < level + 3.5 * np.sqrt(level * (1 - level) / REPLICATES), hypothesis
    words = 'hypothesis = "non-inferiority"\nmargin = 10.0'
    power = known(a=5.0, comparison=words).comparisons[0].alone.value
    assert abs(power - TTestIndPower().power(1.0, 16, 0.025, alternative="larger")) < 0.04


def test_a_replicate_is_the_same_whatever_others_are_run(known):
    few, many = known(replicates=30), known(replicates=90)
    assert np.array_equal(few.replicates.effect, many.replicates.effect[:30])
    assert np.array_equal(few.replicates.se, many.replicates.se[:30])
    other = known(replicates=30, extra="seed = 2\nsizes = [16]")
    assert not np.array_equal(few.replicates.effect, other.replicates.effect)


def test_the_t_tests_are_those_of_scipy():
    random = np.random.default_rng(1)
    one, other = random.normal(3.0, 2.0, 15), random.normal(1.0, 5.0, 22)
    fit = t_test(one, other)
    known = stats.ttest_ind(one, other, equal_var=False)
    comparison = Comparison(endpoint="x", arm="a", against="b")
    p = p_values(comparison, np.array([fit.effect]), np.array([fit.se]), np.array([fit.df]))
    assert p[0] == pytest.approx(known.pvalue)
    low, high = interval(np.array([fit.effect]), np.array([fit.se]), np.array([fit.df]), 0.95)
    assert (low[0], high[0]) == pytest.approx(tuple(known.confidence_interval(0.95)))
    paired = paired_t_test(one, other[:15])
    assert paired.effect / paired.se == pytest.approx(stats.ttest_rel(one, other[:15]).statistic)


def test_ancova_finds_the_effect_behind_an_imbalance_and_is_sharper():
    random = np.random.default_rng(2)
    before = random.normal(40.0, 8.0, 400)
    group = np.r_[np.ones(200), np.zeros(200)].astype(bool)
    before[group] += 3.0
    values = 5.0 * group + 0.8 * before + random.normal(0.0, 3.0, 400)
    none = np.zeros(200, dtype=np.int64)
    fit = ancova(values[group], values[~group], (before[group], before[~group]), (none, none))
    assert fit.effect == pytest.approx(5.0, abs=3.0 * fit.se)
    assert fit.se < 0.6 * t_test(values[group], values[~group]).se


@pytest.mark.parametrize(
    ("rule", "name"), [("Bonferroni", "bonferroni"), ("Holm", "holm"), ("Hochberg", "simes-hochberg")]
)
def test_rules_for_several_comparisons_are_those_of_statsmodels(rule, name):
    p = np.random.default_rng(4).uniform(0.0, 0.06, (12, 3))
    found = rejections(p, [Comparison(endpoint="x", arm="a", against="b")] * 3, rule, 0.05)
    assert np.array_equal(found, np.array([multipletests(row, 0.05, name)[0] for row in p]))


def test_a_fixed_sequence_stops_at_the_first_that_is_not_rejected_and_leaves_secondary_ones_alone():
    primary = Comparison(endpoint="x", arm="a", against="b")
    secondary = primary.model_copy(update={"role": "secondary"})
    p = np.array([[0.01, 0.2, 0.01, 0.04], [0.01, np.nan, 0.01, 0.2]])
    found = rejections(p, [primary, primary, primary, secondary], "fixed sequence", 0.05)
    assert found.tolist() == [[True, False, False, True], [True, False, False, False]]


def test_blocks_keep_arms_even_within_strata_and_a_coin_does_not():
    design = read_design("three_arms").design
    strata = np.repeat([0, 1], 60)
    random = np.random.default_rng(5)
    group = allocate(design, arm_counts(design), strata, random)
    for stratum in (0, 1):
        assert np.bincount(group[strata == stratum]).tolist() == [20, 20, 20]
    simple = design.model_copy(update={"allocation": design.allocation.model_copy(update={"rule": "simple"})})
    sizes = [np.bincount(allocate(simple, arm_counts(simple), strata, random), minlength=3)[0] for _ in range(200)]
    assert np.mean(sizes) == pytest.approx(40.0, abs=1.5)
    assert np.std(sizes) > 3.0


def test_sizes_of_the_curve_keep_the_ratio_of_the_arms():
    design = read_design("three_arms").design
    assert arm_counts(design) == (40, 40, 40)
    assert arm_counts(design, 10) == (10, 10, 10)
    uneven = design.model_copy(
        update={"arm": tuple(arm.model_copy(update={"n": n}) for arm, n in zip(design.arm, (20, 40, 60), strict=True))}
    )
    assert arm_counts(uneven, 10) == (5, 10, 15)


def test_the_formula_is_that_of_statsmodels():
    assert by_formula(8.0, 10.0, 0.05, 0.8) == pytest.approx(TTestIndPower().solve_power(0.8, alpha=0.05, power=0.8))
    assert by_formula(0.0, 10.0, 0.05, 0.8) is None


def test_people_of_several_arms_by_the_f_test_are_those_with_which_trials_of_that_size_find_a_difference():
    means, n = [34.0, 14.0, 0.6], 5
    random = np.random.default_rng(6)
    found = [stats.f_oneway(*(random.normal(mean, 15.0, n) for mean in means)).pvalue < 0.05 for _ in range(1500)]
    power = float(np.mean(found))
    assert by_anova(means, 15.0, 0.05, power) == pytest.approx(n, abs=0.35)
    assert by_anova([1.0, 1.0, 1.0], 15.0, 0.05, 0.8) == np.inf
    two = TTestIndPower().solve_power(0.8, alpha=0.05, power=0.8)
    assert by_anova([0.0, 8.0], 10.0, 0.05, 0.8) == pytest.approx(two, rel=0.01)


def test_missing_visits_are_filled_by_the_rule(known):
    result = known()
    design: Design = result.file.design
    population = population_of(result.pool, design)
    gone = {"strength": np.tile([True, False], (result.pool.size, 2, 1))}
    nobody = replace(result.pool, seen=gone)
    for rule, expected in (("complete cases", np.nan), ("baseline carried forward", 0.0)):
        changed = design.model_copy(update={"analysis": design.analysis.model_copy(update={"missing": rule})})
        trial = recruit(population_of(nobody, changed), changed, (4, 4), 0)
        values = endpoint_values(changed.endpoint[0], changed.outcome[0], filled(trial.measured["strength"], rule))
        assert np.array_equal(values, np.full((8, 1), expected), equal_nan=True)
    assert population.truth["strength"].shape == (result.pool.size, 2, 2)
