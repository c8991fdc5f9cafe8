"""A system -> vector kernel: IR for this processor, a driver common to all models, memory for each thread."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import bfrsim.solve.lanes.driver as driver
import bfrsim.solve.stepper as stepper
from bfrsim.compile.generate import kernel_source
from bfrsim.compile.program import Program, build_program
from bfrsim.language.join import System
from bfrsim.solve.lanes.advance import step_functions
from bfrsim.solve.lanes.functions import model_functions
from bfrsim.solve.lanes.machine import MachineCode, Target, host, lanes_of, load_code, module_text
from bfrsim.solve.lanes.rows import CONTROL, NEEDS, Rows, arrange
from bfrsim.solve.module import has_machine_code, import_text, written
from bfrsim.solve.table import RosenbrockTable

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DRIVER_CALLS = ("start", "dense", "show", "look", "advance")
CALLED = (*DRIVER_CALLS, "begin", "settle")
SHARED = ("DONE", "STEP_TOO_SMALL", "TOO_MANY_STEPS", "NOT_FINITE", "STOPPED",
          "FIRST_STEP", "EVENT_TIME", "EVENT_MARGIN", "BISECTIONS")  # fmt: skip
DRIVER = "lanes_driver"
LINE = 8  # doubles in a cache line, to which rows are aligned


def lanes_text(program: Program, table: RosenbrockTable) -> tuple[str, Rows]:
    """Return the IR of a kernel, the same for every width: model, step loop; and the rows of its memory."""
    model, const_rows = model_functions(program)
    rows = arrange(program, len(table.A), const_rows)
    return module_text([*model, *step_functions(program, table, rows)]), rows


def driver_text() -> str:
    """Return the text of the driver with the numbers it shares with the step loops."""
    shared = [f"{name} = {getattr(stepper, name)!r}" for name in SHARED]
    control = [f"{name.upper()} = {at}" for at, name in enumerate(CONTROL)]
    needs = [f"NEED_{name.upper()} = {value!r}" for name, value in NEEDS.items()]
    head = '"""The driver of vector lanes; common to all models."""\n\nimport numpy as np\n\n'
    imported = "from bfrsim.solve.lanes.address import call_by_address\n\ncall = call_by_address()\n"
    return head + imported + "\n".join([*shared, *control, *needs]) + "\n\n\n" + kernel_source(driver) + "\n"


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

    @cached_property
    def _driver(self) -> Any:
        return import_text(written(driver_text(), DRIVER)[0], "numba")

    @property
    def compiled(self) -> bool:
        """Whether earlier processes left all machine code that is needed."""
        return self.code.cached and has_machine_code(written(driver_text(), DRIVER)[0], "drive")

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
        memory, monitored = self.memory(len(monitored)), np.ascontiguousarray(monitored)
        rows, layout = self.rows, self.program.layout
        memory[rows.tolerance : rows.tolerance + len(layout.states)] = np.asarray(atol)[:, None]
        functions = np.array(
            [*(self.code.addresses[name] for name in DRIVER_CALLS), memory.ctypes.data, monitored.ctypes.data,
             len(monitored)], dtype=np.int64,
        )  # fmt: skip
        place = np.array(
            [rows.state, rows.next, rows.inside, rows.const, rows.margin, rows.watched,
             rows.const + len(layout.parameters)], dtype=np.int64,
        )  # fmt: skip
        self._driver.drive(
            functions, memory, place, np.array(self.program.stops_run, dtype=np.bool_), first, beyond,
            (which, begins), params, states, float(clock), (duration, until, may_end, inputs, session), float(rtol),
            float(max_steps), (save_times, columns, monitored), (saved, lowest, highest, starts, ends, counts, status),
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
