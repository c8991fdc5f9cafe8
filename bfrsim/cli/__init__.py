"""The command line: one small file a verb; heavy packages are imported only where a verb needs them."""

from __future__ import annotations

from typing import Annotated

import typer

from bfrsim.cli import (
    calibrate,
    check,
    cohort,
    compare,
    demo,
    describe,
    models,
    prescribe,
    replay,
    run,
    schema,
    sensitivities,
    sensitivity,
    sweep,
    trial,
    validate,
    warmup,
)

VERBS = (
    (run.run, run.EXAMPLES),
    (check.check, check.EXAMPLES),
    (demo.demo, demo.EXAMPLES),
    (describe.describe, describe.EXAMPLES),
    (compare.compare, compare.EXAMPLES),
    (replay.replay, replay.EXAMPLES),
    (cohort.cohort, cohort.EXAMPLES),
    (sensitivities.sensitivities, sensitivities.EXAMPLES),
    (sensitivity.sensitivity, sensitivity.EXAMPLES),
    (sweep.sweep, sweep.EXAMPLES),
    (trial.trial, trial.EXAMPLES),
    (prescribe.prescribe, prescribe.EXAMPLES),
    (calibrate.calibrate, calibrate.EXAMPLES),
    (schema.schema, schema.EXAMPLES),
    (warmup.warmup, warmup.EXAMPLES),
)

app = typer.Typer(
    name="bfrsim",
    help="An in-silico laboratory for blood-flow-restriction exercise.",
    epilog="Start with:  bfrsim demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb, words in VERBS:
    app.command(epilog="\n\n".join(words))(verb)
app.add_typer(models.app, name="models")
app.add_typer(validate.app, name="validate")


def main() -> None:
    """Run the command line; the exit code is 0, 1 if a simulated person failed, 2 for a mistake of the user."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        from bfrsim import __version__

        typer.echo(f"bfrsim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """An in-silico laboratory for blood-flow-restriction exercise."""
