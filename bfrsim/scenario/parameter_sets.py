"""Values of model parameters with their provenance, chosen in a scenario by ``[model] parameter_set``.

A set is a TOML file: ``title``, ``provenance``, and below ``[values]`` lines such as ``k_F = "15 1"`` and
``tau_D = "15 s"``. The shipped ones lie in ``models/parameter_sets/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bfrsim.errors import ScenarioError, did_you_mean
from bfrsim.library import models_folder
from bfrsim.scenario.places import key_lines
from bfrsim.scenario.toml_file import file_table, file_text
from bfrsim.scenario.wording import shown
from bfrsim.units import Unit, UnitError, conversion, parse_quantity

NOUN = "a parameter set"
KEYS = ("title", "provenance", "values")


@dataclass(frozen=True)
class ParameterSet:
    """Values as they were written, and where each stands."""

    path: Path
    title: str
    provenance: str
    values: Mapping[str, tuple[float, Unit]]
    lines: Mapping[str, int] = field(default_factory=dict)

    def values_in(self, units: Mapping[str, Unit]) -> dict[str, float]:
        """Return each value in the unit in which the model declares the parameter.

        Parameters
        ----------
        units : mapping
            Parameter of the model -> its unit.

        Raises
        ------
        ScenarioError
            With file and line, if the model has no such parameter or its unit is of another dimension.
        """
        return {name: value * self._factor(name, unit, units) for name, (value, unit) in self.values.items()}

    def _factor(self, name: str, unit: Unit, units: Mapping[str, Unit]) -> float:
        if name not in units:
            raise self.mistake(name, f"the model has no parameter '{name}'{did_you_mean(name, units)}")
        try:
            return conversion(unit, units[name])
        except UnitError:
            raise self.mistake(name, f"the model declares '{name}' in {units[name]}, found {unit}") from None

    def mistake(self, name: str, message: str) -> ScenarioError:
        """Return an error that points at the line of a value."""
        return ScenarioError(message, self.path, self.lines.get(name))


def shipped_parameter_sets() -> list[str]:
    """Return the names of the shipped sets, sorted."""
    return sorted(path.stem for path in (models_folder() / "parameter_sets").glob("*.toml"))


def find_parameter_set(name: str) -> Path:
    """Return the path of a shipped set, or of a .toml file given by its path.

    Raises
    ------
    ScenarioError
        If there is neither; the nearest shipped name is given.
    """
    shipped = shipped_parameter_sets()
    if name in shipped:
        return models_folder() / "parameter_sets" / f"{name}.toml"
    if name.endswith(".toml"):
        return Path(name)
    hint = did_you_mean(name, shipped) or f"; shipped are {', '.join(shipped)}, or give the path of a .toml file"
    raise ScenarioError(f"model.parameter_set = {shown(name)}: no such parameter set{hint}")


def read_parameter_set(name: str) -> ParameterSet:
    """Read a set by its shipped name or its path.

    Raises
    ------
    ScenarioError
        With file and line, if the set is not found or not well formed.
    """
    path = find_parameter_set(name)
    text = file_text(path, NOUN)
    data = file_table(text, path)
    lines = key_lines(text)
    for key in data:
        if key not in KEYS:
            hint = did_you_mean(key, KEYS) or f"; the keys of {NOUN} are {', '.join(KEYS)}"
            raise ScenarioError(f"unknown key '{key[:40]}'{hint}", path, lines.get((key,)))
    for key in ("title", "provenance"):
        if not isinstance(data.get(key), str) or not data[key].strip():
            raise ScenarioError(f'{NOUN} tells its {key}: {key} = "..."', path, lines.get((key,)))
    table = data.get("values", {})
    if not isinstance(table, dict):
        raise ScenarioError("expected a section [values] with keys below it", path, lines.get(("values",)))
    places = {key: line for key in table if (line := lines.get(("values", key))) is not None}
    values = {key: _value(key, found, path, places.get(key)) for key, found in table.items()}
    return ParameterSet(path, data["title"], data["provenance"], values, places)


def _value(name: str, found: Any, path: Path, line: int | None) -> tuple[float, Unit]:
    written = f'a value is written with its unit, {name[:40]} = "0.5 1" for a plain number, "30 1/s"'
    if not isinstance(found, str):
        raise ScenarioError(f"values.{name[:40]} = {shown(found)}: {written}", path, line)
    try:
        return parse_quantity(found[:200])
    except UnitError as error:
        raise ScenarioError(f"values.{name[:40]} = {shown(found)}: {error}; {written}", path, line) from None
