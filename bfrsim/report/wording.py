"""A person and a prescription in words, for titles and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bfrsim.report.values import cuff_pressure, repetitions, scenario_of, session_count
from bfrsim.scenario.wording import number_text

if TYPE_CHECKING:
    import xarray

    from bfrsim.scenario.schema import Scenario


def person_text(scenario: Scenario) -> str:
    """Return who trains: ``Woman, 68 years, 64 kg, 158 cm, 134/78 mmHg``."""
    person = scenario.person
    sex = {"female": "Woman", "male": "Man"}[person.sex]
    size = f"{number_text(person.mass)} kg, {number_text(person.height)} cm"
    return f"{sex}, {number_text(person.age)} years, {size}, {person.blood_pressure}"


def cuff_text(dataset: xarray.Dataset, person: int = 0) -> str:
    """Return the cuff in both units, ``75 mmHg (50 %AOP)``, or ``no cuff``."""
    if scenario_of(dataset).cuff is None:
        return "no cuff"
    pressure, percent = cuff_pressure(dataset, 0, person)
    if not np.isfinite(pressure):
        return f"{scenario_of(dataset).cuff.pressure}"  # type: ignore[union-attr]
    return f"{pressure:.0f} mmHg ({percent:.0f} %AOP)"


def sets_text(scenario: Scenario) -> str:
    """Return the sets as prescribed: ``30-15-15-15`` or ``4 sets to failure``."""
    exercise = scenario.exercise
    if exercise is None:
        return "none"
    if exercise.to_failure or isinstance(exercise.sets, int):
        count = exercise.sets if isinstance(exercise.sets, int) else len(exercise.sets)
        return f"{count} set{'s' * (count > 1)} to failure"
    return repeated_text(list(exercise.sets))


def done_text(dataset: xarray.Dataset, session: int, person: int = 0) -> str:
    """Return the repetitions done in each set of a session: ``30-15-15-15``; a failed person's are ``-``."""
    done = repetitions(dataset, session, person)
    if not np.all(np.isfinite(done)):
        return "-"
    return repeated_text([int(each) for each in done])


def repeated_text(sets: list[int]) -> str:
    """Return ``4 x 10`` where all sets are alike, ``30-15-15-15`` where they differ."""
    if len(sets) > 1 and len(set(sets)) == 1:
        return f"{len(sets)} x {sets[0]}"
    return "-".join(map(str, sets))


def programme_text(scenario: Scenario) -> str:
    """Return how often and how long: ``3 sessions a week for 12 weeks``."""
    often, weeks = scenario.calendar.sessions_per_week, scenario.calendar.weeks
    length = f"{weeks} week{'s' * (weeks > 1)}"
    return f"{often} session{'s' * (often > 1)} a week for {length}" if often else f"no sessions, {length}"


def prescription_text(dataset: xarray.Dataset) -> str:
    """Return the prescription in one line, for titles."""
    scenario = scenario_of(dataset)
    exercise = scenario.exercise
    if exercise is None or not session_count(dataset):
        return f"Habitual life, {programme_text(scenario)}"
    cuff = cuff_text(dataset)
    cuff = cuff if scenario.cuff is None else f"cuff at {cuff}"
    movement = printable(exercise.movement)
    movement = movement[:1].upper() + movement[1:]
    return f"{movement} at {exercise.load}, {sets_text(scenario)}, {cuff}, {programme_text(scenario)}"


def printable(text: str) -> str:
    """Return the text without line breaks and escape codes, which a title or a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in text)


def shortened(text: str, most: int) -> str:
    """Return at most `most` characters of a printable text."""
    text = printable(text)
    return text if len(text) <= most else f"{text[: most - 3].rstrip()}..."
