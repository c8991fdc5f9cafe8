"""Where everything stands in the memory of one group of lanes: a table of rows, W doubles each."""

from __future__ import annotations

from dataclasses import dataclass

from bfrsim.compile.program import Program

# What the step loop keeps of each lane. `need`: what a lane asks of the driver (see NEEDS).
CONTROL = ("spent", "length", "began", "step", "h", "last_error", "active", "may_end", "in_session", "accepted",
           "taken", "refused", "budget", "next_save", "need", "rtol", "shift", "theta")  # fmt: skip
NEEDS = {"nothing": 0.0, "end": 1.0, "event": 2.0, "too_small": 3.0, "budget": 4.0, "save": 5.0}


@dataclass(frozen=True)
class Rows:
    """First row of each block.

    ``inside``, ``line`` and ``const`` follow one another, so that a column of a request is a row from ``inside`` on.
    The extremes of what is watched, lows then highs, stand from ``watched`` on; how many is the request's affair.
    """

    state: int
    next: int
    more: int
    tolerance: int
    stages: int
    factors: int
    margin: int
    daily: int
    reference: int
    inside: int
    line: int
    const: int
    watched: int


def arrange(program: Program, stages: int, const_rows: int) -> Rows:
    """Lay the blocks out one after another, behind the control rows."""
    layout, n = program.layout, len(program.layout.states)
    events = max(len(program.stops_run), 1)
    references = len(program.function("references").stores)
    sizes = (n, n, n, n, stages * n, len(program.slots), events, n, references, n, len(layout.lines), const_rows)
    places = [len(CONTROL)]
    for size in sizes:
        places.append(places[-1] + size)
    return Rows(*places)
