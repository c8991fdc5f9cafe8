"""A result in words, for titles and tables; the scenario's own words stand in `bfrsim.scenario.description`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bfrsim.report.values import cuff_pressure, minutes_moved, repetitions, scenario_of, session_count
from bfrsim.scenario.description import amount_text, effort_text, programme_text

if TYPE_CHECKING:
    import xarray

UNKNOWN = "-"


def cuff_text(dataset: xarray.Dataset, person: int = 0) -> str:
    """Return the cuff in both units, ``75 mmHg (50 %AOP)``, or ``no cuff``."""
    cuff = scenario_of(dataset).cuff
    if cuff is None:
        return "no cuff"
    pressure, percent = cuff_pressure(dataset, 0, person)
    return f"{pressure:.0f} mmHg ({percent:.0f} %AOP)" if np.isfinite(pressure) else str(cuff.pressure)


def done_text(dataset: xarray.Dataset, session: int, person: int = 0) -> str:
    """Return the repetitions done in each set of a session: ``30-15-15-15``; a failed person's are ``-``."""
    done = repetitions(dataset, session, person)
    return _alike([f"{each:.0f}" for each in done], "-") if np.all(np.isfinite(done)) else UNKNOWN


def minutes_text(dataset: xarray.Dataset, session: int, person: int = 0) -> str:
    """Return how long each bout of a session lasted in minutes: ``20``, ``5 x 2``; a failed person's are ``-``."""
    moved = minutes_moved(dataset, session, person)
    return _alike([f"{each:.3g}" for each in moved], ", ") if np.all(np.isfinite(moved)) else UNKNOWN


def prescription_text(dataset: xarray.Dataset) -> str:
    """Return the prescription in one line, for titles."""
    scenario = scenario_of(dataset)
    exercise = scenario.exercise
    if exercise is None or not session_count(dataset):
        parts = [programme_text(scenario.calendar)]
    else:
        effort = effort_text(exercise)
        work = f"{printable(exercise.movement)} at {effort}" if effort else printable(exercise.movement)
        limbs = ["one limb"] if exercise.limbs == 1 else []
        cuff = cuff_text(dataset)
        cuff = cuff if scenario.cuff is None else f"cuff at {cuff}"
        parts = [work, *limbs, amount_text(exercise), cuff, programme_text(scenario.calendar)]
    told = ", ".join(parts)
    return told[:1].upper() + told[1:]


def printable(text: str) -> str:
    """Return the text without line breaks and escape codes, which a title or a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in text)


def shortened(text: str, most: int) -> str:
    """Return at most `most` characters of a printable text."""
    text = printable(text)
    return text if len(text) <= most else f"{text[: most - 3].rstrip()}..."


def number(value: float, decimals: int, signed: bool = False) -> str:
    """Return a value as it is printed; ``-`` for one that nobody knows, never ``-0``."""
    if not math.isfinite(value):
        return UNKNOWN
    text = f"{value + 0.0:{'+' if signed else ''}.{decimals}f}"
    return text.replace("-0", "0") if float(text) == 0.0 else text


def _alike(parts: list[str], separator: str) -> str:
    """Return ``4 x 10`` where all are alike, ``30-15-15-15`` where they differ."""
    if len(parts) > 1 and len(set(parts)) == 1:
        return f"{len(parts)} x {parts[0]}"
    return separator.join(parts)
