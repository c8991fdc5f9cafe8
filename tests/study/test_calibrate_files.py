"""What is fitted is declared as data; mistakes in it are told with their place; the shipped sets say what they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from bfrsim.errors import ScenarioError
from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.scenario.parameter_sets import read_parameter_set
from bfrsim.study.calibrate.constants import constants_of
from bfrsim.study.calibrate.declaration import read_declaration, shipped_declaration
from bfrsim.study.calibrate.problem import Effort, predict, problem_of
from bfrsim.study.calibrate.restrictions import check_restrictions, held
from bfrsim.study.published.trials import Sources, gather

GOOD = 'title = "t"\n\n[[constant]]\nname = "c_R"\nwhy = "growth"\n'


@pytest.fixture(scope="module")
def system():
    return read_system(models_folder() / "bfr.bfr")


def test_few_constants_are_free_and_each_is_in_the_model_and_marked_as_fitted(system):
    declared = read_declaration(shipped_declaration())
    assert 8 <= len(declared.names) <= 14
    source = {item.name: item.source for item in system.parameters}
    assert {source[name] for name in declared.names} == {"fitted"}
    check_restrictions(declared.restriction, system)


@pytest.mark.parametrize("name", ["n_1", "c_R", "AOP_z"])  # lognormal, uniform, normal
def test_a_constant_and_its_score_are_two_names_of_one_place(system, name):
    (constant,) = constants_of(system, [name])
    scores = np.array([-2.0, 0.0, 1.5])
    values = constant.at(scores)
    assert constant.score(values) == pytest.approx(scores)
    assert constant.moved(values, 0.7) == pytest.approx(constant.at(scores + 0.7))
    assert constant.at(np.array([constant.start]))[0] == pytest.approx(constant.value)


def test_scores_of_a_prior_are_standard_normal(system):
    (constant,) = constants_of(system, ["c_R"])
    low, high = constant.prior.first, constant.prior.second
    quarter = constant.at(norm.ppf([0.25, 0.5, 0.75]))
    assert quarter == pytest.approx(low + (high - low) * np.array([0.25, 0.5, 0.75]))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD.replace("why", "because"), 5, "unknown key 'because'; the keys there are name, why"),
        (GOOD.replace('why = "growth"\n', ""), 3, "missing 'why' in [[constant]]"),
        (GOOD + GOOD.removeprefix('title = "t"\n\n'), 3, "'c_R' is declared twice"),
        (GOOD.replace("[[constant]]", "[[constants]]"), 3, "did you mean 'constant'"),
        (GOOD.replace('title = "t"', "title = t"), 1, "not TOML"),
    ],
)
def test_a_mistake_in_a_declaration_is_told_with_its_line(tmp_path, text, line, words):
    path = tmp_path / "declaration.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_declaration(path)
    assert f"{path}:{line}: " in str(error.value) and words in str(error.value)


@pytest.mark.parametrize(("name", "words"), [("c_S", "did you mean"), ("P_pos", "no parameter"), ("age", "no prior")])
def test_a_constant_that_cannot_be_fitted_is_refused(system, name, words):
    with pytest.raises(ScenarioError, match=words):
        constants_of(system, [name])


def test_people_differ_around_a_moved_constant_as_they_do_around_its_value(tmp_path):
    """Moving a constant by its score is the same as drawing people with a set that holds the new value."""
    from bfrsim.scenario.schema import Model
    from bfrsim.study.published.group import group_of, virtual_people

    problem = problem_of(gather(Sources()), ["c_R", "n_1", "z_r", "gamma"])
    asked = problem.asked[0]
    scenario, group = asked.file.scenarios[asked.arm.name], group_of(asked.file.trial, asked.arm)
    moved = problem.start + np.array([0.5, -0.3, 0.2, -0.4])
    values = problem.values(moved)
    lines = ['title = "t"', 'provenance = "made for a test"', "[values]"]
    lines += [f'{each.name} = "{values[each.name]!r} {each.unit}"' for each in problem.constants]
    path = tmp_path / "set.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    there = scenario.model_copy(update={"model": Model(parameter_set=str(path))})
    wanted = virtual_people(group, 5, problem.system, there)
    base = virtual_people(group, 5, problem.system, scenario)
    for at, constant in enumerate(problem.constants):
        found = constant.moved(base[constant.name], moved[at] - constant.start)
        assert found == pytest.approx(wanted[constant.name], rel=1e-9)


def test_the_models_own_values_break_nothing_that_a_fit_may_not_break(system):
    broken = [each for each in held(read_declaration(shipped_declaration()).restriction, system, {}) if not each.holds]
    assert not broken, [f"{each.restriction.says}: {each.less:.2f}, {each.more:.2f}" for each in broken]


def test_sets_that_are_simulated_together_do_not_touch_each_other():
    problem = problem_of(gather(Sources()), ["c_R"])
    some = problem.asked[:1]
    from dataclasses import replace

    small = replace(problem, asked=some)
    sets = np.array([[0.0], [1.0], [0.0]])
    together = predict(small, sets, Effort(people=1))
    assert together[0] == together[2] and together[0] != together[1]
    assert together[1] == predict(small, sets[1:2], Effort(people=1))[0]


def test_the_shipped_sets_hold_the_declared_constants_and_leave_out_each_cohort():
    declared = read_declaration(shipped_declaration())
    material = gather(Sources())
    constants = material.constants
    assert constants.fitted is not None
    for path in (constants.fitted, *constants.without.values()):
        assert set(read_parameter_set(str(path)).values) == set(declared.names), path
    rows = [row for row in material.tables.rows.values() if row.scored and row.calibrate]
    assert set(constants.without) == {row.cohort for row in rows}
    assert set(constants.spread) == {row.id for row in rows} | {"size", "strength"}


def test_the_fitted_constants_break_nothing_that_a_fit_may_not_break(system):
    shipped = gather(Sources()).constants.fitted
    assert shipped is not None
    units = {item.name: item.unit for item in system.parameters}
    values = read_parameter_set(str(shipped)).values_in(units)
    found = held(read_declaration(shipped_declaration()).restriction, system, values)
    broken = [f"{each.restriction.says}: {each.less:.2f}, {each.more:.2f}" for each in found if not each.holds]
    assert not broken, broken
