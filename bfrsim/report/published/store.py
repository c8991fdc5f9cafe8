"""A folder with everything on published trials: page, table, picture and numbers, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from bfrsim.report.published.csv_tables import summary_text, write_predictions
from bfrsim.report.published.figure import save_overview
from bfrsim.report.published.page import page
from bfrsim.report.store import TRIALS_NAME, TRIALS_NAMES, write_folder
from bfrsim.study.published.trials import Validation


def write_trials(validation: Validation, folder: Path) -> dict[str, Path]:
    """Write ``trials.json``, ``trials.html``, ``trials.csv`` and ``trials.png``; an earlier run's are replaced.

    Raises
    ------
    BfrsimError
        If the folder holds something else.
    OSError
        If it cannot be written.
    """

    def write(workshop: Path) -> None:
        html, table, picture = (workshop / name for name in TRIALS_NAMES)
        html.write_text(page(validation), encoding="utf-8", newline="\n")
        write_predictions(validation, table)
        save_overview([*validation.fitted, *validation.left_out], picture)
        (workshop / TRIALS_NAME).write_text(summary_text(validation) + "\n", encoding="utf-8", newline="\n")

    write_folder(folder, write)
    return {name.split(".")[-1]: folder / name for name in (*TRIALS_NAMES, TRIALS_NAME)}
