"""A person of whom little is told is the published mean of their age, sex and ancestry; the class follows."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bfrsim.library import scenarios_folder
from bfrsim.scenario.completion import CompletePerson, complete_person
from bfrsim.scenario.population import BAND_CENTRES, population_mean, thigh_circumference
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.sarcopenia import sarcopenia

QUANTITIES = {
    "mass": "body_mass", "height": "height", "arm_circumference": "arm_circ", "skinfold": "subcut_fat",
    "resting_heart_rate": "hr", "almi": "almi", "grip": "grip", "gait_speed": "gait_speed", "protein": "protein",
}  # fmt: skip
EVERYTHING = {
    "mass": "64 kg", "height": "158 cm", "thigh_circumference": "50 cm", "arm_circumference": "29 cm",
    "skinfold": "18 mm", "blood_pressure": "134/78 mmHg", "resting_heart_rate": "68 bpm", "almi": "6.1 kg/m**2",
    "grip": "22 kg", "gait_speed": "1.1 m/s", "one_rm": "45 kg", "aop": "150 mmHg",
}  # fmt: skip


def complete(age: float, sex: str = "female", ancestry: str = "european", cuff=None, exercise=None, meals=None, **told):
    """Return the whole person and what was filled in."""
    person = {"sex": sex, "age": f"{age!r} year", "ancestry": ancestry, **told}
    changes = {"person": person, "meals": meals, "exercise": exercise, "cuff": cuff}
    changes["calendar"] = {"weeks": 1, "sessions_per_week": 1 if exercise else None}
    return complete_person(read_scenario("bfr_knee_extension", changes))


def table() -> list[dict[str, str]]:
    with (scenarios_folder() / "evidence" / "marginals.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("ancestry", ["asian", "european"])
@pytest.mark.parametrize("sex", ["female", "male"])
@pytest.mark.parametrize("band", list(BAND_CENTRES))
def test_what_is_filled_in_is_the_table_at_the_centre_of_a_band(ancestry, sex, band):
    cell = (ancestry, sex[0].upper(), band)
    means = {
        row["quantity"]: float(row["mean"]) for row in table() if (row["ancestry"], row["sex"], row["age_band"]) == cell
    }
    person, filled = complete(BAND_CENTRES[band], sex, ancestry)
    for name, quantity in QUANTITIES.items():
        assert getattr(person, name) == means[quantity] and name in filled
    assert person.blood_pressure == (means["sbp"], means["dbp"]) and "blood_pressure" in filled
    assert person.one_rm == pytest.approx(2 * 0.245 * means["knee_torque"]) and "one_rm" in filled
    assert person.one_rm == pytest.approx(2 * means["knee_ext_1rm"], rel=0.01)
    assert person.thigh_circumference == pytest.approx(means["thigh_circ"], abs=1.2), "a regression, near the mean"
    assert person.aop is None and "aop" not in filled, "the model's formula gives it"


def test_means_are_linear_between_the_centres_and_constant_outside():
    grip = [population_mean("grip", age, "female", "asian") for age in (18, 28.5, 65, 69.75, 74.5, 83, 95)]
    assert grip[0] == grip[1] and grip[5] == grip[6]
    assert grip[3] == pytest.approx((grip[2] + grip[4]) / 2)


def test_what_is_told_is_kept_and_nothing_is_filled_in():
    person, filled = complete(68, meals={"protein": "1.2 g/kg/d"}, **EVERYTHING)
    assert filled == ()
    assert (person.mass, person.grip, person.one_rm, person.aop, person.protein) == (64, 22, 45, 150, 1.2)


@settings(max_examples=60, deadline=None)
@given(st.floats(18, 95), st.sampled_from(["female", "male"]), st.sampled_from(["asian", "european"]))
def test_anyone_is_a_whole_person_inside_what_a_scenario_may_say(age, sex, ancestry):
    person, _ = complete(age, sex, ancestry)
    told = {
        "mass": f"{person.mass!r} kg", "height": f"{person.height!r} cm", "almi": f"{person.almi!r} kg/m**2",
        "thigh_circumference": f"{person.thigh_circumference!r} cm", "blood_pressure": str(person.blood_pressure),
        "arm_circumference": f"{person.arm_circumference!r} cm", "skinfold": f"{person.skinfold!r} mm",
        "resting_heart_rate": f"{person.resting_heart_rate!r} bpm", "grip": f"{person.grip!r} kg",
        "gait_speed": f"{person.gait_speed!r} m/s", "one_rm": f"{person.one_rm!r} kg",
    }  # fmt: skip
    again, filled = complete(age, sex, ancestry, meals={"protein": f"{person.protein!r} g/kg/d"}, **told)
    assert filled == () and again.thigh_circumference == pytest.approx(person.thigh_circumference)


@given(st.floats(18, 94.9), st.floats(40, 120), st.floats(140, 195), st.sampled_from(["female", "male"]))
def test_a_thigh_changes_little_from_day_to_day_and_grows_with_mass(age, mass, height, sex):
    now, tomorrow = (thigh_circumference(mass, height, age + later, sex) for later in (0.0, 1 / 365))
    assert abs(now - tomorrow) < 0.01
    assert thigh_circumference(mass + 1, height, age, sex) > now


def test_the_maximum_is_that_of_the_movement_and_the_limbs():
    legs = {"mode": "resistance", "movement": "x", "load": "30 %1RM", "sets": [5], "repetition": "3 s", "rest": "45 s"}
    arm = {"limb": "arm", "width": "5 cm", "pressure": "50 %AOP"}
    both, one = (complete(65, exercise=legs | {"limbs": limbs})[0].one_rm for limbs in (2, 1))
    assert both == 2 * one == pytest.approx(2 * 0.245 * 103)
    assert complete(65, exercise=legs, cuff=arm)[0].one_rm == 2 * population_mean(
        "elbow_flex_1rm", 65, "female", "european"
    )
    squat = legs | {"equipment": "body weight", "load": "60 %mass"}
    assert complete(65, exercise=squat)[0].one_rm == population_mean("leg_press_1rm", 65, "female", "european")


@dataclass(frozen=True)
class Someone:
    sex: str
    almi: float
    grip: float
    gait_speed: float


CLASSES = [
    # sex, lean mass index, grip, gait; class by AWGS 2019, by EWGSOP2
    ("male", 7.0, 28.0, 1.0, "no sarcopenia", "no sarcopenia"),
    ("female", 5.4, 18.0, 1.0, "no sarcopenia", "no sarcopenia"),
    ("male", 6.9, 28.0, 1.0, "no sarcopenia", "no sarcopenia"),
    ("male", 7.0, 27.9, 1.0, "possible sarcopenia", "no sarcopenia"),
    ("male", 7.0, 26.9, 1.0, "possible sarcopenia", "probable sarcopenia"),
    ("female", 6.0, 17.9, 0.9, "possible sarcopenia", "no sarcopenia"),
    ("female", 5.3, 20.0, 0.9, "sarcopenia", "no sarcopenia"),
    ("female", 5.3, 15.9, 1.1, "sarcopenia", "sarcopenia"),
    ("female", 5.45, 15.9, 1.1, "possible sarcopenia", "sarcopenia"),
    ("female", 5.3, 15.9, 0.81, "severe sarcopenia", "sarcopenia"),
    ("female", 5.3, 15.9, 0.8, "severe sarcopenia", "severe sarcopenia"),
    ("male", 6.9, 26.9, 0.99, "severe sarcopenia", "sarcopenia"),
    ("male", 6.9, 26.9, 0.8, "severe sarcopenia", "severe sarcopenia"),
]


@pytest.mark.parametrize(("sex", "almi", "grip", "gait", "asian", "european"), CLASSES)
def test_the_class_follows_from_the_cutoffs(sex, almi, grip, gait, asian, european):
    assert sarcopenia(Someone(sex, almi, grip, gait)) == {"AWGS 2019": asian, "EWGSOP2": european}


def test_the_mean_person_of_sixty_five_is_not_sarcopenic():
    person, _ = complete(65)
    assert isinstance(person, CompletePerson) and set(sarcopenia(person).values()) == {"no sarcopenia"}


def test_the_class_is_never_an_input():
    with pytest.raises(ValueError, match="unknown key 'sarcopenia'") as caught:
        raise ValueError(_complaint({"person.sarcopenia": "severe"}))
    assert "did you mean" not in str(caught.value)


def _complaint(changes) -> str:
    from bfrsim.errors import ScenarioError

    with pytest.raises(ScenarioError) as caught:
        read_scenario("bfr_knee_extension", changes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"person.almi": "6.1 kg/m2"}, 'a lean mass index is written "6.1 kg/m**2"'),
        ({"person.grip": "22"}, "'22' has no unit; a grip strength is written \"22 kg\""),
        ({"person.gait_speed": "11 m/s"}, "expected 0.1 to 3 m/s, found 11 m/s"),
        (
            {"person.aop": "50 %AOP"},
            '[%AOP] is no unit of occlusion pressure; an occlusion pressure is written "150 mmHg"',
        ),
        ({"person.skinfold": "18 cm"}, "expected 1 to 80 mm, found 180 mm"),
        ({"person.ancestry": "europen"}, "did you mean 'european'?"),
        ({"person.protein": "1 g/kg/d"}, "unknown key 'protein' in [person]; it belongs below [meals]"),
        ({"person.age": "17.9 year"}, "expected 18 to 95 yr, found 17.9 yr"),
    ],
)
def test_a_mistake_about_a_person_is_told(changes, expected):
    assert expected in _complaint(changes)
