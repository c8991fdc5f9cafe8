"""``bfrsim calibrate``: the free constants of the months, fitted to published trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import AsJson, Jobs, Quiet, Tolerance, check_tolerance
from bfrsim.cli.progress import Display, progress
from bfrsim.cli.validate_trials import MOST_PEOPLE, BaselineFile, Evidence, Scenarios

if TYPE_CHECKING:
    from bfrsim.study.calibrate.calibration import Calibration
    from bfrsim.study.calibrate.fit import Search
    from bfrsim.study.published.trials import Sources

EXAMPLES = (
    "Examples:",
    "bfrsim calibrate -o out/sets",
    "bfrsim calibrate --starts 1 --people 1 --no-profile -o out/quick",
    "bfrsim calibrate --begin models/parameter_sets/trials.toml --starts 1 -o out/again",
    "bfrsim validate trials --sets out/sets",
)
PEOPLE, STARTS, ROUNDS, SEED = 4, 3, 8, 20260101

DeclarationFile = Annotated[
    Path | None,
    typer.Option("--declaration", metavar="FILE", help="Which constants are free; the shipped file if left out."),
]
Folder = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for sets, numbers and figure; out/sets.")
]
People = Annotated[
    int, typer.Option("--people", metavar="N", min=1, max=MOST_PEOPLE, help="People of an arm, at most.")
]
SlopePeople = Annotated[
    int, typer.Option("--slope-people", metavar="N", min=1, max=MOST_PEOPLE, help="Of these, who give the slopes.")
]
Starts = Annotated[int, typer.Option("--starts", metavar="N", min=1, max=100, help="Searches from different places.")]
Rounds = Annotated[int, typer.Option("--rounds", metavar="N", min=1, max=200, help="Evaluations of a search, at most.")]
Begin = Annotated[
    Path | None, typer.Option("--begin", metavar="SET", help="Set at which to begin; else the model's own values.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Of the random starts.")]
Profile = Annotated[bool, typer.Option("--profile/--no-profile", help="Simulate the profile of each constant.")]


def calibrate(
    declaration: DeclarationFile = None,
    scenarios: Scenarios = None,
    evidence: Evidence = None,
    baseline: BaselineFile = None,
    output: Folder = None,
    people: People = PEOPLE,
    slope_people: SlopePeople = 1,
    starts: Starts = STARTS,
    rounds: Rounds = ROUNDS,
    seed: Seed = SEED,
    begin: Begin = None,
    profile: Profile = True,
    as_json: AsJson = False,
    rtol: Tolerance = 1e-4,
    jobs: Jobs = 1,
    quiet: Quiet = False,
) -> None:
    """Fit the declared constants to the published rows that may be fitted, and once more without each cohort.

    Writes sets of constants that `bfrsim validate trials --sets` reads, how well each constant is known, and what the
    fit breaks of what is known otherwise.
    """
    with told_plainly():
        from bfrsim.study.calibrate.fit import Search
        from bfrsim.study.calibrate.problem import Effort
        from bfrsim.study.published.trials import Sources

        check_tolerance(rtol)
        search = Search(Effort(people, rtol, jobs), slope_people, starts, rounds, seed)
        with progress("reading", quiet) as display:
            sources, folder = Sources(scenarios, evidence, baseline), output or Path("out/sets")
            calibration, files = _calibrated(sources, (declaration, begin), folder, (search, profile), display)
        _report(calibration, files, as_json, quiet)


def _calibrated(
    sources: Sources,
    told: tuple[Path | None, Path | None],
    folder: Path,
    wishes: tuple[Search, bool],
    display: Display,
) -> tuple[Calibration, dict[str, Path]]:
    """Everything a user can get wrong is checked before anything is computed, and nothing is written until then."""
    from bfrsim.report.calibrate.store import write_calibration
    from bfrsim.report.store import check_folder
    from bfrsim.study.calibrate.calibration import calibrate, request

    asked = request(sources, *told)
    check_folder(folder)
    search, profiled = wishes
    calibration = calibrate(asked, search, profiled=profiled, announce=display, share=display.share)
    display("writing sets, numbers and figure")
    return calibration, write_calibration(calibration, folder)


def _report(calibration: Calibration, files: dict[str, Path], as_json: bool, quiet: bool) -> None:
    if as_json:
        import json

        from bfrsim.report.calibrate.values import summary

        typer.echo(json.dumps(summary(calibration), indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        from bfrsim.cli.run import tell_files
        from bfrsim.report.calibrate.table import constants_table, errors_table, notes
        from bfrsim.report.terminal import show

        show(constants_table(calibration))
        show(errors_table(calibration))
        typer.echo("")
        for sentence in notes(calibration):
            show(f" {sentence}")
        tell_files(files)
