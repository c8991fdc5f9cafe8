"""``bfrsim validate trials``: published training studies against the engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import AsJson, Jobs, Quiet, Tolerance, check_tolerance
from bfrsim.cli.progress import Display, progress

if TYPE_CHECKING:
    from bfrsim.study.published.trials import Sources, Validation

EXAMPLES = (
    "Examples:",
    "bfrsim validate trials",
    "bfrsim validate trials --people 40 -o out/trials",
    "bfrsim validate trials --scenarios my_trials --evidence my_trials.csv --baseline my_baseline.csv --json",
)
PEOPLE, MOST_PEOPLE = 8, 5000

Scenarios = Annotated[
    Path | None, typer.Option("--scenarios", metavar="DIR", help="Folder of trial files; the shipped ones if left out.")
]
Evidence = Annotated[
    Path | None,
    typer.Option("--evidence", metavar="FILE", help="Table of published rows; the shipped one if left out."),
]
BaselineFile = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="What statistics predict; for the shipped table the shipped one."),
]
Sets = Annotated[
    Path | None,
    typer.Option("--sets", metavar="DIR", help="Fitted constants: trials.toml, without/COHORT.toml, spread.csv."),
]
Folder = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="DIR", help="Folder for page, table and picture; out/trials if left out."),
]
People = Annotated[
    int, typer.Option("--people", metavar="N", min=1, max=MOST_PEOPLE, help="Most people simulated in an arm.")
]


def trials(
    scenarios: Scenarios = None,
    evidence: Evidence = None,
    baseline: BaselineFile = None,
    sets: Sets = None,
    output: Folder = None,
    people: People = PEOPLE,
    as_json: AsJson = False,
    rtol: Tolerance = 1e-6,
    jobs: Jobs = 1,
    quiet: Quiet = False,
) -> None:
    """Simulate every arm of published studies and compare it with what was found.

    Prints errors, coverage, order of arms and skill against plain statistics, and writes a page with forest plots.
    """
    with told_plainly():
        from bfrsim.study.published.trials import Sources

        check_tolerance(rtol)
        sources = Sources(scenarios, evidence, baseline, sets)
        with progress("reading", quiet) as display:
            validation, files = _validated(sources, output or Path("out/trials"), (people, rtol, jobs), display)
        _report(validation, files, as_json, quiet)


def _validated(
    sources: Sources, folder: Path, wishes: tuple[int, float, int], display: Display
) -> tuple[Validation, dict[str, Path]]:
    """Everything a user can get wrong is checked before anything is computed, and nothing is written until then."""
    from bfrsim.report.published.store import write_trials
    from bfrsim.report.store import check_folder
    from bfrsim.study.published.arms import Plan
    from bfrsim.study.published.trials import gather, validate_trials

    material = gather(sources)
    check_folder(folder)
    people, rtol, jobs = wishes
    plan = Plan(people=people, rtol=rtol, threads=jobs)
    validation = validate_trials(material, plan, announce=display, progress=display.share)
    display("writing page, table and picture")
    return validation, write_trials(validation, folder)


def _report(validation: Validation, files: dict[str, Path], as_json: bool, quiet: bool) -> None:
    if as_json:
        from bfrsim.report.published.csv_tables import summary_text

        typer.echo(summary_text(validation))
    elif not quiet:
        from bfrsim.cli.run import tell_files
        from bfrsim.report.published.table import notes, scores_table
        from bfrsim.report.terminal import show

        show(scores_table(validation))
        typer.echo("")
        for sentence in notes(validation):
            show(f" {sentence}")
        tell_files(files)
