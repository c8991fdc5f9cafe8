"""``bfrsim run``: simulate a scenario, print the table, write result and figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import FAILED, stop, told_plainly
from bfrsim.cli.options import AsJson, Changes, Jobs, OutputFolder, Quiet, ScenarioName, Tolerance, check_tolerance
from bfrsim.cli.progress import Display, progress

if TYPE_CHECKING:
    import xarray

    from bfrsim.scenario.schema import Scenario

EXAMPLES = (
    "Examples:",
    "bfrsim run bfr_knee_extension",
    'bfrsim run bfr_knee_extension --set cuff.pressure="80 %AOP" -o out/high_cuff',
    'bfrsim run high_load --set person.age="75 year" --json',
    "bfrsim run bfr_walking --csv --netcdf",
    "bfrsim run my_scenario.toml",
)

AsCsv = Annotated[bool, typer.Option("--csv", help="Write the time series beside, as result.csv.")]
AsNetcdf = Annotated[bool, typer.Option("--netcdf", help="Write the whole result beside, as result.nc.")]


@dataclass(frozen=True)
class _Wishes:
    """How to compute and what to write."""

    rtol: float
    jobs: int
    formats: Sequence[str]
    quiet: bool


def run(
    scenario: ScenarioName,
    output: OutputFolder = None,
    changes: Changes = None,
    as_json: AsJson = False,
    csv: AsCsv = False,
    netcdf: AsNetcdf = False,
    rtol: Tolerance = 1e-6,
    jobs: Jobs = 1,
    quiet: Quiet = False,
) -> None:
    """Simulate a scenario, from the first second to the last week.

    Prints what the session and the programme do, and writes the result and a figure of four panels.
    """
    formats = [name for name, wanted in (("csv", csv), ("netcdf", netcdf)) if wanted]
    with told_plainly():
        dataset, files = _computed(scenario, output, changes or [], _Wishes(rtol, jobs, formats, quiet))
        report(dataset, files, as_json, quiet)
    end_with(dataset)


def end_with(dataset: xarray.Dataset) -> None:
    """End with exit code 1 and a sentence if a person failed."""
    failures = str(dataset.attrs["failures"])
    if failures:
        stop(f"the run failed: {failures}; values after that are NaN", FAILED)


def _computed(
    source: str, output: Path | None, changes: list[str], wishes: _Wishes
) -> tuple[xarray.Dataset, dict[str, Path]]:
    """Everything a user can get wrong is checked before anything is computed, and nothing is written until then."""
    with progress("reading", wishes.quiet) as display:
        from bfrsim.scenario.read import read_scenario

        scenario = read_scenario(source, changes)
        check_tolerance(wishes.rtol)
        folder = output or _default_folder(source)
        return _simulated(scenario, folder, wishes, display)


def _simulated(
    scenario: Scenario, folder: Path, wishes: _Wishes, display: Display
) -> tuple[xarray.Dataset, dict[str, Path]]:
    from bfrsim import simulate
    from bfrsim.report.store import check_folder, write_outputs

    check_folder(folder)
    display("integrating")
    dataset = simulate(scenario, rtol=wishes.rtol, threads=wishes.jobs, announce=display, progress=display.share)
    display("writing result and figure")
    return dataset, write_outputs(dataset, folder, wishes.formats)


def _default_folder(source: str) -> Path:
    from bfrsim.library import find_scenario

    return Path("out") / find_scenario(source).stem


def report(dataset: xarray.Dataset, files: dict[str, Path], as_json: bool, quiet: bool) -> None:
    """Print the result as a table or as one JSON object, and where its files are."""
    if as_json:
        import json

        from bfrsim.report.summary import summarise

        told = summarise(dataset) | {"files": {name: str(path) for name, path in files.items()}}
        typer.echo(json.dumps(told, indent=2, allow_nan=False))
    elif not quiet:
        from bfrsim.report.table import print_table

        print_table(dataset)
        tell_files(files)


def tell_files(files: dict[str, Path]) -> None:
    """Print where the files are, one a line."""
    typer.echo("\n Files")
    for path in files.values():
        typer.echo(f"   {path}")
