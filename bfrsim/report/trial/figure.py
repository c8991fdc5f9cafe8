"""Figures of a trial: course of the outcomes, effects of the comparisons, power over sizes."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bfrsim.report.style import BLUE, GREEN, GREY, INK, SHADE, VERMILLION, Label, end_labels, style
from bfrsim.study.trial.results import TrialResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (BLUE, VERMILLION, GREEN, INK, "#CC79A7", "#E69F00", "#56B4E9", GREY)  # Okabe & Ito
NARROW = 4.2  # inches: a panel that can be read on a phone
LONGEST = 44  # letters of a line beside an axis


def figure_svg(draw: Callable[[TrialResult], Figure], result: TrialResult) -> bytes:
    """Return a figure as SVG whose text is text."""
    import matplotlib

    with matplotlib.rc_context(style() | {"svg.fonttype": "none", "font.family": "sans-serif"}):
        stream = io.BytesIO()
        draw(result).savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def save_overview(result: TrialResult, paths: Sequence[Path]) -> None:
    """Write courses, effects and power beside each other."""
    import matplotlib
    from matplotlib.figure import Figure

    courses = len(result.file.design.outcome)
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(4.6 * max(courses, 2), 7.6), layout="constrained")
        grid = figure.add_gridspec(2, 2 * courses)
        for place in range(courses):
            _course(figure.add_subplot(grid[0, 2 * place : 2 * place + 2]), result, place)
        effects = figure.add_subplot(grid[1, :courses])
        _effects(effects, result)
        effects.set_xlabel(
            "Effect, in SD within arms\nband: 95 % of estimates; dot: mean; stroke: truth; diamond: margin"
        )
        _power(figure.add_subplot(grid[1, courses:]), result)
        for path in paths:
            kind = (
                {"metadata": {"Date": None}} if path.suffix == ".svg" else {"dpi": 150, "metadata": {"Software": None}}
            )
            figure.savefig(path, **kind)


def course_figure(place: int) -> Callable[[TrialResult], Figure]:
    """Return what draws the course of one outcome."""

    def draw(result: TrialResult) -> Figure:
        figure, axes = _panel()
        _course(axes, result, place)
        return figure

    return draw


def effects_figure(result: TrialResult) -> Figure:
    """Draw the distribution of the estimated effect of each comparison over the replicates."""
    figure, axes = _panel(1.3 + 0.62 * len(result.comparisons))
    _effects(axes, result)
    return figure


def power_figure(result: TrialResult) -> Figure:
    """Draw power over the size of the trial."""
    figure, axes = _panel(3.2 + 0.27 * len(result.comparisons))
    _power(axes, result)
    return figure


def _panel(height: float = 3.2) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(NARROW, height), layout="constrained")
    return figure, figure.subplots()


def _course(axes: Axes, result: TrialResult, place: int) -> None:
    """Mean and middle half of the pool's people, in per cent of the start."""
    outcome = result.file.design.outcome[place]
    weeks = result.pool.visits[outcome.name] / 7.0
    truth = result.pool.truth[outcome.name]
    change = 100.0 * (truth / truth[:, :, :1] - 1.0)
    labels = []
    for number, arm in enumerate(result.pool.arms):
        low, high = np.percentile(change[:, number], [25.0, 75.0], axis=0)
        axes.fill_between(weeks, low, high, color=COLOURS[number], alpha=0.13, linewidth=0)
        mean = change[:, number].mean(axis=0)
        axes.plot(weeks, mean, "o-", color=COLOURS[number], markersize=4.0)
        labels.append(Label(arm, float(mean[-1]), COLOURS[number]))
    axes.axhline(0.0, color=GREY, linewidth=0.7, zorder=0)
    axes.set(xlabel="Week", ylabel="Change (%)", xticks=weeks)
    axes.set_title(outcome.name.capitalize(), parse_math=False)
    end_labels(axes, labels)


def _effects(axes: Axes, result: TrialResult) -> None:
    """Where 95 % of the estimates fall, their mean, and the truth; in units of the SD within arms."""
    places = np.arange(len(result.comparisons))[::-1]
    for height, (place, each) in zip(places, enumerate(result.comparisons), strict=True):
        effect = result.replicates.effect[:, place] / each.sd
        effect = effect[np.isfinite(effect)]
        if not effect.size:
            continue
        low, high = np.percentile(effect, [2.5, 97.5])
        axes.plot([low, high], [height, height], color=SHADE, linewidth=7.0, solid_capstyle="butt", zorder=1)
        axes.plot(effect.mean(), height, "o", color=INK, markersize=5.0)
        axes.plot(each.truth / each.sd, height, "|", color=VERMILLION, markersize=13.0, markeredgewidth=1.8)
        margin = each.comparison.margin
        for bound in [] if margin is None else [-margin, margin][: 1 + (each.comparison.hypothesis == "equivalence")]:
            axes.plot(bound / each.sd, height, "D", color=BLUE, markersize=4.0)
    axes.axvline(0.0, color=GREY, linewidth=0.8, zorder=0)
    names = [_broken(each.name) for each in result.comparisons]
    axes.set_yticks(places, names, parse_math=False, fontsize=7.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-0.6, len(places) - 0.4)
    axes.set_xlabel("Effect, in SD within arms")
    axes.set_title("Effects over trials")


def _power(axes: Axes, result: TrialResult) -> None:
    for number, each in enumerate(result.comparisons):
        n = np.array(each.curve.n, dtype=float)
        power = 100.0 * np.array([share.value for share in each.curve.power])
        error = 196.0 * np.array([share.mc_error for share in each.curve.power])
        bars = np.array([np.minimum(error, power), np.minimum(error, 100.0 - power)])
        mark, line = ("o", "s", "^", "D", "v", "P")[number % 6], ("-", "--", ":", "-.")[number % 4]
        axes.errorbar(
            n, power, bars, fmt=mark, linestyle=line, color=COLOURS[number % len(COLOURS)], markersize=4.0,
            linewidth=1.3, elinewidth=0.8, label=_broken(each.name),
        )  # fmt: skip
    axes.axhline(100.0 * result.file.design.analysis.power, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.set(xlabel="People" if result.file.design.paired else "People of the mean arm", ylabel="Power (%)")
    axes.set_ylim(0.0, 102.0)
    axes.set_xlim(left=0.0)
    axes.set_title("Power over size")
    axes.legend(fontsize=7.5, frameon=False, loc="upper left", bbox_to_anchor=(0.0, -0.2))


def _broken(name: str) -> str:
    """Return a name in two lines, parted at its comma."""
    shown = name if len(name) <= 2 * LONGEST else f"{name[: 2 * LONGEST - 1]}…"
    return shown.replace(", ", ",\n", 1)
