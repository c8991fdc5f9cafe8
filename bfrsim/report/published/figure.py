"""Forest plots: what trials found, and what the engine says of them, with 90 % intervals."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bfrsim.report.style import BLUE, GREY, INK, LIGHT, VERMILLION, style
from bfrsim.study.published.predict import Z_90, Prediction
from bfrsim.study.published.score import by_trait, of, rmse, scored

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, LABELS = 9.6, 4.3  # inches of the page, and of the names left of the axes
ROW, HEAD, FOOT = 0.17, 0.42, 0.55  # inches
LONGEST = 62  # letters of a name
TITLES = {"size": "Muscle size", "strength": "Strength"}


def forest_svg(predictions: Sequence[Prediction], title: str) -> bytes:
    """Return a forest plot of some rows as SVG: published in black, predicted in blue, red where it misses."""
    import matplotlib

    with matplotlib.rc_context(style() | {"svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = _forest(predictions, title)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def save_overview(predictions: Sequence[Prediction], path: Path) -> None:
    """Write one picture of all rows: for each mode, published and predicted means, and every row as a dot."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(10.0, 5.4))
        left, right = figure.subplots(1, 2)
        _modes(left, of(scored(predictions), "size"), "Muscle size")
        _modes(right, of(scored(predictions), "strength"), "Strength")
        figure.subplots_adjust(left=0.16, right=0.985, top=0.9, bottom=0.12, wspace=0.55)
        figure.savefig(path, dpi=150, metadata={"Software": None})


def row_name(each: Prediction) -> str:
    """Return study, arm, outcome and time of a row, shortened to fit beside its line."""
    when = f"{each.row.weeks:.3g} wk"
    told = f"{each.row.study}, {each.row.arm}: {each.row.outcome}"
    return f"{told if len(told) <= LONGEST else told[: LONGEST - 1] + '…'}, {when}"


def _forest(predictions: Sequence[Prediction], title: str) -> Figure:
    from matplotlib.figure import Figure

    count = len(predictions)
    height = HEAD + FOOT + ROW * count
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((LABELS / WIDTH, FOOT / height, 1 - (LABELS + 0.15) / WIDTH, ROW * count / height))
    places = np.arange(count)[::-1]
    for place, each in zip(places, predictions, strict=True):
        _row(axes, float(place), each)
    axes.axvline(0.0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_ylim(-0.7, count - 0.3)
    axes.set_yticks(places, [row_name(each) for each in predictions], fontsize=7.0, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Change from before training (%), 90 % intervals", fontsize=8.0)
    axes.set_title(title, fontsize=9.5)
    return figure


def _row(axes: Axes, place: float, each: Prediction) -> None:
    colour = BLUE if each.covered else VERMILLION
    axes.plot([each.low, each.high], [place, place], color=colour, alpha=0.25, linewidth=5.0, solid_capstyle="butt")
    axes.plot(each.mean, place, "D", color=colour, markersize=4.0, markeredgecolor="white", markeredgewidth=0.4)
    reach = Z_90 * each.row.se
    if np.isfinite(reach):
        axes.plot([each.row.change - reach, each.row.change + reach], [place, place], color=INK, linewidth=0.9)
    axes.plot(each.row.change, place, "o", color=INK, markersize=3.2)
    if each.baseline is not None:
        axes.plot(each.baseline.meta_regression, place, "|", color=GREY, markersize=6.0)


def _modes(axes: Axes, predictions: Sequence[Prediction], title: str) -> None:
    groups = by_trait(predictions, "mode")
    for place, group in zip(range(len(groups), 0, -1), groups.values(), strict=True):
        weight = [each.weight for each in group]
        published, predicted = [each.row.change for each in group], [each.mean for each in group]
        axes.axhspan(place - 0.46, place + 0.46, color=LIGHT, zorder=0)
        axes.plot(published, np.full(len(group), place + 0.18), "o", color=INK, alpha=0.25, markersize=3.0)
        axes.plot(predicted, np.full(len(group), place - 0.18), "D", color=BLUE, alpha=0.25, markersize=3.0)
        axes.plot(np.average(published, weights=weight), place + 0.18, "o", color=INK, markersize=7.0)
        axes.plot(np.average(predicted, weights=weight), place - 0.18, "D", color=BLUE, markersize=6.5)
    names = [f"{name} ({len(group)})" for name, group in groups.items()]
    axes.set_yticks(range(len(groups), 0, -1), names, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.axvline(0.0, color=GREY, linewidth=0.8, zorder=1)
    axes.set_xlabel("Change (%)")
    error = rmse(predictions)
    axes.set_title(title if error is None else f"{title}: error {error:.1f} points RMS", fontsize=10.0)
    axes.annotate("black published, blue predicted, large weighted means", (1.0, -0.115), xycoords="axes fraction",
                  ha="right", va="top", fontsize=7.5, color=GREY)  # fmt: skip
