"""`python -m benchmarks cold`: the first answer of a fresh cache, and of the next process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

from benchmarks.clock import empty_row
from benchmarks.problems import SCENARIO
from benchmarks.results import table, tell

QUESTION = f"""
import json, time
start = time.perf_counter()
import bfrsim
from bfrsim.solve.kernel import load_kernel
imported = time.perf_counter()
result = bfrsim.simulate("{SCENARIO}")
answer = {{name: float(result[name].values.ravel()[-1]) for name in ("csa_change",) if name in result}}
print(json.dumps({{"import": imported - start, "simulate": time.perf_counter() - imported, "answer": answer}}))
"""
AFTER_THE_FIRST = 3  # processes with a warm cache


def measure() -> tuple[list[dict], dict[str, str]]:
    """Return the rows, and the section of the results."""
    rows, lines = [], []
    with tempfile.TemporaryDirectory(prefix="bfrsim-cold-") as cache:
        for at in range(1 + AFTER_THE_FIRST):
            name = "cold_first" if at == 0 else "cold_second"
            tell(f"cold: process {at + 1}")
            seconds, told = _process(cache)
            rows.append(_row(name, seconds, told))
            parts = [f"{seconds:.2f}", f"{told['import']:.2f}", f"{told['simulate']:.2f}", f"{told['answer']}"]
            lines.append(["fresh cache" if at == 0 else f"warm cache, process {at + 1}", *parts])
    head = (
        "## Cold and warm start\n\nSeconds of a whole process, interpreter start and exit included, that asks for"
        f' `bfrsim.simulate("{SCENARIO}")`: twelve weeks of one person with all default outputs. The first process'
        " finds an empty cache and compiles."
    )
    text = table(["process", "s in all", "s import", "s simulate", "answer"], lines)
    second = [row for row in rows if row["problem"] == "cold_second"]
    merged = second[0] | {
        "ms_per_person": sorted(row["ms_min"] for row in second)[len(second) // 2],
        "ms_min": min(row["ms_min"] for row in second),
        "ms_max": max(row["ms_max"] for row in second),
    }
    return [rows[0], merged], {"cold": f"{head}\n\n{text}"}


def _process(cache: str) -> tuple[float, dict]:
    environment = os.environ | {"BFRSIM_CACHE": cache}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", QUESTION], capture_output=True, text=True, env=environment)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(done.stderr.splitlines()[-1])
    return seconds, json.loads(done.stdout.splitlines()[-1])


def _row(name: str, seconds: float, told: dict) -> dict:
    times = dict.fromkeys(("ms_per_person", "ms_min", "ms_max"), seconds * 1e3)
    return empty_row(name, "numba", 1e-6) | times | {"import_s": told["import"], "simulate_s": told["simulate"]}
