"""People of a cohort: the same whoever draws them, distributed and correlated as the tables say, chosen by criteria."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bfrsim.errors import SimulationError
from bfrsim.library import shipped_cohorts
from bfrsim.scenario.population import BAND_CENTRES, population_mean
from bfrsim.study.cohort import draw_cohort, read_cohort
from bfrsim.study.cohort.columns import COLUMNS, COVARIATES, MAXIMA
from bfrsim.study.cohort.covariates import LEAST_PULSE, LIMITS, draw_covariates
from bfrsim.study.cohort.marginals import marginals
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.score import score_population
from bfrsim.study.cohort.streams import generator, normals, uniforms
from bfrsim.study.cohort.tables import copula, trained_changes

CELLS = [(ancestry, sex) for ancestry in ("asian", "european") for sex in ("female", "male")]


def cohort(seed: int = 1, include=(), exclude=(), **population) -> CohortSpec:
    """Return a cohort of all ages and both ancestries, with changes."""
    people = {"asian": 0.5, "ages": [{"youngest": "18 year", "oldest": "95 year"}]} | population
    rules = {"include": list(include), "exclude": list(exclude)}
    return CohortSpec.model_validate({"title": "Test", "seed": seed, "population": people, **rules})


def rule(field: str, operator: str, value) -> dict:
    return {"field": field, "operator": operator, "value": value}


@pytest.fixture(scope="module")
def everybody():
    """Return 20,000 people of all ages."""
    return draw_covariates(cohort(), np.arange(20_000))


@pytest.fixture(scope="module")
def score():
    """Return the score of the population that all tables together describe."""
    return score_population(read_cohort("adults"))


# --- numbers with an address -------------------------------------------------------------------------------------


def test_a_number_hangs_on_seed_purpose_and_person_only():
    many = uniforms(3, "age", range(1000))
    for count in (1, 2, 3, 4, 5, 17, 333):
        assert np.array_equal(uniforms(3, "age", range(count)), many[:count])
        assert np.array_equal(uniforms(3, "age", range(count, count + 9)), many[count : count + 9])
    assert np.array_equal(uniforms(3, "age", [900, 17, 3]), many[[900, 17, 3]])
    assert not np.any(uniforms(4, "age", range(1000)) == many)
    assert not np.any(uniforms(3, "sex", range(1000)) == many)


def test_the_numbers_are_those_of_the_recipe_for_ever():
    """Another recipe would give every cohort other people; it needs another name."""
    found = uniforms(1, "age", [0, 17])
    assert found.tolist() == [float.fromhex(text) for text in RECIPE]


RECIPE = ("0x1.3b670b9993fffp-1", "0x1.d9966df3a2497p-1")


def test_numbers_are_uniform_normal_and_independent():
    first, second = normals(1, "a", range(100_000)), normals(1, "b", range(100_000))
    assert abs(first.mean()) < 0.015 and abs(first.std() - 1.0) < 0.01
    for r in (np.corrcoef(first, second)[0, 1], np.corrcoef(first[1:], first[:-1])[0, 1]):
        assert abs(r) < 0.015
    shares = np.histogram(uniforms(1, "a", range(100_000)), bins=10, range=(0.0, 1.0))[0]
    assert np.all(np.abs(shares - 10_000) < 500)


def test_a_generator_is_a_persons_own():
    mine, again, other = (generator(1, "diary", person).random(50) for person in (17, 17, 18))
    assert np.array_equal(mine, again) and not np.any(mine == other)


# --- one person in any company -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped_cohorts())
def test_person_17_is_the_same_in_any_cohort(name):
    spec = read_cohort(name)
    large, small, later = draw_cohort(spec, 600), draw_cohort(spec, 20), draw_cohort(spec, 3, first=17)
    for column in [*COLUMNS, "candidate"]:
        values = large[column].values
        assert np.array_equal(small[column].values, values[:20]), column
        assert np.array_equal(later[column].values, values[17:20]), column


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 1000])
def test_arithmetic_does_not_hang_on_the_number_of_people(count, everybody):
    """Vector instructions must round a person alike wherever it stands in an array."""
    for start in (0, 1, 5):
        found = draw_covariates(cohort(), np.arange(start, start + count))
        for name, values in found.items():
            assert np.array_equal(values, everybody[name][start : start + count]), name


def test_criteria_leave_everybody_else_as_they_were():
    chosen = draw_cohort(cohort(include=[rule("grip", "<", "20 kg")]), 50)
    everyone = draw_cohort(cohort(), int(chosen["candidate"].max()) + 1)
    for name in COLUMNS:
        assert np.array_equal(everyone[name].values[chosen["candidate"].values], chosen[name].values), name


def test_another_seed_is_other_people():
    first, second = (draw_covariates(cohort(seed), np.arange(50)) for seed in (1, 2))
    assert not np.any(first["height"] == second["height"])


# --- distributions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [*COVARIATES, *MAXIMA])
def test_a_mean_is_that_of_the_table_and_linear_between_its_bands(quantity):
    ages = np.array([18.0, 28.5, 40.0, 49.0, 62.0, 65.0, 70.0, 74.5, 80.0, 83.0, 95.0])
    for ancestry, sex in CELLS:
        told = marginals()[ancestry, sex, quantity]
        assert told.mean(ages) == pytest.approx([population_mean(quantity, age, sex, ancestry) for age in ages])
        assert told.sd(np.array(list(BAND_CENTRES.values()))) == pytest.approx(told.sds)
        assert told.mean(ages[:1]) == told.means[0] and told.mean(ages[-1:]) == told.means[-1]


@pytest.mark.parametrize("quantity", ["height", "body_mass", "subcut_fat", "gait_speed"])
def test_a_distribution_has_the_mean_and_sd_it_is_given(quantity):
    told, age = marginals()["european", "female", quantity], np.full(200_001, 65.0)
    scores = normals(1, "test", range(len(age)))
    values = told.value(scores, age)
    assert values.mean() == pytest.approx(told.means[2], rel=0.01)
    assert values.std() == pytest.approx(told.sds[2], rel=0.02)
    assert told.score(values[:1000], age[:1000]) == pytest.approx(scores[:1000], abs=1e-8)


def test_means_and_spreads_are_within_the_tolerance_of_every_table_row(score):
    """5 % of the mean and 15 % of the SD in each of 20 groups of ancestry, sex and age, for 19 quantities."""
    assert len(score.cells) == 20 * 19
    off = [(each.quantity, each.ancestry, each.sex, each.band) for each in score.cells if not each.fits]
    assert off == []


def test_correlations_given_age_are_within_a_tenth(score):
    for each in score.matrices:
        assert each.names == tuple(COVARIATES)
        assert np.abs(each.drawn - each.table).max() < 0.05
    assert score.fits


def test_the_score_notices_what_is_off(score):
    cell = score.cells[0]
    assert not replace(cell, mean_drawn=1.06 * cell.mean_table).fits
    assert not replace(cell, sd_drawn=0.84 * cell.sd_table).fits
    matrix = score.matrices[0]
    moved = matrix.table.copy()
    moved[3, 5] -= 0.2
    off = replace(matrix, drawn=moved)
    assert off.worst() == (matrix.names[3], matrix.names[5], pytest.approx(-0.2))
    assert not replace(score, matrices=(off,)).fits


def test_the_matrices_are_correlations():
    for sex in ("female", "male"):
        names, matrix = copula(sex)
        assert set(names) == set(COVARIATES) and np.array_equal(matrix, matrix.T) and np.all(np.diag(matrix) == 1.0)
        assert np.linalg.eigvalsh(matrix)[0] > 0.03


def test_everybody_is_a_person_that_a_scenario_can_describe(everybody):
    assert np.min(everybody["sbp"] - everybody["dbp"]) >= LEAST_PULSE
    assert everybody["dbp"].min() >= 30.0 and everybody["sbp"].max() <= 260.0
    for name, limits in LIMITS.items():
        at_limit = (everybody[name] <= limits.range.low) | (everybody[name] >= limits.range.high)
        assert at_limit.mean() < 1e-3, name


def test_maxima_follow_torque_and_grip(everybody):
    men = everybody["sex"] == "male"
    ratio = everybody["knee_ext_1rm"] / everybody["knee_torque"]
    assert ratio.mean() == pytest.approx(0.245, rel=0.01), "kg of a knee extension for each N m (Lesnak 2020)"
    assert ratio.std() / ratio.mean() == pytest.approx(0.13, abs=0.01)
    assert (everybody["elbow_flex_1rm"] / everybody["grip"])[men].mean() == pytest.approx(0.30, rel=0.03)


# --- what follows ------------------------------------------------------------------------------------------------


def test_sarcopenia_by_awgs_2019_is_as_common_as_in_china(score):
    found = next(each for each in score.prevalences if each.published.role == "tuned" and each.published.low)
    assert found.published.definition == "AWGS 2019"
    assert found.published.low <= found.as_measured <= found.published.high
    assert found.as_measured >= found.drawn - 0.5, "errors of measurement do not make a rare condition rarer"


def test_hypertension_is_as_common_as_surveys_say(score):
    rows = [each for each in score.prevalences if each.published.condition == "hypertension"]
    assert len(rows) == 10
    for each in rows:
        assert abs(each.drawn - each.published.percent) < 5.0, each.published


def test_high_pressure_is_hypertension():
    people = draw_cohort(cohort(asian=1.0), 3000)
    high = (people["sbp"].values >= 140.0) | (people["dbp"].values >= 90.0)
    assert people["hypertension"].values[high].all() and 0.0 < people["hypertension"].values[~high].mean() < 0.4


def test_mass_index_is_derived():
    people = draw_cohort(cohort(), 100)
    assert people["bmi"].values == pytest.approx(people["body_mass"].values / (people["height"].values / 100.0) ** 2)


def test_europeans_of_europe_are_lighter_and_their_thighs_thinner():
    usa, europe = (draw_covariates(cohort(asian=0.0, level=level), np.arange(4000)) for level in ("table", "europe"))
    assert europe["body_mass"].mean() / usa["body_mass"].mean() == pytest.approx(0.925, abs=0.005)
    assert 1.0 < (usa["thigh_circ"] - europe["thigh_circ"]).mean() < 3.0
    assert np.array_equal(usa["height"], europe["height"])


@pytest.mark.parametrize("training", ["recreational", "strength", "endurance"])
def test_trained_people_differ_from_untrained_as_the_table_says(training):
    young = {"asian": 0.0, "female": 0.0, "ages": [{"youngest": "18 year", "oldest": "35 year"}]}
    before, after = (draw_covariates(cohort(training=kind, **young), np.arange(8000)) for kind in ("none", training))
    changed = {each.quantity: each for each in trained_changes()[training] if each.quantity in before}
    for name in [*COVARIATES, *MAXIMA]:
        if name not in changed:
            assert np.array_equal(before[name], after[name]), name
            continue
        wanted = before[name].mean()
        wanted = wanted * changed[name].value if changed[name].operation == "times" else wanted + changed[name].value
        assert after[name].mean() == pytest.approx(wanted, rel=0.01), name
    assert after["subcut_fat"].std() < before["subcut_fat"].std()


# --- who is in ---------------------------------------------------------------------------------------------------


def test_who_is_included_meets_all_and_who_meets_an_exclusion_is_not():
    include = [rule("sarcopenia", "=", True), rule("age", "<=", "80 year"), rule("sex", "=", "female")]
    exclude = [rule("sbp", ">=", "16 kPa"), rule("awgs_2019", "=", "severe sarcopenia")]
    people = draw_cohort(cohort(include=include, exclude=exclude), 40)
    assert people["sarcopenia"].values.all() and people["age"].values.max() <= 80.0
    assert set(people["sex"].values) == {"female"} and set(people["awgs_2019"].values) == {"sarcopenia"}
    assert people["sbp"].values.max() < 16.0 * 7.50062 and people.attrs["candidates"] > 40


def test_criteria_that_nobody_meets_are_told():
    spec = cohort(include=[rule("bmi", ">", "30 kg/m**2"), rule("bmi", "<", "20 kg/m**2")])
    with pytest.raises(SimulationError, match=r"0 of .* candidates meet the criteria, 1 are wanted .*bmi > 30 kg/m"):
        draw_cohort(spec, 1)


def test_ages_follow_their_shares():
    ages = [
        {"youngest": "60 year", "oldest": "70 year", "share": 3},
        {"youngest": "80 year", "oldest": "90 year", "share": 1},
    ]
    found = draw_covariates(cohort(ages=ages, female=0.25), np.arange(8000))
    assert (found["age"] < 70.0).mean() == pytest.approx(0.75, abs=0.02)
    assert not np.any((found["age"] > 70.0) & (found["age"] < 80.0))
    assert (found["sex"] == "female").mean() == pytest.approx(0.25, abs=0.02)


def test_columns_tell_their_unit_meaning_and_source():
    people = draw_cohort(cohort(), 5)
    for name in COLUMNS:
        assert people[name].attrs["units"] and people[name].attrs["long_name"] and people[name].attrs["source"]
    assert "Bohannon" in people["gait_speed"].attrs["source"]
