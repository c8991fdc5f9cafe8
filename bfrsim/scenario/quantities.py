"""Kinds of values a scenario may hold: how each is written, what it is stored as, and its range of sense.

A kind stands in the annotation of a field (``age: Annotated[float, AGE]``) and reads the user's text once, so that
everything after the schema works with plain floats in the unit the kind states.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from bfrsim.errors import did_you_mean
from bfrsim.scenario.lengths import DAY
from bfrsim.scenario.wording import clock_text, number_text, shown
from bfrsim.units import Unit, UnitError, conversion, parse_quantity, parse_unit

MAX_TEXT = 80

# Units that mean something in a scenario only.
_OWN = {"%mass": Unit(0.01, (("body mass", 1),), "%mass")}

_PAIR = re.compile(r"^\s*([\d.]+)\s*/\s*([\d.]+)\s*([A-Za-z].*)$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})$")


class Amount(NamedTuple):
    """A value of a kind that may be given in one of several units, with the unit it is stored in."""

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{number_text(self.value)} {self.unit}"


class BloodPressure(NamedTuple):
    """Arterial pressure at rest, both in mmHg."""

    systolic: float
    diastolic: float

    def __str__(self) -> str:
        return f"{number_text(self.systolic)}/{number_text(self.diastolic)} mmHg"


class Kind:
    """What the kinds below share: `examples` as a user writes them, best first, and their place in pydantic."""

    examples: tuple[Any, ...]

    def read(self, found: Any) -> Any:
        """Return the stored value, or raise ValueError saying what was expected."""
        raise NotImplementedError

    def write(self, stored: Any) -> Any:
        """Return a spelling that reads back to the same stored value."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        write = core_schema.plain_serializer_function_ser_schema(self.write, when_used="json")
        return core_schema.no_info_plain_validator_function(self.read, serialization=write)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        names = {str: "string", int: "integer", float: "number", list: "array"}
        types = sorted({names[type(example)] for example in self.examples})
        return {"type": types[0] if len(types) == 1 else types, "examples": list(self.examples)}


@dataclass(frozen=True)
class Range:
    """The values of sense in one unit; `above` excludes the lower bound itself."""

    unit: str
    low: float
    high: float
    above: bool = False

    def __contains__(self, value: float) -> bool:
        return (self.low < value if self.above else self.low <= value) and value <= self.high

    def __str__(self) -> str:
        low = f"more than {number_text(self.low)}" if self.above else number_text(self.low)
        return f"{low} to {number_text(self.high)} {self.unit}".rstrip()


@dataclass(frozen=True)
class Quantity(Kind):
    """A number with a unit, stored as a float in the unit of `range`."""

    noun: str
    examples: tuple[str, ...]
    range: Range

    def read(self, found: Any) -> float:
        """Return the value in the unit of `range`."""
        return _amount(found, self.noun, self.examples, (self.range,)).value

    def write(self, stored: float) -> str:
        """Return the value with that unit."""
        return str(Amount(stored, self.range.unit))


@dataclass(frozen=True)
class QuantityOf(Kind):
    """A number in one of several units that mean different things (``%AOP`` or ``mmHg``), stored as an Amount."""

    noun: str
    examples: tuple[str, ...]
    ranges: tuple[Range, ...]

    def read(self, found: Any) -> Amount:
        """Return the value in the stated unit of the same dimension."""
        return _amount(found, self.noun, self.examples, self.ranges)

    def write(self, stored: Amount) -> str:
        """Return the value with its unit."""
        return str(stored)


@dataclass(frozen=True)
class Number(Kind):
    """A plain number, as for counts and shares; `whole` refuses fractions."""

    noun: str
    examples: tuple[float, ...]
    range: Range
    whole: bool = False

    def read(self, found: Any) -> float:
        """Return the number; true, false and text are none."""
        allowed = int if self.whole else (int, float)
        wanted = f"{'a whole' if self.whole else 'a'} number from {self.range}"
        if isinstance(found, bool) or not isinstance(found, allowed) or found not in self.range:
            raise ValueError(f"expected {self.noun}, {wanted}, for example {self.examples[0]}")
        return found if self.whole else float(found)

    def write(self, stored: float) -> float:
        """Return the number itself."""
        return stored


@dataclass(frozen=True)
class Pressures(Kind):
    """Systolic over diastolic pressure, stored in mmHg."""

    systolic: Range
    diastolic: Range
    examples: tuple[str, ...] = ("134/78 mmHg",)

    def read(self, found: Any) -> BloodPressure:
        """Return both pressures in mmHg."""
        written = f'a blood pressure is written "{self.examples[0]}"'
        match = _PAIR.match(found) if isinstance(found, str) and len(found) <= MAX_TEXT else None
        if match is None:
            raise ValueError(f"not systolic/diastolic with a unit; {written}")
        high, low = (
            _amount(f"{match[k]} {match[3]}", "a blood pressure", self.examples, (limits,), f"{name} pressure ").value
            for k, name, limits in ((1, "systolic", self.systolic), (2, "diastolic", self.diastolic))
        )
        if not high > low:
            raise ValueError(f"the systolic pressure must exceed the diastolic one; {written}")
        return BloodPressure(high, low)

    def write(self, stored: BloodPressure) -> str:
        """Return ``"134/78 mmHg"``."""
        return str(stored)


@dataclass(frozen=True)
class Clock(Kind):
    """A time of day, stored as seconds since midnight [s]; `latest` is the last one allowed."""

    latest: float = DAY - 60.0
    examples: tuple[str, ...] = ("10:00",)

    def read(self, found: Any) -> float:
        """Return seconds since midnight."""
        match = _CLOCK.match(found) if isinstance(found, str) else None
        if match is None or int(match[1]) > 23 or int(match[2]) > 59:
            raise ValueError(f'expected a time of day, written "{self.examples[0]}"')
        seconds = 3600.0 * int(match[1]) + 60.0 * int(match[2])
        if seconds > self.latest:
            raise ValueError(f"expected at the latest {clock_text(self.latest)}, so that it ends before midnight")
        return seconds

    def write(self, stored: float) -> str:
        """Return ``"HH:MM"``."""
        return clock_text(stored)


@dataclass(frozen=True, eq=False)  # examples are lists, so a kind is told by identity
class Clocks(Kind):
    """Times of day, each at least `apart` seconds after the one before; stored in order [s since midnight]."""

    each: Clock
    apart: float
    most: int
    noun: str = "a meal"
    examples: tuple[list[str], ...] = (["08:00", "12:30", "19:00"],)

    def read(self, found: Any) -> tuple[float, ...]:
        """Return seconds since midnight of each, sorted."""
        if not isinstance(found, list | tuple) or not 1 <= len(found) <= self.most:
            raise ValueError(f"expected a list of 1 to {self.most} times of day, written {shown(self.examples[0])}")
        times = sorted(self.each.read(time) for time in found)
        for first, second in pairwise(times):
            if second - first < self.apart:
                a, b = clock_text(first), clock_text(second)
                raise ValueError(f"{a} and {b} are closer than the {self.apart / 60:.0f} min {self.noun} lasts")
        return tuple(times)

    def write(self, stored: tuple[float, ...]) -> list[str]:
        """Return ``"HH:MM"`` of each."""
        return [clock_text(time) for time in stored]


@dataclass(frozen=True, eq=False)  # examples are lists, so a kind is told by identity
class Sets(Kind):
    """Repetitions of each set, or the number of sets where each runs to failure."""

    most_sets: int
    most_repetitions: int
    examples: tuple[list[int] | int, ...] = ([30, 15, 15, 15], 4)

    def read(self, found: Any) -> int | tuple[int, ...]:
        """Return the repetitions of each set, or the number of sets."""
        if isinstance(found, list | tuple) and 1 <= len(found) <= self.most_sets:
            if all(_whole_within(count, self.most_repetitions) for count in found):
                return tuple(found)
        elif _whole_within(found, self.most_sets):
            return int(found)
        raise ValueError(
            f"expected 1 to {self.most_sets} sets of 1 to {self.most_repetitions} repetitions, "
            f"written {shown(self.examples[0])}, or with to_failure = true their number, written {self.examples[1]}"
        )

    def write(self, stored: int | tuple[int, ...]) -> int | list[int]:
        """Return the same as TOML holds it."""
        return stored if isinstance(stored, int) else list(stored)


@dataclass(frozen=True, eq=False)  # examples are lists, so a kind is told by identity
class Durations(Kind):
    """A list of durations, each read as `each`; stored in its unit."""

    each: Quantity
    most: int
    examples: tuple[list[str], ...]

    def read(self, found: Any) -> tuple[float, ...]:
        """Return the durations in the order given."""
        if not isinstance(found, list | tuple) or not 1 <= len(found) <= self.most:
            raise ValueError(f"expected a list of 1 to {self.most} durations, written {shown(self.examples[0])}")
        return tuple(self.each.read(duration) for duration in found)

    def write(self, stored: tuple[float, ...]) -> list[str]:
        """Return each with its unit."""
        return [self.each.write(duration) for duration in stored]


@dataclass(frozen=True, eq=False)  # examples are lists, so a kind is told by identity
class Shares(Kind):
    """Shares between 0 and 1, one for each set."""

    most: int
    examples: tuple[list[float], ...] = ([0.3, 0.6, 1.0],)

    def read(self, found: Any) -> tuple[float, ...]:
        """Return the shares in the order given."""
        each = Number("a share", (0.3,), Range("", 0, 1, above=True))
        if not isinstance(found, list | tuple) or not 1 <= len(found) <= self.most:
            raise ValueError(f"expected a list of 1 to {self.most} shares, written {shown(self.examples[0])}")
        return tuple(each.read(share) for share in found)

    def write(self, stored: tuple[float, ...]) -> list[float]:
        """Return the same as TOML holds it."""
        return list(stored)


def _whole_within(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _amount(found: Any, noun: str, examples: tuple[str, ...], ranges: tuple[Range, ...], part: str = "") -> Amount:
    written = f"{noun} is written " + " or ".join(f'"{example}"' for example in examples)
    if not isinstance(found, str):
        bare = isinstance(found, int | float) and not isinstance(found, bool)
        raise ValueError(f"{'a bare number has no unit' if bare else 'not a number with a unit'}; {written}")
    if len(found) > MAX_TEXT:
        raise ValueError(f"{len(found)} characters; {written}")
    value, unit = _parsed(found, written, ranges)
    for limits in ranges:
        target = _unit(limits.unit)
        if target.dimension == unit.dimension:
            return _within(value * conversion(unit, target), limits, part)
    raise ValueError(f"{unit} is no unit of {noun.split(' ', 1)[1]}; {written}")


def _unit(text: str) -> Unit:
    return _OWN[text] if text in _OWN else parse_unit(text)


def _parsed(text: str, written: str, ranges: tuple[Range, ...]) -> tuple[float, Unit]:
    try:
        number, _, name = text.strip().rpartition(" ")
        if name in _OWN and re.fullmatch(r"[-+\d.eE]+", number):
            return parse_quantity(f"{number} 1")[0], _OWN[name]
        return parse_quantity(text)
    except UnitError as error:
        unknown = re.match("unknown unit '(.*)'", str(error))
        near = did_you_mean(unknown[1], [limits.unit for limits in ranges]) if unknown else ""
        joint = f"{near} {written[0].upper()}{written[1:]}" if near else f"; {written}"
        raise ValueError(f"{error}{joint}") from None


def _within(value: float, limits: Range, part: str) -> Amount:
    if math.isfinite(value) and value in limits:
        return Amount(value, limits.unit)
    raise ValueError(f"expected {part}{limits}, found {number_text(value)} {limits.unit}")
