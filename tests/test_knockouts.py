"""What each mechanism is for: a link of the model is cut, and the programmes that live on it lose their gain.

The order of effects is that of the design's knock-outs and, for rapamycin, of Drummond 2009 and Gundermann 2014: it
blocks the rise of synthesis after high load and after cuffed low load alike.
"""

from __future__ import annotations

import numpy as np
import pytest

from bfrsim.batch import Programme, simulate_programmes
from bfrsim.scenario.read import read_scenario

PROGRAMMES = ("high_load", "bfr_knee_extension", "low_load", "bfr_walking", "walking")
CUT = {
    "nothing": {},
    "metabolites and oxygen in fatigue": {"k_F": 0.0, "k_O": 0.0},
    "venous back-pressure": {"phi_v": 0.0},
    "oxygen in recovery": {"eps_r": 1.0},
    "swelling": {"z_s": 0.0},
    "recruitment": {"z_r": 0.0},
    "S6K1, as by rapamycin": {"e_S": 0.0},
}


@pytest.fixture(scope="module")
def gain():
    """Change of size [%] of each programme with each link cut."""
    cells = [(cut, name) for cut in CUT for name in PROGRAMMES]
    found = simulate_programmes([Programme(read_scenario(name), CUT[cut]) for cut, name in cells], ["csa_change"])
    return {cell: float(run.values[0, -1, 0]) for cell, run in zip(cells, found, strict=True)}


def test_whole_model_orders_the_programmes(gain):
    size = {name: gain["nothing", name] for name in PROGRAMMES}
    assert size["low_load"] < 0.6 * size["bfr_knee_extension"]
    assert size["walking"] < 0.6 * size["bfr_walking"] < 0.6 * size["bfr_knee_extension"]
    assert size["bfr_knee_extension"] == pytest.approx(size["high_load"], rel=0.25)


@pytest.mark.parametrize(
    ("cut", "kept"),
    [("metabolites and oxygen in fatigue", 0.6), ("venous back-pressure", 0.8), ("oxygen in recovery", 0.7)],
)
def test_without_it_the_cuff_loses_and_high_load_does_not(gain, cut, kept):
    assert gain[cut, "bfr_knee_extension"] < kept * gain["nothing", "bfr_knee_extension"]
    assert gain[cut, "high_load"] > 0.9 * gain["nothing", "high_load"]


def test_without_venous_back_pressure_or_swelling_a_cuff_adds_little_to_walking(gain):
    added = gain["nothing", "bfr_walking"] - gain["nothing", "walking"]
    for cut in ("venous back-pressure", "swelling"):
        assert gain[cut, "bfr_walking"] - gain[cut, "walking"] < 0.5 * added


def test_without_the_signal_of_recruitment_high_load_does_nothing_that_walking_does_not(gain):
    assert gain["recruitment", "high_load"] < 0.3 * gain["nothing", "high_load"]
    assert gain["recruitment", "bfr_walking"] > 0.8 * gain["nothing", "bfr_walking"]


@pytest.mark.parametrize("name", ["high_load", "bfr_knee_extension"])
def test_rapamycin_takes_the_growth_and_the_rise_of_synthesis(gain, name):
    assert abs(gain["S6K1, as by rapamycin", name]) < 0.15 * gain["nothing", name]
    hours = 3600.0 * np.array([9.9, 13.5])  # before the first session, and three hours after it, before the next meal
    changes = read_scenario(name, {"meals.protein": "0 g/kg/d"})
    whole, blocked = simulate_programmes(
        [Programme(changes, cut, tuple(hours)) for cut in ({}, CUT["S6K1, as by rapamycin"])], ["FSR"]
    )
    assert whole.values[0, 1, 0] > 1.15 * whole.values[0, 0, 0]
    assert blocked.values[0, 1, 0] < 1.02 * blocked.values[0, 0, 0]
