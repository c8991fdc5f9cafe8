"""Where the parts of a simulated programme lie in time: sessions, sets, rests, cuff; in s of clock time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.scenario.segments import TIMELINE_INPUTS, WORKING, Timeline

Floats = NDArray[np.float64]
Interval = tuple[float, float]

BEFORE = 60.0  # s: the rest before a session is its last minute
_CUFF = [list(TIMELINE_INPUTS).index(name) for name in ("cuff_relative", "cuff_pressure")]


@dataclass(frozen=True, eq=False)
class Moments:
    """Start and end of each segment as it was simulated, and what it is.

    Attributes
    ----------
    start, end : (n,) clock times [s].
    label : n names, as in a `Timeline`.
    session, set_number : (n,) numbers from 0; -1 outside.
    cuffed : (n,) whether a cuff is inflated.
    """

    start: Floats
    end: Floats
    label: tuple[str, ...]
    session: NDArray[np.int64]
    set_number: NDArray[np.int64]
    cuffed: NDArray[np.bool_]

    @property
    def sessions(self) -> int:
        """Number of sessions."""
        return int(self.session.max(initial=-1)) + 1

    def rows(self, session: int) -> NDArray[np.int64]:
        """Return the segments of a session, in order."""
        return np.flatnonzero(self.session == session)

    def span(self, rows: NDArray[np.int64]) -> Interval | None:
        """Return the time from the first to the last of some segments; None if there are none."""
        return (float(self.start[rows[0]]), float(self.end[rows[-1]])) if len(rows) else None

    def pieces(self, session: int, *labels: str) -> list[Interval]:
        """Return each segment of a session that has one of the labels."""
        rows = [row for row in self.rows(session) if self.label[row] in labels]
        return [(float(self.start[row]), float(self.end[row])) for row in rows]

    def sets(self, session: int) -> list[Interval]:
        """Return the sets or bouts of a session."""
        return self.pieces(session, *WORKING)

    def cuff(self, session: int) -> list[Interval]:
        """Return each stretch of a session during which the cuff stays inflated."""
        return list(_joined(self, self.rows(session)))

    def before(self, session: int) -> Interval:
        """Return the minute of rest before a session."""
        start = float(self.start[self.rows(session)[0]])
        return (start - BEFORE, start)


def moments_of(timeline: Timeline, ends: Floats) -> Moments:
    """Join the plan with the clock times at which the segments of one person ended, (n,) [s]."""
    return Moments(
        np.concatenate([[0.0], ends[:-1]]),
        ends,
        timeline.label,
        timeline.session.astype(np.int64),
        timeline.set_number.astype(np.int64),
        np.any(timeline.inputs[:, _CUFF] > 0.0, axis=1),
    )


def _joined(moments: Moments, rows: NDArray[np.int64]) -> Iterator[Interval]:
    began: float | None = None
    for row in rows:
        if moments.cuffed[row] and began is None:
            began = float(moments.start[row])
        elif not moments.cuffed[row] and began is not None:
            yield (began, float(moments.start[row]))
            began = None
    if began is not None:
        yield (began, float(moments.end[rows[-1]]))
