"""``bfrsim sensitivity``: what outcomes hang on over the whole range of inputs, by Morris, Sobol or given data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import AsJson, Jobs, Quiet, Tolerance, check_tolerance
from bfrsim.cli.progress import progress

if TYPE_CHECKING:
    from bfrsim.study.sensitivity.study import StudyResult

EXAMPLES = (
    "Examples:",
    "bfrsim sensitivity muscle_size",
    "bfrsim sensitivity muscle_size --samples 4 -o out/first_look",
    "bfrsim sensitivity who_gains",
    "bfrsim sensitivity my_study.toml --json",
    "How a study is written: scenarios/sensitivity/muscle_size.toml. Near the values at hand: bfrsim sensitivities.",
)

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A .toml file, or the name of a shipped study.")]
Samples = Annotated[
    int | None,
    typer.Option(
        "--samples", metavar="N", help="Trajectories (Morris), base points (Sobol) or people; else as the file says."
    ),
]
StudyFolder = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="DIR", help="Folder for figure, table and numbers; out/sensitivity_STUDY."),
]


def sensitivity(
    study: StudyName,
    samples: Samples = None,
    output: StudyFolder = None,
    as_json: AsJson = False,
    rtol: Tolerance = 1e-6,
    jobs: Jobs = 1,
    quiet: Quiet = False,
) -> None:
    """Tell which inputs each outcome hangs on over their whole range, with intervals, and how that changes over time.

    Morris screens many inputs by the size of their effects; Sobol shares out the variance; given data takes people of a
    cohort, whose covariates go together. Writes a figure, a table and the numbers. Failed runs are reported and handled
    by a stated rule.
    """
    with told_plainly():
        with progress("reading", quiet) as display:
            from bfrsim.library import find_study
            from bfrsim.report.sensitivity.store import write_study
            from bfrsim.report.store import check_folder
            from bfrsim.study.sensitivity.read import read_study
            from bfrsim.study.sensitivity.study import run_study

            check_tolerance(rtol)
            spec = read_study(study, samples)
            folder = output or Path("out") / f"sensitivity_{find_study(study).stem}"
            check_folder(folder)
            result = run_study(spec, rtol=rtol, threads=jobs, announce=display, progress=display.share)
            display("writing figure and tables")
            files = write_study(result, folder)
        _report(result, files, as_json, quiet)


def _report(result: StudyResult, files: dict[str, Path], as_json: bool, quiet: bool) -> None:
    from bfrsim.report.sensitivity.table import indices_table, last_columns, notes, study_summary

    if as_json:
        import json

        told = study_summary(result) | {"files": {name: str(path) for name, path in files.items()}}
        typer.echo(json.dumps(told, indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        from bfrsim.cli.run import tell_files
        from bfrsim.report.terminal import show

        for at in last_columns(result):
            show(indices_table(result, at))
            typer.echo("")
        for sentence in notes(result):
            show(f" {sentence}")
        tell_files(files)
