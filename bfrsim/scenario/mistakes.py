"""What is wrong with a scenario, said so that its author can mend it: place, field, found, expected, nearest name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from bfrsim.errors import ScenarioError, did_you_mean
from bfrsim.scenario.quantities import Kind
from bfrsim.scenario.schema import SECTIONS, Record, Scenario
from bfrsim.scenario.wording import shown

Place = tuple[str, ...]

_HEADER = re.compile(r"^\s*\[\[?\s*(?P<path>[^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?P<path>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def mistakes_in(
    error: ValidationError, data: Mapping[str, Any], text: str, path: Path, overrides: Iterable[str]
) -> list[str]:
    """Return one sentence for each mistake, each with its place, in the order of the file.

    Parameters
    ----------
    error : ValidationError
        What pydantic found.
    data : mapping
        The tables of the file with the overrides in them.
    text, path
        The file itself, to find lines.
    overrides : iterable of str
        Dotted keys that were set from outside; a mistake in one of these is laid to it, not to the file.
    """
    lines, outside = key_lines(text), [tuple(key.split(".")) for key in overrides]
    found = []
    for place, told in dict.fromkeys(_without_echoes(_told(error, data))):
        message = _printable(told)
        line = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)
        culprit = _override_behind(place, outside, in_file=line is not None)
        if culprit is not None:
            found.append((0, ScenarioError(message, f"--set {_short('.'.join(culprit))}")))
        else:
            found.append((line or 0, ScenarioError(message, path, line)))
    return [str(sentence) for _, sentence in sorted(found, key=lambda each: each[0])]


def key_lines(text: str) -> dict[Place, int]:
    """Return the line of each section and key, counted from 1; TOML's own reader does not tell.

    A small scan, enough to point at a line: lines inside multi-line strings are passed over.
    """
    lines: dict[Place, int] = {}
    section: Place = ()
    quoted = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not quoted:
            if header := _HEADER.match(line):
                section = _parts(header["path"])
                lines.setdefault(section, number)
            elif key := _KEY.match(line):
                place = section + _parts(key["path"])
                for depth in range(len(section) + 1, len(place) + 1):
                    lines.setdefault(place[:depth], number)
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return lines


def _override_behind(place: Place, outside: list[Place], in_file: bool) -> Place | None:
    for override in outside:
        # An override is to blame for its own key, and for a section that stands in no file but came into being by it.
        if place[: len(override)] == override or (not in_file and override[0] == place[0]):
            return override
    return None


def _parts(path: str) -> Place:
    return tuple(part.strip("\"'") for part in _PART.findall(path))


def _told(error: ValidationError, data: Mapping[str, Any]) -> list[tuple[Place, str]]:
    told: list[tuple[Place, str]] = []
    for detail in error.errors():
        place = tuple(str(part) for part in detail["loc"])
        if detail["type"] == "disagreement":
            for mistake in detail["ctx"]["mistakes"]:
                place = tuple(mistake.field.split("."))
                whole_section = len(place) == 1
                told.append((place, mistake.message if whole_section else f"{_found(place, data)}: {mistake.message}"))
        elif detail["type"] == "extra_forbidden":
            told.append((place, _unknown(place, detail["input"])))
        elif detail["type"] == "missing":
            told.append((place, _missing(place)))
        else:
            told.append((place, f"{_found(place, data)}: {_wrong(place, dict(detail))}"))
    return told


def _without_echoes(told: list[tuple[Place, str]]) -> list[tuple[Place, str]]:
    # A misspelt key is unknown and its right name is missing: that is one mistake, not two.
    hints = {(place[:-1], name) for place, text in told for name in re.findall(r"did you mean '\[?(\w+)", text)}
    return [
        (place, text) for place, text in told if not (text.startswith("missing") and (place[:-1], place[-1]) in hints)
    ]


def _found(place: Place, data: Mapping[str, Any]) -> str:
    value: Any = data
    for part in place:
        value = value.get(part) if isinstance(value, Mapping) else None
    if place[0] in SECTIONS and len(place) == 1:
        return f"[{place[0]}]" if isinstance(value, Mapping) or value is None else f"{place[0]} = {shown(value)}"
    return ".".join(place) if value is None else f"{'.'.join(place)} = {shown(value)}"


def _unknown(place: Place, value: Any) -> str:
    name = place[-1]
    if len(place) > 1:
        hint = did_you_mean(name, SECTIONS[place[0]].model_fields)
        return f"unknown key '{_short(name)}' in [{place[0]}]" + (hint or _choice(SECTIONS[place[0]]))
    if isinstance(value, Mapping):
        hint = did_you_mean(name, SECTIONS)
        return f"unknown section [{_short(name)}]{hint}" if hint else f"unknown section [{_short(name)}]; {_sections()}"
    homes = [section for section, record in SECTIONS.items() if name in record.model_fields]
    if homes:
        return f"'{name}' stands outside any section; did you mean '{homes[0]}.{name}'? It belongs below [{homes[0]}]"
    return f"unknown key '{_short(name)}'" + (did_you_mean(name, Scenario.model_fields) or f"; {_sections()}")


def _missing(place: Place) -> str:
    if len(place) == 1 and place[0] in SECTIONS:
        needed = [each for each in SECTIONS[place[0]].model_fields.items() if each[1].is_required()]
        lines = "; ".join(_example_line(name, info) for name, info in needed)
        return f"missing section [{place[0]}]; below it write for example: {lines}"
    record = SECTIONS[place[0]] if len(place) > 1 else Scenario
    home = f" in [{place[0]}]" if len(place) > 1 else ""
    return f"missing '{place[-1]}'{home}; write for example: {_example_line(place[-1], record.model_fields[place[-1]])}"


def _wrong(place: Place, detail: dict[str, Any]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        valid = re.findall(r"'([^']*)'", context["expected"])
        hint = did_you_mean(detail["input"], valid) if isinstance(detail["input"], str) else ""
        return f"expected {' or '.join(shown(each) for each in valid)}{hint}"
    if kind in ("model_type", "model_attributes_type"):
        return f"expected a section [{place[-1]}] with keys below it"
    sentences = {
        "bool_type": "expected true or false, without quotes",
        "string_type": "expected text in quotes",
        "string_too_short": "expected some text",
        "string_too_long": f"expected at most {context.get('max_length')} characters",
    }
    return sentences.get(kind) or str(detail["msg"])


def _example_line(name: str, info: FieldInfo) -> str:
    kind = next((each for each in info.metadata if isinstance(each, Kind)), None)
    examples = kind.examples if kind else info.examples or [""]
    return f"{name} = {shown(examples[0])}"


def _choice(record: type[Record]) -> str:
    return f"; the keys there are {', '.join(record.model_fields)}"


def _sections() -> str:
    return f"the sections are {', '.join(f'[{name}]' for name in SECTIONS)}"


def _printable(message: str) -> str:
    # A line break or an escape code in a value must not reach the terminal.
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in message)


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:37]}..."
