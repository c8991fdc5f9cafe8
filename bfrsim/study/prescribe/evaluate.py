"""Candidates on people: what they gain, how near they come to each limit, who is over one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.batch import Followed, Programme, simulate_programmes
from bfrsim.errors import ScenarioError
from bfrsim.language.join import System
from bfrsim.safety import HIGH_PRESSURE, MEASURES, Limit, is_over, limits_of
from bfrsim.scenario.exercise import Resistance
from bfrsim.scenario.lengths import INFLATION_SECONDS
from bfrsim.scenario.schema import Scenario
from bfrsim.study.prescribe.decisions import Candidate
from bfrsim.study.prescribe.people import People
from bfrsim.study.prescribe.programme import Base
from bfrsim.study.sweep.outputs import Output, columns_of, read_outputs, reduce

Floats = NDArray[np.float64]

SIZE, STRENGTH, DISCOMFORT, SYSTOLIC = "csa_change", "one_rm_change", "discomfort", "systolic_pressure"
TOP_OF_SCALE = 10.0  # of discomfort, CR-10: what it is held against where the scenario sets no limit
BATCH = 1024  # people of all candidates in one call: enough to fill lanes, few enough to tell progress


@dataclass(frozen=True, eq=False)
class Tried:
    """A candidate on n people.

    Attributes
    ----------
    gains : (n, 2) change of muscle size and of the maximum [%].
    values : measure of `bfrsim.safety` -> (n,), in its unit, worst of all sessions.
    nearest : (n,) largest share of a limit that is used; the cap on the cuff is no harm and does not count.
    over : limit -> (n,) who is over it; whoever cannot be simulated is over all.
    minutes : (n,) of a week's sessions, from inflation to the end of the work, mean over the programme [min].
    reason : why the candidate has no meaning, or why people could not be simulated; empty otherwise.
    """

    candidate: Candidate
    scenario: Scenario | None
    gains: Floats
    values: Mapping[str, Floats]
    nearest: Floats
    over: Mapping[str, NDArray[np.bool_]]
    minutes: Floats
    reason: str = ""

    @property
    def size(self) -> float:
        """Mean change of muscle size [%]."""
        return float(np.mean(self.gains[:, 0]))

    @property
    def strength(self) -> float:
        """Mean change of the one-repetition maximum [%]."""
        return float(np.mean(self.gains[:, 1]))

    @property
    def harm(self) -> float:
        """Mean over people of the largest share of a limit that is used."""
        return float(np.mean(self.nearest))

    @property
    def time(self) -> float:
        """Mean time of a week's sessions [min]."""
        return float(np.mean(self.minutes))

    @property
    def anyone(self) -> NDArray[np.bool_]:
        """(n,) who is over any limit."""
        found = np.zeros(len(self.nearest), dtype=bool)
        for each in self.over.values():
            found |= each
        return found

    @property
    def count_over(self) -> int:
        """How many are over any limit."""
        return int(self.anyone.sum())

    @property
    def possible(self) -> bool:
        """Whether the candidate has a meaning and everybody could be simulated."""
        return bool(np.isfinite(self.gains).all())


class Evaluator:
    """Tries candidates on people and remembers what it found."""

    def __init__(self, base: Base, people: People, system: System, threads: int = 1) -> None:
        self.base, self.people, self.system, self.threads = base, people, system, threads
        self.limits: dict[str, Limit] = limits_of(base.scenario)
        measured = [name for name, each in MEASURES.items() if each.taken != "cuff"]
        self.outputs: tuple[Output, ...] = read_outputs([SIZE, STRENGTH, *measured], system)
        self._known: dict[tuple[Candidate, int, int, bool], Tried] = {}

    def try_all(
        self,
        candidates: Sequence[Candidate],
        people: tuple[int, int],
        progress: Callable[[float], None] | None = None,
        whole_priors: bool = False,
    ) -> list[Tried]:
        """Return what became of each candidate on people number `people[0]` to `people[1]`."""
        keys = {each: (each, *people, whole_priors) for each in candidates}
        new = [each for each in keys if keys[each] not in self._known]
        size = max(1, BATCH // (people[1] - people[0]))
        for first in range(0, len(new), size):
            part = new[first : first + size]
            share = None if progress is None else _within(progress, first / len(new), len(part) / len(new))
            for each, tried in zip(part, self._simulate(part, people, whole_priors, share), strict=True):
                self._known[keys[each]] = tried
        return [self._known[keys[each]] for each in candidates]

    def _simulate(
        self, candidates: Sequence[Candidate], people: tuple[int, int], whole_priors: bool,
        progress: Callable[[float], None] | None,
    ) -> list[Tried]:  # fmt: skip
        count = people[1] - people[0]
        scenarios, reasons = {}, {}
        for each in candidates:
            try:
                scenarios[each] = self.base.scenario_of(each)
            except ScenarioError as error:
                reasons[each] = str(error)
        programmes = [
            Programme(scenario, self.people.parameters(scenario, *people, whole_priors))
            for scenario in scenarios.values()
        ]
        followed = simulate_programmes(
            programmes, columns_of(self.outputs), threads=self.threads, progress=progress
        )  # fmt: skip
        found = dict(zip(scenarios, followed, strict=True))
        return [
            self._tried(each, scenarios[each], found[each]) if each in found else self._senseless(each, count, reasons)
            for each in candidates
        ]

    def _tried(self, candidate: Candidate, scenario: Scenario, followed: Followed) -> Tried:
        numbers = reduce(followed, scenario, self.outputs)
        values = {output.name: numbers[:, at] for at, output in enumerate(self.outputs)}
        gains = np.column_stack([values.pop(SIZE), values.pop(STRENGTH)])
        work, rests = _session(scenario, followed)
        values |= _cuff(candidate, scenario, work, rests)
        session = INFLATION_SECONDS + rests + work.sum(axis=2).mean(axis=1)
        minutes = candidate.number("sessions") * session / 60.0
        lost = ~np.isfinite(gains).all(axis=1)
        over = {name: lost | _over(values[name], limit.value) for name, limit in self.limits.items()}
        reason = next((each for each in followed.reasons if each), "")
        return Tried(candidate, scenario, gains, values, self._nearest(values), over, minutes, reason)

    def _nearest(self, values: Mapping[str, Floats]) -> Floats:
        held = {name: limit.value for name, limit in self.limits.items() if name != "cuff"}
        held.setdefault(DISCOMFORT, TOP_OF_SCALE)
        shares = [values[name] / limit for name, limit in held.items() if limit > 0.0]
        return np.max(shares, axis=0)

    def _senseless(self, candidate: Candidate, count: int, reasons: Mapping[Candidate, str]) -> Tried:
        nothing = np.full(count, np.nan)
        over = {name: np.ones(count, dtype=bool) for name in self.limits}
        return Tried(candidate, None, np.full((count, 2), np.nan), {}, nothing, over, nothing, reasons[candidate])


def _over(values: Floats, limit: float) -> NDArray[np.bool_]:
    return np.array([is_over(float(value), limit) for value in values])


def _session(scenario: Scenario, followed: Followed) -> tuple[Floats, float]:
    """Return the time of each set or bout, (n, sessions, sets) [s], and of all rests of a session [s]."""
    exercise, count = scenario.exercise, len(followed.status)
    assert exercise is not None  # every candidate has one
    planned = np.array(exercise.stretches)
    if isinstance(exercise, Resistance):
        done = np.nan_to_num(followed.repetitions) * exercise.repetition
        # A set that ends early breaks off a repetition, which is not counted: time is at most that much longer.
        work = np.minimum(done + exercise.repetition, planned)
    else:
        work = np.broadcast_to(planned, (count, max(followed.repetitions.shape[1], 1), len(planned)))
    return work, exercise.between * (len(planned) - 1)


def _cuff(candidate: Candidate, scenario: Scenario, work: Floats, rests: float) -> dict[str, Floats]:
    """Return pressure [%AOP] and the two times [min] of the worst session, (n,) each."""
    pressure, cuff = candidate.number("pressure"), scenario.cuff
    if cuff is None:
        return {name: np.zeros(len(work)) for name in ("cuff", "high_pressure", "inflation")}
    whole = INFLATION_SECONDS + work.sum(axis=2) + rests
    unbroken = whole if cuff.inflation == "continuous" else INFLATION_SECONDS + work.max(axis=2)
    worn = whole if cuff.inflation == "continuous" else whole - rests
    high = worn if pressure > 100.0 * HIGH_PRESSURE else np.zeros_like(worn)
    return {
        "cuff": np.full(len(work), pressure),
        "high_pressure": high.max(axis=1) / 60.0,
        "inflation": unbroken.max(axis=1) / 60.0,
    }


def _within(progress: Callable[[float], None], done: float, part: float) -> Callable[[float], None]:
    return lambda share: progress(done + part * share)
