"""Values of a model's names at one moment of a scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bfrsim.errors import BfrsimError
from bfrsim.language.join import System, read_system
from bfrsim.language.parse import read_model
from bfrsim.library import models_folder
from bfrsim.report.model_text import equation_text, rate_text, unit_text
from bfrsim.report.terminal import add, heading_table

if TYPE_CHECKING:
    import xarray
    from rich.console import RenderableType

SYSTEM = "bfr.bfr"  # the shipped system of which the shipped submodels are parts


def home_system(path: Path) -> tuple[Path, dict[str, str]]:
    """Return the system in which a model can be evaluated, and the names that its own have there.

    A system is its own home; a shipped submodel has no values but in the shipped system.

    Raises
    ------
    BfrsimError
        If the model is a submodel that the shipped system does not use.
    """
    model = read_model(path)
    if model.kind == "system":
        return path, {name: name for name in read_system(path).declared()}
    whole = models_folder() / SYSTEM
    top = read_model(whole)
    if path.resolve().parent != whole.resolve().parent or model.name not in [use.alias for use in top.uses]:
        message = f"{path}: '{model.name}' is a submodel; it has values only in a system that feeds its inputs"
        raise BfrsimError(f"{message}: write one with 'use {model.name}' and 'connect' lines, and evaluate that")
    flat = {place: name for name, place in read_system(whole).origin.items()}
    sources = {each.input: each.source for each in top.connections if each.submodel == model.name}
    return whole, {
        name: flat[f"{sources[name][0] or top.name}.{sources[name][1]}" if name in sources else f"{model.name}.{name}"]
        for name in model.declared()
    }


def values_table(
    dataset: xarray.Dataset, system: System, names: Sequence[str], flat: Mapping[str, str], title: str = ""
) -> RenderableType:
    """Return name, value, unit and meaning of each name at the one saved time."""
    declared = system.declared()
    table = heading_table(title)
    table.add_column("name", no_wrap=True, style="cyan")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    table.add_column("meaning", overflow="fold")
    for name in names:
        item = declared[name]
        add(table, name, value_at(dataset, flat[name]), unit_text(item.unit), item.meaning)
    return table


def equation_of(system: System, name: str) -> str:
    """Return how a name is written: its line or its rate; empty for an input or a parameter."""
    item = system.declared()[name]
    if item.kind == "state":
        return rate_text(system, name)
    return f"{name} = {equation_text(item)}" if item.kind in ("line", "reference") else ""


def value_at(dataset: xarray.Dataset, name: str) -> str:
    """Return the value at the one saved time, in six digits; ``-`` where a result does not keep it."""
    if name not in dataset:
        return "-"
    value = float(dataset[name].values[0, 0])
    return f"{value:.6g}" if math.isfinite(value) else "-"
