"""``bfrsim validate acute``: single sessions, cuffs and rest as published, against the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import AsJson, Quiet
from bfrsim.cli.progress import Display, progress

if TYPE_CHECKING:
    from bfrsim.study.validate.acute import Sources, Validation

EXAMPLES = (
    "Examples:",
    "bfrsim validate acute",
    "bfrsim validate acute --topic haemodynamics -o out/flow",
    "bfrsim validate acute --json --quiet",
    "bfrsim validate acute --people 200",
    "bfrsim validate acute --evidence my_rows.csv --mapping my_mapping.csv",
    "How a mapping is written: scenarios/evidence/README.md",
)
FOLDER = Path("out/acute")

EvidenceFile = Annotated[
    Path | None,
    typer.Option("--evidence", metavar="FILE", help="Table of published rows; the shipped one if left out."),
]
OrdersFile = Annotated[
    Path | None,
    typer.Option(
        "--orders", metavar="FILE", help="Table of relations; the shipped one, or none beside evidence of your own."
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="FILE", help="How each row is simulated; the shipped one if left out."),
]
Topic = Annotated[str | None, typer.Option("--topic", metavar="NAME", help="Only rows and relations of this topic.")]
People = Annotated[
    int,
    typer.Option(
        "--people", min=0, max=2000, metavar="N", help="Also hold the spread between N people against published SDs."
    ),
]
Folder = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the page, the tables and the counts.")
]


def acute(
    evidence: EvidenceFile = None,
    orders: OrdersFile = None,
    mapping: MappingFile = None,
    topic: Topic = None,
    people: People = 0,
    output: Folder = FOLDER,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Simulate published acute experiments and score each against its band and each relation as an order.

    Prints counts and the worst rows, and writes a page with every row, two tables and the counts. With --people every
    row that gives a SD between people is also simulated with a cohort of its own age, sex and ancestry; some minutes
    for 200 people.
    """
    with told_plainly():
        with progress("reading", quiet) as display:
            validation, files = _validated(_sources(evidence, orders, mapping), topic, people, output, display)
        _report(validation, files, as_json, quiet)


def _sources(evidence: Path | None, orders: Path | None, mapping: Path | None) -> Sources:
    from dataclasses import replace

    from bfrsim.study.validate.acute import shipped_sources

    shipped = shipped_sources()
    return replace(
        shipped,
        evidence=evidence or shipped.evidence,
        mapping=mapping or shipped.mapping,
        orders=orders or (shipped.orders if evidence is None else None),
    )


def _validated(
    sources: Sources, topic: str | None, people: int, folder: Path, display: Display
) -> tuple[Validation, dict[str, Path]]:
    from bfrsim.report.store import check_folder
    from bfrsim.report.validate.store import write_validation
    from bfrsim.study.validate.acute import validate_acute

    check_folder(folder)
    validation = validate_acute(sources, topic, announce=display, progress=display.share)
    if people:
        validation = _with_people(validation, people, display)
    display("writing page and tables")
    return validation, write_validation(validation, folder)


def _with_people(validation: Validation, people: int, display: Display) -> Validation:
    from dataclasses import replace

    from bfrsim.study.validate.spread import validate_spread

    display(f"the same with {people} people")
    spread = validate_spread(validation.sources, people, validation.topics, announce=display, progress=display.share)
    return replace(validation, spread=spread)


def _report(validation: Validation, files: dict[str, Path], as_json: bool, quiet: bool) -> None:
    if as_json:
        from bfrsim.report.validate.csv_tables import summary_text

        typer.echo(summary_text(validation))
    elif not quiet:
        from bfrsim.cli.run import tell_files
        from bfrsim.report.terminal import show
        from bfrsim.report.validate.spread import spread_table
        from bfrsim.report.validate.table import counts_table, notes, worst_table

        show(counts_table(validation))
        typer.echo("")
        show(worst_table(validation))
        typer.echo("")
        if validation.spread:
            show(spread_table(validation))
            typer.echo("")
        for sentence in notes(validation):
            show(f" {sentence}")
        tell_files(files)
