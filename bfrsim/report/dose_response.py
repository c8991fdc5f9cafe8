"""Growth and strength against pressure, load and weeks, drawn by ``python -m bfrsim.report.dose_response docs``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.batch import Programme, simulate_programmes
from bfrsim.report.style import BLUE, GREEN, GREY, INK, VERMILLION, Label, end_labels, style
from bfrsim.scenario.read import read_scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

NAME = "dose_response.png"
WEEK = 7 * 86400.0
OUTCOMES = {"csa_change": "Muscle size (%)", "one_rm_change": "1RM (%)"}
PRESSURES = np.arange(0.0, 101.0, 10.0)  # %AOP
LOADS = np.array([15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0])  # %1RM
LONGEST = 24  # weeks


@dataclass(frozen=True)
class Curve:
    """A line: its name, its colour, where it is computed, and both outcomes there, (2, x) [%]."""

    name: str
    colour: str
    x: Floats
    y: Floats


def draw() -> Figure:
    """Simulate, and draw both outcomes against pressure, load and weeks."""
    import matplotlib
    from matplotlib.figure import Figure

    columns = (
        ("Pressure (% of occlusion)", "Light loads under a cuff", _pressures()),
        ("Load (% of 1RM)", "30, 15, 15, 15, or until failure", _loads()),
        ("Weeks", "Programmes of half a year", _weeks()),
    )
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(11.0, 6.0))
        grid = figure.subplots(2, 3)
        for row, words in enumerate(OUTCOMES.values()):
            for column, (label, title, curves) in enumerate(columns):
                _panel(grid[row, column], curves, row)
                grid[row, column].set_ylabel(words if column == 0 else "")
                if row == 0:
                    grid[row, column].set_title(title, fontsize=9.5)
                else:
                    grid[row, column].set_xlabel(label)
        figure.subplots_adjust(left=0.06, right=0.91, top=0.94, bottom=0.09, wspace=0.55, hspace=0.18)
    return figure


def _pressures() -> list[Curve]:
    """Return twelve weeks of knee extension under pressures from none to full occlusion, at three low loads."""
    lines = []
    for load, colour in ((20, VERMILLION), (30, BLUE), (40, GREEN)):
        changes = [{"exercise.load": f"{load} %1RM"} | _cuff(pressure) for pressure in PRESSURES]
        lines.append(Curve(f"{load} % 1RM", colour, PRESSURES, _ends("bfr_knee_extension", changes)))
    return lines


def _loads() -> list[Curve]:
    """Return twelve weeks of knee extension at loads from light to heavy, with and without a cuff."""
    lines = []
    for name, colour, pressure in (("cuff", BLUE, 50.0), ("no cuff", GREY, 0.0)):
        changes = [{"exercise.load": f"{load:g} %1RM"} | _cuff(pressure) for load in LOADS]
        lines.append(Curve(name, colour, LOADS, _ends("bfr_knee_extension", changes)))
    return lines


def _weeks() -> list[Curve]:
    """Return four programmes over half a year."""
    named = (
        ("high load", INK, "high_load"), ("low load, cuff", BLUE, "bfr_knee_extension"), ("low load", GREY, "low_load"),
        ("walking, cuff", GREEN, "bfr_walking"),
    )  # fmt: skip
    weeks = np.arange(0.0, LONGEST + 1.0)
    programmes = [
        Programme(read_scenario(scenario, {"calendar.weeks": LONGEST}), {}, tuple(weeks * WEEK))
        for _, _, scenario in named
    ]
    found = simulate_programmes(programmes, list(OUTCOMES))
    return [Curve(name, colour, weeks, run.values[0].T) for (name, colour, _), run in zip(named, found, strict=True)]


def _cuff(pressure: float) -> dict[str, Any]:
    return {"cuff.pressure": f"{pressure:g} %AOP"} if pressure else {"cuff": None}


def _ends(scenario: str, changes: Sequence[Mapping[str, Any]]) -> Floats:
    found = simulate_programmes([Programme(read_scenario(scenario, each)) for each in changes], list(OUTCOMES))
    return np.array([run.values[0, -1] for run in found]).T


def _panel(axes: Axes, curves: Sequence[Curve], outcome: int) -> None:
    for curve in curves:
        axes.plot(curve.x, curve.y[outcome], color=curve.colour)
    axes.set_xlim(curves[0].x[0], curves[0].x[-1])
    axes.set_ylim(bottom=min(0.0, min(float(curve.y[outcome].min()) for curve in curves)))
    end_labels(axes, [Label(curve.name, float(curve.y[outcome, -1]), curve.colour) for curve in curves])


def main() -> None:
    """Write the figure into the folder named on the command line."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    draw().savefig(folder / NAME, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
