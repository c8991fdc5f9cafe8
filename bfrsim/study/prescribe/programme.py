"""From a candidate to the scenario that is simulated: person, meals, weeks and limits stay, the training changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bfrsim.safety import limits_of
from bfrsim.scenario.exercise import Resistance
from bfrsim.scenario.read import read_override, read_scenario
from bfrsim.scenario.schema import Scenario
from bfrsim.study.prescribe.decisions import (
    CYCLING,
    DECISIONS,
    FIRST_LONGER,
    NO_CUFF,
    RESISTANCE,
    TO_FAILURE,
    WALKING,
    Candidate,
    Decision,
)

PATTERN = "bfr_knee_extension"  # whose cuff and tempo are taken where the scenario has none


@dataclass(frozen=True)
class Base:
    """What all candidates share.

    Attributes
    ----------
    scenario : as it is told, with changes; its training is the first candidate tried.
    """

    source: str | Path
    changes: Mapping[str, Any]
    scenario: Scenario

    def scenario_of(self, candidate: Candidate) -> Scenario:
        """Return the scenario in which the candidate is followed.

        Raises
        ------
        ScenarioError
            If the calendar or the meals leave no room for it.
        """
        told = dict(self.changes) | {"exercise": self._exercise(candidate), "cuff": self._cuff(candidate)}
        told["calendar.sessions_per_week"] = int(candidate.number("sessions"))
        return read_scenario(self.source, told)

    def _exercise(self, candidate: Candidate) -> dict[str, Any]:
        if candidate["mode"] == WALKING:
            return _bout(candidate, speed=f"{candidate.number('speed'):g} km/h")
        if candidate["mode"] == CYCLING:
            return _bout(candidate, intensity=f"{candidate.number('intensity'):g} %HRR")
        own = _lifting(self.scenario)
        sets = int(candidate.number("sets"))
        to_failure = candidate["repetitions"] == TO_FAILURE
        return {
            "mode": RESISTANCE,
            "movement": own.movement,
            "limb": self.scenario.trained_limb,
            "limbs": own.limbs,
            "load": f"{candidate.number('load'):g} %1RM",
            "sets": sets if to_failure else repetitions(candidate),
            "to_failure": to_failure,
            "repetition": f"{own.repetition:g} s",
            "duty": own.duty,
            "rest": f"{candidate.number('rest'):g} s",
        }

    def _cuff(self, candidate: Candidate) -> dict[str, Any] | None:
        pressure = candidate.number("pressure")
        if pressure == NO_CUFF:
            return None
        own = self.scenario.cuff or _pattern().cuff
        assert own is not None  # the pattern has one
        return {
            "limb": self.scenario.trained_limb,
            "width": f"{own.width:g} cm",
            "posture": own.posture,
            "pressure": f"{pressure:g} %AOP",
            "inflation": candidate.as_dict.get("inflation", "continuous"),
        }


def read_base(source: str | Path, changes: Sequence[str]) -> Base:
    """Read the scenario that all candidates share, with ``--set`` texts.

    Raises
    ------
    ScenarioError
        With file, line and field.
    """
    return Base(source, dict(read_override(text) for text in changes), read_scenario(source, changes))


def space_of(scenario: Scenario) -> tuple[Decision, ...]:
    """Return what can be decided for a scenario: its cap on the cuff holds, and an arm neither walks nor rides."""
    cap = limits_of(scenario).get("cuff")
    on_arm = scenario.trained_limb == "arm"
    found = []
    for decision in DECISIONS:
        values = decision.values
        if decision.name == "mode" and on_arm:
            values = (RESISTANCE,)
        if decision.name == "pressure":
            most = NO_CUFF if on_arm and scenario.cuff is None else float("inf") if cap is None else cap.value
            values = tuple(value for value in values if float(value) <= most)
        found.append(replace(decision, values=values))
    return tuple(found)


def repetitions(candidate: Candidate) -> list[int]:
    """Return the planned repetitions of each set; of sets to failure, none."""
    sets, scheme = int(candidate.number("sets")), str(candidate["repetitions"])
    if scheme == TO_FAILURE:
        return []
    return [30, *[15] * (sets - 1)] if scheme == FIRST_LONGER else [int(scheme)] * sets


def _bout(candidate: Candidate, **effort: str) -> dict[str, Any]:
    return {"mode": candidate["mode"], "duration": f"{candidate.number('minutes'):g} min", **effort}


def _lifting(scenario: Scenario) -> Resistance:
    own = scenario.exercise if isinstance(scenario.exercise, Resistance) else _pattern().exercise
    assert isinstance(own, Resistance)  # the pattern is
    return own


def _pattern() -> Scenario:
    return read_scenario(PATTERN)
