"""How much people differ in a session: the published SD between people against that of a simulated cohort.

Every row that gives a SD between people is simulated with a cohort of the age, sex and ancestry that its mapping
states. Each person does every condition of the row with their own body, pressures and parameters, and has a number of
their own; the SD of those numbers stands against the published one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bfrsim.errors import BfrsimError
from bfrsim.language.join import System, read_system
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schema import Scenario
from bfrsim.study.cohort.draw import draw_cohort
from bfrsim.study.cohort.parameters import cohort_parameters
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.validate.acute import Sources, number_of
from bfrsim.study.validate.experiments import Announce, scenario_of, simulate_people
from bfrsim.study.validate.mapping import Condition, Mapped, located, read_mapping
from bfrsim.study.validate.output import factor_to, read_unit
from bfrsim.study.validate.scoring import ScoredSpread
from bfrsim.study.validate.tables import Evidence, read_evidence
from bfrsim.study.validate.traces import Traces

if TYPE_CHECKING:
    import xarray

AGES_BESIDE = 5.0  # yr: people are this much younger or older than the age the mapping states (assumed)
YOUNGEST, OLDEST, STUDENTS = 18.0, 95.0, 35.0  # yr
SEED = 1

Protocol = tuple[str, tuple[str, ...]]  # a scenario and its changes, whoever does it


def spread_rows(sources: Sources, topics: Sequence[str] = ()) -> list[Evidence]:
    """Return the rows to simulate that give a SD between people, of some topics or of all."""
    rows = read_evidence(sources.evidence, sources.floors)
    wanted = [row for row in rows if row.scored and published_sd(row) > 0.0]
    return [row for row in wanted if not topics or row.topic in topics]


def published_sd(row: Evidence) -> float:
    """Return the SD between people that a row gives; NaN if it gives none, or does not say that it is one."""
    if row.told.get("spread", "SD") != "SD":
        return math.nan
    try:
        return float(row.told.get("sd", ""))
    except ValueError:
        return math.nan


@dataclass(frozen=True)
class Group:
    """Whom a row measured: share of women, age [yr] and ancestry, as its mapping states them."""

    female: float
    age: float
    asian: bool


def validate_spread(
    sources: Sources,
    people: int,
    topics: Sequence[str] = (),
    announce: Announce | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[ScoredSpread, ...]:
    """Simulate every row that gives a SD between people with a cohort like its own people.

    Parameters
    ----------
    people : int
        How many each cohort has.

    Raises
    ------
    EvidenceError, ModelError
        With file and line of the table that holds the mistake.
    """
    system = read_system(sources.model)
    mapping = read_mapping(sources.mapping, {name: item.unit for name, item in system.declared().items()})
    wanted = [(row, mapping[row.id][0]) for row in spread_rows(sources, topics) if row.id in mapping]
    wanted = [(row, line) for row, line in wanted if _has_experiments(line)]
    runs = _Runs(system, sources, people, announce, _names(line for _, line in wanted))
    found = []
    for number, (row, line) in enumerate(wanted):
        try:
            found.append(_scored(row, line, runs))
        except BfrsimError as error:
            raise located(sources.mapping, line, error) from None
        if progress is not None:
            progress((number + 1) / len(wanted))
    return tuple(found)


def cohort_like(group: Group, people: int) -> xarray.Dataset:
    """Draw people of a group: healthy, untrained, up to five years younger or older than its age (assumed)."""
    span = {
        "youngest": f"{max(YOUNGEST, group.age - AGES_BESIDE):g} year",
        "oldest": f"{min(OLDEST, group.age + AGES_BESIDE):g} year",
    }
    student = group.age < STUDENTS and not group.asian
    population = {
        "female": group.female,
        "asian": float(group.asian),
        "level": "students" if student else "table",
        "ages": [span],
    }
    healthy = {"field": "hypertension", "operator": "=", "value": True}
    told = {"title": "like the people of a row", "seed": SEED, "population": population, "exclude": [healthy]}
    spec = CohortSpec.model_validate(told)
    return draw_cohort(spec, people)


class _Runs:
    """Experiments of cohorts, each done once."""

    def __init__(
        self,
        system: System,
        sources: Sources,
        people: int,
        announce: Announce | None,
        names: Mapping[Protocol, frozenset[str]],
    ) -> None:
        self.system, self.sources, self.people, self.announce, self.names = system, sources, people, announce, names
        self._cohorts: dict[Group, xarray.Dataset] = {}
        self._done: dict[tuple[Group, Protocol], list[Traces]] = {}

    def cohort(self, group: Group) -> xarray.Dataset:
        """Return the people of a group."""
        if group not in self._cohorts:
            self._cohorts[group] = cohort_like(group, self.people)
        return self._cohorts[group]

    def of(self, group: Group, condition: Condition, scenario: Scenario) -> list[Traces]:
        """Return what the people of a group gave in an experiment, whoever its scenario names."""
        protocol = _protocol(condition)
        if (key := (group, protocol)) not in self._done:
            parameters = cohort_parameters(self.cohort(group), self.system, scenario)
            self._done[key] = simulate_people(
                scenario, self.names[protocol], self.sources.model, parameters, self.announce
            )
        return self._done[key]


def _has_experiments(line: Mapped) -> bool:
    return not line.why_not and bool(line.conditions) and not any(each.done_by() for each in line.conditions)


def _protocol(condition: Condition) -> Protocol:
    """Return an experiment without its person."""
    return condition.scenario, tuple(each for each in condition.changes if not each.startswith("person."))


def _names(lines: Iterable[Mapped]) -> dict[Protocol, frozenset[str]]:
    names: dict[Protocol, frozenset[str]] = {}
    for line in lines:
        for condition in line.conditions:
            protocol = _protocol(condition)
            names[protocol] = names.get(protocol, frozenset()) | line.names
    return names


def _scored(row: Evidence, line: Mapped, runs: _Runs) -> ScoredSpread:
    path = runs.sources.mapping
    scenarios = [read_scenario(scenario_of(each, path), each.changes) for each in line.conditions]
    group = _group(line, scenarios)
    traces = [runs.of(group, each, scenario) for each, scenario in zip(line.conditions, scenarios, strict=True)]
    numbers = [
        number_of(line, dict(zip(line.conditions, of_person, strict=True))) for of_person in zip(*traces, strict=True)
    ]
    factor = factor_to(line.result_unit(), line.unit or read_unit(row.unit))
    values = np.array([each.value for each in numbers]) * factor
    known = values[np.isfinite(values)]
    mean, sd = (float(known.mean()), float(known.std(ddof=1))) if len(known) > 1 else (math.nan, math.nan)
    return ScoredSpread(row, published_sd(row), sd, mean, len(known), len(values))


def _group(line: Mapped, scenarios: Sequence[Scenario]) -> Group:
    """Return whom the conditions of a line name, weighed as the line weighs them."""
    weights = np.asarray(line.reduction.weights or np.ones(len(scenarios)), dtype=float)
    weights = weights / weights.sum() if len(weights) == len(scenarios) else np.full(len(scenarios), 1 / len(scenarios))
    people = [scenario.person for scenario in scenarios]
    female = float(np.dot(weights, [person.sex == "female" for person in people]))
    age = float(np.dot(weights, [person.age for person in people]))
    return Group(round(female, 6), round(age, 3), people[0].ancestry == "asian")
