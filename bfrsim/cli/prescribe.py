"""``bfrsim prescribe``: which programme gives a person or a cohort most within limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import AsJson, Changes, Jobs, Quiet
from bfrsim.cli.progress import progress

if TYPE_CHECKING:
    from bfrsim.study.prescribe.results import Prescription

EXAMPLES = (
    "Examples:",
    "bfrsim prescribe sarcopenic_hypertensive_woman --jobs 2",
    'bfrsim prescribe bfr_knee_extension --set person.age="25 year" --within mode=resistance --within load=20:50',
    'bfrsim prescribe older_adults --set limits.discomfort=7 --set limits.systolic_pressure="220 mmHg"',
    "bfrsim prescribe my_scenario.toml --weight 0.8 --chance 0.05 --budget 300 --json",
)

Source = Annotated[
    str, typer.Argument(metavar="SCENARIO|COHORT", help="Whom: the person of a scenario, or the people of a cohort.")
]
ProgrammeName = Annotated[
    str, typer.Option("--programme", metavar="SCENARIO", help="For a cohort: weeks, meals, cuff and limits.")
]
Within = Annotated[
    list[str] | None,
    typer.Option(
        "--within",
        metavar="NAME=VALUES",
        help="Try less of mode, pressure, inflation, load, sets, repetitions, rest, speed, intensity, minutes or "
        "sessions: load=20:50, mode=resistance,walking.",
    ),
]
Chance = Annotated[
    float, typer.Option("--chance", metavar="P", min=0.01, max=0.5, help="Of being over any limit, at most.")
]
Weight = Annotated[
    float, typer.Option("--weight", metavar="W", min=0.0, max=1.0, help="Of strength in the benefit; the rest is size.")
]
Budget = Annotated[
    int, typer.Option("--budget", metavar="N", min=1, max=100_000, help="Programmes tried in the search.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, max=2**31 - 1, help="Of search and people.")]
People = Annotated[
    int, typer.Option("--people", metavar="N", min=5, max=100_000, help="Fresh people for the front; a check has more.")
]
PrescriptionFolder = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="DIR", help="Folder for page, tables and figure; out/prescription_NAME."),
]


def prescribe(
    source: Source,
    changes: Changes = None,
    programme: ProgrammeName = "bfr_knee_extension",
    within: Within = None,
    chance: Chance = 0.1,
    weight: Weight = 0.5,
    budget: Budget = 160,
    seed: Seed = 1,
    people: People = 64,
    output: PrescriptionFolder = None,
    as_json: AsJson = False,
    jobs: Jobs = 1,
    quiet: Quiet = False,
) -> None:
    """Search the programme that gives most size and strength within safety limits: a front, a choice, its reasons.

    Exercise, cuff, load, sets, rest and sessions a week are tried on virtual people; the front and the choice are tried
    again on fresh ones. A research tool, never the prescription of a person.
    """
    with told_plainly():
        with progress("reading", quiet) as display:
            from bfrsim.report.prescribe.store import write_prescription
            from bfrsim.report.store import check_folder
            from bfrsim.study.prescribe.prescribe import plan_prescription
            from bfrsim.study.prescribe.prescribe import prescribe as find

            plan = plan_prescription(
                source, changes=changes or [], programme=programme, within=within or [], probability=chance,
                strength_weight=weight, budget=budget, seed=seed, people=people,
            )  # fmt: skip
            folder = output or Path("out") / f"prescription_{Path(source).stem}"
            check_folder(folder)
            result = find(plan, threads=jobs, announce=display, progress=display.share)
            display("writing page, tables and figure")
            files = write_prescription(result, folder)
        _report(result, files, as_json, quiet)


def _report(result: Prescription, files: dict[str, Path], as_json: bool, quiet: bool) -> None:
    if as_json:
        from bfrsim.report.prescribe.json_text import prescription_text

        typer.echo(prescription_text(result))
    elif not quiet:
        from bfrsim.cli.run import tell_files
        from bfrsim.report.prescribe.table import prescription_report
        from bfrsim.report.terminal import show

        content: Any
        for content in prescription_report(result):
            show(content)
        tell_files(files)
