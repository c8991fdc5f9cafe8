"""From the text of a scenario and ``--set`` overrides to a checked Scenario, or to one error with all mistakes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bfrsim.errors import ScenarioError
from bfrsim.library import find_scenario
from bfrsim.scenario.agreement import disagreements
from bfrsim.scenario.mistakes import disagreements_in, mistakes_in
from bfrsim.scenario.parameter_sets import find_parameter_set
from bfrsim.scenario.schedule import schedule_mistakes
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.toml_file import file_table, file_text

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
    text = file_text(path)
    data = file_table(text, path)
    if not data:
        raise ScenarioError('an empty scenario; it begins with a line title = "..." and a section [person]', path)
    changed = _changes(overrides)
    for key, value in changed.items():
        _override(data, key, value)
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        raise ScenarioError("\n".join(mistakes_in(error, data, text, path, changed))) from None
    if mistakes := disagreements(scenario) or schedule_mistakes(scenario):
        raise ScenarioError("\n".join(disagreements_in(mistakes, data, text, path, changed)))
    find_parameter_set(scenario.model.parameter_set)
    return scenario


def _changes(overrides: Overrides) -> dict[str, Any]:
    if isinstance(overrides, Mapping):
        return dict(overrides)
    texts = [overrides] if isinstance(overrides, str) else overrides
    return dict(read_override(text) for text in texts)


def read_override(text: str) -> tuple[str, Any]:
    """Return key and value of a ``--set`` text."""
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
