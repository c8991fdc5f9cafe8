"""The trials as pictures for the README, and their numbers: ``python -m bfrsim.report.published.forest docs``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bfrsim.report.published.csv_tables import summary_text
from bfrsim.report.published.figure import forest_svg, save_overview
from bfrsim.study.published.arms import Plan
from bfrsim.study.published.predict import Prediction
from bfrsim.study.published.score import of, scored
from bfrsim.study.published.trials import Sources, gather, validate_trials

PEOPLE, RTOL = 4, 1e-4
NAMES = ("trials.png", "forest.svg")


def cuffed(predictions: Sequence[Prediction]) -> list[Prediction]:
    """Return the rows of muscle size under a cuff, by kind of training and by what was published."""
    rows = [each for each in of(scored(predictions), "size") if each.traits.pressure_percent]
    return sorted(rows, key=lambda each: (each.traits.mode, -each.row.change))


def main() -> None:
    """Simulate every trial, write both pictures into the folder named on the command line, and print the numbers."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    validation = validate_trials(gather(Sources()), Plan(people=PEOPLE, rtol=RTOL))
    predictions = validation.left_out or validation.fitted
    seen = "constants fitted without the study" if validation.left_out else "constants fitted to all studies"
    save_overview(predictions, folder / NAMES[0])
    (folder / NAMES[1]).write_bytes(forest_svg(cuffed(predictions), f"Muscle size under a cuff, {seen}"))
    sys.stdout.write(summary_text(validation) + "\n")


if __name__ == "__main__":
    main()
