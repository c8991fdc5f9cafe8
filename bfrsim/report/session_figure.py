"""The figure of one replayed session: muscle above, circulation and discomfort below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bfrsim.report.panels import safety_panel, session_panel
from bfrsim.report.style import GREY, style
from bfrsim.report.values import scenario_of
from bfrsim.report.wording import prescription_text, shortened

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

SIZE = (7.5, 8.0)  # inches


def draw_session(dataset: xarray.Dataset) -> Figure:
    """Draw a session that `bfrsim.replay.replay` gave, in minutes."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(style()):
        figure = Figure(figsize=SIZE)
        rows = figure.add_gridspec(2, 1, left=0.11, right=0.83, top=0.83, bottom=0.1, hspace=0.4)
        below = rows[1].subgridspec(2, 1, height_ratios=(3, 1), hspace=0.12)
        session_panel(figure.add_subplot(rows[0]), dataset)
        safety_panel(figure.add_subplot(below[0]), figure.add_subplot(below[1]), dataset)
        number, title = dataset.attrs["replayed_session"], scenario_of(dataset).title
        head = shortened(f"Session {number}: {title}", 62)
        figure.text(0.11, 0.978, head, fontsize=12, fontweight="bold", va="top", parse_math=False)
        figure.text(0.11, 0.945, shortened(prescription_text(dataset), 100), fontsize=9, va="top", parse_math=False)
        small = str(dataset.attrs.get("disclaimer", ""))
        figure.text(0.11, 0.015, small, fontsize=7.0, color=GREY, parse_math=False)
    return figure
