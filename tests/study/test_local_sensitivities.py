"""Local sensitivities: what is known beforehand, two ways that agree, and what cannot be asked."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from bfrsim.cli import app
from bfrsim.errors import SimulationError
from bfrsim.study.local_sensitivities.local import local_sensitivities

SCENARIO, ONE_WEEK = "bfr_knee_extension", {"calendar.weeks": 1}
AGREE = 1e-4  # relative, of JAX and central differences


def derived(of, to, **more):
    return local_sensitivities(SCENARIO, of, to, overrides=ONE_WEEK, **more)


@pytest.fixture(scope="module")
def by_differences():
    quantities = ("mass", "k_F", "C_Hb_man", "load_relative", "exercise.load", "cuff.pressure", "exercise.rest")
    return derived(["csa_change", "mass", "MAP_max"], quantities, by="differences")


def elasticity(found, output, quantity):
    row = [each.label for each in found.outputs].index(output)
    return found.elasticities[row, [each.name for each in found.quantities].index(quantity)]


def test_a_constant_follows_itself_and_nothing_else(by_differences):
    assert elasticity(by_differences, "mass", "mass") == pytest.approx(1.0, abs=1e-9)
    assert elasticity(by_differences, "mass", "k_F") == 0.0


def test_what_sets_women_apart_moves_nothing_in_a_man():
    found = local_sensitivities(
        SCENARIO, ["csa_change"], ["C_Hb_sex"], by="differences", overrides={**ONE_WEEK, "person.sex": "male"}
    )
    assert found.derivatives[0, 0] == 0.0


def test_the_load_counts_the_same_as_an_input_and_as_a_quantity_of_the_protocol(by_differences):
    for output in ("csa_change", "MAP_max"):
        as_input = elasticity(by_differences, output, "load_relative")
        assert elasticity(by_differences, output, "exercise.load") == pytest.approx(as_input, rel=1e-4)
        assert as_input > 0.1, "a heavier load raises pressure and growth"


def test_the_order_begins_with_what_moves_most(by_differences):
    sizes = np.abs(by_differences.elasticities[0])[by_differences.order(0)]
    assert np.all(np.diff(sizes[np.isfinite(sizes)]) <= 0.0)


def test_threads_and_back_ends_do_not_matter(by_differences):
    again = derived(["csa_change"], ["k_F", "cuff.pressure"], by="differences", threads=2)
    for quantity in ("k_F", "cuff.pressure"):
        assert elasticity(again, "csa_change", quantity) == elasticity(by_differences, "csa_change", quantity)


@pytest.mark.slow
def test_jax_and_differences_agree_along_the_whole_programme(by_differences):
    pytest.importorskip("jax")
    names = [each.name for each in by_differences.quantities]
    found = derived(["csa_change", "mass"], names, by="jax")
    assert found.by == "jax"
    for row in range(2):
        assert found.values[row] == pytest.approx(by_differences.values[row], rel=1e-6)
        assert found.derivatives[row] == pytest.approx(by_differences.derivatives[row], rel=AGREE, abs=1e-9)


@pytest.mark.parametrize(
    ("of", "to", "more", "said"),
    [
        (["csa_chnge"], ["k_F"], {}, "did you mean 'csa_change'"),
        (["csa_change"], ["cuff.presure"], {}, "did you mean 'cuff.pressure'"),
        (["csa_change"], ["k_F"], {"by": "jacks"}, "choose from auto, jax, differences"),
        ([], ["k_F"], {}, "name at least one output"),
    ],
)
def test_what_cannot_be_asked(of, to, more, said):
    with pytest.raises(SimulationError, match=said):
        derived(of, to, **more)


def test_a_programme_without_sessions_has_no_last_one():
    with pytest.raises(SimulationError, match="this programme has none"):
        local_sensitivities("bed_rest", ["MAP_max"], ["k_F"], by="differences")


def test_the_verb_prints_everything_as_json():
    arguments = ["sensitivities", SCENARIO, "--set", "calendar.weeks=1", "--to", "k_F", "--by", "differences", "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    (output,) = told["outputs"]
    assert output["name"] == "csa_change"
    assert output["sensitivities"][0]["name"] == "k_F"
    assert told["by"] == "differences"
    assert "not medical advice" in told["disclaimer"]
