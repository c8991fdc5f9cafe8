"""Ink: colours, type sizes, and labels that stand at the line they name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe & Ito: told apart in print and by colour-blind eyes.
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
INK, GREY, SHADE, LIGHT = "#222222", "#6E6E6E", "#E4E4E4", "#F1F1F1"
TITLE_PAD = 20.0  # points, room for what is done to the person
LABEL_HEIGHT = 0.085  # of an axes one unit high: labels nearer than this would overlap

STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.size": 9.0,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "bfrsim",  # without it every SVG gets random identifiers
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": INK,
    "ytick.labelsize": 8.5,
}


class Label(NamedTuple):
    """A name at the end of a line, in its colour."""

    text: str
    height: float
    colour: str


def style() -> Any:  # a dict; matplotlib's own type for it lists every key there is
    """Return the settings for ``matplotlib.rc_context``, with a typeface for Chinese titles if there is one."""
    from matplotlib import font_manager

    wide = ("Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC", "Microsoft YaHei", "SimHei", "WenQuanYi Zen Hei")
    installed = set(font_manager.fontManager.get_font_names())
    return STYLE | {"font.family": ["DejaVu Sans", *[name for name in wide if name in installed][:1]]}


def last_known(trace: NDArray[np.float64]) -> float:
    """Return the last finite value; NaN if there is none."""
    known = trace[np.isfinite(trace)]
    return float(known[-1]) if known.size else float("nan")


def end_labels(axes: Axes, labels: Sequence[Label], gap: float = LABEL_HEIGHT) -> None:
    """Write names right of the axes at the height of their lines, moved apart where they would overlap.

    Parameters
    ----------
    labels : sequence of Label
        Heights in data units; one that is not finite is left out.
    gap : float
        Least distance, as a share of the height of the axes; a text of two lines takes twice the room.
    """
    low, high = axes.get_ylim()
    shown = sorted((label for label in labels if np.isfinite(label.height)), key=lambda label: label.height)
    places = [(label.height - low) / (high - low) for label in shown]
    rooms = [gap * (1 + label.text.count("\n")) for label in shown]
    for place, label in zip(spread(places, rooms), shown, strict=True):
        beside(axes, place, label.text, color=label.colour, fontweight="bold", fontsize=8.5, linespacing=1.1)


def beside(axes: Axes, height: float, words: str, **ink: Any) -> None:
    """Write words right of the axes, as near to a wide panel as to a narrow one; `height` as a share of the axes."""
    axes.annotate(
        words, (1.0, height), xycoords=axes.transAxes, xytext=(4.0, 0.0), textcoords="offset points", va="center",
        annotation_clip=False, parse_math=False, **ink,
    )  # fmt: skip


def spread(places: Sequence[float], rooms: Sequence[float]) -> list[float]:
    """Return ascending places moved as little as needed, up and down alike, so that each has its room within the axes.

    With the room that those below need taken away, places only have to keep their order: neighbours out of order share
    their mean.
    """
    below = [0.0, *accumulate((first + second) / 2 for first, second in pairwise(rooms))]
    groups: list[tuple[float, int]] = []
    for place, taken in zip(places, below, strict=False):  # without places there is still the ground below
        mean, count = place - taken, 1
        while groups and groups[-1][0] > mean:
            other, others = groups.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        groups.append((mean, count))
    lowest, highest = (rooms[0] / 2, 1.0 - rooms[-1] / 2 - below[-1]) if rooms else (0.0, 1.0)
    free = [min(max(mean, lowest), highest) for mean, count in groups for _ in range(count)]
    return [place + taken for place, taken in zip(free, below, strict=False)]


def mark_extreme(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], colour: str, lowest: bool = False) -> None:
    """Put a dot at the highest or lowest point of a line."""
    if not np.any(np.isfinite(y)):
        return
    at = int(np.nanargmin(y) if lowest else np.nanargmax(y))
    axes.plot(x[at], y[at], "o", color=colour, markersize=4.5, markeredgecolor="white", clip_on=False, zorder=5)


def say_instead(axes: Axes, sentence: str) -> None:
    """Write a sentence where there is nothing to draw."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.text(0.5, 0.5, sentence, transform=axes.transAxes, ha="center", va="center", color=GREY)
