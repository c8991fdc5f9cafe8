"""From the text of a scenario and ``--set`` overrides to a checked Scenario, or to one error with all mistakes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bfrsim.errors import ScenarioError
from bfrsim.library import find_scenario
from bfrsim.scenario.mistakes import mistakes_in
from bfrsim.scenario.schema import Scenario

MAX_BYTES = 1_000_000
_EXAMPLE = '--set cuff.pressure="80 %AOP"'

Overrides = Mapping[str, Any] | Sequence[str]


def read_scenario(source: str | Path, overrides: Overrides = ()) -> Scenario:
    """Read and check a scenario.

    Parameters
    ----------
    source : str or Path
        Path of a TOML file, or the bare name of a shipped scenario such as ``high_load``.
    overrides : mapping or sequence of str, optional
        ``{"cuff.pressure": "80 %AOP"}`` or ``['cuff.pressure="80 %AOP"']``; later ones win. In a mapping, None takes
        the key or section away.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        One line for each mistake, with file and line or the override it came from.
    """
    path = find_scenario(source)
    text = _text(path)
    data = _table(text, path)
    changed = _changes(overrides)
    for key, value in changed.items():
        _override(data, key, value)
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        raise ScenarioError("\n".join(mistakes_in(error, data, text, path, changed))) from None


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise ScenarioError("this is a folder; a scenario is a .toml file", path)
        if not path.is_file():
            raise ScenarioError("this is not a file; a scenario is a .toml file", path)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"cannot read this file: {error.strerror or error}", path) from None
    if len(raw) > MAX_BYTES:
        raise ScenarioError(f"larger than {MAX_BYTES // 1_000_000} MB; a scenario is a page of text", path)
    try:
        # Editors on Windows may begin a file with a byte order mark, which TOML does not know.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ScenarioError("not UTF-8 text; save the file as UTF-8", path, line) from None


def _table(text: str, path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise ScenarioError("not TOML: brackets nested too deep", path) from None
    except tomllib.TOMLDecodeError as error:
        reason, line = _reason_and_line(str(error), text)
        raise ScenarioError(f"not TOML: {reason}", path, line) from None
    except ValueError:  # Python refuses to read integers of more than 4300 digits
        raise ScenarioError("not TOML: a number with thousands of digits", path) from None
    if not data:
        raise ScenarioError('an empty scenario; it begins with a line title = "..." and a section [person]', path)
    return data


def _reason_and_line(message: str, text: str) -> tuple[str, int | None]:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if place is None:
        return message, None
    reason = re.sub(r"^Cannot declare \('(.*)',\) twice", r"the section [\1] stands twice", message[: place.start()])
    reason = re.sub(r"^Cannot overwrite a value", "this key is given twice", reason)
    if place[1] is None:
        return f"{reason} at the end of the file", text.rstrip().count("\n") + 1
    line = int(place[1])
    return f"{reason} at column {place[2]}{_advice(text.splitlines()[line - 1 : line])}", line


def _advice(lines: list[str]) -> str:
    # The commonest slip of a newcomer: width = 13 cm.
    bare = re.match(r"\s*([\w.-]+)\s*=\s*([\d.]+(?:/\d+)?\s*[A-Za-z%][^\"'#]*)", lines[0]) if lines else None
    return f'; a value with a unit stands in quotes: {bare[1]} = "{bare[2].strip()}"' if bare else ""


def _changes(overrides: Overrides) -> dict[str, Any]:
    if isinstance(overrides, Mapping):
        return dict(overrides)
    texts = [overrides] if isinstance(overrides, str) else overrides
    return dict(_read_override(text) for text in texts)


def _read_override(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ScenarioError(f"write section.key=value, for example {_EXAMPLE}", f"--set {text}")
    try:
        parsed = tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError):
        return key.strip(), value.strip()
    return key.strip(), parsed["value"] if len(parsed) == 1 else value.strip()


def _override(data: dict[str, Any], key: str, value: Any) -> None:
    *sections, name = key.split(".")
    if not all([*sections, name]):
        raise ScenarioError(f"write section.key=value, for example {_EXAMPLE}", f"--set {key}")
    for section in sections:
        data = data.setdefault(section, {})
        if not isinstance(data, dict):
            raise ScenarioError(f"'{section}' is no section, so it has no key '{name}'", f"--set {key}")
    if value is None:
        data.pop(name, None)
    else:
        data[name] = value
