"""The driver's machine code: compiled by Numba once, kept as an object file that needs neither Numba nor Python.

Numba takes half a second to wake up. Its code for the driver allocates nothing and raises nothing, so what it declares
for such cases is replaced by traps, and the object file stands alone. Should Numba declare anything else, its own code
serves this process, and nothing is kept.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

import bfrsim.solve.lanes.driver as driver
import bfrsim.solve.lanes.entry as entry
import bfrsim.solve.stepper as stepper
from bfrsim.compile.generate import kernel_source
from bfrsim.solve.lanes.machine import host, load_object, object_path
from bfrsim.solve.lanes.rows import CONTROL, NEEDS
from bfrsim.solve.module import import_text, written

NAME, ENTRY = "lanes_driver", "drive_people"
SHARED = ("DONE", "STEP_TOO_SMALL", "TOO_MANY_STEPS", "NOT_FINITE", "STOPPED",
          "FIRST_STEP", "EVENT_TIME", "EVENT_MARGIN", "BISECTIONS")  # fmt: skip
# Arguments of `entry`: addresses of whole numbers i, of floating ones f, of truth values b; numbers d.
ARGUMENTS = "iifibiiffffififiifffffiiiffddd"
KINDS: dict[str, type] = {"i": np.int64, "f": np.float64, "b": np.bool_}

# What Numba declares for errors and for memory that is counted, none of which is reached; and what else there is.
UNREACHED = re.compile(r"^declare (.*@(?:numba_|NRT_|_?Py)\w*\(.*?\)).*$", re.MULTILINE)
TRAP = r"define \1 {\n  call void @llvm.trap()\n  unreachable\n}"
OUTSIDE = re.compile(r"^(@_?Py\w+) = external global i8.*$", re.MULTILINE)
FOREIGN = re.compile(r"^(?:declare .*@(?!llvm\.)|@.* external )", re.MULTILINE)

_lock = threading.Lock()


class _NotAlone(Exception):
    """Numba's code needs something that only Numba has; holds its function."""


@dataclass(frozen=True)
class Driver:
    """The driver's function, and what keeps its machine code alive."""

    function: Any
    alive: Any

    def __call__(self, arrays: Sequence[NDArray[Any]], numbers: Sequence[float]) -> None:
        """Call `entry`: arrays in the order of its arguments, each whole in memory, then the numbers."""
        for array, kind in zip(arrays, ARGUMENTS, strict=False):
            assert array.flags.c_contiguous and array.dtype == KINDS[kind]
        self.function(*(array.ctypes.data for array in arrays), *numbers)


def driver_text() -> str:
    """Return the text of the driver with the numbers it shares with the step loops."""
    shared = [f"{name} = {getattr(stepper, name)!r}" for name in SHARED]
    control = [f"{name.upper()} = {at}" for at, name in enumerate(CONTROL)]
    needs = [f"NEED_{name.upper()} = {value!r}" for name, value in NEEDS.items()]
    head = '"""The driver of vector lanes; common to all models."""\n\nimport numpy as np\nfrom numba import carray\n\n'
    imported = "from bfrsim.solve.lanes.address import call_by_address\n\ncall = call_by_address()\n"
    below = "\n\n\n".join(kernel_source(part) for part in (driver, entry))
    return head + imported + "\n".join([*shared, *control, *needs]) + "\n\n\n" + below + "\n"


def driver_path() -> Path:
    """Return where the driver's object file lies, if an earlier process left it."""
    return object_path("driver", _key(), host())


def load_driver() -> Driver:
    """Return the driver for this processor, compiled now or by an earlier process."""
    with _lock:
        return _loaded()


@cache
def _loaded() -> Driver:
    kind = ctypes.CFUNCTYPE(None, *(ctypes.c_double if each == "d" else ctypes.c_void_p for each in ARGUMENTS))
    try:
        code = load_object("driver", _key(), _standing_alone, (ENTRY,), host())
    except _NotAlone as error:
        (compiled,) = error.args
        return Driver(kind(compiled.address), compiled)
    return Driver(kind(code.addresses[ENTRY]), code)


@cache
def _key() -> str:
    return "\n".join([driver_text(), ARGUMENTS, version("numba")])


def _standing_alone() -> str:
    """Return Numba's IR of the driver without what only Numba and Python could provide."""
    compiled = _compiled()
    text = compiled.inspect_llvm().replace(f"@{compiled.native_name}(", f"@{ENTRY}(")
    text = OUTSIDE.sub(r"\1 = internal global i8 0", UNREACHED.sub(TRAP, text))
    if FOREIGN.search(text) or f"@{ENTRY}(" not in text:
        raise _NotAlone(compiled)
    return text if "declare void @llvm.trap()" in text else text + "\ndeclare void @llvm.trap()\n"


def _compiled() -> Any:
    """Let Numba compile the driver."""
    import numba
    from numba import types

    module = import_text(written(driver_text(), NAME)[0], "python")
    for name, function in list(vars(module).items()):
        if isinstance(function, FunctionType) and function.__module__ == module.__name__ and name != "entry":
            setattr(module, name, numba.njit(nogil=True, error_model="numpy")(function))
    kinds = {"i": types.int64, "f": types.float64, "b": types.boolean}
    pointers = {name: types.CPointer(kind) for name, kind in kinds.items()}  # type: ignore[no-untyped-call]
    signature = types.void(*(pointers.get(each, types.float64) for each in ARGUMENTS))
    return numba.cfunc(signature, error_model="numpy")(module.entry)
