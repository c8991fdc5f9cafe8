"""What is wrong with a trial file, said so that its author can mend it: file, line, field, found, expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from bfrsim.errors import did_you_mean
from bfrsim.scenario.places import Place, key_lines, told_in_file, value_at
from bfrsim.scenario.wording import shown
from bfrsim.study.published.record import Arm, Order, Population, Row, Trial, Untold

# The record that stands at a place, by the names on the way to it.
_RECORDS: dict[Place, type[BaseModel]] = {
    (): Trial,
    ("population",): Population,
    ("arm",): Arm,
    ("arm", "rows"): Row,
    ("order",): Order,
    ("not_simulated",): Untold,
}


def mistakes_in(error: ValidationError, data: Mapping[str, Any], text: str, path: Path) -> list[str]:
    """Return one sentence for each mistake that pydantic found, each with its place, in the order of the file."""
    told = []
    for detail in error.errors():
        place = tuple(str(part) for part in detail["loc"])
        told.append((place, _sentence(place, dict(detail), data)))
    return told_in_file(told, text, path)


def line_of(text: str, table: Place, key: str) -> int | None:
    """Return the line of a dotted key within a table of a list, such as ``("arm", "1")``; else that of the table.

    A key of a subtable, ``[arm.set]``, is found by the end of its dotted name.
    """
    lines = text.splitlines()
    start = key_lines(text).get(table)
    if start is None:
        return None
    end = next((n for n in range(start, len(lines)) if re.match(r"\s*\[\[", lines[n])), len(lines))
    names = [".".join(key.split(".")[n:]) for n in range(key.count(".") + 1)]
    for name in names:
        pattern = re.compile(rf"""\s*["']?{re.escape(name)}["']?\s*[=.]""")
        for number in range(start - 1, end):
            if pattern.match(lines[number]):
                return number + 1
    return start


def _sentence(place: Place, detail: dict[str, Any], data: Mapping[str, Any]) -> str:
    names = tuple(part for part in place if not part.isdigit())
    record = _RECORDS.get(names[:-1])
    fields = [] if record is None else [info.alias or name for name, info in record.model_fields.items()]
    where = ".".join(names[:-1])
    home = f" in [{where}]" if where else ""
    if detail["type"] == "extra_forbidden":
        hint = did_you_mean(names[-1], fields) or f"; the keys there are {', '.join(fields)}"
        return f"unknown key '{names[-1][:40]}'{home}{hint}"
    if detail["type"] == "missing":
        return f"missing '{names[-1]}'{home}"
    found = value_at(place, data)
    said = ".".join(names) if found is None else f"{'.'.join(names)} = {shown(found)}"
    return f"{said}: {_wrong(detail)}"


def _wrong(detail: dict[str, Any]) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(context["error"])
    if detail["type"] == "literal_error":
        names = re.findall(r"'([^']*)'", context["expected"])
        hint = did_you_mean(detail["input"], names) if isinstance(detail["input"], str) else ""
        return f"expected {' or '.join(shown(name) for name in names)}{hint}"
    return str(detail["msg"])
