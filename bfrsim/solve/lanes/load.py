"""A system -> vector kernel: IR for this processor, a driver common to all models, memory for each thread."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.compile.program import Program, build_program
from bfrsim.language.join import System
from bfrsim.solve.lanes.advance import step_functions
from bfrsim.solve.lanes.driver_code import driver_path, load_driver
from bfrsim.solve.lanes.functions import model_functions
from bfrsim.solve.lanes.machine import MachineCode, Target, host, lanes_of, load_code, module_text
from bfrsim.solve.lanes.rows import Rows, arrange
from bfrsim.solve.table import RosenbrockTable

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DRIVER_CALLS = ("start", "dense", "show", "look", "advance")
CALLED = (*DRIVER_CALLS, "begin", "settle")
LINE = 8  # doubles in a cache line, to which rows are aligned


def lanes_text(program: Program, table: RosenbrockTable) -> tuple[str, Rows]:
    """Return the IR of a kernel, the same for every width: model, step loop; and the rows of its memory."""
    model, const_rows = model_functions(program)
    rows = arrange(program, len(table.A), const_rows)
    return module_text([*model, *step_functions(program, table, rows)]), rows


@dataclass(frozen=True)
class LanesFunctions:
    """What a kernel on vector lanes can do; the same calls as the functions of a compiled text.

    Attributes
    ----------
    program : Program
    rows : Rows
        Where everything stands in a group's memory.
    lanes : int
        People per instruction.
    code : MachineCode
    digest : str
        Content hash of the IR text, first 16 digits; the same for every width.
    """

    program: Program
    rows: Rows
    lanes: int
    code: MachineCode
    digest: str

    @property
    def compiled(self) -> bool:
        """Whether earlier processes left all machine code that is needed."""
        return self.code.cached and driver_path().is_file()

    @property
    def chunk(self) -> int:
        """People a thread takes at a time, at most."""
        return 16 * self.lanes

    def memory(self, watched: int) -> Floats:
        """Return zeroed memory of a group, (rows, lanes), aligned to cache lines."""
        size = (self.rows.watched + 2 * watched) * self.lanes
        raw = np.zeros(size + LINE)
        start = (-raw.ctypes.data // 8) % LINE
        return raw[start : start + size].reshape(-1, self.lanes)

    def integrate_people(
        self, first: int, beyond: int, which: Integers, begins: Integers, params: Floats, states: Floats, clock: float,
        duration: Floats, until: Floats, may_end: Integers, inputs: Floats, session: Integers, rtol: float,
        atol: Floats, max_steps: int, save_times: Floats, columns: Integers, saved: Floats, monitored: Integers,
        lowest: Floats, highest: Floats, starts: Floats, ends: Floats, counts: Integers, status: Integers,
    ) -> None:  # fmt: skip
        """Integrate people `first` to `beyond`; the contract of `solve/stepper.py`."""
        memory, rows, layout = self.memory(len(monitored)), self.rows, self.program.layout
        memory[rows.tolerance : rows.tolerance + len(layout.states)] = np.asarray(atol)[:, None]
        whole, n = np.int64, len(params)
        monitored, columns = (np.ascontiguousarray(each, dtype=whole) for each in (monitored, columns))
        addresses = [self.code.addresses[name] for name in DRIVER_CALLS]
        functions = np.array([*addresses, memory.ctypes.data, monitored.ctypes.data, len(monitored)], dtype=whole)
        place = np.array(
            [rows.state, rows.next, rows.inside, rows.const, rows.margin, rows.watched,
             rows.const + len(layout.parameters)], dtype=whole,
        )  # fmt: skip
        stops_run = np.array(self.program.stops_run, dtype=np.bool_)
        table = [
            np.ascontiguousarray(each, dtype=kind)
            for each, kind in ((duration, float), (until, float), (may_end, whole), (inputs, float), (session, whole))
        ]
        sizes = np.array(
            [first, beyond, self.lanes, len(memory), len(place), len(stops_run), n, len(begins) - 1, params.shape[1],
             states.shape[1], len(duration), inputs.shape[1], save_times.shape[1], len(columns), len(monitored),
             lowest.shape[1], starts.shape[1], ends.shape[1]], dtype=whole,
        )  # fmt: skip
        given = [np.ascontiguousarray(each, dtype=whole) for each in (which, begins)]
        work = [np.zeros((self.lanes, 9), dtype=whole), np.zeros((self.lanes, 2)), np.zeros((2, self.lanes))]
        load_driver()(
            [sizes, functions, memory, place, stops_run, *given, np.ascontiguousarray(params, dtype=float), states,
             *table, np.ascontiguousarray(save_times, dtype=float), columns, monitored, saved, lowest, highest,
             starts, ends, counts, status, *work],
            [float(clock), float(rtol), float(max_steps)],
        )  # fmt: skip

    def initial_states(self, params: Floats, inputs: Floats) -> Floats:
        """Return the initial states of n people, (n, N)."""
        return self._evaluate(("start", "begin"), params, inputs, {}, "state", len(self.program.layout.states))

    def reference_values(self, params: Floats, states: Floats, daily: Floats, inputs: Floats) -> Floats:
        """Return the references of n people, (n, R), from their states and the day's increments."""
        count = len(self.program.function("references").stores)
        given = {"state": states, "daily": daily}
        return self._evaluate(("start", "settle"), params, inputs, given, "reference", count)

    def _evaluate(
        self, names: tuple[str, ...], params: Floats, inputs: Floats, given: dict[str, Floats], out: str, count: int
    ) -> Floats:
        """Call functions for groups of people, one after another."""
        import ctypes

        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
        calls = [kind(self.code.addresses[name]) for name in names]
        memory, rows = self.memory(0), self.rows
        results = np.empty((len(params), count))
        for at in range(0, len(params), self.lanes):
            here = slice(at, at + self.lanes)
            used = len(params[here])
            for block, values in {"const": params, **given}.items():
                first = getattr(rows, block)
                memory[first : first + values.shape[1], :used] = values[here].T
            first = rows.const + params.shape[1]
            memory[first : first + len(inputs), :used] = inputs[:, None]
            for call in calls:
                call(memory.ctypes.data, None, 0)
            first = getattr(rows, out)
            results[here] = memory[first : first + count, :used].T
        return results


_loaded: dict[tuple[str, Target, int], LanesFunctions] = {}
_lock = threading.Lock()


def load_lanes(
    system: System, table: RosenbrockTable, target: Target | None = None, lanes: int | None = None
) -> LanesFunctions:
    """Emit, compile or fetch, and return the vector kernel of a system.

    Parameters
    ----------
    target : Target, optional
        The processor to compile for; this machine's if omitted.
    lanes : int, optional
        People per instruction; what the processor works on at once if omitted.
    """
    target = target or host()
    lanes = lanes or lanes_of(target)
    program = build_program(system)
    text, rows = lanes_text(program, table)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    key = (digest, target, lanes)
    with _lock:
        if key not in _loaded:
            _loaded[key] = LanesFunctions(program, rows, lanes, load_code(text, CALLED, target, lanes), digest)
        return _loaded[key]
