"""The front of benefit and harm: size and strength gained over the share of the nearest limit that is used."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bfrsim.report.prescribe.words import cuff_text, work_text
from bfrsim.report.style import BLUE, GREY, INK, SHADE, VERMILLION, style
from bfrsim.study.prescribe.decisions import Candidate
from bfrsim.study.prescribe.evaluate import Tried
from bfrsim.study.prescribe.results import Prescription

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = (("size", "muscle size gained [%]"), ("strength", "1RM gained [%]"))


def draw_front(result: Prescription, columns: int = 2) -> Figure:
    """Draw the two panels, beside each other or, for a phone, one below the other."""
    from matplotlib.figure import Figure

    rows = len(PANELS) // columns
    figure = Figure(figsize=(4.3 * columns, 3.5 * rows + 0.4), layout="constrained")
    for place, (name, label) in enumerate(PANELS):
        axes = figure.add_subplot(rows, columns, place + 1)
        _panel(axes, result, name, label)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=8.0)
    return figure


def save_front(result: Prescription, paths: Sequence[Path]) -> None:
    """Write the figure, without dates."""
    import matplotlib

    with matplotlib.rc_context(style()):
        figure = draw_front(result)
        for path in paths:
            kind = (
                {"metadata": {"Date": None}} if path.suffix == ".svg" else {"dpi": 150, "metadata": {"Software": None}}
            )
            figure.savefig(path, **kind)


def front_svg(result: Prescription) -> bytes:
    """Return the figure as SVG for a page: panels one below the other, text as text."""
    import matplotlib

    with matplotlib.rc_context(style() | {"svg.fonttype": "none", "font.family": "sans-serif"}):
        stream = io.BytesIO()
        draw_front(result, columns=1).savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def _panel(axes: Axes, result: Prescription, name: str, label: str) -> None:
    seen = [each for each in result.searched if each.possible]
    kept = [each for each in result.front if result.keeps(each)]
    lost = [each for each in result.front if not result.keeps(each)]
    _points(axes, seen, name, f"tried on {result.request.search_people} people", color=SHADE, s=10, zorder=1)
    again = f"front on {result.request.fresh_people} fresh people"
    _points(axes, kept, name, f"{again}, within limits", color=BLUE, s=30, zorder=3)
    _points(axes, lost, name, f"{again}, too often over", facecolors="none", edgecolors=GREY, s=30, zorder=2)
    if result.choice is not None:
        _points(axes, [result.choice], name, "the choice", color=VERMILLION, s=70, marker="D", zorder=4)
    axes.axvline(100.0, color=INK, linewidth=0.8, linestyle=":")
    axes.set(xlabel="nearest limit used, mean [%]", ylabel=label)
    xs = [100 * each.harm for each in (*seen, *result.front)]
    axes.set_xlim(min(xs) - 5.0, max(110.0, min(max(xs) + 5.0, 160.0)))
    _name(axes, result, name)


def _points(axes: Axes, tried: Sequence[Tried], name: str, label: str, **ink: Any) -> None:
    if tried:
        axes.scatter([100 * each.harm for each in tried], [getattr(each, name) for each in tried], label=label, **ink)


def _name(axes: Axes, result: Prescription, name: str) -> None:
    """Write what is done at the choice and at the ends of what is within limits."""
    kept = [each for each in result.front if result.keeps(each)] or list(result.front)
    named: dict[Candidate, Tried] = {}
    for each in (result.choice, kept[0]):
        if each is not None:
            named[each.candidate] = each
    for each in named.values():
        left = 100 * each.harm > sum(axes.get_xlim()) / 2
        axes.annotate(
            _short(each.candidate), (100 * each.harm, getattr(each, name)), xytext=(-7 if left else 7, 7),
            textcoords="offset points", fontsize=7.5, color=INK, ha="right" if left else "left", zorder=5,
        )  # fmt: skip


def _short(candidate: Candidate) -> str:
    cuff = cuff_text(candidate)
    return f"{work_text(candidate)}, {'no cuff' if cuff == 'none' else f'cuff {cuff} %AOP'}"
