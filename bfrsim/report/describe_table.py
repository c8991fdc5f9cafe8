"""A scenario in words and as the table of segments of its first day and first session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bfrsim.report.filled import filled_text, sarcopenia_text
from bfrsim.report.prescription import paragraph
from bfrsim.report.pressures import Pressures, cuff_pressures
from bfrsim.report.terminal import add, heading_table, labelled
from bfrsim.report.wording import printable
from bfrsim.scenario.schedule import phase_edges, phase_sessions
from bfrsim.scenario.segments import TIMELINE_INPUTS, Timeline, compile_timeline

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from bfrsim.scenario.schema import Phase, Scenario

DAY = 86400.0
HEADS = ("start", "length", "what", "mmHg", "%AOP", "load", "duty", "g/kg")
# Input of the timeline, how it is told, factor to the unit it is told in.
EFFORTS = (
    ("load_relative", "%1RM", 100.0),
    ("load_mass", "kg", 1.0),
    ("walking_speed", "km/h", 0.06),
    ("heart_rate_reserve", "%HRR", 100.0),
    ("cycling_power", "W", 1.0),
)


def describe(scenario: Scenario) -> RenderableType:
    """Return the description of a scenario, to be printed by a rich console; fits 80 columns, reads in 60."""
    from rich.console import Group
    from rich.text import Text

    timeline = compile_timeline(scenario)
    pressures = cuff_pressures(scenario, timeline)
    parts: list[RenderableType] = [
        Text(printable(scenario.title), style="bold"),
        Text(),
        Text(paragraph(scenario, pressures)),
        Text(),
        _facts(scenario),
        Text(),
    ]
    for day in _days(timeline):
        parts += [_segments(timeline, pressures, day), Text()]
    return Group(*parts, Text(_note(timeline), style="dim"))


def _note(timeline: Timeline) -> str:
    note = "Cuff in mmHg and %AOP; duty: share of a repetition or stride under load; protein in g/kg of body mass."
    return f"{note} Work ends earlier at task failure." if timeline.may_end.any() else note


def _facts(scenario: Scenario) -> Table:
    grid = labelled()
    for number, (phase, start, end) in enumerate(phase_edges(scenario.calendar)):
        add(grid, "Calendar" if number == 0 else "", _phase(scenario, phase, start, end))
    add(grid, "Sarcopenia", sarcopenia_text(scenario))
    if filled := filled_text(scenario):
        add(grid, "Filled in", f"{filled} (published means)")
    return grid


def _phase(scenario: Scenario, phase: Phase, start: float, end: float) -> str:
    sessions = len(phase_sessions(scenario.calendar, phase, start, end))
    name = "habitual life" if phase.kind == "habitual" else phase.kind
    count = f"{sessions or 'no'} session{'s' * (sessions != 1)}"
    return f"days {start / DAY + 1:.0f} to {end / DAY:.0f}: {name}, {count}"


def _days(timeline: Timeline) -> list[int]:
    """Return the first day, and that of the first session."""
    first = int(timeline.session_start[0] // DAY) if len(timeline.session_start) else 0
    return sorted({0, first})


def _segments(timeline: Timeline, pressures: Pressures, day: int) -> Table:
    edges, rows = timeline.planned_edges(), []
    for row in map(int, np.flatnonzero((edges[:-1] < (day + 1) * DAY) & (edges[1:] > day * DAY))):
        begin, end = max(edges[row], day * DAY), min(edges[row + 1], (day + 1) * DAY)
        told = [_clock(begin), _length(end - begin), _what(timeline, row), *_inputs(timeline, pressures, row)]
        rows.append(dict(zip(HEADS, told, strict=True)))
    table = heading_table(f"Day {day + 1}")
    table.padding = (0, 1, 0, 0)  # all columns at once just fit into 60
    shown = [head for head in HEADS if any(row[head] for row in rows)]
    for head in shown:
        table.add_column(head, justify="left" if head in ("start", "what") else "right", no_wrap=True)
    for each in rows:
        add(table, *(each[head] for head in shown))
    return table


def _what(timeline: Timeline, row: int) -> str:
    number = timeline.set_number[row]
    return timeline.label[row] if number < 0 else f"{timeline.label[row]} {number + 1}"


def _inputs(timeline: Timeline, pressures: Pressures, row: int) -> list[str]:
    given = dict(zip(TIMELINE_INPUTS, timeline.inputs[row], strict=True))
    cuff = [f"{pressures.cuff[row]:.0f}", f"{pressures.percent[row]:.0f}"] if pressures.cuff[row] > 0.0 else ["", ""]
    effort = next((f"{given[name] * factor:.3g} {unit}" for name, unit, factor in EFFORTS if given[name]), "")
    hours = timeline.duration[row] / 3600.0
    protein = f"{given['protein_intake'] * hours:.2f}" if given["protein_intake"] else ""
    return [*cuff, effort, f"{given['duty']:.2g}" if given["duty"] else "", protein]


def _clock(seconds: float) -> str:
    clock = round(seconds % DAY)
    time = f"{clock // 3600:02d}:{clock % 3600 // 60:02d}"
    return f"{time}:{clock % 60:02d}" if clock % 60 else time


def _length(seconds: float) -> str:
    if seconds >= 3600.0:
        return f"{seconds / 3600.0:.3g} h"
    return f"{seconds / 60.0:.3g} min" if seconds % 60.0 == 0.0 else f"{seconds:.4g} s"
