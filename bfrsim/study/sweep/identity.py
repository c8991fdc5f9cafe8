"""What makes two sweeps the same, to the byte, and in what they differ if they are not."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from bfrsim.dataset import DISCLAIMER, PACKAGES
from bfrsim.language.join import read_system
from bfrsim.library import find_scenario, models_folder
from bfrsim.people import parameter_table
from bfrsim.scenario.segments import compile_timeline, habitual_day
from bfrsim.scenario.toml_file import file_text
from bfrsim.solve.kernel import load_kernel
from bfrsim.study.sweep.axes import SCENARIO
from bfrsim.study.sweep.cells import Cells
from bfrsim.study.sweep.people import People
from bfrsim.study.sweep.plan import Sweep

SHOWN = 60  # letters of a value in a message
WORDS = {
    "model_hash": "the model and its method",
    "values_hash": "values behind the scenario (parameter set, tables of evidence, how a cohort varies)",
}
FOLLOWS = ("values_hash", "block")  # of the rest; told only where nothing else differs


def identity(sweep: Sweep) -> dict[str, Any]:
    """Return everything that the bytes of a result follow from, as plain values; no clock time, path or job count."""
    system = read_system(models_folder() / "bfr.bfr")
    return {
        "disclaimer": DISCLAIMER,
        "title": sweep.title,
        "files": _files(sweep),
        "set": dict(sweep.changes),
        "over": {axis.key: list(axis.labels) for axis in sweep.axes},
        "of": [output.name for output in sweep.outputs],
        "people": sweep.people,
        "cohort": None if sweep.cohort is None else sweep.cohort.model_dump(mode="json"),
        "alike": sweep.alike,
        "backend": sweep.backend,
        "rtol": sweep.rtol,
        "model": system.name,
        "model_hash": load_kernel(system, sweep.backend).digest,
        "values_hash": _values_hash(sweep),
        "block": list(sweep.blocks.chunk),
        "versions": {name: _version(name) for name in (*PACKAGES, "zarr")} | {"python": platform.python_version()},
    }


def differences(there: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each thing in which two sweeps differ."""
    flat = [_flat(each) for each in (there, now)]
    names = [name for name in dict.fromkeys([*flat[0], *flat[1]]) if flat[0].get(name) != flat[1].get(name)]
    names = [name for name in names if name not in FOLLOWS] or names
    return [
        f"{WORDS.get(name, name)}: {_shown(flat[0].get(name))} there, {_shown(flat[1].get(name))} now" for name in names
    ]


def _flat(told: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in json.loads(json.dumps(told)).items():
        inner = value if isinstance(value, dict) else None
        found |= {f"{name} {key}": each for key, each in inner.items()} if inner else {name: value}
    return found


def _shown(value: Any) -> str:
    if isinstance(value, list) and len(value) > 1:
        return f"{value[0]} ... {value[-1]} ({len(value)})"
    text = "nothing" if value in (None, {}, []) else str(value[0] if isinstance(value, list) else value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def _files(sweep: Sweep) -> dict[str, str]:
    names = next((axis.values for axis in sweep.axes if axis.key == SCENARIO), (sweep.source,))
    own = len(names) == 1 and names[0] == sweep.source  # the name of a single file may be any path to it
    return {
        "scenario" if own else str(name): hashlib.sha256(file_text(find_scenario(name)).encode()).hexdigest()[:16]
        for name in names
    }


def _values_hash(sweep: Sweep) -> str:
    """Return a hash of one cell as numbers: what every table read on the way has made of the scenario."""
    system = read_system(models_folder() / "bfr.bfr")
    cells = Cells(sweep.source, sweep.changes, sweep.axes)
    scenario = cells.scenario(sweep.first)
    first = People(sweep.cohort, sweep.alike, system).parameters(scenario, 0, min(sweep.people, 8))
    table = parameter_table(system, scenario, first | cells.parameters(sweep.first))
    found = hashlib.sha256(np.ascontiguousarray(table).tobytes())
    for timeline in (compile_timeline(scenario), habitual_day(scenario)):
        for part in (timeline.duration, timeline.until, timeline.inputs):
            found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
