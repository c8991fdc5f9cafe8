"""A folder with a sensitivity study: figure, table and numbers, whole or not at all."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

from bfrsim.report.figure import DOTS_PER_INCH
from bfrsim.report.sensitivity.figure import draw_study
from bfrsim.report.sensitivity.table import study_summary, write_indices
from bfrsim.report.store import SENSITIVITY_NAME, SENSITIVITY_NAMES, write_folder
from bfrsim.report.style import style
from bfrsim.study.sensitivity.study import StudyResult


def write_study(result: StudyResult, folder: Path) -> dict[str, Path]:
    """Write ``sensitivity.json``, ``sensitivity.csv`` and ``sensitivity.png``; an earlier study's are replaced.

    Raises
    ------
    BfrsimError
        If the folder holds something else.
    OSError
        If it cannot be written.
    """

    def write(workshop: Path) -> None:
        import matplotlib

        table, picture = (workshop / name for name in SENSITIVITY_NAMES)
        write_indices(result, table)
        with matplotlib.rc_context(style()), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            draw_study(result).savefig(picture, dpi=DOTS_PER_INCH, metadata={"Software": "bfrsim"})
        text = json.dumps(study_summary(result), indent=2, allow_nan=False, ensure_ascii=False)
        (workshop / SENSITIVITY_NAME).write_text(text + "\n", encoding="utf-8")

    write_folder(folder, write)
    return {name.split(".")[-1]: folder / name for name in (*SENSITIVITY_NAMES, SENSITIVITY_NAME)}
