"""The numbers by which the engine is judged: errors, coverage, order of arms, skill with its interval."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bfrsim.study.published.evidence import (
    Baseline,
    read_baseline,
    read_published,
    shipped_baseline,
    shipped_evidence,
)
from bfrsim.study.published.predict import Prediction
from bfrsim.study.published.score import (
    bias,
    by_trait,
    coverage,
    of,
    pairs,
    rmse,
    scores,
    skill,
    skill_interval,
)
from bfrsim.study.published.traits import Traits

KEYS = {
    "rows", "studies", "rmse_size", "rmse_strength", "bias_size", "bias_strength", "coverage90", "rank_pairs_right",
    "rank_pairs", "skill_size", "skill_strength", "skill_size_mean", "skill_strength_mean", "skill_size_ci",
    "skill_strength_ci", "free_constants",
}  # fmt: skip
TRAITS = Traits("resistance", "60 %1RM and more", "no cuff", "below 40 years", "leg", None)
BASELINE = read_baseline(shipped_baseline())
ROWS = [row for row in read_published(shipped_evidence()).values() if row.scored]


def prediction(row, mean, reach=5.0, weight=None, baseline=None):
    told = BASELINE.get(row.id) if baseline is None else baseline
    return Prediction(
        row, "file.toml", row.arm, "size", "csa_change", False, mean, 1.0, mean - reach, mean + reach, 10, 8, 0,
        (told.weight if told else 1.0) if weight is None else weight, told, TRAITS, "",
    )  # fmt: skip


def answered(by):
    return [prediction(row, by(row)) for row in ROWS]


def test_the_published_numbers_themselves_have_no_error_and_full_skill():
    perfect = answered(lambda row: row.change)
    told = scores(perfect, 3)
    assert set(told) >= KEYS and told["rows"] == 375 and told["studies"] == 72 and told["free_constants"] == 3
    assert told["rmse_size"] == told["rmse_strength"] == told["bias_size"] == 0.0 and told["coverage90"] == 1.0
    assert told["skill_size"] == told["skill_strength_mean"] == 1.0 and told["skill_size_ci"] == (1.0, 1.0)
    assert told["rank_pairs_right"] == told["rank_pairs"] > 100
    assert told["equal_pairs_right"] == told["equal_pairs"] > 100


@pytest.mark.parametrize("name", ["meta_regression", "mean_by_stimulus"])
def test_a_baseline_has_no_skill_against_itself(name):
    copied = answered(lambda row: getattr(BASELINE[row.id], name))
    for outcome in ("size", "strength"):
        assert skill(of(copied, outcome), name) == pytest.approx(0.0, abs=1e-12)
        assert skill_interval(of(copied, outcome), name) == pytest.approx((0.0, 0.0), abs=1e-12)


def test_the_meta_regression_beats_the_mean_and_the_mean_beats_saying_nothing_changes():
    """The baselines' authors give 3.7, 4.8 and 8.0 points for size."""
    size = [row for row in ROWS if row.outcome_class == "size"]
    assert rmse([prediction(row, BASELINE[row.id].meta_regression) for row in size]) == pytest.approx(3.7, abs=0.05)
    assert rmse([prediction(row, BASELINE[row.id].mean_by_stimulus) for row in size]) == pytest.approx(4.8, abs=0.05)
    nothing = [prediction(row, 0.0) for row in size]
    assert rmse(nothing) == pytest.approx(8.0, abs=0.05)
    assert skill(nothing, "meta_regression") == pytest.approx(1 - (8.0 / 3.7) ** 2, abs=0.15)


def test_error_and_bias_are_weighted():
    first, second = ROWS[0], ROWS[1]
    some = [prediction(first, first.change + 2.0, weight=3.0), prediction(second, second.change - 4.0, weight=1.0)]
    assert bias(some) == pytest.approx((3 * 2 - 4) / 4)
    assert rmse(some) == pytest.approx(math.sqrt((3 * 4 + 16) / 4))
    assert rmse([]) is None and bias([]) is None and coverage([]) is None


def test_coverage_counts_the_rows_whose_published_mean_lies_in_the_interval():
    some = [
        prediction(row, row.change + shift, reach=5.0) for row, shift in zip(ROWS, (0, 4.9, 5.1, -20), strict=False)
    ]
    assert coverage(some) == pytest.approx(0.5)


def test_arms_count_for_order_only_where_the_published_difference_is_one():
    row = replace(ROWS[0], study="S", arm="A", outcome="o", se=3.0, change=10.0, weeks=8.0)
    limit = 1.5 * 3.0 * math.sqrt(2)
    near, far = replace(row, arm="B", change=10.0 - limit + 0.1), replace(row, arm="C", change=10.0 - limit - 0.1)
    close = pairs([prediction(row, 5.0), prediction(near, 5.0 + limit + 0.1)])
    assert [(pair.decisive, pair.right) for pair in close] == [(False, False)]
    assert pairs([prediction(row, 5.0), prediction(near, 5.0 + limit - 0.1)])[0].right
    apart = pairs([prediction(row, 5.0), prediction(far, 4.9)])
    assert [(pair.decisive, pair.right) for pair in apart] == [(True, True)]
    assert not pairs([prediction(row, 5.0), prediction(far, 5.1)])[0].right
    assert not pairs([prediction(row, 5.0), prediction(far, 5.0)])[0].right, "no difference is no order"


def test_only_arms_that_share_study_outcome_instrument_and_time_are_compared():
    row = replace(ROWS[0], study="S", arm="A", outcome="o", weeks=8.0)
    others = [
        replace(row, arm="B", study="T"),
        replace(row, arm="B", outcome="p"),
        replace(row, arm="B", weeks=12.0),
        replace(row, arm="B", texts={**row.texts, "instrument": "another"}),
        replace(row, arm="A"),
    ]
    assert not pairs([prediction(row, 1.0), *(prediction(other, 2.0) for other in others)])


def test_the_interval_of_skill_comes_from_cohorts_not_from_rows():
    """One cohort of many rows decides nothing: drawn without it, the skill is another."""
    rng = np.random.default_rng(1)
    base = Baseline("high_load", 1.0, 0.0, 0.0)
    rows = [
        replace(ROWS[0], cohort=f"c{n % 10}", change=float(rng.normal(5, 3)), outcome_class="size") for n in range(60)
    ]
    even = [prediction(row, row.change / 2, weight=1.0, baseline=base) for row in rows]
    low, high = skill_interval(even, "meta_regression")
    assert low == pytest.approx(0.75) == high, "half of every change predicted: 1 - 1/4 whatever is drawn"
    uneven = [
        prediction(row, row.change if row.cohort == "c0" else -row.change, weight=1.0, baseline=base) for row in rows
    ]
    low, high = skill_interval(uneven, "meta_regression")
    assert low < skill(uneven, "meta_regression") < high
    assert skill_interval(uneven, "meta_regression") == (low, high), "the same interval each time"
    assert skill_interval([each for each in even if each.row.cohort == "c0"], "meta_regression") is None


def test_rows_that_only_support_and_rows_without_a_number_do_not_count():
    support = replace(ROWS[0], scored=False)
    told = scores([prediction(support, 1.0), prediction(ROWS[1], math.nan)], None)
    assert told["rows"] == 0 and told["rmse_size"] is None and told["skill_size"] is None
    assert told["rank_pairs"] == 0 and told["skill_size_ci"] is None


def test_groups_hold_every_row_that_counts():
    some = answered(lambda row: row.change)
    assert sum(map(len, by_trait(some, "mode").values())) == len(some)
