"""A trace over a window -> one number; the numbers of several conditions -> that of a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.validate.moments import Interval
from bfrsim.study.validate.reductions import Reduction, ReductionError
from bfrsim.study.validate.traces import Trace

Floats = NDArray[np.float64]

EVEN = 3000  # points of a fit: five a second over the ten minutes after a session


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
        raise ReductionError(
            f"'{reduction.across} of conditions' takes two conditions, or two halves of an even number"
        )
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
            return float(
                np.mean(
                    [_when(*piece, other.inside(each)[1], value) for piece, each in zip(pieces, intervals, strict=True)]
                )
            )
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
