"""Arguments and options that several verbs share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TIGHTEST, LOOSEST = 1e-12, 1e-2
MOST_JOBS = 256

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
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but mistakes (and --json).")]
Tolerance = Annotated[
    float, typer.Option("--rtol", metavar="NUMBER", help="Relative tolerance of each integration step.")
]
Jobs = Annotated[
    int,
    typer.Option("--jobs", metavar="N", min=1, max=MOST_JOBS, help="Threads over people; results do not depend on it."),
]


def check_tolerance(rtol: float) -> None:
    """Raise SimulationError unless the tolerance is one that makes sense."""
    from bfrsim.errors import SimulationError

    if not TIGHTEST <= rtol <= LOOSEST:  # refuses NaN too
        raise SimulationError(f"--rtol {rtol:g}: expected a tolerance from {TIGHTEST:g} to {LOOSEST:g}")
