"""Run a kernel for many people: arrays in, arrays out, threads over chunks, status and statistics beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from bfrsim.solve.kernel import Kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MAX_STEPS = 2_000_000
CHUNK = 16  # people a thread takes at a time, at most
POLL = 0.2  # s between reports of progress

STATUS_SENTENCES = {
    0: "finished",
    1: "the step size fell below 1e-10 s: the equations have no smooth solution there",
    2: "the budget of steps was used up",
    3: "the initial state holds a value that is not finite",
    4: "an event of the model stopped the run",
}


@dataclass(frozen=True)
class Segments:
    """Stretches of constant input, one row each; times in seconds.

    A segment ends after `duration`, at the clock time `until`, or, where `may_end` is 1, when an event of the model
    fires; whichever comes first. `session` numbers the sessions from 0, -1 outside.
    """

    duration: Floats
    until: Floats
    may_end: Integers
    inputs: Floats
    session: Integers


@dataclass(frozen=True)
class Request:
    """What to keep.

    Attributes
    ----------
    times : (T,) clock times at which `columns` are saved, in s, ascending.
    columns : (C,) indices into states, then lines, then constants.
    monitored : (M,) indices, likewise, of what is watched: its extremes are kept for each session.
    keep_starts : whether the state at the start of each session is kept (for replay).
    """

    times: Floats
    columns: Integers
    monitored: Integers
    keep_starts: bool = False


@dataclass(frozen=True)
class Outcome:
    """Arrays with people first: saved (n, T, C), extremes (n, K, M), ends (n, S), starts, states, status, counts."""

    saved: Floats
    lowest: Floats
    highest: Floats
    ends: Floats
    starts: Floats
    states: Floats
    status: Integers
    counts: Integers


def run(
    kernel: Kernel,
    params: Floats,
    states: Floats,
    segments: Segments,
    request: Request,
    *,
    rtol: float,
    atol: Floats,
    clock0: float = 0.0,
    max_steps: int = MAX_STEPS,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Integrate n people through the same segments.

    Parameters
    ----------
    params : (n, P) parameters and references, in the layout's order.
    states : (n, N) initial states; not changed.
    rtol, atol : relative tolerance; absolute tolerance of each state, (N,).
    clock0 : clock time at which the first segment begins, in s.
    max_steps : steps a person may take, refused ones included.
    threads : chunks of people run without the interpreter's lock; results do not depend on it.
    progress : called a few times a second with the share of segments finished.
    """
    return run_each(
        kernel, params, states, [segments], np.zeros(len(params), dtype=np.int64), request,
        rtol=rtol, atol=atol, clock0=clock0, max_steps=max_steps, threads=threads, progress=progress,
    )  # fmt: skip


def run_each(
    kernel: Kernel,
    params: Floats,
    states: Floats,
    programmes: Sequence[Segments],
    which: Integers,
    request: Request,
    *,
    rtol: float,
    atol: Floats,
    clock0: float = 0.0,
    max_steps: int = MAX_STEPS,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Integrate n people, each through the segments of one of W programmes.

    Parameters
    ----------
    which : (n,) number of each person's programme.
    request : its times are (T,), the same for all, or (W, T), those of each programme; inf stands for none.

    Returns
    -------
    Outcome
        As long as the longest programme needs; NaN, or an empty range of extremes, where a shorter one has nothing.

    See Also
    --------
    run : the other arguments.
    """
    n, table = len(params), joined(programmes)
    times = np.ascontiguousarray(
        np.broadcast_to(np.atleast_2d(request.times), (len(programmes), request.times.shape[-1]))
    )
    out = empty_outcome(params, states, programmes, request)
    begins = np.concatenate([[0], np.cumsum([len(each.duration) for each in programmes])]).astype(np.int64)

    def work(first: int, beyond: int) -> None:
        with np.errstate(all="ignore"):
            kernel.functions.integrate_people(
                first, beyond, which, begins, params, out.states, clock0, table.duration, table.until, table.may_end,
                table.inputs, table.session, rtol, atol, max_steps, times, request.columns, out.saved,
                request.monitored, out.lowest, out.highest, out.starts, out.ends, out.counts, out.status,
            )  # fmt: skip

    most = getattr(kernel.functions, "chunk", CHUNK)
    size = max(1, min(most, -(-n // (4 * threads)))) if threads > 1 else most
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        futures = [pool.submit(work, at, min(at + size, n)) for at in range(0, n, size)]
        while progress is not None and wait(futures, timeout=POLL).not_done:
            progress(float(np.isfinite(out.ends).mean()))
        for future in futures:
            future.result()
    return out


def joined(programmes: Sequence[Segments]) -> Segments:
    """Return the rows of some programmes one behind the other."""
    if len(programmes) == 1:
        return programmes[0]
    names = [item.name for item in fields(Segments)]
    return Segments(*(np.concatenate([getattr(each, name) for each in programmes]) for name in names))


def empty_outcome(params: Floats, states: Floats, programmes: Sequence[Segments], request: Request) -> Outcome:
    """Return the arrays that a run of n people fills: NaN where nothing was reached."""
    n, sessions = len(params), max(int(each.session.max(initial=-1)) for each in programmes) + 1
    shape = (n, sessions, len(request.monitored))
    return Outcome(
        np.full((n, request.times.shape[-1], len(request.columns)), np.nan),
        np.full(shape, np.inf),
        np.full(shape, -np.inf),
        np.full((n, max(len(each.duration) for each in programmes)), np.nan),
        np.full((n, sessions if request.keep_starts else 0, states.shape[1]), np.nan),
        states.copy(),
        np.zeros(n, dtype=np.int64),
        np.zeros((n, 4), dtype=np.int64),
    )
