"""Visits that are missed: what multiple imputation and the mixed model make of them, where the truth is known."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import stats

from bfrsim.study.cohort.streams import generator
from bfrsim.study.trial.analyse import ancova, mixed_model, paired_t_test, t_test
from bfrsim.study.trial.impute import imputed, pooled
from bfrsim.study.trial.read import read_design
from bfrsim.study.trial.recruit import Population, Recruited
from bfrsim.study.trial.replicate import analyse
from bfrsim.study.trial.schema import IMPUTED

EFFECT, TRIALS = 6.0, 400


def a_trial(number, n=30):
    """Return levels at three visits and groups; growth spreads people, and whoever does badly does not come again."""
    random = np.random.default_rng([7, number])
    group = np.repeat([1, 0], n)
    start, own, noise = random.normal(50.0, 8.0, 2 * n), random.normal(0.0, 3.0, 2 * n), random.normal(0, 1, (2, 2 * n))
    middle = start + 2.0 + 3.0 * group + own + noise[0]
    end = start + 4.0 + EFFECT * group + 2.0 * own + noise[1]
    whole = np.stack([start, middle, end], axis=1)
    leaves = random.random(2 * n) < 1.0 / (1.0 + np.exp((middle - start - 2.0) / 1.5))  # more of them in the control
    levels = whole.copy()
    levels[leaves, 2] = np.nan
    return whole, levels, group


def by_imputation(levels, group, number, count=10):
    random = np.random.default_rng([8, number])
    none = np.zeros(len(group), dtype=np.int64)
    drawn = [imputed(levels[group == each], none[group == each], count, random) for each in (1, 0)]
    return pooled([t_test(one[:, 2] - one[:, 0], other[:, 2] - other[:, 0]) for one, other in zip(*drawn, strict=True)])


def of_complete(levels, group, _):
    change = levels[:, 2] - levels[:, 0]
    return t_test(*(change[(group == each) & ~np.isnan(change)] for each in (1, 0)))


def by_mixed_model(levels, group, _):
    change = levels[:, None, 1:] - levels[:, None, :1]
    return mixed_model(change, levels[:, :1], group[:, None], 1)


def in_many_trials(rule):
    """Return mean effect, its error, and the share of 95 % intervals that hold the truth."""
    fits = np.array([rule(*a_trial(number)[1:], number) for number in range(TRIALS)])
    held = np.abs(fits[:, 0] - EFFECT) <= stats.t.ppf(0.975, fits[:, 2]) * fits[:, 1]
    return fits[:, 0].mean(), fits[:, 0].std() / np.sqrt(TRIALS), held.mean()


@pytest.mark.parametrize("rule", [by_imputation, by_mixed_model])
def test_gaps_that_hang_on_what_was_seen_bias_complete_cases_and_neither_imputation_nor_mixed_model(rule):
    naive, error, _ = in_many_trials(of_complete)
    assert naive < EFFECT - 8.0 * error, "leavers of the control did badly, so that those who stay look too good"
    mean, error, held = in_many_trials(rule)
    assert mean == pytest.approx(EFFECT, abs=3.5 * error)
    assert held > 0.95 - 3.5 * np.sqrt(0.95 * 0.05 / TRIALS)


def test_with_nothing_missing_imputation_is_the_complete_analysis():
    whole, _, group = a_trial(0)
    assert by_imputation(whole, group, 0) == pytest.approx(of_complete(whole, group, 0), rel=1e-12)
    none = np.zeros(30, dtype=np.int64)
    assert np.array_equal(
        imputed(whole[:30], none, 3, np.random.default_rng(1)), np.repeat(whole[None, :30], 3, axis=0)
    )


def test_the_spread_of_what_is_drawn_is_that_of_people_and_too_few_are_left_alone():
    whole, levels, _ = a_trial(1, n=2000)
    none = np.zeros(2000, dtype=np.int64)
    drawn = imputed(levels[:2000], none, 2, np.random.default_rng(1))
    assert drawn[0][:, 2].std() == pytest.approx(whole[:2000, 2].std(), rel=0.05)
    assert np.corrcoef(drawn[0].T)[1, 2] == pytest.approx(np.corrcoef(whole[:2000].T)[1, 2], abs=0.02)
    few = np.array([[1.0, 2.0], [2.0, 3.5], [3.0, np.nan]])
    assert np.array_equal(imputed(few, none[:3], 2, np.random.default_rng(1))[0], few, equal_nan=True)


def test_variances_within_and_between_imputations_add_up_by_rubins_rules():
    fits = [t_test(np.random.default_rng(at).normal(1.0, 2.0, 12), np.arange(12.0)) for at in range(5)]
    found = pooled(fits)
    effects, errors = np.array([fit.effect for fit in fits]), np.array([fit.se for fit in fits])
    assert found.effect == pytest.approx(effects.mean())
    assert found.se**2 == pytest.approx((errors**2).mean() + 1.2 * effects.var(ddof=1))
    assert found.df < np.mean([fit.df for fit in fits])


def test_of_whole_data_the_mixed_model_is_the_t_test_with_its_degrees_of_freedom():
    random = np.random.default_rng(4)
    group = np.repeat([1, 0], [9, 14])
    values = random.normal(0.0, [1.0, 3.0], (23, 2)) + random.normal(0.0, 2.0, (23, 1)) + group[:, None]
    before = np.full((23, 1), 50.0) + random.normal(0.0, 1.0, (23, 1))
    fit = mixed_model(values[:, None], before, group[:, None], 1)
    known = ancova(
        values[group == 1, 1], values[group == 0, 1], (before[group == 1, 0], before[group == 0, 0]),
        (np.zeros(9, np.int64), np.zeros(14, np.int64)),
    )  # fmt: skip
    assert fit[:4] == pytest.approx(known[:4], rel=1e-4), "ANCOVA at the visit, for nothing more is known"


def test_people_who_have_both_arms_are_compared_with_themselves():
    random = np.random.default_rng(5)
    person = random.normal(0.0, 10.0, (16, 1))
    values = person[:, :, None] + random.normal(0.0, 1.0, (16, 2, 1)) + np.array([2.0, 0.0])[:, None]
    before = np.repeat(random.normal(50.0, 5.0, (16, 1)), 2, axis=1)
    fit = mixed_model(values, before, np.tile([1, 0], (16, 1)), 0)
    paired = paired_t_test(values[:, 0, 0], values[:, 1, 0])
    assert fit[:3] == pytest.approx(paired[:3], rel=1e-4)


def recruited(design, levels, group, number=0):
    population = Population({}, {}, {}, *(np.zeros(len(levels)) for _ in range(4)))
    whole = np.ones((len(levels), levels.shape[1]), dtype=bool)
    return Recruited(np.arange(len(levels)), group, {"strength": levels}, whole, number), population


def ruled(name, **told):
    design = read_design(name).design
    return design.model_copy(update={"analysis": design.analysis.model_copy(update={"missing": IMPUTED} | told)})


def test_a_replicate_draws_its_gaps_from_a_stream_of_its_own():
    design = ruled("null")
    _, levels, group = a_trial(3)
    run = partial(analyse, design=design, comparison=design.comparison[0])
    levels = levels[:, None, 1:]
    first, again, other = (run(*recruited(design, levels, group, number)) for number in (0, 0, 1))
    assert first == again and first.effect != other.effect
    assert first.n + first.n_against == len(group), "nobody is left out"


@pytest.mark.parametrize("scheme", ["within-person", "crossover"])
def test_gaps_of_people_who_have_both_arms_are_filled_from_both(scheme):
    design = ruled("within_person")
    design = design.model_copy(update={"allocation": design.allocation.model_copy(update={"scheme": scheme})})
    random = generator(1, "levels", 0)
    levels = 50.0 + random.normal(0.0, 8.0, (60, 1, 1)) + random.normal(0.0, 1.0, (60, 2, 3))
    levels[:, 0, 2] += 5.0
    levels[:10, :, 1:] = np.nan  # in a crossover, of both periods; the level before is known
    order = np.tile([0, 1], 30) if scheme == "crossover" else np.zeros(60, dtype=np.int64)
    gain = next(each for each in design.comparison if each.endpoint == "strength gain")
    fit = analyse(*recruited(design, levels, order), design, gain)
    assert fit.n == 60 and fit.se < 1.0, "a person's own other arm is what the comparison lives on"
    assert abs(fit.effect + 10.0) < 4.0 * fit.se, "the heavy leg against the cuffed, in per cent of 50"
