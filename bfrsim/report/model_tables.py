"""A model as tables: what there is, every declaration of one, and one name with what it hangs on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bfrsim.language.reading import Grounds, direct_sources, grounds
from bfrsim.report.model_text import (
    equation_text,
    prior_text,
    rate_text,
    source_text,
    unit_text,
    value_text,
)
from bfrsim.report.terminal import add, heading_table, labelled

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from bfrsim.language.join import System
    from bfrsim.language.tree import Declaration, Model

KINDS = {
    "input": "Inputs",
    "param": "Parameters",
    "reference": "Values found on the habitual day",
    "state": "States",
    "line": "Lines",
}


def list_table(models: Iterable[tuple[Model, System]]) -> RenderableType:
    """Return one row for each model: name, kind, unit of time, size, meaning."""
    table = heading_table()
    for head, justify in (
        ("Model", "left"),
        ("kind", "left"),
        ("time", "left"),
        ("states", "right"),
        ("param.", "right"),
    ):
        table.add_column(head, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("meaning", overflow="fold")
    for model, system in models:
        counts = (str(len(system.states)), str(len(system.parameters)))
        add(table, model.name, model.kind, model.time.spelling, *counts, system.meaning)
    return table


def declarations_table(system: System) -> RenderableType:
    """Return every declaration of a model, submodel by submodel where it joins several."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(f"{system.name}: {system.meaning}", style="bold"), Text()]
    origins, titles = {name: place.split(".")[0] for name, place in system.origin.items()}, _parts(system)
    for part in titles:
        title = f"{part}, " if len(titles) > 1 else ""
        for kind, words in KINDS.items():
            items = [item for item in system.declared().values() if item.kind == kind and origins[item.name] == part]
            if items:
                parts += [_kind_table(f"{title}{words.lower() if title else words}", kind, items, system), Text()]
    return Group(*parts)


def name_table(system: System, item: Declaration, bibliography: Path) -> RenderableType:
    """Return all there is to know about one name; its source is looked up in the bibliography, a .bib file."""
    from rich.console import Group
    from rich.text import Text

    inputs = [system.declared()[name] for name in direct_sources(system, item.name)]
    users = [name for name in system.declared() if item.name in direct_sources(system, name)]
    parts: list[RenderableType] = [Text(f"{item.name} {unit_text(item.unit)}: {item.meaning}", style="bold"), Text()]
    parts += [_facts(system, item, users, bibliography), Text()]
    if inputs:
        parts += [_inputs_table(inputs, system), Text()]
    if item.kind not in ("param", "input"):
        parts += [Text(grounds_text(grounds(system, item.name), len({*_parts(system)}) == 1))]
    return Group(*parts)


def grounds_text(found: Grounds, alone: bool = False) -> str:
    """Return how much behind a name is assumed: ``Behind it stand 12 parameters, 5 of them assumed (42 %): ...``.

    `alone` says that the model is a part of a system, and that its inputs bring more.
    """
    if not found.parameters:
        return "No parameter stands behind it."
    share = f"{len(found.assumed)} of them assumed ({100 * found.share_assumed:.0f} %)"
    names = f": {', '.join(item.name for item in found.assumed)}" if found.assumed else ""
    count = len(found.parameters)
    within = " of this model, and what its inputs bring" if alone else ""
    return f"Behind it stand{'s' * (count == 1)} {count} parameter{'s' * (count > 1)}{within}; {share}{names}."


def _parts(system: System) -> dict[str, str]:
    """Return the submodel of each name, in the order in which they first appear."""
    return {place.split(".")[0]: name for name, place in system.origin.items()}


def _kind_table(title: str, kind: str, items: Sequence[Declaration], system: System) -> Table:
    table = heading_table(title)
    table.add_column("name", no_wrap=True, style="cyan")
    if kind == "param":
        table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    table.add_column("meaning" if kind in ("param", "input") else "equation, meaning", overflow="fold")
    for item in items:
        value = [value_text(item)] if kind == "param" else []
        add(table, item.name, *value, unit_text(item.unit), _told(system, item))
    return table


def _told(system: System, item: Declaration) -> RenderableType:
    from rich.text import Text

    source = f" @{item.source}" if item.source else ""
    meaning = Text(f"{item.meaning}{source}", style="dim" if item.kind not in ("param", "input") else "")
    equations = _equations(system, item)
    return Text("\n").join([*(Text(each) for each in equations), meaning])


def _equations(system: System, item: Declaration) -> list[str]:
    if item.kind == "state":
        return [rate_text(system, item.name), f"starts at {value_text(item)}"]
    return [f"= {equation_text(item)}"] if item.kind in ("line", "reference") else []


def _facts(system: System, item: Declaration, users: Sequence[str], bibliography: Path) -> Table:
    grid = labelled()
    add(grid, "Kind", {"param": "parameter", "reference": "found on the habitual day"}.get(item.kind, item.kind))
    add(grid, "Place", str(item.span))
    if item.kind == "param":
        add(grid, "Value", f"{value_text(item)} {item.unit.spelling}")
        add(grid, "Prior", prior_text(item))
    for text in _equations(system, item):
        label, words = ("Start", text.removeprefix("starts at ")) if text.startswith("starts") else ("Equation", text)
        add(grid, label, words)
    if item.size is not None:
        add(grid, "Typical size", f"{item.size:g} {item.unit.spelling}")
    if item.kind != "input":
        add(grid, "Source", source_text(item.source, bibliography))
    if users:
        add(grid, "Used by", ", ".join(users))
    return grid


def _inputs_table(items: Sequence[Declaration], system: System) -> Table:
    table = heading_table()
    table.add_column("Direct inputs", no_wrap=True, style="cyan")
    table.add_column("unit", overflow="fold")
    table.add_column("from", no_wrap=True)
    table.add_column("meaning", overflow="fold")
    for item in items:
        add(table, item.name, unit_text(item.unit), system.origin[item.name].split(".")[0], item.meaning)
    return table
