"""A result on disk: a folder that holds the whole of it or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bfrsim.errors import BfrsimError
from bfrsim.report.exchange import write_csv, write_netcdf
from bfrsim.report.figure import FIGURE_NAMES, draw, save_figure

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

RESULT_NAME, COMPARISON_NAME = "result.zarr", "comparison.json"
TRIALS_NAME, TRIALS_NAMES = "trials.json", ("trials.html", "trials.csv", "trials.png")
COHORT_NAME, COHORT_NAMES = "cohort.json", ("people.csv", "people.nc", "people.png", "correlations.png")
TRIAL_NAME = "trial.json"
TRIAL_NAMES = ("trial.html", "people.csv", "replicates.csv", "sizes.csv", "trial.png", "trial.svg")
CALIBRATION_NAME = "calibration.json"
CALIBRATION_NAMES = ("trials.toml", "without", "spread.csv", "constants.csv", "calibration.png")
SENSITIVITY_NAME, SENSITIVITY_NAMES = "sensitivity.json", ("sensitivity.csv", "sensitivity.png")
PRESCRIPTION_NAME = "prescription.json"
PRESCRIPTION_NAMES = ("prescription.html", "candidates.csv", "front.csv", "front.png", "front.svg")
ACUTE_NAME, ACUTE_NAMES = "acute.json", ("acute.html", "acute_rows.csv", "acute_orders.csv", "acute_spread.csv")
EXCHANGE: dict[str, tuple[str, Callable[[xarray.Dataset, Path], None]]] = {
    "csv": ("result.csv", write_csv),
    "netcdf": ("result.nc", write_netcdf),
}
# The first of a folder's files marks it as ours: it goes first when the folder is replaced, and comes last.
MARKS = (
    RESULT_NAME, COMPARISON_NAME, TRIALS_NAME, ACUTE_NAME, COHORT_NAME, TRIAL_NAME, CALIBRATION_NAME, SENSITIVITY_NAME,
    PRESCRIPTION_NAME,
)  # fmt: skip
OURS = (
    *MARKS, *FIGURE_NAMES, *TRIALS_NAMES, *ACUTE_NAMES, *COHORT_NAMES, *TRIAL_NAMES, *CALIBRATION_NAMES,
    *SENSITIVITY_NAMES, *PRESCRIPTION_NAMES, *(name for name, _ in EXCHANGE.values()),
)  # fmt: skip
WORKSHOP = ".bfrsim-"  # begins the name of the folder in which files are made

Draw = Callable[["xarray.Dataset"], "Figure"]


def write_outputs(
    dataset: xarray.Dataset, folder: Path, formats: Sequence[str] = (), drawn: Draw = draw
) -> dict[str, Path]:
    """Write result and figures to a folder; what an earlier run left there is replaced.

    Parameters
    ----------
    formats : sequence of {"csv", "netcdf"}
        What to write beside.
    drawn : callable
        Draws the figure.

    Returns
    -------
    dict
        ``result``, ``png`` and ``svg``, and each of the formats.

    Raises
    ------
    BfrsimError
        If the folder holds something else, or what was written does not read back equal.
    OSError
        If it cannot be written.
    """

    def write(workshop: Path) -> None:
        save_result(dataset, workshop / RESULT_NAME)
        save_figure(drawn(dataset), workshop)
        for name in formats:
            file, writer = EXCHANGE[name]
            writer(dataset, workshop / file)

    write_folder(folder, write)
    names = dict(zip(("result", "png", "svg"), (RESULT_NAME, *FIGURE_NAMES), strict=True))
    names |= {name: EXCHANGE[name][0] for name in formats}
    return {name: folder / file for name, file in names.items()}


def write_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Fill a folder with what `write` makes, whole or not at all.

    Everything is made in a folder beside and moved in at the end, so that nothing half written ever looks whole.
    """
    check_folder(folder)
    made = _make_parents(folder)
    try:
        _in_workshop(folder, write)
    except BaseException:
        for parent in made:  # innermost first
            _remove_empty(parent)
        raise


def check_folder(folder: Path) -> None:
    """Raise BfrsimError if the folder cannot take a result; nothing is left behind by looking."""
    if folder.is_dir():
        foreign = foreign_names(folder)
        if foreign:
            shown = ", ".join(foreign[:3]) + (", ..." if len(foreign) > 3 else "")
            raise BfrsimError(f"{folder}: this folder holds other files ({shown}); choose a new or an empty one")
    elif os.path.lexists(folder):
        raise BfrsimError(f"{folder}: this is a file; the output is a folder")
    home = _nearest_existing(folder)
    if not home.is_dir():
        raise BfrsimError(f"{folder}: cannot be made, because {home} is a file")
    try:
        with tempfile.TemporaryDirectory(prefix=WORKSHOP, dir=home):
            pass
    except OSError as error:
        raise BfrsimError(f"{folder}: cannot write into {home}: {error.strerror or error}") from None


def foreign_names(folder: Path) -> list[str]:
    """Return what in a folder is not of an earlier run; without a result in it, everything is foreign."""
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith(WORKSHOP))
    marks = (Path(RESULT_NAME) / "zarr.json", *MARKS[1:])
    is_ours = any((folder / mark).is_file() for mark in marks)
    return [name for name in names if not is_ours or name not in OURS]


def save_result(dataset: xarray.Dataset, path: Path) -> None:
    """Write a result as Zarr and check that it reads back equal."""
    with warnings.catch_warnings():
        # Names of states are text, and Zarr's authors still discuss how version 3 spells text and a shared index.
        warnings.filterwarnings("ignore", message=".*does not have a Zarr V3 specification")
        warnings.filterwarnings("ignore", message="Consolidated metadata is currently not part")
        dataset.to_zarr(path, mode="w", consolidated=True)
    if not read_result(path).identical(dataset):
        raise BfrsimError(f"{path}: what was written does not read back equal; is the disk full or failing?")


def read_result(path: Path) -> xarray.Dataset:
    """Read a result back into memory; `path` is ``result.zarr`` or the folder that holds it."""
    import xarray

    place = path / RESULT_NAME if (path / RESULT_NAME).is_dir() else path
    if not (place / "zarr.json").is_file():
        raise BfrsimError(f"{path}: there is no result here; a result is a folder that `bfrsim run` wrote")
    with xarray.open_zarr(place) as stored:
        return stored.load()


def _in_workshop(folder: Path, write: Callable[[Path], None]) -> None:
    # On the same file system as the folder, so that moving is renaming.
    home = folder if folder.is_dir() else folder.parent
    workshop = Path(tempfile.mkdtemp(prefix=WORKSHOP, dir=home))
    try:
        fresh = workshop / "fresh"
        fresh.mkdir()
        write(fresh)
        if not folder.is_dir():
            os.replace(fresh, folder)
        else:
            _exchange(fresh, folder, workshop)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _exchange(fresh: Path, folder: Path, workshop: Path) -> None:
    """Move the old files out and the new ones in; what marks a whole folder goes first and comes last."""
    old = workshop / "old"
    old.mkdir()
    for name in OURS:
        if os.path.lexists(folder / name):
            os.replace(folder / name, old / name)
    for name in reversed(OURS):
        if os.path.lexists(fresh / name):
            os.replace(fresh / name, folder / name)


def _make_parents(folder: Path) -> list[Path]:
    """Make the folders above; return those that were missing, innermost first."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # someone else has put something there, or it never came to be
        return


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
