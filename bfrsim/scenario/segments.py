"""From a scenario to the table of segments the solver walks along: one row for each stretch of constant input."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import ScenarioError
from bfrsim.scenario.completion import CompletePerson, complete_person
from bfrsim.scenario.exercise import LOCOMOTION_DUTY, Cycling, Mode, Resistance, Walking
from bfrsim.scenario.lengths import DAY, MEAL_SECONDS
from bfrsim.scenario.schedule import (
    meal_times,
    phase_edges,
    phase_sessions,
    schedule_mistakes,
    session_plan,
    session_starts,
)
from bfrsim.scenario.schema import Cuff, Scenario

Floats = NDArray[np.float64]

WORKING = ("set", "walk", "ride")  # labels of the stretches in which muscle contracts

TIMELINE_INPUTS: dict[str, str] = {
    "cuff_relative": "1",  # fraction of arterial occlusion pressure
    "cuff_pressure": "mmHg",  # given instead of cuff_relative, never beside it
    "load_relative": "1",  # fraction of the one-repetition maximum
    "load_mass": "kg",  # given instead of load_relative, never beside it
    "walking_speed": "m/min",
    "heart_rate_reserve": "1",  # given instead of a speed or power, never beside it
    "cycling_power": "W",
    "duty": "1",  # share of a repetition in which the muscle contracts
    "contracting": "1",
    "protein_intake": "g/(kg*h)",
    "unloading": "1",  # 1 in bed
    "repetition_rate": "1/s",  # 0 when not lifting
}


@dataclass(frozen=True, eq=False)
class Timeline:
    """A programme as n segments of constant input and k sessions; times in s since midnight of day 0.

    Attributes
    ----------
    duration : (n,) length of a segment [s]; inf where a clock time ends it.
    until : (n,) clock time at which a segment ends [s]; inf where its length ends it. Free time after a session runs
        until a clock time because a set, and with it the session, may end early.
    may_end : (n,) 1 where the model may end a segment earlier (a set, walk or ride at task failure), else 0.
    inputs : (n, 12) in the order and units of TIMELINE_INPUTS.
    session : (n,) number of the session from 0; -1 outside.
    set_number : (n,) number of the set or bout within its session from 0; -1 outside.
    repetition : (n,) length of one repetition [s]; 0 outside sets.
    label : n of "free", "meal", "inflation", "set", "walk", "ride", "rest", "deflation", "recovery".
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

    def sets(self, ends: Floats) -> tuple[Floats, Floats, Floats]:
        """Return when each set began and ended [s], and the repetitions completed in it; each (people, k, sets).

        Parameters
        ----------
        ends : (people, n) clock times at which the segments ended [s].
        """
        shape = (len(ends), len(self.session_start), int(self.set_number.max(initial=-1)) + 1)
        began, ended, completed = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
        for row in np.flatnonzero(self.set_number >= 0):
            place = (slice(None), self.session[row], self.set_number[row])
            began[place], ended[place] = ends[:, row - 1] if row else 0.0, ends[:, row]
            if self.repetition[row] > 0.0:
                completed[place] = np.floor((ended[place] - began[place]) / self.repetition[row] + 1e-6)
        return began, ended, completed


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
    session = [] if scenario.exercise is None else _session(scenario)
    rows: list[_Segment] = []
    sessions = 0
    for phase, start, end in phase_edges(scenario.calendar):
        meals = [(day * DAY + time, [_meal(scenario)]) for day in _days(start, end) for time in meal_times(scenario)]
        starts = phase_sessions(scenario.calendar, phase, start, end)
        numbered = [(begin, _numbered(session, sessions + number)) for number, begin in enumerate(starts)]
        stretch = _stretch(meals + numbered, start, end)
        rows += [_in_bed(row) for row in stretch] if phase.kind == "bed rest" else stretch
        sessions += len(starts)
    return _columns(rows, session_starts(scenario.calendar), scenario.calendar.total_days * DAY)


def habitual_day(scenario: Scenario) -> Timeline:
    """Return the day with the person's meals and without training that repeats itself before the programme."""
    return _columns(_stretch([(time, [_meal(scenario)]) for time in meal_times(scenario)], 0.0, DAY), [], DAY)


def person_values(scenario: Scenario) -> dict[str, tuple[float, str]]:
    """Return value and unit of each model parameter that follows from the person, their cuff and how they train.

    What the scenario leaves open of the person is filled in (`complete_person`). The limb is the trained one.
    """
    cuff, exercise = scenario.cuff, scenario.exercise
    person, _ = complete_person(scenario)
    on_arm = scenario.trained_limb == "arm"
    told: dict[str, tuple[float | None, str]] = {
        "age": (person.age, "yr"),
        "mass": (person.mass, "kg"),
        "height": (person.height, "cm"),
        "female": (1.0 if person.sex == "female" else 0.0, "1"),
        "SBP0": (person.blood_pressure.systolic, "mmHg"),
        "DBP0": (person.blood_pressure.diastolic, "mmHg"),
        "limb_circumference": (person.arm_circumference if on_arm else person.thigh_circumference, "cm"),
        "cuff_width": (cuff.width if cuff is not None else None, "cm"),
        "HR0": (person.resting_heart_rate, "1/min"),
        "one_rm": (person.one_rm, "kg"),
        "limbs": (float(exercise.limbs) if exercise is not None else None, "1"),
        "on_arm": (float(on_arm), "1"),
        "on_calf": (float(scenario.trains_calf), "1"),
        "seated": (float(cuff is not None and cuff.posture == "seated"), "1"),
        "standing": (float(cuff is not None and cuff.posture == "standing"), "1"),
        "AOP_known": (1.0 if person.aop is not None else None, "1"),
        "AOP_measured": (person.aop, "mmHg"),
    }
    return {name: (value, unit) for name, (value, unit) in told.items() if value is not None}


def _days(start: float, end: float) -> range:
    return range(round(start / DAY), round(end / DAY))


def _meal(scenario: Scenario) -> _Segment:
    person, _ = complete_person(scenario)
    grams = person.protein / len(scenario.meals.times)  # per kg of body mass, so that people may differ
    return _Segment("meal", duration=MEAL_SECONDS, inputs={"protein_intake": grams / (MEAL_SECONDS / 3600)})


def _session(scenario: Scenario) -> list[_Segment]:
    assert scenario.exercise is not None
    person, _ = complete_person(scenario)
    rows: list[_Segment] = []
    done = 0  # sets behind
    for part in session_plan(scenario.exercise):
        work = _work(scenario.exercise, person, part.number) if part.label in WORKING else {}
        inputs = _worn(scenario.cuff, part.label, done) | work
        rows.append(_Segment(part.label, part.seconds, np.inf, inputs, -1, part.number, part.repetition))
        done += part.label in WORKING
    return rows


def _worn(cuff: Cuff | None, label: str, done: int) -> dict[str, float]:
    """Return the pressure during a part of a session with `done` sets behind it."""
    number = done if label == "rest" else done + 1  # a rest belongs to the set before it
    if cuff is None or number < cuff.from_set or label in ("deflation", "recovery"):
        return {}
    return {} if label == "rest" and cuff.inflation == "intermittent" else _pressure(cuff)


def _pressure(cuff: Cuff) -> dict[str, float]:
    value, unit = cuff.pressure
    return {"cuff_relative": value / 100} if unit == "%AOP" else {"cuff_pressure": value}


def _work(exercise: Mode, person: CompletePerson, number: int) -> dict[str, float]:
    """Return the inputs while the muscle works, in the set or bout of that number."""
    if isinstance(exercise, Resistance):
        value, unit = exercise.load
        value *= exercise.load_shares[number] if exercise.load_shares else 1.0
        loads = {"%1RM": ("load_relative", value / 100), "kg": ("load_mass", value)}
        name, load = loads.get(unit, ("load_mass", value / 100 * person.mass))
        return {name: load, "duty": exercise.duty, "contracting": 1.0, "repetition_rate": 1.0 / exercise.repetition}
    if not isinstance(exercise, Walking | Cycling):
        return {}
    steady = {"duty": LOCOMOTION_DUTY, "contracting": 1.0}
    if exercise.intensity is not None:
        return steady | {"heart_rate_reserve": exercise.intensity / 100}
    if isinstance(exercise, Walking):
        return steady | {"walking_speed": exercise.speed or 0.0}
    return steady | {"cycling_power": exercise.power or 0.0}


def _numbered(session: list[_Segment], number: int) -> list[_Segment]:
    return [replace(segment, session=number) for segment in session]


def _in_bed(segment: _Segment) -> _Segment:
    return replace(segment, inputs=segment.inputs | {"unloading": 1.0})


def _stretch(events: list[tuple[float, list[_Segment]]], start: float, end: float) -> list[_Segment]:
    """Put free time between the events from `start` to `end` [s], so that each begins on its clock time."""
    rows: list[_Segment] = []
    clock = start
    for begin, segments in sorted(events, key=lambda event: event[0]):
        if begin > clock:
            rows.append(_Segment("free", until=begin))
        rows += segments
        clock = begin + sum(segment.duration for segment in segments)
    if end > clock:
        rows.append(_Segment("free", until=end))
    return rows


def _columns(rows: list[_Segment], starts: list[float], total: float) -> Timeline:
    return Timeline(
        duration=np.array([row.duration for row in rows]),
        until=np.array([row.until for row in rows]),
        may_end=np.array([row.label in WORKING for row in rows], dtype=np.int8),
        inputs=np.array([[row.inputs.get(name, 0.0) for name in TIMELINE_INPUTS] for row in rows]),
        session=np.array([row.session for row in rows], dtype=np.int32),
        set_number=np.array([row.set_number for row in rows], dtype=np.int32),
        repetition=np.array([row.repetition for row in rows]),
        label=tuple(row.label for row in rows),
        session_start=np.array(starts, dtype=np.float64),
        total=total,
    )
