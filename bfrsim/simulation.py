"""The one verb: convert, check, choose the back end, run, return a Dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from bfrsim.dataset import Run, build_dataset
from bfrsim.errors import SimulationError, did_you_mean
from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.people import parameter_table
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import TIMELINE_INPUTS, Timeline, compile_timeline, habitual_day
from bfrsim.solve.habitual import habitual_state
from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.lanes.machine import has_fma, host
from bfrsim.solve.run import Request, Segments, run
from bfrsim.units import parse_unit, same_unit

if TYPE_CHECKING:
    import xarray

BACKENDS = ("auto", "lanes", "numba", "jax", "python")
ATOL_SHARE = 0.1  # absolute tolerance of a state: this share of rtol times its declared size
HABITUAL_RTOL = 1e-9  # rest must be rest to more digits than the run asks for
TRACE_STEP, HOURS_STEP, HOURS_AFTER = 1.0, 300.0, 48 * 3600.0  # s


def simulate(
    scenario: Scenario | str | Path,
    *,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    parameters: Mapping[str, ArrayLike] | None = None,
    outputs: Sequence[str] | None = None,
    times: ArrayLike | None = None,
    backend: str = "auto",
    rtol: float = 1e-6,
    model: Path | None = None,
    threads: int = 1,
    announce: Callable[[str], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> xarray.Dataset:
    """Integrate a scenario for one or many people, from the first second to the last week.

    Parameters
    ----------
    scenario : Scenario, path, or name of a shipped scenario
        What is done to whom: person, cuff, exercise, calendar, meals.
    overrides : mapping or sequence of str, optional
        Changes of the scenario, as in ``{"cuff.pressure": "80 %AOP"}`` or ``["cuff.pressure=80 %AOP"]``.
    parameters : mapping, optional
        Model parameter -> value in the model's unit, one or one per person; the longest sets the number of people.
    outputs : sequence of str, optional
        Names of states, lines or constants of the model to save over time; the model's own outputs if omitted.
    times : array_like, optional
        Clock times in s at which outputs are saved, ascending; by default the first and the last session second by
        second, the two days after the first session every five minutes, and every midnight.
    backend : {"auto", "lanes", "numba", "jax", "python"}
        Several people per instruction, compiled for one, JAX, or the readable text as it stands. ``auto`` takes lanes
        where the processor multiplies and adds in one instruction, else numba; never by the number of people.
    rtol : float
        Relative tolerance of each step. Absolute tolerances follow from the size each state declares.
    model : Path, optional
        The system to integrate; the shipped ``models/bfr.bfr`` if omitted.
    threads : int
        People are spread over this many threads; results do not depend on it.
    announce : callable, optional
        Told in words what takes time, such as compiling once.
    progress : callable, optional
        Told a few times a second which share of the programme is done, from 0 to 1.

    Returns
    -------
    xarray.Dataset
        Dims person, time, session; unit, long name and source in the attributes of each variable; a person that
        failed is NaN from the failure on, with the reason in the attributes.

    Raises
    ------
    ScenarioError, ModelError, SimulationError
        Before anything is computed, with file, line and field where there is one.

    Examples
    --------
    >>> result = bfrsim.simulate("bfr_knee_extension", overrides={"cuff.pressure": "80 %AOP"})
    >>> float(result.csa_change[0, -1])  # doctest: +SKIP
    """
    scenario = scenario if isinstance(scenario, Scenario) else read_scenario(scenario, overrides)
    system = read_system(model or models_folder() / "bfr.bfr")
    timeline, day = compile_timeline(scenario), habitual_day(scenario)
    params = parameter_table(system, scenario, parameters)
    kernel = load_kernel(system, choose_backend(backend))
    if announce and kernel.backend != "python" and not kernel.cached:
        announce("compiling once")
    names = tuple(dict.fromkeys([*(outputs or system.outputs), *_always(system)]))
    request = Request(
        sample_times(timeline) if times is None else np.asarray(times, dtype=float),
        output_columns(kernel, names),
        output_columns(kernel, names),
        keep_starts=True,
    )
    tolerances = Tolerances.of(system, rtol)
    habitual = habitual_state(
        kernel, system, params, as_segments(day, system),
        rtol=tolerances.habitual_rtol, atol=tolerances.habitual_atol, threads=threads,
    )  # fmt: skip
    outcome = run(
        kernel, habitual.params, habitual.states, as_segments(timeline, system), request,
        rtol=rtol, atol=tolerances.atol, threads=threads, progress=progress,
    )  # fmt: skip
    return build_dataset(
        Run(scenario, system, kernel, timeline, habitual, request, outcome, names, rtol, tuple(outputs or ()))
    )


@dataclass(frozen=True)
class Tolerances:
    """Tolerances of a run and of the search for the habitual day before it; absolute ones are (N,)."""

    rtol: float
    atol: np.ndarray
    habitual_rtol: float
    habitual_atol: np.ndarray

    @staticmethod
    def of(system: System, rtol: float) -> Tolerances:
        """Return what follows from the relative tolerance of a run and the sizes that the states declare."""
        atol = np.array([ATOL_SHARE * rtol * (state.size or 1.0) for state in system.states])
        strict = min(rtol, HABITUAL_RTOL)
        return Tolerances(rtol, atol, strict, atol * strict / rtol)


def choose_backend(backend: str) -> str:
    """Return the back end that runs: by machine and request, never by the number of people."""
    if backend not in BACKENDS:
        raise SimulationError(f"unknown back end '{backend}'{did_you_mean(backend, BACKENDS)}")
    if backend != "auto":
        return backend
    return "lanes" if has_fma(host()) else "numba"


def as_segments(timeline: Timeline, system: System) -> Segments:
    """Return the timeline's table with its columns in the order of the model's inputs."""
    inputs = np.zeros((len(timeline.duration), len(system.inputs)))
    for column, (name, unit) in enumerate(TIMELINE_INPUTS.items()):
        place = next((at for at, item in enumerate(system.inputs) if item.name == name), None)
        if place is None:
            if np.any(timeline.inputs[:, column]):
                raise SimulationError(f"the model '{system.name}' has no input '{name}', which the scenario drives")
            continue
        if not same_unit(system.inputs[place].unit, parse_unit(unit)):
            found = system.inputs[place].unit
            raise SimulationError(f"input '{name}' of the model is in {found}, the scenario's table in [{unit}]")
        inputs[:, place] = timeline.inputs[:, column]
    whole = np.int64
    return Segments(
        timeline.duration, timeline.until, timeline.may_end.astype(whole), inputs, timeline.session.astype(whole)
    )


def sample_times(timeline: Timeline) -> np.ndarray:
    """Return the default clock times: sessions in seconds, the hours after, every midnight; in s."""
    pieces = [np.arange(0.0, timeline.total + 1.0, 86400.0)]
    for start in timeline.session_start[[0, -1]] if len(timeline.session_start) else ():
        edges = timeline.planned_edges()
        number = int(np.searchsorted(timeline.session_start, start))
        stop = edges[1:][timeline.session == number][-1]
        pieces.append(np.arange(start - 60.0, stop + 1.0, TRACE_STEP))
    first = timeline.session_start[0] if len(timeline.session_start) else 7200.0
    pieces.append(np.arange(first - 7200.0, first + HOURS_AFTER, HOURS_STEP))
    times = np.unique(np.concatenate(pieces))
    return times[(times >= 0.0) & (times <= timeline.total)]


def _always(system: System) -> list[str]:
    """Balances are part of every result: a run proves that nothing appeared or vanished."""
    return [name for name in system.declared() if name.endswith(("_balance", "_throughput"))]


def output_columns(kernel: Kernel, names: Sequence[str]) -> np.ndarray:
    """Return where outputs stand among states, lines and constants.

    Raises
    ------
    SimulationError
        If the model has no such name.
    """
    layout = kernel.layout
    place = {name: at for at, name in reversed(list(enumerate((*layout.states, *layout.lines, *layout.constants))))}
    for name in names:
        if name not in place:
            raise SimulationError(f"the model has no '{name}'{did_you_mean(name, place)}")
    return np.array([place[name] for name in names], dtype=np.int64)
