"""The four panels, each answering one question; time grows from panel to panel: minutes, hours, weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.report import marks
from bfrsim.report.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    TITLE_PAD,
    VERMILLION,
    Label,
    end_labels,
    last_known,
    mark_extreme,
    say_instead,
)
from bfrsim.report.values import final_value, scenario_of, session_count, session_value, values

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

MINUTE, HOUR, DAY, WEEK = 60.0, 3600.0, 86400.0, 7 * 86400.0
SHORT = 28 * DAY  # up to here a programme is told in days
BEFORE_SESSION, HOURS_BEFORE, HOURS_AFTER = MINUTE, 2.0, 48.0
FEWEST_SAMPLES = 10  # a curve through fewer points would mislead
LEAST_CHANGE = (-0.2, 0.5)  # %: what the axis spans at least, so that next to nothing looks like next to nothing
EXTREME = {"min": "lowest", "max": "highest"}
DASHES = (0, (4, 3))
HIDDEN = 0.015  # of the height of the axes: a line nearer than this lies under the next


def session_panel(axes: Axes, dataset: xarray.Dataset, person: int = 0) -> None:
    """Draw what the first session does to oxygen, phosphocreatine and recruitment."""
    axes.set_title(f"Muscle in {which_session(dataset)}", pad=TITLE_PAD)
    window = first_session(dataset, person)
    if window is None:
        say_instead(axes, _why_no_session(dataset))
        return
    minutes = _minutes(dataset, window)
    share_of_rest = 100.0 / values(dataset, "PCr", person)[window.start]
    traces = [("PCr, of rest", "PCr", "min", VERMILLION, share_of_rest), ("StO₂", "StO2", "min", BLUE, 1.0)]
    if np.any(values(dataset, "recruited", person)[window] > 0.0):  # a cuff at rest recruits nothing
        traces.insert(0, ("recruited", "recruited", "max", GREEN, 100.0))
    axes.set(ylim=(0, 118), ylabel="Level (%)", yticks=range(0, 101, 20))
    _minute_axis(axes, minutes)
    axes.fill_between(
        minutes, 100.0 * values(dataset, "recruited", person)[window], color=GREEN, alpha=0.18, linewidth=0
    )
    labels = []
    for words, name, which, colour, percent in traces:
        trace = percent * values(dataset, name, person)[window]
        axes.plot(minutes, trace, color=colour)
        mark_extreme(axes, minutes, trace, colour, lowest=which == "min")
        extreme = percent * session_value(dataset, f"{name}_{which}", 0, person)
        labels.append(Label(_named(words, extreme, f"{EXTREME[which]} {{:.0f}} %"), last_known(trace), colour))
    end_labels(axes, labels)
    marks.cuff(axes, minutes, dataset, window, person, named=True)
    marks.sets(axes, minutes, dataset, person)


def safety_panel(axes: Axes, strip: Axes, dataset: xarray.Dataset, person: int = 0) -> None:
    """Draw how far the first session drives pressure, heart rate and, in a strip below, discomfort."""
    axes.set_title(f"Circulation and discomfort in {which_session(dataset)}", pad=TITLE_PAD)
    window = first_session(dataset, person)
    if window is None:
        strip.set_visible(False)
        say_instead(axes, _why_no_session(dataset))
        return
    minutes = _minutes(dataset, window)
    traces = (("SBP", VERMILLION, "systolic"), ("MAP", BLUE, "mean arterial"), ("HR", GREEN, "heart rate"))
    found = {name: values(dataset, name, person)[window] for name, _, _ in traces}
    axes.set_ylim(*_room(np.concatenate(list(found.values()))))
    axes.set_ylabel("Pressure (mmHg)\nHeart rate (1/min)")
    _minute_axis(axes, minutes)
    labels = []
    for name, colour, words in traces:
        axes.plot(minutes, found[name], color=colour)
        mark_extreme(axes, minutes, found[name], colour)
        peak = session_value(dataset, f"{name}_max", 0, person)
        labels.append(Label(_named(words, peak, "peak {:.0f}"), last_known(found[name]), colour))
    end_labels(axes, labels, gap=0.11)
    axes.tick_params(labelbottom=False)
    axes.set_xlabel("")
    _discomfort(strip, minutes, dataset, window, person)
    marks.sets(axes, minutes, dataset, person)
    for each in (axes, strip):
        marks.cuff(each, minutes, dataset, window, person)


def _discomfort(strip: Axes, minutes: Floats, dataset: xarray.Dataset, window: slice, person: int) -> None:
    trace = values(dataset, "discomfort", person)[window]
    strip.set(ylim=(0, 10), yticks=(0, 5, 10), ylabel="CR-10")
    _minute_axis(strip, minutes)
    strip.fill_between(minutes, trace, color=INK, alpha=0.15, linewidth=0)
    strip.plot(minutes, trace, color=INK)
    mark_extreme(strip, minutes, trace, INK)
    peak = session_value(dataset, "discomfort_max", 0, person)
    end_labels(strip, [Label(_named("discomfort", peak, "peak {:.1f}"), 4.0, INK)])


def hours_panel(axes: Axes, dataset: xarray.Dataset, person: int = 0) -> None:
    """Draw whether muscle protein is won or lost in the two days after the first session."""
    trained = session_count(dataset) > 0
    in_bed = scenario_of(dataset).calendar.stages[0].kind == "bed rest"
    told = "the first two days of bed rest" if in_bed else "two days of habitual life"
    told = "two days after the first session" if trained else told
    axes.set_title(f"Muscle protein, {told}", pad=TITLE_PAD)
    origin = float(dataset.session_start.values[0]) if trained else 0.0
    hours = (dataset.time.values - origin) / HOUR
    inside = (hours >= -HOURS_BEFORE) & (hours <= HOURS_AFTER)
    if inside.sum() < FEWEST_SAMPLES:
        say_instead(axes, "no samples within a day were saved")
        return
    hours = hours[inside]
    made, broken = (values(dataset, name, person)[inside] for name in ("MPS", "MPB"))
    axes.set_ylim(*_room(np.concatenate([made, broken, [1.0, 1.05]])))
    axes.set(xlim=(hours[0], hours[-1]), xticks=range(0, int(HOURS_AFTER) + 1, 6))
    axes.set_xlabel("Hours since the session began" if trained else "Hours since midnight of the first day")
    axes.set_ylabel("Rate (fold of fasted basal)")
    axes.axhline(1.0, color=GREY, linewidth=0.8, linestyle=DASHES)
    for more, less, colour in ((made, broken, BLUE), (broken, made, VERMILLION)):
        won = more > less
        axes.fill_between(
            hours, more, less, where=won.tolist(), color=colour, alpha=0.18, linewidth=0, interpolate=True
        )
        axes.plot(hours, more, color=colour)
    labels = [Label("synthesis", last_known(made), BLUE), Label("breakdown", last_known(broken), VERMILLION)]
    end_labels(axes, labels)
    marks.meals(axes, scenario_of(dataset), origin, HOUR)
    marks.session_lines(axes, (dataset.session_start.values - origin) / HOUR)


def weeks_panel(axes: Axes, dataset: xarray.Dataset, person: int = 0) -> None:
    """Draw what the programme gives: muscle size and strength, week by week, or day by day if it is short."""
    axes.set_title("Muscle size and strength over the programme", pad=TITLE_PAD)
    unit, units = (DAY, "Days") if dataset.time.values[-1] <= SHORT else (WEEK, "Weeks")
    weeks = dataset.time.values / unit
    traces = (("csa_change", BLUE, "muscle CSA"), ("one_rm_change", VERMILLION, "1RM"))
    found = {name: values(dataset, name, person) for name, _, _ in traces}
    axes.axhline(0.0, color=GREY, linewidth=0.8, linestyle=DASHES)
    low, high = _room(np.concatenate([*found.values(), LEAST_CHANGE]), share=0.08)
    apart = np.abs(found["csa_change"] - found["one_rm_change"])
    alike = bool(np.all(apart[np.isfinite(apart)] < HIDDEN * (high - low)))
    for name, colour, _ in traces:  # the second would hide the first where the muscle's size alone tells strength
        axes.plot(weeks, found[name], color=colour, linestyle=DASHES if alike and name == "one_rm_change" else "-")
    axes.set_ylim(low, high)
    axes.set(xlim=(0, weeks[-1]), xlabel=f"{units} since the start", ylabel="Change from the start (%)")
    if unit == DAY and weeks[-1] > 14:
        axes.set_xticks(range(0, int(weeks[-1]) + 1, 7))
    else:
        _whole_ticks(axes)
    labels = []
    for name, colour, words in traces:
        gained = round(final_value(dataset, name, person), 1) + 0.0
        labels.append(Label(_named(words, gained, "{:+.1f} %"), last_known(found[name]), colour))
    end_labels(axes, labels)
    marks.phases(axes, scenario_of(dataset), unit)
    marks.session_ticks(axes, dataset.session_start.values / unit)


def first_session(dataset: xarray.Dataset, person: int = 0) -> slice | None:
    """Return the samples from a minute before the first session to the end of its recovery; None without one."""
    from bfrsim.scenario.lengths import RECOVERY_SECONDS
    from bfrsim.scenario.schedule import session_seconds

    exercise = scenario_of(dataset).exercise
    if exercise is None or not session_count(dataset):
        return None
    start = float(dataset.session_start.values[0])
    times = dataset.time.values
    first, after = np.searchsorted(times, [start - BEFORE_SESSION, start + session_seconds(exercise) + 0.5])
    worked = np.flatnonzero(values(dataset, "recruited", person)[first:after] > 0.0)
    if worked.size:  # sets that ended early leave more free time than recovery
        after = np.searchsorted(times, times[first + worked[-1]] + RECOVERY_SECONDS + 1.0)
    return slice(int(first), int(after)) if after - first >= FEWEST_SAMPLES else None


def which_session(dataset: xarray.Dataset) -> str:
    """Return which session the minutes of a result show: the first of a programme, or the one that was replayed."""
    replayed = dataset.attrs.get("replayed_session")
    return f"session {replayed}" if replayed else "the first session"


def _why_no_session(dataset: xarray.Dataset) -> str:
    if scenario_of(dataset).exercise is None:
        return "no session: no exercise"
    return "no samples of the session were saved"


def _named(words: str, value: float, told: str) -> str:
    """Return a label of two lines, or the name alone where the person failed before the value was known."""
    number = told.format(value).replace("-", "\N{MINUS SIGN}")  # as on the axes
    return f"{words}\n{number}" if np.isfinite(value) else words


def _minutes(dataset: xarray.Dataset, window: slice) -> Floats:
    return np.asarray((dataset.time.values[window] - dataset.session_start.values[0]) / MINUTE, dtype=float)


def _minute_axis(axes: Axes, minutes: Floats) -> None:
    axes.set(xlim=(minutes[0], minutes[-1]), xlabel="Minutes since the session began")
    _whole_ticks(axes)


def _room(trace: Floats, share: float = 0.05) -> tuple[float, float]:
    """Return limits with a margin, as a share of the span."""
    known = trace[np.isfinite(trace)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    margin = share * max(high - low, 1e-6)
    return low - margin, high + margin


def _whole_ticks(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True, steps=[1, 2, 3, 5, 10]))
