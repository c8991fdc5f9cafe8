"""Names and units of one model file, checked on the author's text before anything is simplified."""

from __future__ import annotations

from collections.abc import Mapping

from bfrsim.errors import ModelError, did_you_mean
from bfrsim.language.functions import BUILTINS
from bfrsim.language.tree import Binary, Call, Declaration, Expression, Model, Name, Negate, Number, Rate
from bfrsim.units import Unit, UnitError, parse_unit, same_unit

PLAIN = parse_unit("1")


def check_model(model: Model) -> None:
    """Check names, rates and units of one file.

    Raises
    ------
    ModelError
        At the first mistake, with file, line, caret, what was found and what was expected.
    """
    units = _declared_units(model)
    for item in model.declarations:
        _check_value(item, units)
    _check_rates(model, units)
    _check_events(model, units)
    for output in model.outputs:
        if output.name not in units:
            raise ModelError(output.span, _unknown(output.name, units))


def _declared_units(model: Model) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for item in model.declarations:
        if item.name in units:
            first = model.declared()[item.name]
            earlier = next(other for other in model.declarations if other.name == first.name)
            raise ModelError(item.span, f"'{item.name}' is declared twice; the first time in line {earlier.span.line}")
        units[item.name] = item.unit
    return units


def _check_value(item: Declaration, units: Mapping[str, Unit]) -> None:
    if item.value is None:
        return
    if item.kind in ("param", "state") and _is_bare_number(item.value):
        return  # the unit in brackets is the unit of the number
    found = unit_of(item.value, units)
    require_same(item.name, item.unit, found, item.value)


def _is_bare_number(value: Expression) -> bool:
    inner = value.operand if isinstance(value, Negate) else value
    return isinstance(inner, Number) and inner.unit is None


def require_same(name: str, declared: Unit, found: Unit, value: Expression) -> None:
    """Raise if the right side of `name` has another dimension or another factor than declared."""
    if same_unit(declared, found):
        return
    if declared.dimension == found.dimension:
        factor = found.factor / declared.factor
        message = f"{name} is declared {declared}, but the right side is {found}: a factor {factor:.6g}"
    else:
        message = f"{name} is declared {declared}, but the right side is {found}"
    raise ModelError(value.span, message)


def _check_rates(model: Model, units: Mapping[str, Unit]) -> None:
    states = {item.name: item for item in model.declarations if item.kind == "state"}
    seen: set[str] = set()
    for rate in model.rates:
        if rate.state not in states:
            hint = did_you_mean(rate.state, states)
            raise ModelError(rate.span, f"'{rate.state}' has a rate but is not a state of this model{hint}")
        if rate.state in seen:
            raise ModelError(rate.span, f"state '{rate.state}' has two rates")
        seen.add(rate.state)
        per_time = _combined(rate, "/", units[rate.state], model.time)
        require_same(f"d {rate.state}/dt", per_time, unit_of(rate.value, units), rate.value)
    for name, state in states.items():
        if name not in seen:
            raise ModelError(state.span, f"state '{name}' has no rate; add: d {name}/dt = ...")


def _check_events(model: Model, units: Mapping[str, Unit]) -> None:
    names: set[str] = set()
    for event in model.events:
        if event.name in names or event.name in units:
            raise ModelError(event.span, f"'{event.name}' is declared twice")
        names.add(event.name)
        unit_of(event.margin, units)


def _unknown(name: str, known: Mapping[str, Unit]) -> str:
    return f"unknown name '{name}'{did_you_mean(name, known)}"


def unit_of(node: Expression, units: Mapping[str, Unit]) -> Unit:
    """Return the unit of an expression.

    Raises
    ------
    ModelError
        If a name is unknown or two units do not fit together.
    """
    if isinstance(node, Number):
        return node.unit or PLAIN
    if isinstance(node, Name):
        if node.name not in units:
            raise ModelError(node.span, _unknown(node.name, units))
        return units[node.name]
    if isinstance(node, Negate):
        return unit_of(node.operand, units)
    if isinstance(node, Call):
        return _call_unit(node, units)
    return _binary_unit(node, units)


def _binary_unit(node: Binary, units: Mapping[str, Unit]) -> Unit:
    left = unit_of(node.left, units)
    if node.operator == "**":
        return _power_unit(node, left, units)
    right = unit_of(node.right, units)
    if node.operator in "*/":
        return _combined(node, node.operator, left, right)
    _require_equal(node, left, right, f"'{node.operator}'")
    return left


def _combined(node: Binary | Rate, operator: str, left: Unit, right: Unit) -> Unit:
    try:
        return left * right if operator == "*" else left / right
    except UnitError as error:
        raise ModelError(node.span, str(error)) from None


def _require_equal(node: Expression, left: Unit, right: Unit, where: str) -> None:
    if same_unit(left, right):
        return
    if left.dimension == right.dimension:
        ratio = right.factor / left.factor
        raise ModelError(node.span, f"units around {where} differ by a factor {ratio:.6g}: {left} and {right}")
    raise ModelError(node.span, f"units do not fit around {where}: left is {left}, right is {right}")


def _power_unit(node: Binary, base: Unit, units: Mapping[str, Unit]) -> Unit:
    exponent = unit_of(node.right, units)
    if not exponent.is_plain:
        raise ModelError(node.right.span, f"an exponent is a plain number, found {exponent}")
    if base.is_plain:
        return base
    value = _literal(node.right)
    if value is None:
        raise ModelError(node.span, f"a base with unit {base} needs a number as exponent; divide by a reference first")
    try:
        return base**value
    except UnitError as error:
        raise ModelError(node.span, f"{base} to the power {value:g}: {error}") from None


def _literal(node: Expression) -> float | None:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Negate):
        inner = _literal(node.operand)
        return None if inner is None else -inner
    return None


def _call_unit(node: Call, units: Mapping[str, Unit]) -> Unit:
    rule = BUILTINS[node.function]
    found = [unit_of(argument, units) for argument in node.arguments]
    if rule.units == "plain":
        for argument, unit, role in zip(node.arguments, found, rule.arguments, strict=True):
            if not unit.is_plain:
                raise ModelError(argument.span, f"{node.function}({role}) takes a plain number, found {unit}")
        return PLAIN
    if rule.units == "root":
        try:
            return found[0] ** 0.5
        except UnitError:
            raise ModelError(node.span, f"the square root of {found[0]} is not a unit") from None
    alike = len(found) if rule.units == "same" else 2
    for other in found[1:alike]:
        _require_equal(node, found[0], other, f"the arguments of {node.function}")
    for argument, unit in zip(node.arguments[alike:], found[alike:], strict=True):
        if not unit.is_plain:
            raise ModelError(argument.span, f"this argument of {node.function} is a plain number, found {unit}")
    return found[0] if rule.units == "same" else PLAIN
