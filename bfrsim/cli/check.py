"""``bfrsim check``: read a model or a scenario and say what is in it, or what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import told_plainly

if TYPE_CHECKING:
    from bfrsim.language.join import System


EXAMPLES = ("Examples:", "bfrsim check models/bfr.bfr", "bfrsim check my_scenario.toml")


def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A model (.bfr), a scenario (.toml), or a shipped scenario's name.")
    ],
) -> None:
    """Check a model or a scenario without computing anything.

    Of a model: names, units, sources, connections. Of a scenario: keys, units, values, and whether its sessions and
    meals find their place in the day.
    """
    with told_plainly():
        lines = _model_lines(Path(file)) if file.endswith(".bfr") else _scenario_lines(file)
        for line in lines:
            typer.echo(line)


def _model_lines(path: Path) -> list[str]:
    from bfrsim.language.bibliography import ASSUMED
    from bfrsim.language.join import read_system

    system = read_system(path)
    assumed = sum(item.source == ASSUMED for item in system.parameters)
    return [
        f"{path}: ok",
        f"  {system.name}: {system.meaning}" if system.meaning else f"  {system.name}",
        f"  {_counts(system)}",
        *(f"  {note}" for note in system.notes),
        f"  {assumed} of {len(system.parameters)} parameters are assumed",
    ]


def _counts(system: System) -> str:
    counted = (
        (system.states, "state"),
        (system.parameters, "parameter"),
        (system.lines, "line"),
        (system.inputs, "input"),
        (system.events, "event"),
        (system.outputs, "output"),
    )
    return ", ".join(f"{len(items)} {word}{'' if len(items) == 1 else 's'}" for items, word in counted)


def _scenario_lines(source: str) -> list[str]:
    from bfrsim.report.wording import printable
    from bfrsim.scenario.description import person_text, programme_text
    from bfrsim.scenario.read import read_scenario
    from bfrsim.scenario.segments import compile_timeline

    scenario = read_scenario(source)
    timeline = compile_timeline(scenario)
    counts = f"{len(timeline.session_start)} sessions, {len(timeline.duration)} segments"
    return [
        f"{source}: ok",
        f"  {printable(scenario.title)}",
        f"  {person_text(scenario)}",
        f"  {programme_text(scenario.calendar)}: {counts}",
    ]
