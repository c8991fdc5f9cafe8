"""Moments of a programme as a user writes them: a time of day, a day and a time, or so long into a session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bfrsim.errors import BfrsimError

if TYPE_CHECKING:
    import xarray

    from bfrsim.scenario.segments import Timeline

DAY = 86400.0
EXAMPLES = '"10:01:30", "day 3 18:00" or "session 2 + 90 s"'

_CLOCK = re.compile(r"(?:day\s+(\d{1,4})\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?")
_SESSION = re.compile(r"session\s+(\d{1,5})(?:\s*\+\s*(.+))?")


def read_moment(text: str, timeline: Timeline) -> float:
    """Return the clock time in s since midnight of the first day.

    Raises
    ------
    BfrsimError
        If the text is no moment, or one outside the programme.
    """
    found = text.strip()[:80].lower()
    if clock := _CLOCK.fullmatch(found):
        moment = _clock_seconds(clock)
    elif session := _SESSION.fullmatch(found):
        moment = _session_seconds(session, timeline)
    else:
        raise BfrsimError(f'--at "{text[:80]}": a moment is written {EXAMPLES}')
    if moment > timeline.total:
        raise BfrsimError(f'--at "{text}": the programme ends after {timeline.total / DAY:g} days')
    return moment


def moment_text(dataset: xarray.Dataset, seconds: float) -> str:
    """Return a moment with what happens then: ``day 1, 10:01:30, in set 1``."""
    import numpy as np

    ends = dataset["segment_end"].values[0]
    row = min(int(np.searchsorted(ends, seconds)), len(ends) - 1)
    label = str(dataset["segment_label"].values[row])
    clock = seconds % DAY
    time = f"{clock // 3600:02.0f}:{clock % 3600 // 60:02.0f}:{clock % 60:02.0f}"
    doing = {"free": "free time", "meal": "a meal"}.get(label, label)
    return f"day {seconds // DAY + 1:.0f}, {time}, {doing}"


def _clock_seconds(clock: re.Match[str]) -> float:
    day, hour, minute, second = (int(part or 0) for part in clock.groups())
    if hour > 24 or minute > 59 or second > 59 or (clock[1] is not None and day < 1):
        raise BfrsimError(f'--at "{clock[0]}": no such time; days count from 1, hours from 0 to 24')
    return max(day - 1, 0) * DAY + 3600.0 * hour + 60.0 * minute + second


def _session_seconds(session: re.Match[str], timeline: Timeline) -> float:
    from bfrsim.units import UnitError, conversion, parse_quantity, parse_unit

    number, count = int(session[1]), len(timeline.session_start)
    if not 1 <= number <= count:
        sessions = f"sessions 1 to {count}" if count else "no sessions"
        raise BfrsimError(f'--at "{session[0]}": the programme has {sessions}')
    try:
        value, unit = parse_quantity(session[2] or "0 s")
        later = value * conversion(unit, parse_unit("s"))
    except UnitError as error:
        raise BfrsimError(f'--at "{session[0]}": {error}; a moment is written {EXAMPLES}') from None
    return float(timeline.session_start[number - 1]) + later
