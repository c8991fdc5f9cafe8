"""``bfrsim compare``: scenarios side by side, as a table of differences and an overlaid figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import FAILED, stop, told_plainly
from bfrsim.cli.options import AsJson, Changes, Quiet
from bfrsim.cli.progress import Display, progress
from bfrsim.cli.run import tell_files

if TYPE_CHECKING:
    from bfrsim.report.comparison import Compared

EXAMPLES = (
    "Examples:",
    "bfrsim compare bfr_knee_extension high_load low_load",
    'bfrsim compare bfr_walking walking --set person.age="80 year" -o out/walks',
    "bfrsim compare out/bfr_knee_extension out/high_cuff",
)

FOLDER, MOST = Path("out/compare"), 7

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="A B [C ...]", help="Scenarios, or folders that `bfrsim run` wrote; the first is the measure."
    ),
]
CompareFolder = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for figure.png, figure.svg and comparison.json.")
]


def compare(
    sources: Sources,
    output: CompareFolder = FOLDER,
    changes: Changes = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare two to seven scenarios: what the session does, and what the programme gives.

    Changes by --set are made in every scenario.
    """
    with told_plainly():
        results, files = _computed(sources, output, changes or [], quiet)
        _report(results, files, as_json, quiet)
    failed = [each.name for each in results if each.dataset.attrs["failures"]]
    if failed:
        stop(f"the run failed: {', '.join(failed)}; values after that are NaN", FAILED)


def _computed(
    sources: list[str], folder: Path, changes: list[str], quiet: bool
) -> tuple[list[Compared], dict[str, Path]]:
    """Everything a user can get wrong is checked before anything is computed."""
    with progress("reading", quiet) as display:
        from bfrsim.errors import BfrsimError
        from bfrsim.report.comparison_figure import write_comparison
        from bfrsim.report.store import check_folder

        if not 2 <= len(sources) <= MOST:
            raise BfrsimError(f"compare takes 2 to {MOST} scenarios, found {len(sources)}")
        check_folder(folder)
        results = _results(sources, changes, display)
        display("writing figure")
        return results, write_comparison(results, folder)


def _results(sources: list[str], changes: list[str], display: Display) -> list[Compared]:
    from bfrsim import read_scenario, simulate
    from bfrsim.errors import BfrsimError
    from bfrsim.report.comparison import Compared
    from bfrsim.report.store import RESULT_NAME, read_result

    stored = {source for source in sources if (Path(source) / RESULT_NAME).is_dir()}
    if stored and changes:
        raise BfrsimError(f"--set changes a scenario before it is run; {sorted(stored)[0]} holds a finished result")
    scenarios = {source: read_scenario(source, changes) for source in sources if source not in stored}
    results = []
    for source in sources:
        display(f"integrating {Path(source).stem}")
        if source in stored:
            dataset = read_result(Path(source))
        else:
            dataset = simulate(scenarios[source], announce=display, progress=display.share)
        results.append(Compared(Path(source).stem, dataset))
    return results


def _report(results: list[Compared], files: dict[str, Path], as_json: bool, quiet: bool) -> None:
    if as_json:
        import json

        from bfrsim.report.comparison import summary_of

        told = summary_of(results) | {"files": {name: str(path) for name, path in files.items()}}
        typer.echo(json.dumps(told, indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        from bfrsim.report.comparison import comparison_table
        from bfrsim.report.terminal import show, shown_width

        show(comparison_table(results, shown_width()))
        tell_files(files)
