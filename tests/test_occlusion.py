"""Arterial occlusion pressure: wide cuffs need less, thick limbs more, and the lower the limb the more."""

import pytest

import bfrsim
from bfrsim.errors import ScenarioError

BFR = "bfr_knee_extension"


def occlusion(**changes):
    overrides = {"calendar.weeks": 1, "calendar.sessions_per_week": 1}
    overrides |= {name.replace("__", "."): value for name, value in changes.items()}
    return float(bfrsim.simulate(BFR, overrides=overrides, times=[0.0]).AOP[0, 0])


@pytest.mark.parametrize("posture", ["supine", "seated", "standing"])
def test_a_wide_cuff_needs_less_pressure_in_every_posture(posture):
    wide, narrow = (occlusion(cuff__width=width, cuff__posture=posture) for width in ("18 cm", "11 cm"))
    assert wide < narrow


def test_occlusion_pressure_rises_from_supine_to_seated_to_standing():
    pressures = [occlusion(cuff__posture=posture) for posture in ("supine", "seated", "standing")]
    assert pressures == sorted(pressures) and pressures[0] < pressures[-1]


def test_a_thick_thigh_needs_more_and_the_less_so_the_wider_the_cuff():
    def rise(width):
        thin, thick = (occlusion(person__thigh_circumference=c, cuff__width=width) for c in ("50 cm", "62 cm"))
        return thick - thin

    assert 0.0 < rise("18 cm") < rise("11 cm")


def test_a_measured_pressure_counts_and_both_ways_of_prescribing_agree():
    measured = {"person.aop": "180 mmHg", "calendar.weeks": 1}
    share = bfrsim.simulate(BFR, overrides={**measured, "cuff.pressure": "50 %AOP"})
    plain = bfrsim.simulate(BFR, overrides={**measured, "cuff.pressure": "90 mmHg"})
    assert float(share.AOP[0, 0]) == 180.0 and float(share.AOP_SD[0, 0]) == 6.0
    assert float(share.P_cuff_max[0, 0]) == pytest.approx(float(plain.P_cuff_max[0, 0]))
    assert float(share.csa_change[0, -1]) == pytest.approx(float(plain.csa_change[0, -1]), rel=1e-9)


def test_an_unknown_posture_is_refused():
    with pytest.raises(ScenarioError, match="posture"):
        bfrsim.simulate(BFR, overrides={"cuff.posture": "sittng"})


def test_an_arm_takes_less_blood_and_moves_the_circulation_less_than_a_leg():
    one = {"calendar.weeks": 1, "calendar.sessions_per_week": 1}
    leg = bfrsim.simulate(BFR, overrides=one)
    arm = bfrsim.simulate(BFR, overrides={**one, "cuff.limb": "arm", "person.arm_circumference": "30 cm"})
    assert float(arm.limb_flow[0, 0]) < 0.5 * float(leg.limb_flow[0, 0])
    assert float(arm.SV_min[0, 0]) > float(leg.SV_min[0, 0])
    assert int(arm.status[0]) == 0 and float(arm.repetitions.sum()) > 0.0
