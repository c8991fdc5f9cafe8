"""What is wrong with the file of a study, said so that its author can mend it: file, line, field, found, expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bfrsim.errors import ScenarioError, did_you_mean
from bfrsim.scenario.mistakes import key_lines
from bfrsim.scenario.quantities import Kind
from bfrsim.scenario.wording import shown

Place = tuple[str, ...]
Records = Mapping[Place, type[BaseModel]]


def mistakes_in(error: ValidationError, data: Mapping[str, Any], text: str, path: Path, records: Records) -> list[str]:
    """Return one sentence for each mistake that pydantic found, each with its place, in the order of the file.

    Parameters
    ----------
    data, text, path
        The tables of the file, its text, and where it lies.
    records : mapping
        The record that stands at a place, by the names on the way to it; () is the whole file.
    """
    lines, found = key_lines(text), []
    for place, message in dict.fromkeys(_told(dict(detail), data, records) for detail in error.errors()):
        line = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)
        printable = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in message)
        found.append((line or 0, str(ScenarioError(printable, path, line))))
    return [sentence for _, sentence in sorted(found, key=lambda each: each[0])]


def _told(detail: dict[str, Any], data: Mapping[str, Any], records: Records) -> tuple[Place, str]:
    place = tuple(str(part) for part in detail["loc"])
    names = tuple(part for part in place if not part.isdigit())
    home = f" in [{'.'.join(names[:-1])}]" if len(names) > 1 else ""
    fields = records[names[:-1]].model_fields if names[:-1] in records else {}
    if detail["type"] == "extra_forbidden":
        hint = did_you_mean(names[-1], fields) or f"; the keys there are {', '.join(fields)}"
        return place, f"unknown key '{names[-1][:40]}'{home}{hint}"
    if detail["type"] == "missing":
        return place, f"missing '{names[-1]}'{home}; {_example(names, fields.get(names[-1]), names in records)}"
    message = str(detail["ctx"]["error"]) if detail["type"] == "value_error" else _wrong(detail)
    # A record that checks its keys against each other names the culprit first: operator = "=": expected ...
    culprit = re.match(r"(\w+) = ", message)
    if culprit:
        return (*place, culprit[1]), f"{'.'.join(names)}: {message}"
    value = _value(place, data)
    section = isinstance(value, dict | list) or value is None
    return place, f"{'.'.join(names)}{'' if section else f' = {shown(value)}'}: {message}"


def _wrong(detail: dict[str, Any]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "literal_error":
        names = re.findall(r"'([^']*)'", context["expected"])
        hint = did_you_mean(detail["input"], names) if isinstance(detail["input"], str) else ""
        return f"expected {' or '.join(shown(name) for name in names)}{hint}"
    sentences = {
        "model_type": "expected a section with keys below it",
        "tuple_type": "expected a list of tables, each under its own [[heading]]",
        "string_type": "expected text in quotes",
        "string_too_short": "expected some text",
        "string_too_long": f"expected at most {context.get('max_length')} characters",
        "too_short": f"expected at least {context.get('min_length')}",
        "too_long": f"expected at most {context.get('max_length')}",
    }
    return sentences.get(kind) or str(detail["msg"])


def _example(names: Place, info: FieldInfo | None, is_record: bool) -> str:
    dotted = ".".join(names)
    if info is None or is_record:
        listed = info is not None and "tuple" in str(info.annotation)
        return f"write it as tables [[{dotted}]]" if listed else f"write it as a section [{dotted}]"
    notes = [*info.metadata, *(n for each in get_args(info.annotation) for n in getattr(each, "__metadata__", ()))]
    kind = next((note for note in notes if isinstance(note, Kind)), None)
    examples = kind.examples if kind else info.examples
    return f"write for example: {names[-1]} = {shown(examples[0])}" if examples else "it cannot be left out"


def _value(place: Place, data: Mapping[str, Any]) -> Any:
    value: Any = data
    for part in place:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
