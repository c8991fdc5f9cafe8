"""CVODE from C on generated text: compiled here where a compiler and SUNDIALS are, else a reason why not."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.c_text import c_text
from benchmarks.problems import Missing, Problem

FLAGS = ("-O3", "-march=native", "-fPIC")
SUITESPARSE = ("/usr/include/suitesparse", "/usr/local/include/suitesparse", "/opt/homebrew/include/suitesparse")
LIBRARIES = ("cvode", "nvecserial", "sunmatrixsparse", "sunlinsolklu")


def prefix() -> Path | None:
    """Return the folder of an optimised SUNDIALS, which SUNDIALS names."""
    named = os.environ.get("SUNDIALS")
    return Path(named) if named else None


def cvode(problem: Problem, own: bool, system_package: bool):
    """Return a function of rtol that runs CVODE with KLU, or with the generated LU."""
    where = None if system_package else prefix()
    if where is None and not system_package:
        raise Missing("SUNDIALS names no optimised SUNDIALS")
    library = _library(problem, where)
    first = np.concatenate([[0], np.cumsum([len(marks) for marks in problem.marks])]).astype(np.int64)
    marks = np.concatenate(problem.marks)
    inputs = np.ascontiguousarray(problem.inputs)

    def go(rtol: float) -> tuple[np.ndarray, int]:
        out, count = np.empty((len(marks), len(problem.start))), np.zeros(2, dtype=np.int64)
        flag = library.run(
            ctypes.c_int(own), ctypes.c_double(rtol), _at(problem.atol(rtol)), _at(problem.params), _at(problem.start),
            ctypes.c_long(len(problem.duration)), _at(inputs), _at(first), _at(marks), _at(out), _at(count),
        )  # fmt: skip
        if flag:
            raise RuntimeError(f"CVode returned {flag}")
        return out, int(count[0])

    return go


def compile_c(text: str, folder: Path, compiler: str = "gcc", extra: tuple[str, ...] = (), libs: tuple[str, ...] = ()):
    """Compile C text into a shared library and load it."""
    source, target = folder / "model.c", folder / "model.so"
    source.write_text(text, encoding="utf-8")
    command = [compiler, *FLAGS, *extra, "-shared", str(source), "-o", str(target), *libs, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        wrong = [line for line in done.stderr.splitlines() if "error" in line]
        raise Missing(f"{compiler}: {Path((wrong or ['failed'])[0]).name}")
    return ctypes.CDLL(str(target))


@cache
def _library(problem: Problem, where: Path | None):
    # Headers of a distribution's package may include those of MPI.
    compiler = "mpicc" if where is None and shutil.which("mpicc") else "gcc"
    if not shutil.which(compiler):
        raise Missing("there is no gcc")
    driver = Path(__file__).with_name("cvode_driver.c").read_text(encoding="utf-8")
    text = c_text(problem.kernel, problem.system).text + driver
    include = [f"-I{folder}" for folder in SUITESPARSE if Path(folder).is_dir()]
    libs = [f"-lsundials_{name}" for name in LIBRARIES]
    if where is not None:
        folder = where / "lib" if (where / "lib").is_dir() else where / "lib64"
        include.insert(0, f"-I{where / 'include'}")
        libs = [f"-L{folder}", f"-Wl,-rpath,{folder}", *libs, "-lsundials_core"]
    return compile_c(text, Path(tempfile.mkdtemp(prefix="bfrsim-c-")), compiler, tuple(include), tuple(libs))


def _at(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
