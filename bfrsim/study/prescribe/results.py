"""What a prescription found: the front, the choice, its neighbours, fresh checks, and what it hangs on."""

from __future__ import annotations

from dataclasses import dataclass

from bfrsim.safety import Limit
from bfrsim.scenario.schema import Scenario
from bfrsim.study.prescribe.chance import most_over, upper_bound
from bfrsim.study.prescribe.choose import choose
from bfrsim.study.prescribe.decisions import Decision
from bfrsim.study.prescribe.evaluate import Tried
from bfrsim.study.prescribe.reasons import Hinge, Sources


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes
    ----------
    source : scenario or cohort as it was named; `cohort` says whom people are drawn from if it is one.
    probability : of being over any limit, at most.
    strength_weight : of strength in the benefit, from 0 to 1; the rest is size.
    budget : different programmes that are tried in the search.
    search_people, look_people, fresh_people, check_people : on how many programmes are tried in the search, the best of
        it looked at again, the front tried, the choice checked; none of one is among another.
    """

    source: str
    title: str
    cohort: str
    scenario: Scenario
    probability: float
    strength_weight: float
    budget: int
    seed: int
    search_people: int
    look_people: int
    fresh_people: int
    check_people: int

    @property
    def searched(self) -> tuple[int, int]:
        """Numbers of the people of the search, first and beyond."""
        return 0, self.search_people

    @property
    def looked(self) -> tuple[int, int]:
        """Numbers of the people on whom the best of the search are looked at again."""
        return self.search_people, self.search_people + self.look_people

    @property
    def fresh(self) -> tuple[int, int]:
        """Numbers of the fresh people on whom the front is tried again."""
        return self.looked[1], self.looked[1] + self.fresh_people

    @property
    def checked(self) -> tuple[int, int]:
        """Numbers of the people on whom the choice is tried once more, after it was made."""
        return self.fresh[1], self.fresh[1] + self.check_people

    @property
    def allowed(self) -> int:
        """How many of the fresh people may be over a limit."""
        return most_over(self.fresh_people, self.probability)


@dataclass(frozen=True)
class Check:
    """The choice on people that neither search nor choice has seen."""

    people: int
    over: int

    @property
    def bound(self) -> float:
        """One-sided upper bound of 95 % on the probability of being over a limit."""
        return upper_bound(self.over, self.people)


@dataclass(frozen=True)
class Neighbour:
    """A programme one step from the choice, on the same fresh people."""

    decision: Decision
    tried: Tried


@dataclass(frozen=True)
class Prescription:
    """What was found.

    Attributes
    ----------
    searched : every candidate, on the people of the search.
    front : the front on fresh people, from the least harm to the most.
    choice : one of the front, or None if none keeps the chance constraint.
    check, whole_priors : the choice on people never used; with people's own spread, and with whole priors.
    """

    request: Request
    space: tuple[Decision, ...]
    limits: dict[str, Limit]
    searched: tuple[Tried, ...]
    front: tuple[Tried, ...]
    choice: Tried | None
    neighbours: tuple[Neighbour, ...]
    check: Check | None
    whole_priors: Check | None
    hinges: tuple[Hinge, ...]
    sources: Sources | None

    def keeps(self, tried: Tried) -> bool:
        """Return whether a programme, on fresh people, keeps the chance constraint."""
        return tried.count_over <= self.request.allowed

    def best(self, cuffed: bool) -> Tried | None:
        """Return the best by the rule of those on the front that keep the constraint, with a cuff or without."""
        some = [each for each in self.front if self.keeps(each) and (each.candidate.number("pressure") > 0.0) == cuffed]
        return choose(some, self.request.strength_weight) if some else None

    @property
    def reference(self) -> tuple[Tried, ...]:
        """Those of the front that keep the constraint: what benefit is a share of; all, if none does."""
        return tuple(each for each in self.front if self.keeps(each)) or self.front
