"""Many programmes at once, each with its own people: arrays in, arrays out, for studies of thousands of cells.

People of different programmes share the lanes of one instruction, and those who are the same before their programmes
share the search for the habitual day. Each gets the bytes that `simulate` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.people import parameter_table
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import Timeline, compile_timeline, habitual_day
from bfrsim.simulation import Tolerances, as_segments, choose_backend, output_columns
from bfrsim.solve.habitual import Habitual, settle
from bfrsim.solve.kernel import Kernel, load_kernel
from bfrsim.solve.run import STATUS_SENTENCES, Outcome, Request, Segments, run_each

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Programme:
    """A scenario, the people who follow it, and when they are looked at.

    Attributes
    ----------
    parameters : model parameter -> value in the model's unit, one or one per person; the longest sets the number n.
    times : (T,) clock times [s], ascending; the end of the programme if empty.
    """

    scenario: Scenario
    parameters: Mapping[str, ArrayLike] = field(default_factory=dict)
    times: Sequence[float] = ()


@dataclass(frozen=True)
class Followed:
    """What became of the n people of a programme with K sessions of S sets; NaN from a failure on.

    Attributes
    ----------
    values : (n, T, C) the outputs at the times asked for.
    lowest, highest : (n, K, C) extremes of the outputs over each session.
    repetitions : (n, K, S) completed in each set.
    status : (n,) 0 where finished; reasons : n sentences, empty where finished.
    """

    values: Floats
    lowest: Floats
    highest: Floats
    repetitions: Floats
    status: Integers
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Laid:
    """A programme laid out: people (n, P) are rows `first` to `beyond` of the batch."""

    timeline: Timeline
    segments: Segments
    day: Segments
    params: Floats
    times: Floats
    first: int

    @property
    def people(self) -> slice:
        return slice(self.first, self.first + len(self.params))


def simulate_programmes(
    programmes: Sequence[Programme],
    outputs: Sequence[str],
    *,
    model: Path | None = None,
    backend: str = "auto",
    rtol: float = 1e-6,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
) -> list[Followed]:
    """Integrate many programmes, each with its own people.

    Parameters
    ----------
    outputs : C names of states, lines or constants of the model.
    model, backend, rtol, threads, progress : as for `simulate`.

    Returns
    -------
    list of Followed
        One for each programme, in their order. A person who cannot be computed is NaN there, with the reason.

    Raises
    ------
    ScenarioError, ModelError, SimulationError
        As `simulate` does, before anything is computed.
    """
    system = read_system(model or models_folder() / "bfr.bfr")
    kernel = load_kernel(system, choose_backend(backend))
    columns = output_columns(kernel, outputs)
    laid = _lay_out(programmes, system)
    if not laid:
        return []
    tolerances = Tolerances.of(system, rtol)
    start = _start(kernel, system, laid, tolerances, threads)
    which = np.repeat(np.arange(len(laid)), [len(each.params) for each in laid])
    longest = max(len(each.times) for each in laid)
    times = np.array([np.pad(each.times, (0, longest - len(each.times)), constant_values=np.inf) for each in laid])
    outcome = run_each(
        kernel, start.params, start.states, [each.segments for each in laid], which, Request(times, columns, columns),
        rtol=rtol, atol=tolerances.atol, threads=threads, progress=progress,
    )  # fmt: skip
    return [_followed(each, outcome, start.reasons[each.people]) for each in laid]


def _lay_out(programmes: Sequence[Programme], system: System) -> list[_Laid]:
    found: list[_Laid] = []
    first = 0
    for each in programmes:
        timeline = compile_timeline(each.scenario)
        params = parameter_table(system, each.scenario, each.parameters)
        times = np.asarray(each.times if len(each.times) else [timeline.total], dtype=float)
        day = as_segments(habitual_day(each.scenario), system)
        found.append(_Laid(timeline, as_segments(timeline, system), day, params, times, first))
        first += len(params)
    return found


def _start(kernel: Kernel, system: System, laid: Sequence[_Laid], tolerances: Tolerances, threads: int) -> Habitual:
    """Return the habitual morning of everybody; people with equal parameters and days share one search."""
    groups: dict[bytes, list[_Laid]] = {}
    for each in laid:
        day = b"".join(np.ascontiguousarray(part).tobytes() for part in vars(each.day).values())
        groups.setdefault(day, []).append(each)
    count, last = laid[-1].people.stop, laid[0].params.shape[1]
    params, states = np.empty((count, last)), np.empty((count, len(system.states)))
    residual, steps, reasons = np.empty(count), np.zeros(count, dtype=np.int64), [""] * count
    days = 0
    for same_day in groups.values():
        rows = np.concatenate([np.arange(each.people.start, each.people.stop) for each in same_day])
        unique, whose = np.unique(np.concatenate([each.params for each in same_day]), axis=0, return_inverse=True)
        found = settle(
            kernel, system, unique, same_day[0].day,
            rtol=tolerances.habitual_rtol, atol=tolerances.habitual_atol, threads=threads,
        )  # fmt: skip
        whose = whose.ravel()
        params[rows], states[rows], residual[rows] = found.params[whose], found.states[whose], found.residual[whose]
        for row, person in zip(rows, whose, strict=True):
            reasons[row] = found.reasons[person]
        days = max(days, found.days)
    states[[bool(reason) for reason in reasons]] = np.nan  # they are refused at once, and nobody else is touched
    return Habitual(params, states, residual, days, steps, tuple(reasons))


def _followed(laid: _Laid, outcome: Outcome, reasons: Sequence[str]) -> Followed:
    here, sessions = laid.people, len(laid.timeline.session_start)
    status = outcome.status[here]
    lowest, highest = outcome.lowest[here, :sessions], outcome.highest[here, :sessions]
    said = tuple(
        f"the habitual day {reason}" if reason else _failure(laid, outcome, here.start + person)
        for person, reason in enumerate(reasons)
    )
    return Followed(
        outcome.saved[here, : len(laid.times)].copy(),
        np.where(np.isfinite(lowest), lowest, np.nan),
        np.where(np.isfinite(highest), highest, np.nan),
        laid.timeline.sets(outcome.ends[here, : len(laid.segments.duration)])[2],
        status.copy(),
        said,
    )


def _failure(laid: _Laid, outcome: Outcome, person: int) -> str:
    status = int(outcome.status[person])
    if not status:
        return ""
    row = int(outcome.counts[person, 2])
    day = outcome.ends[person, row] / 86400.0
    return f"day {day:.2f} ({laid.timeline.label[row]}): {STATUS_SENTENCES[status]}"
