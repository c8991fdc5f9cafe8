"""Units: parse, multiply, compare; numbers inside the package are plain floats in stated units.

The grammar of compound units (``mmol/(s*mmHg)``) is ours; single names come from the short table below and
otherwise from pint, which knows the world's units but must never see text that is not a plain name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from bfrsim.errors import did_you_mean

MAX_LENGTH = 60
MAX_EXPONENT = 9
MAX_POWER = 99  # of a base unit, however it came about
FACTOR_TOLERANCE = 1e-9

_TOKEN = re.compile(
    r"\s*(?:(?P<name>%[A-Za-z0-9][A-Za-z0-9_]*|[A-Za-z][A-Za-z0-9_]*|%)|(?P<int>\d+)|(?P<op>\*\*|[*/()^-]))"
)
_QUANTITY = re.compile(r"^\s*(?P<value>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>.*?)\s*$")

Dimension = tuple[tuple[str, int], ...]


class UnitError(ValueError):
    """A unit that cannot be read; the message names the culprit."""


@dataclass(frozen=True)
class Unit:
    """A factor to base units and the powers of those base units, with the spelling the author used."""

    factor: float
    dimension: Dimension
    spelling: str = "1"

    def __post_init__(self) -> None:
        if not 0.0 < self.factor < math.inf or any(abs(power) > MAX_POWER for _, power in self.dimension):
            raise UnitError(f"the unit [{self.spelling[:MAX_LENGTH]}] is beyond what numbers can hold")

    def __mul__(self, other: Unit) -> Unit:
        return Unit(self.factor * other.factor, _merge(self.dimension, other.dimension, 1), _join(self, other, "*"))

    def __truediv__(self, other: Unit) -> Unit:
        return Unit(self.factor / other.factor, _merge(self.dimension, other.dimension, -1), _join(self, other, "/"))

    def __pow__(self, power: float) -> Unit:
        dimension = tuple((base, _whole(exponent * power)) for base, exponent in self.dimension if exponent * power)
        spelling = _power(self.spelling, power)
        try:
            factor = self.factor**power
        except OverflowError:
            factor = math.inf
        return Unit(factor, dimension, spelling)

    @property
    def is_plain(self) -> bool:
        """True for a plain number: no dimension and no factor."""
        return not self.dimension and same_factor(self.factor, 1.0)

    def __str__(self) -> str:
        return f"[{self.spelling}]"


def same_factor(a: float, b: float) -> bool:
    """Compare factors with a relative tolerance: mmHg to Pa is not exact in floats."""
    return math.isclose(a, b, rel_tol=FACTOR_TOLERANCE)


def same_unit(a: Unit, b: Unit) -> bool:
    """True if both dimension and factor agree."""
    return a.dimension == b.dimension and same_factor(a.factor, b.factor)


def conversion(source: Unit, target: Unit) -> float:
    """Return the number that turns a value in `source` into one in `target`.

    Raises
    ------
    UnitError
        If the dimensions differ.
    """
    if source.dimension != target.dimension:
        raise UnitError(f"cannot convert {source} to {target}")
    return source.factor / target.factor


# Names we define ourselves: base units of our own, and spellings of the field. O2 is its own substance, so that
# millilitres of blood and millimoles of oxygen can never be added by mistake.
_OWN: dict[str, tuple[float, Dimension]] = {
    "1": (1.0, ()),
    "%": (0.01, ()),
    "mol_O2": (1.0, (("mol_O2", 1),)),
    "mmol_O2": (1e-3, (("mol_O2", 1),)),
    "mL_O2": (1e-3 / 22.414, (("mol_O2", 1),)),
    "bpm": (1.0 / 60.0, (("[time]", -1),)),
    "yr": (365.25 * 86400.0, (("[time]", 1),)),
    "%AOP": (0.01, (("arterial occlusion pressure", 1),)),
    "%1RM": (0.01, (("one-repetition maximum", 1),)),
    "%HRR": (0.01, (("heart rate reserve", 1),)),
}

# Names worth suggesting when one is misspelt.
_COMMON = (
    "s", "min", "h", "d", "week", "year", "second", "minute", "hour", "day", "mm", "cm", "m", "km", "inch", "mg", "g",
    "kg", "lb", "mL", "L", "mmol", "mol", "mM", "M", "mmHg", "kPa", "N", "J", "W",
)  # fmt: skip


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


@cache
def _single(name: str) -> tuple[float, Dimension]:
    if name in _OWN:
        return _OWN[name]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise UnitError(f"unknown unit '{name}'")
    import pint

    try:
        quantity = _registry().Quantity(1.0, name).to_base_units()
        offset = _registry().Quantity(0.0, name).to_base_units().magnitude
    except (pint.UndefinedUnitError, pint.OffsetUnitCalculusError, ValueError):  # ValueError: pint reads "nan"
        raise UnitError(f"unknown unit '{name}'{did_you_mean(name, (*_OWN, *_COMMON))}") from None
    if offset:
        raise UnitError(f"'{name}' has an offset and cannot be multiplied; use kelvin")
    powers = quantity.dimensionality
    dimension = tuple(sorted((str(base), _whole(exponent)) for base, exponent in powers.items() if exponent))
    return float(quantity.magnitude), dimension


@cache
def parse_unit(text: str) -> Unit:
    """Read a unit such as ``mmHg*s/mL`` or ``mmol/(s*kg)``; ``1`` is a plain number.

    Parameters
    ----------
    text : str
        Names joined by ``*`` and ``/``, integer powers with ``**``, round brackets. At most 60 characters.

    Raises
    ------
    UnitError
        If the text is too long, has a name nobody knows, or does not follow the grammar.
    """
    if len(text) > MAX_LENGTH:
        raise UnitError(f"a unit has at most {MAX_LENGTH} characters, found {len(text)}")
    tokens = _tokens(text)
    if not tokens:
        raise UnitError("an empty unit; write [1] for a plain number")
    unit, rest = _product(tokens, 0)
    if rest != len(tokens):
        raise UnitError(f"cannot read the unit '{text}' after '{''.join(tokens[:rest])}'")
    return Unit(unit.factor, unit.dimension, text.strip())


def parse_quantity(text: str) -> tuple[float, Unit]:
    """Split ``"13 cm"`` into value and unit.

    Raises
    ------
    UnitError
        If there is no number, no unit, or the unit is unknown.
    """
    match = _QUANTITY.match(text)
    if match is None:
        raise UnitError(f"'{text}' is not a number with a unit")
    if not match["unit"]:
        raise UnitError(f"'{text}' has no unit")
    return float(match["value"]), parse_unit(match["unit"])


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise UnitError(f"cannot read the unit '{text}' at '{text[at:].strip()[:12]}'")
        if match["op"] == "^":
            raise UnitError(f"write powers with ** in the unit '{text}'")
        tokens.append(match[0].strip())
        at = match.end()
    return tokens


def _product(tokens: list[str], at: int) -> tuple[Unit, int]:
    unit, at = _factor(tokens, at)
    while at < len(tokens) and tokens[at] in "*/":
        combine: Callable[[Unit, Unit], Unit] = Unit.__mul__ if tokens[at] == "*" else Unit.__truediv__
        right, at = _factor(tokens, at + 1)
        unit = combine(unit, right)
    return unit, at


def _factor(tokens: list[str], at: int) -> tuple[Unit, int]:
    if at >= len(tokens):
        raise UnitError(f"the unit '{''.join(tokens)}' ends too early")
    token = tokens[at]
    if token == "(":
        unit, at = _product(tokens, at + 1)
        if at >= len(tokens) or tokens[at] != ")":
            raise UnitError(f"the unit '{''.join(tokens)}' has an open bracket")
        at += 1
    elif token == "1" or not re.fullmatch(r"\d+|\*\*|[*/)^-]", token):
        factor, dimension = _single(token)
        unit, at = Unit(factor, dimension, token), at + 1
    else:
        raise UnitError(f"found '{token}' where a unit name belongs, in '{''.join(tokens)}'")
    if at < len(tokens) and tokens[at] == "**":
        power, at = _exponent(tokens, at + 1)
        unit = unit**power
    return unit, at


def _exponent(tokens: list[str], at: int, limited: bool = True) -> tuple[int, int]:
    """Read a power; the author's are limited, those of derived units are not."""
    sign = 1
    if at < len(tokens) and tokens[at] == "-":
        sign, at = -1, at + 1
    if at >= len(tokens) or not tokens[at].isdigit() or (limited and len(tokens[at]) > 1):
        raise UnitError(f"a power in a unit is a whole number from -{MAX_EXPONENT} to {MAX_EXPONENT}")
    return sign * int(tokens[at]), at + 1


def _merge(a: Dimension, b: Dimension, sign: int) -> Dimension:
    powers = dict(a)
    for base, exponent in b:
        powers[base] = powers.get(base, 0) + sign * exponent
    return tuple(sorted((base, exponent) for base, exponent in powers.items() if exponent))


def _whole(exponent: float) -> int:
    if abs(exponent - round(exponent)) > 1e-9:
        raise UnitError("a power that leaves a broken exponent on a unit")
    return round(exponent)


# Spellings of derived units, kept short and in the author's own names: mmHg**2*s/mL, never kilogram^2*meter^-5.
def _powers(spelling: str) -> dict[str, int]:
    return _group(_tokens(spelling), 0)[0]


def _group(tokens: list[str], at: int) -> tuple[dict[str, int], int]:
    powers: dict[str, int] = {}
    sign = 1
    while at < len(tokens) and tokens[at] != ")":
        token, at = tokens[at], at + 1
        if token in "*/":
            sign = 1 if token == "*" else -1
            continue
        inner, power = {token: 1} if token != "1" else {}, 1
        if token == "(":
            inner, at = _group(tokens, at)
            at += 1
        if at < len(tokens) and tokens[at] == "**":
            power, at = _exponent(tokens, at + 1, limited=False)
        for name, exponent in inner.items():
            powers[name] = powers.get(name, 0) + sign * power * exponent
    return powers, at


def _spell(powers: dict[str, int]) -> str:
    def part(name: str, power: int) -> str:
        return name if power == 1 else f"{name}**{power}"

    above = [part(name, power) for name, power in powers.items() if power > 0]
    below = [part(name, -power) for name, power in powers.items() if power < 0]
    top = "*".join(above) or "1"
    if not below:
        return top
    return f"{top}/{below[0]}" if len(below) == 1 else f"{top}/({'*'.join(below)})"


def _join(a: Unit, b: Unit, operator: str) -> str:
    powers = _powers(a.spelling)
    for name, power in _powers(b.spelling).items():
        powers[name] = powers.get(name, 0) + (power if operator == "*" else -power)
    return _spell(powers)


def _power(spelling: str, power: float) -> str:
    return _spell({name: _whole(exponent * power) for name, exponent in _powers(spelling).items()})
