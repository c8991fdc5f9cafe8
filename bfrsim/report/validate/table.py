"""How the model meets acute measurements, as tables for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bfrsim.report.validate.csv_tables import SHOWN, number_text, worst_rows
from bfrsim.study.validate.acute import ISSUE_TOPICS, Validation

if TYPE_CHECKING:
    from rich.table import Table

MOST = 10


def counts_table(validation: Validation) -> Table:
    """Return the counts of each topic, and over the three of acute physiology where more than one of them is there."""
    from bfrsim.report.terminal import add, heading_table

    table = heading_table("Acute measurements")
    table.add_column("topic")
    for name in (*SHOWN[:1], "answered", *SHOWN[2:], "orders", "solid"):
        table.add_column(name, justify="right")
    parts = [(topic, validation.of(topic)) for topic in validation.topics]
    if sum(topic in ISSUE_TOPICS for topic in validation.topics) > 1:
        parts.append(("the first three", validation.of(*ISSUE_TOPICS)))
    for name, part in parts:
        counts = part.counts()
        orders = f"{counts['order_true']}/{counts['order_total']}"
        solid = f"{counts['order_solid_true']}/{counts['order_solid_total']}"
        add(table, name.replace("_", " "), *(str(counts[key]) for key in SHOWN), orders, solid)
    return table


def worst_table(validation: Validation) -> Table:
    """Return the rows that miss by the most tolerances."""
    from bfrsim.report.terminal import add, heading_table

    table = heading_table("Worst rows")
    table.add_column("row")
    table.add_column("quantity", overflow="ellipsis", no_wrap=True, max_width=28)
    for name in ("observed", "simulated"):
        table.add_column(name, justify="right")
    table.add_column("unit", overflow="ellipsis", no_wrap=True, max_width=12)
    table.add_column("tolerances", justify="right")
    for each in worst_rows(validation, MOST):
        row = each.row
        quantity = row.told.get("quantity", "").replace("_", " ")
        size = f"{each.severity:.1f}" if number_text(each.simulated) else "failed"
        add(table, row.id, quantity, f"{row.value:g}", number_text(each.simulated) or "-", row.unit, size)
    return table


def notes(validation: Validation) -> list[str]:
    """Return what a reader must know of the numbers, one sentence each."""
    told = ["Bands: good within half of a row's tolerance, fair within it, else a miss; contested orders are left out."]
    false = [each.order.id for each in validation.orders if each.holds is False and not each.contested]
    if false:
        told.append(f"Orders that do not hold: {', '.join(false)}.")
    silent = [each.row.id for each in validation.rows if not each.answered]
    silent += [each.order.id for each in validation.orders if each.holds is None]
    if silent:
        told.append(f"Not answered, with reasons on the page: {', '.join(silent)}.")
    recalled = [each for each in validation.rows if each.row.recalled and each.answered]
    if recalled:
        good = sum(each.band != "miss" for each in recalled)
        told.append(f"Of the answered rows {len(recalled)} are recalled values; {good} of them are good or fair.")
    used = [each for each in validation.rows if each.fitted]
    if used:
        told.append(f"{len(used)} rows were used in fitting; the model has {len(validation.fitted)} fitted constants.")
    return told
