"""The experiments of a mapping, each simulated once, with everything that any row reads of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import BfrsimError
from bfrsim.scenario.exercise import Resistance
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import Timeline, compile_timeline
from bfrsim.simulation import simulate
from bfrsim.study.validate.mapping import AS_DONE, Condition, Mapped, located
from bfrsim.study.validate.moments import moments_of
from bfrsim.study.validate.output import REPETITIONS
from bfrsim.study.validate.traces import Traces

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]
Announce = Callable[[str], None]

SESSION_STEP, HOUR_STEP, DAY_STEP, PROGRAMME_STEP = 0.25, 10.0, 60.0, 600.0  # s
AFTER_HOURS, AFTER_DAYS = 3 * 3600.0, 50 * 3600.0  # s after a session: how long the finer steps go on
LEAD = 120.0  # s before a session
BESIDE = 0.01  # s
SHORT = 0.05  # s: a set that misses less than this was not cut short
ALWAYS = "MAP"  # saved where only repetitions are read


@dataclass(frozen=True)
class Plan:
    """The experiments that a set of mapped rows needs.

    Attributes
    ----------
    needs : experiment -> names of the model to save.
    asked : experiment -> the first row that needs it, for messages.
    """

    needs: Mapping[Condition, frozenset[str]]
    asked: Mapping[Condition, Mapped]


def plan_experiments(rows: list[Mapped], mapping: Mapping[str, list[Mapped]]) -> Plan:
    """Collect experiments in an order in which each stands behind the one whose repetitions it takes over."""
    needs: dict[Condition, frozenset[str]] = {}
    asked: dict[Condition, Mapped] = {}
    waiting: list[tuple[Condition, Mapped]] = []
    for row in rows:
        for condition in row.conditions:
            name = condition.done_by()
            if name is not None:
                first = mapping[name][0]
                needs[first.conditions[0]] = needs.get(first.conditions[0], frozenset())
                asked.setdefault(first.conditions[0], first)
                waiting.append((condition, row))
            else:
                needs[condition] = needs.get(condition, frozenset()) | row.names
                asked.setdefault(condition, row)
    for condition, row in waiting:
        needs[condition] = needs.get(condition, frozenset()) | row.names
        asked.setdefault(condition, row)
    return Plan(needs, asked)


def run_experiments(
    plan: Plan,
    mapping: Mapping[str, list[Mapped]],
    path: Path,
    model: Path,
    announce: Announce | None = None,
    progress: Callable[[float], None] | None = None,
) -> dict[Condition, Traces]:
    """Simulate every experiment of a plan once.

    Parameters
    ----------
    path : Path
        The mapping's file: scenarios beside it are found by their path from there.
    model : Path
        The system to integrate.
    progress : callable, optional
        Told after each experiment which share of them is done.

    Raises
    ------
    EvidenceError
        If a scenario of the mapping cannot be read or simulated; with the line of the mapping.
    """
    done: dict[Condition, Traces] = {}
    for number, (condition, names) in enumerate(plan.needs.items()):
        row = plan.asked[condition]
        try:
            source = condition.done_by()
            sets = None if source is None else _repetitions(done[mapping[source][0].conditions[0]])
            scenario = read_scenario(scenario_of(condition, path), _changes(condition, sets))
            done[condition] = simulate_people(scenario, names, model, announce=announce)[0]
        except BfrsimError as error:
            raise located(path, row, error) from None
        if progress is not None:
            progress((number + 1) / len(plan.needs))
    return done


def sample_times(timeline: Timeline) -> Floats:
    """Return the clock times at which an experiment is saved [s].

    Quarters of a second in the first and the last session, and just beside their planned edges, as outputs may jump
    there; then coarser; ten minutes apart over a programme.
    """
    pieces = [np.arange(0.0, timeline.total, PROGRAMME_STEP), np.array([timeline.total])]
    edges = timeline.planned_edges()
    for number in {0, len(timeline.session_start) - 1} if len(timeline.session_start) else ():
        start, stop = float(timeline.session_start[number]), float(edges[1:][timeline.session == number][-1])
        pieces.append(np.arange(start - LEAD, stop, SESSION_STEP))
        pieces += [edges[(edges >= start) & (edges <= stop)] + beside for beside in (-BESIDE, BESIDE)]
        pieces.append(np.arange(stop, stop + AFTER_HOURS, HOUR_STEP))
        pieces.append(np.arange(stop + AFTER_HOURS, stop + AFTER_DAYS, DAY_STEP))
    if not len(timeline.session_start):
        pieces.append(np.arange(0.0, min(timeline.total, AFTER_DAYS), DAY_STEP))
    times = np.unique(np.concatenate(pieces))
    return times[(times >= 0.0) & (times <= timeline.total)]


def simulate_people(
    scenario: Scenario,
    names: frozenset[str],
    model: Path,
    parameters: Mapping[str, Floats] | None = None,
    announce: Announce | None = None,
) -> list[Traces]:
    """Simulate one experiment with one or many people, and return what each of them gave.

    Parameters
    ----------
    names : frozenset of str
        Names of the model to save over time; `REPETITIONS` may stand among them.
    parameters : mapping, optional
        Parameter of the model -> (n,) values; the scenario's own person if omitted.
    """
    timeline = compile_timeline(scenario)
    wanted = sorted(names - {REPETITIONS}) or [ALWAYS]
    dataset = simulate(
        scenario, outputs=wanted, times=sample_times(timeline), model=model, parameters=parameters, announce=announce
    )
    values = {name: dataset[name].values for name in wanted}
    failed = _failures(dataset)
    return [
        Traces(
            dataset.time.values,
            {name: each[person] for name, each in values.items()},
            moments_of(timeline, dataset.segment_end.values[person]),
            dataset[REPETITIONS].values[person],
            failed.get(person, ""),
            _short(scenario, timeline, dataset, person),
        )
        for person in range(dataset.sizes["person"])
    ]


def _failures(dataset: xarray.Dataset) -> dict[int, str]:
    """Return person -> why their run failed; those who finished are left out."""
    people = np.flatnonzero(dataset.status.values)
    return dict(zip(people.tolist(), str(dataset.attrs["failures"]).splitlines(), strict=False))


def _short(scenario: Scenario, timeline: Timeline, dataset: xarray.Dataset, person: int) -> str:
    """Say which sets ended before their planned end; sets to failure have none."""
    if isinstance(scenario.exercise, Resistance) and scenario.exercise.to_failure:
        return ""
    rows = np.flatnonzero((timeline.set_number >= 0) & (timeline.session == 0))
    lasted = (dataset.set_end.values - dataset.set_start.values)[person, 0] if len(rows) else np.empty(0)
    planned = timeline.duration[rows]
    short = np.flatnonzero(planned - lasted > SHORT)
    words = ", ".join(f"set {at + 1} after {lasted[at]:.0f} of {planned[at]:.0f} s" for at in short)
    return f"stopped early: {words}" if words else ""


def _repetitions(traces: Traces) -> list[int]:
    completed = traces.done[0][np.isfinite(traces.done[0])]
    return [int(count) for count in completed if count >= 1]


def _changes(condition: Condition, sets: list[int] | None) -> list[str]:
    if sets is None:
        return list(condition.changes)
    return [f"{each.partition('=')[0]}={sets}" if AS_DONE in each else each for each in condition.changes]


def scenario_of(condition: Condition, path: Path) -> str | Path:
    """Return where the scenario of an experiment lies: beside the mapping, or found by its name."""
    beside = path.parent / condition.scenario
    return beside if condition.scenario.endswith(".toml") and beside.is_file() else condition.scenario
