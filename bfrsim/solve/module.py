"""Generated text -> a module whose functions are compiled by Numba, or plain with the arithmetic of compiled code."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import FunctionType, ModuleType

import numpy as np

from bfrsim.solve.cache import keep_text

PLAIN_MATH = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tan": np.tan, "tanh": np.tanh, "atan": np.arctan}


def written(text: str, name: str) -> tuple[Path, str]:
    """Write a text under its content hash; return where it lies, and the first 16 digits of the hash."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return keep_text(text, f"{name}_{digest}.py"), digest


def has_machine_code(path: Path, function: str) -> bool:
    """Say whether an earlier process left the machine code of a file's last function."""
    return any((path.parent / "__pycache__").glob(f"{path.stem}.{function}-*.nbc"))


def import_text(path: Path, backend: str) -> ModuleType:
    """Import a generated file once, and wrap its functions for the back end."""
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
