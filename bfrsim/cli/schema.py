"""``bfrsim schema``: the form of a scenario, for editors that complete and check while you type."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bfrsim.cli.ending import told_plainly

EXAMPLES = (
    "Examples:",
    "bfrsim schema",
    "bfrsim schema -o schema.json",
    "Name the file in the first line of a scenario beside it:  #:schema schema.json",
)

SchemaFile = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to a file; printed if left out.")
]


def schema(output: SchemaFile = None) -> None:
    """Give the JSON Schema of scenarios, which editors of TOML use to complete keys and mark slips.

    The shipped scenarios name it in their first line, #:schema schema.json; the path is seen from the scenario.
    """
    with told_plainly():
        from bfrsim.report.editor import schema_text

        if output is None:
            typer.echo(schema_text(), nl=False)
        else:
            output.write_text(schema_text(), encoding="utf-8", newline="\n")
            typer.echo(f"{output}: written; name it in the first line of a scenario:  #:schema {output.name}")
