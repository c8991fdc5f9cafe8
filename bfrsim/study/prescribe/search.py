"""The search: candidates asked of an evolutionary sampler, tried in batches on the same people, told to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bfrsim.study.prescribe.chance import most_over_in_search
from bfrsim.study.prescribe.decisions import (
    CYCLING,
    FIRST_LONGER,
    NO_CUFF,
    RESISTANCE,
    TO_FAILURE,
    WALKING,
    Candidate,
    Decision,
    Value,
    candidate_of,
)
from bfrsim.study.prescribe.evaluate import Evaluator, Tried

if TYPE_CHECKING:
    from optuna.trial import Trial

POPULATION = 32  # of a generation: candidates that are tried together
PATIENCE = 6  # generations in which nothing new comes up, after which the search ends
# The programmes of trials, tried first: light with a cuff, heavy, light, to failure, walking and cycling with and
# without a cuff.
KNOWN: tuple[dict[str, Value], ...] = (
    {"mode": RESISTANCE, "pressure": 50.0, "inflation": "continuous", "load": 30.0, "sets": 4.0,
     "repetitions": FIRST_LONGER, "rest": 45.0, "sessions": 3.0},
    {"mode": RESISTANCE, "pressure": 80.0, "inflation": "continuous", "load": 20.0, "sets": 4.0,
     "repetitions": FIRST_LONGER, "rest": 30.0, "sessions": 3.0},
    {"mode": RESISTANCE, "pressure": 40.0, "inflation": "intermittent", "load": 20.0, "sets": 3.0,
     "repetitions": "15", "rest": 60.0, "sessions": 3.0},
    {"mode": RESISTANCE, "pressure": NO_CUFF, "load": 70.0, "sets": 4.0, "repetitions": "10", "rest": 90.0,
     "sessions": 3.0},
    {"mode": RESISTANCE, "pressure": NO_CUFF, "load": 50.0, "sets": 3.0, "repetitions": "12", "rest": 90.0,
     "sessions": 2.0},
    {"mode": RESISTANCE, "pressure": NO_CUFF, "load": 30.0, "sets": 4.0, "repetitions": FIRST_LONGER, "rest": 45.0,
     "sessions": 3.0},
    {"mode": RESISTANCE, "pressure": NO_CUFF, "load": 30.0, "sets": 4.0, "repetitions": TO_FAILURE, "rest": 90.0,
     "sessions": 3.0},
    {"mode": WALKING, "pressure": NO_CUFF, "speed": 4.0, "minutes": 20.0, "sessions": 4.0},
    {"mode": WALKING, "pressure": 50.0, "speed": 4.0, "minutes": 20.0, "sessions": 4.0},
    {"mode": CYCLING, "pressure": NO_CUFF, "intensity": 40.0, "minutes": 20.0, "sessions": 3.0},
    {"mode": CYCLING, "pressure": 50.0, "intensity": 40.0, "minutes": 20.0, "sessions": 3.0},
)  # fmt: skip


def search(
    evaluator: Evaluator,
    space: Sequence[Decision],
    *,
    budget: int,
    people: tuple[int, int],
    probability: float,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> list[Tried]:
    """Return every candidate tried, each once, in the order in which they came up.

    NSGA-II (Deb et al. 2002, IEEE Trans Evol Comput 6:182) of Optuna: most size, most strength, least harm, with the
    chance constraint. The same seed gives the same candidates whatever the number of threads.

    Parameters
    ----------
    budget : different candidates that are tried at most.
    people : numbers of the people, first and beyond.
    """
    import optuna

    found: dict[Candidate, Tried] = {}
    allowed = most_over_in_search(people[1] - people[0], probability)
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        sampler = optuna.samplers.NSGAIISampler(population_size=POPULATION, seed=seed)
        study = optuna.create_study(directions=["maximize", "maximize", "minimize"], sampler=sampler)
        for known in KNOWN:
            if _within_space(known, space):
                study.enqueue_trial(known)
        idle = 0
        while len(found) < budget and idle < PATIENCE:
            before = len(found)
            asked = _generation(study, space, set(found), budget - before)
            share = None if progress is None else _part(progress, before, budget)
            tried = evaluator.try_all(list(dict.fromkeys(each for _, each in asked)), people, share)
            found |= {each.candidate: each for each in tried}
            for trial, each in asked:
                _tell(study, trial, found[each], allowed)
            idle = idle + 1 if len(found) == before else 0
    finally:
        optuna.logging.set_verbosity(verbosity)
    return list(found.values())


def _generation(
    study: object, space: Sequence[Decision], known: set[Candidate], room: int
) -> list[tuple[Trial, Candidate]]:
    """Ask for candidates until a generation is full or no more new ones may be tried."""
    asked: list[tuple[Trial, Candidate]] = []
    new: set[Candidate] = set()
    while len(asked) < POPULATION and len(new) < room:
        trial: Trial = study.ask()  # type: ignore[attr-defined]
        candidate = _suggested(trial, space)
        asked.append((trial, candidate))
        if candidate not in known:
            new.add(candidate)
    return asked


def _suggested(trial: Trial, space: Sequence[Decision]) -> Candidate:
    # All are asked for, also those without a meaning here: the sampler breeds only what every trial has.
    return candidate_of({each.name: _value(trial.suggest_categorical(each.name, each.values)) for each in space})


def _value(suggested: object) -> Value:
    assert isinstance(suggested, float | str)  # values of a decision are
    return suggested


def _within_space(known: dict[str, Value], space: Sequence[Decision]) -> bool:
    return all(known[each.name] in each.values for each in space if each.name in known)


def _tell(study: object, trial: Trial, tried: Tried, allowed: int) -> None:
    """Tell what a candidate gives, and by how many people it is beyond what is allowed; 0 or less is kept."""
    import optuna

    trial.set_constraint("over a limit", tried.count_over - allowed)
    if tried.possible:
        study.tell(trial, [tried.size, tried.strength, tried.harm])  # type: ignore[attr-defined]
    else:
        study.tell(trial, state=optuna.trial.TrialState.FAIL)  # type: ignore[attr-defined]


def _part(progress: Callable[[float], None], before: int, budget: int) -> Callable[[float], None]:
    room = min(POPULATION, budget - before)
    return lambda share: progress((before + share * room) / budget)
