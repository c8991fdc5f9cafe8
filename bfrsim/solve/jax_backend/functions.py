"""A kernel on JAX: the calls of every other kernel, and runs with tangents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.compile.program import Program
from bfrsim.solve.jax_backend.compiled import compile_once, double_precision, require_jax, workshop
from bfrsim.solve.jax_backend.method import as_method
from bfrsim.solve.jax_backend.model import build_model
from bfrsim.solve.jax_backend.records import ENTER, OVER, Kept, Person, Task
from bfrsim.solve.jax_backend.stepper import Loop
from bfrsim.solve.stepper import NOT_FINITE
from bfrsim.solve.table import RosenbrockTable

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Rows of arrays that a run is compiled for, at least; more are rounded up to a power of two. So a day, a session and a
# programme are one machine code.
LEAST_SEGMENTS, LEAST_TIMES, LEAST_COLUMNS, LEAST_SESSIONS = 1024, 4096, 64, 64
LEAST_WITH_TANGENTS = 4  # times and sessions, where each is kept for every direction
WIDE = 1024  # people at a time on an accelerator


@dataclass(frozen=True)
class Along:
    """Directions in which a run is differentiated; D of them.

    Attributes
    ----------
    params : (n, P, D); states : (n, N, D) of the first state.
    duration, until : (S, D); inputs : (S, I, D).
    """

    params: Floats
    states: Floats
    duration: Floats
    until: Floats
    inputs: Floats


@dataclass(frozen=True)
class Tangents:
    """Derivatives of an outcome: saved (n, T, C, D), extremes (n, K, M, D), ends (n, S, D), states (n, N, D)."""

    saved: Floats
    lowest: Floats
    highest: Floats
    ends: Floats
    states: Floats


@dataclass(frozen=True)
class JaxFunctions:
    """What a kernel on JAX can do.

    Attributes
    ----------
    program : Program
    table : RosenbrockTable
    plain : module
        The generated text, for single calls outside a run.
    """

    program: Program
    table: RosenbrockTable
    plain: Any
    known: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __getattr__(self, name: str) -> Any:
        """Return a function of the plain text."""
        return getattr(self.plain, name)

    @cached_property
    def width(self) -> int:
        """Return how many people go through one machine code side by side."""
        import jax

        return 1 if jax.default_backend() == "cpu" else WIDE

    @property
    def chunk(self) -> int:
        """Return how many people a thread takes at a time, at most."""
        return max(self.width, 16)

    def integrate_people(
        self, first: int, beyond: int, which: Integers, begins: Integers, params: Floats, states: Floats, clock: float,
        duration: Floats, until: Floats, may_end: Integers, inputs: Floats, session: Integers, rtol: float,
        atol: Floats, max_steps: int, save_times: Floats, columns: Integers, saved: Floats, monitored: Integers,
        lowest: Floats, highest: Floats, starts: Floats, ends: Floats, counts: Integers, status: Integers,
        along: Along | None = None, tangents: Tangents | None = None,
    ) -> None:  # fmt: skip
        """Integrate people `first` to `beyond`; the contract of `solve/stepper.py`, and tangents if asked for."""
        for who in _side_by_side(first, beyond, which, self.width):
            w = which[who.start]
            rows = slice(begins[w], begins[w + 1])
            table = (duration[rows], until[rows], may_end[rows], inputs[rows], session[rows])
            wished = (save_times[w], columns, monitored, lowest.shape[1], starts.shape[1])
            person, kept = self._run(
                params[who], states[who], clock, table, wished, (rtol, atol, max_steps), along, who
            )
            found = {name: getattr(kept, name) for name in ("saved", "lowest", "highest", "starts", "ends")}
            targets = dict(zip(found, (saved, lowest, highest, starts, ends), strict=True))
            for name, target in {**targets, "state": states}.items():
                _fill(target[who], found.get(name, person.state))
            _fill(status[who], person.status)
            _fill(counts[who], np.stack([person.taken, person.refused, person.failed, person.row]))
            if tangents is not None:
                for name in ("saved", "lowest", "highest", "ends"):
                    _fill(getattr(tangents, name)[who], getattr(kept, f"along_{name}"))
                _fill(tangents.states[who], person.along_state)

    def _run(
        self, params: Floats, states: Floats, clock: float, table: Sequence[Any], wished: Sequence[Any],
        tolerances: Sequence[Any], along: Along | None, who: slice,
    ) -> tuple[Person, Kept]:  # fmt: skip
        require_jax()
        import jax

        with double_precision(), np.errstate(all="ignore"):
            task, person, kept = _prepared(
                self.width,
                params,
                states,
                clock,
                table,
                wished,
                tolerances,
                along,
                who,
                len(self.program.layout.constants),
            )
            key = tuple(np.shape(leaf) for leaf in jax.tree.leaves((task, person, kept)))
            run = compile_once(self.known, key, lambda: self._compiled((task, person, kept)))
            return jax.block_until_ready(run(task, person, kept))

    def _compiled(self, shapes: tuple[Task, Person, Kept]) -> Any:
        import jax

        loop = Loop(build_model(self.program, workshop()), as_method(self.table))
        return jax.jit(loop.run).lower(*shapes).compile()


def _side_by_side(first: int, beyond: int, which: Integers, width: int) -> Iterator[slice]:
    """Yield people who follow the same programme and stand one behind the other, at most `width` at a time."""
    at = first
    while at < beyond:
        most = min(at + width, beyond)
        others = np.flatnonzero(which[at:most] != which[at])
        stop = at + int(others[0]) if others.size else most
        yield slice(at, stop)
        at = stop


def _fill(target: Any, found: Any) -> None:
    """Write into a slice of results, people first, what stands in other arrays with people last; as far as both go."""
    found = np.moveaxis(np.asarray(found), -1, 0)
    shared = tuple(slice(min(sizes)) for sizes in zip(target.shape, found.shape, strict=True))
    target[shared] = found[shared]


def _rounded(count: int, least: int) -> int:
    return max(least, 1 << (count - 1).bit_length() if count else 1)


def _padded(array: Any, length: int, value: float = 0.0) -> Any:
    """Lengthen the first axis."""
    array = np.asarray(array)
    rest = np.full((length - len(array), *array.shape[1:]), value, dtype=array.dtype)
    return np.concatenate([array, rest])


def _prepared(
    width: int, params: Floats, states: Floats, clock: float, table: Sequence[Any], wished: Sequence[Any],
    tolerances: Sequence[Any], along: Along | None, who: slice, constants: int,
) -> tuple[Task, Person, Kept]:  # fmt: skip
    """Return the arrays of a run: padded, people last."""
    duration, until, may_end, inputs, session = table
    times, columns, monitored, sessions, starts = wished
    count, n, states_count = len(params), width, states.shape[1]
    directions = 0 if along is None else along.params.shape[2]
    rows = _rounded(len(duration), LEAST_SEGMENTS)
    tight = directions > 0 or width > 1
    least_times, least_sessions = (LEAST_WITH_TANGENTS,) * 2 if tight else (LEAST_TIMES, LEAST_SESSIONS)
    shown, watched = (_rounded(len(each), 16 if tight else LEAST_COLUMNS) for each in (columns, monitored))
    moments, kept_sessions = _rounded(len(times), least_times), _rounded(sessions, least_sessions)

    def people(array: Floats) -> Floats:
        """People last; the places of nobody repeat the first person."""
        filled = np.concatenate([array, np.repeat(array[:1], n - count, axis=0)])
        return np.moveaxis(filled, 0, -1).astype(float)

    def tangent(name: str) -> Floats:
        if along is None:
            shape = params.shape if name == "params" else states.shape
            return np.zeros((shape[1], 0, n))
        return people(getattr(along, name)[who])

    def still(name: str, like: Floats) -> Floats:
        return np.zeros((rows, *like.shape[1:], 0)) if along is None else _padded(getattr(along, name), rows)

    rtol, atol, max_steps = tolerances
    whole = np.int64
    task = Task(
        people(params), tangent("params"), _padded(duration, rows), still("duration", duration),
        _padded(until, rows, np.inf), still("until", until), _padded(np.asarray(may_end, dtype=whole), rows),
        _padded(inputs, rows), still("inputs", inputs), _padded(np.asarray(session, dtype=whole), rows),
        whole(len(duration)), whole(sessions if len(monitored) else 0), whole(starts), np.float64(rtol),
        np.asarray(atol, dtype=float), whole(max_steps), _padded(np.asarray(times, dtype=float), moments, np.inf),
        _padded(np.asarray(columns, dtype=whole), shown), _padded(np.asarray(monitored, dtype=whole), watched),
    )  # fmt: skip
    state = people(states)
    fine = np.all(np.abs(state) < 1e300, axis=0)
    over = ~fine | (np.arange(n) >= count)
    zero, none = np.zeros(n), np.zeros(n, dtype=whole)
    person = Person(
        phase=np.where(over, OVER, ENTER).astype(whole), segment=none, session=none - 1, may_end=np.zeros(n, bool),
        length=zero, spent=zero, step=zero, last_error=zero, began=zero + clock,
        status=np.where(fine, 0, NOT_FINITE).astype(whole), failed=none, taken=none, refused=none, row=none,
        state=state, const=np.zeros((constants, n)), along_state=tangent("states"),
        along_const=np.zeros((constants, directions, n)), along_length=np.zeros((directions, n)),
        along_began=np.zeros((directions, n)),
    )  # fmt: skip
    kept = Kept(
        np.full((moments, shown, n), np.nan), np.full((kept_sessions, watched, n), np.inf),
        np.full((kept_sessions, watched, n), -np.inf), np.full((max(kept_sessions, 1), states_count, n), np.nan),
        np.full((rows, n), np.nan), np.full((moments, shown, directions, n), np.nan),
        np.full((kept_sessions, watched, directions, n), np.nan),
        np.full((kept_sessions, watched, directions, n), np.nan), np.full((rows, directions, n), np.nan),
    )  # fmt: skip
    return task, person, kept
