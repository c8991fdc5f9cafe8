"""What takes time, told on standard error: a moving line in a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

LONGER = {"compiling once": "compiling once (some seconds; half a minute for the scalar kernel)"}


@dataclass(frozen=True)
class Display:
    """Call it with words for what begins; give `share` the part that is done, 0 to 1, and it shows the time left."""

    announce: Callable[[str], None]
    share: Callable[[float], None]

    def __call__(self, message: str) -> None:
        """Say what begins now."""
        self.announce(LONGER.get(message, message))


@contextmanager
def progress(first: str, quiet: bool = False) -> Iterator[Display]:
    """Show `first`, then whatever the yielded display is told, until the block ends; nothing if `quiet`."""
    if quiet:
        yield Display(lambda _: None, lambda _: None)
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if console.is_terminal:
        with _moving_line(console, first) as display:
            yield display
    else:
        say = partial(console.print, markup=False, soft_wrap=True)
        yield Display(lambda message: say(f"{message}..."), lambda _: None)


@contextmanager
def _moving_line(console: Console, first: str) -> Iterator[Display]:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(first, total=None)
        yield Display(
            lambda message: bar.reset(task, description=message, total=None),
            lambda share: bar.update(task, completed=share, total=1.0),
        )
