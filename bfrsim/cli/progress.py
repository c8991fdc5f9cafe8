"""What takes time, told on standard error: a moving line in a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

Announce = Callable[[str], None]

LONGER = {"compiling once": "compiling once (about half a minute)"}


@contextmanager
def progress(first: str) -> Iterator[Announce]:
    """Show `first`, then whatever the yielded function is told, until the block ends."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if console.is_terminal:
        with _moving_line(console, first) as announce:
            yield announce
    else:
        yield lambda message: console.print(f"{LONGER.get(message, message)}...", markup=False, soft_wrap=True)


@contextmanager
def _moving_line(console: Console, first: str) -> Iterator[Announce]:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(first, total=None)
        yield lambda message: bar.update(task, description=LONGER.get(message, message))
