"""How much simulated people differ beside how much measured ones did: table for the terminal, CSV, part of the page."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from bfrsim.report.validate.csv_tables import number_text
from bfrsim.study.validate.acute import Validation
from bfrsim.study.validate.scoring import HIGHEST, LOWEST, ScoredSpread, count_spread

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = (
    "id", "topic", "quantity", "condition", "unit", "n", "published_sd", "simulated_sd", "ratio", "within",
    "published_mean", "simulated_mean", "people", "asked", "source",
)  # fmt: skip
WORDS = (
    "Each row that gives a SD between people was simulated with a cohort: healthy untrained people of the sexes, the "
    f"ancestry and the age (within five years, assumed) of the row. Met: simulated over published SD from {LOWEST:g} "
    f"to {HIGHEST:g}. A published SD holds the error of one measurement besides, and of 8 people is itself known to a "
    "quarter."
)


def spread_table(validation: Validation) -> Table:
    """Return published and simulated SD of each row."""
    from bfrsim.report.terminal import add, heading_table

    counts = count_spread(validation.spread)
    table = heading_table(f"SD between people: {counts['sd_within']} of {counts['sd_rows']} met")
    table.add_column("row")
    table.add_column("quantity", overflow="ellipsis", no_wrap=True, max_width=30)
    for name in ("published", "simulated"):
        table.add_column(name, justify="right")
    table.add_column("unit", overflow="ellipsis", no_wrap=True, max_width=12)
    table.add_column("ratio", justify="right")
    table.add_column("")
    for each in validation.spread:
        quantity = each.row.told.get("quantity", "").replace("_", " ")
        sd, ratio = number_text(each.simulated) or "-", f"{each.ratio:.2f}"
        add(
            table, each.row.id, quantity, f"{each.published:g}", sd, each.row.unit, ratio, "" if each.within else "miss"
        )
    return table


def spread_html(validation: Validation) -> Iterator[str]:
    """Yield the part of the page on the spread between people; nothing where none was simulated."""
    if not validation.spread:
        return
    counts = count_spread(validation.spread)
    yield f"<h2 id='spread'>Spread between people: {counts['sd_within']} of {counts['sd_rows']} met</h2>"
    yield f"<p>{escape(WORDS)}</p>"
    head = "<tr><th>row</th><th>what</th><th class='n'>published SD</th><th class='n'>simulated SD</th>"
    head += "<th class='n'>ratio</th><th></th><th class='n'>published mean</th><th class='n'>simulated mean</th>"
    yield f"<table>\n{head}<th class='n'>people</th></tr>"
    yield from (_line(each) for each in validation.spread)
    yield "</table>"


def write_spread(validation: Validation, path: Path) -> None:
    """Write one line a row that gives a SD between people."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_cells(each) for each in validation.spread)


def _line(each: ScoredSpread) -> str:
    told = each.row.told
    what = f"{told.get('quantity', '').replace('_', ' ')} <small>{escape(told.get('condition', ''))}</small>"
    band = "<span class='good'>met</span>" if each.within else "<span class='miss'>miss</span>"
    numbers = [f"{each.published:g}", number_text(each.simulated) or "-", f"{each.ratio:.2f}"]
    means = [f"{each.row.value:g}", number_text(each.mean) or "-", f"{each.people} of {each.asked}"]
    cells = [f"<td class='n'>{escape(text)}</td>" for text in numbers], [f"<td class='n'>{text}</td>" for text in means]
    return (
        f"<tr><td>{escape(each.row.id)}</td><td>{what} [{escape(each.row.unit)}]</td>{''.join(cells[0])}"
        f"<td>{band}</td>{''.join(cells[1])}</tr>"
    )


def _cells(each: ScoredSpread) -> dict[str, str]:
    row = each.row
    told = {name: row.told.get(name, "") for name in COLUMNS}
    return told | {
        "id": row.id,
        "published_sd": f"{each.published:g}",
        "simulated_sd": number_text(each.simulated),
        "ratio": number_text(each.ratio),
        "within": "yes" if each.within else "no",
        "published_mean": f"{row.value:g}",
        "simulated_mean": number_text(each.mean),
        "people": str(each.people),
        "asked": str(each.asked),
    }
