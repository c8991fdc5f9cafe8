"""What is wrong with the file of a study, said so that its author can mend it: file, line, field, found, expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bfrsim.errors import did_you_mean
from bfrsim.scenario.places import Place, told_in_file, value_at
from bfrsim.scenario.quantities import Kind
from bfrsim.scenario.wording import shown

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
    return told_in_file((_told(dict(detail), data, records) for detail in error.errors()), text, path)


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
    value = value_at(place, data)
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
