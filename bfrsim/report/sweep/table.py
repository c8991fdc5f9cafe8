"""A sweep in the terminal and as plain values: how much finished, why the rest did not, and the best cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bfrsim.report.sweep.values import SHOWN, Statistics, Tally, statistics, values_of
from bfrsim.report.terminal import add, heading_table, labelled
from bfrsim.report.wording import UNKNOWN, shortened
from bfrsim.study.sweep.plan import Sweep

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

REASONS = 4  # shown in the terminal


def sweep_report(path: Path, sweep: Sweep, told: Tally) -> list[RenderableType]:
    """Return what is printed, one below the other."""
    from rich.text import Text

    shown: list[RenderableType] = [_counts(sweep, told), Text()]
    if told.best:
        first = sweep.outputs[0]
        people = ", mean and SD of the people who finished" if sweep.people > 1 else ""
        shown += [
            _best(path, sweep, told),
            Text(f"Highest {first.name}{people}. No limit of safety is applied to this choice.", style="dim"),
        ]
    return shown


def sweep_summary(path: Path, sweep: Sweep, told: Tally) -> dict[str, Any]:
    """Return the same as plain values that JSON can write; what is not known is None."""
    best = []
    for place in told.best:
        found: dict[str, Any] = {axis.key: axis.labels[at] for axis, at in zip(sweep.axes, place, strict=True)}
        for output in sweep.outputs:
            each = statistics(values_of(path, output.name, place))
            found[output.name] = {"mean": _known(each.mean), "sd": _known(each.sd), "unit": output.unit}
        best.append(found)
    return {
        "cells": sweep.cells,
        "people": sweep.people,
        "finished": told.finished,
        "failed": told.failed,
        "cells_without_meaning": told.no_meaning,
        "reasons": dict(told.reasons),
        "best": best,
    }


def _counts(sweep: Sweep, told: Tally) -> Table:
    grid = labelled()
    axes = " x ".join(f"{len(axis)} {axis.key}" for axis in sweep.axes)
    add(grid, "Cells", f"{sweep.cells:,} ({axes})")
    if sweep.people > 1:
        add(grid, "People", f"{sweep.people:,} in each cell, the same ones")
    add(grid, "Finished", f"{told.finished:,} of {sweep.cells * sweep.people:,} programmes")
    add(grid, "No meaning", f"{told.no_meaning:,} cells" if told.no_meaning else "no cell")
    add(grid, "Failed", f"{told.failed:,} programmes" if told.failed else "none")
    for reason, count in told.reasons[:REASONS]:
        add(grid, "", f"{count:,}: {shortened(reason, 160)}")
    if len(told.reasons) > REASONS:
        add(grid, "", f"and {len(told.reasons) - REASONS} reasons more, in the store's variable 'reason'")
    return grid


def _best(path: Path, sweep: Sweep, told: Tally) -> Table:
    table = heading_table()
    table.add_column("Best cells", overflow="fold")
    for number in range(min(len(told.best), SHOWN)):
        table.add_column(str(number + 1), justify="right", overflow="fold")
    table.add_column("unit", no_wrap=True)
    for at, axis in enumerate(sweep.axes):
        labels = [axis.labels[place[at]] for place in told.best]
        add(table, axis.key, *([label.removesuffix(f" {axis.unit}") for label in labels]), axis.unit)
    for output in sweep.outputs:
        found = [statistics(values_of(path, output.name, place)) for place in told.best]
        unit = "" if output.unit == "1" else output.unit
        add(table, output.name, *(_cell(each, sweep.people > 1) for each in found), unit)
    return table


def _cell(found: Statistics, many: bool) -> str:
    mean = float(found.mean)
    if not np.isfinite(mean):
        return UNKNOWN
    return f"{mean:.3g} ± {float(found.sd):.2g}" if many else f"{mean:.3g}"


def _known(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
