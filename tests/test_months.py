"""What training, disuse, meals and rest do over hours and months: the laws, not the numbers of one trial."""

import numpy as np
import pytest

import bfrsim

DAY = 86400.0
NO_TRAINING = {"exercise": None, "cuff": None, "calendar.sessions_per_week": None}
FEEDING = "experiments/meal_at_rest"
TESTS = ("one_rm_change", "isometric_change", "isokinetic_change")


def _in_bed(days, **more):
    phases = [{"kind": "bed rest", "days": days}]
    return bfrsim.simulate("bed_rest", overrides={"calendar.phases": phases}, **more)


@pytest.fixture(scope="module")
def bed():
    return _in_bed(90, outputs=("csa_change", *TESTS), times=DAY * np.array([0, 5, 14, 35, 60, 90]))


@pytest.fixture(scope="module")
def heavy():
    return bfrsim.simulate("high_load")


def test_loss_in_bed_settles_towards_a_lower_size(bed):
    day = {5: 1, 14: 2, 35: 3, 60: 4, 90: 5}
    size = {known: float(bed.csa_change[0, place]) for known, place in day.items()}
    early, late = -size[14] / 14, (size[60] - size[90]) / 30
    assert 0 < late < 0.5 * early
    assert -25 < size[90] < 1.5 * size[14]


def test_strength_goes_first_in_bed_and_its_lead_over_size_shrinks(bed):
    ratio = bed.isometric_change.values[0, 1:] / bed.csa_change.values[0, 1:]
    assert np.all(np.diff(ratio) < 0)
    assert ratio[0] > 2.5 and 1.2 < ratio[3] < 2.2


def test_a_cuff_at_rest_does_next_to_nothing_and_sessions_keep_the_muscle():
    bed = float(bfrsim.simulate("bed_rest").csa_change[0, -1])
    cuff = float(bfrsim.simulate("passive_bfr_bed_rest").csa_change[0, -1])
    trained = bfrsim.simulate(
        "high_load",
        overrides={
            "calendar.weeks": None,
            "calendar.phases": [{"kind": "bed rest", "days": 14, "training": True}],
            "calendar.sessions_per_week": 3,
        },
    )
    assert bed < cuff < 0.75 * bed
    assert float(trained.csa_change[0, -1]) > 0.5 * bed


def test_the_trained_lift_gains_more_than_other_tests_of_the_same_muscle(heavy):
    gains = [float(heavy[name][0, -1]) for name in TESTS]
    assert gains[0] > 1.3 * gains[1] > 1.3 * gains[2] > 0


def test_a_lift_is_learned_at_a_light_load_too_but_drive_needs_a_heavy_one(heavy):
    light = bfrsim.simulate("low_load", outputs=("skill", "nu"))
    drive = bfrsim.simulate("high_load", outputs=("skill", "nu"))
    assert float(light.skill[0, -1]) > 0.7 * float(drive.skill[0, -1]) > 0
    assert float(light.nu[0, -1]) < 0.5 * float(drive.nu[0, -1])


def test_after_training_size_goes_first_and_strength_stays():
    phases = [{"kind": "training", "weeks": 12}, {"kind": "detraining", "weeks": 12}]
    run = bfrsim.simulate(
        "high_load",
        overrides={"calendar.weeks": None, "calendar.phases": phases},
        outputs=("csa_change", "one_rm_change"),
        times=DAY * np.array([0.0, 84.0, 168.0]),
    )
    kept = {name: float(run[name][0, 2] / run[name][0, 1]) for name in ("csa_change", "one_rm_change")}
    assert 0.2 < kept["csa_change"] < 0.7
    assert kept["one_rm_change"] > kept["csa_change"] + 0.1


def test_strength_peaks_after_very_frequent_training_has_stopped():
    phases = [{"kind": "training", "days": 19}, {"kind": "detraining", "days": 12}]
    run = bfrsim.simulate(
        "bfr_knee_extension",
        overrides={"calendar.weeks": None, "calendar.phases": phases, "calendar.sessions_per_week": 8},
        outputs=("isometric_change", "strain"),
        times=DAY * np.array([0.0, 19.0, 27.0]),
    )
    assert float(run.isometric_change[0, 2]) > float(run.isometric_change[0, 1])
    assert float(run.strain[0, 2]) < 0.5 * float(run.strain[0, 1])


def test_an_arm_which_bears_no_weight_responds_more_than_a_leg():
    arm = {"exercise.limb": "arm", "person.one_rm": "10 kg"}
    grown = [float(bfrsim.simulate("high_load", overrides=each).csa_change[0, -1]) for each in ({}, arm)]
    assert grown[1] > grown[0] > 0


def test_a_muscle_that_is_accustomed_makes_less_of_a_session(heavy):
    run = bfrsim.simulate("high_load", outputs=("responsiveness",))
    known = run.responsiveness.values[0]
    assert known[0] == pytest.approx(1.0) and known[-1] < 0.85


def _synthesis(grams, age):
    """Return synthesis over the four hours after a meal, as a fold of the fasted hour before it."""
    overrides = {"person.age": f"{age} year", "person.mass": "75 kg", "meals.protein": f"{grams / 75} g/kg/d"}
    times = np.arange(8.0, 13.01, 0.05) * 3600.0
    fsr = bfrsim.simulate(FEEDING, overrides=overrides, outputs=("FSR",), times=times).FSR.values[0]
    return float(fsr[times >= 9 * 3600.0].mean() / fsr[times < 9 * 3600.0].mean())


def test_a_meal_raises_synthesis_above_a_threshold_and_less_in_the_old():
    ten, twenty, forty, young = (_synthesis(*each) for each in ((10, 71), (20, 71), (40, 71), (20, 22)))
    assert ten < 1.15 < 1.4 < twenty < forty < 2.2
    assert young > twenty


def test_large_meals_do_not_add_for_ever():
    assert _synthesis(160, 22) - _synthesis(80, 22) < 0.3 * (_synthesis(40, 22) - 1)


def test_ageing_takes_more_strength_than_size():
    run = bfrsim.simulate("high_load", overrides={**NO_TRAINING, "calendar.weeks": 52})
    size, strength = float(run.csa_change[0, -1]), float(run.isometric_change[0, -1])
    assert -1.0 < size < -0.3
    assert 2 * size > strength > -5.0
