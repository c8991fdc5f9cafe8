"""What is done to the person, drawn above or behind a panel: cuff, sets, meals, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.report.style import GREY, INK, LIGHT, SHADE, beside
from bfrsim.report.values import repetitions, scenario_of, values
from bfrsim.report.wording import cuff_text

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

    from bfrsim.scenario.schema import Scenario

Floats = NDArray[np.float64]

INFLATED = 0.5  # mmHg
JUST_ABOVE, STRIP, WORDS = 1.015, 1.035, 1.06  # heights above the axes, which are one unit high
SMALL = 8.0  # points
LETTER = 0.6 * SMALL  # width of a letter in points, rather too wide
ROOM = 0.045  # of the width of the axes: bars nearer than this are not numbered one by one


def cuff(axes: Axes, minutes: Floats, dataset: xarray.Dataset, window: slice, person: int, named: bool = False) -> None:
    """Shade the time under pressure; name the pressure once, at the top of the first shade."""
    stretches = runs(values(dataset, "P_cuff", person)[window] > INFLATED)
    for first, last in stretches:
        axes.axvspan(minutes[first], minutes[last], color=SHADE, linewidth=0, zorder=0)
    if named and stretches:
        left = minutes[stretches[0][0]]
        words = f" cuff {cuff_text(dataset, person)}"
        axes.text(left, 0.985, words, transform=axes.get_xaxis_transform(), va="top", fontsize=SMALL, color=INK)


def sets(axes: Axes, minutes: Floats, dataset: xarray.Dataset, person: int) -> None:
    """Draw a bar above the axes for each set or bout, with the repetitions done."""
    above = axes.get_xaxis_transform()
    done = repetitions(dataset, 0, person)
    edges = set_minutes(dataset, person)
    middles = edges.mean(axis=1)
    numbered = bool(np.all(np.diff(middles) >= ROOM * (minutes[-1] - minutes[0])))
    for number, (first, last) in enumerate(edges):
        axes.plot(
            [first, last], [STRIP, STRIP], color=INK, linewidth=3.5, transform=above, clip_on=False,
            solid_capstyle="butt",
        )  # fmt: skip
        if numbered and number < len(done) and np.isfinite(done[number]):
            axes.text(middles[number], WORDS, f"{done[number]:.0f}", transform=above, ha="center", fontsize=SMALL)
    if len(edges):
        exercise = scenario_of(dataset).exercise
        work = "set" if exercise is None else exercise.work
        words = "repetitions" if numbered and np.isfinite(done).any() else f"{work}{'s' * (len(edges) > 1)}"
        axes.annotate(
            words, (edges[-1, 1], STRIP), xytext=(SMALL, 0.0), xycoords=above, textcoords="offset points", va="center",
            fontsize=SMALL, color=GREY, annotation_clip=False,
        )  # fmt: skip


def set_minutes(dataset: xarray.Dataset, person: int = 0) -> Floats:
    """Return start and end of the first session's sets in minutes from the session's start, (sets, 2)."""
    sets = np.stack([dataset["set_start"].values[person, 0], dataset["set_end"].values[person, 0]], axis=1)
    return (sets[np.isfinite(sets).all(axis=1)] - float(dataset.session_start.values[0])) / 60.0


def meals(axes: Axes, scenario: Scenario, origin: float, unit: float) -> None:
    """Put a triangle above the axes at each meal; `origin` is the clock time in s of zero on x, `unit` in s."""
    from bfrsim.scenario.schedule import meal_times

    low, high = axes.get_xlim()
    day = 86400.0
    days = np.arange(np.floor((origin + low * unit) / day), (origin + high * unit) / day)
    times = (np.add.outer(days * day, meal_times(scenario)).ravel() - origin) / unit
    shown = times[(times >= low) & (times <= high)]
    if shown.size:
        above = axes.get_xaxis_transform()
        axes.plot(shown, np.full(shown.size, STRIP), "v", color=INK, markersize=4.5, transform=above, clip_on=False)
        _name_at_right(axes, "meals")


def session_lines(axes: Axes, times: Floats) -> None:
    """Draw a dotted line at each session within the axes, named where there is room."""
    low, high = axes.get_xlim()
    words, free = "session", low
    width = (len(words) + 2) * LETTER / _points_per_unit(axes)
    for time in times[(times >= low) & (times < high)]:
        axes.axvline(time, color=INK, linewidth=1.0, linestyle=":")
        if time >= free:
            axes.text(time, WORDS, words, transform=axes.get_xaxis_transform(), ha="center", fontsize=SMALL, color=GREY)
            free = time + width


def phases(axes: Axes, scenario: Scenario, unit: float) -> None:
    """Shade bed rest and, lighter, other time without training; name each phase where there is room; `unit` in s."""
    from bfrsim.scenario.schedule import phase_edges

    if not scenario.calendar.phases:
        return
    above = axes.get_xaxis_transform()
    height = WORDS if scenario.exercise is not None else JUST_ABOVE  # room for the ticks of sessions
    for phase, start, end in phase_edges(scenario.calendar):
        if phase.kind != "training":
            shade = SHADE if phase.kind == "bed rest" else LIGHT
            axes.axvspan(start / unit, end / unit, color=shade, linewidth=0, zorder=0)
        words = "habitual life" if phase.kind == "habitual" else phase.kind
        if len(words) * LETTER <= (end - start) / unit * _points_per_unit(axes):
            axes.text(start / unit, height, words, transform=above, fontsize=SMALL, color=INK)


def session_ticks(axes: Axes, times: Floats) -> None:
    """Put a tick above the axes at each session."""
    if times.size:
        axes.vlines(
            times, STRIP - 0.015, STRIP + 0.015, color=INK, linewidth=0.7, transform=axes.get_xaxis_transform(),
            clip_on=False,
        )  # fmt: skip
        _name_at_right(axes, "sessions")


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (first, last) index of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [(int(first), int(after) - 1) for first, after in zip(edges[::2], edges[1::2], strict=True)]


def _name_at_right(axes: Axes, words: str) -> None:
    beside(axes, STRIP, words, fontsize=SMALL, color=GREY)


def _points_per_unit(axes: Axes) -> float:
    """Return how many points wide a unit of x is."""
    low, high = axes.get_xlim()
    inches = axes.transAxes.transform((1.0, 0.0)) - axes.transAxes.transform((0.0, 0.0))
    return float(inches[0] / axes.figure.dpi * 72.0 / (high - low))
