"""How a trace becomes a number: steps joined by commas, first over the window, then against rest, then over conditions.

Over the window (of several places, of each, and then their mean; `max`, `min` and `count` over all of them):

==============================  ==================================================================================
``mean``, ``max``, ``min``      over time
``start``, ``end``              first and last value
``rise``                        last minus first value
``slope``                       least squares, per second
``time constant``               of a single exponential fitted to the window [s]
``time to 63 %``                of the way from the first to the last value [s]
``time to 50 % to rest``        of the way from the first value to that at rest before the session [s]
``time to 63 % from rest``      of the way from the value at rest to the last one [s]
``count``                       sum; of ``repetitions``, those completed in the sets of the window
``duration``                    length of the window [s]
``when P_t = 3 mmHg``           value as another output first passes a value
==============================  ==================================================================================

Against a reference, the mean of the same output there; ``rest`` is the minute before the session, and any window can
stand in its place: ``ratio to rest``, ``difference to rest`` (minus rest), ``change from rest`` (as a share of rest),
``over range of WINDOW`` (as a share of the largest minus the smallest value there).

Over the conditions of a row (parted by ``|``; if there are more than two, the mean of the first half stands for the
first and the mean of the second half for the second): ``difference of conditions`` (first minus second), ``ratio of
conditions`` (first over second), ``change of conditions`` (first minus second, as a share of the second), ``mean of
conditions`` (``mean of conditions 53:63`` weighs them), ``slope against 4.8 9.6 W`` (least squares against numbers, or
against another output reduced in the same way: ``slope against P_v``), ``P_cuff at ratio 0.4`` (where the number,
over that of the first condition, passes 0.4: the other output, interpolated).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bfrsim.errors import did_you_mean
from bfrsim.study.validate.output import PLAIN, factor_to, read_unit
from bfrsim.study.validate.windows import Window, WindowError, read_window
from bfrsim.units import Unit, UnitError, parse_quantity, parse_unit

OVER_WINDOW = ("mean", "max", "min", "start", "end", "rise", "slope", "time constant", "count", "duration")
AGAINST = ("ratio to", "difference to", "change from", "over range of")
SECOND = parse_unit("s")

_TIME_TO = re.compile(r"time to (\d+(?:\.\d+)?) ?%(?: (to|from) rest)?")
_WHEN = re.compile(r"when (\w+) ?= ?(.+)")
_AGAINST = re.compile(r"(ratio to|difference to|change from|over range of) (.+)")
_CONDITIONS = re.compile(r"(difference|ratio|change|mean) of conditions(?: ([\d.:]+))?")
_SLOPE = re.compile(r"slope against (.+)")
_CROSSING = re.compile(r"(\w+) at ratio (\d+(?:\.\d+)?)")
_NUMBERS = re.compile(r"((?:[\d.]+ )+)([A-Za-z%].*)")


class ReductionError(ValueError):
    """A reduction that cannot be read, or that a simulation does not allow."""


@dataclass(frozen=True)
class Reduction:
    """The steps of one row.

    Attributes
    ----------
    over : reduction over the window; `share` and `rest_is` belong to ``time to``, `other` and `value` to ``when``.
    against, reference : comparison with rest or another window; empty without one.
    across : what becomes of the conditions; `weights`, `numbers`, `number_unit` and `other` belong to it.
    """

    over: str = "mean"
    share: float = 1.0
    rest_is: str = ""
    other: str = ""
    value: float = 0.0
    value_unit: Unit = PLAIN
    against: str = ""
    reference: Window | None = None
    across: str = ""
    weights: tuple[float, ...] = ()
    numbers: tuple[float, ...] = ()
    number_unit: Unit = PLAIN

    @property
    def other_names(self) -> tuple[str, ...]:
        """Further outputs that are read beside the row's own."""
        return (self.other,) if self.other else ()

    def unit(self, output: Unit, other: Unit | None) -> Unit:
        """Return the unit of the number, given those of the output and of the other one."""
        unit = output
        if self.over in ("time constant", "time to", "duration"):
            unit = SECOND
        elif self.over == "slope":
            unit = output / SECOND
        if self.against in ("ratio to", "change from"):
            unit = PLAIN
        elif self.against == "over range of":
            unit = unit / output
        if self.across in ("ratio", "change"):
            return PLAIN
        if self.across == "slope against":
            return unit / (other if self.other and other is not None else self.number_unit)
        return other if self.across == "at ratio" and other is not None else unit


def read_reduction(text: str) -> Reduction:
    """Read a reduction; empty text is the mean.

    Raises
    ------
    ReductionError
        If a step is unknown or stands in the wrong place.
    """
    steps = [re.sub(r"\s+", " ", step.strip()) for step in text.split(",") if step.strip()]
    found: dict[str, object] = {}
    places = [_read_step(step, found) for step in steps]
    if places != sorted(set(places)):
        order = "first over the window, then against a reference, then over the conditions, each at most once"
        raise ReductionError(f"'{text}': the steps come in another order: {order}")
    return Reduction(**found)  # type: ignore[arg-type]


def _read_step(step: str, found: dict[str, object]) -> int:
    """Note a step in `found`; return its place in the order."""
    if step in OVER_WINDOW:
        found["over"] = step
        return 0
    if time := _TIME_TO.fullmatch(step):
        found |= {"over": "time to", "share": float(time[1]) / 100.0, "rest_is": time[2] or ""}
        return 0
    if when := _WHEN.fullmatch(step):
        value, unit = _quantity(when[2])
        found |= {"over": "when", "other": when[1], "value": value, "value_unit": unit}
        return 0
    if against := _AGAINST.fullmatch(step):
        place = "before" if against[2] == "rest" else against[2]
        try:
            found |= {"against": against[1], "reference": read_window(place)}
        except WindowError as error:
            raise ReductionError(str(error)) from None
        return 1
    return _read_across(step, found)


def _read_across(step: str, found: dict[str, object]) -> int:
    if across := _CONDITIONS.fullmatch(step):
        weights = tuple(float(each) for each in (across[2] or "").split(":") if each)
        found |= {"across": across[1], "weights": weights}
    elif slope := _SLOPE.fullmatch(step):
        found["across"] = "slope against"
        if numbers := _NUMBERS.fullmatch(slope[1]):
            found |= {"numbers": tuple(map(float, numbers[1].split())), "number_unit": _unit(numbers[2])}
        else:
            found["other"] = slope[1]
    elif crossing := _CROSSING.fullmatch(step):
        found |= {"across": "at ratio", "other": crossing[1], "value": float(crossing[2])}
    else:
        rest = [f"{each} rest" for each in AGAINST[:3]]
        ways = [f"{each} of conditions" for each in ("mean", "difference", "ratio", "change")]
        known = (*OVER_WINDOW, "time to 63 %", *rest, *ways)
        hint = did_you_mean(step, known) or f"; known are {', '.join(known)}"
        raise ReductionError(f"unknown reduction '{step[:60]}'{hint}")
    return 2


def value_in(reduction: Reduction, unit: Unit) -> Reduction:
    """Return the reduction with the value of ``when`` in the unit of the other output.

    Raises
    ------
    ReductionError
        If the units do not fit.
    """
    if reduction.over != "when":
        return reduction
    try:
        return replace(reduction, value=reduction.value * factor_to(reduction.value_unit, unit), value_unit=unit)
    except UnitError as error:
        raise ReductionError(str(error)) from None


def _quantity(text: str) -> tuple[float, Unit]:
    try:
        return parse_quantity(text if " " in text.strip() else f"{text} 1")
    except UnitError as error:
        raise ReductionError(str(error)) from None


def _unit(text: str) -> Unit:
    try:
        return read_unit(text)
    except UnitError as error:
        raise ReductionError(str(error)) from None
