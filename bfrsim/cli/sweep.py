"""``bfrsim sweep``: simulate a scenario at every point of a grid; a killed sweep goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bfrsim.cli.ending import INTERRUPTED, stop, told_plainly
from bfrsim.cli.options import MOST_JOBS, AsJson, Changes, Quiet, ScenarioName, Tolerance, check_tolerance
from bfrsim.cli.progress import Display, progress
from bfrsim.cli.run import tell_files

if TYPE_CHECKING:
    from bfrsim.study.sweep.plan import Sweep

EXAMPLES = (
    "Examples:",
    'bfrsim sweep bfr_knee_extension --over "cuff.pressure=0:100:10 %AOP" --over "exercise.load=15:80:5 %1RM"',
    'bfrsim sweep bfr_walking --over "cuff.pressure=0:80:20 %AOP" --over "person.age=25,45,65,85 year" --jobs 2',
    'bfrsim sweep bfr_walking --over "cuff.pressure=0:80:20 %AOP" --over scenario=bfr_walking,bfr_knee_extension',
    'bfrsim sweep high_load --over "calendar.weeks=4:24:4" --people 50 --of csa_change --of one_rm_change',
    "bfrsim sweep high_load --over parameter.k_F=4:12:2 -o out/fatigue",
    "The same command on the same folder goes on where it was killed.",
)

Over = Annotated[
    list[str] | None,
    typer.Option(
        "--over",
        metavar="KEY=VALUES",
        help="An axis, as often as wanted: start:stop:step with both ends, or values with commas. KEY is a field as "
        "for --set, 'scenario' for files, or parameter.NAME.",
    ),
]
Of = Annotated[
    list[str] | None,
    typer.Option(
        "--of",
        metavar="OUTPUT",
        help="What to keep: an output of the model (at the end; NAME_max, NAME_min over sessions), a safety value "
        "(worst session), repetitions or failed_sets. Nine of them if left out.",
    ),
]
People = Annotated[
    int | None,
    typer.Option("--people", metavar="N", min=1, max=1_000_000, help="People in each cell, the same ones in all."),
]
Cohort = Annotated[
    str | None,
    typer.Option("--cohort", metavar="COHORT", help="Whom they are drawn from; else people like SCENARIO's."),
]
Backend = Annotated[
    str, typer.Option("--backend", metavar="NAME", help="auto, lanes, numba, jax or python; each its own digits.")
]
Processes = Annotated[
    int,
    typer.Option("--jobs", metavar="N", min=1, max=MOST_JOBS, help="Processes; results do not depend on it."),
]
SweepFolder = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="DIR", help="Folder for result.zarr and figures; out/SCENARIO_sweep."),
]
WithFigure = Annotated[bool, typer.Option("--figure/--no-figure", help="Draw heat maps or lines.")]


def sweep(
    scenario: ScenarioName,
    over: Over = None,
    changes: Changes = None,
    of: Of = None,
    people: People = None,
    cohort: Cohort = None,
    backend: Backend = "auto",
    rtol: Tolerance = 1e-6,
    jobs: Processes = 1,
    output: SweepFolder = None,
    as_json: AsJson = False,
    figure: WithFigure = True,
    quiet: Quiet = False,
) -> None:
    """Simulate a scenario at every point of a grid: pressure by load, by age, by mode.

    Results stream to DIR/result.zarr; a cell that has no meaning is NaN there, with its reason. The same command on the
    same folder goes on after a kill, another one is refused.
    """
    try:
        with told_plainly():
            asked = {"changes": changes or [], "of": of or [], "people": people, "cohort": cohort, "backend": backend}
            _swept(scenario, over or [], asked | {"rtol": rtol}, output, (jobs, as_json, figure, quiet))
    except KeyboardInterrupt:
        stop("interrupted; the same command goes on from here", INTERRUPTED)


def _swept(
    source: str, over: Sequence[str], asked: dict[str, Any], output: Path | None, wishes: tuple[int, bool, bool, bool]
) -> None:
    jobs, as_json, figure, quiet = wishes
    with progress("reading", quiet) as display:
        from bfrsim.study.sweep import plan_sweep

        check_tolerance(asked["rtol"])
        plan = plan_sweep(source, over, **asked)
        folder = output or Path("out") / f"{plan.title}_sweep"
        try:
            files = _computed(plan, folder, jobs, figure, display)
        except KeyboardInterrupt:
            stop(f"interrupted; the same command on {folder} goes on from here", INTERRUPTED)
        display("looking for the best cells")
        from bfrsim.report.sweep.values import tally

        told = tally(files["result"], plan)
    if as_json:
        import json

        from bfrsim.report.sweep.table import sweep_summary

        found = sweep_summary(files["result"], plan, told) | {
            "files": {name: str(path) for name, path in files.items()}
        }
        typer.echo(json.dumps(found, indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        from bfrsim.report.sweep.table import sweep_report
        from bfrsim.report.terminal import show

        for each in sweep_report(files["result"], plan, told):
            show(each)
        tell_files(files)


def _computed(plan: Sweep, folder: Path, jobs: int, figure: bool, display: Display) -> dict[str, Path]:
    from bfrsim.study.sweep import run_sweep

    files = {"result": run_sweep(plan, folder, jobs=jobs, announce=display, progress=display.share)}
    if figure:
        from bfrsim.report.sweep.figure import write_figures

        display("drawing")
        files |= write_figures(files["result"], plan, folder)
    return files
