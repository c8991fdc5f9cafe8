"""A folder with everything on acute measurements: page, tables and numbers, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from bfrsim.report.store import ACUTE_NAME, ACUTE_NAMES, write_folder
from bfrsim.report.validate.csv_tables import summary_text, write_orders, write_scores
from bfrsim.report.validate.page import page
from bfrsim.report.validate.spread import write_spread
from bfrsim.study.validate.acute import Validation


def write_validation(validation: Validation, folder: Path) -> dict[str, Path]:
    """Write ``acute.html``, ``acute_rows.csv``, ``acute_orders.csv`` and ``acute.json``; an earlier run's are replaced.

    Where people were simulated, ``acute_spread.csv`` stands beside them.

    Raises
    ------
    BfrsimError
        If the folder holds something else.
    OSError
        If it cannot be written.
    """

    def write(workshop: Path) -> None:
        html, rows, orders, spread = (workshop / name for name in ACUTE_NAMES)
        html.write_text(page(validation), encoding="utf-8", newline="\n")
        write_scores(validation, rows)
        write_orders(validation, orders)
        if validation.spread:
            write_spread(validation, spread)
        (workshop / ACUTE_NAME).write_text(summary_text(validation) + "\n", encoding="utf-8", newline="\n")

    write_folder(folder, write)
    names = dict(zip(("page", "rows", "orders", "spread", "json"), (*ACUTE_NAMES, ACUTE_NAME), strict=True))
    return {name: folder / file for name, file in names.items() if name != "spread" or validation.spread}
