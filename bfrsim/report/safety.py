"""The strip of safety values: first and last session beside their limits; what is published of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bfrsim.report.terminal import add, heading_table, labelled
from bfrsim.report.values import scenario_of, session_count
from bfrsim.report.wording import UNKNOWN, number
from bfrsim.safety import MEASURES, STATEMENT, Floats, Limit, is_over, limits_of, safety_by_session, safety_notes

if TYPE_CHECKING:
    import xarray
    from rich.console import RenderableType
    from rich.table import Table

# How far a limit is to be trusted: the letter behind it, and the words below the table.
LETTERS = {
    "scenario": ("s", "set by the scenario"),
    "assumed": ("a", "assumed"),
    "recalled": ("r", "recalled from a guideline"),
    "derived": ("d", "derived from an experiment"),
    "verified": ("g", "of a guideline"),
}


def safety_strip(dataset: xarray.Dataset, person: int = 0) -> list[RenderableType]:
    """Return the table, its legend, the notes and the statement, to be printed one below the other."""
    from rich.text import Text

    legend = "; ".join(f"{letter} {words}" for letter, words in _letters_used(dataset))
    return [
        safety_table(dataset, person),
        Text(f"Limits: {legend}. Marks look at all sessions.", style="dim"),
        Text(),
        Text("Not simulated: what is published, and the grade of that evidence", style="bold"),
        notes_grid(),
        Text("Figures and sources: --json, or scenarios/evidence/safety_notes.csv.", style="dim"),
        Text(STATEMENT, style="dim"),
    ]


def safety_table(dataset: xarray.Dataset, person: int = 0) -> Table:
    """Return each value in the first and the last session, its unit, its limit, and whether it is within."""
    table = heading_table()
    limits, count = limits_of(scenario_of(dataset)), session_count(dataset)
    ends = (0, count - 1) if count > 1 else (0,)
    table.add_column("Safety", overflow="fold")
    for name in ("first", "last") if count > 1 else ("value",):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("limit", justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for name, values in safety_by_session(dataset, person).items():
        measure, limit = MEASURES[name], limits.get(name)
        cells = [number(float(values[end]), measure.decimals) for end in ends]
        told = UNKNOWN if limit is None else f"{limit.value:g} {LETTERS[limit.confidence][0]}"
        add(table, measure.label, *cells, measure.unit, told, _mark(values, limit, ends))
    return table


def notes_grid() -> Table:
    """Return a line for each matter that is not simulated: topic, grade of the evidence, and what it says."""
    grid = labelled()
    for note in safety_notes():
        add(grid, note["topic"], f"{note['grade']}: {note['line']}")
    return grid


def safety_summary(dataset: xarray.Dataset, person: int = 0) -> dict[str, Any]:
    """Return the strip as plain values that JSON can write; what is not known is None.

    Returns
    -------
    dict
        ``values``: of each measure first, last and worst session, unit, limit, where the limit comes from, and whether
        any session is over it (None without a limit). ``notes``: what is published of what is not simulated.
        ``statement``: what this is not.
    """
    limits = limits_of(scenario_of(dataset))
    values = {name: _told(name, each, limits.get(name)) for name, each in safety_by_session(dataset, person).items()}
    return {"values": values, "notes": [dict(note) for note in safety_notes()], "statement": STATEMENT}


def _told(name: str, values: Floats, limit: Limit | None) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    worst = np.nan if not known.size else known.min() if MEASURES[name].taken == "lowest" else known.max()
    return {
        "first": _known(values[0]),
        "last": _known(values[-1]),
        "worst": _known(worst),
        "unit": MEASURES[name].unit or "1",
        "limit": None if limit is None else limit.value,
        "limit_confidence": None if limit is None else limit.confidence,
        "limit_source": None if limit is None else limit.source,
        "over": None if limit is None or not known.size else is_over(float(worst), limit.value),
    }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _mark(values: Floats, limit: Limit | None, ends: tuple[int, ...]) -> str:
    """Return ``within``, ``OVER``, or the session in between that alone is over; nothing without a limit or a value."""
    if limit is None or not np.isfinite(values).any():
        return ""
    over = [session for session, value in enumerate(values) if is_over(float(value), limit.value)]
    if not over:
        return "within"
    return "OVER" if set(over) & set(ends) else f"OVER in session {over[0] + 1}"


def _letters_used(dataset: xarray.Dataset) -> list[tuple[str, str]]:
    used = {limit.confidence for limit in limits_of(scenario_of(dataset)).values()}
    return [LETTERS[confidence] for confidence in LETTERS if confidence in used]
