"""What each person of a design will do in each arm: own calendar, own pressure, own load, laid out before it is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.batch import Programme, simulate_programmes
from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.scenario.schema import Scenario
from bfrsim.study.cohort.draw import draw_cohort
from bfrsim.study.cohort.parameters import cohort_parameters, values_in_use
from bfrsim.study.trial.adherence import Conduct, attended, conduct, own_calendar, planned_sessions
from bfrsim.study.trial.read import DesignFile
from bfrsim.study.trial.setting import as_set, cuff_errors, load_errors

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

RTOL = 1e-4  # a response is then right to 0.001 of its spread
DAY = 86400.0
REFERENCE = 64  # people of the cohort at whose mean discomfort the published rates hold, whatever the size of the pool


@dataclass(frozen=True)
class Prepared:
    """Everything that is known before the long simulation: people, parameters, calendars, settings.

    `programmes` has one programme for each person and arm that is simulated, arms first.
    """

    file: DesignFile
    system: System
    people: xarray.Dataset
    simulated: tuple[str, ...]
    programmes: Mapping[str, Sequence[Programme]]
    attendance: Floats
    discomfort: Floats
    leaves: Floats

    @property
    def who(self) -> Integers:
        """(n,) whom of all candidates of the cohort the people are."""
        return np.asarray(self.people["candidate"].values, dtype=np.int64)


def prepare(file: DesignFile, *, size: int | None = None, threads: int = 1) -> Prepared:
    """Draw the people, simulate their first session, and lay out what each will do in each arm.

    Parameters
    ----------
    size : int, optional
        Number of people; that of the design if omitted.
    """
    design = file.design
    count = design.pool if size is None else size
    people = draw_cohort(file.cohort, max(count, REFERENCE))
    system = read_system(models_folder() / "bfr.bfr")
    parameters = {name: cohort_parameters(people, system, scenario) for name, scenario in file.scenarios.items()}
    discomfort, pressure = _first_sessions(file, parameters, people.sizes["person"], threads)
    felt = discomfort[:REFERENCE][np.isfinite(discomfort[:REFERENCE])]
    reference = float(felt.mean()) if felt.size else float("nan")
    people, discomfort, pressure = people.isel(person=slice(count)), discomfort[:count], pressure[:count]
    attendance, leaves = np.full(discomfort.shape, np.nan), np.full(discomfort.shape, np.inf)
    programmes = {}
    for place, arm in enumerate(design.arm):
        if arm.name in file.scenarios:
            scenario = file.scenarios[arm.name]
            told = _conduct(file, scenario, people, discomfort[:, place], reference)
            own = {name: values[:count] for name, values in parameters[arm.name].items()}
            programmes[arm.name], done = _programmes(file, scenario, people, own, told, pressure[:, place])
            leaves[:, place] = told.leaves
            planned = planned_sessions(scenario)
            attendance[:, place] = done / planned if planned else np.nan
    return Prepared(file, system, people, tuple(file.scenarios), programmes, attendance, discomfort, leaves)


def _first_sessions(
    file: DesignFile, parameters: Mapping[str, Mapping[str, Floats]], people: int, threads: int
) -> tuple[Floats, Floats]:
    """Return the highest discomfort of the first session and the occlusion pressure at rest [mmHg], (n, A) each.

    NaN in arms without sessions. Within persons the worst of the arms counts in all: one mind decides.
    """
    arms = [arm.name for arm in file.design.arm]
    days = {name: first for name, each in file.scenarios.items() if (first := _first_day(each)) is not None}
    programmes = [Programme(scenario, parameters[name], (0.0,)) for name, scenario in days.items()]
    asked = ("discomfort", "AOP")
    followed = simulate_programmes(programmes, asked, rtol=RTOL, threads=threads) if programmes else []
    discomfort, pressure = np.full((2, people, len(arms)), np.nan)
    for name, run in zip(days, followed, strict=True):
        discomfort[:, arms.index(name)], pressure[:, arms.index(name)] = run.highest[:, 0, 0], run.values[:, 0, 1]
    if file.design.allocation.scheme == "within-person":
        discomfort[:] = np.fmax.reduce(discomfort, axis=1)[:, None]
    return discomfort, pressure


def _conduct(
    file: DesignFile, scenario: Scenario, people: xarray.Dataset, discomfort: Floats, reference: float
) -> Conduct:
    who = np.asarray(people["candidate"].values, dtype=np.int64)
    days, sessions = scenario.calendar.total_days, bool(planned_sessions(scenario))
    return conduct(file.design.adherence, file.design.seed, who, discomfort, reference, days, sessions)


def _first_day(scenario: Scenario) -> Scenario | None:
    """Return the first day of training alone; None if there is none."""
    stage = next((phase for phase in scenario.calendar.stages if phase.trains), None)
    if scenario.exercise is None or stage is None or not planned_sessions(scenario):
        return None
    told = {"weeks": None, "days": None, "phases": (stage.model_copy(update={"weeks": None, "days": 1}),)}
    return scenario.model_copy(update={"calendar": scenario.calendar.model_copy(update=told)})


def _programmes(
    file: DesignFile, scenario: Scenario, people: xarray.Dataset, parameters: Mapping[str, Floats],
    told: Conduct, pressure: Floats,
) -> tuple[list[Programme], Floats]:  # fmt: skip
    """Return what each person does in an arm, and how many sessions that are."""
    design, planned = file.design, planned_sessions(scenario)
    who = np.asarray(people["candidate"].values, dtype=np.int64)
    cuff = cuff_errors(design.measurement, scenario, design.seed, who, planned)
    trained = file.cohort.population.training != "none"
    load = load_errors(design.measurement, design.seed, who, people["age"].values, trained)
    times = tuple(day * DAY for day in all_visits(file))
    found, done = [], np.zeros(len(who))
    for row, person in enumerate(who):
        own = as_set(
            scenario, design.measurement, cuff[row], load[row], pressure[row], float(parameters["one_rm"][row])
        )
        came = attended(design.seed, int(person), told.propensity[row], planned)
        calendar, done[row] = own_calendar(scenario, came, told.leaves[row])
        values = {name: np.asarray(array)[row : row + 1] for name, array in parameters.items()}
        found.append(Programme(own.model_copy(update={"calendar": calendar}), values, times))
    return found, done


def all_visits(file: DesignFile) -> tuple[float, ...]:
    """Return the days of all visits, the first included, in order."""
    return tuple(sorted({0.0, *(day for outcome in file.design.outcome for day in outcome.visits)}))


def parameter_values(ready: Prepared, arm: str) -> Mapping[str, float]:
    """Return the values that the parameters are centred on in an arm."""
    return values_in_use(ready.system, ready.file.scenarios[arm])
