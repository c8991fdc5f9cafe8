"""Generated text -> callable kernel: written to the user's cache under its content hash, imported, compiled.

The name of the file is the hash of its text, so a changed constant is another file and a stale answer is impossible.
Numba keeps its machine code beside the file; where nothing can be written, a temporary folder serves.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType

import numpy as np

import bfrsim.solve.stepper as stepper
from bfrsim.compile.generate import generate_model, kernel_source
from bfrsim.compile.program import Layout
from bfrsim.language.join import System
from bfrsim.solve.rodas5p import RODAS5P
from bfrsim.solve.table import RosenbrockTable

PLAIN_MATH = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tan": np.tan, "tanh": np.tanh, "atan": np.arctan}


@dataclass(frozen=True)
class Kernel:
    """A model joined with a method, ready to run.

    Attributes
    ----------
    functions : module
        Holds the generated functions, plain or compiled.
    backend : str
        ``numba`` or ``python``.
    path : Path
        The readable text that runs.
    digest : str
        Its content hash (sha256, first 16 digits).
    cached : bool
        True if machine code of an earlier run is at hand, so that nothing needs compiling.
    """

    functions: ModuleType
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
    """Write the kernel's text if it is new, import it, and wrap its functions for the back end."""
    text, layout = kernel_text(system, table)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = _written(text, f"{system.name}_{digest}.py")
    functions = _import(path, backend)
    return Kernel(functions, layout, backend, path, digest, _has_machine_code(path))


def cache_folder() -> Path:
    """Return the folder for generated text and machine code: ``BFRSIM_CACHE``, or the system's place for caches."""
    chosen = os.environ.get("BFRSIM_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "bfrsim" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "bfrsim"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bfrsim"


def _written(text: str, name: str) -> Path:
    for folder in (cache_folder(), _temporary_folder()):
        path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                # Written aside and renamed, so that a process starting now never reads half a file.
                handle, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
                with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                    stream.write(text)
                os.replace(temporary, path)
            return path
        except OSError:
            continue
    raise OSError(f"neither {cache_folder()} nor a temporary folder can be written; set BFRSIM_CACHE")


@cache
def _temporary_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="bfrsim-"))


def _has_machine_code(path: Path) -> bool:
    return any((path.parent / "__pycache__").glob(f"{path.stem}.integrate_people*.nbc"))


def _import(path: Path, backend: str) -> ModuleType:
    name = f"bfrsim_kernel_{backend}_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    wrap = _compiled if backend == "numba" else _plain
    wrap(module)
    sys.modules[name] = module
    return module


def _compiled(module: ModuleType) -> None:
    """Wrap every function of the generated file, in its order: each calls only what stands above it."""
    import numba

    for name, function in list(vars(module).items()):
        if isinstance(function, FunctionType):
            setattr(module, name, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def _plain(module: ModuleType) -> None:
    """Give the plain text the arithmetic of compiled code: infinities and NaN in place of exceptions."""
    for name, function in PLAIN_MATH.items():
        setattr(module, name, function)
