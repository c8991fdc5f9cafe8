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
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import did_you_mean
from bfrsim.study.validate.moments import Interval
from bfrsim.study.validate.output import PLAIN, factor_to, read_unit
from bfrsim.study.validate.traces import Trace
from bfrsim.study.validate.windows import Window, WindowError, read_window
from bfrsim.units import Unit, UnitError, parse_quantity, parse_unit

Floats = NDArray[np.float64]

OVER_WINDOW = ("mean", "max", "min", "start", "end", "rise", "slope", "time constant", "count", "duration")
AGAINST = ("ratio to", "difference to", "change from", "over range of")
SECOND = parse_unit("s")
EVEN = 400  # points of a fit

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
        known = (*OVER_WINDOW, "time to 63 %", "ratio to rest", "difference to rest", "change from rest")
        known += ("ratio of conditions", "difference of conditions", "change of conditions", "mean of conditions")
        hint = did_you_mean(step, known) or f"; known are {', '.join(known)}"
        raise ReductionError(f"unknown reduction '{step[:60]}'{hint}")
    return 2


def reduce_trace(
    reduction: Reduction, trace: Trace, intervals: Sequence[Interval], other: Trace | None = None
) -> float:
    """Return the number of one condition, in the units of the model and s.

    Raises
    ------
    ReductionError, WindowError
        If the trace does not have what is asked for.
    """
    number = _over_window(reduction, trace, intervals, other)
    if not reduction.against or reduction.reference is None:
        return number
    pieces = [trace.inside(each)[1] for each in reduction.reference.resolve(trace.moments)]
    if reduction.against == "over range of":
        joined = np.concatenate(pieces)
        return number / float(joined.max() - joined.min())
    reference = float(np.mean([_mean(*trace.inside(each)) for each in reduction.reference.resolve(trace.moments)]))
    if reduction.against == "difference to":
        return number - reference
    return number / reference - (1.0 if reduction.against == "change from" else 0.0)


def combine(reduction: Reduction, numbers: Sequence[float], others: Sequence[float]) -> float:
    """Return the number of a row from those of its conditions.

    Raises
    ------
    ReductionError
        If their count does not fit.
    """
    found = np.asarray(numbers, dtype=float)
    if not reduction.across:
        if len(found) > 1:
            raise ReductionError(f"{len(found)} conditions, and no step that says what becomes of them")
        return float(found[0])
    if reduction.across == "mean":
        if reduction.weights and len(reduction.weights) != len(found):
            raise ReductionError(f"{len(reduction.weights)} weights for {len(found)} conditions")
        return float(np.average(found, weights=reduction.weights or None))
    if reduction.across in ("slope against", "at ratio"):
        return _along(reduction, found, others)
    if len(found) < 2 or len(found) % 2:
        raise ReductionError(f"'{reduction.across} of conditions' takes two conditions, or two halves of an even number")
    first, second = (float(half.mean()) for half in np.split(found, 2))
    if reduction.across == "difference":
        return first - second
    return first / second - (1.0 if reduction.across == "change" else 0.0)


def _along(reduction: Reduction, found: Floats, others: Sequence[float]) -> float:
    places = np.asarray(reduction.numbers or others, dtype=float)
    if len(places) != len(found) or len(found) < 2:
        raise ReductionError(f"{len(found)} conditions stand against {len(places)} numbers; at least two are needed")
    if reduction.across == "slope against":
        return float(np.polyfit(places, found, 1)[0])
    share = found / found[0] - reduction.value
    crossing = np.flatnonzero(share[:-1] * share[1:] <= 0.0)
    if not len(crossing):
        raise ReductionError(f"no condition brings the ratio to {reduction.value:g}; widen their range")
    at = int(crossing[0])
    weight = share[at] / (share[at] - share[at + 1]) if share[at] != share[at + 1] else 0.0
    return float(places[at] + weight * (places[at + 1] - places[at]))


def _over_window(reduction: Reduction, trace: Trace, intervals: Sequence[Interval], other: Trace | None) -> float:
    pieces = [trace.inside(each) for each in intervals]
    match reduction.over:
        case "max":
            return float(max(values.max() for _, values in pieces))
        case "min":
            return float(min(values.min() for _, values in pieces))
        case "duration":
            return float(sum(end - start for start, end in intervals))
        case "count":
            return float(sum(values.sum() for _, values in pieces))
        case "time to":
            rest = {}
            if reduction.rest_is:
                rest = {reduction.rest_is: _mean(*trace.inside(trace.moments.before(0)))}
            return float(np.mean([_time_to(*piece, reduction.share, rest) for piece in pieces]))
        case "when":
            assert other is not None
            value = reduction.value
            return float(np.mean([_when(*piece, other.inside(each)[1], value) for piece, each in zip(pieces, intervals, strict=True)]))
    return float(np.mean([_PIECE[reduction.over](*piece) for piece in pieces]))


def _mean(times: Floats, values: Floats) -> float:
    if len(times) < 2 or times[-1] <= times[0]:
        return float(values.mean())
    return float(np.trapezoid(values, times) / (times[-1] - times[0]))


def _slope(times: Floats, values: Floats) -> float:
    if len(times) < 3:
        raise ReductionError("a slope needs a window with a length")
    grid, trace = _evenly(times, values)
    return float(np.polyfit(grid, trace, 1)[0])


def _evenly(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return the trace evenly in time from 0, whatever the samples, so that each second weighs the same."""
    grid = np.linspace(0.0, float(times[-1] - times[0]), EVEN)
    return grid, np.interp(grid, times - times[0], values)


def _time_to(times: Floats, values: Floats, share: float, rest: dict[str, float]) -> float:
    """Return when the trace has done a share of its way, counted from the start of the window.

    The way leads from the first value to the last; `rest` holds what stands in place of one: ``to`` or ``from``.
    """
    start, goal = rest.get("from", float(values[0])), rest.get("to", float(values[-1]))
    if goal == start:
        raise ReductionError("the output does not change in the window, so there is no way of which to do a share")
    done = (values - start) / (goal - start)
    return 0.0 if done[0] >= share else _first_passing(times, done, share) - float(times[0])


def _first_passing(times: Floats, values: Floats, level: float) -> float:
    rising = values[0] < level
    beyond = np.flatnonzero(values >= level if rising else values <= level)
    if not len(beyond):
        raise ReductionError("the output does not get there within the window")
    at = int(beyond[0])
    if at == 0 or values[at] == values[at - 1]:
        return float(times[at])
    weight = (level - values[at - 1]) / (values[at] - values[at - 1])
    return float(times[at - 1] + weight * (times[at] - times[at - 1]))


def _when(times: Floats, values: Floats, other: Floats, level: float) -> float:
    return float(np.interp(_first_passing(times, other, level), times, values))


def _time_constant(times: Floats, values: Floats) -> float:
    """Fit ``end + (start - end) exp(-t/tau)`` by least squares."""
    from scipy.optimize import curve_fit

    span = float(times[-1] - times[0])
    if len(times) < 5 or span <= 0.0 or np.ptp(values) == 0.0:
        raise ReductionError("a time constant needs a window in which the output changes")
    grid, trace = _evenly(times, values)
    size = float(np.ptp(trace))

    def curve(t: Floats, start: float, end: float, tau: float) -> Floats:
        return end + (start - end) * np.exp(-t / tau)

    guess = (float(trace[0] / size), float(trace[-1] / size), span / 5.0)
    bounds = ([-np.inf, -np.inf, span / 1000.0], [np.inf, np.inf, 20.0 * span])
    try:
        found, _ = curve_fit(curve, grid, trace / size, p0=guess, bounds=bounds)
    except RuntimeError as error:
        raise ReductionError(f"no exponential fits: {error}") from None
    return float(found[2])


_PIECE = {
    "mean": _mean,
    "start": lambda times, values: float(values[0]),
    "end": lambda times, values: float(values[-1]),
    "rise": lambda times, values: float(values[-1] - values[0]),
    "slope": _slope,
    "time constant": _time_constant,
}


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


def value_in(reduction: Reduction, unit: Unit) -> Reduction:
    """Return the reduction with the value of ``when`` in the unit of the other output.

    Raises
    ------
    ReductionError
        If the units do not fit.
    """
    if reduction.over != "when":
        return reduction
    from dataclasses import replace

    try:
        return replace(reduction, value=reduction.value * factor_to(reduction.value_unit, unit), value_unit=unit)
    except UnitError as error:
        raise ReductionError(str(error)) from None
