"""Predictions of published rows as a table of CSV, one line a row, and their numbers as JSON."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bfrsim.study.published.predict import Prediction
from bfrsim.study.published.traits import GROUPINGS
from bfrsim.study.published.trials import Validation

COLUMNS = (
    "group", "id", "study", "cohort", "arm", "outcome_class", "outcome", "instrument", "weeks", "published", "se",
    "predicted", "low90", "high90", "covered", "people_sd", "n", "people_simulated", "people_failed", "measure",
    "output", "stands_in", "meta_regression", "mean_by_stimulus", "stimulus", "weight", "scored", *GROUPINGS,
    "pressure_percent_aop", "suspected_reason", "file",
)  # fmt: skip


def write_predictions(validation: Validation, path: Path) -> None:
    """Write every predicted row, fitted first; numbers in percent, empty where there is none."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for group, predictions in (("fitted", validation.fitted), ("left_out", validation.left_out)):
            writer.writerows(_cells(group, each) for each in predictions)


def summary_text(validation: Validation) -> str:
    """Return the numbers of both groups as JSON: the objects ``fitted`` and ``left_out``."""
    return json.dumps(validation.summary(), indent=2, allow_nan=False)


def _cells(group: str, each: Prediction) -> Sequence[Any]:
    row, base, traits = each.row, each.baseline, each.traits
    numbers = (row.change, row.se, each.mean, each.low, each.high)
    return (
        group, row.id, row.study, row.cohort, row.arm, row.outcome_class, row.outcome, row.texts.get("instrument", ""),
        _plain(row.weeks), *map(_plain, numbers), _said(each.covered), _plain(each.people_sd), each.size,
        each.simulated, each.failed, each.measure, each.output, _said(each.stands_in),
        _plain(base.meta_regression if base else None), _plain(base.mean_by_stimulus if base else None),
        base.stimulus if base else "",
        f"{each.weight:.6g}", _said(row.scored), *(getattr(traits, name) for name in GROUPINGS),
        _plain(traits.pressure_percent), each.suspect, each.file,
    )  # fmt: skip


def _plain(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.6g}"


def _said(value: bool) -> str:
    return "yes" if value else "no"
