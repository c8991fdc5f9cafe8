"""What the step loop carries along: NamedTuples of arrays whose last axis is people.

Tangents have an axis of directions before that of people; without directions it is empty, and nothing is computed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Array = Any
ENTER, STEP, CLOSE, OVER = 0, 1, 2, 3  # phases of a person: a segment begins, steps, last moment, finished


class Task(NamedTuple):
    """What a run is asked to do.

    Attributes
    ----------
    params : (P, people); along_params : (P, directions, people)
    duration, until, may_end, session : (S,); inputs : (S, I); tangents of duration, until, inputs with directions last.
    segments, sessions, starts : numbers of rows that count; arrays may be longer.
    times, columns, monitored : (T,) with inf behind the last; (C,); (M,).
    """

    params: Array
    along_params: Array
    duration: Array
    along_duration: Array
    until: Array
    along_until: Array
    may_end: Array
    inputs: Array
    along_inputs: Array
    session: Array
    segments: Array
    sessions: Array
    starts: Array
    rtol: Array
    atol: Array
    max_steps: Array
    times: Array
    columns: Array
    monitored: Array


class Person(NamedTuple):
    """Where each person is; `began` is the clock time at which the present segment began."""

    phase: Array
    segment: Array
    session: Array
    may_end: Array
    length: Array
    spent: Array
    step: Array
    last_error: Array
    began: Array
    status: Array
    failed: Array
    taken: Array
    refused: Array
    row: Array
    state: Array
    const: Array
    along_state: Array
    along_const: Array
    along_length: Array
    along_began: Array


class Move(NamedTuple):
    """The step just taken, or standing still: what can be looked at."""

    before: Array
    after: Array
    parts: Array
    now: Array
    step: Array
    reach: Array  # clock time up to which values may be saved; -inf: none
    look: Array  # where looking begins: 0 in the middle of the step, 1 at its end, 2 not at all
    watched: Array  # whether what is seen counts for the extremes of a session
    along_before: Array
    along_after: Array
    along_parts: Array


class Leave(NamedTuple):
    """Who leaves a segment in this round, with which status, and whether an event made them leave."""

    leaves: Array
    status: Array
    by_event: Array


class Kept(NamedTuple):
    """Results: saved (T, C, people), extremes (K, M, people), starts (K, N, people), ends (S, people), tangents."""

    saved: Array
    lowest: Array
    highest: Array
    starts: Array
    ends: Array
    along_saved: Array
    along_lowest: Array
    along_highest: Array
    along_ends: Array
