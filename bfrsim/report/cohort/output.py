"""The people of a cohort on disk: a table, the same with units and sources as NetCDF, the score, and the figures."""

from __future__ import annotations

import csv
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bfrsim.report.cohort.figure import draw_correlations, draw_distributions
from bfrsim.report.exchange import write_netcdf
from bfrsim.report.figure import DOTS_PER_INCH
from bfrsim.report.store import COHORT_NAME, write_folder
from bfrsim.report.style import style
from bfrsim.study.cohort.columns import COLUMNS
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.score import Score

if TYPE_CHECKING:
    import xarray

PEOPLE_CSV, PEOPLE_NETCDF, DISTRIBUTIONS, CORRELATIONS = "people.csv", "people.nc", "people.png", "correlations.png"


def write_cohort(
    people: xarray.Dataset, spec: CohortSpec, score: Score, summary: dict[str, Any], folder: Path, figures: bool = True
) -> dict[str, Path]:
    """Write a cohort to a folder; an earlier one there is replaced, whole or not at all.

    Returns
    -------
    dict
        What was written -> its path.
    """

    def write(workshop: Path) -> None:
        write_people(people, workshop / PEOPLE_CSV)
        write_netcdf(people, workshop / PEOPLE_NETCDF)
        text = json.dumps(summary, indent=2, allow_nan=False, ensure_ascii=False)
        (workshop / COHORT_NAME).write_text(text + "\n", encoding="utf-8")
        if figures:
            _save(draw_distributions(people, spec), workshop / DISTRIBUTIONS)
            _save(draw_correlations(score), workshop / CORRELATIONS)

    write_folder(folder, write)
    names = {"people": PEOPLE_CSV, "netcdf": PEOPLE_NETCDF, "score": COHORT_NAME}
    names |= {"distributions": DISTRIBUTIONS, "correlations": CORRELATIONS} if figures else {}
    return {name: folder / file for name, file in names.items()}


def write_people(people: xarray.Dataset, path: Path) -> None:
    """Write one row for each person, units in the head; numbers read back to the same bits."""
    heads = [name if told.unit == "1" else f"{name} [{told.unit}]" for name, told in COLUMNS.items()]
    columns = [people["person"].values, people["candidate"].values, *(people[name].values for name in COLUMNS)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["person", "candidate", *heads])
        for row in zip(*columns, strict=True):
            writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> str:
    if isinstance(value, np.bool_):
        return "true" if value else "false"
    return repr(float(value)).removesuffix(".0") if isinstance(value, np.floating) else str(value)


def _save(figure: Any, path: Path) -> None:
    import matplotlib

    with matplotlib.rc_context(style()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(path, dpi=DOTS_PER_INCH, metadata={"Software": "bfrsim"})
