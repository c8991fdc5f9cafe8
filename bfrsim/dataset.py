"""Arrays of a run -> an xarray Dataset that explains itself: units, meanings, sources, and a manifest."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.language.bibliography import ASSUMED, FITTED
from bfrsim.language.join import System
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import Timeline
from bfrsim.solve.habitual import Habitual
from bfrsim.solve.kernel import Kernel
from bfrsim.solve.run import STATUS_SENTENCES, Outcome, Request

if TYPE_CHECKING:
    import xarray

DISCLAIMER = "A research tool: simulated means of published groups, not medical advice and not a personal prognosis."
PACKAGES = ("bfrsim", "numpy", "numba", "xarray")


@dataclass(frozen=True)
class Run:
    """Everything a run had and gave.

    `names` are the saved outputs in the order of the request's columns; balances are shown only if `asked` for.
    """

    scenario: Scenario
    system: System
    kernel: Kernel
    timeline: Timeline
    habitual: Habitual
    request: Request
    outcome: Outcome
    names: tuple[str, ...]
    rtol: float
    asked: tuple[str, ...] = ()


def build_dataset(done: Run) -> xarray.Dataset:
    """Return the result of a run.

    Returns
    -------
    xarray.Dataset
        (person, time): outputs. (person, session): extremes of each output over the session as NAME_min and NAME_max.
        (person, session, set): start, end and completed repetitions. (person, state), (person, parameter): where the
        programme began. (person): status, steps. Attributes: the manifest.
    """
    import xarray

    variables: dict[str, Any] = {}
    hidden = ("_balance", "_throughput")
    for column, name in enumerate(done.names):
        attrs = _attributes(done.system, name)
        if name in done.asked or not name.endswith(hidden):
            variables[name] = (("person", "time"), done.outcome.saved[:, :, column], attrs)
            variables |= _extremes(done, column, name, attrs)
    variables |= _sets(done)
    variables |= _beginnings(done)
    variables |= _person_statistics(done)
    coords = {
        "person": np.arange(len(done.outcome.status)),
        "time": ("time", done.request.times, {"units": "s", "long_name": "time since midnight of the first day"}),
        "session": np.arange(len(done.timeline.session_start)),
        "session_start": ("session", done.timeline.session_start, {"units": "s", "long_name": "start of the session"}),
        "segment_label": ("segment", list(done.timeline.label), {"long_name": "what happens in the segment"}),
        "state": list(done.kernel.layout.states),
        "parameter": list(done.kernel.layout.parameters),
    }
    return xarray.Dataset(variables, coords=coords, attrs=_manifest(done))


def _attributes(system: System, name: str) -> dict[str, str]:
    item = system.declared()[name]
    source = item.source or "see the equation"
    return {"units": item.unit.spelling, "long_name": item.meaning, "source": source, "origin": system.origin[name]}


def _extremes(done: Run, column: int, name: str, attrs: dict[str, str]) -> dict[str, Any]:
    found = {}
    for suffix, values in (("min", done.outcome.lowest), ("max", done.outcome.highest)):
        extreme = np.where(np.isfinite(values[:, :, column]), values[:, :, column], np.nan)
        words = {"min": "lowest", "max": "highest"}[suffix]
        told = {**attrs, "long_name": f"{attrs['long_name']}, {words} of the session"}
        found[f"{name}_{suffix}"] = (("person", "session"), extreme, told)
    return found


def _sets(done: Run) -> dict[str, Any]:
    """Return when each set began and ended, and the repetitions completed in it."""
    began, ended, completed = done.timeline.sets(done.outcome.ends)
    dims = ("person", "session", "set")
    return {
        "repetitions": (dims, completed, {"units": "1", "long_name": "repetitions completed in each set"}),
        "set_start": (dims, began, {"units": "s", "long_name": "clock time at which each set began"}),
        "set_end": (dims, ended, {"units": "s", "long_name": "clock time at which each set ended"}),
    }


def _beginnings(done: Run) -> dict[str, Any]:
    words = "state at the start of the programme: the habitual day that repeats itself"
    ends = {"units": "s", "long_name": "clock time at which each segment of constant input ended"}
    start = {"long_name": words, "units": "those of each state in the model"}
    later = {**start, "long_name": "state at the start of each session"}
    params = {"long_name": "parameters and references of each person", "units": "those of each in the model"}
    return {
        "segment_end": (("person", "segment"), done.outcome.ends, ends),
        "initial_state": (("person", "state"), done.habitual.states, start),
        "session_state": (("person", "session", "state"), done.outcome.starts, later),
        "parameters": (("person", "parameter"), done.habitual.params, params),
    }


def _person_statistics(done: Run) -> dict[str, Any]:
    counts = done.outcome.counts
    found: dict[str, Any] = {
        "status": (("person",), done.outcome.status, {"long_name": "0 finished; otherwise see attribute failures"}),
        "steps_taken": (("person",), counts[:, 0], {"long_name": "integration steps accepted"}),
        "steps_refused": (("person",), counts[:, 1], {"long_name": "integration steps refused"}),
    }
    for name, residual in balance_residuals(done).items():
        attrs = {"units": "1", "long_name": f"{name} that appeared or vanished, relative to the throughput"}
        found[f"{name}_residual"] = (("person",), residual, attrs)
    return found


def balance_residuals(done: Run) -> dict[str, NDArray[np.float64]]:
    """Return, for each ``X_balance`` line of the model, its largest change relative to the throughput's."""
    place = {name: column for column, name in enumerate(done.names)}
    residuals = {}
    for name in done.names:
        if name.endswith("_balance"):
            topic = name.removesuffix("_balance")
            balance = done.outcome.saved[:, :, place[name]]
            through = done.outcome.saved[:, :, place[f"{topic}_throughput"]]
            with np.errstate(invalid="ignore", divide="ignore"):
                passed = through[:, -1] - through[:, 0]
                change = np.max(np.abs(balance - balance[:, :1]), axis=1)
                residuals[topic] = np.where(passed > 0.0, change / passed, change)
    return residuals


def _manifest(done: Run) -> dict[str, Any]:
    scenario = json.dumps(done.scenario.model_dump(mode="json"), sort_keys=True)
    assumed, fitted = (sum(item.source == kind for item in done.system.parameters) for kind in (ASSUMED, FITTED))
    return {
        "title": done.scenario.title,
        "disclaimer": DISCLAIMER,
        "scenario": scenario,
        "scenario_hash": hashlib.sha256(scenario.encode()).hexdigest()[:16],
        "model": done.system.name,
        "model_hash": done.kernel.digest,
        "versions": json.dumps({name: _version(name) for name in PACKAGES} | {"python": platform.python_version()}),
        "backend": done.kernel.backend,
        "method": "Rodas5P",
        "rtol": done.rtol,
        "parameters_fitted": f"{fitted} of {len(done.system.parameters)}",
        "parameters_assumed": f"{assumed} of {len(done.system.parameters)}",
        "time_conversions": "; ".join(done.system.notes),
        "habitual_days": done.habitual.days,
        "habitual_steps": int(done.habitual.steps.max(initial=0)),
        "habitual_residual": float(done.habitual.residual.max(initial=0.0)),
        "failures": "\n".join(_failures(done)),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _failures(done: Run) -> list[str]:
    sentences = []
    for person in np.flatnonzero(done.outcome.status):
        row = int(done.outcome.counts[person, 2])
        when = done.outcome.ends[person, row] / 86400.0
        reason = STATUS_SENTENCES[int(done.outcome.status[person])]
        sentences.append(f"person {person} on day {when:.2f} ({done.timeline.label[row]}): {reason}")
    return sentences
