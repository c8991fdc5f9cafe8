"""What an arm changes of its base scenario: as ``--set`` has it, and mistakes laid to the arm's own line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bfrsim.errors import ScenarioError
from bfrsim.study.published.mistakes import line_of

_OVERRIDE = re.compile(r"^--set (?P<key>\S+): (?P<message>.*)$")


def dotted(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return dotted keys and their values, as ``--set`` has them."""
    found: dict[str, Any] = {}
    for key, value in tables.items():
        found |= dotted(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found


def laid_to_arm(line: str, arm: str, number: int, text: str, path: Path) -> str:
    """Return a mistake in the scenario of an arm, laid to the line of the file that holds the arm."""
    match = _OVERRIDE.match(line)
    key = match["key"] if match else "base"
    message = match["message"] if match else line
    return str(ScenarioError(f"arm '{arm}', {key}: {message}", path, line_of(text, ("arm", str(number)), key)))
