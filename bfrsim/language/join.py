"""Submodels and connections -> one flat system in seconds. Units of time are converted here, once, and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from bfrsim.errors import ModelError, did_you_mean
from bfrsim.language.bibliography import check_sources
from bfrsim.language.check import check_model
from bfrsim.language.dependencies import evaluation_order, levels
from bfrsim.language.parse import read_model
from bfrsim.language.tree import (
    Binary,
    Call,
    Connection,
    Declaration,
    Event,
    Expression,
    Model,
    Name,
    Negate,
    Rate,
)
from bfrsim.units import parse_unit, same_unit

SECOND, DAY = parse_unit("s"), parse_unit("d")


@dataclass(frozen=True, eq=False)
class System:
    """A whole model, flat: names are unique, rates are per second, lines stand in order of evaluation.

    Two systems are the same only if they are one object; reading unchanged files again gives that object again.

    Attributes
    ----------
    rates : dict
        State -> (expression in the submodel's unit of time, factor to per second).
    level : dict
        Name -> 0 (parameters only), 1 (inputs too: constant within a segment), 2 (hangs on a state).
    origin : dict
        Flat name -> ``submodel.name``.
    slow : tuple of str
        States of submodels whose unit of time is a day or longer: they hold still over a habitual day.
    notes : tuple of str
        Conversions that the join made, one sentence each.
    """

    name: str
    meaning: str
    parameters: tuple[Declaration, ...]
    inputs: tuple[Declaration, ...]
    states: tuple[Declaration, ...]
    rates: dict[str, tuple[Expression, float]]
    lines: tuple[Declaration, ...]
    references: tuple[Declaration, ...]
    events: tuple[Event, ...]
    outputs: tuple[str, ...]
    level: dict[str, int]
    origin: dict[str, str]
    slow: tuple[str, ...]
    notes: tuple[str, ...]

    def declared(self) -> dict[str, Declaration]:
        """Return every declaration by its flat name."""
        groups = (self.parameters, self.inputs, self.states, self.lines, self.references)
        return {item.name: item for group in groups for item in group}


def read_system(path: Path) -> System:
    """Read a model file with the submodels it uses, check everything, and join it.

    Parameters
    ----------
    path : Path
        A ``system``, or a ``submodel`` alone, whose inputs then are the inputs of the whole.

    Raises
    ------
    ModelError
        Located at the first mistake in any of the files.
    """
    beside = [*sorted(path.parent.glob("*.bfr")), path.parent / "references.bib"]
    contents = tuple((each.name, each.read_bytes()) for each in beside if each.is_file())
    return _joined(path, _shown(path), contents)


@lru_cache(maxsize=16)
def _joined(path: Path, shown: str, contents: tuple[tuple[str, bytes], ...]) -> System:
    """Join the files; `shown` and `contents` are what decides whether an earlier answer serves."""
    top = _read_checked(path)
    parts = {use.alias: _read_checked(_submodel_path(path, use.submodel, use.span)) for use in top.uses}
    if len(parts) < len(top.uses):
        twice = next(use for use in top.uses if sum(other.alias == use.alias for other in top.uses) > 1)
        raise ModelError(twice.span, f"'{twice.alias}' is used twice; name the second one: use {twice.submodel} as ...")
    for use in top.uses:
        if parts[use.alias].uses:
            message = f"'{use.submodel}' joins submodels of its own; use those here, and connect them here"
            raise ModelError(use.span, message)
    wiring = _wiring(top, parts)
    return _flatten(top, {"": top, **parts}, wiring)


def _read_checked(path: Path) -> Model:
    model = read_model(path, _shown(path))
    check_model(model)
    check_sources(model, path.parent / "references.bib")
    return model


def _shown(path: Path) -> str:
    return "/".join(path.parts[-2:])


def _submodel_path(top: Path, name: str, span: object) -> Path:
    path = top.parent / f"{name}.bfr"
    if not path.is_file():
        hint = did_you_mean(name, [other.stem for other in top.parent.glob("*.bfr")])
        raise ModelError(span, f"there is no submodel '{name}' beside this file{hint}")  # type: ignore[arg-type]
    return path


def _wiring(top: Model, parts: Mapping[str, Model]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return (alias, input) -> (alias or '' for the system, name)."""
    wiring: dict[tuple[str, str], tuple[str, str]] = {}
    for connection in top.connections:
        target = _input_of(parts, connection)
        source = _source_of(top, parts, connection)
        if not same_unit(target.unit, source.unit):
            message = f"'{connection.input}' expects {target.unit}, but '{connection.source[1]}' is {source.unit}"
            raise ModelError(connection.span, message)
        key = (connection.submodel, connection.input)
        if key in wiring:
            raise ModelError(connection.span, f"'{connection.submodel}.{connection.input}' is connected twice")
        wiring[key] = connection.source
    for alias, part in parts.items():
        for item in part.declarations:
            if item.kind == "input" and (alias, item.name) not in wiring:
                message = f"input '{item.name}' of '{alias}' is not connected in {top.span.file}"
                raise ModelError(item.span, message)
    return wiring


def _input_of(parts: Mapping[str, Model], connection: Connection) -> Declaration:
    if connection.submodel not in parts:
        hint = did_you_mean(connection.submodel, parts)
        raise ModelError(connection.span, f"'{connection.submodel}' is not used here{hint}")
    inputs = {item.name: item for item in parts[connection.submodel].declarations if item.kind == "input"}
    if connection.input not in inputs:
        hint = did_you_mean(connection.input, inputs)
        raise ModelError(connection.span, f"'{connection.submodel}' has no input '{connection.input}'{hint}")
    return inputs[connection.input]


def _source_of(top: Model, parts: Mapping[str, Model], connection: Connection) -> Declaration:
    alias, name = connection.source
    if alias and alias not in parts:
        raise ModelError(connection.span, f"'{alias}' is not used here{did_you_mean(alias, parts)}")
    model = parts[alias] if alias else top
    declared = model.declared()
    if name not in declared or (alias and declared[name].kind == "input"):
        candidates = [item.name for item in model.declarations if not alias or item.kind != "input"]
        where = f"'{alias}'" if alias else "the system"
        raise ModelError(connection.span, f"{where} has no '{name}'{did_you_mean(name, candidates)}")
    return declared[name]


def _flat_names(
    parts: Mapping[str, Model], wiring: Mapping[tuple[str, str], tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Short names where they are unique in the whole system, ``alias_name`` otherwise; inputs take their source's."""
    own = [(alias, item.name) for alias, part in parts.items() for item in part.declarations]
    own = [key for key in own if key not in wiring]
    counts = Counter(name for _, name in own)
    flat = {(alias, name): name if counts[name] == 1 or not alias else f"{alias}_{name}" for alias, name in own}
    owners: dict[str, str] = {}
    for (alias, name), joined in flat.items():
        if joined in owners:
            where = f"here and in '{owners[joined]}'"
            message = f"'{joined}' would name two things in the joined system, {where}; rename one"
            raise ModelError(parts[alias].declared()[name].span, message)
        owners[joined] = alias or parts[alias].name
    for key, source in wiring.items():
        flat[key] = flat[source]
    return flat


def _renamed(node: Expression, names: Mapping[str, str]) -> Expression:
    if isinstance(node, Name):
        return Name(names[node.name], node.span)
    if isinstance(node, Negate):
        return Negate(_renamed(node.operand, names), node.span)
    if isinstance(node, Binary):
        return Binary(node.operator, _renamed(node.left, names), _renamed(node.right, names), node.span)
    if isinstance(node, Call):
        return Call(node.function, tuple(_renamed(argument, names) for argument in node.arguments), node.span)
    return node


def _flatten(top: Model, parts: Mapping[str, Model], wiring: Mapping[tuple[str, str], tuple[str, str]]) -> System:
    flat = _flat_names(parts, wiring)
    items: list[Declaration] = []
    rates: dict[str, tuple[Expression, float]] = {}
    events: list[Event] = []
    outputs: list[str] = []
    notes: list[str] = []
    origin: dict[str, str] = {}
    slow: list[str] = []
    for alias, part in parts.items():
        names = {name: flat[owner, name] for owner, name in flat if owner == alias}
        for item in part.declarations:
            if (alias, item.name) not in wiring:
                value = None if item.value is None else _renamed(item.value, names)
                items.append(replace(item, name=names[item.name], value=value))
                origin[names[item.name]] = f"{alias or part.name}.{item.name}"
        factor = SECOND.factor / part.time.factor
        rates |= {names[rate.state]: (_renamed(rate.value, names), factor) for rate in part.rates}
        slow += [names[rate.state] for rate in part.rates if part.time.factor >= DAY.factor]
        events += [
            replace(event, name=_event_name(alias, event, parts), margin=_renamed(event.margin, names))
            for event in part.events
        ]
        outputs += [names[output.name] for output in part.outputs]
        notes += _conversion_note(part, part.rates, factor)
    return _ordered(top, items, rates, events, outputs, origin, slow, notes)


def _event_name(alias: str, event: Event, parts: Mapping[str, Model]) -> str:
    alike = sum(other.name == event.name for part in parts.values() for other in part.events)
    return event.name if alike == 1 or not alias else f"{alias}_{event.name}"


def _conversion_note(part: Model, rates: tuple[Rate, ...], factor: float) -> list[str]:
    if not rates or factor == 1.0:
        return []
    unit = part.time.spelling
    return [f"{part.name}: {len(rates)} rates per {unit} are divided by {1.0 / factor:g} (seconds in 1 {unit})"]


def _ordered(
    top: Model,
    items: list[Declaration],
    rates: dict[str, tuple[Expression, float]],
    events: list[Event],
    outputs: list[str],
    origin: dict[str, str],
    slow: list[str],
    notes: list[str],
) -> System:
    def of(kind: str) -> tuple[Declaration, ...]:
        return tuple(item for item in items if item.kind == kind)

    lines = evaluation_order(of("line"))
    level = levels(of("param"), of("reference"), of("input"), of("state"), lines, rates, events, top.kind == "submodel")
    return System(
        top.name, top.meaning, of("param"), of("input"), of("state"), rates, lines, of("reference"), tuple(events),
        tuple(dict.fromkeys(outputs)), level, origin, tuple(slow), tuple(notes),
    )  # fmt: skip
