"""``bfrsim sensitivities``: by how much an outcome moves if one number of the model or the protocol moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import AsJson, Changes, Jobs, Quiet, ScenarioName, Tolerance, check_tolerance
from bfrsim.cli.progress import progress

if TYPE_CHECKING:
    from bfrsim.study.local_sensitivities.local import Sensitivities

EXAMPLES = (
    "Examples:",
    "bfrsim sensitivities bfr_knee_extension --of csa_change_percent --to all",
    "bfrsim sensitivities bfr_walking --of csa_change --of MAP_max --to protocol",
    "bfrsim sensitivities low_load --of StO2_min --to k_F --to exercise.load --by differences",
)
SHOWN = 20

Of = Annotated[
    list[str] | None,
    typer.Option(
        "--of", metavar="OUTPUT", help="Output at the programme's end; OUTPUT_max, OUTPUT_min: of the last session."
    ),
]
To = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="NAME",
        help="Parameter, input, or section.field of the scenario; 'all' parameters, 'inputs', 'protocol'.",
    ),
]
By = Annotated[str, typer.Option("--by", metavar="WAY", help="auto, jax or differences; auto: JAX where it is there.")]
Rows = Annotated[int, typer.Option("--rows", metavar="N", min=1, help="Most rows shown; --json has all.")]


def sensitivities(
    scenario: ScenarioName,
    of: Of = None,
    to: To = None,
    changes: Changes = None,
    by: By = "auto",
    rows: Rows = SHOWN,
    as_json: AsJson = False,
    rtol: Tolerance = 1e-6,
    jobs: Jobs = 1,
    quiet: Quiet = False,
) -> None:
    """Print local elasticities: per cent that an outcome moves when a number moves by one per cent.

    They hold near the values at hand only; what large moves do, and several at once, is another question.
    """
    with told_plainly():
        from bfrsim.study.local_sensitivities.local import local_sensitivities

        check_tolerance(rtol)
        with progress("reading", quiet) as display:
            found = local_sensitivities(
                scenario, of or ["csa_change"], to or ["all"], by=by, overrides=changes or [], rtol=rtol,
                threads=jobs, announce=display, progress=display.share,
            )  # fmt: skip
        _report(found, rows, as_json, quiet)


def _report(found: Sensitivities, rows: int, as_json: bool, quiet: bool) -> None:
    if as_json:
        import json

        from bfrsim.report.sensitivities import summary_of

        typer.echo(json.dumps(summary_of(found), indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        from bfrsim.report.sensitivities import elasticity_tables, notes
        from bfrsim.report.terminal import show

        for table in elasticity_tables(found, rows):
            show(table)
            typer.echo("")
        for sentence in notes(found):
            show(f" {sentence}")
