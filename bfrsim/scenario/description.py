"""A scenario in words: who trains, what they do, how often and how long."""

from __future__ import annotations

from bfrsim.scenario.completion import complete_person
from bfrsim.scenario.exercise import Cycling, Mode, Passive, Resistance, Walking
from bfrsim.scenario.schema import Calendar, Phase, Scenario
from bfrsim.scenario.wording import number_text


def person_text(scenario: Scenario) -> str:
    """Return who trains: ``Woman, 68 years, 64 kg, 158 cm, 134/78 mmHg``; what was filled in is rounded."""
    person, _ = complete_person(scenario)
    sex = {"female": "Woman", "male": "Man"}[person.sex]
    pressure = person.blood_pressure
    size = f"{person.mass:.3g} kg, {person.height:.4g} cm, {pressure.systolic:.0f}/{pressure.diastolic:.0f} mmHg"
    return f"{sex}, {number_text(person.age)} years, {size}"


def exercise_rows(exercise: Mode | None) -> list[tuple[str, str]]:
    """Return the prescription as labelled lines, for a table: what, how hard, how much, on how many limbs."""
    if exercise is None:
        return [("Exercise", "none: habitual life")]
    rows = [("Exercise", exercise.movement)]
    if effort := effort_text(exercise):
        rows.append(("Load" if isinstance(exercise, Resistance) else "Intensity", effort))
    rows.append((_amount_label(exercise), f"{amount_text(exercise)}{_pace(exercise)}"))
    return rows if exercise.limbs == 2 else [*rows, ("Limbs", "one")]


def effort_text(exercise: Mode) -> str:
    """Return how hard the work is: ``30 %1RM``, ``4 km/h``, ``60 W``, ``45 %HRR``; empty at rest."""
    if isinstance(exercise, Resistance):
        shares = ", ".join(f"{100 * share:.3g}" for share in exercise.load_shares or ())
        load = f"{exercise.load}, of it {shares} % set by set" if shares else str(exercise.load)
        return load if exercise.equipment == "machine" else f"{load}, {exercise.equipment}"
    if isinstance(exercise, Passive):
        return ""
    if exercise.intensity is not None:
        return f"{exercise.intensity:.3g} %HRR"
    if isinstance(exercise, Walking):
        return f"{0.06 * (exercise.speed or 0.0):.3g} km/h"
    return f"{exercise.power:.3g} W"


def amount_text(exercise: Mode) -> str:
    """Return how much is done in a session: ``30-15-15-15``, ``4 sets to failure``, ``20 min``, ``5 x 5 min``."""
    if isinstance(exercise, Resistance):
        if exercise.to_failure or isinstance(exercise.sets, int):
            count = len(exercise.stretches)
            return f"{count} set{'s' * (count > 1)} to failure"
        return _repeated([str(each) for each in exercise.sets], "-")
    return _repeated([_duration(each) for each in exercise.stretches], ", ")


def programme_text(calendar: Calendar) -> str:
    """Return how often and how long: ``3 sessions a week for 12 weeks``, ``no sessions, 14 days of bed rest``."""
    count = calendar.sessions_per_week or 0
    often = f"{count} session{'s' * (count > 1)} a week" if count else "no sessions"
    if not calendar.phases:
        return f"{often}{' for' if count else ','} {_length(calendar.stages[0])}"
    phases = (f"{_length(phase)} of {_phase_name(phase)}{_own_rate(phase)}" for phase in calendar.phases)
    return f"{often}, {', then '.join(phases)}"


def _phase_name(phase: Phase) -> str:
    name = "habitual life" if phase.kind == "habitual" else phase.kind
    return f"{name} with sessions" if phase.trains and phase.kind != "training" else name


def _own_rate(phase: Phase) -> str:
    return "" if phase.sessions_per_week is None else f" with {phase.sessions_per_week} a week"


def _length(phase: Phase) -> str:
    count, unit = (phase.days, "day") if phase.days else (phase.weeks or 0, "week")
    return f"{count} {unit}{'s' * (count > 1)}"


def _amount_label(exercise: Mode) -> str:
    if isinstance(exercise, Walking | Cycling):
        return "Duration" if len(exercise.stretches) == 1 else "Bouts"
    return "Inflations" if isinstance(exercise, Passive) else "Sets"


def _pace(exercise: Mode) -> str:
    pace = f", {exercise.repetition:g} s a repetition" if isinstance(exercise, Resistance) else ""
    if len(exercise.stretches) == 1:
        return pace
    return f"{pace}, {_duration(exercise.between)} {'deflated' if isinstance(exercise, Passive) else 'rest'} between"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.4g} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds:.4g} s"


def _repeated(parts: list[str], separator: str) -> str:
    """Return ``4 x 10`` where all are alike, ``30-15-15-15`` or ``5 min, 2 min`` where they differ."""
    if len(parts) > 1 and len(set(parts)) == 1:
        return f"{len(parts)} x {parts[0]}"
    return separator.join(parts)
