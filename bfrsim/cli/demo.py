"""``bfrsim demo``: the main scenario, into a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bfrsim.cli.run import run

EXAMPLES = ("Examples:", "bfrsim demo", "bfrsim demo -o out/first")

DEMO, FOLDER = "bfr_knee_extension", Path("out/demo")

DemoFolder = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for result.zarr, figure.png and figure.svg.")
]


def demo(output: DemoFolder = FOLDER) -> None:
    """Run the main scenario: twelve weeks of light knee extension under a cuff."""
    run(DEMO, output)
    typer.echo(f"\n Look at {output / 'figure.png'}. Then change something:")
    typer.echo(f'   bfrsim run {DEMO} --set cuff.pressure="0 %AOP"')
