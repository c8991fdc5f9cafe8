"""Places in a TOML file: the line of each key, the value at a place, and mistakes told with file and line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bfrsim.errors import ScenarioError

Place = tuple[str, ...]  # names and, within a list, numbers on the way to a key

_HEADER = re.compile(r"^\s*(?P<open>\[\[?)\s*(?P<path>[^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?P<path>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def key_lines(text: str) -> dict[Place, int]:
    """Return the line of each section and key, counted from 1; TOML's own reader does not tell.

    A small scan, enough to point at a line: lines inside multi-line strings are passed over.
    """
    lines: dict[Place, int] = {}
    section: Place = ()
    tables: Counter[Place] = Counter()
    quoted = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not quoted:
            if header := _HEADER.match(line):
                section = _parts(header["path"])
                lines.setdefault(section, number)
                if header["open"] == "[[":
                    tables[section] += 1
                    section = (*section, str(tables[section] - 1))
                    lines[section] = number
            elif key := _KEY.match(line):
                place = section + _parts(key["path"])
                for depth in range(len(section) + 1, len(place) + 1):
                    lines.setdefault(place[:depth], number)
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return lines


def _parts(path: str) -> Place:
    return tuple(part.strip("\"'") for part in _PART.findall(path))


def line_at(lines: Mapping[Place, int], place: Place) -> int | None:
    """Return the line of a place, or of the nearest section around it that stands in the file."""
    return next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)


def value_at(place: Place, data: Mapping[str, Any]) -> Any:
    """Return what stands at a place; None if nothing does."""
    value: Any = data
    for part in place:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def printable(message: str) -> str:
    """Return a message without line breaks and escape codes, which must not reach the terminal."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in message)


def told_in_file(told: Iterable[tuple[Place, str]], text: str, path: Path) -> list[str]:
    """Return each message with file and line, in the order of the file, none twice."""
    lines, found = key_lines(text), []
    for place, message in dict.fromkeys(told):
        line = line_at(lines, place)
        found.append((line or 0, str(ScenarioError(printable(message), path, line))))
    return [sentence for _, sentence in sorted(found, key=lambda each: each[0])]
