"""What can be decided about a programme: exercise, cuff, load, sets, repetitions, rest, sessions a week; in steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bfrsim.errors import SimulationError, did_you_mean

Value = float | str
RESISTANCE, WALKING, CYCLING = "resistance", "walking", "cycling"
MODES = (RESISTANCE, WALKING, CYCLING)
TO_FAILURE, FIRST_LONGER = "failure", "30-15"
NO_CUFF = 0.0


@dataclass(frozen=True)
class Decision:
    """Something to decide.

    Attributes
    ----------
    values : what is tried, in order; one step from a value is its neighbour here.
    modes : in which exercises there is such a decision.
    """

    name: str
    label: str
    unit: str
    values: tuple[Value, ...]
    modes: tuple[str, ...] = MODES


# The steps in which programmes are tried; wider than what guidelines recommend, so that the ends can be seen to lose.
DECISIONS: tuple[Decision, ...] = (
    Decision("mode", "exercise", "", MODES),
    Decision("pressure", "cuff pressure", "%AOP", (NO_CUFF, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0)),
    Decision("inflation", "cuff in rests", "", ("continuous", "intermittent"), (RESISTANCE,)),
    Decision("load", "load", "%1RM", (20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0), (RESISTANCE,)),
    Decision("sets", "sets", "", (1.0, 2.0, 3.0, 4.0, 5.0), (RESISTANCE,)),
    Decision("repetitions", "repetitions", "", ("6", "8", "10", "12", "15", "20", FIRST_LONGER, TO_FAILURE),
             (RESISTANCE,)),
    Decision("rest", "rest", "s", (30.0, 45.0, 60.0, 90.0, 120.0, 180.0), (RESISTANCE,)),
    Decision("speed", "speed", "km/h", (2.0, 3.0, 4.0, 5.0, 6.0), (WALKING,)),
    Decision("intensity", "intensity", "%HRR", (20.0, 30.0, 40.0, 50.0, 60.0, 70.0), (CYCLING,)),
    Decision("minutes", "duration", "min", (10.0, 15.0, 20.0, 30.0, 40.0), (WALKING, CYCLING)),
    Decision("sessions", "sessions a week", "", (1.0, 2.0, 3.0, 4.0, 5.0)),
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """A programme to try: what is decided, name and value, in the order of `DECISIONS`; only what has a meaning."""

    choices: tuple[tuple[str, Value], ...]

    def __getitem__(self, name: str) -> Value:
        """Return what is decided."""
        return dict(self.choices)[name]

    def number(self, name: str) -> float:
        """Return what is decided, as a number."""
        return float(self[name])

    @property
    def as_dict(self) -> dict[str, Value]:
        """What is decided, by name."""
        return dict(self.choices)


def candidate_of(chosen: Mapping[str, Value]) -> Candidate:
    """Return the candidate, without what has no meaning for its exercise or without a cuff."""
    return Candidate(tuple((each.name, chosen[each.name]) for each in DECISIONS if applies(each, chosen)))


def applies(decision: Decision, chosen: Mapping[str, Value]) -> bool:
    """Return whether there is such a decision, given those before it in the order of `DECISIONS`."""
    if decision.name == "mode":
        return True
    if chosen["mode"] not in decision.modes:
        return False
    return decision.name != "inflation" or chosen["pressure"] != NO_CUFF


def neighbours(candidate: Candidate, space: Sequence[Decision]) -> Iterator[tuple[Decision, Candidate]]:
    """Yield each programme one step from a candidate, up or down in one decision; the exercise stays."""
    chosen = candidate.as_dict
    for decision in space:
        if decision.name == "mode" or decision.name not in chosen:
            continue
        at = decision.values.index(chosen[decision.name])
        for place in (at - 1, at + 1):
            if 0 <= place < len(decision.values):
                moved = {"inflation": "continuous", **chosen, decision.name: decision.values[place]}
                yield decision, candidate_of(moved)


def restricted(space: Sequence[Decision], texts: Sequence[str]) -> tuple[Decision, ...]:
    """Return the decisions with fewer values, as texts say: ``load=20:50``, ``mode=resistance,walking``, ``rest=60``.

    Raises
    ------
    SimulationError
        If a name is unknown or nothing is left to try.
    """
    found = {decision.name: decision for decision in space}
    for text in texts:
        name, equals, wanted = (part.strip() for part in text.partition("="))
        if not equals or not wanted:
            raise SimulationError(f"--within {text}: write NAME=LOWEST:HIGHEST or NAME=VALUE,VALUE, as in load=20:50")
        if name not in found:
            hint = did_you_mean(name, found) or f"; decided are {', '.join(found)}"
            raise SimulationError(f"--within {text}: nothing that is decided is called '{name}'{hint}")
        decision = found[name]
        values = tuple(value for value in decision.values if _meant(value, wanted, text))
        if not values:
            tried = ", ".join(value_text(value) for value in decision.values)
            raise SimulationError(f"--within {text}: leaves nothing of {name}; tried are {tried}")
        found[name] = Decision(name, decision.label, decision.unit, values, decision.modes)
    return tuple(found.values())


def value_text(value: Value) -> str:
    """Return a value as it is written: ``40``, ``continuous``."""
    return value if isinstance(value, str) else f"{value:g}"


def _meant(value: Value, wanted: str, text: str) -> bool:
    if ":" not in wanted:
        return value_text(value) in [part.strip() for part in wanted.split(",")]
    if isinstance(value, str) and not value.isdigit():
        return False
    try:
        low, high = (float(part) for part in wanted.split(":"))
    except ValueError:
        raise SimulationError(f"--within {text}: a range is two numbers, LOWEST:HIGHEST") from None
    return low <= float(value) <= high
