"""``bfrsim trial``: a trial that has not been run, on virtual people, many times over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import AsJson, Jobs, Quiet
from bfrsim.cli.progress import progress

if TYPE_CHECKING:
    from bfrsim.study.trial.results import TrialResult

EXAMPLES = (
    "Examples:",
    "bfrsim trial three_arms --replicates 200",
    "bfrsim trial null --replicates 2000 --json",
    "bfrsim trial my_design.toml -o out/mine --jobs 2",
)

FEWEST, MOST = 20, 100_000

DesignName = Annotated[str, typer.Argument(metavar="DESIGN", help="A .toml file, or the name of a shipped design.")]
Count = Annotated[
    int | None,
    typer.Option("--replicates", metavar="N", min=FEWEST, max=MOST, help="Trials that are run; else as the file says."),
]
TrialFolder = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="DIR", help="Folder for page, tables and figures; out/trial_DESIGN if left out."
    ),
]


def trial(
    design: DesignName,
    replicates: Count = None,
    output: TrialFolder = None,
    as_json: AsJson = False,
    jobs: Jobs = 1,
    quiet: Quiet = False,
) -> None:
    """Run a designed trial on virtual people, many times over: effects, power, how many people it needs.

    Each person is simulated once in every arm, with their own attendance, pressure and load; trials are recruited from
    them. Writes one page with the participant flow and the design in words, tables and figures.
    """
    with told_plainly():
        with progress("reading", quiet) as display:
            from bfrsim.report.store import check_folder
            from bfrsim.report.trial.store import write_trial
            from bfrsim.study.trial.read import read_design
            from bfrsim.study.trial.run import run_trial

            file = read_design(design)
            folder = output or Path("out") / f"trial_{file.path.stem}"
            check_folder(folder)
            result = run_trial(file, replicates=replicates, jobs=jobs, announce=display, progress=display.share)
            display("writing page, tables and figures")
            files = write_trial(result, folder)
        _report(result, files, as_json, quiet)


def _report(result: TrialResult, files: dict[str, Path], as_json: bool, quiet: bool) -> None:
    if as_json:
        from bfrsim.report.trial.json_text import trial_text

        typer.echo(trial_text(result))
    elif not quiet:
        from bfrsim.cli.run import tell_files
        from bfrsim.report.terminal import show
        from bfrsim.report.trial.table import arms_table, comparisons_table, notes

        show(arms_table(result))
        typer.echo("")
        show(comparisons_table(result))
        typer.echo("")
        for sentence in notes(result):
            show(f" {sentence}")
        tell_files(files)
