"""A quantity over time as one simulation gave it, read without smearing the jumps at the edges of segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.validate.moments import Interval, Moments

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trace:
    """Values of one quantity at ascending times [s].

    Inputs of the model jump from segment to segment, and with them some outputs; a value is therefore read from
    samples of its own segment only.
    """

    times: Floats
    values: Floats
    moments: Moments

    def at(self, time: float) -> float:
        """Return the value at a time."""
        row = min(int(np.searchsorted(self.moments.end, time)), len(self.moments.end) - 1)
        first = int(np.searchsorted(self.times, self.moments.start[row], side="right"))
        last = int(np.searchsorted(self.times, self.moments.end[row], side="left"))
        if last - first < 2:
            return float(np.interp(time, self.times, self.values))
        # Between the last sample of a segment and its end the trace goes on as it went.
        right = min(max(int(np.searchsorted(self.times, time)), first + 1), last - 1)
        (t0, t1), (v0, v1) = self.times[right - 1 : right + 1], self.values[right - 1 : right + 1]
        return float(v0 + (v1 - v0) * (time - t0) / (t1 - t0))

    def inside(self, interval: Interval) -> tuple[Floats, Floats]:
        """Return times and values within an interval, its ends included."""
        start, end = interval
        if end <= start:
            return np.array([start]), np.array([self.at(start)])
        shrink = min(1e-6, (end - start) / 4)
        start, end = start + shrink, end - shrink
        own = (self.times > start) & (self.times < end)
        times = np.concatenate([[start], self.times[own], [end]])
        return times, np.concatenate([[self.at(start)], self.values[own], [self.at(end)]])


@dataclass(frozen=True, eq=False)
class Traces:
    """What one experiment gave: each saved name over time, when its parts were, and the repetitions done.

    Attributes
    ----------
    values : name -> (T,) in the model's unit.
    done : (sessions, sets) completed repetitions; NaN where there is no such set.
    failure : why the simulated person failed; empty if nothing did.
    short : sentence about sets that ended before their planned end; empty if none did.
    """

    times: Floats
    values: Mapping[str, Floats]
    moments: Moments
    done: Floats
    failure: str = ""
    short: str = ""
