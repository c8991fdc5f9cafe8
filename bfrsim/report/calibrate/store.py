"""A folder with a calibration: the sets that ``bfrsim validate trials --sets`` reads, numbers, table and figure."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bfrsim.report.calibrate.figure import save_figure
from bfrsim.report.calibrate.values import summary, told_of
from bfrsim.report.store import CALIBRATION_NAME, CALIBRATION_NAMES, write_folder
from bfrsim.study.calibrate.calibration import Calibration
from bfrsim.study.published.evidence import OUTCOMES

COLUMNS = (
    "name", "unit", "value", "low90", "high90", "models_own", "score", "posterior_sd_over_prior_sd",
    "jackknife_sd_over_prior_sd", "verdict", "hardly_told_apart_from", "meaning",
)  # fmt: skip


def write_calibration(calibration: Calibration, folder: Path) -> dict[str, Path]:
    """Write ``trials.toml``, ``without/*.toml``, ``spread.csv``, ``constants.csv``, ``calibration.json`` and a figure.

    Raises
    ------
    BfrsimError
        If the folder holds something else.
    OSError
        If it cannot be written.
    """

    def write(workshop: Path) -> None:
        fitted, without, spread, constants, picture = (workshop / name for name in CALIBRATION_NAMES)
        _write_set(calibration, calibration.fit.scores, "all cohorts", fitted)
        without.mkdir()
        for cohort, scores in calibration.without.items():
            _write_set(calibration, scores, f"all cohorts but {cohort}", without / f"{cohort}.toml")
        _write_spread(calibration, spread)
        _write_constants(calibration, constants)
        save_figure(calibration, picture)
        text = json.dumps(summary(calibration), indent=2, allow_nan=False, ensure_ascii=False)
        (workshop / CALIBRATION_NAME).write_text(text + "\n", encoding="utf-8", newline="\n")

    write_folder(folder, write)
    return {name.split(".")[0]: folder / name for name in (*CALIBRATION_NAMES, CALIBRATION_NAME)}


def row_spread(calibration: Calibration) -> Mapping[str, float]:
    """Return how far the uncertainty of the constants moves the prediction of each row [%], by id.

    Under the name of an outcome stands the root mean square over its rows, for rows that were not fitted.
    """
    asked, sd = calibration.fit.problem.asked, calibration.identified.spread
    found = {each.published.id: float(value) for each, value in zip(asked, sd, strict=True)}
    for outcome in OUTCOMES:
        own = np.array([each.published.outcome_class == outcome for each in asked])
        if own.any():
            found[outcome] = float(np.sqrt(np.mean(sd[own] ** 2)))
    return found


def _write_set(calibration: Calibration, scores: NDArray[np.float64], rows: str, path: Path) -> None:
    fit = calibration.fit
    values = fit.problem.values(scores)
    files = ", ".join(f"{each.name} {calibration.digests[name]}" for name, each in calibration.request.told.items())
    lines = [
        "# Written by  bfrsim calibrate.",
        f'title = "Constants of the months, fitted to {rows}"',
        f'provenance = "bfrsim calibrate: {len(fit.problem.asked)} rows at most; {files}; model {calibration.model}"',
        "",
        "[values]",
        *(f'{each.name} = "{values[each.name]:.6g} {each.unit}"' for each in fit.problem.constants),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _write_spread(calibration: Calibration, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("id", "sd"))
        writer.writerows((name, f"{sd:.4g}") for name, sd in row_spread(calibration).items())


def _write_constants(calibration: Calibration, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for each in told_of(calibration):
            numbers = (each.value, each.low, each.high, each.constant.value, each.score, each.sd, each.jackknife_sd)
            writer.writerow(
                (each.constant.name, each.constant.unit, *(f"{number:.6g}" for number in numbers), each.verdict,
                 " ".join(each.partners), each.constant.meaning)
            )  # fmt: skip
