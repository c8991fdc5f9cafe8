"""What the physics says: rest, balance, limits, order, and the reason for the order."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import bfrsim
from bfrsim.people import parameter_table
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.segments import compile_timeline, habitual_day
from bfrsim.simulation import as_segments
from bfrsim.solve.habitual import habitual_state
from bfrsim.solve.run import Request, Segments, run

BFR = "bfr_knee_extension"
NO_CUFF = {"cuff.pressure": "0 %AOP"}
ONE_SESSION = {"calendar.weeks": 1, "calendar.sessions_per_week": 1}
HABITUAL_LIFE = {"exercise": None, "cuff": None, "calendar.sessions_per_week": None}
FASTING = {**HABITUAL_LIFE, "meals.protein": "0 g/kg/d"}


def csa_gain(scenario, **kwargs):
    return float(bfrsim.simulate(scenario, **kwargs).csa_change[0, -1])


@pytest.fixture(scope="module")
def bfr():
    return bfrsim.simulate(BFR)


@pytest.fixture(scope="module")
def high_load():
    return bfrsim.simulate("high_load")


@pytest.fixture(scope="module")
def low_load():
    return bfrsim.simulate(BFR, overrides=NO_CUFF)


def _habitual(system, kernel, scenario, parameters=None, rtol=1e-10):
    atol = np.array([1e-3 * rtol * state.size for state in system.states])
    params = parameter_table(system, scenario, parameters)
    return habitual_state(kernel, system, params, as_segments(habitual_day(scenario), system), rtol=rtol, atol=atol)


def test_rest_without_meals_is_a_fixed_point(bfr_system, bfr_compiled):
    scenario = read_scenario(BFR, FASTING)
    rest = _habitual(bfr_system, bfr_compiled, scenario, {"ageing_loss": 0.0})
    functions, layout = bfr_compiled.functions, bfr_compiled.layout
    constants, rates = np.empty(len(layout.constants)), np.empty(len(layout.states))
    functions.hoist(rest.params[0], np.zeros(len(layout.inputs)), constants)
    functions.rates(rest.states[0], constants, rates)
    moving = ~np.isin(layout.states, layout.quadratures)
    sizes = np.array([state.size for state in bfr_system.states])
    assert np.max(np.abs(rates[moving]) / sizes[moving]) < 1e-9


def test_habitual_life_without_ageing_keeps_the_muscle():
    """Within a day meals make it breathe by a little more than that; from midnight to midnight it stays."""
    midnights = np.arange(0.0, 84 * 86400.0 + 1.0, 86400.0)
    result = bfrsim.simulate(BFR, overrides=HABITUAL_LIFE, parameters={"ageing_loss": 0.0}, times=midnights)
    assert np.max(np.abs(result.csa_change.values)) < 0.1  # percent: CSA is 1 within 1e-3


def test_ageing_alone_takes_muscle_slowly():
    assert -0.25 < csa_gain(BFR, overrides=HABITUAL_LIFE) < -0.05


def test_nothing_appears_or_vanishes(bfr, high_load, low_load):
    for result in (bfr, high_load, low_load):
        for quantity in ("oxygen", "ATP", "leucine", "blood"):
            assert float(result[f"{quantity}_residual"][0]) < 1e-6


def test_the_habitual_day_repeats_itself_and_says_what_it_cost(bfr):
    assert bfr.attrs["habitual_residual"] < 1e-7
    assert 0 < bfr.attrs["habitual_days"] <= 14 and bfr.attrs["habitual_steps"] > 0


def test_high_load_and_cuff_gain_alike_and_more_than_the_load_alone(bfr, high_load, low_load):
    gains = [float(result.csa_change[0, -1]) for result in (high_load, bfr, low_load)]
    assert abs(gains[0] - gains[1]) < 2.5
    assert gains[2] < 0.5 * min(gains[:2])


def test_high_load_gains_more_strength_than_the_cuff(bfr, high_load, low_load):
    strength = [float(result.one_rm_change[0, -1]) for result in (low_load, bfr, high_load)]
    assert strength == sorted(strength)


def test_without_the_link_from_metabolites_to_fatigue_the_cuff_loses_its_gain(bfr, high_load):
    cut = {"k_F": 0.0, "k_O": 0.0}
    with_cuff, with_load = csa_gain(BFR, parameters=cut), csa_gain("high_load", parameters=cut)
    assert with_cuff < 0.6 * float(bfr.csa_change[0, -1])
    assert with_load > 0.85 * float(high_load.csa_change[0, -1])


def test_solution_agrees_with_scipy_radau_on_the_same_right_side(bfr_system, bfr_compiled):
    scenario = read_scenario(BFR, {**ONE_SESSION, "exercise.to_failure": True})
    rtol = 1e-6
    times = np.array([11.0, 24.0]) * 3600.0
    ours = bfrsim.simulate(scenario, times=times, outputs=bfr_compiled.layout.states, rtol=rtol)
    reference = _radau(bfr_system, bfr_compiled, scenario, ours, times)
    for column, state in enumerate(bfr_system.states):
        error = np.abs(ours[state.name].values[0] - reference[:, column])
        allowed = rtol * (np.abs(reference[:, column]) + state.size)
        assert np.all(error < 30 * allowed), f"{state.name}: {error / allowed} tolerances"


def _radau(system, kernel, scenario, ours, times):
    """Integrate with SciPy, with the same segments and the ends of sets that we located."""
    functions, layout = kernel.functions, kernel.layout
    timeline = compile_timeline(scenario)
    segments = as_segments(timeline, system)
    constants, rate = np.empty(len(layout.constants)), np.empty(len(layout.states))
    jacobian = np.zeros((len(rate), len(rate)))

    def right_side(_, y):
        functions.rates(y, constants, rate)
        return rate.copy()

    def slopes(_, y):
        functions.jacobian(y, constants, jacobian)
        return jacobian.copy()

    state, clock, found = ours.initial_state.values[0].copy(), 0.0, {}
    for row, end in enumerate(ours.segment_end.values[0]):
        functions.hoist(ours.parameters.values[0], segments.inputs[row], constants)
        stops = [*times[(times > clock) & (times < end)], min(end, times[-1])]
        for stop in stops:
            if stop > clock:
                done = solve_ivp(right_side, (clock, stop), state, method="Radau", rtol=1e-9, atol=1e-12, jac=slopes)
                state, clock = done.y[:, -1], stop
            found[float(stop)] = state.copy()
        if clock >= times[-1]:
            break
    return np.array([found[float(time)] for time in times])


def test_halving_the_tolerance_changes_the_answers_by_less_than_a_thousandth():
    coarse, fine = bfrsim.simulate(BFR, rtol=1e-6), bfrsim.simulate(BFR, rtol=5e-7)
    for name in ("csa_change", "one_rm_change"):
        assert float(coarse[name][0, -1]) == pytest.approx(float(fine[name][0, -1]), rel=1e-3)
    for name in ("StO2_min", "MAP_max", "HR_max"):
        np.testing.assert_allclose(coarse[name], fine[name], rtol=1e-3)


def test_the_same_run_gives_the_same_bytes(bfr):
    again = bfrsim.simulate(BFR)
    for name in bfr.data_vars:
        assert again[name].values.tobytes() == bfr[name].values.tobytes()


def _at_rest_under_a_cuff(system, kernel, seconds):
    """Return inflow and pooled volume at rest, `seconds` after inflation, for rising cuff pressure."""
    rest = _habitual(system, kernel, read_scenario(BFR, FASTING), rtol=1e-8)
    pressures = np.linspace(0.0, 0.9, 10)
    inputs = np.zeros((1, len(system.inputs)))
    column = [item.name for item in system.inputs].index("cuff_relative")
    places = np.array([len(system.states) + kernel.layout.lines.index("limb_flow"), kernel.layout.states.index("v")])
    found = []
    for pressure in pressures:
        inputs[0, column] = pressure
        never, outside = np.zeros(1, np.int64), -np.ones(1, np.int64)
        segment = Segments(np.array([seconds]), np.array([np.inf]), never, inputs, outside)
        request = Request(np.array([seconds]), places, np.empty(0, np.int64))
        atol = np.full(len(system.states), 1e-9)
        found.append(run(kernel, rest.params, rest.states, segment, request, rtol=1e-7, atol=atol).saved[0, 0])
    return np.array(found).T


def test_rest_flow_falls_and_pooling_rises_with_cuff_pressure_once_veins_have_filled(bfr_system, bfr_compiled):
    flow, pooled = _at_rest_under_a_cuff(bfr_system, bfr_compiled, 900.0)
    assert np.all(np.diff(flow) < 0.0)
    assert np.all(np.diff(pooled[:9]) > 0.0)  # at 90 %AOP so little flows in that veins still fill


def test_repetitions_fall_and_discomfort_and_reperfusion_rise_with_pressure():
    pressures = [0, 20, 40, 60]  # up to here the prescribed sets are completed, so that work is equal
    runs = [
        bfrsim.simulate(BFR, overrides={**ONE_SESSION, "exercise.to_failure": True, "cuff.pressure": f"{p} %AOP"})
        for p in pressures
    ]
    repetitions = [float(run.repetitions[0, 0].sum()) for run in runs]
    assert repetitions == sorted(repetitions, reverse=True)
    submaximal = [bfrsim.simulate(BFR, overrides={**ONE_SESSION, "cuff.pressure": f"{p} %AOP"}) for p in pressures]
    for name in ("discomfort_max", "dose_reperfusion_max"):
        values = [float(run[name][0, 0]) for run in submaximal]
        assert values == sorted(values)


@pytest.mark.parametrize("pressure", [0, 50, 100, 130])
@pytest.mark.parametrize("load", [20, 75])
def test_states_stay_within_their_bounds(pressure, load):
    overrides = {**ONE_SESSION, "cuff.pressure": f"{pressure} %AOP", "exercise.load": f"{load} %1RM"}
    shares = ("S", "M_F", "x_m", "x_f", "afferents")
    positive = ("P_t", "PCr", "La", "v", "V_i", "Y_r", "X", "Z", "K", "VEGF", "gut", "leucine")
    result = bfrsim.simulate(BFR, overrides=overrides, outputs=[*shares, *positive])
    assert int(result.status[0]) == 0
    for name in shares:
        assert float(result[f"{name}_min"][0, 0]) > -1e-6 and float(result[f"{name}_max"][0, 0]) < 1 + 1e-6, name
    for name in positive:
        assert float(result[f"{name}_min"][0, 0]) > -1e-5, name
