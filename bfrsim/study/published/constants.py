"""Which values the free constants of the model have: as the models ship them, or as a calibration wrote them.

A folder of sets holds ``trials.toml``, fitted to every row that may be fitted; ``without/COHORT.toml``, fitted without
one cohort, from which the engine's own prediction of that cohort is made; and ``spread.csv`` (columns ``id``, ``sd``),
how far the uncertainty of the constants moves the prediction of each row [%], and of a row that was not fitted, under
``size`` and ``strength``. Each of them may be missing. ``bfrsim calibrate`` writes all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bfrsim.errors import ScenarioError
from bfrsim.language.bibliography import FITTED
from bfrsim.language.join import System
from bfrsim.library import models_folder
from bfrsim.scenario.parameter_sets import read_parameter_set
from bfrsim.study.published.evidence import read_columns


@dataclass(frozen=True)
class Constants:
    """The sets that exist.

    Attributes
    ----------
    fitted : fitted to every row that may be; None where the models' own values stand.
    without : cohort -> the set fitted without it.
    spread : id of a row, or outcome -> SD of the prediction from the uncertainty of the constants [%].
    """

    fitted: Path | None = None
    without: Mapping[str, Path] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)


def find_constants(folder: Path | None = None) -> Constants:
    """Return the sets of a folder, the shipped one if left out.

    Raises
    ------
    ScenarioError
        If a folder was named that does not exist, or a file in it holds a mistake.
    """
    if folder is not None and not folder.is_dir():
        raise ScenarioError("this is no folder of parameter sets", folder)
    folder = folder or models_folder() / "parameter_sets"
    fitted, spread = folder / "trials.toml", folder / "spread.csv"
    without = {path.stem: path for path in sorted((folder / "without").glob("*.toml"))}
    for path in (*([fitted] if fitted.is_file() else []), *without.values()):
        read_parameter_set(str(path))
    return Constants(
        fitted if fitted.is_file() else None,
        without,
        {row["id"]: numbers["sd"] for row, numbers in read_columns(spread, ("id",), ("sd",))}
        if spread.is_file()
        else {},
    )


def free_constants(constants: Constants, system: System) -> int:
    """Return how many constants were fitted: those of the set, or those that the models mark as fitted."""
    if constants.fitted is not None:
        return len(read_parameter_set(str(constants.fitted)).values)
    return sum(item.source == FITTED for item in system.parameters)
