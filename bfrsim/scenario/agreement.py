"""What must hold between the keys of a scenario, each sound on its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bfrsim.scenario.completion import complete_person
from bfrsim.scenario.exercise import MAX_LOAD_PERCENT, UNITS_OF_LOAD, Cycling, Mode, Passive, Resistance, Walking
from bfrsim.scenario.lengths import WEEK_DAYS
from bfrsim.scenario.schema import Calendar, Scenario

MAX_DAYS = 1092


@dataclass(frozen=True)
class Mistake:
    """Keys, each sound on its own, that cannot stand together; `field` is dotted."""

    field: str
    message: str


def disagreements(scenario: Scenario) -> list[Mistake]:
    """Return what cannot stand together, apart from the clock (`schedule`)."""
    calendar = list(_calendar(scenario.calendar)) or list(_sessions(scenario))
    return [*calendar, *_exercise(scenario), *_joint(scenario), *_cuff(scenario)] or list(_load(scenario))


def _calendar(calendar: Calendar) -> Iterator[Mistake]:
    told = [name for name in ("weeks", "days", "phases") if getattr(calendar, name)]
    if not told:
        choice = "or days = 14, or phases as tables [[calendar.phases]]"
        yield Mistake("calendar", f"missing 'weeks' in [calendar]; write for example: weeks = 12, {choice}")
    elif len(told) > 1:
        yield Mistake(f"calendar.{told[1]}", f"{' and '.join(told)} tell the length more than once; keep one of them")
    for number, phase in enumerate(calendar.phases or ()):
        place = f"calendar.phases.{number}"
        if (phase.weeks is None) == (phase.days is None):
            yield Mistake(f"{place}.kind", "a phase has a length, weeks = 12 or days = 14, one of them")
        if phase.training is False and phase.kind == "training":
            yield Mistake(f"{place}.training", 'a phase without sessions is of kind "detraining" or "habitual"')
        if phase.training and phase.kind in ("detraining", "habitual"):
            yield Mistake(f"{place}.training", f'a phase with sessions is of kind "training", not "{phase.kind}"')
    if len(told) == 1 and calendar.total_days > MAX_DAYS:
        yield Mistake(f"calendar.{told[0]}", f"expected at most {MAX_DAYS} days, found {calendar.total_days}")
    if calendar.time_of_day is not None and calendar.times_of_day is not None:
        yield Mistake("calendar.times_of_day", "time_of_day and times_of_day both tell the hour; keep one of them")


def _sessions(scenario: Scenario) -> Iterator[Mistake]:
    calendar, count = scenario.calendar, scenario.calendar.sessions_per_week
    if scenario.exercise is None:
        if count:
            yield Mistake("calendar.sessions_per_week", "sessions need an [exercise]; leave it out for habitual life")
        for number, phase in enumerate(calendar.phases or ()):
            if phase.trains:
                yield Mistake(f"calendar.phases.{number}.kind", "a phase with sessions needs an [exercise]")
        return
    if count is None:
        yield Mistake("calendar", "[exercise] needs sessions in [calendar]; write for example: sessions_per_week = 3")
        return
    most = WEEK_DAYS * len(calendar.session_times)
    if count > most:
        advice = "" if calendar.times_of_day else '; for more, write times_of_day = ["08:30", "13:30", "17:30"]'
        yield Mistake("calendar.sessions_per_week", f"expected at most {most} at those times of day{advice}")
    for number, phase in enumerate(calendar.phases or ()):
        place = f"calendar.phases.{number}.sessions_per_week"
        if phase.sessions_per_week is not None and not phase.trains:
            yield Mistake(place, "this phase has no sessions")
        if (phase.sessions_per_week or 0) > most:
            yield Mistake(place, f"expected at most {most} at those times of day")
    if count and calendar.phases and not any(phase.trains for phase in calendar.phases):
        yield Mistake("calendar.sessions_per_week", "no phase has sessions; write training = true in a phase")


def _exercise(scenario: Scenario) -> Iterator[Mistake]:
    exercise = scenario.exercise
    if isinstance(exercise, Resistance):
        if not exercise.to_failure and isinstance(exercise.sets, int):
            needs = "a number of sets needs to_failure = true; otherwise list the repetitions of each set"
            yield Mistake("exercise.sets", needs)
        if exercise.load.unit not in UNITS_OF_LOAD[exercise.equipment]:
            units = {"%1RM": '"30 %1RM"', "kg": '"20 kg"', "%mass": '"60 %mass"'}
            written = " or ".join(units[unit] for unit in UNITS_OF_LOAD[exercise.equipment])
            yield Mistake("exercise.load", f'with equipment = "{exercise.equipment}" a load is written {written}')
        shares, count = exercise.load_shares, _set_count(exercise)
        if shares and len(shares) != count:
            yield Mistake("exercise.load_shares", f"expected a share for each of {count} sets, found {len(shares)}")
    elif isinstance(exercise, Walking | Cycling):
        name, example = ("speed", "4 km/h") if isinstance(exercise, Walking) else ("power", "60 W")
        choices = {name: f'{name} = "{example}"', "intensity": 'intensity = "45 %HRR"'}
        yield from _one_of(exercise, choices)
        yield from _one_of(exercise, {"duration": 'duration = "20 min"', "bouts": 'bouts = ["2 min", "2 min"]'})


def _one_of(exercise: Walking | Cycling, choices: dict[str, str]) -> Iterator[Mistake]:
    told = [name for name in choices if getattr(exercise, name) is not None]
    first, second = choices.values()
    if not told:
        yield Mistake("exercise", f"{exercise.mode} needs {first} or {second} in [exercise]")
    elif len(told) > 1:
        yield Mistake(f"exercise.{told[1]}", f"{' and '.join(told)} are given; keep one of them")


def _cuff(scenario: Scenario) -> Iterator[Mistake]:
    cuff, exercise = scenario.cuff, scenario.exercise
    if exercise is None:
        if cuff is not None:
            yield Mistake("cuff", "[cuff] needs an [exercise] during which it is worn; leave it out for habitual life")
        return
    if exercise.needs_cuff and cuff is None:
        needs = "a passive session is a cuff inflated at rest and needs [cuff]; without a cuff leave [exercise] out"
        yield Mistake("exercise.mode", needs)
    if cuff is not None and cuff.from_set > max(_set_count(exercise), 1):
        sets = f"{_set_count(exercise) or 'no'} sets or bouts"
        yield Mistake("cuff.from_set", f"the session has {sets}, so the cuff cannot wait for number {cuff.from_set}")
    if exercise.trains_legs and cuff is not None and cuff.limb == "arm":
        yield Mistake("cuff.limb", f'{exercise.mode} trains the legs, and the trained limb wears the cuff: "leg"')
    if cuff is not None and cuff.limb != scenario.trained_limb:
        yield Mistake("exercise.limb", f"the trained limb wears the cuff, which is on the {cuff.limb}; make them agree")


def _joint(scenario: Scenario) -> Iterator[Mistake]:
    exercise, limb = scenario.exercise, scenario.trained_limb
    joint = exercise.joint if isinstance(exercise, Resistance) else None
    if joint is not None and (joint == "elbow") != (limb == "arm"):
        yield Mistake("exercise.joint", f"the {joint} is not a joint of the {limb}, which trains; make them agree")


def _set_count(exercise: Mode) -> int:
    """Return the number of sets or bouts; a passive session has none."""
    if isinstance(exercise, Passive):
        return 0
    if isinstance(exercise, Resistance):
        return exercise.sets if isinstance(exercise.sets, int) else len(exercise.sets)
    return len(exercise.bouts or (0,))


def _load(scenario: Scenario) -> Iterator[Mistake]:
    exercise = scenario.exercise
    if not isinstance(exercise, Resistance) or exercise.load.unit == "%1RM":
        return
    if scenario.person.one_rm is None and (exercise.load.unit == "kg" or scenario.trained_limb == "arm"):
        yield Mistake("exercise.load", 'a load in kg needs one_rm = "45 kg" in [person]')
        return
    person, _ = complete_person(scenario)
    kilograms = exercise.load.value * (person.mass / 100 if exercise.load.unit == "%mass" else 1)
    percent = 100 * kilograms / person.one_rm
    if percent > MAX_LOAD_PERCENT:
        yield Mistake("exercise.load", f"expected at most {MAX_LOAD_PERCENT:g} %1RM, found {percent:.4g} %1RM")
