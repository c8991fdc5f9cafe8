"""Scenarios side by side: the same quantities of each, and their differences to the first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bfrsim.report.terminal import add, heading_table, labelled
from bfrsim.report.values import (
    cuff_pressure,
    failure_sentences,
    final_value,
    repetitions,
    scenario_of,
    session_count,
    session_value,
)
from bfrsim.report.wording import number, prescription_text, printable

if TYPE_CHECKING:
    import xarray
    from rich.console import RenderableType
    from rich.table import Table

LETTERS = "ABCDEFG"  # as many as there are colours
FEWEST = 2  # so many stand in one table with their difference
LABELS_WIDTH, CELL_WIDTH = 31, 7  # columns of a terminal: quantity and unit, one value

Read = Callable[["xarray.Dataset"], float]


@dataclass(frozen=True)
class Compared:
    """A result and the name it goes by."""

    name: str
    dataset: xarray.Dataset


@dataclass(frozen=True)
class Row:
    """One quantity of every result; NaN where it has no meaning."""

    key: str
    quantity: str
    unit: str
    decimals: int
    values: tuple[float, ...]

    @property
    def differences(self) -> tuple[float, ...]:
        """Each value less the first."""
        return tuple(value - self.values[0] for value in self.values)

    @property
    def shown_differences(self) -> tuple[float, ...]:
        """Likewise of the values as they are printed, so that a reader who subtracts finds the same."""
        return replace(self, values=tuple(round(value, self.decimals) for value in self.values)).differences


def _of_session(name: str, dataset: xarray.Dataset) -> float:
    return session_value(dataset, name, 0) if session_count(dataset) else math.nan


def _cuff(which: int, dataset: xarray.Dataset) -> float:
    worn = session_count(dataset) and scenario_of(dataset).cuff is not None
    return cuff_pressure(dataset)[which] if worn else math.nan


def _repetitions(dataset: xarray.Dataset) -> float:
    done = repetitions(dataset, 0) if session_count(dataset) else np.zeros(0)
    return float(done.sum()) if done.size else math.nan


# Key in JSON, words, unit, decimals, how it is read from a result.
QUANTITIES: tuple[tuple[str, str, str, int, Read], ...] = (
    ("cuff_mmhg", "Cuff", "mmHg", 0, partial(_cuff, 0)),
    ("cuff_percent_aop", "Cuff", "%AOP", 0, partial(_cuff, 1)),
    ("repetitions", "Repetitions", "", 0, _repetitions),
    ("nadir_sto2_percent", "StO2, lowest", "%", 0, partial(_of_session, "StO2_min")),
    ("nadir_pcr_mm", "Phosphocreatine, lowest", "mM", 1, partial(_of_session, "PCr_min")),
    ("nadir_ph", "Muscle pH, lowest", "", 2, partial(_of_session, "pH_min")),
    ("peak_map_mmhg", "Mean pressure, highest", "mmHg", 0, partial(_of_session, "MAP_max")),
    ("peak_sbp_mmhg", "Systolic, highest", "mmHg", 0, partial(_of_session, "SBP_max")),
    ("peak_hr_bpm", "Heart rate, highest", "1/min", 0, partial(_of_session, "HR_max")),
    ("peak_discomfort", "Discomfort, highest", "CR-10", 1, partial(_of_session, "discomfort_max")),
    ("sessions", "Sessions", "", 0, lambda dataset: float(session_count(dataset))),
    ("csa_change_percent", "Muscle CSA", "%", 1, lambda dataset: final_value(dataset, "csa_change")),
    ("one_rm_change_percent", "1RM", "%", 1, lambda dataset: final_value(dataset, "one_rm_change")),
)
CHANGES = ("csa_change_percent", "one_rm_change_percent")


def rows_of(results: Sequence[Compared]) -> list[Row]:
    """Return the quantities that at least one of the results has."""
    rows = [
        Row(key, words, unit, decimals, tuple(read(each.dataset) for each in results))
        for key, words, unit, decimals, read in QUANTITIES
    ]
    return [row for row in rows if any(map(math.isfinite, row.values))]


def summary_of(results: Sequence[Compared]) -> dict[str, Any]:
    """Return the comparison in plain Python values that JSON can write; unknown is None."""
    rows = rows_of(results)
    return {
        "scenarios": [
            {"name": each.name, "title": scenario_of(each.dataset).title, "failures": failure_sentences(each.dataset)}
            for each in results
        ],
        "quantities": {
            row.key: {
                "unit": row.unit or "1",
                "values": [_known(value) for value in row.values],
                "differences": [_known(value) for value in row.differences],
            }
            for row in rows
        },
    }


def comparison_table(results: Sequence[Compared], width: int = 80) -> RenderableType:
    """Return who stands behind each letter, the values, and the differences to the first, in `width` columns."""
    from rich.console import Group
    from rich.text import Text

    key = labelled()
    for letter, each in zip(LETTERS, results, strict=False):
        add(key, letter, f"{printable(each.name)}: {prescription_text(each.dataset)}")
    parts: list[RenderableType] = [key, Text()]
    for table in _tables(rows_of(results), len(results), max(FEWEST, (width - LABELS_WIDTH) // CELL_WIDTH)):
        parts += [table, Text()]
    notes = "Lowest and highest of the first session; CSA and 1RM at the end of the programme."
    if len({each.dataset.attrs.get("model_hash") for each in results}) > 1:
        notes += " The results come from different versions of the model."
    note = Text(notes, style="dim")
    failed = [f"{each.name} failed: {sentence}" for each in results for sentence in failure_sentences(each.dataset)]
    return Group(*parts, note, *(Text(line, style="bold red") for line in failed))


def _tables(rows: Sequence[Row], count: int, fitting: int) -> list[Table]:
    """Return values and differences: in one table for two results, otherwise in blocks of as many columns as fit."""
    values = [(LETTERS[at], [_value(row, at) for row in rows]) for at in range(count)]
    differences = [
        (LETTERS[at], [number(row.shown_differences[at], row.decimals, signed=True) for row in rows])
        for at in range(1, count)
    ]
    if count == FEWEST:
        return [_table("", rows, [*values, ("B - A", differences[0][1])])]
    return [
        _table(title, rows, columns[first : first + fitting])
        for title, columns in (("Values", values), ("Difference to A", differences))
        for first in range(0, len(columns), fitting)
    ]


def _value(row: Row, at: int) -> str:
    return number(row.values[at], row.decimals, signed=row.key in CHANGES)


def _table(title: str, rows: Sequence[Row], columns: Sequence[tuple[str, list[str]]]) -> Table:
    table = heading_table(title)
    table.padding = (0, 1, 0, 0)
    table.add_column("Quantity", overflow="fold")
    table.add_column("unit", no_wrap=True)
    for head, _ in columns:
        table.add_column(head, justify="right", no_wrap=True)
    for place, row in enumerate(rows):
        add(table, row.quantity, row.unit, *(cells[place] for _, cells in columns))
    return table


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
