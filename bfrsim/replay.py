"""Any session of a saved programme alone: from its stored first state, through the same segments, to the same bits."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.dataset import Run, build_dataset
from bfrsim.errors import SimulationError
from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import Timeline, compile_timeline
from bfrsim.simulation import ATOL_SHARE, as_segments
from bfrsim.solve.habitual import Habitual
from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.run import Request, run

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]

STEP = 1.0  # s between saved times
NEEDED = ("session_state", "parameters", "segment_end", "session_start")
ATTRIBUTES = ("scenario", "model_hash", "backend", "rtol")
HIDDEN = ("_balance", "_throughput")


def replay(dataset: xarray.Dataset, session: int, person: int = 0, model: Path | None = None) -> xarray.Dataset:
    """Run one session of a saved programme again, second by second.

    The session starts from the state and the parameters that the result holds, on its own clock time, with the stored
    tolerance and back end. Every value at a time that the result also holds is the same in every bit.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result of `bfrsim.simulate`, fresh or read back.
    session : int
        As in the result's coordinate, from 0; negative numbers count from the end.
    person : int
        Which person.
    model : Path, optional
        The system the result was computed with; the shipped ``models/bfr.bfr`` if omitted.

    Returns
    -------
    xarray.Dataset
        As from `simulate`, with one person and one session; `time` runs from the first second after the start to the
        end of recovery, and holds whatever other times the result has there.

    Raises
    ------
    SimulationError
        If the session does not exist or was never reached, the result holds no states of sessions, or the model has
        changed since.
    """
    _require_result(dataset)
    number = _session_number(dataset, session, person)
    system = read_system(model or models_folder() / "bfr.bfr")
    kernel = load_kernel(system, str(dataset.attrs["backend"]))
    _require_same_model(dataset, kernel)
    scenario = Scenario.model_validate(json.loads(dataset.attrs["scenario"]))
    timeline = compile_timeline(scenario)
    names = _saved_names(dataset, system)
    columns = np.array([_column(kernel, name) for name in names], dtype=np.int64)
    request = Request(_times(dataset, timeline, number, person), columns, columns, keep_starts=True)
    rtol, alone = float(dataset.attrs["rtol"]), one_session(timeline, number)
    start = _stored_start(dataset, number, person)
    outcome = run(
        kernel, start.params, start.states, as_segments(alone, system), request, rtol=rtol,
        atol=np.array([ATOL_SHARE * rtol * (state.size or 1.0) for state in system.states]),
        clock0=float(timeline.session_start[number]),
    )  # fmt: skip
    again = build_dataset(Run(scenario, system, kernel, alone, start, request, outcome, names, rtol))
    again = again.assign_coords(session=[int(dataset["session"].values[number])], person=[person])
    return again.assign_attrs(replayed_session=number + 1, replayed_from=f"{dataset.sizes['session']} sessions")


def one_session(timeline: Timeline, number: int) -> Timeline:
    """Return the segments of one session, as a timeline of its own that keeps the clock of the programme."""
    rows = np.flatnonzero(timeline.session == number)
    columns: dict[str, Any] = {
        field.name: getattr(timeline, field.name)[rows]
        for field in fields(timeline)
        if field.name not in ("label", "session", "session_start", "total")
    }
    return replace(
        timeline,
        **columns,
        label=tuple(timeline.label[row] for row in rows),
        session=np.zeros(len(rows), dtype=timeline.session.dtype),
        session_start=timeline.session_start[number : number + 1],
    )


def differences(dataset: xarray.Dataset, again: xarray.Dataset) -> tuple[int, list[str]]:
    """Compare a replayed session with the programme it comes from.

    Returns
    -------
    compared : int
        Values that both hold.
    differing : list of str
        Names of variables of which at least one value is not the same in every bit.
    """
    person, number = int(again["person"].values[0]), int(again.attrs["replayed_session"]) - 1
    shared = np.intersect1d(dataset["time"].values, again["time"].values)
    here, there = (np.searchsorted(each["time"].values, shared) for each in (dataset, again))
    compared, differing = 0, []
    for name, variable in again.data_vars.items():
        if variable.dims == ("person", "time"):
            stored, found = dataset[name].values[person, here], variable.values[0, there]
        elif variable.dims[:2] == ("person", "session"):
            stored, found = dataset[name].values[person, number], variable.values[0, 0]
        else:
            continue
        compared += np.size(stored)
        if np.asarray(stored).tobytes() != np.asarray(found).tobytes():
            differing.append(str(name))
    return compared, differing


def _require_result(dataset: xarray.Dataset) -> None:
    missing = [name for name in NEEDED if name not in dataset] + [
        name for name in ATTRIBUTES if name not in dataset.attrs
    ]
    if missing:
        raise SimulationError(f"this dataset cannot be replayed: it has no {', '.join(missing)}")


def _session_number(dataset: xarray.Dataset, session: int, person: int) -> int:
    count = int(dataset.sizes["session"])
    if not count:
        raise SimulationError("this programme has no sessions, so there is none to replay")
    if not -count <= session < count:
        raise SimulationError(f"this programme has {count} sessions, numbered from 0 to {count - 1}; found {session}")
    if not 0 <= person < dataset.sizes["person"]:
        raise SimulationError(f"this result has {dataset.sizes['person']} people, numbered from 0; found {person}")
    number = session % count
    if not np.all(np.isfinite(dataset["session_state"].values[person, number])):
        failures = str(dataset.attrs.get("failures", ""))
        raise SimulationError(f"the session was never reached: {failures or 'its first state is not known'}")
    return number


def _require_same_model(dataset: xarray.Dataset, kernel: Kernel) -> None:
    if dataset.attrs["model_hash"] != kernel.digest:
        raise SimulationError(
            f"the result was computed with model {dataset.attrs['model_hash']}, and the model at hand is "
            f"{kernel.digest}: equations, values or the integrator have changed since; run the scenario again"
        )


def _saved_names(dataset: xarray.Dataset, system: System) -> tuple[str, ...]:
    saved = [str(name) for name, variable in dataset.data_vars.items() if variable.dims == ("person", "time")]
    return (*saved, *(name for name in system.declared() if name.endswith(HIDDEN) and name not in saved))


def _column(kernel: Kernel, name: str) -> int:
    layout = kernel.layout
    return (*layout.states, *layout.lines, *layout.constants).index(name)


def _times(dataset: xarray.Dataset, timeline: Timeline, number: int, person: int) -> Floats:
    """Return each second after the start, and the stored times of the session.

    The start itself is left out: the programme saved it at the end of the stretch before, under other inputs.
    """
    start = float(timeline.session_start[number])
    last = np.flatnonzero(timeline.session == number)[-1]
    end = float(dataset["segment_end"].values[person, last])
    if not np.isfinite(end):  # the person failed in this session
        end = float(timeline.planned_edges()[last + 1])
    stored = dataset["time"].values
    stored = stored[(stored > start) & (stored <= end)]
    return np.union1d(np.arange(start + STEP, end + 1e-6, STEP), stored)


def _stored_start(dataset: xarray.Dataset, number: int, person: int) -> Habitual:
    return Habitual(
        params=dataset["parameters"].values[person : person + 1].astype(float),
        states=dataset["session_state"].values[person : person + 1, number].astype(float),
        residual=np.array([float(dataset.attrs.get("habitual_residual", np.nan))]),
        days=int(dataset.attrs.get("habitual_days", 0)),
        steps=np.array([int(dataset.attrs.get("habitual_steps", 0))]),
    )
