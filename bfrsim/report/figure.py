"""The figure of a run: four panels from the minutes of a session to the weeks of a programme."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from bfrsim.report.panels import hours_panel, safety_panel, session_panel, weeks_panel
from bfrsim.report.style import GREY, VERMILLION, style
from bfrsim.report.values import failure_sentences, scenario_of, session_count
from bfrsim.report.wording import prescription_text, printable, shortened
from bfrsim.scenario.description import person_text

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

SIZE = (10.5, 7.5)  # inches: a landscape page of A4 with margins
DOTS_PER_INCH = 200
FIGURE_NAMES = ("figure.png", "figure.svg")


def draw(dataset: xarray.Dataset, person: int = 0) -> Figure:
    """Draw a result, fresh from `bfrsim.simulate` or read back, with the model's own outputs and default times.

    Returns
    -------
    matplotlib.figure.Figure
        Left the first session, in minutes: muscle above, circulation and discomfort below. Right the protein balance
        of the two days after it, and the programme in weeks or, up to four of them, in days.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(style()):
        figure = Figure(figsize=SIZE)
        left, right = 0.075, 0.91
        rows = figure.add_gridspec(2, 2, left=left, right=right, top=0.815, bottom=0.1, hspace=0.45, wspace=0.5)
        column = slice(None)  # without sessions the two panels on the right have the whole page
        if session_count(dataset):
            column = slice(1, 2)
            below = rows[1, 0].subgridspec(2, 1, height_ratios=(3, 1), hspace=0.12)
            session_panel(figure.add_subplot(rows[0, 0]), dataset, person)
            circulation = figure.add_subplot(below[0])
            safety_panel(circulation, figure.add_subplot(below[1]), dataset, person)
        hours_panel(figure.add_subplot(rows[0, column]), dataset, person)
        weeks_panel(figure.add_subplot(rows[1, column]), dataset, person)
        _words(figure, dataset, left)
    return figure


def save_figure(figure: Figure, folder: Path) -> list[Path]:
    """Write ``figure.png`` for print and ``figure.svg``, the same bytes for the same figure; return their paths."""
    import matplotlib

    paths = [folder / name for name in FIGURE_NAMES]
    with matplotlib.rc_context(style()), warnings.catch_warnings():
        # A title may hold a letter that no installed typeface has; a box in its place is no reason to complain.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(paths[0], dpi=DOTS_PER_INCH, metadata={"Software": "bfrsim"})
        figure.savefig(paths[1], metadata={"Date": None, "Creator": "bfrsim"})
    return paths


def _words(figure: Figure, dataset: xarray.Dataset, left: float) -> None:
    scenario = scenario_of(dataset)
    figure.text(left, 0.982, shortened(scenario.title, 80), fontsize=13, fontweight="bold", va="top", parse_math=False)
    for height, told in ((0.948, person_text(scenario)), (0.924, prescription_text(dataset))):
        figure.text(left, height, shortened(told, 140), fontsize=9.5, va="top", parse_math=False)
    for sentence in failure_sentences(dataset)[:1]:
        failed = shortened(f"Failed: {sentence}", 140)
        figure.text(left, 0.900, failed, fontsize=9.5, va="top", color=VERMILLION, parse_math=False)
    assumed = dataset.attrs.get("parameters_assumed")
    share = f" {assumed} parameters are assumed." if assumed else ""
    small = printable(f"{dataset.attrs.get('disclaimer', '')}{share} Model {dataset.attrs.get('model_hash', '')}.")
    figure.text(left, 0.015, small, fontsize=7.5, color=GREY, parse_math=False)
