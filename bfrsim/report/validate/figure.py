"""One picture a topic: by how many tolerances each row misses what was measured."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bfrsim.report.style import BLUE, GREEN, GREY, INK, LIGHT, SHADE, VERMILLION, style
from bfrsim.report.validate.csv_tables import number_text
from bfrsim.study.validate.scoring import ScoredRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, LABELS, VALUES = 10.4, 4.4, 2.45  # inches of the page, of the names on the left, of the numbers on the right
ROW, HEAD, FOOT = 0.185, 0.5, 0.6  # inches
FARTHEST = 3.0  # tolerances; what errs by more stands at the edge as an arrow
COLOURS = {"good": GREEN, "fair": BLUE, "miss": VERMILLION}
TITLES = {
    "haemodynamics": "Haemodynamics",
    "oxygenation_energetics": "Oxygenation and energetics",
    "cardio_safety": "Circulation and safety",
    "protein": "Protein",
    "ros_mito_vascular": "Oxidants, mitochondria, vessels",
}
LONGEST = 64  # letters of a name
OBSERVED, SIMULATED = 52.0, 104.0  # points right of the axes: the ends of both columns


def topic_title(topic: str) -> str:
    """Return the heading of a topic."""
    return TITLES.get(topic, topic.replace("_", " "))


def topic_svg(rows: Sequence[ScoredRow], title: str) -> bytes:
    """Return the picture of some answered rows as SVG, in the order given."""
    import matplotlib

    with matplotlib.rc_context(style() | {"svg.fonttype": "none", "font.family": "sans-serif"}):
        stream = io.BytesIO()
        _figure(rows, title).savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def _figure(rows: Sequence[ScoredRow], title: str) -> Figure:
    from matplotlib.figure import Figure

    count = len(rows)
    height = HEAD + FOOT + ROW * count
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((LABELS / WIDTH, FOOT / height, 1 - (LABELS + VALUES) / WIDTH, ROW * count / height))
    axes.axvspan(-1.0, 1.0, color=LIGHT, zorder=0)
    axes.axvspan(-0.5, 0.5, color=SHADE, zorder=0)
    axes.axvline(0.0, color=GREY, linewidth=0.8, zorder=1)
    places = np.arange(count)[::-1]
    for place, each in zip(places, rows, strict=True):
        _mark(axes, float(place), each)
    axes.set(xlim=(-FARTHEST - 0.25, FARTHEST + 0.25), ylim=(-0.7, count - 0.3))
    axes.set_yticks(places, [_name(each) for each in rows], fontsize=7.5, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xticks(np.arange(-3, 4), ["-3", "-2", "-1", "0", "1", "2", "3"])
    axes.set_xlabel("Simulated minus observed, in tolerances of the row: dark band good, light band fair", fontsize=8.0)
    axes.set_title(title, fontsize=10.0)
    for words, across in (("observed", OBSERVED), ("simulated", SIMULATED)):
        _beside(axes, words, (across, 0), count - 0.2, "right")
    return figure


def _mark(axes: Axes, place: float, each: ScoredRow) -> None:
    ink = COLOURS[each.band]
    size = each.error / each.row.tolerance
    if not math.isfinite(size):
        axes.text(0.0, place, "the run failed", fontsize=7.0, color=ink, ha="center", va="center")
    else:
        # A bound counts what lies beyond it; its direction is that of the number itself.
        size = math.copysign(size, each.simulated - each.row.value) if each.row.relation != "eq" else size
        beyond = abs(size) > FARTHEST
        shape = (">" if size > 0 else "<") if beyond else "D" if each.fitted else "o"
        face = "white" if each.row.recalled else ink
        axes.plot(max(-FARTHEST, min(FARTHEST, size)), place, shape, color=ink, markerfacecolor=face, markersize=5.0)
    values = (
        (f"{_sign(each)}{each.row.value:g}", OBSERVED, "right"),
        (number_text(each.simulated) or "-", SIMULATED, "right"),
    )
    for said, across, side in (*values, (each.row.unit, SIMULATED + 4, "left")):
        _beside(axes, said, (across, 0), place, side)


def _beside(axes: Axes, said: str, offset: tuple[float, float], place: float, side: str) -> None:
    """Write words right of the axes, `offset` points from their edge, at the height of a row."""
    axes.annotate(said, (1.0, place), xycoords=("axes fraction", "data"), xytext=offset, textcoords="offset points",
                  fontsize=7.5, color=INK, va="center", ha=side, annotation_clip=False, parse_math=False)  # fmt: skip


def _sign(each: ScoredRow) -> str:
    return {"eq": "", "ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< "}[each.row.relation]


def _name(each: ScoredRow) -> str:
    told = each.row.told
    words = f"{each.row.id}  {told.get('quantity', '').replace('_', ' ')}: {told.get('condition', '')}"
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
