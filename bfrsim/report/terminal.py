"""Tables for terminals: at most 80 columns, readable in 60, and plain text where nobody looks at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

WIDEST = 80
PLAIN_LINES = "    \n    \n -- \n    \n    \n    \n    \n    \n"  # a rule of minus signs below the head, nothing else


def show(content: RenderableType) -> None:
    """Print to standard output; boxes and colours become plain text unless it is a terminal."""
    console = _console()
    width = min(console.width, WIDEST)
    if console.is_terminal:
        console.print(content, width=width)
        return
    with console.capture() as captured:
        console.print(content, width=width)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def shown_width() -> int:
    """Return how many columns `show` fills."""
    return min(_console().width, WIDEST)


def heading_table(title: str = "") -> Table:
    """Return an empty table with a line below its head, to be printed by `show`."""
    from rich import box
    from rich.table import Table

    lines = box.SIMPLE_HEAD if _console().is_terminal else box.Box(PLAIN_LINES, ascii=True)
    table = Table(box=lines, pad_edge=False, show_edge=False, expand=False, title_justify="left", title_style="bold")
    table.title = title or None
    return table


def labelled() -> Table:
    """Return an empty grid of labels and what belongs to them."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan")
    grid.add_column(overflow="fold")
    return grid


def add(table: Table, *cells: RenderableType) -> None:
    """Add a row; text stands as it is, brackets included, and cannot write to the terminal."""
    from rich.text import Text

    table.add_row(*(Text(_printable(cell)) if isinstance(cell, str) else cell for cell in cells))


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() or each == "\n" else " " for each in text)


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)
