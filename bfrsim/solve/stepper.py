"""The step loop: adaptive steps within segments of constant input, events by root finding, dense output.

This text is copied into every generated kernel below the model's functions and the method's `attempt` and `dense`;
it knows neither the model nor the coefficients. It is plain Python on numpy arrays and scalars, so that the same text
runs without Numba. Time is counted within a segment, so that seconds stay exact after months.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # brought by the generated file
    import numpy as np

    from bfrsim.solve.kernel_names import (
        N_CONSTANTS,
        N_EVENTS,
        N_FACTORS,
        N_LINES,
        N_STAGES,
        N_STATES,
        N_STOPS,
        ORDER,
        STOPS_RUN,
        attempt,
        dense,
        hoist,
        margins,
        observe,
    )

# --- kernel text below ---
DONE, STEP_TOO_SMALL, TOO_MANY_STEPS, NOT_FINITE, STOPPED = 0, 1, 2, 3, 4

# Step control: PI controller after Gustafsson (Hairer & Wanner 1996, IV.2).
SAFETY, SHRINK, GROW = 0.9, 0.2, 6.0
PROPORTIONAL, INTEGRAL = 0.7, 0.4
FIRST_STEP = 1.0  # s after an edge; anything from 0.5 to 3 s costs the same
SMALLEST_STEP = 1e-10  # s
EVENT_TIME = 1e-6  # s: how exactly the end of a set is located
BISECTIONS = 40
EVENT_MARGIN = 1e-9


def error_norm(state_, next_, error_, rtol, atol_):
    """Return the root mean square of the error over its tolerance; at most 1 is good."""
    total = 0.0
    for k in range(N_STATES):
        scaled = error_[k] / (atol_[k] + rtol * max(abs(state_[k]), abs(next_[k])))
        total += scaled * scaled
    return (total / N_STATES) ** 0.5


def lowest_margin(state_, const_, margin_, may_end):
    """Return the smallest margin of the events being watched; below zero one has fired.

    Events that end a segment are watched where the segment `may_end`; events that stop the run, always.
    """
    margins(state_, const_, margin_)
    low = 1.0
    for e in range(N_EVENTS):
        if may_end or STOPS_RUN[e]:
            low = min(low, margin_[e])
    return low


def after_event(state_, const_, margin_):
    """Return what an event at this state means: the end of a segment, or of the run."""
    return STOPPED if N_STOPS > 0 and lowest_margin(state_, const_, margin_, False) <= EVENT_MARGIN else DONE


def crossing(state_, next_, stages_, const_, margin_, inside_, may_end):
    """Return the fraction of the step at which the first event fires, by bisection on the dense output."""
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        dense(state_, next_, stages_, middle, inside_)
        if lowest_margin(inside_, const_, margin_, may_end) < 0.0:
            high = middle
        else:
            low = middle
    return high


def value_at(at, state_, const_, line_):
    """Return one value by its column: states first, then lines, then constants of the segment."""
    if at < N_STATES:
        return state_[at]
    if at < N_STATES + N_LINES:
        return line_[at - N_STATES]
    return const_[at - N_STATES - N_LINES]


def watch(state_, const_, line_, monitored, low_, high_):
    """Widen a session's extremes of the monitored columns by the present state."""
    observe(state_, const_, line_)
    for m in range(monitored.shape[0]):
        value = value_at(monitored[m], state_, const_, line_)
        low_[m] = min(low_[m], value)
        high_[m] = max(high_[m], value)


def save(state_, const_, line_, columns, row_):
    """Write the requested columns."""
    observe(state_, const_, line_)
    for c in range(columns.shape[0]):
        row_[c] = value_at(columns[c], state_, const_, line_)


def run_segment(
    state_, const_, began, length, may_end, session, rtol, atol_, max_steps,
    save_times, columns, saved_, monitored, low_, high_,
    next_, stages_, lu_, inside_, line_, margin_, counts_,
):  # fmt: skip
    """Integrate one segment; return its status and the time spent in it."""
    spent, h, last_error = 0.0, FIRST_STEP, 1.0
    watches = may_end or N_STOPS > 0
    if watches and lowest_margin(state_, const_, margin_, may_end) <= 0.0:
        return after_event(state_, const_, margin_), spent
    if session >= 0:
        watch(state_, const_, line_, monitored, low_, high_)
    while spent < length:
        if counts_[0] + counts_[1] >= max_steps:
            return TOO_MANY_STEPS, spent
        step = min(h, length - spent)
        last = step >= length - spent
        attempt(state_, const_, step, stages_, lu_, next_)
        error = error_norm(state_, next_, stages_[N_STAGES - 1], rtol, atol_)
        if not error <= 1.0:  # written so that NaN is refused too
            counts_[1] += 1
            h = step * (max(SHRINK, SAFETY * error ** (-1.0 / ORDER)) if error > 1.0 and error < 1e30 else 0.1)
            if h < SMALLEST_STEP:
                return STEP_TOO_SMALL, spent
            continue
        ended = False
        if watches and lowest_margin(next_, const_, margin_, may_end) < 0.0:
            # A set ends inside this step: shorten the step to the root, never the tolerance.
            fraction = crossing(state_, next_, stages_, const_, margin_, inside_, may_end)
            if fraction * step < EVENT_TIME:
                return after_event(next_, const_, margin_), spent
            if (1.0 - fraction) * step > EVENT_TIME:
                counts_[1] += 1
                h = fraction * step
                continue
            ended = True
        counts_[0] += 1
        now = began + spent
        while counts_[3] < save_times.shape[0] and save_times[counts_[3]] <= now + step:
            dense(state_, next_, stages_, max((save_times[counts_[3]] - now) / step, 0.0), inside_)
            save(inside_, const_, line_, columns, saved_[counts_[3]])
            counts_[3] += 1
        if session >= 0:
            dense(state_, next_, stages_, 0.5, inside_)
            watch(inside_, const_, line_, monitored, low_, high_)
            watch(next_, const_, line_, monitored, low_, high_)
        for k in range(N_STATES):
            state_[k] = next_[k]
        spent = length if last else spent + step
        if ended:
            return after_event(state_, const_, margin_), spent
        error = max(error, 1e-10)
        factor = SAFETY * error ** (-PROPORTIONAL / ORDER) * last_error ** (INTEGRAL / ORDER)
        h = step * max(SHRINK, min(GROW, factor))
        last_error = max(error, 1e-4)
    return DONE, spent


def integrate(
    param_, state_, clock, duration, until, may_end, inputs, session, rtol, atol_, max_steps,
    save_times, columns, saved_, monitored, lowest_, highest_, starts_, ends_, counts_,
):  # fmt: skip
    """Integrate one person through all segments from `clock` on; return a status. `state_` ends as the last reached.

    Shapes: param_ (P,), state_ (N,), duration, until, may_end, session (S,), inputs (S, I), atol_ (N,),
    save_times (T,) ascending, columns (C,), saved_ (T, C), monitored (M,), lowest_, highest_ (K, M) for K sessions,
    starts_ (K or 0, N) states at the start of sessions, ends_ (S,) clock times, counts_ (4,): steps taken, steps
    refused, segment of failure, rows saved.
    """
    const_, next_, inside_ = np.empty(N_CONSTANTS), np.empty(N_STATES), np.empty(N_STATES)
    stages_, lu_ = np.empty((N_STAGES, N_STATES)), np.empty(N_FACTORS)
    line_, margin_ = np.empty(N_LINES), np.empty(max(N_EVENTS, 1))
    none_ = np.empty(0)
    now_in = -1
    for k in range(N_STATES):
        if not abs(state_[k]) < 1e300:
            counts_[2] = 0
            return NOT_FINITE
    for s in range(duration.shape[0]):
        hoist(param_, inputs[s], const_)
        here = session[s]
        if here >= 0 and here != now_in and here < starts_.shape[0]:
            for k in range(N_STATES):
                starts_[here, k] = state_[k]
        now_in = here
        watched = here >= 0 and here < lowest_.shape[0]
        low_, high_ = (lowest_[here], highest_[here]) if watched else (none_, none_)
        length = max(min(duration[s], until[s] - clock), 0.0)
        status, spent = run_segment(
            state_, const_, clock, length, may_end[s] > 0 and N_EVENTS > 0, here if watched else -1, rtol, atol_,
            max_steps, save_times, columns, saved_, monitored, low_, high_,
            next_, stages_, lu_, inside_, line_, margin_, counts_,
        )  # fmt: skip
        by_clock = spent == length and clock <= until[s] and until[s] - clock <= duration[s]
        clock = until[s] if by_clock else clock + spent
        ends_[s] = clock
        if status != DONE:
            counts_[2] = s
            return status
    while counts_[3] < save_times.shape[0] and save_times[counts_[3]] <= clock + EVENT_TIME:
        save(state_, const_, line_, columns, saved_[counts_[3]])
        counts_[3] += 1
    return DONE


def integrate_people(
    first, beyond, which, begins, params, states, clock, duration, until, may_end, inputs, session, rtol, atol_,
    max_steps, save_times, columns, saved, monitored, lowest, highest, starts, ends, counts, status,
):  # fmt: skip
    """Integrate people `first` to `beyond` one after another; results have people as their first axis.

    The segments of programme w are rows begins[w] to begins[w + 1] of the table, its times row w of save_times;
    person i follows programme which[i].
    """
    for i in range(first, beyond):
        w = which[i]
        low, high = begins[w], begins[w + 1]
        status[i] = integrate(
            params[i], states[i], clock, duration[low:high], until[low:high], may_end[low:high], inputs[low:high],
            session[low:high], rtol, atol_, max_steps, save_times[w], columns, saved[i], monitored, lowest[i],
            highest[i], starts[i], ends[i], counts[i],
        )  # fmt: skip
