"""``bfrsim models``: read the equations, and their values at a moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import Changes, Quiet
from bfrsim.cli.progress import progress

if TYPE_CHECKING:
    import xarray

    from bfrsim.language.join import System

EXAMPLES = (
    "Examples:",
    "bfrsim models list",
    "bfrsim models show haemodynamics",
    "bfrsim models show bfr P_v",
    'bfrsim models eval haemodynamics P_v --at "session 1 + 90 s"',
)
DEFAULT = "bfr_knee_extension"

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A shipped model such as bfr, or a .bfr file.")]
OneName = Annotated[str | None, typer.Argument(metavar="[NAME]", help="One name of the model; all if left out.")]
Scenario = Annotated[str, typer.Option("--scenario", metavar="SCENARIO", help="Whose state: a scenario.")]
Moment = Annotated[
    str,
    typer.Option("--at", metavar="MOMENT", help='"10:01:30", "day 3 18:00" or "session 1 + 90 s"; rest if left out.'),
]

app = typer.Typer(no_args_is_help=True, help="Read the equations, and their values at a moment.")


@app.command("list", epilog="\n\n".join(EXAMPLES))
def list_models() -> None:
    """List the shipped models: unit of time, size, meaning."""
    with told_plainly():
        from bfrsim.language.join import read_system
        from bfrsim.language.parse import read_model
        from bfrsim.library import models_folder
        from bfrsim.report.model_tables import list_table
        from bfrsim.report.terminal import show

        paths = sorted(models_folder().glob("*.bfr"))
        show(list_table((read_model(path), read_system(path)) for path in paths))


@app.command("show", epilog="\n\n".join(EXAMPLES))
def show_model(model: ModelName, name: OneName = None) -> None:
    """Show every declaration of a model, or one name with what it hangs on and how much of that is assumed."""
    with told_plainly():
        from bfrsim.language.join import read_system
        from bfrsim.report.model_tables import declarations_table, name_table
        from bfrsim.report.terminal import show

        path = model_path(model)
        system = read_system(path)
        if name is None:
            show(declarations_table(system))
        else:
            _require(system, name)
            show(name_table(system, system.declared()[name], path.parent / "references.bib"))


@app.command("eval", epilog="\n\n".join(EXAMPLES))
def evaluate(
    model: ModelName,
    name: OneName = None,
    scenario: Scenario = DEFAULT,
    at: Moment = "00:00",
    changes: Changes = None,
    quiet: Quiet = False,
) -> None:
    """Give the value of a name and of its direct inputs at a moment of a scenario.

    Left out, the moment is the midnight before the programme: the person's habitual rest. At the edge of two stretches
    (a set begins) the values are those just before it.
    """
    with told_plainly():
        from bfrsim.language.join import read_system
        from bfrsim.language.reading import direct_sources

        path = model_path(model)
        system = read_system(path)
        if name is not None:
            _require(system, name)
        names = [*system.declared()] if name is None else [name, *direct_sources(system, name)]
        names = list(dict.fromkeys(names))
        dataset, flat, when = _evaluated(path, names, (scenario, changes or [], at), quiet)
        _tell(system, name, names, (dataset, flat, when))


def model_path(name: str) -> Path:
    """Return the path of a model: a shipped one by its name, or a .bfr file.

    Raises
    ------
    BfrsimError
        If there is neither; the nearest shipped name is given.
    """
    from bfrsim.errors import BfrsimError, did_you_mean
    from bfrsim.library import models_folder

    shipped = {path.stem: path for path in models_folder().glob("*.bfr")}
    if name.endswith(".bfr"):
        return Path(name)
    if name in shipped:
        return shipped[name]
    hint = did_you_mean(name, shipped) or f"; shipped are {', '.join(sorted(shipped))}"
    raise BfrsimError(f"no model '{name[:80]}'{hint}")


def _require(system: System, name: str) -> None:
    from bfrsim.errors import BfrsimError, did_you_mean

    if name not in system.declared():
        raise BfrsimError(f"the model '{system.name}' has no '{name[:80]}'{did_you_mean(name, system.declared())}")


def _evaluated(
    path: Path, names: list[str], where: tuple[str, list[str], str], quiet: bool
) -> tuple[xarray.Dataset, dict[str, str], str]:
    with progress("reading", quiet) as display:
        from bfrsim import read_scenario, simulate
        from bfrsim.cli.moment import moment_text, read_moment
        from bfrsim.report.model_values import home_system
        from bfrsim.scenario.segments import compile_timeline

        source, changes, at = where
        scenario = read_scenario(source, changes)
        moment = read_moment(at, compile_timeline(scenario))
        home, flat = home_system(path)
        display("integrating")
        outputs = [flat[name] for name in names]
        dataset = simulate(
            scenario, model=home, outputs=outputs, times=[moment], announce=display, progress=display.share
        )
        return dataset, flat, f"{source}: {moment_text(dataset, moment)}"


def _tell(
    system: System, name: str | None, names: list[str], found: tuple[xarray.Dataset, dict[str, str], str]
) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from bfrsim.report.model_values import equation_of, value_at, values_table
    from bfrsim.report.terminal import show

    dataset, flat, when = found
    if name is not None:
        item = system.declared()[name]
        unit = "" if item.unit.spelling == "1" else f" {item.unit.spelling}"
        show(Text(f"{name} = {value_at(dataset, flat[name])}{unit}: {item.meaning}", style="bold"))
        if equation := equation_of(system, name):
            show(Padding(Text(equation), (0, 0, 0, 2)))
        names = [each for each in names if each != name]
    show(Text(f"{when}\n", style="dim"))
    if names:
        show(values_table(dataset, system, names, flat))
