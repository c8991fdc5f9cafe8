"""Errors that say where, what was found, what was expected and the nearest valid name.

Each error is one sentence a user can act on; the command line prints it and ends with exit code 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SHOWN = 120  # characters of a source line in a message


class BfrsimError(Exception):
    """Something the user can mend: bad text, bad value, bad path."""


@dataclass(frozen=True)
class Span:
    """A piece of one source line; columns count from 0, ``end`` is exclusive."""

    file: str
    line: int
    text: str = ""
    start: int = 0
    end: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class ModelError(BfrsimError):
    """A mistake in a ``.bfr`` file, shown with its line and a caret under the culprit."""

    def __init__(self, span: Span | None, message: str) -> None:
        self.span = span
        self.message = message
        super().__init__(located(span, message))


class ScenarioError(BfrsimError):
    """A mistake in a scenario: file, line where there is one, field, found and expected."""

    def __init__(self, message: str, file: str | Path | None = None, line: int | None = None) -> None:
        place = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(place + message)


class SimulationError(BfrsimError):
    """The request cannot be computed, although model and scenario are well formed."""


def located(span: Span | None, message: str) -> str:
    """Return ``file:line: message`` with the source line and a caret below it; a long line is shown in part."""
    if span is None:
        return message
    head = f"{span}: {message}"
    if not span.text.strip():
        return head
    indent = len(span.text) - len(span.text.lstrip())
    first = max(indent, span.start - SHOWN // 2) if len(span.text) > SHOWN else indent
    shown = span.text[first : first + SHOWN].rstrip()
    start = max(span.start - first, 0)
    width = max(min(span.end - first, len(shown)) - start, 1)
    return f"{head}\n    {shown}\n{' ' * (4 + start)}{'^' * width}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest known name, or an empty string."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not near:
        lowered = {other.lower(): other for other in names}
        near = [lowered[key] for key in difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)]
    return f"; did you mean '{near[0]}'?" if near else ""
