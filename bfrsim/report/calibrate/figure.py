"""A calibration as a figure: each constant beside its prior, its profile, and which constants go together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bfrsim.report.style import BLUE, GREY, INK, LIGHT, SHADE, VERMILLION, style
from bfrsim.study.calibrate.calibration import Calibration
from bfrsim.study.calibrate.identify import GRID
from bfrsim.study.published.predict import Z_90

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def save_figure(calibration: Calibration, path: Path) -> None:
    """Write the figure as PNG."""
    import matplotlib
    from matplotlib.figure import Figure

    count = len(calibration.fit.scores)
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(12.0, 1.6 + 0.27 * max(count, 8)))
        left, middle, right = figure.subplots(1, 3, width_ratios=(1.2, 0.8, 1.0))
        _constants(left, calibration)
        _profiles(middle, calibration)
        _correlations(right, calibration)
        figure.tight_layout(w_pad=2.0)
        figure.savefig(path, dpi=150, metadata={"Software": None})


def _constants(axes: Axes, calibration: Calibration) -> None:
    """Draw prior (grey), fitted value with 90 % interval (blue), the model's own value (tick), in SDs of the prior."""
    names = [constant.name for constant in calibration.fit.problem.constants]
    places = np.arange(len(names))[::-1]
    for place, score, sd, own in zip(
        places, calibration.fit.scores, calibration.identified.sd, calibration.fit.problem.start, strict=True
    ):
        axes.plot([-Z_90, Z_90], [place, place], color=SHADE, linewidth=9.0, solid_capstyle="butt")
        axes.plot([score - Z_90 * sd, score + Z_90 * sd], [place, place], color=BLUE, linewidth=3.0)
        axes.plot(score, place, "o", color=BLUE, markersize=4.5, markeredgecolor="white")
        axes.plot([own, own], [place - 0.32, place + 0.32], color=INK, linewidth=1.2)
    axes.set_yticks(places, names, parse_math=False)
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.set_xlabel("SDs of the prior")
    axes.set_title("Prior (grey), fitted with 90 % (blue), before (tick)", fontsize=9.5)


def _profiles(axes: Axes, calibration: Calibration) -> None:
    """Draw the rise of the cost as each constant is held away from its best value, beside a parabola."""
    axes.set_title("Rise of the cost, others free", fontsize=9.5)
    profile = calibration.identified.profile
    x = np.linspace(-2.2, 2.2, 60)
    axes.plot(x, 0.5 * x**2, "--", color=GREY, linewidth=1.0, label="linear model")
    grid = np.insert(np.array(GRID), len(GRID) // 2, 0.0)
    for at, row in enumerate(profile if profile.size else ()):
        axes.plot(grid, np.insert(row, len(GRID) // 2, 0.0), color=BLUE, alpha=0.5, linewidth=1.0,
                  label="simulated, one line a constant" if at == 0 else None)  # fmt: skip
    axes.set_xlabel("SDs from the best value")
    axes.set_ylim(bottom=min(0.0, float(profile.min(initial=0.0))))
    axes.legend(frameon=False, fontsize=7.5, loc="upper center")


def _correlations(axes: Axes, calibration: Calibration) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    names = [constant.name for constant in calibration.fit.problem.constants]
    colours = LinearSegmentedColormap.from_list("", [VERMILLION, LIGHT, BLUE])
    values = calibration.identified.correlation
    axes.imshow(values, cmap=colours, vmin=-1.0, vmax=1.0)
    for row in range(len(names)):
        for column in range(len(names)):
            if row != column and abs(values[row, column]) >= 0.3:
                axes.text(
                    column, row, f"{values[row, column]:.1f}".replace("0.", "."), ha="center", va="center", fontsize=6.5
                )
    axes.set_xticks(range(len(names)), names, rotation=90, parse_math=False)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title("Correlation of the constants", fontsize=9.5)
