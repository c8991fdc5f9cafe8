"""A calibration in the terminal: its constants, its errors, and what it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bfrsim.report.calibrate.values import errors, told_of
from bfrsim.study.calibrate.calibration import Calibration

if TYPE_CHECKING:
    from rich.table import Table

LINES = (
    ("rmse_size", "RMS error of size [points]"),
    ("rmse_strength", "RMS error of strength [points]"),
    ("bias_size", "bias of size [points]"),
    ("bias_strength", "bias of strength [points]"),
)


def constants_table(calibration: Calibration) -> Table:
    """Return the constants: the model's value, the fitted one with its 90 % interval, how far rows tell it."""
    from bfrsim.report.terminal import add, heading_table

    table = heading_table("Free constants")
    for heading in ("", "model", "fitted", "90 % interval", "SD/prior", ""):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for each in told_of(calibration):
        unit = "" if each.constant.unit == "1" else f" [{each.constant.unit}]"
        add(
            table, f"{each.constant.name}{unit}", f"{each.constant.value:.3g}", f"{each.value:.3g}",
            f"{each.low:.3g} to {each.high:.3g}", f"{each.sd:.2f}", each.verdict,
        )  # fmt: skip
    return table


def errors_table(calibration: Calibration) -> Table:
    """Return the errors of the fitted rows, with the model's own values and with the fitted ones."""
    from bfrsim.report.terminal import add, heading_table

    fit = calibration.fit
    before, after = errors(fit, fit.predicted_start), errors(fit, fit.predicted)
    table = heading_table(f"{len(fit.problem.asked)} rows of {len(fit.problem.cohorts)} cohorts")
    for heading in ("", "model", "fitted"):
        table.add_column(heading, justify="right" if heading else "left")
    for key, words in LINES:
        if key in after:
            add(table, words, f"{before[key]:+.2f}", f"{after[key]:+.2f}")
    add(table, "cost", f"{fit.cost_start:.2f}", f"{fit.cost:.2f}")
    return table


def notes(calibration: Calibration) -> list[str]:
    """Return what a reader must know, one sentence each."""
    ends = [start.cost_end for start in calibration.fit.starts]
    told = []
    if len(ends) > 1:
        told.append(f"{len(ends)} searches ended at costs {', '.join(f'{end:.2f}' for end in sorted(ends))}.")
    if not all(start.rested for start in calibration.fit.starts):
        told.append("A search used up its rounds before it rested; --rounds gives it more.")
    for each in told_of(calibration):
        if each.partners:
            told.append(f"{each.constant.name} can hardly be told apart from {' and '.join(each.partners)}.")
    for broken in calibration.broken:
        told.append(f"BROKEN: {broken.restriction.says} ({broken.less:+.2f} % against {broken.more:+.2f} %).")
    told.append(f"{len(calibration.held) - len(calibration.broken)} of {len(calibration.held)} restrictions hold.")
    return told
