"""A folder with everything on a prescription: page, tables, figures and numbers, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from bfrsim.report.prescribe.figure import save_front
from bfrsim.report.prescribe.json_text import prescription_text, write_candidates
from bfrsim.report.prescribe.page import page
from bfrsim.report.store import PRESCRIPTION_NAME, PRESCRIPTION_NAMES, write_folder
from bfrsim.study.prescribe.results import Prescription


def write_prescription(result: Prescription, folder: Path) -> dict[str, Path]:
    """Write ``prescription.html``, two tables, two pictures and ``prescription.json``; an earlier run's are replaced.

    Raises
    ------
    BfrsimError
        If the folder holds something else.
    OSError
        If it cannot be written.
    """

    def write(workshop: Path) -> None:
        html, candidates, front, *pictures = (workshop / name for name in PRESCRIPTION_NAMES)
        html.write_text(page(result), encoding="utf-8", newline="\n")
        write_candidates(result, result.searched, candidates)
        write_candidates(result, result.front, front)
        save_front(result, pictures)
        (workshop / PRESCRIPTION_NAME).write_text(prescription_text(result) + "\n", encoding="utf-8", newline="\n")

    write_folder(folder, write)
    return {name: folder / name for name in (*PRESCRIPTION_NAMES, PRESCRIPTION_NAME)}
