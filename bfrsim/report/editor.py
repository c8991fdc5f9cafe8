"""What a text editor is told of scenarios: a JSON Schema that completes keys, shows examples and marks slips.

The schema of the records tells names and types; what users write, quantities with units, is told here of each kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic.fields import FieldInfo

from bfrsim.scenario.quantities import (
    Clock,
    Clocks,
    Durations,
    Kind,
    Number,
    Pressures,
    Quantity,
    QuantityOf,
    Range,
    Sets,
)
from bfrsim.scenario.record import Record
from bfrsim.scenario.schema import SECTIONS, Phase, Scenario

DIALECT = "http://json-schema.org/draft-07/schema#"  # what TOML editors know
TITLE = "A scenario of bfrsim"

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
QUANTITY = rf"^\s*{_NUMBER}\s*(?:[A-Za-z%µ°]|1\s*/).*$"
PRESSURES = r"^\s*[\d.]+\s*/\s*[\d.]+\s*[A-Za-z].*$"
CLOCK = r"^([01]?\d|2[0-3]):[0-5]\d$"
_STORED_UNIT = re.compile(rf"\s*\[(?!(?:{'|'.join(SECTIONS)})\])[^\]]*\]$")  # the unit a value is stored in


def schema_text() -> str:
    """Return the JSON Schema of scenarios, the same text each time."""
    schema = Scenario.model_json_schema()
    records = {record.__name__: record for group in SECTIONS.values() for record in group} | {"Phase": Phase}
    for name, definition in schema["$defs"].items():
        _describe(definition, records[name])
    _describe(schema, Scenario)
    whole = {"$schema": DIALECT} | schema | {"title": TITLE}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _describe(schema: dict[str, Any], record: type[Record]) -> None:
    for name, info in record.model_fields.items():
        field = _without_null(schema["properties"][name])
        field["title"] = name.replace("_", " ")
        kind = next(_kinds(info), None)
        if "description" in field:
            field["description"] = _STORED_UNIT.sub("", field["description"])
        if kind is not None:
            field |= _rules(kind)
            field["description"] = _with_limits(field.get("description", ""), kind)
            if field.get("default") is not None:
                field["default"] = kind.write(info.default)
        schema["properties"][name] = field


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Return the field as TOML can hold it: left out, never null."""
    kept = {key: value for key, value in field.items() if key != "anyOf" and not (key == "default" and value is None)}
    if isinstance(kept.get("default"), dict):
        kept.pop("default")  # a section is left out or written
    for choice in field.get("anyOf", ()):
        if choice.get("type") != "null":
            kept |= choice
    return kept


def _kinds(info: FieldInfo) -> Iterator[Kind]:
    yield from (each for each in info.metadata if isinstance(each, Kind))
    for argument in get_args(info.annotation):
        yield from (each for each in getattr(argument, "__metadata__", ()) if isinstance(each, Kind))


def _rules(kind: Kind) -> dict[str, Any]:
    """Return what an editor can check of a kind; the program itself checks everything."""
    if isinstance(kind, Number):
        low = "exclusiveMinimum" if kind.range.above else "minimum"
        return {low: kind.range.low, "maximum": kind.range.high}
    if isinstance(kind, Sets):
        repetitions = {"type": "integer", "minimum": 1, "maximum": kind.most_repetitions}
        return {
            "items": repetitions,
            "minItems": 1,
            "maxItems": kind.most_sets,
            "minimum": 1,
            "maximum": kind.most_sets,
        }
    if isinstance(kind, Clocks | Durations):
        pattern = CLOCK if isinstance(kind, Clocks) else QUANTITY
        return {"items": {"type": "string", "pattern": pattern}, "minItems": 1, "maxItems": kind.most}
    patterns = {Quantity: QUANTITY, QuantityOf: QUANTITY, Pressures: PRESSURES, Clock: CLOCK}
    return {"pattern": patterns[type(kind)]} if type(kind) in patterns else {}


def _with_limits(description: str, kind: Kind) -> str:
    written = " or ".join(json.dumps(example, ensure_ascii=False) for example in kind.examples)
    limits = "; ".join(str(each) for each in _ranges(kind))
    return "; ".join(part for part in (description, f"written {written}", limits) if part)


def _ranges(kind: Kind) -> tuple[Range, ...]:
    if isinstance(kind, QuantityOf):
        return kind.ranges
    return (kind.range,) if isinstance(kind, Quantity | Number) else ()
