"""``bfrsim replay``: one session of a saved programme alone, to the same bits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrsim.cli.ending import FAILED, stop, told_plainly
from bfrsim.cli.options import Quiet
from bfrsim.cli.progress import progress
from bfrsim.cli.run import tell_files

if TYPE_CHECKING:
    import xarray

EXAMPLES = (
    "Examples:",
    "bfrsim replay out/bfr_knee_extension --session 36",
    "bfrsim replay out/mine/result.zarr --session 1 -o out/first_session",
)

Result = Annotated[Path, typer.Argument(metavar="RESULT", help="A folder that `bfrsim run` wrote, or its result.zarr.")]
Session = Annotated[int, typer.Option("--session", metavar="K", help="Which session, counted from 1.")]
ModelFile = Annotated[
    Path | None, typer.Option("--model", metavar="FILE", help="The model of the result, if it is not the shipped one.")
]
ReplayFolder = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="DIR", help="Folder for result and figure; out/RESULT_session_K if left out."
    ),
]


def replay(
    result: Result,
    session: Session,
    output: ReplayFolder = None,
    model: ModelFile = None,
    quiet: Quiet = False,
) -> None:
    """Run one session of a saved programme again, second by second, from its stored first state.

    Every value that the result holds of that session comes out the same in every bit; if one does not, the exit code is
    1 and its name is told.
    """
    with told_plainly():
        again, files, verdict, same = _computed(result, session, (output, model), quiet)
        if not quiet:
            _tell(again, files, verdict)
    if not same:
        stop(verdict, FAILED)


def _computed(
    result: Path, session: int, places: tuple[Path | None, Path | None], quiet: bool
) -> tuple[xarray.Dataset, dict[str, Path], str, bool]:
    with progress("reading", quiet) as display:
        from bfrsim.errors import SimulationError
        from bfrsim.replay import differences
        from bfrsim.replay import replay as replayed
        from bfrsim.report.session_figure import draw_session
        from bfrsim.report.store import RESULT_NAME, check_folder, read_result, write_outputs

        output, model = places
        dataset = read_result(result)
        name = result.parent.name if result.name == RESULT_NAME else result.name
        folder = output or Path("out") / f"{name}_session_{session}"
        check_folder(folder)
        count = dataset.sizes.get("session", 0)
        if count and not 1 <= session <= count:
            raise SimulationError(f"--session {session}: the programme has sessions 1 to {count}")
        display("integrating")
        again = replayed(dataset, session - 1, model=model)
        compared, differing = differences(dataset, again)
        display("writing result and figure")
        files = write_outputs(again, folder, drawn=draw_session)
    return again, files, f"{compared} stored values compared: {_verdict(differing)}.", not differing


def _verdict(differing: list[str]) -> str:
    if not differing:
        return "the same in every bit"
    verb = "variable differs" if len(differing) == 1 else "variables differ"
    return f"{len(differing)} {verb}: {', '.join(differing)}"


def _tell(again: xarray.Dataset, files: dict[str, Path], verdict: str) -> None:
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    from bfrsim.report.safety import safety_table
    from bfrsim.report.table import session_table
    from bfrsim.report.terminal import show
    from bfrsim.report.values import scenario_of
    from bfrsim.report.wording import prescription_text, printable

    title = f"Session {again.attrs['replayed_session']}: {printable(scenario_of(again).title)}"
    parts = (
        Text(title, style="bold"),
        Text(prescription_text(again)),
        Text(),
        session_table(again),
        Text(),
        safety_table(again),
        Text(),
        Text(verdict),
    )
    show(Padding(Group(*parts), (0, 1)))
    tell_files(files)
