"""How well the engine meets published trials, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bfrsim.study.published.trials import Validation

if TYPE_CHECKING:
    from rich.table import Table

# Key of the summary, its name, and how its number is written.
LINES = (
    ("rows", "rows", "d"),
    ("studies", "studies", "d"),
    ("rmse_size", "RMS error of size [points]", ".2f"),
    ("rmse_strength", "RMS error of strength [points]", ".2f"),
    ("bias_size", "bias of size [points]", "+.2f"),
    ("bias_strength", "bias of strength [points]", "+.2f"),
    ("coverage90", "within the 90 % interval", ".0%"),
    ("rank_pairs", "arms in the right order", "d"),
    ("equal_pairs", "arms alike that are alike", "d"),
    ("skill_size", "skill in size, meta-regression", "+.2f"),
    ("skill_strength", "skill in strength, meta-regression", "+.2f"),
    ("skill_size_mean", "skill in size, mean by stimulus", "+.2f"),
    ("skill_strength_mean", "skill in strength, mean by stimulus", "+.2f"),
    ("free_constants", "free constants", "d"),
)
GROUPS = {"fitted": "fitted", "left_out": "left out"}


def scores_table(validation: Validation) -> Table:
    """Return the numbers of both groups side by side."""
    from bfrsim.report.terminal import add, heading_table

    summary = validation.summary()
    table = heading_table("Published trials")
    table.add_column("")
    for name in GROUPS.values():
        table.add_column(name, justify="right")
    for key, words, form in LINES:
        add(table, words, *(score_text(summary[group], key, form) for group in GROUPS))
    return table


def score_text(numbers: Mapping[str, Any], key: str, form: str) -> str:
    """Return a number of a summary as it is shown: counts of pairs as ``178 of 192``, skill with its interval."""
    value = numbers[key]
    if value is None:
        return "-"
    if key.endswith("_pairs"):
        return f"{numbers[f'{key}_right']} of {value}"
    interval = numbers.get(f"{key}_ci")
    text = f"{value:{form}}"
    return text if interval is None else f"{text} [{interval[0]:+.2f}, {interval[1]:+.2f}]"


def notes(validation: Validation) -> list[str]:
    """Return what a reader must know of the numbers, one sentence each."""
    every = [*validation.fitted, *validation.left_out]
    told = [
        f"At most {validation.plan.people} people of an arm were simulated; intervals are those of the trial's size."
    ]
    if not validation.material.constants.spread:
        told.append(
            "Intervals hold people and the scatter between trials; the uncertainty of the constants is not in them yet."
        )
    if validation.material.constants.fitted is None:
        told.append("No set of constants has been fitted to these trials yet: the models' own values stand.")
    if not validation.left_out:
        told.append("Nothing is left out: there is no set fitted without a cohort, and no row that is not for fitting.")
    if not validation.material.tables.baseline:
        told.append("This table has no baseline, and so no skill.")
    stand = sorted({each.measure for each in every if each.stands_in})
    if stand:
        told.append(f"The model has no output of its own for {' and '.join(stand)}: 1RM, or the nearest, stands in.")
    if validation.unanswered:
        told.append(
            f"{len(validation.unanswered)} rows to score are answered by no trial file: {_some(validation.unanswered)}."
        )
    if validation.failures:
        told.append(f"{len(validation.failures)} simulated people failed and are left out of their arm's mean.")
    return told


def _some(names: Any) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
