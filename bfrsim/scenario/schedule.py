"""When sessions and meals happen, and what cannot happen at the same time. All times in s from midnight of day 0."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from bfrsim.scenario.agreement import Mistake
from bfrsim.scenario.exercise import Mode, Passive, Resistance
from bfrsim.scenario.lengths import DAY, INFLATION_SECONDS, MEAL_SECONDS, RECOVERY_SECONDS, WEEK_DAYS
from bfrsim.scenario.schema import Calendar, Phase, Scenario
from bfrsim.scenario.wording import clock_text

_SPREAD = {1: (0,), 2: (0, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4), 6: (0, 1, 2, 3, 4, 5)}


@dataclass(frozen=True)
class Stretch:
    """A part of a session: its name, the longest it can last [s], the number of the set or bout, and its repetition.

    `number` is -1 and `repetition` [s] is 0 where there is none.
    """

    label: str
    seconds: float
    number: int = -1
    repetition: float = 0.0


def session_plan(exercise: Mode) -> list[Stretch]:
    """Return the parts of a session, from inflation to the end of recovery.

    A session under a cuff begins with its inflation, and one without a cuff waits as long, so that both have the same
    parts. A passive session is nothing but inflations.
    """
    passive = isinstance(exercise, Passive)
    repetition = exercise.repetition if isinstance(exercise, Resistance) else 0.0
    plan = [] if passive else [Stretch("inflation", INFLATION_SECONDS)]
    for number, seconds in enumerate(exercise.stretches):
        if number > 0 and exercise.between > 0:
            plan.append(Stretch("deflation" if passive else "rest", exercise.between))
        plan.append(Stretch(exercise.work, seconds, -1 if passive else number, repetition))
    return [*plan, Stretch("recovery", RECOVERY_SECONDS)]


def session_seconds(exercise: Mode) -> float:
    """Return the longest a session can last [s], from inflation to the end of recovery."""
    return sum(part.seconds for part in session_plan(exercise))


def week_of_sessions(calendar: Calendar, sessions: int | None = None) -> list[float]:
    """Return the starts of the sessions of a week of training [s], in order; as many as [calendar] says, or `sessions`.

    Up to seven are spread over the days; each further one is the second of its day, eight hours after the first. With
    `times_of_day`, a training day has sessions at all of them, and these days are spread over the week.
    """
    times = calendar.session_times
    count = (calendar.sessions_per_week or 0) if sessions is None else sessions
    if calendar.times_of_day is None:
        days = _spread(min(count, WEEK_DAYS))
        places = [(day, times[0]) for day in days] + [(day, times[1]) for day in days[: max(count - WEEK_DAYS, 0)]]
    else:
        places = [(day, time) for day in _spread(-(-count // len(times))) for time in times][:count]
    return sorted(day * DAY + time for day, time in places)


def phase_edges(calendar: Calendar) -> list[tuple[Phase, float, float]]:
    """Return each phase of the calendar with its start and end [s]."""
    found, clock = [], 0.0
    for phase in calendar.stages:
        found.append((phase, clock, clock + phase.length * DAY))
        clock += phase.length * DAY
    return found


def phase_sessions(calendar: Calendar, phase: Phase, start: float, end: float) -> list[float]:
    """Return the starts of the sessions of a phase [s], in order; its week begins on its first day."""
    if not phase.trains:
        return []
    week, weeks = week_of_sessions(calendar, phase.sessions_per_week), -(-phase.length // WEEK_DAYS)
    starts = sorted(start + number * WEEK_DAYS * DAY + each for number in range(weeks) for each in week)
    return [each for each in starts if each < end]


def session_starts(calendar: Calendar) -> list[float]:
    """Return the starts of all sessions of the programme [s], in order."""
    return [each for stage in phase_edges(calendar) for each in phase_sessions(calendar, *stage)]


def meal_times(scenario: Scenario) -> tuple[float, ...]:
    """Return the times of the meals of a day [s since midnight]; none if there is no protein in them."""
    return () if scenario.meals.protein == 0 else scenario.meals.times


def schedule_mistakes(scenario: Scenario) -> list[Mistake]:
    """Return what is wrong with the length of a session and its place between other sessions, phases and meals."""
    if scenario.exercise is None:
        return []
    length = session_seconds(scenario.exercise)
    if length > DAY:
        field = {"resistance": "sets", "passive": "cycles"}.get(scenario.exercise.mode, "bouts")
        return [Mistake(f"exercise.{field}", f"a session would last {length / 3600:.1f} h, longer than a day")]
    starts = session_starts(scenario.calendar)
    found = _next_session(starts, length) or _past_the_end(scenario.calendar, length)
    return [found] if found else _meals_in_sessions(scenario, starts, length)


def _spread(days: int) -> list[int]:
    return list(_SPREAD.get(days, range(days)))


def _next_session(starts: list[float], length: float) -> Mistake | None:
    for first, second in pairwise(starts):
        if first + length >= second:
            return Mistake(
                "calendar.sessions_per_week",
                f"the session from {_when(first)} to {_when(first + length)} runs into the next one at "
                f"{_when(second)}; shorten the session or plan fewer",
            )
    return None


def _past_the_end(calendar: Calendar, length: float) -> Mistake | None:
    stages = phase_edges(calendar)
    for phase, start, end in stages:
        sessions = phase_sessions(calendar, phase, start, end)
        if sessions and sessions[-1] + length >= end:
            whole = "the programme" if end == stages[-1][2] else f"the phase of {phase.kind}"
            message = f"the last session would end on {_when(sessions[-1] + length)}, after {whole}; start earlier"
            return Mistake(_hour_field(calendar), message)
    return None


def _meals_in_sessions(scenario: Scenario, starts: list[float], length: float) -> list[Mistake]:
    meals = meal_times(scenario)
    # Every day has the same meals, so one session of each time of day holds every meeting there can be.
    for start in {start % DAY: start for start in reversed(starts)}.values():
        for day in (start // DAY, start // DAY + 1):
            for meal in (day * DAY + time for time in meals):
                if meal <= start + length and meal + MEAL_SECONDS > start:
                    return [_meeting(scenario.calendar, start, length, meal)]
    return []


def _meeting(calendar: Calendar, start: float, length: float, meal: float) -> Mistake:
    field = _hour_field(calendar)
    return Mistake(
        field,
        f"the session from {_when(start)} to {clock_text(start + length)} meets the meal from {clock_text(meal)} to "
        f"{clock_text(meal + MEAL_SECONDS)}; move one of them ({field}, meals.times) or shorten the session",
    )


def _hour_field(calendar: Calendar) -> str:
    return "calendar.time_of_day" if calendar.times_of_day is None else "calendar.times_of_day"


def _when(time: float) -> str:
    return f"day {time // DAY + 1:.0f} {clock_text(time)}"
