"""Where the driver is entered from outside: addresses and sizes become arrays. Stands below the driver's text."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # brought by the generated file
    from numba import carray  # type: ignore[attr-defined]

    from bfrsim.solve.lanes.driver import drive

# --- kernel text below ---
SIZES = 18  # numbers that `entry` needs to know


def entry(
    size_, functions_, memory_, place_, stops_run_, which_, begins_, params_, states_, duration_, until_, may_end_,
    inputs_, session_, times_, columns_, monitored_, saved_, lowest_, highest_, starts_, ends_, counts_, status_,
    lane_, clock_, bounds_, clock0, rtol, max_steps,
):  # fmt: skip
    """Make arrays of addresses and let `drive` work: what is called from outside, without Numba."""
    sizes = carray(size_, (SIZES,))
    first, beyond, lanes, rows, places, events = sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]
    n, programmes, parameters, states, segments = sizes[6], sizes[7], sizes[8], sizes[9], sizes[10]
    inputs, moments, columns, monitored = sizes[11], sizes[12], sizes[13], sizes[14]
    sessions, kept, longest = sizes[15], sizes[16], sizes[17]
    bounds = carray(bounds_, (2, lanes))
    drive(
        carray(functions_, (8,)), carray(memory_, (rows, lanes)), carray(place_, (places,)),
        carray(stops_run_, (events,)), first, beyond, (carray(which_, (n,)), carray(begins_, (programmes + 1,))),
        carray(params_, (n, parameters)), carray(states_, (n, states)), clock0,
        (carray(duration_, (segments,)), carray(until_, (segments,)), carray(may_end_, (segments,)),
         carray(inputs_, (segments, inputs)), carray(session_, (segments,))), rtol, max_steps,
        (carray(times_, (programmes, moments)), carray(columns_, (columns,)), carray(monitored_, (monitored,))),
        (carray(saved_, (n, moments, columns)), carray(lowest_, (n, sessions, monitored)),
         carray(highest_, (n, sessions, monitored)), carray(starts_, (n, kept, states)), carray(ends_, (n, longest)),
         carray(counts_, (n, 4)), carray(status_, (n,))),
        (carray(lane_, (lanes, 9)), carray(clock_, (lanes, 2)), bounds[0], bounds[1]),
    )  # fmt: skip
