"""One panel of a sweep: a heat map with contours, or a line with its band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.report.style import BLUE, GREEN, GREY, INK, LIGHT, VERMILLION, say_instead
from bfrsim.report.sweep.values import Statistics
from bfrsim.report.wording import shortened
from bfrsim.study.sweep.axes import SCENARIO, Axis
from bfrsim.study.sweep.outputs import Output

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

COLOURS = (BLUE, VERMILLION, GREEN, "#CC79A7", "#E69F00", "#56B4E9", INK)  # Okabe & Ito, as in `style`
GAIN = ("#F3F8FC", "#A9CFE6", "#4F9CCB", "#0072B2")
HARM = ("#FDF4EF", "#F3C19E", "#E58A4E", "#D55E00")
GAINS = ("csa_change", "one_rm_change", "isometric_change", "isokinetic_change", "repetitions", "FSR")
CONTOURS = 5
MOST_TICKS = 9  # values of an axis that are each told
MOST_TICKS = 8
NOTHING = "no cell has a value"


def heat_panel(axes: Axes, mean: Floats, x: Axis, y: Axis, output: Output, span: tuple[float, float]) -> None:
    """Draw the mean of an output over two axes, (x, y), with contours; hatched where nothing is known.

    `span` holds the lowest and highest value of all panels that are to be compared.
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.ticker import MaxNLocator

    (across, order_x), (up, order_y) = _positions(x), _positions(y)
    shown = np.ma.masked_invalid(mean[np.ix_(order_x, order_y)].T)
    axes.set_title(_short(output))
    _edges(axes, across, up)
    axes.patch.set(hatch="//////", facecolor=LIGHT, edgecolor=GREY)
    _name_axes(axes, x, y)
    if shown.mask.all():
        box = {"facecolor": "white", "edgecolor": "none", "pad": 3.0}
        axes.text(0.5, 0.5, NOTHING, transform=axes.transAxes, ha="center", va="center", color=INK, bbox=box)
        return
    colours = LinearSegmentedColormap.from_list("sweep", GAIN if output.name in GAINS else HARM)
    low, high = span
    flat = high - low <= 1e-9 * max(abs(low), abs(high), 1e-12)
    image = axes.pcolormesh(
        across, up, shown, cmap=colours, shading="nearest", rasterized=True,
        vmin=low - 0.5 if flat else low, vmax=high + 0.5 if flat else high,
    )  # fmt: skip
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.03, 0.0, 0.045, 1.0)))
    bar.ax.tick_params(labelsize=7.5, length=2.0)
    bar.outline.set_visible(False)
    bar.set_label(_unit(output.unit), fontsize=8.0, labelpad=2.0)
    varies = float(shown.max()) - float(shown.min()) > 1e-9 * max(abs(low), abs(high))
    if x.numbers and y.numbers and min(shown.shape) > 2 and varies:
        levels = MaxNLocator(CONTOURS + 1).tick_values(low, high)[1:-1]
        lines = axes.contour(across, up, shown, levels=levels, colors=INK, linewidths=0.7)
        axes.clabel(lines, fontsize=7.0, inline_spacing=2.0, fmt=lambda level: f"{level:.3g}".replace("-", "\u2212"))


def line_panel(
    axes: Axes, found: Statistics, x: Axis, output: Output, colour: str, label: str = "", band: bool = False
) -> None:
    """Draw an output over one axis, and between which values most people lie."""
    places, order = _positions(x)
    mean = found.mean[order]
    axes.set_title(_short(output))
    axes.set_xlabel(_axis_label(x))
    axes.set_ylabel(_unit(output.unit))
    if not np.isfinite(mean).any():
        if not axes.lines:
            say_instead(axes, NOTHING)
        return
    mark = "o-" if x.numbers else "o"
    axes.plot(places, mean, mark, color=colour, markersize=3.2, linewidth=1.4, label=label or None)
    low, high = found.low[order], found.high[order]
    if band and x.numbers:
        axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0.0)
    elif band:
        axes.vlines(places, low, high, color=colour, linewidth=1.2)
    axes.margins(x=0.05, y=0.1)
    if not x.numbers:
        _word_ticks(axes, x, "x")
        axes.set_xlim(-0.5, len(x) - 0.5)


def _positions(axis: Axis) -> tuple[Floats, NDArray[np.int64]]:
    """Return where the values stand along an axis, ascending, and in which order they are taken."""
    numbers = np.array(axis.numbers) if axis.numbers else np.arange(float(len(axis)))
    order = np.argsort(numbers, kind="stable")
    return numbers[order], order


def _edges(axes: Axes, across: Floats, up: Floats) -> None:
    for values, limit in ((across, axes.set_xlim), (up, axes.set_ylim)):
        gaps = np.diff(values) / 2.0 if len(values) > 1 else np.array([0.5])
        limit(values[0] - gaps[0], values[-1] + gaps[-1])


def _name_axes(axes: Axes, x: Axis, y: Axis) -> None:
    axes.set_xlabel(_axis_label(x))
    axes.set_ylabel(_axis_label(y))
    for axis, which in ((x, "x"), (y, "y")):
        if not axis.numbers:
            _word_ticks(axes, axis, which)
        elif len(axis) <= MOST_TICKS:
            axes.set(**{f"{which}ticks": _positions(axis)[0]})
    axes.spines[:].set_visible(False)
    axes.tick_params(length=2.0, labelsize=8.0)


def _word_ticks(axes: Axes, axis: Axis, which: str) -> None:
    names = [shortened(label.rsplit("/", 1)[-1], 20) for label in axis.labels]
    step = -(-len(names) // MOST_TICKS)
    places = range(0, len(names), step)
    if which == "x":
        axes.set_xticks(places, [names[place] for place in places], rotation=20, ha="right", fontsize=7.5)
    else:
        axes.set_yticks(places, [names[place] for place in places], fontsize=7.5)


def _axis_label(axis: Axis) -> str:
    name = axis.key.removeprefix("parameter.").replace("_", " ").replace(".", ": ")
    unit = _unit(axis.unit)
    return "" if axis.key == SCENARIO else f"{name} ({unit})" if unit else name


def _short(output: Output) -> str:
    text = output.name.replace("_", " ")
    return {"csa change": "Muscle size, change", "one rm change": "1RM, change"}.get(text, text[:1].upper() + text[1:])


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit.replace("**2", "\N{SUPERSCRIPT TWO}").replace("*", "\N{MIDDLE DOT}")
