"""What a scenario left open of the person: the values that stand in for it, and the class that follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bfrsim.scenario.completion import complete_person
from bfrsim.scenario.sarcopenia import sarcopenia

if TYPE_CHECKING:
    from bfrsim.scenario.schema import Scenario

# Name of a value in a scenario: what it is, unit, decimals.
VALUES = {
    "mass": ("body mass", "kg", 0),
    "height": ("height", "cm", 0),
    "thigh_circumference": ("thigh", "cm", 0),
    "arm_circumference": ("arm", "cm", 0),
    "skinfold": ("skinfold", "mm", 0),
    "blood_pressure": ("blood pressure", "mmHg", 0),
    "resting_heart_rate": ("resting heart rate", "1/min", 0),
    "almi": ("lean mass index", "kg/m²", 1),
    "grip": ("grip", "kg", 0),
    "gait_speed": ("gait speed", "m/s", 2),
    "protein": ("protein", "g/kg/d", 2),
    "one_rm": ("1RM", "kg", 0),
}


def filled_text(scenario: Scenario) -> str:
    """Return the filled-in values, ``grip 25 kg, gait speed 1.12 m/s``; empty if the scenario tells everything."""
    person, filled = complete_person(scenario)
    return ", ".join(_told(name, getattr(person, name)) for name in filled)


def sarcopenia_text(scenario: Scenario) -> str:
    """Return the class by both definitions: ``no sarcopenia (AWGS 2019), probable sarcopenia (EWGSOP2)``."""
    person, _ = complete_person(scenario)
    classes = sarcopenia(person)
    if len(set(classes.values())) == 1:
        return f"{next(iter(classes.values()))} ({', '.join(classes)})"
    return ", ".join(f"{found} ({definition})" for definition, found in classes.items())


def _told(name: str, value: object) -> str:
    words, unit, decimals = VALUES.get(name, (name.replace("_", " "), "", 3))
    if isinstance(value, tuple):
        return f"{words} {'/'.join(f'{each:.0f}' for each in value)} {unit}"
    return f"{words} {value:.{decimals}f} {unit}".rstrip()
