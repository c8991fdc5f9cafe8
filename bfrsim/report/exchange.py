"""A result for other programs: a table of the time series as CSV, and the whole of it as NetCDF."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bfrsim.errors import BfrsimError

if TYPE_CHECKING:
    import xarray


def write_csv(dataset: xarray.Dataset, path: Path) -> None:
    """Write the time series, one row for each person and time, with the unit of each column in its head.

    Numbers are written so that they read back to the same bits; a value that nobody knows is an empty field.
    """
    names = [str(name) for name, variable in dataset.data_vars.items() if variable.dims == ("person", "time")]
    units = [str(dataset[name].attrs.get("units", "1")) for name in names]
    heads = ["person", "time [s]", *(f"{name} [{unit}]" for name, unit in zip(names, units, strict=True))]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        for row, person in enumerate(dataset["person"].values):
            columns = [np.asarray(dataset[name].values[row], dtype=float) for name in names]
            for at, time in enumerate(dataset["time"].values):
                writer.writerow([person, _number(time), *(_number(column[at]) for column in columns)])


def write_netcdf(dataset: xarray.Dataset, path: Path) -> None:
    """Write the whole result as NetCDF (version 3, which every reader knows) and check that it reads back.

    Raises
    ------
    BfrsimError
        If a value does not read back the same.
    """
    import xarray

    dataset.to_netcdf(path, engine="scipy")
    with xarray.open_dataset(path, engine="scipy") as stored:
        if not stored.equals(dataset):
            raise BfrsimError(f"{path}: what was written does not read back equal; is the disk full or failing?")


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0") if np.isfinite(value) else ""
