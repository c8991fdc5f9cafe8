"""What an outcome can be sensitive to: parameters of the model, its inputs, numbers of the protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from bfrsim.errors import SimulationError, did_you_mean
from bfrsim.scenario.quantities import Amount, Number, QuantityOf
from bfrsim.scenario.quantities import Quantity as Kind
from bfrsim.study.local_sensitivities.programme import (
    NEIGHBOUR,
    Direction,
    Programme,
    slope,
    with_input,
    with_parameter,
    with_protocol,
)

PARAMETER, INPUT, PROTOCOL = "parameter", "input", "protocol"
GROUPS = {"all": PARAMETER, "parameters": PARAMETER, "inputs": INPUT, "protocol": PROTOCOL}
SECTIONS = ("person", "cuff", "exercise", "calendar", "meals")


@dataclass(frozen=True)
class Quantity:
    """Something with a value that can move.

    Attributes
    ----------
    kind : ``parameter``, ``input`` (a factor of it, 1, wherever it is given), or ``protocol``.
    source : key of the bibliography, ``assumed``, ``fitted``, or ``scenario``.
    """

    name: str
    kind: str
    value: float
    unit: str
    source: str
    meaning: str


def quantities(programme: Programme) -> dict[str, Quantity]:
    """Return everything that can move, by its name."""
    system = programme.system
    found = [
        Quantity(item.name, PARAMETER, float(value), item.unit.spelling, item.source, item.meaning)
        for item, value in zip(system.parameters, programme.params, strict=False)
    ]
    tables = (programme.segments.inputs, programme.day.inputs)
    for column, item in enumerate(system.inputs):
        if any(table[:, column].any() for table in tables):
            found.append(Quantity(item.name, INPUT, 1.0, "1", "scenario", f"{item.meaning}, as a factor"))
    found += _protocol(programme)
    return {each.name: each for each in found}


def choose(programme: Programme, names: Sequence[str]) -> tuple[Quantity, ...]:
    """Return the quantities that are meant: names, or whole groups, ``all`` (parameters), ``inputs``, ``protocol``.

    Raises
    ------
    SimulationError
        If a name is unknown.
    """
    known = quantities(programme)
    chosen: dict[str, Quantity] = {}
    for name in names:
        if name in GROUPS:
            chosen |= {each.name: each for each in known.values() if each.kind == GROUPS[name]}
        elif name in known:
            chosen[name] = known[name]
        else:
            raise SimulationError(f"nothing with a number is called '{name}'{did_you_mean(name, [*known, *GROUPS])}")
    return tuple(chosen.values())


def moved(programme: Programme, quantity: Quantity, step: float) -> Programme:
    """Return the programme with the quantity larger by a step, in its unit."""
    if quantity.kind == PARAMETER:
        return with_parameter(programme, quantity.name, step)
    if quantity.kind == INPUT:
        return with_input(programme, quantity.name, step)
    section, field = quantity.name.split(".")
    stored = getattr(getattr(programme.scenario, section), field)
    value = Amount(stored.value + step, stored.unit) if isinstance(stored, Amount) else stored + step
    return with_protocol(programme, quantity.name, value)


def direction(programme: Programme, quantity: Quantity) -> Direction:
    """Return the derivative of the programme's arrays by a quantity.

    Parameters and inputs enter linearly. A quantity of the protocol passes through completion and calendar, which are
    no functions of JAX: there it is a central difference of the compiled tables.
    """
    if quantity.kind != PROTOCOL:
        return slope(programme, moved(programme, quantity, 1.0), 1.0)
    step = NEIGHBOUR * abs(quantity.value) or NEIGHBOUR
    return slope(moved(programme, quantity, -step), moved(programme, quantity, step), 2.0 * step)


def _protocol(programme: Programme) -> Iterator[Quantity]:
    for section in SECTIONS:
        record = getattr(programme.scenario, section)
        for name, field in type(record).model_fields.items() if record is not None else ():
            stored = getattr(record, name)
            kind = next(_kinds([*field.metadata, *get_args(field.annotation)]), None)
            if isinstance(stored, Amount):
                value, unit = stored.value, stored.unit
            elif isinstance(stored, float):
                value, unit = stored, _unit(kind)
            else:
                continue
            meaning = (field.description or name.replace("_", " ")).partition(" [")[0]
            yield Quantity(f"{section}.{name}", PROTOCOL, value, unit, "scenario", meaning)


def _kinds(parts: Sequence[Any]) -> Iterator[Any]:
    """Yield the kinds that annotate a field, also inside a choice of types."""
    for part in parts:
        if isinstance(part, Kind | Number | QuantityOf):
            yield part
        else:
            yield from _kinds(get_args(part))


def _unit(kind: Any) -> str:
    return str(kind.range.unit or "1") if isinstance(kind, Kind | Number) else "s"
