"""The figure of a sensitivity study: what each outcome hangs on, with intervals, and how that changes over time."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from bfrsim.report.sensitivity.table import DAY, last_columns, moment_text, notes, order_of
from bfrsim.report.style import BLUE, GREEN, GREY, INK, VERMILLION, say_instead, style
from bfrsim.report.wording import shortened
from bfrsim.study.sensitivity.schema import GIVEN
from bfrsim.study.sensitivity.study import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BARS, LINES = 10, 5
WIDTH, ROW, TOP, BOTTOM = 10.5, 2.9, 0.95, 1.1  # inches
COLOURS = (BLUE, VERMILLION, GREEN, "#CC79A7", "#E69F00")  # Okabe & Ito, as in `style`
LONGEST, LONGEST_WORDS = 26, 62  # characters of a name; of a meaning, where one panel leaves room for it


def draw_study(result: StudyResult) -> Figure:
    """Draw the ten inputs each outcome hangs on most at its last time, and the first five over time."""
    import matplotlib
    from matplotlib.figure import Figure

    panels: list[tuple[str, Sequence[int]]] = []
    for at in last_columns(result):
        panels.append(("bars", [at]))
        same = [other for other, column in enumerate(result.columns) if column.output == result.columns[at].output]
        if len(same) > 1:
            panels.append(("lines", same))
    across = min(2, len(panels))
    rows = -(-len(panels) // across)
    height = rows * ROW + TOP + BOTTOM
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(WIDTH, height))
        grid = figure.add_gridspec(
            rows,
            across,
            left=0.16 if across > 1 else 0.42,
            right=0.97,
            top=1.0 - TOP / height,
            bottom=BOTTOM / height,
            hspace=0.55,
            wspace=0.55,
        )
        for number, (kind, columns) in enumerate(panels):
            axes = figure.add_subplot(grid[number // across, number % across])
            if kind == "bars":
                _bars(axes, result, columns, in_words=across == 1)
            else:
                _lines(axes, result, columns)
        figure.text(
            0.03, 1.0 - 0.18 / height, shortened(result.spec.title, 90), fontsize=13, fontweight="bold", va="top"
        )
        told = "; ".join([result.spec.scenario.replace("_", " "), *result.spec.set])
        figure.text(0.03, 1.0 - 0.46 / height, shortened(told, 130), fontsize=9, va="top", parse_math=False)
        small = "\n".join(wrap(" ".join(notes(result)), 150)[:3])
        figure.text(0.03, 0.12 / height, small, fontsize=7.5, color=GREY, parse_math=False)
    return figure


def _bars(axes: Axes, result: StudyResult, columns: Sequence[int], in_words: bool) -> None:
    at, found = columns[0], result.indices
    column = result.columns[at]
    axes.set_title(f"{_name(column.output.name)}, {moment_text(column)}")
    chosen = [group for group in order_of(result, at) if np.isfinite(found.total[group, at])][:BARS]
    if not chosen:
        say_instead(axes, "this outcome does not vary")
        return
    places = np.arange(len(chosen))
    total = found.total[chosen, at]
    ends = np.abs(np.stack([total - found.low[chosen, at], found.high[chosen, at] - total]))
    axes.barh(places, total, height=0.72, color=BLUE, alpha=0.35, label=_what(result, "total"))
    axes.errorbar(total, places, xerr=ends, fmt="none", ecolor=INK, elinewidth=1.0, capsize=2.0)
    if result.spec.method != "morris":
        first = found.first[chosen, at]
        ends = np.abs(np.stack([first - found.first_low[chosen, at], found.first_high[chosen, at] - first]))
        axes.errorbar(
            first,
            places + 0.2,
            xerr=ends,
            fmt="o",
            color=VERMILLION,
            markersize=3.5,
            elinewidth=0.9,
            label="alone" if result.spec.method == "sobol" else "first order, share of variance",
        )
        axes.legend(frameon=False, fontsize=7.5, loc="lower right")
    meaning = {each.name: f"{each.meaning} ({each.name})" for each in result.inputs if each.parameter is not None}
    names = [found.groups[group] for group in chosen]
    told = [meaning.get(name, name) for name in names] if in_words else names
    longest = LONGEST_WORDS if in_words else LONGEST
    axes.set_yticks(places, [shortened(name, longest) for name in told], fontsize=8.0, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(left=min(0.0, float(np.min(total))))
    axes.set_xlabel(_what(result, column.output.unit))


def _lines(axes: Axes, result: StudyResult, columns: Sequence[int]) -> None:
    found = result.indices
    axes.set_title(f"{_name(result.columns[columns[0]].output.name)} over time")
    days = [result.columns[at].time / DAY for at in columns]
    for group, colour in zip(order_of(result, columns[-1])[:LINES], COLOURS, strict=False):
        total = found.total[group, columns]
        axes.plot(days, total, "o-", color=colour, markersize=3.2, label=shortened(found.groups[group], LONGEST))
        axes.fill_between(days, found.low[group, columns], found.high[group, columns], color=colour, alpha=0.12, lw=0.0)
    axes.set(xlabel="Days since the start", ylabel=_what(result, result.columns[columns[0]].output.unit))
    axes.legend(frameon=False, fontsize=7.5)


def _what(result: StudyResult, unit: str) -> str:
    if result.spec.method == "sobol":
        return "with interactions" if unit == "total" else "share of variance"
    if result.spec.method == GIVEN:
        return "xi" if unit == "total" else "xi, or share of variance"
    return "size of effect, mu*" + (f" ({unit})" if unit not in ("1", "total") else "")


def _name(name: str) -> str:
    text = {"csa_change": "Muscle size", "one_rm_change": "1RM"}.get(name, name.replace("_", " "))
    return text[:1].upper() + text[1:]
