"""``bfrsim run``: simulate a scenario, print the table, write result and figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import FAILED, stop, told_plainly
from bfrsim.cli.progress import Display, progress

if TYPE_CHECKING:
    import xarray

    from bfrsim.scenario.schema import Scenario

TIGHTEST, LOOSEST = 1e-12, 1e-2

EXAMPLES = (
    "Examples:",
    "bfrsim run bfr_knee_extension",
    'bfrsim run bfr_knee_extension --set cuff.pressure="80 %AOP" -o out/high_cuff',
    'bfrsim run high_load --set person.age="75 year" --json',
    "bfrsim run my_scenario.toml",
)


ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A .toml file, or the name of a shipped scenario.")
]
OutputFolder = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="DIR",
        help="Folder for result.zarr, figure.png and figure.svg; out/SCENARIO if left out.",
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one value of the scenario; may be given repeatedly."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else.")]
Tolerance = Annotated[
    float, typer.Option("--rtol", metavar="NUMBER", help="Relative tolerance of each integration step.")
]


def run(
    scenario: ScenarioName,
    output: OutputFolder = None,
    changes: Changes = None,
    as_json: AsJson = False,
    rtol: Tolerance = 1e-6,
) -> None:
    """Simulate a scenario, from the first second to the last week.

    Prints what the session and the programme do, and writes the result and a figure of four panels.
    """
    with told_plainly():
        dataset, files = _computed(scenario, output, changes or [], rtol)
        _report(dataset, files, as_json)
    failures = str(dataset.attrs["failures"])
    if failures:
        stop(f"the run failed: {failures}; values after that are NaN", FAILED)


def _computed(
    source: str, output: Path | None, changes: list[str], rtol: float
) -> tuple[xarray.Dataset, dict[str, Path]]:
    """Everything a user can get wrong is checked before anything is computed, and nothing is written until then."""
    with progress("reading") as display:
        from bfrsim.scenario.read import read_scenario

        scenario = read_scenario(source, changes)
        _check_tolerance(rtol)
        folder = output or _default_folder(source)
        return _simulated(scenario, folder, rtol, display)


def _simulated(
    scenario: Scenario, folder: Path, rtol: float, display: Display
) -> tuple[xarray.Dataset, dict[str, Path]]:
    from bfrsim import simulate
    from bfrsim.report.store import check_folder, write_outputs

    check_folder(folder)
    display("integrating")
    dataset = simulate(scenario, rtol=rtol, announce=display, progress=display.share)
    display("writing result and figure")
    return dataset, write_outputs(dataset, folder)


def _default_folder(source: str) -> Path:
    from bfrsim.library import find_scenario

    return Path("out") / find_scenario(source).stem


def _check_tolerance(rtol: float) -> None:
    from bfrsim.errors import SimulationError

    if not TIGHTEST <= rtol <= LOOSEST:  # refuses NaN too
        raise SimulationError(f"--rtol {rtol:g}: expected a tolerance from {TIGHTEST:g} to {LOOSEST:g}")


def _report(dataset: xarray.Dataset, files: dict[str, Path], as_json: bool) -> None:
    if as_json:
        import json

        from bfrsim.report.summary import summarise

        told = summarise(dataset) | {"files": {name: str(path) for name, path in files.items()}}
        typer.echo(json.dumps(told, indent=2, allow_nan=False))
        return
    from bfrsim.report.table import print_table

    print_table(dataset)
    typer.echo("\n Files")
    for path in files.values():
        typer.echo(f"   {path}")
