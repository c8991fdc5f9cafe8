"""A scenario as a trialist would write it: one paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bfrsim.report.pressures import Pressures
from bfrsim.report.wording import printable
from bfrsim.scenario.completion import complete_person
from bfrsim.scenario.description import amount_text, effort_text
from bfrsim.scenario.exercise import Mode, Passive, Resistance
from bfrsim.scenario.lengths import INFLATION_SECONDS
from bfrsim.scenario.schedule import meal_times, session_starts, week_of_sessions
from bfrsim.scenario.wording import clock_text, number_text

if TYPE_CHECKING:
    from bfrsim.scenario.schema import Cuff, Phase, Scenario

DAY = 86400.0
WEEK_DAYS = 7


def paragraph(scenario: Scenario, pressures: Pressures) -> str:
    """Return who does what, how hard, under which cuff, how often, and what they eat."""
    sentences = [_who(scenario), _exercise(scenario), _cuff(scenario, pressures), _calendar(scenario), _meals(scenario)]
    return " ".join(sentence for sentence in sentences if sentence)


def _who(scenario: Scenario) -> str:
    person, _ = complete_person(scenario)
    noun = {"female": "woman", "male": "man"}[person.sex]
    article = "an" if person.age == 18.0 or 80.0 <= person.age < 90.0 else "a"
    size = f"{person.mass:.3g} kg, {person.height:.4g} cm"
    pressure = f"{person.blood_pressure.systolic:.0f}/{person.blood_pressure.diastolic:.0f} mmHg"
    return f"Participant: {article} {number_text(person.age)}-year-old {noun} ({size}, {pressure})."


def _exercise(scenario: Scenario) -> str:
    exercise = scenario.exercise
    if exercise is None:
        return "No exercise."
    effort, movement = effort_text(exercise), printable(exercise.movement)
    limbs = f" with {_limbs(scenario, exercise)}" if isinstance(exercise, Resistance) else ""
    what = f"{movement[:1].upper()}{movement[1:]}{f' at {effort}' if effort else ''}{limbs}"
    return f"{what}: {amount_text(exercise)}{_how(exercise)}."


def _limbs(scenario: Scenario, exercise: Mode) -> str:
    limb = scenario.trained_limb
    return f"both {limb}s" if exercise.limbs == 2 else f"one {limb}"


def _how(exercise: Mode) -> str:
    rest = f"{_duration(exercise.between)} {'deflated' if isinstance(exercise, Passive) else 'rest'} between"
    told = [rest] if len(exercise.stretches) > 1 else []
    if isinstance(exercise, Resistance):
        repetitions = "" if exercise.to_failure else " repetitions"
        share = f"{100 * exercise.duty:.3g} % of each under load"
        told = [f"{exercise.repetition:g} s a repetition with {share}", *told]
        return f"{repetitions}, {', '.join(told)}"
    return f", {', '.join(told)}" if told else ""


def _cuff(scenario: Scenario, pressures: Pressures) -> str:
    cuff, exercise = scenario.cuff, scenario.exercise
    if exercise is None:
        return ""
    if cuff is None:
        return "No cuff is worn."
    place = {"leg": "thigh", "arm": "upper arm"}[cuff.limb]
    many = f"each {place}" if exercise.limbs == 2 else f"the {place}"
    worn = f"{pressures.cuff.max():.0f} mmHg ({pressures.percent.max():.0f} %AOP)"
    occlusion = f"arterial occlusion at {pressures.occlusion:.0f} mmHg (SD {pressures.spread:.0f})"
    width = f"{number_text(cuff.width)} cm wide"
    return f"A cuff {width} on {many} is inflated to {worn}, {occlusion}, {_worn(cuff, exercise)}."


def _worn(cuff: Cuff, exercise: Mode) -> str:
    if isinstance(exercise, Passive):
        return "and deflated between the inflations"
    before = f"from {_duration(INFLATION_SECONDS)} before the work to its end"
    if cuff.from_set > 1:
        before = f"from the beginning of {'set' if isinstance(exercise, Resistance) else 'bout'} {cuff.from_set} on"
    if len(exercise.stretches) == 1:
        return before
    return f"{before}, {'also in the rests' if cuff.inflation == 'continuous' else 'but not in the rests'}"


def _calendar(scenario: Scenario) -> str:
    calendar = scenario.calendar
    length = f"{calendar.weeks} week{'s' * (calendar.weeks > 1)}" if calendar.weeks else f"{calendar.total_days} days"
    phases = f" ({', then '.join(map(phase_text, calendar.phases))})" if calendar.phases else ""
    count = len(session_starts(calendar))
    if not count:
        return f"The programme lasts {length}{phases}, without sessions."
    week = week_of_sessions(calendar)
    days = sorted({int(start // DAY) + 1 for start in week})
    hours = sorted({start % DAY for start in week})
    named = f"on day{'s' * (len(days) > 1)} {joined(map(str, days))} of each week"
    when = f"{'every day' if len(days) == WEEK_DAYS else named} at {joined(map(clock_text, hours))}"
    if any(phase.sessions_per_week is not None for phase in calendar.stages):
        when = f"at {joined(map(clock_text, hours))}"
    return f"There {f'are {count} sessions' if count > 1 else 'is one session'} in {length}{phases}, {when}."


def phase_text(phase: Phase) -> str:
    """Return how long a phase lasts and what it is: ``14 days of bed rest with sessions``."""
    length = f"{phase.length} days" if phase.days else f"{phase.weeks} weeks"
    name = "habitual life" if phase.kind == "habitual" else phase.kind
    rate = "" if phase.sessions_per_week is None else f" with {phase.sessions_per_week} a week"
    return f"{length} of {name}{' with sessions' if phase.trains and phase.kind != 'training' else ''}{rate}"


def _meals(scenario: Scenario) -> str:
    times = meal_times(scenario)
    if not times:
        return "Nothing is eaten."
    protein = complete_person(scenario)[0].protein
    meals = f"{len(times)} equal meals" if len(times) > 1 else "one meal"
    return f"Protein is {protein:.3g} g per kg of body mass and day, in {meals} at {joined(map(clock_text, times))}."


def joined(words: Sequence[str] | map[str]) -> str:
    """Return ``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.4g} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds:.4g} s"
