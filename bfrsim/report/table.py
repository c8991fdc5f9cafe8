"""The terminal table: what was prescribed, what the session did, what the programme gave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bfrsim.report.filled import filled_text, sarcopenia_text
from bfrsim.report.safety import safety_strip
from bfrsim.report.terminal import add, heading_table, labelled, show
from bfrsim.report.values import (
    cuff_pressure,
    failure_sentences,
    final_value,
    repetitions,
    scenario_of,
    session_count,
    session_value,
    unit_of,
    values,
)
from bfrsim.report.wording import cuff_text, done_text, minutes_text, number, printable
from bfrsim.scenario.description import exercise_rows, person_text, programme_text

if TYPE_CHECKING:
    import xarray
    from rich.console import RenderableType
    from rich.table import Table

    from bfrsim.scenario.schema import Scenario

# Label, variable, decimals, unit where the model's is a pure number.
SESSION_ROWS = (
    ("Muscle oxygen saturation, lowest", "StO2_min", 0, ""),
    ("Phosphocreatine, lowest", "PCr_min", 1, ""),
    ("Muscle pH, lowest", "pH_min", 2, ""),
    ("Heart rate, highest", "HR_max", 0, ""),
    ("Stroke volume, lowest", "SV_min", 0, ""),
)
PROGRAMME_ROWS = (("Muscle cross-sectional area", "csa_change"), ("One-repetition maximum", "one_rm_change"))


def result_table(dataset: xarray.Dataset, person: int = 0) -> RenderableType:
    """Return the result in words and numbers, to be printed by a rich console; fits 80 columns, reads in 60."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    scenario = scenario_of(dataset)
    parts: list[RenderableType] = [
        Text(printable(scenario.title), style="bold"),
        Text(person_text(scenario)),
        Text(),
        _prescription(dataset, scenario, person),
        Text(),
    ]
    if session_count(dataset):
        parts += [session_table(dataset, person), Text(), *safety_strip(dataset, person), Text()]
    parts += [_programme(dataset, person), Text(), *(Text(line, style="dim") for line in _honesty(dataset, person))]
    parts += [Text(f"Failed: {sentence}", style="bold red") for sentence in failure_sentences(dataset)]
    return Padding(Group(*parts), (0, 1))


def print_table(dataset: xarray.Dataset, person: int = 0) -> None:
    """Print the table to standard output."""
    show(result_table(dataset, person))


def _prescription(dataset: xarray.Dataset, scenario: Scenario, person: int) -> Table:
    grid = labelled()
    what, *rest = exercise_rows(scenario.exercise)
    if scenario.exercise is None and any(phase.kind == "bed rest" for phase in scenario.calendar.stages):
        what = ("Exercise", "none")  # bed rest is nobody's habitual life
    cuff = [("Cuff", _cuff(dataset, scenario, person))] if scenario.exercise is not None else []
    for label, words in (what, *cuff, *rest, ("Programme", programme_text(scenario.calendar))):
        add(grid, label, words)
    add(grid, "Sarcopenia", sarcopenia_text(scenario))
    if filled := filled_text(scenario):
        add(grid, "Filled in", f"{filled} (published means)")
    return grid


def _cuff(dataset: xarray.Dataset, scenario: Scenario, person: int) -> str:
    if scenario.cuff is None:
        return "none"
    at_rest = scenario.exercise is not None and scenario.exercise.mode == "passive"  # inflates and deflates as it is
    told = cuff_text(dataset, person) if at_rest else f"{cuff_text(dataset, person)}, {scenario.cuff.inflation}"
    occlusion = session_value(dataset, "AOP_max", 0, person)
    if not math.isfinite(occlusion):
        return told
    spread = session_value(dataset, "AOP_SD_max", 0, person)
    return f"{told}; occlusion at {occlusion:.0f} mmHg (SD {spread:.0f})"


def session_table(dataset: xarray.Dataset, person: int = 0) -> Table:
    """Return what the first and the last session did; a replayed session stands alone."""
    table = heading_table()
    count = session_count(dataset)
    ends = (0, count - 1) if count > 1 else (0,)
    names = ("first", "last") if count > 1 else ("value",)
    table.add_column("Session", overflow="fold")
    for name in names:
        table.add_column(name, justify="right")
    table.add_column("unit")
    for label, cells, unit in [*_done_rows(dataset, ends, person), *_cuff_rows(dataset, ends, person)]:
        add(table, label, *cells, unit)
    for label, name, decimals, unit in SESSION_ROWS:
        found = (number(session_value(dataset, name, end, person), decimals) for end in ends)
        add(table, label, *found, unit or unit_of(dataset, name))
    return table


Row = tuple[str, list[str], str]


def _done_rows(dataset: xarray.Dataset, ends: tuple[int, ...], person: int) -> list[Row]:
    exercise = scenario_of(dataset).exercise
    mode = "" if exercise is None else exercise.mode
    if mode == "resistance":
        return [("Repetitions done", [done_text(dataset, end, person) for end in ends], "")]
    if mode in ("walking", "cycling"):
        return [("Bouts done", [minutes_text(dataset, end, person) for end in ends], "min")]
    return []


def _cuff_rows(dataset: xarray.Dataset, ends: tuple[int, ...], person: int) -> list[Row]:
    if scenario_of(dataset).cuff is None:
        return []
    pressures = [cuff_pressure(dataset, end, person) for end in ends]
    return [
        ("Cuff", [number(mmhg, 0) for mmhg, _ in pressures], "mmHg"),
        ("Cuff", [number(percent, 0) for _, percent in pressures], "%AOP"),
    ]


def _programme(dataset: xarray.Dataset, person: int) -> Table:
    grid = labelled()
    for label, name in PROGRAMME_ROWS:
        change = number(final_value(dataset, name, person), 1, signed=True)
        add(grid, label, f"{change} {unit_of(dataset, name)}")
    exercise = scenario_of(dataset).exercise
    if exercise is not None and exercise.mode == "resistance" and session_count(dataset) > 1:
        first, last = (repetitions(dataset, end, person).sum() for end in (0, -1))
        add(grid, "Repetitions a session", f"{number(first, 0)} in the first, {number(last, 0)} in the last")
    return grid


def _honesty(dataset: xarray.Dataset, person: int) -> list[str]:
    residuals = [str(name) for name in dataset.data_vars if str(name).endswith("_residual")]
    shares = [f"{name.removesuffix('_residual')} {float(values(dataset, name, person)):.0e}" for name in residuals]
    lines = [f"Balances, share that appeared or vanished: {', '.join(shares)}."] if shares else []
    if "parameters_assumed" in dataset.attrs:
        lines.append(f"{dataset.attrs['parameters_assumed']} parameters are assumed, without a published source.")
    if "parameters_fitted" in dataset.attrs:
        lines.append(
            f"{dataset.attrs['parameters_fitted']} parameters were fitted to group means of published studies."
        )
    exercise = scenario_of(dataset).exercise
    if exercise is not None and exercise.limbs == 1:
        lines.append("One limb trains: cross-education of the other is not modelled.")
    return [*lines, str(dataset.attrs.get("disclaimer", ""))]
