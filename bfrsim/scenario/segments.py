"""From a scenario to the table of segments the solver walks along: one row for each stretch of constant input."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import ScenarioError
from bfrsim.scenario.quantities import DAY
from bfrsim.scenario.schedule import (
    INFLATION_SECONDS,
    MEAL_SECONDS,
    RECOVERY_SECONDS,
    WEEK_DAYS,
    meal_times,
    schedule_mistakes,
    session_starts,
    set_seconds,
)
from bfrsim.scenario.schema import Cuff, Resistance, Scenario

TIMELINE_INPUTS: dict[str, str] = {
    "cuff_relative": "1",  # fraction of arterial occlusion pressure
    "cuff_pressure": "mmHg",  # given instead of cuff_relative, never beside it
    "load_relative": "1",  # fraction of the one-repetition maximum
    "load_mass": "kg",  # given instead of load_relative, never beside it
    "duty": "1",  # share of a repetition in which the muscle contracts
    "contracting": "1",
    "protein_intake": "g/(kg*h)",
    "unloading": "1",
}


@dataclass(frozen=True, eq=False)
class Timeline:
    """A programme as n segments of constant input and k sessions; times in s since midnight of day 0.

    Attributes
    ----------
    duration : (n,) length of a segment [s]; inf where a clock time ends it.
    until : (n,) clock time at which a segment ends [s]; inf where its length ends it. Free time after a session runs
        until a clock time because a set, and with it the session, may end early.
    may_end : (n,) 1 where the model may end a segment earlier (a set at task failure), else 0.
    inputs : (n, 8) in the order and units of TIMELINE_INPUTS.
    session : (n,) number of the session from 0; -1 outside.
    set_number : (n,) number of the set within its session from 0; -1 outside sets.
    repetition : (n,) length of one repetition [s]; 0 outside sets.
    label : n of "free", "meal", "inflation", "set", "rest", "recovery".
    session_start : (k,) start of each session [s].
    total : length of the programme [s].
    """

    duration: NDArray[np.float64]
    until: NDArray[np.float64]
    may_end: NDArray[np.int8]
    inputs: NDArray[np.float64]
    session: NDArray[np.int32]
    set_number: NDArray[np.int32]
    repetition: NDArray[np.float64]
    label: tuple[str, ...]
    session_start: NDArray[np.float64]
    total: float

    def planned_edges(self) -> NDArray[np.float64]:
        """Return the n + 1 edges between segments [s] if no set ends early."""
        edges = np.zeros(len(self.duration) + 1)
        for row, (duration, until) in enumerate(zip(self.duration, self.until, strict=True)):
            edges[row + 1] = min(edges[row] + duration, until)
        return edges


@dataclass(frozen=True)
class _Segment:
    """One row; inputs that are not named are zero."""

    label: str
    duration: float = np.inf
    until: float = np.inf
    inputs: dict[str, float] = field(default_factory=dict)
    session: int = -1
    set_number: int = -1
    repetition: float = 0.0


def compile_timeline(scenario: Scenario) -> Timeline:
    """Lay out every session and meal of the programme.

    Raises
    ------
    ScenarioError
        If a session runs into a meal, the next session or the end of the programme. `read_scenario` refuses such a
        scenario already, with file and line; this guards copies made with other values.
    """
    mistakes = schedule_mistakes(scenario)
    if mistakes:
        raise ScenarioError("\n".join(f"{mistake.field}: {mistake.message}" for mistake in mistakes))
    days = scenario.calendar.weeks * WEEK_DAYS
    starts = session_starts(scenario.calendar)
    events = [(day * DAY + time, [_meal(scenario)]) for day in range(days) for time in meal_times(scenario)]
    if scenario.exercise is not None:
        session = _session(scenario.exercise, scenario.cuff)
        events += [(start, _numbered(session, number)) for number, start in enumerate(starts)]
    return _timeline(events, starts, days * DAY)


def habitual_day(scenario: Scenario) -> Timeline:
    """Return the day with the person's meals and without training that repeats itself before the programme."""
    return _timeline([(time, [_meal(scenario)]) for time in meal_times(scenario)], [], DAY)


def person_values(scenario: Scenario) -> dict[str, tuple[float, str]]:
    """Return value and unit of each model parameter that the scenario tells about the person and their cuff.

    What the scenario leaves open is left out. The limb is the cuffed one, the leg if there is no cuff.
    """
    person, cuff = scenario.person, scenario.cuff
    limb = person.arm_circumference if cuff is not None and cuff.limb == "arm" else person.thigh_circumference
    told: dict[str, tuple[float | None, str]] = {
        "age": (person.age, "yr"),
        "mass": (person.mass, "kg"),
        "height": (person.height, "cm"),
        "female": (1.0 if person.sex == "female" else 0.0, "1"),
        "SBP0": (person.blood_pressure.systolic, "mmHg"),
        "DBP0": (person.blood_pressure.diastolic, "mmHg"),
        "limb_circumference": (limb, "cm"),
        "cuff_width": (cuff.width if cuff is not None else None, "cm"),
        "HR0": (person.resting_heart_rate, "1/min"),
        "one_rm": (person.one_rm, "kg"),
    }
    return {name: (value, unit) for name, (value, unit) in told.items() if value is not None}


def _meal(scenario: Scenario) -> _Segment:
    grams = scenario.meals.protein / len(scenario.meals.times)  # per kg of body mass, so that people may differ
    return _Segment("meal", duration=MEAL_SECONDS, inputs={"protein_intake": grams / (MEAL_SECONDS / 3600)})


def _session(exercise: Resistance, cuff: Cuff | None) -> list[_Segment]:
    inflated = _either(cuff.pressure.value, cuff.pressure.unit, "cuff_relative", "cuff_pressure") if cuff else {}
    between = inflated if cuff is not None and cuff.inflation == "continuous" else {}
    load = _either(exercise.load.value, exercise.load.unit, "load_relative", "load_mass")
    work = inflated | load | {"duty": exercise.duty, "contracting": 1.0}
    segments = [_Segment("inflation", INFLATION_SECONDS, inputs=inflated)]
    for number, seconds in enumerate(set_seconds(exercise)):
        if number > 0 and exercise.rest > 0:
            segments.append(_Segment("rest", exercise.rest, inputs=between))
        segments.append(_Segment("set", seconds, inputs=work, set_number=number, repetition=exercise.repetition))
    return [*segments, _Segment("recovery", RECOVERY_SECONDS)]


def _either(value: float, unit: str, relative: str, absolute: str) -> dict[str, float]:
    return {relative: value / 100} if unit.startswith("%") else {absolute: value}


def _numbered(session: list[_Segment], number: int) -> list[_Segment]:
    return [replace(segment, session=number) for segment in session]


def _timeline(events: list[tuple[float, list[_Segment]]], starts: list[float], total: float) -> Timeline:
    """Put free time between the events, so that each begins on its clock time; `total` in s."""
    rows: list[_Segment] = []
    clock = 0.0
    for start, segments in sorted(events, key=lambda event: event[0]):
        if start > clock:
            rows.append(_Segment("free", until=start))
        rows += segments
        clock = start + sum(segment.duration for segment in segments)
    if total > clock:
        rows.append(_Segment("free", until=total))
    return _columns(rows, starts, total)


def _columns(rows: list[_Segment], starts: list[float], total: float) -> Timeline:
    return Timeline(
        duration=np.array([row.duration for row in rows]),
        until=np.array([row.until for row in rows]),
        may_end=np.array([row.label == "set" for row in rows], dtype=np.int8),
        inputs=np.array([[row.inputs.get(name, 0.0) for name in TIMELINE_INPUTS] for row in rows]),
        session=np.array([row.session for row in rows], dtype=np.int32),
        set_number=np.array([row.set_number for row in rows], dtype=np.int32),
        repetition=np.array([row.repetition for row in rows]),
        label=tuple(row.label for row in rows),
        session_start=np.array(starts, dtype=np.float64),
        total=total,
    )
