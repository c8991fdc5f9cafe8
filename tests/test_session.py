"""What a session must do that no row of the evidence asks: each law with the study or the reasoning behind it."""

import numpy as np
import pytest

import bfrsim
from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.people import default_value
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.segments import compile_timeline

MAN = ['person.sex="male"', 'person.age="25 year"']
LEG = "experiments/knee_extension"
CUFF = ['cuff.limb="leg"', 'cuff.width="11.5 cm"']
FAILURE = ["exercise.sets=4", "exercise.to_failure=true"]


def repetitions(*changes):
    return bfrsim.simulate(LEG, overrides=[*MAN, *FAILURE, *changes]).repetitions.values[0, 0]


def over_time(scenario, changes, outputs, seconds):
    """Return outputs at seconds after the session begins."""
    found = read_scenario(scenario, [*MAN, *changes])
    start = float(compile_timeline(found).session_start[0])
    result = bfrsim.simulate(found, outputs=outputs, times=start + np.asarray(seconds, dtype=float))
    return [result[name].values[0] for name in outputs]


def test_repetitions_to_failure_under_a_cuff_are_as_published():
    """Rolnick 2025: 36.0, 14.7, 11.5, 10.4 at 30 %1RM and 60 %AOP, 30 s rests; the second set ends too early here."""
    done = repetitions('exercise.load="30 %1RM"', 'exercise.rest="30 s"', *CUFF, 'cuff.pressure="60 %AOP"')
    assert 30.5 <= done[0] <= 41.4  # the published confidence interval
    assert done.sum() == pytest.approx(72.6, rel=0.15)
    assert np.all(np.abs(done[2:] / [11.5, 10.4] - 1.0) < 0.25)


def test_a_heavy_set_comes_near_to_ten_repetitions():
    """Ten at 75 %1RM can be done (Nuzzo 2024: 11 on average); the later sets still end too early."""
    done = repetitions('exercise.load="75 %1RM"', 'exercise.rest="90 s"')
    assert 8 <= done[0] <= 14 and np.all(done[1:] >= 6)


@pytest.mark.xfail(strict=True, reason="known misfit: the later heavy sets end too early")
def test_four_sets_of_ten_at_three_quarters_of_the_maximum_are_feasible():
    assert np.all(repetitions('exercise.load="75 %1RM"', 'exercise.rest="90 s"') >= 10)


def test_flow_after_five_minutes_without_any_rises_several_fold_and_muscle_flow_stays_possible():
    """Whole limb some 4 to 8 times rest; muscle 25 to 55 mL/100 g/min, as plethysmography finds."""
    changes = ['cuff.pressure="250 mmHg"']
    flow, q = over_time("experiments/rest_cuff", changes, ["limb_flow", "q"], [-30, *range(299, 360)])
    assert 3.5 < flow.max() / flow[0] < 8.0
    assert 25.0 < 6000.0 * q.max() < 55.0  # L/(s kg) as mL/min per 100 g


def test_flow_under_a_cuff_depends_on_the_time_since_inflation():
    """Just after inflation the veins still take up blood; once they have filled, flow falls with pressure."""
    soon, late = {}, {}
    for pressure in (40, 60, 80):
        changes = ['exercise.inflated="16 min"', 'cuff.width="13 cm"', f'cuff.pressure="{pressure} %AOP"']
        (flow,) = over_time("experiments/rest_cuff", changes, ["limb_flow"], [-30, 15, 900])
        soon[pressure], late[pressure] = flow[1:] / flow[0]
    assert max(soon.values()) - min(soon.values()) < 0.15 and min(soon.values()) > 0.7
    assert late[40] > late[60] > late[80] and late[80] < 0.5


def test_flow_in_exercise_is_higher_than_at_rest_under_the_same_cuff():
    """A cuff that leaves little at rest lets more through to a dilated muscle."""
    at_rest = ['exercise.inflated="4 min"', 'cuff.width="13 cm"', 'cuff.pressure="60 %AOP"']
    (rest,) = over_time("experiments/rest_cuff", at_rest, ["limb_flow"], [180])
    working = ["exercise.sets=[60, 60]", 'exercise.rest="0 s"', "cuff.from_set=2", *CUFF, 'cuff.pressure="60 %AOP"']
    (work,) = over_time(LEG, ['exercise.load="15 %1RM"', *working], ["limb_flow"], [300])
    assert work[0] > 1.5 * rest[0]


def test_the_occlusion_pressure_rises_in_the_session():
    changes = [*CUFF, 'cuff.pressure="60 %AOP"']
    now, before = over_time(LEG, changes, ["AOP_now", "AOP"], [-30, 370])
    assert now[0] == pytest.approx(before[0], abs=1.0)
    assert 5.0 < now[1] - before[1] < 60.0


def test_at_the_same_instant_after_a_set_a_cuff_keeps_pressure_above_that_of_a_heavy_load():
    """Scott 2018, Domingos & Polito 2018: five seconds after the last set; one repetition more keeps the cuff on."""
    woman = ['person.sex="female"', 'person.age="69 year"', "exercise.limbs=2", 'exercise.rest="60 s"']
    light = ['exercise.load="30 %1RM"', "exercise.sets=[30, 15, 15, 1]"]
    loads = (
        ['exercise.load="70 %1RM"', "exercise.sets=[10, 10, 10, 1]"], light,
        [*light, *CUFF, 'cuff.pressure="50 %AOP"'],
    )  # fmt: skip
    found = []
    for changes in loads:
        end = float(bfrsim.simulate(LEG, overrides=[*woman, *changes]).set_end[0, 0, 2])
        result = bfrsim.simulate(LEG, overrides=[*woman, *changes], outputs=["SBP", "DBP"], times=[end + 5.0])
        found.append((float(result.SBP[0, 0]), float(result.DBP[0, 0])))
    heavy, alone, cuffed = found
    assert cuffed[1] > heavy[1] and cuffed[1] > alone[1]
    assert cuffed[0] > heavy[0] and cuffed[0] > alone[0]


def test_after_a_set_muscle_afferents_fall_silent_sooner_without_a_cuff():
    """What excites them is washed out by flow and trapped by a cuff (ischaemia after exercise keeps pressure up)."""
    fallen = []
    for changes in ([], [*CUFF, 'cuff.pressure="100 %AOP"']):
        asked = [*MAN, 'exercise.load="30 %1RM"', "exercise.sets=[20, 1]", 'exercise.rest="60 s"', *changes]
        end = float(bfrsim.simulate(LEG, overrides=asked).set_end[0, 0, 0])
        found = bfrsim.simulate(LEG, overrides=asked, outputs=["afferents"], times=[end, end + 30.0])
        fallen.append(1.0 - float(found.afferents[0, 1] / found.afferents[0, 0]))
    free, cuffed = fallen
    assert free > 0.3 and cuffed < 0.1


def test_discomfort_grows_as_effort_lasts():
    """Light sets to failure hurt more than heavy ones (Bell 2018, Dankel 2019): they last minutes."""
    asked = [*MAN, "exercise.sets=1", "exercise.to_failure=true"]
    heavy, light = (
        float(bfrsim.simulate(LEG, overrides=[*asked, f'exercise.load="{load} %1RM"']).discomfort_max[0, 0])
        for load in (70, 20)
    )
    assert 10.0 > light > heavy > 1.0


def test_a_swollen_limb_needs_more_pressure_under_a_narrow_cuff():
    """At rest under a narrow cuff blood pools and the girth grows; systolic pressure hardly moves."""
    changes = ['exercise.inflated="10 min"', 'cuff.width="11.5 cm"', 'cuff.pressure="50 %AOP"']
    now, systolic, at_rest = over_time("experiments/rest_cuff", changes, ["AOP_now", "SBP", "AOP"], [-30, 590])
    assert now[0] == pytest.approx(at_rest[0], abs=1.0)
    assert now[1] - now[0] > systolic[1] - systolic[0] + 1.0


def test_pauses_within_a_repetition_restore_less_force_than_rests_between_sets():
    """The rest multiplier of Looft 2018 stands for re-perfusion, which half a second does not bring about."""
    light = [*MAN, 'exercise.load="15 %1RM"', "exercise.sets=[90]"]
    rest_gain = next(item for item in read_system(models_folder() / "bfr.bfr").parameters if item.name == "rest_gain")
    ours, equal = (
        bfrsim.simulate(LEG, overrides=light, outputs=["M_F"], parameters=changed)
        for changed in ({}, {"pause_gain": default_value(rest_gain)})
    )
    assert float(ours.M_F_max[0, 0]) > 1.2 * float(equal.M_F_max[0, 0])


def test_what_the_formula_of_the_occlusion_pressure_misses_is_more_under_a_narrow_cuff():
    """SD between people 42 mmHg under 5 cm and 17 mmHg under 13.5 cm (Loenneke 2012)."""
    sd = [
        float(bfrsim.simulate("experiments/rest_cuff", overrides=[*MAN, f'cuff.width="{width} cm"']).AOP_SD[0, 0])
        for width in (5, 13.5, 18)
    ]
    assert sd[0] > 1.5 * sd[1] > 1.5 * sd[2] > 0.0


def test_a_slow_heart_pumps_more_a_beat_so_that_output_varies_less_than_rate():
    rates = np.array([60.0, 72.0, 90.0])
    result = bfrsim.simulate(
        "experiments/rest_cuff", overrides=MAN, outputs=["SV", "CO"], times=[3600.0], parameters={"HR0": rates}
    )
    stroke, output = result.SV.values[:, 0], result.CO.values[:, 0]
    assert np.all(np.diff(stroke) < 0.0)
    assert np.all(np.diff(output) > 0.0) and output[-1] / output[0] < rates[-1] / rates[0]


def test_the_calf_goes_on_longer_than_the_thigh_at_the_same_load():
    """Frey-Law 2012: the ankle's fatigue and recovery run at two fifths of the knee's pace."""
    load = ['exercise.load="65 %1RM"', 'exercise.rest="90 s"']
    assert repetitions(*load, "exercise.joint=ankle")[0] > 1.7 * repetitions(*load)[0]


def test_after_hard_work_ph_recovers_within_minutes_and_faster_than_lactate():
    """Pan 1991: half times of 4.7 min (pH) and 10.6 min (lactate) after exhausting work."""
    hard = ['exercise.load="50 %1RM"', "exercise.sets=2", "exercise.to_failure=true", 'exercise.rest="30 s"']
    seconds = np.arange(0.0, 3600.0, 10.0)
    ph, lactate = over_time(LEG, [*hard, 'exercise.repetition="2 s"'], ["pH", "La"], seconds)
    half = {}
    for name, course, end in (("pH", ph, ph.argmin()), ("lactate", lactate, lactate.argmax())):
        left = np.abs(course[end:] - course[0])
        half[name] = seconds[np.argmax(left < 0.5 * left[0])] / 60.0
    assert 3.0 < half["pH"] < 6.5 and half["pH"] < half["lactate"] < 15.0
    assert 0.0 < ph[-1] - ph[0] < 0.1  # protons come back slowly: a slight overshoot is left after an hour
