"""What happens between steps, lane by lane: the queue of people, segments, events, saving. Knows no model.

Compiled by Numba once for all models (`driver_code.py`); the model's functions are called by address. `memory_` is the
group's table of rows (see `rows.py`), seen as (rows, lanes). The contract is that of `integrate_people` in
`solve/stepper.py`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # brought by the generated file
    import numpy as np

    from bfrsim.solve.lanes.driver_names import *
    from bfrsim.solve.stepper import (
        BISECTIONS,
        DONE,
        EVENT_MARGIN,
        EVENT_TIME,
        FIRST_STEP,
        NOT_FINITE,
        STEP_TOO_SMALL,
        STOPPED,
        TOO_MANY_STEPS,
    )

# --- kernel text below ---
# Where a lane stands: without a person, before a segment, within one.
IDLE, WAITING, STARTING, RUNNING = 0, 1, 2, 3
# Columns of lane_: person, row of the table, session, where the lane stands, event being located, what an event here
# means, programme, its first row and the row after its last.
PERSON, SEGMENT, SESSION, PHASE, LOCATING, MEANING, PROGRAMME, BEGIN, BEYOND = 0, 1, 2, 3, 4, 5, 6, 7, 8
CLOCK, PLANNED = 0, 1  # columns of clock_: time of day one at the segment's start; planned length
# Places of blocks: first rows of state, next, inside, const, margin, watched; then rows of inputs.
AT_STATE, AT_NEXT, AT_INSIDE, AT_CONST, AT_MARGIN, AT_WATCHED, AT_INPUT = 0, 1, 2, 3, 4, 5, 6


def copy_rows(memory_, source, target, count, lane):
    """Copy a block to another, for one lane."""
    for k in range(count):
        memory_[target + k, lane] = memory_[source + k, lane]


def lowest_margin(memory_, at_margin, stops_run, lane, may_end):
    """Return the smallest margin of the events being watched; below zero one has fired."""
    low = 1.0
    for e in range(stops_run.shape[0]):
        if may_end or stops_run[e]:
            low = min(low, memory_[at_margin + e, lane])
    return low


def meaning(memory_, at_margin, stops_run, lane):
    """Return what an event at the state just looked at means: the end of a segment, or of the run."""
    for e in range(stops_run.shape[0]):
        if stops_run[e] and memory_[at_margin + e, lane] <= EVENT_MARGIN:
            return STOPPED
    return DONE


def keep_columns(memory_, at_inside, columns, row_, lane):
    """Write the requested columns of the state just shown."""
    for c in range(columns.shape[0]):
        row_[c] = memory_[at_inside + columns[c], lane]


def exchange_extremes(memory_, at_watched, low_, high_, lane, outwards):
    """Bring a session's extremes into the lane's memory, or back."""
    count = low_.shape[0]
    for m in range(count):
        if outwards:
            low_[m], high_[m] = memory_[at_watched + m, lane], memory_[at_watched + count + m, lane]
        else:
            memory_[at_watched + m, lane], memory_[at_watched + count + m, lane] = low_[m], high_[m]


def take_person(memory_, place, lane, params_, state_, rtol, max_steps):
    """Load a person into a lane; return false if its state is not finite."""
    for k in range(state_.shape[0]):
        if not abs(state_[k]) < 1e300:
            return False
    for k in range(state_.shape[0]):
        memory_[place[AT_STATE] + k, lane] = state_[k]
    for k in range(params_.shape[0]):
        memory_[place[AT_CONST] + k, lane] = params_[k]
    memory_[TAKEN, lane], memory_[REFUSED, lane], memory_[BUDGET, lane] = 0.0, 0.0, max_steps
    memory_[RTOL, lane] = rtol
    return True


def release(memory_, place, lane, state_, count_):
    """Store where a person ended."""
    for k in range(state_.shape[0]):
        state_[k] = memory_[place[AT_STATE] + k, lane]
    count_[0], count_[1] = int(memory_[TAKEN, lane]), int(memory_[REFUSED, lane])
    release_lane(memory_, lane)


def release_lane(memory_, lane):
    """Leave a lane computing along on harmless numbers; whatever it gives is masked."""
    memory_[ACTIVE, lane], memory_[ACCEPTED, lane], memory_[IN_SESSION, lane] = 0.0, 0.0, 0.0
    memory_[MAY_END, lane], memory_[NEXT_SAVE, lane], memory_[NEED, lane] = 0.0, np.inf, 0.0
    memory_[SPENT, lane], memory_[LENGTH, lane], memory_[H, lane] = 0.0, 1.0, 1.0


def enter_segment(memory_, place, lane, clock, length, may_end, watched, inputs_):
    """Set a lane to the start of a segment."""
    memory_[SPENT, lane], memory_[LENGTH, lane], memory_[BEGAN, lane] = 0.0, length, clock
    memory_[H, lane], memory_[LAST_ERROR, lane] = FIRST_STEP, 1.0
    memory_[ACTIVE, lane], memory_[ACCEPTED, lane], memory_[NEED, lane] = 1.0, 0.0, 0.0
    memory_[MAY_END, lane] = 1.0 if may_end else 0.0
    memory_[IN_SESSION, lane] = 1.0 if watched else 0.0
    for k in range(inputs_.shape[0]):
        memory_[place[AT_INPUT] + k, lane] = inputs_[k]


def locate_events(functions, memory_, place, lane_, stops_run, low_, high_):
    """Bisect, for all lanes that ask, the fraction of the step at which the first event fires; it is left in high_."""
    group, monitored, count = functions[5], functions[6], functions[7]
    lanes = memory_.shape[1]
    for lane in range(lanes):
        low_[lane], high_[lane] = 0.0, 1.0
    for _ in range(BISECTIONS):
        for lane in range(lanes):
            memory_[THETA, lane] = 0.5 * (low_[lane] + high_[lane])
        call(functions[1], group, monitored, count)
        call(functions[3], group, monitored, count)
        for lane in range(lanes):
            if lane_[lane, LOCATING]:
                may_end = memory_[MAY_END, lane] > 0.5
                if lowest_margin(memory_, place[AT_MARGIN], stops_run, lane, may_end) < 0.0:
                    high_[lane] = memory_[THETA, lane]
                else:
                    low_[lane] = memory_[THETA, lane]


def resolve_events(functions, memory_, place, lane_, stops_run, states, low_, high_):
    """Shorten the step to the root, accept it, or end the segment where it began; the tolerance is never touched."""
    group, monitored, count, lanes = functions[5], functions[6], functions[7], memory_.shape[1]
    asked = False
    for lane in range(lanes):
        lane_[lane, LOCATING] = memory_[NEED, lane] == NEED_EVENT
        asked = asked or lane_[lane, LOCATING] > 0
    if not asked:
        return
    locate_events(functions, memory_, place, lane_, stops_run, low_, high_)
    for lane in range(lanes):
        if lane_[lane, LOCATING]:
            copy_rows(memory_, place[AT_NEXT], place[AT_INSIDE], states, lane)
    call(functions[3], group, monitored, count)
    for lane in range(lanes):
        if not lane_[lane, LOCATING]:
            continue
        step, fraction = memory_[STEP, lane], high_[lane]
        lane_[lane, MEANING] = meaning(memory_, place[AT_MARGIN], stops_run, lane)
        memory_[NEED, lane] = 0.0
        if fraction * step < EVENT_TIME:
            memory_[NEED, lane] = NEED_END
        elif (1.0 - fraction) * step > EVENT_TIME:
            memory_[REFUSED, lane] += 1.0
            memory_[H, lane] = fraction * step
        else:
            memory_[ACCEPTED, lane] = 1.0
            memory_[LENGTH, lane] = memory_[SPENT, lane] + step
            if memory_[NEXT_SAVE, lane] <= memory_[BEGAN, lane] + memory_[SPENT, lane] + step:
                memory_[NEED, lane] = NEED_SAVE


def save_inside(functions, memory_, place, lane_, save_times, columns, saved, counts):
    """Write the requested times that lie within the steps just accepted, from the dense output; all lanes at once."""
    group, monitored, count, lanes = functions[5], functions[6], functions[7], memory_.shape[1]
    while True:
        asked = False
        for lane in range(lanes):
            if memory_[NEED, lane] == NEED_SAVE:
                asked = True
                now = memory_[BEGAN, lane] + memory_[SPENT, lane]
                memory_[THETA, lane] = max((memory_[NEXT_SAVE, lane] - now) / memory_[STEP, lane], 0.0)
        if not asked:
            return
        call(functions[1], group, monitored, count)
        call(functions[2], group, monitored, count)
        for lane in range(lanes):
            if memory_[NEED, lane] == NEED_SAVE:
                i = lane_[lane, PERSON]
                keep_columns(memory_, place[AT_INSIDE], columns, saved[i, counts[i, 3]], lane)
                counts[i, 3] += 1
                more = counts[i, 3] < save_times.shape[1]
                memory_[NEXT_SAVE, lane] = save_times[lane_[lane, PROGRAMME], counts[i, 3]] if more else np.inf
                reached = memory_[BEGAN, lane] + memory_[SPENT, lane] + memory_[STEP, lane]
                if memory_[NEXT_SAVE, lane] > reached:
                    memory_[NEED, lane] = 0.0


def any_running(lane_):
    """Say whether a lane is within a segment."""
    for lane in range(lane_.shape[0]):
        if lane_[lane, PHASE] == RUNNING:
            return True
    return False


def leave_segments(memory_, place, lane_, clock_, programme, states, out):
    """End the segments of lanes that ask for it: the next one follows, or the person is done for."""
    duration, until, session = programme[0], programme[1], programme[4]
    lowest, highest, ends, counts, status = out[1], out[2], out[4], out[5], out[6]
    for lane in range(memory_.shape[1]):
        need = memory_[NEED, lane]
        if lane_[lane, PHASE] != RUNNING or need == 0.0:
            continue
        i, s, spent = lane_[lane, PERSON], lane_[lane, SEGMENT], memory_[SPENT, lane]
        clock, planned = clock_[lane, CLOCK], clock_[lane, PLANNED]
        by_clock = spent == planned and clock <= until[s] and until[s] - clock <= duration[s]
        clock_[lane, CLOCK] = until[s] if by_clock else clock + spent
        ends[i, s - lane_[lane, BEGIN]] = clock_[lane, CLOCK]
        if memory_[IN_SESSION, lane] > 0.5:
            exchange_extremes(memory_, place[AT_WATCHED], lowest[i, session[s]], highest[i, session[s]], lane, True)
        memory_[NEED, lane] = 0.0
        outcome = lane_[lane, MEANING]
        if need == NEED_TOO_SMALL:
            outcome = STEP_TOO_SMALL
        elif need == NEED_BUDGET:
            outcome = TOO_MANY_STEPS
        if outcome == DONE:
            lane_[lane, PHASE], lane_[lane, SEGMENT] = WAITING, s + 1
        else:
            counts[i, 2], status[i] = s - lane_[lane, BEGIN], outcome
            release(memory_, place, lane, states[i], counts[i])
            lane_[lane, PHASE] = IDLE


def finish_people(functions, memory_, place, lane_, clock_, wanted, states, out):
    """Save what is due at the end of a programme, and let go of its person."""
    save_times, columns = wanted[0], wanted[1]
    saved, counts = out[0], out[5]
    for lane in range(memory_.shape[1]):
        if lane_[lane, PHASE] != WAITING or lane_[lane, SEGMENT] < lane_[lane, BEYOND]:
            continue
        i, w, latest = lane_[lane, PERSON], lane_[lane, PROGRAMME], clock_[lane, CLOCK] + EVENT_TIME
        if counts[i, 3] < save_times.shape[1] and save_times[w, counts[i, 3]] <= latest:
            copy_rows(memory_, place[AT_STATE], place[AT_INSIDE], states.shape[1], lane)
            call(functions[2], functions[5], functions[6], functions[7])
        while counts[i, 3] < save_times.shape[1] and save_times[w, counts[i, 3]] <= latest:
            keep_columns(memory_, place[AT_INSIDE], columns, saved[i, counts[i, 3]], lane)
            counts[i, 3] += 1
        release(memory_, place, lane, states[i], counts[i])
        lane_[lane, PHASE] = IDLE


def take_people(
    memory_, place, lane_, clock_, upcoming, beyond, who, clock0, params, states, rtol, max_steps, times, out
):
    """Give idle lanes the next people of the queue; return who comes next."""
    which, begins = who
    counts, status = out[5], out[6]
    for lane in range(memory_.shape[1]):
        while lane_[lane, PHASE] == IDLE and upcoming < beyond:
            i = upcoming
            upcoming += 1
            if take_person(memory_, place, lane, params[i], states[i], rtol, max_steps):
                w = which[i]
                lane_[lane, PERSON], lane_[lane, SEGMENT], lane_[lane, SESSION] = i, begins[w], -1
                lane_[lane, PROGRAMME], lane_[lane, BEGIN], lane_[lane, BEYOND] = w, begins[w], begins[w + 1]
                lane_[lane, PHASE] = WAITING
                clock_[lane, CLOCK] = clock0
                memory_[NEXT_SAVE, lane] = times[w, 0] if times.shape[1] > 0 else np.inf
            else:
                counts[i, 2], status[i] = 0, NOT_FINITE
    return upcoming


def over_already(lane_):
    """Say whether a lane waits that has no segment left."""
    for lane in range(lane_.shape[0]):
        if lane_[lane, PHASE] == WAITING and lane_[lane, SEGMENT] >= lane_[lane, BEYOND]:
            return True
    return False


def begin_segments(memory_, place, lane_, clock_, events, watched_count, programme, states, out):
    """Set waiting lanes to their next segment; return whether any was."""
    duration, until, may_end, inputs, session = programme
    lowest, highest, starts = out[1], out[2], out[3]
    any_began = False
    for lane in range(memory_.shape[1]):
        if lane_[lane, PHASE] != WAITING:
            continue
        i, s, clock = lane_[lane, PERSON], lane_[lane, SEGMENT], clock_[lane, CLOCK]
        here = session[s]
        if here >= 0 and here != lane_[lane, SESSION] and here < starts.shape[1]:
            for k in range(states.shape[1]):
                starts[i, here, k] = memory_[place[AT_STATE] + k, lane]
        lane_[lane, SESSION] = here
        watched = watched_count > 0 and here >= 0 and here < lowest.shape[1]
        clock_[lane, PLANNED] = max(min(duration[s], until[s] - clock), 0.0)
        early = may_end[s] > 0 and events > 0
        enter_segment(memory_, place, lane, clock, clock_[lane, PLANNED], early, watched, inputs[s])
        if watched:
            exchange_extremes(memory_, place[AT_WATCHED], lowest[i, here], highest[i, here], lane, False)
        lane_[lane, PHASE], lane_[lane, MEANING] = STARTING, DONE
        any_began = True
    return any_began


def start_segments(functions, memory_, place, lane_, clock_, stops_run, monitored, states):
    """Compute what holds still within the segments that begin; an event may have fired already. True if one is over."""
    group, watched, count = functions[5], functions[6], functions[7]
    call(functions[0], group, watched, count)
    for lane in range(memory_.shape[1]):
        if lane_[lane, PHASE] == STARTING:
            copy_rows(memory_, place[AT_STATE], place[AT_INSIDE], states, lane)
    call(functions[3], group, watched, count)
    call(functions[2], group, watched, count)
    any_over = False
    for lane in range(memory_.shape[1]):
        if lane_[lane, PHASE] != STARTING:
            continue
        lane_[lane, PHASE] = RUNNING
        may_end = memory_[MAY_END, lane] > 0.5
        if lowest_margin(memory_, place[AT_MARGIN], stops_run, lane, may_end) <= 0.0:
            lane_[lane, MEANING] = meaning(memory_, place[AT_MARGIN], stops_run, lane)
            memory_[NEED, lane] = NEED_END
        else:
            if memory_[IN_SESSION, lane] > 0.5:
                widen_extremes(memory_, place, monitored, lane)
            if clock_[lane, PLANNED] <= 0.0:
                memory_[NEED, lane] = NEED_END
        any_over = any_over or memory_[NEED, lane] > 0.0
    return any_over


def widen_extremes(memory_, place, monitored, lane):
    """Widen a lane's extremes by the state just shown."""
    count = monitored.shape[0]
    for m in range(count):
        value = memory_[place[AT_INSIDE] + monitored[m], lane]
        low, high = place[AT_WATCHED] + m, place[AT_WATCHED] + count + m
        memory_[low, lane] = min(memory_[low, lane], value)
        memory_[high, lane] = max(memory_[high, lane], value)


def drive(
    functions, memory_, place, stops_run, first, beyond, who, params, states, clock0, programme, rtol, max_steps,
    wanted, out, work
):  # fmt: skip
    """Take people `first` to `beyond` from a queue, each lane its own, until all are done.

    functions : addresses of start, dense, show, look, advance, memory, monitored; length of monitored.
    who : programme of each person, first row of each programme. programme : duration, until, may_end, inputs, session.
    wanted : save times, columns, monitored. out : saved, lowest, highest, starts, ends, counts, status.
    work : zeroed (lanes, 9), (lanes, 2), (lanes,), (lanes,).
    """
    lanes, n = memory_.shape[1], states.shape[1]
    save_times, columns, monitored = wanted
    lane_, clock_, low_, high_ = work
    for lane in range(lanes):
        memory_[NEED, lane] = 0.0
        release_lane(memory_, lane)
    upcoming = first
    while True:
        leave_segments(memory_, place, lane_, clock_, programme, states, out)
        finish_people(functions, memory_, place, lane_, clock_, wanted, states, out)
        upcoming = take_people(
            memory_, place, lane_, clock_, upcoming, beyond, who, clock0, params, states, rtol, max_steps, save_times,
            out,
        )  # fmt: skip
        if over_already(lane_):
            continue
        if begin_segments(
            memory_, place, lane_, clock_, stops_run.shape[0], monitored.shape[0], programme, states, out
        ) and start_segments(functions, memory_, place, lane_, clock_, stops_run, monitored, n):
            continue
        if not any_running(lane_):
            return
        call(functions[4], functions[5], functions[6], functions[7])
        resolve_events(functions, memory_, place, lane_, stops_run, n, low_, high_)
        save_inside(functions, memory_, place, lane_, save_times, columns, out[0], out[5])
