"""What is wrong with a scenario, said so that its author can mend it: place, field, found, expected, nearest name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from bfrsim.errors import ScenarioError, did_you_mean
from bfrsim.scenario.agreement import Mistake
from bfrsim.scenario.exercise import MODES
from bfrsim.scenario.places import Place, key_lines, line_at, printable, value_at
from bfrsim.scenario.quantities import Kind
from bfrsim.scenario.record import Record
from bfrsim.scenario.schema import MAX_PHASES, SECTIONS, Phase, Scenario
from bfrsim.scenario.wording import shown


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
    return _located(_without_echoes(_told(error, data)), text, path, overrides)


def disagreements_in(
    disagreements: Iterable[Mistake], data: Mapping[str, Any], text: str, path: Path, overrides: Iterable[str]
) -> list[str]:
    """Return likewise what cannot stand together although each key is sound on its own."""
    told = []
    for mistake in disagreements:
        place = tuple(mistake.field.split("."))
        whole_section = len(place) == 1
        told.append((place, mistake.message if whole_section else f"{_found(place, data)}: {mistake.message}"))
    return _located(told, text, path, overrides)


def _located(told: Iterable[tuple[Place, str]], text: str, path: Path, overrides: Iterable[str]) -> list[str]:
    lines, outside = key_lines(text), [tuple(key.split(".")) for key in overrides]
    found = []
    for place, words in dict.fromkeys(told):
        message = printable(words)
        line = line_at(lines, place)
        culprit = _override_behind(place, outside, in_file=line is not None)
        if culprit is not None:
            found.append((0, ScenarioError(message, f"--set {_short('.'.join(culprit))}")))
        else:
            found.append((line or 0, ScenarioError(message, path, line)))
    return [str(sentence) for _, sentence in sorted(found, key=lambda each: each[0])]


def _override_behind(place: Place, outside: list[Place], in_file: bool) -> Place | None:
    for override in outside:
        # An override is to blame for its own key, and for a section that stands in no file but came into being by it.
        if place[: len(override)] == override or (not in_file and override[0] == place[0]):
            return override
    return None


def _told(error: ValidationError, data: Mapping[str, Any]) -> list[tuple[Place, str]]:
    told: list[tuple[Place, str]] = []
    for detail in error.errors():
        place = _place(detail["loc"])
        if detail["type"] == "extra_forbidden":
            told.append((place, _unknown(place, detail["input"], data)))
        elif detail["type"] == "missing":
            told.append((place, _missing(place, data)))
        elif detail["type"] == "union_tag_not_found":
            told.append(((*place, "mode"), _missing((*place, "mode"), data)))
        elif detail["type"] == "union_tag_invalid":
            place = (*place, "mode")
            told.append((place, f"{_found(place, data)}: {_one_of(value_at(place, data), MODES)}"))
        else:
            told.append((place, f"{_found(place, data)}: {_wrong(place, dict(detail))}"))
    return told


def _place(location: tuple[int | str, ...]) -> Place:
    parts = tuple(str(part) for part in location)
    # Where a section has several kinds, pydantic puts the kind between the section and its key.
    return (parts[0], *parts[2:]) if len(parts) > 1 and parts[0] == "exercise" and parts[1] in MODES else parts


def _record(place: Place, data: Mapping[str, Any]) -> type[Record]:
    """Return the record that the last part of a place is a key of."""
    if len(place) == 1:
        return Scenario
    if place[:2] == ("calendar", "phases") and len(place) > 2:
        return Phase
    mode = value_at(("exercise", "mode"), data) if place[0] == "exercise" else None
    return MODES[mode] if isinstance(mode, str) and mode in MODES else SECTIONS[place[0]][0]


def _dotted(place: Place) -> str:
    """Return ``calendar.phases[2].kind``, with tables of a list counted from 1, as lines are."""
    parts = (f"[{int(part) + 1}]" if number and part.isdigit() else f".{part}" for number, part in enumerate(place))
    return "".join(parts).removeprefix(".")


def _without_echoes(told: list[tuple[Place, str]]) -> list[tuple[Place, str]]:
    # A misspelt key is unknown and its right name is missing: that is one mistake, not two.
    hints = {(place[:-1], name) for place, text in told for name in re.findall(r"did you mean '\[?(\w+)", text)}
    return [
        (place, text) for place, text in told if not (text.startswith("missing") and (place[:-1], place[-1]) in hints)
    ]


def _found(place: Place, data: Mapping[str, Any]) -> str:
    value = value_at(place, data)
    if place[0] in SECTIONS and len(place) == 1:
        return f"[{place[0]}]" if isinstance(value, Mapping) or value is None else f"{place[0]} = {shown(value)}"
    return _dotted(place) if value is None else f"{_dotted(place)} = {shown(value)}"


def _unknown(place: Place, value: Any, data: Mapping[str, Any]) -> str:
    name = place[-1]
    if len(place) > 1:
        return _unknown_key(place, data)
    if isinstance(value, Mapping):
        hint = did_you_mean(name, SECTIONS)
        return f"unknown section [{_short(name)}]{hint}" if hint else f"unknown section [{_short(name)}]; {_sections()}"
    homes = _homes(name)
    if homes:
        return f"'{name}' stands outside any section; did you mean '{homes[0]}.{name}'? It belongs below [{homes[0]}]"
    return f"unknown key '{_short(name)}'" + (did_you_mean(name, Scenario.model_fields) or f"; {_sections()}")


def _unknown_key(place: Place, data: Mapping[str, Any]) -> str:
    name, record = place[-1], _record(place, data)
    said = f"unknown key '{_short(name)}' in [{_section(place)}]"
    modes = [mode for mode, other in MODES.items() if name in other.model_fields] if place[0] == "exercise" else []
    if modes:
        return f"{said} of mode {shown(value_at(('exercise', 'mode'), data))}; it belongs to {' and '.join(modes)}"
    hint = did_you_mean(name, record.model_fields)
    homes = _homes(name)
    if homes and not hint:
        return f"{said}; it belongs below [{homes[0]}]"
    return said + (hint or f"; the keys there are {', '.join(record.model_fields)}")


def _homes(name: str) -> list[str]:
    return [section for section, records in SECTIONS.items() if any(name in each.model_fields for each in records)]


def _section(place: Place) -> str:
    return ".".join(part for part in place[:-1] if not part.isdigit())


def _missing(place: Place, data: Mapping[str, Any]) -> str:
    if len(place) == 1 and place[0] in SECTIONS:
        fields = SECTIONS[place[0]][0].model_fields
        needed = [name for name, info in fields.items() if info.is_required()] or SECTIONS[place[0]][0].sketch
        lines = "; ".join(_example_line(name, fields[name]) for name in needed)
        return f"missing section [{place[0]}]; below it write for example: {lines}"
    home = f" in [{_section(place)}]" if len(place) > 1 else ""
    line = _example_line(place[-1], _record(place, data).model_fields[place[-1]])
    return f"missing '{place[-1]}'{home}; write for example: {line}"


def _wrong(place: Place, detail: dict[str, Any]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return _one_of(detail["input"], re.findall(r"'([^']*)'", context["expected"]))
    if place[:2] == ("calendar", "phases") and kind in ("tuple_type", "too_long", "model_type"):
        return f"expected at most {MAX_PHASES} tables [[calendar.phases]], each with a kind and a length"
    if kind in ("model_type", "model_attributes_type"):
        return f"expected a section [{place[-1]}] with keys below it"
    sentences = {
        "bool_type": "expected true or false, without quotes",
        "string_type": "expected text in quotes",
        "string_too_short": "expected some text",
        "string_too_long": f"expected at most {context.get('max_length')} characters",
    }
    return sentences.get(kind) or str(detail["msg"])


def _one_of(found: Any, valid: Iterable[str]) -> str:
    names = list(valid)
    hint = did_you_mean(found, names) if isinstance(found, str) else ""
    return f"expected {' or '.join(shown(each) for each in names)}{hint}"


def _example_line(name: str, info: FieldInfo) -> str:
    # A key that may be left out keeps its kind one level deeper, beside None.
    notes = [
        *info.metadata,
        *(note for each in get_args(info.annotation) for note in getattr(each, "__metadata__", ())),
    ]
    kind = next((note for note in notes if isinstance(note, Kind)), None)
    examples = kind.examples if kind else info.examples or [""]
    return f"{name} = {shown(examples[0])}"


def _sections() -> str:
    return f"the sections are {', '.join(f'[{name}]' for name in SECTIONS)}"


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:37]}..."
