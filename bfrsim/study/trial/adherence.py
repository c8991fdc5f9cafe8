"""Who comes, how often, and until when: published rates, moved by the discomfort that the engine gives each person.

The rates hold at the mean discomfort of the trial's people and arms; a person or arm with more of it misses more and
leaves earlier, by the ratio of odds that the design states. A person's own draws are the same in every arm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.scenario.lengths import WEEK_DAYS
from bfrsim.scenario.schedule import phase_edges, phase_sessions
from bfrsim.scenario.schema import Calendar, Phase, Scenario
from bfrsim.study.cohort.streams import generator, uniforms
from bfrsim.study.trial.evidence import rate_of
from bfrsim.study.trial.schema import Adherence

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NEARLY = 1e-9  # a share of 1 has no odds


@dataclass(frozen=True)
class Conduct:
    """What n people do with an arm that is prescribed to them.

    Attributes
    ----------
    propensity : (n,) probability of attending a session.
    leaves : (n,) day on which they leave; inf for those who stay.
    """

    propensity: Floats
    leaves: Floats


def conduct(
    told: Adherence, seed: int, people: Integers, discomfort: Floats, reference: float, days: float, sessions: bool
) -> Conduct:
    """Return who comes and who leaves.

    Parameters
    ----------
    people : (n,) who they are.
    discomfort : (n,) highest of the first session, CR-10; NaN where there is none.
    reference : discomfort at which the published rates hold.
    days : length of the programme.
    sessions : whether the arm has any; without sessions nothing is missed, and drop-out is that of controls.
    """
    beyond = np.where(np.isfinite(discomfort), discomfort - reference, 0.0) if math.isfinite(reference) else 0.0
    shift = math.log(told.odds_per_discomfort) * beyond * np.ones(len(people))
    attendance = _beta(rate_of(told.attendance), told.attendance_sd, uniforms(seed, "attendance", people))
    control = told.dropout if told.dropout_control is None else told.dropout_control
    leaving = _shifted(np.full(len(people), rate_of(told.dropout if sessions else control)), shift)
    with np.errstate(divide="ignore"):
        day = (
            told.dropout_over
            * np.log(uniforms(seed, "drop-out", people))
            / np.log1p(-np.minimum(leaving, 1.0 - NEARLY))
        )
    whole = np.maximum(np.floor(day), 1.0)
    return Conduct(_shifted(attendance, -shift), np.where(whole < days, whole, np.inf))


def attended(seed: int, person: int, propensity: float, planned: int) -> NDArray[np.bool_]:
    """Return which of the planned sessions a person would come to, were they still there."""
    return generator(seed, "sessions attended", person).random(planned) < propensity


def own_calendar(scenario: Scenario, came: NDArray[np.bool_], leaves: float) -> tuple[Calendar, int]:
    """Return the calendar that a person lived, and how many sessions they did.

    Weeks keep their length; each holds as many sessions as the person came to, spread as a calendar spreads them.
    From the day of leaving on, the person lives their habitual life.

    Parameters
    ----------
    came : which of the planned sessions they come to.
    leaves : day of leaving; inf if they stay.
    """
    calendar, total = scenario.calendar, scenario.calendar.total_days
    phases: list[Phase] = []
    place, done = 0, 0
    for phase, start, end in phase_edges(calendar):
        planned = phase_sessions(calendar, phase, start, end)
        first, last = round(start / 86400.0), round(end / 86400.0)
        for day in range(first, last, WEEK_DAYS):
            stop = min(day + WEEK_DAYS, last)
            count = sum(day * 86400.0 <= each < stop * 86400.0 for each in planned)
            kept = int(came[place : place + count].sum())
            place += count
            length = int(min(stop, leaves)) - day
            if length <= 0:
                continue
            whole = length == stop - day
            count_now = kept if whole else kept * length // (stop - day)
            phases.append(_phase(phase, length, count_now))
            done += count_now
    lived = sum(phase.length for phase in phases)
    if lived < total:
        phases.append(Phase(kind="habitual", days=total - lived, weeks=None, training=None, sessions_per_week=None))
    return calendar.model_copy(update={"weeks": None, "days": None, "phases": _joined(phases)}), done


def planned_sessions(scenario: Scenario) -> int:
    """Return how many sessions a scenario plans."""
    return sum(len(phase_sessions(scenario.calendar, *stage)) for stage in phase_edges(scenario.calendar))


def _phase(phase: Phase, days: int, sessions: int) -> Phase:
    # Zero sessions in a phase of training are none, and no contradiction.
    told = {"weeks": None, "days": days, "sessions_per_week": sessions if phase.trains else None}
    return phase.model_copy(update=told)


def _joined(phases: list[Phase]) -> tuple[Phase, ...]:
    """Join neighbours that differ in length only and begin on the first day of a week."""
    found: list[Phase] = []
    for phase in phases:
        last = found[-1] if found else None
        alike = last is not None and phase.model_copy(update={"days": last.days}) == last
        if last is not None and alike and last.length % WEEK_DAYS == 0:
            found[-1] = last.model_copy(update={"days": last.length + phase.length})
        else:
            found.append(phase)
    return tuple(found)


def _beta(mean: float, sd: float, quantile: Floats) -> Floats:
    """Return shares between people with that mean and SD, at their quantiles."""
    if sd <= 0.0 or mean in (0.0, 1.0):
        return np.full(len(quantile), mean)
    from scipy.special import betaincinv

    size = mean * (1.0 - mean) / sd**2 - 1.0
    found: Floats = betaincinv(mean * size, (1.0 - mean) * size, quantile)
    return found


def _shifted(share: Floats, shift: Floats) -> Floats:
    """Return shares whose log odds are moved; none and all stay what they are."""
    inner = (share > 0.0) & (share < 1.0)
    safe = np.clip(np.where(inner, share, 0.5), 1e-12, 1.0 - 1e-12)
    moved = 1.0 / (1.0 + np.exp(-(np.log(safe / (1.0 - safe)) + shift)))
    return np.where(inner, moved, share)
