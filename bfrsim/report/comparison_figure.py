"""The figure of a comparison: four panels, one colour a scenario, each line named where it ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.report.comparison import Compared, summary_of
from bfrsim.report.figure import FIGURE_NAMES, save_figure
from bfrsim.report.panels import DASHES, DAY, LEAST_CHANGE, MINUTE, SHORT, WEEK, first_session
from bfrsim.report.store import COMPARISON_NAME, write_folder
from bfrsim.report.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LABEL_HEIGHT,
    VERMILLION,
    Label,
    end_labels,
    last_known,
    mark_extreme,
    say_instead,
    style,
)
from bfrsim.report.values import final_value, session_value, values
from bfrsim.report.wording import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

SIZE = (10.5, 7.5)
PURPLE, ORANGE, SKY = "#CC79A7", "#E69F00", "#56B4E9"  # Okabe & Ito, as in `style`
COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, INK)
LONGEST = 22  # letters of a name at the end of a line


def draw_comparison(results: Sequence[Compared]) -> Figure:
    """Draw oxygen and pressure in the first session, and muscle size and strength over the programme."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(style()):
        figure = Figure(figsize=SIZE)
        rows = figure.add_gridspec(2, 2, left=0.075, right=0.845, top=0.88, bottom=0.1, hspace=0.42, wspace=0.72)
        panels = [figure.add_subplot(rows[row, column]) for row in (0, 1) for column in (0, 1)]
        _session(panels[0], results, "StO2", "Muscle oxygen saturation (%)", lowest=True)
        _programme(panels[1], results, "csa_change", "Muscle cross-sectional area")
        _session(panels[2], results, "MAP", "Mean arterial pressure (mmHg)", lowest=False)
        _programme(panels[3], results, "one_rm_change", "One-repetition maximum")
        panels[0].set_title("Oxygen in the first session")
        panels[2].set_title("Blood pressure in the first session")
        names = ", ".join(each.name for each in results)
        figure.text(0.075, 0.975, shortened(names, 100), fontsize=13, fontweight="bold", va="top", parse_math=False)
        small = (
            f"{results[0].dataset.attrs.get('disclaimer', '')} Model {results[0].dataset.attrs.get('model_hash', '')}."
        )
        figure.text(0.075, 0.015, small, fontsize=7.5, color=GREY, parse_math=False)
    return figure


def _session(axes: Axes, results: Sequence[Compared], name: str, label: str, lowest: bool) -> None:
    labels, longest = [], 0.0
    suffix, told = ("min", "lowest") if lowest else ("max", "peak")
    for each, colour in zip(results, COLOURS, strict=False):
        window = first_session(each.dataset)
        if window is None:
            continue
        start = float(each.dataset["session_start"].values[0])
        minutes = np.asarray((each.dataset["time"].values[window] - start) / MINUTE, dtype=float)
        trace = values(each.dataset, name)[window]
        axes.plot(minutes, trace, color=colour)
        mark_extreme(axes, minutes, trace, colour, lowest=lowest)
        extreme = session_value(each.dataset, f"{name}_{suffix}", 0)
        labels.append(_label(each, f"{told} {extreme:.0f}", extreme, trace, colour))
        longest = max(longest, float(minutes[-1]))
    if not labels:
        say_instead(axes, "none of these has a session")
        return
    axes.set(xlabel="Minutes since the session began", ylabel=label, xlim=(-1.0, longest))
    whole_ticks(axes)
    end_labels(axes, labels, gap=min(LABEL_HEIGHT, 0.5 / len(labels)))


def _programme(axes: Axes, results: Sequence[Compared], name: str, title: str) -> None:
    axes.set_title(f"{title} over the programme")
    axes.axhline(0.0, color=GREY, linewidth=0.8, linestyle=DASHES)
    end = max(float(each.dataset["time"].values[-1]) for each in results)
    unit, units = (DAY, "Days") if end <= SHORT else (WEEK, "Weeks")
    labels, low, high = [], *LEAST_CHANGE
    for each, colour in zip(results, COLOURS, strict=False):
        trace, gained = values(each.dataset, name), final_value(each.dataset, name)
        axes.plot(each.dataset["time"].values / unit, trace, color=colour)
        known = trace[np.isfinite(trace)]
        low, high = min(low, known.min(initial=low)), max(high, known.max(initial=high))
        labels.append(_label(each, f"{gained:+.1f} %", gained, trace, colour))
    margin = 0.06 * (high - low)
    axes.set(xlim=(0.0, end / unit), ylim=(low - margin, high + margin))
    axes.set(xlabel=f"{units} since the start", ylabel="Change from the start (%)")
    whole_ticks(axes)
    end_labels(axes, labels, gap=min(LABEL_HEIGHT, 0.5 / len(labels)))


def whole_ticks(axes: Axes) -> None:
    """Put the ticks of time at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, steps=[1, 2, 5, 10]))


def _label(each: Compared, told: str, value: float, trace: Floats, colour: str) -> Label:
    name = shortened(each.name, LONGEST)
    number = told.replace("-", "\N{MINUS SIGN}")
    return Label(f"{name}\n{number}" if np.isfinite(value) else name, last_known(trace), colour)


def write_comparison(results: Sequence[Compared], folder: Path) -> dict[str, Path]:
    """Write the figure, and the numbers as JSON, to a folder; an earlier comparison there is replaced."""

    def write(workshop: Path) -> None:
        text = json.dumps(summary_of(results), indent=2, allow_nan=False, ensure_ascii=False)
        (workshop / COMPARISON_NAME).write_text(text + "\n", encoding="utf-8")
        save_figure(draw_comparison(results), workshop)

    write_folder(folder, write)
    return {
        name: folder / file
        for name, file in zip(("comparison", "png", "svg"), (COMPARISON_NAME, *FIGURE_NAMES), strict=True)
    }
