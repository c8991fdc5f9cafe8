"""How a verb ends: a mistake in one message and exit code 2, an interruption with 130, never with a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bfrsim.errors import BfrsimError

FAILED, MISTAKE, INTERRUPTED = 1, 2, 130


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what the user can mend into a message on standard error and an exit code."""
    try:
        yield
    except BfrsimError as error:
        stop(str(error), MISTAKE)
    except BrokenPipeError:  # the reader of our output has gone; nobody is left to tell
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        stop(f"{place}{error.strerror or error}", MISTAKE)
    except KeyboardInterrupt:
        stop("interrupted; nothing was written", INTERRUPTED)


def stop(message: str, code: int) -> None:
    """Print a message on standard error and end with an exit code."""
    typer.echo(message, err=True)
    raise typer.Exit(code) from None
