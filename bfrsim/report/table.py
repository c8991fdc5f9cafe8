"""The terminal table: what was prescribed, what the session did, what the programme gave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

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
from bfrsim.report.wording import cuff_text, done_text, person_text, printable, programme_text, sets_text

if TYPE_CHECKING:
    import xarray
    from rich.console import RenderableType
    from rich.table import Table

    from bfrsim.scenario.schema import Scenario

WIDEST = 80
UNKNOWN = "-"

# Label, variable, decimals, unit where the model's is a pure number.
SESSION_ROWS = (
    ("Muscle oxygen saturation, lowest", "StO2_min", 0, ""),
    ("Phosphocreatine, lowest", "PCr_min", 1, ""),
    ("Muscle pH, lowest", "pH_min", 2, ""),
    ("Mean arterial pressure, highest", "MAP_max", 0, ""),
    ("Systolic pressure, highest", "SBP_max", 0, ""),
    ("Heart rate, highest", "HR_max", 0, ""),
    ("Stroke volume, lowest", "SV_min", 0, ""),
    ("Discomfort, highest", "discomfort_max", 1, "CR-10"),
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
        parts += [_sessions(dataset, person), Text()]
    parts += [_programme(dataset, person), Text(), *(Text(line, style="dim") for line in _honesty(dataset, person))]
    parts += [Text(f"Failed: {sentence}", style="bold red") for sentence in failure_sentences(dataset)]
    return Padding(Group(*parts), (0, 1))


def print_table(dataset: xarray.Dataset, person: int = 0) -> None:
    """Print the table to standard output, at most 80 columns wide."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print(result_table(dataset, person), width=min(console.width, WIDEST))


def _prescription(dataset: xarray.Dataset, scenario: Scenario, person: int) -> Table:
    grid = _grid()
    exercise = scenario.exercise
    if exercise is None:
        grid.add_row("Exercise", f"none: habitual life, {programme_text(scenario)}")
        return grid
    grid.add_row("Exercise", printable(exercise.movement))
    grid.add_row("Cuff", _cuff(dataset, scenario, person))
    grid.add_row("Load", str(exercise.load))
    pace = f"{exercise.repetition:g} s a repetition, {exercise.rest:g} s rest"
    grid.add_row("Sets", f"{sets_text(scenario)}, {pace}")
    grid.add_row("Programme", programme_text(scenario))
    return grid


def _cuff(dataset: xarray.Dataset, scenario: Scenario, person: int) -> str:
    if scenario.cuff is None:
        return "none"
    told = f"{cuff_text(dataset, person)}, {scenario.cuff.inflation}"
    occlusion = session_value(dataset, "AOP_max", 0, person)
    return f"{told}; occlusion at {occlusion:.0f} mmHg" if math.isfinite(occlusion) else told


def _sessions(dataset: xarray.Dataset, person: int) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=False, title_justify="left")
    table.add_column("Session", overflow="fold")
    table.add_column("first", justify="right")
    table.add_column("last", justify="right")
    table.add_column("unit")
    ends = (0, session_count(dataset) - 1)
    table.add_row("Repetitions done", *(done_text(dataset, end, person) for end in ends), "")
    if scenario_of(dataset).cuff is not None:
        pressures = [cuff_pressure(dataset, end, person) for end in ends]
        table.add_row("Cuff", *(_number(mmhg, 0) for mmhg, _ in pressures), "mmHg")
        table.add_row("Cuff", *(_number(percent, 0) for _, percent in pressures), "%AOP")
    for label, name, decimals, unit in SESSION_ROWS:
        cells = (_number(session_value(dataset, name, end, person), decimals) for end in ends)
        table.add_row(label, *cells, unit or unit_of(dataset, name))
    return table


def _programme(dataset: xarray.Dataset, person: int) -> Table:
    grid = _grid()
    for label, name in PROGRAMME_ROWS:
        change = _number(final_value(dataset, name, person), 1, signed=True)
        grid.add_row(label, f"{change} {unit_of(dataset, name)}")
    if session_count(dataset):
        first, last = (repetitions(dataset, end, person).sum() for end in (0, -1))
        grid.add_row("Repetitions a session", f"{_number(first, 0)} in the first, {_number(last, 0)} in the last")
    return grid


def _honesty(dataset: xarray.Dataset, person: int) -> list[str]:
    residuals = [str(name) for name in dataset.data_vars if str(name).endswith("_residual")]
    shares = [f"{name.removesuffix('_residual')} {float(values(dataset, name, person)):.0e}" for name in residuals]
    lines = [f"Balances, share that appeared or vanished: {', '.join(shares)}."] if shares else []
    if "parameters_assumed" in dataset.attrs:
        lines.append(f"{dataset.attrs['parameters_assumed']} parameters are assumed, without a published source.")
    return [*lines, str(dataset.attrs.get("disclaimer", ""))]


def _grid() -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan")
    grid.add_column(overflow="fold")
    return grid


def _number(value: float, decimals: int, signed: bool = False) -> str:
    if not math.isfinite(value):
        return UNKNOWN
    text = f"{value + 0.0:{'+' if signed else ''}.{decimals}f}"
    return text.replace("-0", "0") if float(text) == 0.0 else text
