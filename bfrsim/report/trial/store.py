"""A folder with everything on a trial: page, tables, figures and numbers, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from bfrsim.report.store import TRIAL_NAME, TRIAL_NAMES, write_folder
from bfrsim.report.trial.csv_tables import write_people, write_replicates, write_sizes
from bfrsim.report.trial.figure import save_overview
from bfrsim.report.trial.json_text import trial_text
from bfrsim.report.trial.page import page
from bfrsim.study.trial.results import TrialResult


def write_trial(result: TrialResult, folder: Path) -> dict[str, Path]:
    """Write ``trial.html``, three tables, two pictures and ``trial.json``; an earlier run's are replaced.

    Raises
    ------
    BfrsimError
        If the folder holds something else.
    OSError
        If it cannot be written.
    """

    def write(workshop: Path) -> None:
        html, people, replicates, sizes, *pictures = (workshop / name for name in TRIAL_NAMES)
        html.write_text(page(result), encoding="utf-8", newline="\n")
        write_people(result, people)
        write_replicates(result, replicates)
        write_sizes(result, sizes)
        save_overview(result, pictures)
        (workshop / TRIAL_NAME).write_text(trial_text(result) + "\n", encoding="utf-8", newline="\n")

    write_folder(folder, write)
    return {name: folder / name for name in (*TRIAL_NAMES, TRIAL_NAME)}
