"""Generated text -> callable kernel: written to the user's cache under its content hash, imported, compiled.

The name of the file is the hash of its text, so a changed constant is another file and a stale answer is impossible.
Numba keeps its machine code beside the file; where nothing can be written, a temporary folder serves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import bfrsim.solve.stepper as stepper
from bfrsim.compile.generate import generate_model, kernel_source
from bfrsim.compile.program import Layout, build_program
from bfrsim.language.join import System
from bfrsim.solve.cache import cache_folder
from bfrsim.solve.jax_backend.functions import JaxFunctions
from bfrsim.solve.lanes.load import load_lanes
from bfrsim.solve.module import has_machine_code, import_text, written
from bfrsim.solve.rodas5p import RODAS5P
from bfrsim.solve.table import RosenbrockTable


@dataclass(frozen=True)
class Kernel:
    """A model joined with a method, ready to run.

    Attributes
    ----------
    functions : module, LanesFunctions or JaxFunctions
        Holds the generated functions, plain or compiled.
    backend : str
        ``numba``, ``lanes``, ``jax`` or ``python``.
    path : Path
        The readable text that runs; for lanes the object file.
    digest : str
        Its content hash (sha256, first 16 digits).
    cached : bool
        True if machine code of an earlier run is at hand, so that nothing needs compiling.
    """

    functions: Any
    layout: Layout
    backend: str
    path: Path
    digest: str
    cached: bool


def kernel_text(system: System, table: RosenbrockTable = RODAS5P) -> tuple[str, Layout]:
    """Return the whole text of a kernel: model functions, the method's step, the step loop; and its layout."""
    model, layout = generate_model(system)
    return "\n\n\n".join([model.rstrip(), table.attempt_text(), kernel_source(stepper)]) + "\n", layout


def load_kernel(system: System, backend: str = "numba", table: RosenbrockTable = RODAS5P) -> Kernel:
    """Write the kernel's text if it is new, import it, and wrap its functions for the back end.

    The same system object gives the same functions again, which by then need no compiling.
    """
    known = _loaded.cache_info().hits
    kernel = _loaded(system, backend, table, cache_folder())
    return replace(kernel, cached=True) if _loaded.cache_info().hits > known else kernel


@lru_cache(maxsize=32)
def _loaded(system: System, backend: str, table: RosenbrockTable, folder: Path) -> Kernel:
    if backend == "lanes":
        lanes = load_lanes(system, table)
        return Kernel(lanes, lanes.program.layout, backend, lanes.code.path, lanes.digest, lanes.compiled)
    text, layout = kernel_text(system, table)
    path, digest = written(text, system.name)
    functions = import_text(path, backend)
    if backend == "jax":
        return Kernel(JaxFunctions(build_program(system), table, functions), layout, backend, path, digest, False)
    return Kernel(functions, layout, backend, path, digest, has_machine_code(path, "integrate_people"))
