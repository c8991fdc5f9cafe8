"""Local sensitivities as tables for the terminal, and as what --json prints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bfrsim.dataset import DISCLAIMER
from bfrsim.language.bibliography import ASSUMED, FITTED
from bfrsim.report.terminal import add, heading_table

if TYPE_CHECKING:
    from rich.table import Table

    from bfrsim.study.local_sensitivities.local import Sensitivities

BAR = 10  # characters of the largest elasticity
NEGLIGIBLE = 0.01  # an elasticity below this moves the outcome by less than 1 % when the quantity doubles
WAYS = {
    "jax": "forward-mode derivatives of the whole programme (JAX)",
    "differences": "central differences of neighbouring programmes",
}


def elasticity_tables(found: Sensitivities, rows: int) -> list[Table]:
    """Return a table for each output: what moves it most first."""
    return [_table(found, at, rows) for at in range(len(found.outputs))]


def notes(found: Sensitivities) -> list[str]:
    """Return how the numbers came about, how many are small, and what they rest on."""
    relative = np.abs(found.elasticities)
    small = int(np.sum(np.nanmax(np.where(np.isnan(relative), 0.0, relative), axis=0) < NEGLIGIBLE))
    sources = [each.source for each in found.quantities]
    return [
        f"Elasticity: per cent that the output moves when the quantity grows by one per cent; by {WAYS[found.by]}.",
        f"{len(sources)} quantities, {small} of them with elasticities below {NEGLIGIBLE:g}; "
        f"{sources.count(ASSUMED)} assumed, {sources.count(FITTED)} fitted.",
        DISCLAIMER,
    ]


def summary_of(found: Sensitivities) -> dict[str, Any]:
    """Return everything, ready for JSON; an elasticity that is not defined is null."""
    outputs = []
    for at, output in enumerate(found.outputs):
        told = [
            {
                "name": quantity.name,
                "kind": quantity.kind,
                "value": quantity.value,
                "unit": quantity.unit,
                "source": quantity.source,
                "derivative": float(found.derivatives[at, place]),
                "elasticity": _or_none(found.elasticities[at, place]),
            }
            for place, quantity in ((place, found.quantities[place]) for place in found.order(at))
        ]
        known = {"name": output.label, "unit": output.unit, "moment": output.moment, "value": float(found.values[at])}
        outputs.append(known | {"sensitivities": told})
    return {"scenario": found.title, "by": found.by, "outputs": outputs, "disclaimer": DISCLAIMER}


def _table(found: Sensitivities, at: int, rows: int) -> Table:
    output, order = found.outputs[at], found.order(at)[:rows]
    largest = np.nanmax(np.abs(found.elasticities[at]), initial=0.0)
    unit = "" if output.unit == "1" else f" {output.unit}"
    table = heading_table(f"{output.label} = {found.values[at]:.4g}{unit}, {output.moment}")
    table.add_column("quantity", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("elasticity", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("source", overflow="ellipsis", no_wrap=True)
    for place in order:
        quantity, elasticity = found.quantities[place], found.elasticities[at, place]
        own = f"{quantity.value:.4g}" + ("" if quantity.unit == "1" else f" {quantity.unit}")
        told = f"{elasticity:+.3f}" if math.isfinite(elasticity) else f"{found.derivatives[at, place]:+.3g} per unit"
        add(table, quantity.name, own, told, _bar(elasticity, largest), quantity.source)
    return table


def _bar(elasticity: float, largest: float) -> str:
    return "#" * round(BAR * abs(elasticity) / largest) if math.isfinite(elasticity) and largest > 0.0 else ""


def _or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
