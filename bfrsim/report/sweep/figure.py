"""The figures of a sweep: heat maps with contours over two axes, lines over one; side by side for modes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.report.figure import DOTS_PER_INCH
from bfrsim.report.style import GREY, style
from bfrsim.report.sweep.panels import COLOURS, heat_panel, line_panel
from bfrsim.report.sweep.values import slice_statistics
from bfrsim.report.wording import shortened
from bfrsim.scenario.wording import shown
from bfrsim.study.sweep.axes import SCENARIO, Axis
from bfrsim.study.sweep.outputs import Output
from bfrsim.study.sweep.plan import Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS, MOST_PANELS = 3, 6
LETTERS = 12.0  # of small print in an inch
PANEL, TOP, BOTTOM, SIDES = (3.45, 2.75), 1.05, 0.75, 0.35  # inches
Index = tuple[int | slice, ...]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """Which axis goes where.

    Attributes
    ----------
    x, y : numbers of axes; y is None where there is one axis of numbers.
    side : number of the axis whose values stand side by side, or are lines of their own; None if there is none.
    fixed : axis -> the value at which it is held.
    """

    x: int
    y: int | None
    side: int | None
    fixed: dict[int, int]

    def index(self, sweep: Sweep, side: int = 0) -> Index:
        """Return the slice of the grid, (x,) or (x, y) in the order of the axes, for a value of the side axis."""
        free = (self.x, self.y)
        return tuple(
            slice(None) if number in free else side if number == self.side else self.fixed[number]
            for number in range(len(sweep.axes))
        )


def layout(axes: Sequence[Axis]) -> Layout:
    """Choose axes: the first two of numbers are drawn along, the first of what is left side by side.

    Further axes, and numbers in the place of words, are held in their middle.
    """
    long = [number for number, axis in enumerate(axes) if axis.numbers and len(axis) > 1]
    x = long[0] if long else 0
    y = long[1] if len(long) > 1 else None
    left = [number for number in range(len(axes)) if number not in (x, y)]
    few = [number for number in left if 1 < len(axes[number]) <= MOST_PANELS]
    side = next((number for number in few if not axes[number].numbers), few[0] if few else None)
    fixed = {number: len(axes[number]) // 2 if axes[number].numbers else 0 for number in left if number != side}
    return Layout(x, y, side, fixed)


def write_figures(path: Path, sweep: Sweep, folder: Path) -> dict[str, Path]:
    """Draw a sweep into its folder; return what was drawn -> its path."""
    chosen = layout(sweep.axes)
    pages: dict[str, tuple[Sequence[Output], Sequence[int]]] = {"sweep": (sweep.outputs, (0,))}
    if chosen.y is not None and chosen.side is not None:
        all_sides = range(len(sweep.axes[chosen.side]))
        pages = {f"sweep_{output.name}": ((output,), all_sides) for output in sweep.outputs}
    files = {}
    for name, (outputs, sides) in pages.items():
        files[name] = folder / f"{name}.png"
        _save(draw_page(path, sweep, chosen, outputs, sides), files[name])
    return files


def draw_page(
    path: Path, sweep: Sweep, chosen: Layout, outputs: Sequence[Output], sides: Sequence[int] = (0,)
) -> Figure:
    """Draw one panel for each output and each value of the side axis, on one page."""
    import matplotlib
    from matplotlib.figure import Figure

    panels = [(output, side) for output in outputs for side in sides]
    columns = 2 if len(panels) == 4 else min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    width, height = max(columns * PANEL[0] + SIDES, 7.2), rows * PANEL[1] + TOP + BOTTOM
    means = [] if chosen.y is None else [_mean(path, sweep, chosen, *panel) for panel in panels]
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(width, height))
        grid = figure.add_gridspec(
            rows, columns, left=0.75 / width, right=1.0 - 0.75 / width, top=1.0 - TOP / height,
            bottom=(BOTTOM + 0.25) / height, hspace=0.5, wspace=0.62 if chosen.y is not None else 0.42,
        )  # fmt: skip
        for number, (output, side) in enumerate(panels):
            axes = figure.add_subplot(grid[number // columns, number % columns])
            if chosen.y is None:
                _lines(axes, path, sweep, chosen, output, with_legend=number == 0)
            else:
                span = _span([means[number]] if len(outputs) > 1 else means)
                heat_panel(axes, means[number], sweep.axes[chosen.x], sweep.axes[chosen.y], output, span)
                if chosen.side is not None:
                    axes.set_title(_side_title(sweep.axes[chosen.side], side))
        _words(figure, sweep, chosen, outputs, height)
    return figure


def _mean(path: Path, sweep: Sweep, chosen: Layout, output: Output, side: int) -> Floats:
    """Return the mean between people along the two axes, (x, y)."""
    return slice_statistics(path, output.name, sweep, chosen.index(sweep, side)).mean


def _span(means: Sequence[Floats]) -> tuple[float, float]:
    known = np.concatenate([mean[np.isfinite(mean)] for mean in means])
    return (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)


def _lines(axes: Axes, path: Path, sweep: Sweep, chosen: Layout, output: Output, with_legend: bool) -> None:
    side = None if chosen.side is None else sweep.axes[chosen.side]
    for number, colour in zip(range(1 if side is None else len(side)), COLOURS, strict=False):
        found = slice_statistics(path, output.name, sweep, chosen.index(sweep, number))
        label = "" if side is None else shortened(side.labels[number], 24)
        line_panel(axes, found, sweep.axes[chosen.x], output, colour, label, band=sweep.people > 1)
    if with_legend and side is not None:
        axes.legend(frameon=False, fontsize=7.5, title=side.key, title_fontsize=7.5, handlelength=1.4)


def _words(figure: Figure, sweep: Sweep, chosen: Layout, outputs: Sequence[Output], height: float) -> None:
    left = 0.5 / figure.get_size_inches()[0]
    title = _title(sweep) if len(outputs) > 1 else _capital(outputs[0].meaning)
    width = figure.get_size_inches()[0]
    size = 13.0 if len(title) < 6.5 * width else 10.5
    figure.text(left, 1.0 - 0.18 / height, shortened(title, 84), fontsize=size, fontweight="bold", va="top")
    name = "" if len(outputs) > 1 else _title(sweep)
    held = [f"{sweep.axes[number].key} = {sweep.axes[number].labels[at]}" for number, at in chosen.fixed.items()]
    changed = [told for key, value in sweep.changes.items() for told in _changes(key, value)]
    people = f"mean of {sweep.people} people who finished" if sweep.people > 1 else ""
    band = ", band from 10 to 90 % of them" if sweep.people > 1 and chosen.y is None else ""
    told = "; ".join(part for part in (name, people + band, *held, *changed) if part)
    lines = "\n".join(wrap(told, int(LETTERS * width))[:2])
    figure.text(left, 1.0 - 0.46 / height, lines, fontsize=8.5, va="top", parse_math=False, linespacing=1.15)
    hatched = "Hatched: the cell has no meaning, or nobody finished. " if chosen.y is not None else ""
    small = f"{hatched}A research tool, not medical advice: limits of safety are not looked at here."
    lines = "\n".join(wrap(small, int(1.1 * LETTERS * width)))
    figure.text(left, 0.14 / height, lines, fontsize=7.5, color=GREY, parse_math=False)


def _side_title(axis: Axis, at: int) -> str:
    name = "" if axis.key == SCENARIO else f"{axis.key.rsplit('.', 1)[-1].replace('_', ' ')} "
    return shortened(f"{name}{axis.labels[at]}", 34)


def _title(sweep: Sweep) -> str:
    files = next((axis.labels for axis in sweep.axes if axis.key == SCENARIO), (sweep.title,))
    return _capital(", ".join(name.rsplit("/", 1)[-1].removesuffix(".toml").replace("_", " ") for name in files))


def _changes(key: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [told for inner, each in value.items() for told in _changes(f"{key}.{inner}", each)]
    return [f"{key} = {value if isinstance(value, str) else shown(value)}"]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _save(figure: Figure, path: Path) -> None:
    import matplotlib

    unfinished = path.with_name(f".bfrsim-{path.name}")
    with matplotlib.rc_context(style()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(unfinished, dpi=DOTS_PER_INCH, metadata={"Software": "bfrsim"}, format="png")
    os.replace(unfinished, path)
