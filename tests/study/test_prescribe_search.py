"""Prescriptions: what is decided, the chance constraint on fresh people, the search, the choice and its rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from bfrsim.errors import BfrsimError
from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.scenario.completion import complete_person
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.sarcopenia import SARCOPENIA, SEVERE, sarcopenia
from bfrsim.study.prescribe.chance import fewest_people, most_over, most_over_in_search, upper_bound
from bfrsim.study.prescribe.choose import ALIKE, ENOUGH, benefits, choose, front, ranked, spread_out
from bfrsim.study.prescribe.decisions import DECISIONS, NO_CUFF, applies, candidate_of, neighbours, restricted
from bfrsim.study.prescribe.evaluate import Tried
from bfrsim.study.prescribe.people import People
from bfrsim.study.prescribe.programme import read_base, repetitions, space_of
from bfrsim.study.prescribe.search import KNOWN, search

WOMAN = "sarcopenic_hypertensive_woman"


def any_candidate(rng, space=DECISIONS):
    chosen = {}
    for decision in space:
        if applies(decision, chosen):
            chosen[decision.name] = decision.values[rng.integers(len(decision.values))]
    return candidate_of(chosen)


def tried_as(candidate, size, strength, harm, over=0, people=16, minutes=30.0):
    flags = np.arange(people) < over
    gains = np.tile([size, strength], (people, 1)).astype(float)
    return Tried(
        candidate, None, gains, {}, np.full(people, float(harm)), {"limit": flags}, np.full(people, float(minutes))
    )


class Formula:
    """Stands for simulations: size grows with load and sets, harm with load and pressure, heavy loads are over."""

    def __init__(self, limited=True):
        self.limited = limited

    def try_all(self, candidates, people, progress=None, whole_priors=False):
        return [self.one(each, people[1] - people[0]) for each in candidates]

    def one(self, candidate, people):
        load = candidate.as_dict.get("load", 10.0)
        harm = (load + 0.2 * candidate.number("pressure")) / 80.0
        size = load / 10.0 + float(candidate.as_dict.get("sets", 0.0)) + candidate.number("pressure") / 40.0
        return tried_as(candidate, size, load / 2.0, harm, people if self.limited and load > 60.0 else 0, people)


@pytest.mark.parametrize("people", [29, 64, 128, 500])
@pytest.mark.parametrize("probability", [0.05, 0.1, 0.25])
def test_a_programme_that_breaks_the_constraint_passes_in_at_most_a_twentieth_of_draws(people, probability):
    allowed = most_over(people, probability)
    if allowed < 0:
        assert people < fewest_people(probability)
        return
    assert binom.cdf(allowed, people, probability) <= 0.05 + 1e-9
    assert binom.cdf(allowed + 1, people, probability) > 0.05, "no stricter than it needs to be"
    assert upper_bound(allowed, people) <= probability < upper_bound(allowed + 1, people)


def test_so_many_people_are_needed_for_a_tenth():
    assert fewest_people(0.1) == 29
    assert most_over(28, 0.1) == -1 and most_over(29, 0.1) == 0


def test_fresh_people_undo_the_luck_of_the_search():
    """Of many programmes that break the constraint some pass the search by luck; on fresh people hardly any does."""
    rng = np.random.default_rng(1)
    truth, programmes = 0.13, 20_000
    lucky = rng.binomial(16, truth, programmes) <= most_over_in_search(16, 0.1)
    assert lucky.mean() > 0.05, "the search alone lets them through"
    fresh = rng.binomial(64, truth, lucky.sum()) <= most_over(64, 0.1)
    assert fresh.mean() < 0.05


def test_every_candidate_is_a_scenario_and_keeps_the_person():
    rng = np.random.default_rng(7)
    base = read_base(WOMAN, [])
    for _ in range(60):
        candidate = any_candidate(rng, space_of(base.scenario))
        scenario = base.scenario_of(candidate)
        assert scenario.person == base.scenario.person and scenario.limits == base.scenario.limits
        assert scenario.calendar.weeks == base.scenario.calendar.weeks
        assert scenario.calendar.sessions_per_week == candidate.number("sessions")
        assert (scenario.cuff is None) == (candidate.number("pressure") == NO_CUFF)
        assert scenario.exercise.mode == candidate["mode"]
        if candidate["mode"] == "resistance" and not scenario.exercise.to_failure:
            assert list(scenario.exercise.sets) == repetitions(candidate)


def test_known_programmes_are_among_those_that_are_tried():
    values = {each.name: each.values for each in DECISIONS}
    for known in KNOWN:
        assert all(known[name] in values[name] for name in known)
        assert dict(candidate_of(known).choices).keys() == known.keys()


def test_neighbours_differ_in_one_step_of_one_decision():
    rng = np.random.default_rng(3)
    values = {each.name: each.values for each in DECISIONS}
    for _ in range(40):
        candidate = any_candidate(rng)
        for decision, other in neighbours(candidate, DECISIONS):
            here, there = candidate.as_dict, other.as_dict
            moved = {name for name in here.keys() & there.keys() if here[name] != there[name]}
            assert moved == {decision.name}
            steps = values[decision.name]
            assert abs(steps.index(here[decision.name]) - steps.index(there[decision.name])) == 1
            assert here.keys() ^ there.keys() <= {"inflation"}, "only a cuff that comes or goes brings another decision"


def test_the_cap_on_the_cuff_caps_what_is_tried():
    def highest(*changes):
        space = {each.name: each.values for each in space_of(read_scenario(WOMAN, changes))}
        return space["pressure"][-1]

    assert highest() == 80.0, "the shipped limit"
    assert highest('limits.cuff="50 %AOP"') == 50.0


def test_what_is_decided_can_be_restricted_and_mistakes_are_told():
    space = {each.name: each.values for each in restricted(DECISIONS, ["load=20:40", "mode=resistance", "rest=60,90"])}
    assert space["load"] == (20.0, 30.0, 40.0) and space["mode"] == ("resistance",) and space["rest"] == (60.0, 90.0)
    assert {each.name: each.values for each in restricted(DECISIONS, ["repetitions=8:12"])}["repetitions"] == (
        "8", "10", "12",
    )  # fmt: skip
    for text, words in {
        "laod=20": "did you mean 'load'",
        "load": "LOWEST:HIGHEST",
        "load=21:22": "leaves nothing of load",
        "load=a:b": "two numbers",
    }.items():
        with pytest.raises(BfrsimError, match=words):
            restricted(DECISIONS, [text])


def test_the_search_keeps_its_budget_and_is_the_same_with_the_same_seed():
    def run(seed, budget=150):
        formula = Formula()
        found = search(formula, DECISIONS, budget=budget, people=(0, 16), probability=0.1, seed=seed)
        assert len(found) == len({each.candidate for each in found}) <= budget
        return [each.candidate for each in found]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert len(run(1)) == 150


def test_the_search_sees_the_constraint_and_finds_what_is_best_within_it():
    def heavy_and_found(limited):
        found = search(Formula(limited), DECISIONS, budget=400, people=(0, 16), probability=0.1, seed=1)
        return np.mean([each.candidate.as_dict.get("load", 0.0) > 60.0 for each in found[-200:]]), found

    (blind, _), (seeing, found) = heavy_and_found(False), heavy_and_found(True)
    assert seeing < 0.3 * blind
    kept = [each for each in found if not each.count_over]
    assert choose(kept, 1.0).candidate["load"] == 60.0, "the heaviest that is allowed"


def test_a_small_space_is_searched_to_its_end():
    space = restricted(
        DECISIONS,
        ["mode=walking", "pressure=0", "speed=3:4", "minutes=10,20", "sessions=2:3"],
    )
    found = search(Formula(), space, budget=100, people=(0, 16), probability=0.1, seed=1)
    assert len(found) == 8


def test_the_front_holds_what_nothing_surpasses():
    rng = np.random.default_rng(5)
    tried = [tried_as(any_candidate(rng), *rng.random(3)) for _ in range(60)]
    kept = front(tried)
    assert kept == sorted(kept, key=lambda each: each.harm)
    for each in tried:
        better = [
            other for other in tried
            if other.size > each.size and other.strength > each.strength and other.harm < each.harm
        ]  # fmt: skip
        assert (each in kept) == (not better)


def test_the_choice_is_the_least_harm_with_nearly_all_the_benefit():
    rng = np.random.default_rng(6)
    tried = [tried_as(any_candidate(rng), *(1.0 + rng.random(3))) for _ in range(40)]
    chosen = choose(tried, 0.3)
    worth = benefits(tried, 0.3)
    enough = [each for each, value in zip(tried, worth, strict=True) if value >= ENOUGH * worth.max()]
    least = min(each.harm for each in enough)
    assert chosen in enough and chosen.harm <= least + ALIKE
    quick = replace(chosen, minutes=chosen.minutes / 2.0, nearest=chosen.nearest + 0.9 * (least + ALIKE - chosen.harm))
    assert choose([*tried, quick], 0.3) is quick, "of like harm the shorter week"
    hard = replace(quick, nearest=quick.nearest + 2.0 * ALIKE)
    assert choose([*tried, hard], 0.3) is chosen
    most = max(tried, key=lambda each: each.strength)
    assert benefits(tried, 1.0)[tried.index(most)] == pytest.approx(1.0)
    assert choose([tried_as(any_candidate(rng), -1.0, -1.0, 0.5)], 0.5).size == -1.0, "nothing gains: still a choice"
    edge = front(tried)
    best = ranked(edge, 0.3, 3)
    assert best[0] is choose(edge, 0.3) and len(spread_out(edge, 5, best)) == min(5, len(edge))
    assert set(best) <= set(spread_out(edge, 5, best))


def test_fresh_people_are_others_and_keep_what_is_known_of_the_person():
    system = read_system(models_folder() / "bfr.bfr")
    scenario = read_scenario(WOMAN)
    people = People(None, 1, system)
    both = people.parameters(scenario, 0, 6)
    late = people.parameters(scenario, 3, 6)
    for name, values in both.items():
        assert np.array_equal(values[3:], late[name]), name
    assert "age" not in both, "what the scenario tells stays as it is told"
    assert np.ptp(both["z_m"]) > 0.0
    wide = people.parameters(scenario, 0, 6, whole_priors=True)
    assert np.ptp(np.log(wide["k_m"])) > 2.0 * np.ptp(np.log(both["k_m"])), (
        "the whole prior is wider than people differ"
    )
    assert not np.array_equal(People(None, 2, system).parameters(scenario, 0, 6)["z_m"], both["z_m"])


def test_the_shipped_woman_is_sarcopenic_and_hypertensive():
    person, _ = complete_person(read_scenario(WOMAN))
    assert sarcopenia(person)["AWGS 2019"] in (SARCOPENIA, SEVERE)
    assert person.age == 75.0 and person.sex == "female" and person.blood_pressure.systolic >= 140.0
