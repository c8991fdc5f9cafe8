"""`python -m benchmarks cold`: the first answer of a fresh cache, the next process's, and that to an edited model."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clock import empty_row
from benchmarks.problems import SCENARIO
from benchmarks.results import table, tell
from bfrsim.library import models_folder

QUESTION = """
import json, sys, time
from pathlib import Path
start = time.perf_counter()
import numpy, xarray
import bfrsim, bfrsim.batch
imported = time.perf_counter()
scenario, backend, model = sys.argv[1:]
result = bfrsim.simulate(scenario, backend=backend, model=Path(model))
print(json.dumps({
    "import": imported - start,
    "simulate": time.perf_counter() - imported,
    "answer": float(result["csa_change"].values.ravel()[-1]),
    "backend": result.attrs["backend"],
}))
"""
WARM = 3  # processes with a warm cache
EDITED = ("muscle.bfr", "tau_SC")  # file and parameter that are edited: the time constant of satellite cells
BACKENDS = ("auto", "numba")


@dataclass(frozen=True)
class Asked:
    """One process: what it found, how long it took by the clock and by the processor, what it told."""

    name: str
    title: str
    backend: str
    seconds: float
    worked: float
    told: dict


def measure() -> tuple[list[dict], dict[str, str]]:
    """Return the rows, and the section of the results."""
    asked = [each for backend in BACKENDS for each in _in_a_fresh_cache(backend)]
    rows = [_row([each for each in asked if (each.name, each.told["backend"]) == key]) for key in _keys(asked)]
    lines = [
        [
            f"`{each.backend}` (`{each.told['backend']}`)" if each.backend == "auto" else f"`{each.backend}`",
            each.title,
            *(f"{value:.2f}" for value in (each.seconds, each.worked, each.told["import"], each.told["simulate"])),
            f"{each.told['answer']!r}",
        ]
        for each in asked
    ]
    columns = ["back end", "process", "s in all", "s of processor", "s import", "s simulate", "csa_change [%]"]
    head = (
        "## Cold and warm start\n\nSeconds of a whole process, interpreter start and exit included, that asks for"
        f' `bfrsim.simulate("{SCENARIO}")`: twelve weeks of one person with all default outputs. The import of NumPy,'
        " Numba, llvmlite and xarray is told apart. Each back end begins with an empty cache. An edited model is a copy"
        " of `models/` with another time constant of satellite cells; its answer differs from that of the shipped one."
    )
    return rows, {"cold": f"{head}\n\n{table(columns, lines)}"}


def _keys(asked: list[Asked]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((each.name, each.told["backend"]) for each in asked))


def _in_a_fresh_cache(backend: str) -> list[Asked]:
    """Ask in processes one after another: nothing cached, everything cached, models edited by hand."""
    shipped, found = models_folder() / "bfr.bfr", []
    with tempfile.TemporaryDirectory(prefix="bfrsim-cold-") as folder:
        cache = Path(folder) / "cache"
        found.append(_ask("cold_first", "fresh cache", backend, shipped, cache))
        for at in range(WARM):
            found.append(_ask("cold_second", f"warm cache, {at + 1}", backend, shipped, cache))
        for at in range(WARM if backend == "auto" else 1):
            edited = _edited(Path(folder) / f"models_{at}", 1.1 + 0.1 * at)
            found.append(_ask("cold_edited", f"edited model, {at + 1}", backend, edited, cache))
            if found[-1].told["answer"] == found[0].told["answer"]:
                raise RuntimeError("the edited model gave the answer of the shipped one")
    return found


def _edited(folder: Path, factor: float) -> Path:
    """Copy the models with one parameter multiplied; return the joined system's file."""
    shutil.copytree(models_folder(), folder)
    name, parameter = EDITED
    text = (folder / name).read_text(encoding="utf-8")
    line = re.compile(rf"^(param +{parameter} *= *)([-+.\deE]+)", re.MULTILINE)
    edited, count = line.subn(lambda found: f"{found[1]}{factor * float(found[2])!r}", text)
    if count != 1:
        raise RuntimeError(f"{name} has no parameter '{parameter}' any more; name another in benchmarks/cold.py")
    (folder / name).write_text(edited, encoding="utf-8")
    return folder / "bfr.bfr"


def _ask(name: str, title: str, backend: str, model: Path, cache: Path) -> Asked:
    tell(f"cold: {backend}, {title}")
    environment = os.environ | {"BFRSIM_CACHE": str(cache)}
    command = [sys.executable, "-c", QUESTION, SCENARIO, backend, str(model)]
    start, worked = time.perf_counter(), _processor_seconds()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    seconds, worked = time.perf_counter() - start, _processor_seconds() - worked
    if done.returncode:
        raise RuntimeError((done.stderr.splitlines() or ["no answer"])[-1])
    return Asked(name, title, backend, seconds, worked, json.loads(done.stdout.splitlines()[-1]))


def _processor_seconds() -> float:
    """Return what child processes have used; by the clock a busy machine adds to it."""
    return sum(os.times()[2:4])


def _row(alike: list[Asked]) -> dict:
    times = sorted(1e3 * each.seconds for each in alike)
    middle = sorted(alike, key=lambda each: each.seconds)[len(alike) // 2]
    return (
        empty_row(middle.name, middle.told["backend"], 1e-6)
        | {"ms_per_person": times[len(times) // 2], "ms_min": times[0], "ms_max": times[-1]}
        | {"import_s": middle.told["import"], "simulate_s": middle.told["simulate"]}
    )
