"""The whole of a prescription: read, search, try the front again on fresh people, choose, look around the choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bfrsim.errors import ScenarioError, SimulationError, did_you_mean
from bfrsim.language.join import read_system
from bfrsim.library import find_cohort, find_scenario, models_folder, shipped_cohorts, shipped_scenarios
from bfrsim.safety import limits_of
from bfrsim.scenario.toml_file import file_table, file_text
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.spec import read_cohort
from bfrsim.study.prescribe.chance import fewest_people, most_over_in_search
from bfrsim.study.prescribe.choose import choose, front, ranked, spread_out
from bfrsim.study.prescribe.decisions import NO_CUFF, Candidate, Decision, neighbours, restricted
from bfrsim.study.prescribe.evaluate import Evaluator, Tried
from bfrsim.study.prescribe.people import People
from bfrsim.study.prescribe.programme import PATTERN, Base, read_base, space_of
from bfrsim.study.prescribe.reasons import hinges, sources
from bfrsim.study.prescribe.results import Check, Neighbour, Prescription, Request
from bfrsim.study.prescribe.search import search

FRONT, BEST = 12, 5  # programmes of the front that are tried again on fresh people; of them the best by the rule
ROUNDS = 3  # times that the best of the search moves to a better neighbour
LOOKS = 6  # times that so many of the best are looked at again
SEARCH_PEOPLE, LOOK_PEOPLE, FRESH_PEOPLE, CHECK_PEOPLE = 16, 48, 64, 128
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Plan:
    """What is asked, read and checked: nothing has been computed."""

    request: Request
    base: Base
    space: tuple[Decision, ...]
    cohort: CohortSpec | None


def plan_prescription(
    source: str,
    *,
    changes: Sequence[str] = (),
    programme: str = PATTERN,
    within: Sequence[str] = (),
    probability: float = 0.1,
    strength_weight: float = 0.5,
    budget: int = 160,
    seed: int = 1,
    people: int = FRESH_PEOPLE,
) -> Plan:
    """Read what is asked, before anything is computed.

    Parameters
    ----------
    source : path or name of a scenario, whose person is asked about, or of a cohort.
    changes : ``--set`` texts for the scenario; for a cohort, for the programme.
    programme : for a cohort, the scenario that tells weeks, meals, cuff and limits.
    within : restrictions of what is decided, as `decisions.restricted` reads them.
    people : fresh people on whom the front is tried again.

    Raises
    ------
    ScenarioError, SimulationError
        With file, line and field, or the option.
    """
    cohort = _cohort(source)
    base = read_base(source if cohort is None else programme, changes)
    if people < (needed := fewest_people(probability)):
        raise SimulationError(
            f"--people {people}: too few to show that at most {100 * probability:g} % are over a limit; give {needed}"
        )
    space = restricted(space_of(base.scenario), within)
    title = base.scenario.title if cohort is None else cohort.title
    request = Request(
        source, title, "" if cohort is None else cohort.title, base.scenario, probability, strength_weight, budget,
        seed, SEARCH_PEOPLE, LOOK_PEOPLE, people, max(CHECK_PEOPLE, people),
    )  # fmt: skip
    return Plan(request, base, space, cohort)


def prescribe(
    plan: Plan,
    *,
    threads: int = 1,
    announce: Callable[[str], None] | None = None,
    progress: Progress | None = None,
) -> Prescription:
    """Find the prescription that is planned.

    Parameters
    ----------
    threads : people are spread over so many; results do not depend on it.
    announce : told in words what begins; progress : told which share of it is done.

    Raises
    ------
    SimulationError
        If no programme can be simulated.
    """
    request, base, space, cohort = plan.request, plan.base, plan.space, plan.cohort
    system = read_system(models_folder() / "bfr.bfr")
    evaluator = Evaluator(base, People(cohort, request.seed if cohort is None else None, system), system, threads)
    say = announce or (lambda _: None)
    say(f"trying {request.budget} programmes on {request.search_people} people")
    searched = search(
        evaluator, space, budget=request.budget, people=request.searched, probability=request.probability,
        seed=request.seed, progress=progress,
    )  # fmt: skip
    say("trying the neighbours of the best")
    searched = _polished(evaluator, space, request, searched, progress)
    say("looking again at the best")
    edge, looked = _looked_again(evaluator, request, front(_feasible(searched, request)), progress)
    say(f"trying the front again on {request.fresh_people} fresh people")
    kept = spread_out(edge, FRONT, looked)
    again = evaluator.try_all([each.candidate for each in kept], request.fresh, progress)
    fresh = tuple(sorted((each for each in again if each.possible), key=lambda each: each.harm))
    passing = [each for each in fresh if each.count_over <= request.allowed]
    choice = choose(passing, request.strength_weight) if passing else None
    return _explained(evaluator, request, space, searched, fresh, choice, (say, progress))


def _explained(
    evaluator: Evaluator, request: Request, space: tuple[Decision, ...], searched: Sequence[Tried],
    fresh: tuple[Tried, ...], choice: Tried | None, told: tuple[Callable[[str], None], Progress | None],
) -> Prescription:  # fmt: skip
    say, progress = told
    limits = limits_of(request.scenario)
    if choice is None:
        return Prescription(request, space, limits, tuple(searched), fresh, None, (), None, None, (), None)
    say("looking around the choice")
    around = list(neighbours(choice.candidate, space))
    tried = evaluator.try_all([each for _, each in around], request.fresh, progress)
    near = tuple(Neighbour(decision, each) for (decision, _), each in zip(around, tried, strict=True) if each.possible)
    say(f"trying the choice on {request.check_people} people never used")
    (seen,) = evaluator.try_all([choice.candidate], request.checked, progress)
    (wide,) = evaluator.try_all([choice.candidate], request.checked, progress, whole_priors=True)
    assert choice.scenario is not None  # it was simulated
    drawn = [evaluator.people.parameters(choice.scenario, *group) for group in (request.fresh, request.checked)]
    system = evaluator.system
    return Prescription(
        request, space, limits, tuple(searched), fresh, choice, near,
        Check(len(seen.nearest), seen.count_over), Check(len(wide.nearest), wide.count_over),
        tuple(hinges([choice, seen], drawn, system)), sources(drawn[0], system),
    )  # fmt: skip


def _polished(
    evaluator: Evaluator, space: Sequence[Decision], request: Request, searched: list[Tried], progress: Progress | None
) -> list[Tried]:
    """Return what was tried, and the neighbours of the best; where one of them is better, its neighbours too."""
    found: dict[Candidate, Tried] = {each.candidate: each for each in searched}
    seen: set[Candidate] = set()
    for _ in range(ROUNDS):
        best = choose(_feasible(list(found.values()), request), request.strength_weight)
        if best.candidate in seen:
            break
        seen.add(best.candidate)
        around = [each for _, each in neighbours(best.candidate, space)]
        found |= {each.candidate: each for each in evaluator.try_all(around, request.searched, progress)}
    return list(found.values())


def _looked_again(
    evaluator: Evaluator, request: Request, edge: list[Tried], progress: Progress | None
) -> tuple[list[Tried], list[Tried]]:
    """Return the front without those that only the people of the search kept within limits, and its best.

    All are tried on the same few people, so their luck is one: the best by the rule, with a cuff and without, are
    looked at on more people, until enough are left.
    """
    allowed = most_over_in_search(request.search_people + request.look_people, request.probability)
    left, passed, seen = list(edge), set[Candidate](), set[Candidate]()
    for _ in range(LOOKS):
        best = _best(left, request)
        new = [each.candidate for each in best if each.candidate not in seen]
        if not new:
            break
        seen |= set(new)
        over = {each.candidate: each.count_over for each in best}
        for each in evaluator.try_all(new, request.looked, progress):
            if each.possible and each.count_over + over[each.candidate] <= allowed:
                passed.add(each.candidate)
        left = [each for each in left if each.candidate in passed or each.candidate not in seen] or list(edge)
    return left, _best(left, request)


def _best(tried: Sequence[Tried], request: Request) -> list[Tried]:
    """Return the best by the rule, the best with a cuff and the best without one among them."""
    cuffed = [each for each in tried if each.candidate.number("pressure") != NO_CUFF]
    free = [each for each in tried if each.candidate.number("pressure") == NO_CUFF]
    best = [*ranked(tried, request.strength_weight, BEST)]
    best += [each for some in (cuffed, free) for each in ranked(some, request.strength_weight, 2)]
    return list(dict.fromkeys(best))


def _feasible(tried: Sequence[Tried], request: Request) -> list[Tried]:
    """Return those within what the search allows; if there are none, those with the fewest people over a limit."""
    possible = [each for each in tried if each.possible]
    if not possible:
        reason = next((each.reason for each in tried if each.reason), "")
        raise SimulationError(f"no programme could be simulated; the first said: {reason}")
    allowed = most_over_in_search(request.search_people, request.probability)
    least = max(allowed, min(each.count_over for each in possible))
    return [each for each in possible if each.count_over <= least]


def _cohort(source: str) -> CohortSpec | None:
    """Return the cohort if the source is one: a shipped name, or a file with [population]."""
    name = Path(source).as_posix().removeprefix("scenarios/").removeprefix("cohorts/").removesuffix(".toml")
    try:
        path = find_scenario(source)
    except ScenarioError:
        if name in shipped_cohorts():
            return read_cohort(find_cohort(source))
        near = did_you_mean(name, [*shipped_scenarios(), *shipped_cohorts()])
        listed = near or f"; shipped cohorts are {', '.join(shipped_cohorts())}, scenarios those of `bfrsim run`"
        raise ScenarioError(f"no scenario or cohort {str(source)[:80]!r}{listed}") from None
    is_cohort = path.is_file() and "population" in file_table(file_text(path), path)
    return read_cohort(path) if is_cohort else None
