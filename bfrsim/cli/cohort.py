"""``bfrsim cohort``: draw virtual people, and score them against the tables they come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import AsJson, Jobs, Quiet
from bfrsim.cli.progress import progress
from bfrsim.cli.run import tell_files

if TYPE_CHECKING:
    from bfrsim.study.cohort.schema import CohortSpec

EXAMPLES = (
    "Examples:",
    "bfrsim cohort older_adults",
    "bfrsim cohort sarcopenic_older_women -n 500 -o out/women",
    "bfrsim cohort my_cohort.toml --json --no-figure",
    "bfrsim cohort adults -n 200 --calibrate-spread scenarios/evidence/spread.toml",
)

MOST = 1_000_000

CohortName = Annotated[str, typer.Argument(metavar="COHORT", help="A .toml file, or the name of a shipped cohort.")]
Count = Annotated[
    int | None, typer.Option("-n", "--people", metavar="N", min=1, max=MOST, help="How many; else as the file says.")
]
CohortFolder = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="DIR", help="Folder for people.csv, people.nc and figures; out/COHORT if left out."
    ),
]
WithFigure = Annotated[bool, typer.Option("--figure/--no-figure", help="Draw distributions and correlations.")]
Calibrate = Annotated[
    Path | None,
    typer.Option(
        "--calibrate-spread",
        metavar="FILE",
        help="Train these people, fit how much they differ to published responses, and write that to FILE.",
    ),
]


def cohort(
    cohort: CohortName,
    people: Count = None,
    output: CohortFolder = None,
    as_json: AsJson = False,
    figure: WithFigure = True,
    calibrate_spread: Calibrate = None,
    jobs: Jobs = 1,
    quiet: Quiet = False,
) -> None:
    """Draw virtual people with correlated covariates, and score them against published tables.

    Writes the people, draws how each quantity is distributed, and tells how far means, spreads and correlations are
    from the tables. Person 17 is the same in a cohort of 20 and of 20,000.
    """
    with told_plainly():
        from bfrsim.study.cohort.spec import read_cohort

        spec = read_cohort(cohort)
        if calibrate_spread is not None:
            _fit(spec, cohort, people, calibrate_spread, jobs, quiet)
        else:
            _draw(spec, cohort, people, output, (as_json, figure, quiet))


def _draw(spec: CohortSpec, name: str, count: int | None, output: Path | None, wishes: tuple[bool, bool, bool]) -> None:
    as_json, figure, quiet = wishes
    with progress("drawing people", quiet) as display:
        from bfrsim.library import find_cohort
        from bfrsim.report.cohort.output import write_cohort
        from bfrsim.report.cohort.summary import cohort_summary
        from bfrsim.report.store import check_folder
        from bfrsim.study.cohort.draw import draw_cohort
        from bfrsim.study.cohort.score import score_population
        from bfrsim.study.cohort.variability import model_digest

        folder = output or Path("out") / find_cohort(name).stem
        check_folder(folder)
        people = draw_cohort(spec, count)
        display("scoring")
        score, digest = score_population(spec), model_digest()
        summary = cohort_summary(people, spec, score, digest)
        display("writing people and figures")
        files = write_cohort(people, spec, score, summary, folder, figure)
    if as_json:
        import json

        told = summary | {"files": {key: str(path) for key, path in files.items()}}
        typer.echo(json.dumps(told, indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        from bfrsim.report.cohort.table import cohort_table
        from bfrsim.report.terminal import show

        show(cohort_table(people, spec, score, digest))
        tell_files(files)


def _fit(spec: CohortSpec, name: str, count: int | None, file: Path, jobs: int, quiet: bool) -> None:
    with progress("training people", quiet) as display:
        from bfrsim.study.cohort.calibration import fit_spread
        from bfrsim.study.cohort.variability import model_digest, shipped_spread, write_spread

        number = spec.people if count is None else count
        spread, reached = fit_spread(spec, number, start=shipped_spread(), threads=jobs, announce=display)
        made = f"bfrsim cohort {Path(name).stem} -n {number} --calibrate-spread FILE; fitted to responses.csv"
        write_spread(file, spread, model_digest(), made, reached._asdict())
    if not quiet:
        from bfrsim.report.cohort.table import spread_table
        from bfrsim.report.terminal import show

        show(spread_table(spread, reached))
        tell_files({"spread": file})
