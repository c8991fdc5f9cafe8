"""A sensitivity study in the terminal, as JSON and as CSV: what each outcome hangs on, with intervals."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bfrsim.report.terminal import add, heading_table
from bfrsim.report.wording import UNKNOWN, shortened
from bfrsim.study.sensitivity.indices import RULE
from bfrsim.study.sensitivity.schema import GIVEN
from bfrsim.study.sensitivity.study import Column, StudyResult

if TYPE_CHECKING:
    from rich.table import Table

SHOWN, LONGEST = 10, 34
DAY = 86400.0
ENDS = np.array([0.05, 0.95])
FIELDS = ("first", "first_low", "first_high", "total", "low", "high", "sigma")
HEADS = {"morris": ("mean effect", "size mu*"), "sobol": ("first order", "total"), GIVEN: ("first order", "xi")}
NOUN = {"morris": "trajectories", "sobol": "base points", GIVEN: "people"}


def order_of(result: StudyResult, at: int) -> list[int]:
    """Return the groups by how much an outcome hangs on them, most first; what has no index comes last."""
    total = np.nan_to_num(result.indices.total[:, at], nan=-np.inf)
    return [int(group) for group in np.argsort(-total, kind="stable")]


def last_columns(result: StudyResult) -> list[int]:
    """Return, of each output, the column of its last time."""
    return list({column.output.name: at for at, column in enumerate(result.columns)}.values())


def moment_text(column: Column) -> str:
    """Return the time of a column: ``84 d``."""
    return f"{column.time / DAY:g} d"


def indices_table(result: StudyResult, at: int) -> Table:
    """Return what one outcome hangs on, most first, with the interval of the last number."""
    found, column = result.indices, result.columns[at]
    unit = column.output.unit if result.spec.method == "morris" else ""
    table = heading_table(
        f"{column.output.name}, {moment_text(column)}" + (f" ({unit})" if unit not in ("", "1") else "")
    )
    table.add_column("input", overflow="fold")
    for head in (*HEADS[result.spec.method], f"{result.spec.confidence:.0%} interval"):
        table.add_column(head, justify="right", no_wrap=True)
    for group in order_of(result, at)[:SHOWN]:
        interval = f"{_number(found.low[group, at])} to {_number(found.high[group, at])}"
        cells = [_number(part[group, at]) for part in (found.first, found.total)]
        add(table, shortened(found.groups[group], LONGEST), *cells, interval)
    return table


def notes(result: StudyResult) -> list[str]:
    """Return what must be known beside the numbers: runs, failures and their rule, ranges."""
    found, spec = result.indices, result.spec
    noun = NOUN[spec.method]
    said = [f"{found.runs:,} programmes, {found.used:,} {noun} used."]
    if found.failed:
        reasons = "; ".join(f"{count} x {shortened(reason, 120)}" for reason, count in list(result.reasons.items())[:3])
        said.append(f"{found.failed} failed, {found.lost} {noun} lost: {RULE[spec.method]}. {reasons}")
    else:
        said.append(f"None failed ({RULE[spec.method]}).")
    if spec.method == GIVEN:
        said.append(
            f"People are those of {spec.cohort}, what they are goes together; other inputs are independent of them. "
            "First order: share of variance that goes with an input; xi: 0 if the outcome is independent of it, 1 if "
            "it alone decides (given data). Inputs that go together share what either does, so that shares may add "
            "up to more than one."
        )
    elif any(each.low is None for each in result.inputs):
        ends = "from the 5th to the 95th percentile" if spec.method == "morris" else "over their whole distribution"
        said.append(f"Inputs with a prior move {ends}; all inputs are independent, groups are moved as one.")
    still = [each.name for each in result.inputs if np.ptp(each.numbers(ENDS)) == 0.0]
    if still:
        names = ", ".join(still[:5]) + (", ..." if len(still) > 5 else "")
        said.append(f"{len(still)} do not move, their value in use stands at an end of their prior: {names}.")
    return said


def study_summary(result: StudyResult) -> dict[str, Any]:
    """Return everything as plain values that JSON can write; what is not known is None."""
    found = result.indices
    return {
        "title": result.spec.title,
        "study": result.spec.model_dump(mode="json"),
        "model_hash": result.model_hash,
        "inputs": [{"name": each.name, "group": each.group, "meaning": each.meaning} for each in result.inputs],
        "runs": found.runs,
        "failed": found.failed,
        "lost": found.lost,
        "used": found.used,
        "rule": RULE[result.spec.method],
        "reasons": result.reasons,
        "indices": [
            {"output": column.output.name, "unit": column.output.unit, "days": column.time / DAY, "group": group}
            | {name: _known(getattr(found, name)[row, at]) for name in FIELDS}
            for at, column in enumerate(result.columns)
            for row, group in enumerate(found.groups)
        ],
    }


def write_indices(result: StudyResult, path: Path) -> None:
    """Write one row for each outcome, time and group."""
    rows = study_summary(result)["indices"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)


def _number(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else UNKNOWN


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
