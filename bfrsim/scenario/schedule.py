"""When sessions and meals happen, and what cannot happen at the same time. All times in s from midnight of day 0."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bfrsim.scenario.quantities import DAY
from bfrsim.scenario.wording import clock_text

if TYPE_CHECKING:  # the schema checks itself with this file
    from bfrsim.scenario.schema import Calendar, Resistance, Scenario

MEAL_SECONDS = 900.0
INFLATION_SECONDS = 60.0
RECOVERY_SECONDS = 600.0
LONGEST_SET_SECONDS = 600.0
SECOND_SESSION_SECONDS = 8 * 3600.0
WEEK_DAYS = 7

_SPREAD = {1: (0,), 2: (0, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4), 6: (0, 1, 2, 3, 4, 5)}


@dataclass(frozen=True)
class Mistake:
    """Two sections, each sound on its own, that cannot stand together."""

    field: str
    message: str


def set_seconds(exercise: Resistance) -> list[float]:
    """Return the longest each set can last [s]; a set to failure is stopped after ten minutes."""
    if exercise.to_failure:
        count = exercise.sets if isinstance(exercise.sets, int) else len(exercise.sets)
        return [LONGEST_SET_SECONDS] * count
    assert not isinstance(exercise.sets, int), "the schema allows a number of sets only with to_failure"
    return [repetitions * exercise.repetition for repetitions in exercise.sets]


def session_seconds(exercise: Resistance) -> float:
    """Return the longest a session can last [s], from inflation to the end of recovery."""
    sets = set_seconds(exercise)
    return INFLATION_SECONDS + sum(sets) + (len(sets) - 1) * exercise.rest + RECOVERY_SECONDS


def week_of_sessions(calendar: Calendar) -> list[float]:
    """Return the starts of the sessions of the first week [s], in order.

    Up to seven are spread over the days; each further one is the second of its day, eight hours after the first.
    """
    count = calendar.sessions_per_week or 0
    days = _SPREAD.get(count, range(min(count, WEEK_DAYS)))
    firsts = [day * DAY + calendar.time_of_day for day in days]
    seconds = [first + SECOND_SESSION_SECONDS for first in firsts[: max(count - WEEK_DAYS, 0)]]
    return sorted(firsts + seconds)


def session_starts(calendar: Calendar) -> list[float]:
    """Return the starts of all sessions of the programme [s], in order."""
    week = week_of_sessions(calendar)
    return sorted(start + number * WEEK_DAYS * DAY for number in range(calendar.weeks) for start in week)


def meal_times(scenario: Scenario) -> tuple[float, ...]:
    """Return the times of the meals of a day [s since midnight]; none if there is no protein in them."""
    return scenario.meals.times if scenario.meals.protein > 0 else ()


def schedule_mistakes(scenario: Scenario) -> list[Mistake]:
    """Return what is wrong with the length of a session and its place between other sessions and meals."""
    if scenario.exercise is None:
        return []
    length = session_seconds(scenario.exercise)
    if length > DAY:
        return [Mistake("exercise.sets", f"a session would last {length / 3600:.1f} h, longer than a day")]
    starts = session_starts(scenario.calendar)
    found = _next_session(starts, length) or _past_the_end(scenario, starts[-1] + length)
    return [found] if found else _meals_in_sessions(scenario, starts, length)


def _next_session(starts: list[float], length: float) -> Mistake | None:
    for first, second in pairwise(starts):
        if first + length >= second:
            return Mistake(
                "calendar.sessions_per_week",
                f"the session from {_when(first)} to {_when(first + length)} runs into the next one at "
                f"{_when(second)}; shorten the session or plan fewer",
            )
    return None


def _past_the_end(scenario: Scenario, end: float) -> Mistake | None:
    total = scenario.calendar.weeks * WEEK_DAYS * DAY
    if end < total:
        return None
    message = f"the last session would end on {_when(end)}, after the programme; start earlier"
    return Mistake("calendar.time_of_day", message)


def _meals_in_sessions(scenario: Scenario, starts: list[float], length: float) -> list[Mistake]:
    meals = meal_times(scenario)
    # Every week is the same, so one week and the day after it hold every meeting there can be.
    for start in (start for start in starts if start < WEEK_DAYS * DAY):
        for day in (start // DAY, start // DAY + 1):
            for meal in (day * DAY + time for time in meals):
                if meal <= start + length and meal + MEAL_SECONDS > start:
                    return [_meeting(start, length, meal)]
    return []


def _meeting(start: float, length: float, meal: float) -> Mistake:
    return Mistake(
        "calendar.time_of_day",
        f"the session from {_when(start)} to {clock_text(start + length)} meets the meal from {clock_text(meal)} to "
        f"{clock_text(meal + MEAL_SECONDS)}; move one of them (calendar.time_of_day, meals.times) "
        "or shorten the session",
    )


def _when(time: float) -> str:
    return f"day {time // DAY + 1:.0f} {clock_text(time)}"
