"""One bout and the curve of flow, from 0 to 100 %AOP: ``python -m bfrsim.report.session_figures DIR``.

A young man does 30-15-15-15 knee extensions at 30 %1RM with one leg, without a cuff and under one; and flow into the
leg stands against cuff pressure, at rest and in exercise, just after inflation and fifteen minutes later.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bfrsim.report.style import BLUE, GREY, INK, LIGHT, SHADE, VERMILLION, style
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.segments import compile_timeline
from bfrsim.simulation import simulate

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

NAMES = ("session_bout.png", "session_flow.png")
DOTS_PER_INCH = 130
PERSON = ['person.sex="male"', 'person.age="25 year"']
BOUT = "experiments/knee_extension"
CUFF = ['cuff.limb="leg"', 'cuff.width="13 cm"']
PRESSURES = (0, 20, 40, 60, 80, 100)  # %AOP; 0 is without a cuff
BEFORE, AFTER, STEP = 60.0, 300.0, 0.5  # s shown before and after the session
CURVE = tuple(range(0, 131, 5))  # %AOP
SOON, LATE, SPAN = 15.0, 900.0, 6.0  # s after inflation, and seconds over which flow is averaged
REST_CURVE = ['exercise.inflated="16 min"', *PERSON]
WORK_CURVE = [
    *PERSON, 'exercise.load="10 %1RM"', "exercise.sets=[60, 160, 160]", 'exercise.rest="0 s"', "cuff.from_set=2",
]  # fmt: skip


class Panel(NamedTuple):
    """What one panel of the bout shows: its heading, the name in the model, a factor, and its unit."""

    title: str
    name: str
    factor: float
    unit: str


PANELS = (
    Panel("Cuff pressure", "P_cuff", 1.0, "mmHg"),
    Panel("Flow into the leg", "limb_flow", 0.001, "L/min"),
    Panel("Blood in the veins below the cuff", "v", 1.0, "mL"),
    Panel("Tissue saturation (StO₂)", "StO2", 1.0, "%"),
    Panel("Phosphocreatine", "PCr", 1.0, "mM"),
    Panel("Muscle pH", "pH", 1.0, ""),
    Panel("Recruited share of the muscle", "recruited", 100.0, "%"),
    Panel("Mean arterial pressure", "MAP", 1.0, "mmHg"),
    Panel("Heart rate", "HR", 1.0, "1/min"),
)


def bouts() -> list[xarray.Dataset]:
    """Simulate the bout at each pressure."""
    names = [panel.name for panel in PANELS]
    found = []
    for pressure in PRESSURES:
        cuff = [*CUFF, f'cuff.pressure="{pressure} %AOP"'] if pressure else []
        scenario = read_scenario(BOUT, [*PERSON, *cuff])
        timeline = compile_timeline(scenario)
        start = float(timeline.session_start[0])
        stop = float(timeline.planned_edges()[1:][timeline.set_number >= 0][-1])
        times = np.arange(start - BEFORE, stop + AFTER, STEP)
        found.append(simulate(scenario, outputs=names, times=times).assign_attrs(begins=start))
    return found


def flow_curve(scenario: str, changes: list[str]) -> tuple[Floats, Floats, Floats]:
    """Return pressures [%AOP] and, soon after inflation and later, flow as a share of that at the lowest of them [%].

    A person who had to stop before has no later flow: NaN.
    """
    soon, late = [], []
    for pressure in CURVE:
        found = read_scenario(scenario, [*changes, *CUFF, f'cuff.pressure="{pressure} %AOP"'])
        timeline = compile_timeline(found)
        inflated = _inflated(timeline.label, timeline.set_number, timeline.planned_edges())
        moments = [inflated + SOON + np.arange(0.0, SPAN, 1.0), inflated + LATE + np.arange(0.0, SPAN, 1.0)]
        result = simulate(found, outputs=["limb_flow", "contracting"], times=np.concatenate(moments))
        flow, works = result.limb_flow.values[0], result.contracting.values[0]
        first, second = slice(0, len(moments[0])), slice(len(moments[0]), None)
        at_work = bool(works[first].all())
        soon.append(float(flow[first].mean()))
        late.append(float(flow[second].mean()) if bool(works[second].all()) == at_work else np.nan)
    return np.array(CURVE, dtype=float), np.array(soon), np.array(late)


def _inflated(labels: tuple[str, ...], sets: NDArray[np.integer], edges: Floats) -> float:
    """Return when the cuff is inflated: with the passive session, or with the second set."""
    if "inflation" in labels and not np.any(sets == 1):
        return float(edges[labels.index("inflation")])
    return float(edges[int(np.flatnonzero(sets == 1)[0])])


def draw_bouts(runs: list[xarray.Dataset]) -> Figure:
    """Draw the bout in nine panels, a line a pressure, sets shaded."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(11.0, 8.6))
        grid = figure.subplots(3, 3, sharex=True)
        figure.subplots_adjust(left=0.065, right=0.985, top=0.86, bottom=0.09, hspace=0.3, wspace=0.24)
        colours = _shades(len(runs))
        for axes, panel in zip(grid.flat, PANELS, strict=True):
            _panel(axes, panel, runs, colours)
        for axes in grid[-1]:
            axes.set_xlabel("Minutes from the start")
        lines = grid[0, 0].get_lines()[: len(runs)]
        names = ["no cuff", *(f"{pressure} %AOP" for pressure in PRESSURES[1:])]
        figure.legend(lines, names, loc="upper left", bbox_to_anchor=(0.057, 0.935), ncols=len(names), frameon=False)
        title = "Knee extension with one leg, 30-15-15-15 at 30 %1RM, 45 s rests, 13 cm cuff"
        figure.text(0.065, 0.975, title, fontsize=13, fontweight="bold", va="top")
        figure.text(0.065, 0.94, f"{_short(runs)}Grey: sets as prescribed.", fontsize=9.0, va="top", color=GREY)
    return figure


def draw_flow(curves: dict[str, tuple[Floats, Floats, Floats]]) -> Figure:
    """Draw flow against cuff pressure, a panel a state: just after inflation and a quarter of an hour later."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(9.5, 4.3))
        figure.subplots_adjust(left=0.08, right=0.98, top=0.86, bottom=0.13, wspace=0.22)
        for axes, (title, (pressures, soon, late)) in zip(figure.subplots(1, 2), curves.items(), strict=True):
            axes.axvspan(40, 80, color=LIGHT, zorder=0)
            axes.plot(pressures, soon * 0.001, color=BLUE, label=f"{SOON:.0f} s after inflation")
            axes.plot(pressures, late * 0.001, color=VERMILLION, label=f"{LATE / 60:.0f} min after inflation")
            _tell_end(axes, pressures, late)
            axes.set(xlabel="Cuff pressure (%AOP)", ylabel="Flow into the leg (L/min)", title=title)
            axes.set(xlim=(0, CURVE[-1]), ylim=(0, None), xticks=range(0, 121, 20))
            axes.legend(frameon=False, loc="upper right")
        figure.text(0.08, 0.955, "Light band: the pressures that are trained with, 40 to 80 %AOP.", color=GREY)
    return figure


def write_figures(folder: Path) -> list[Path]:
    """Simulate, draw and write both figures; return their paths."""
    import matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    curves = {
        "At rest, lying": flow_curve("experiments/rest_cuff", REST_CURVE),
        "Knee extension at 10 %1RM, 20 a minute": flow_curve(BOUT, WORK_CURVE),
    }
    paths = [folder / name for name in NAMES]
    with matplotlib.rc_context(style()):
        for path, figure in zip(paths, (draw_bouts(bouts()), draw_flow(curves)), strict=True):
            figure.savefig(path, dpi=DOTS_PER_INCH, metadata={"Software": "bfrsim"})
    return paths


def _tell_end(axes: Axes, pressures: Floats, late: Floats) -> None:
    """Say at the end of the later curve why it ends: beyond it nobody goes on that long."""
    known = np.flatnonzero(np.isfinite(late))
    if 0 < len(known) < len(late):
        last = known[-1]
        axes.annotate(
            "beyond, the man has\nto stop earlier", (pressures[last], late[last] * 0.001), xytext=(5, 0),
            textcoords="offset points", fontsize=8.0, color=VERMILLION, va="center",
        )  # fmt: skip


def _panel(axes: Axes, panel: Panel, runs: list[xarray.Dataset], colours: list[str]) -> None:
    for start, end in _sets(runs[0]):
        axes.axvspan(start, end, color=SHADE, zorder=0, linewidth=0)
    for run, colour in zip(runs, colours, strict=True):
        minutes = (run.time.values - run.attrs["begins"]) / 60.0
        axes.plot(minutes, panel.factor * run[panel.name].values[0], color=colour, linewidth=1.3)
    axes.set_title(f"{panel.title} ({panel.unit})" if panel.unit else panel.title, fontsize=9.5)
    axes.set_xlim(-BEFORE / 60.0, None)
    if panel.name in ("P_cuff", "limb_flow", "recruited", "PCr"):
        axes.set_ylim(bottom=0.0)


def _sets(run: xarray.Dataset) -> list[tuple[float, float]]:
    starts, ends = run.set_start.values[0, 0], run.set_end.values[0, 0]
    begins = run.attrs["begins"]
    return [((a - begins) / 60.0, (b - begins) / 60.0) for a, b in zip(starts, ends, strict=True) if np.isfinite(a)]


def _short(runs: list[xarray.Dataset]) -> str:
    """Say what was done where not all was."""
    told = []
    for pressure, run in zip(PRESSURES, runs, strict=True):
        done = run.repetitions.values[0, 0]
        if not np.array_equal(done, runs[0].repetitions.values[0, 0]):
            told.append(f"{pressure} %AOP {'-'.join(f'{count:.0f}' for count in done)}")
    return f"Repetitions done: {'; '.join(told)}. " if told else ""


def _shades(count: int) -> list[str]:
    """Return ink for no cuff, then colours that grow with pressure."""
    import matplotlib
    from matplotlib.colors import to_hex

    ramp = matplotlib.colormaps["viridis_r"]
    return [INK, *(to_hex(ramp(0.15 + 0.85 * at / (count - 2))) for at in range(count - 1))]


def main() -> None:
    """Write the figures into the folder named on the command line."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m bfrsim.report.session_figures DIR\n")
        raise SystemExit(2)
    for path in write_figures(Path(sys.argv[1])):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
