"""Run a study: points between 0 and 1 become programmes, programmes outcomes, outcomes indices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.batch import Programme, simulate_programmes
from bfrsim.errors import ScenarioError, SimulationError
from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.people import parameter_table
from bfrsim.scenario.read import read_override, read_scenario
from bfrsim.scenario.schema import Scenario
from bfrsim.study.cohort.draw import draw_cohort
from bfrsim.study.cohort.parameters import cohort_parameters
from bfrsim.study.cohort.spec import read_cohort
from bfrsim.study.sensitivity.given_data import given_data
from bfrsim.study.sensitivity.indices import Indices, morris, sobol
from bfrsim.study.sensitivity.inputs import Varied, inputs_of, people_columns
from bfrsim.study.sensitivity.schema import StudySpec
from bfrsim.study.sweep.outputs import Output, columns_of, read_outputs, reduce

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]

BLOCK = 256  # programmes simulated together
SPAN = (0.05, 0.95)  # quantiles between which Morris moves an input that follows a prior: a prior may have no end


@dataclass(frozen=True)
class Column:
    """A number that indices are computed for: an output at a time [s]; of a worst session the time is the end."""

    output: Output
    time: float


@dataclass(frozen=True)
class StudyResult:
    """A study with its indices; `reasons` says why runs failed, with how often."""

    spec: StudySpec
    scenario: Scenario
    inputs: tuple[Varied, ...]
    columns: tuple[Column, ...]
    indices: Indices
    reasons: dict[str, int]
    model_hash: str


def run_study(
    spec: StudySpec,
    *,
    backend: str = "auto",
    rtol: float = 1e-6,
    threads: int = 1,
    announce: Callable[[str], None] = lambda _: None,
    progress: Callable[[float], None] = lambda _: None,
) -> StudyResult:
    """Simulate a study and compute its indices.

    Raises
    ------
    BfrsimError
        If the study names what is not there, or too many runs fail.
    """
    from bfrsim.simulation import choose_backend
    from bfrsim.solve.kernel import load_kernel

    system = read_system(models_folder() / "bfr.bfr")
    changes = dict(read_override(text) for text in spec.set)
    scenario = read_scenario(spec.scenario, changes)
    inputs, columns = inputs_of(spec, system, scenario), _columns(spec, system, scenario)
    people = draw_cohort(read_cohort(spec.cohort), spec.samples) if spec.cohort is not None else None
    theirs = people_columns(spec, people) if people is not None else ()
    groups = [each.group for each in (*theirs, *inputs)]
    if len(set(groups)) < 2:
        raise ScenarioError("a study compares at least two inputs or groups; this one has one")
    runner = _Runner(spec, system, scenario, inputs, columns, (backend, rtol, threads), progress, people)
    runner.check()
    announce("integrating")
    if people is not None:
        found = _given(runner, spec, groups, [people[each.name].values for each in theirs])
    else:
        analyse = morris if spec.method == "morris" else sobol
        found = analyse(runner.simulate, groups, spec.samples, spec.seed, spec.confidence)
    inputs = (*theirs, *inputs)
    digest = load_kernel(system, choose_backend(backend)).digest
    return StudyResult(spec, scenario, inputs, columns, found, dict(runner.reasons.most_common()), digest)


def _given(runner: _Runner, spec: StudySpec, names: Sequence[str], theirs: Sequence[Floats]) -> Indices:
    """Return the indices of people as they are drawn; what varies beside them is independent (Latin hypercube)."""
    from scipy.stats import qmc

    count = spec.samples
    shares = np.empty((count, 0))
    if runner.inputs:
        shares = qmc.LatinHypercube(len(runner.inputs), seed=np.random.default_rng(spec.seed)).random(count)
    outcomes = runner.simulate(shares)
    inputs = np.column_stack([*theirs, runner.values(shares)])
    return given_data(names, inputs, outcomes, spec.seed, spec.confidence)


def _columns(spec: StudySpec, system: System, scenario: Scenario) -> tuple[Column, ...]:
    end = scenario.calendar.total_days * 86400.0
    late = [time for time in spec.times if time > end]
    if late:
        raise ScenarioError(f"times: {late[0] / 86400:g} d is after the programme's end, {end / 86400:g} d")
    found = []
    for output in read_outputs(spec.outputs, system):
        found += [Column(output, time) for time in (spec.times if output.taken == "end" and spec.times else (end,))]
    return tuple(found)


@dataclass
class _Runner:
    """Simulates rows of a design, and remembers why some failed."""

    spec: StudySpec
    system: System
    scenario: Scenario
    inputs: Sequence[Varied]
    columns: Sequence[Column]
    wishes: tuple[str, float, int]
    progress: Callable[[float], None]
    people: xarray.Dataset | None = None  # one for each row
    reasons: Counter[str] = field(default_factory=Counter)

    def check(self) -> None:
        """Raise if the model or the scenario knows no such input: that is a mistake of the file, not a failed run."""
        middle = np.full((1, len(self.inputs)), 0.5)
        parameter_table(self.system, *self._programme(self.values(middle)[0]))

    def simulate(self, shares: Floats) -> Floats:
        """Return the outcomes of rows of quantiles, (rows, columns); NaN where a run failed."""
        values = self.values(shares)
        found = np.full((len(shares), len(self.columns)), np.nan)
        for first in range(0, len(shares), BLOCK):
            self._block(values, range(first, min(first + BLOCK, len(shares))), found)
        return found

    def values(self, shares: Floats) -> Floats:
        """Return the values of the inputs at rows of quantiles, (rows, inputs)."""
        columns = []
        for at, each in enumerate(self.inputs):
            part = shares[:, at]
            if each.low is None and self.spec.method == "morris":
                part = SPAN[0] + part * (SPAN[1] - SPAN[0])
            columns.append(each.numbers(part))
        return np.stack(columns, axis=1) if columns else np.empty((len(shares), 0))

    def _block(self, values: Floats, rows: range, found: Floats) -> None:
        meant: list[tuple[int, Programme]] = []
        times = tuple(sorted({column.time for column in self.columns}))
        for row in rows:
            try:
                scenario, parameters = self._programme(values[row])
                parameters = self._person(row, scenario) | parameters
                parameter_table(self.system, scenario, parameters)
            except (ScenarioError, SimulationError) as error:
                self.reasons[str(error)] += 1
            else:
                own_end = scenario.calendar.total_days * 86400.0
                meant.append((row, Programme(scenario, parameters, [min(time, own_end) for time in times])))
        backend, rtol, threads = self.wishes
        outputs = [column.output for column in self.columns]
        total = len(values)
        followed = simulate_programmes(
            [programme for _, programme in meant], columns_of(outputs), backend=backend, rtol=rtol, threads=threads,
            progress=lambda share: self.progress((rows.start + share * len(rows)) / total),
        )  # fmt: skip
        place = {name: at for at, name in enumerate(columns_of(outputs))}
        for (row, programme), each in zip(meant, followed, strict=True):
            found[row] = reduce(each, programme.scenario, outputs)[0]
            if each.reasons[0]:
                self.reasons[each.reasons[0]] += 1
                continue
            for at, column in enumerate(self.columns):
                if column.output.taken == "end":
                    found[row, at] = each.values[0, times.index(column.time), place[column.output.column]]

    def _person(self, row: int, scenario: Scenario) -> dict[str, Any]:
        if self.people is None:
            return {}
        return cohort_parameters(self.people.isel(person=[row]), self.system, scenario)

    def _programme(self, values: Floats) -> tuple[Scenario, dict[str, float]]:
        parameters, told = {}, {}
        for each, value in zip(self.inputs, values, strict=True):
            if each.parameter is None:
                told[each.name] = each.written(float(value))
            else:
                parameters[each.name] = float(value)
        if not told:
            return self.scenario, parameters
        changes = dict(read_override(text) for text in self.spec.set)
        return read_scenario(self.spec.scenario, changes | told), parameters
