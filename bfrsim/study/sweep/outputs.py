"""What is kept of each programme: what training changed, and the worst that a session did to circulation and limb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bfrsim.batch import Followed
from bfrsim.errors import SimulationError, did_you_mean
from bfrsim.language.join import System
from bfrsim.safety import MEASURES
from bfrsim.scenario.exercise import Resistance
from bfrsim.scenario.schema import Scenario

Floats = NDArray[np.float64]

# Two outcomes of the programme, two of the work done, five of the worst session, named as in `bfrsim.safety`.
DEFAULT = (
    "csa_change", "one_rm_change", "repetitions", "failed_sets", "systolic_pressure", "mean_pressure", "discomfort",
    "ischaemia", "reperfusion",
)  # fmt: skip
WORK = {
    "repetitions": ("1", "repetitions completed in a session, mean over the programme"),
    "failed_sets": ("%", "share of sets that ended before their last repetition"),
}
Taken = Literal["end", "highest", "lowest", "gained", "repetitions", "failed_sets"]


@dataclass(frozen=True)
class Output:
    """A number of each programme and person.

    Attributes
    ----------
    column : output of the model that it is read from; empty for what is counted from the sets.
    taken : at the programme's end, or in its worst session, or counted.
    """

    name: str
    unit: str
    meaning: str
    column: str
    taken: Taken


def read_outputs(names: Sequence[str], system: System) -> tuple[Output, ...]:
    """Return what the names stand for.

    A name is one of `WORK`; a measure of `bfrsim.safety`, worst of all sessions; an output of the model, at the end of
    the programme; or that with ``_max`` or ``_min``, over all sessions.

    Raises
    ------
    SimulationError
        With the nearest valid name.
    """
    return tuple(_read(name, system) for name in dict.fromkeys(names or DEFAULT))


def columns_of(outputs: Sequence[Output]) -> tuple[str, ...]:
    """Return the outputs of the model that must be followed."""
    return tuple(dict.fromkeys(output.column for output in outputs if output.column))


def reduce(followed: Followed, scenario: Scenario, outputs: Sequence[Output]) -> Floats:
    """Return the outputs of a programme's people, (n, outputs); NaN for who failed, and where there is no session."""
    place = {name: at for at, name in enumerate(columns_of(outputs))}
    found = np.full((len(followed.status), len(outputs)), np.nan)
    for at, output in enumerate(outputs):
        if output.taken == "end":
            found[:, at] = followed.values[:, -1, place[output.column]]
        elif output.column:
            column = place[output.column]
            found[:, at] = _worst(followed.lowest[:, :, column], followed.highest[:, :, column], output.taken)
        elif isinstance(scenario.exercise, Resistance):
            found[:, at] = _work(followed.repetitions, scenario.exercise, output.taken)
    found[np.asarray(followed.status) != 0] = np.nan
    return found


def _worst(lowest: Floats, highest: Floats, taken: Taken) -> Floats:
    if not lowest.shape[1]:
        return np.full(len(lowest), np.nan)
    if taken == "lowest":
        return lowest.min(axis=1)
    if taken == "gained":
        return np.maximum(highest - lowest, 0.0).max(axis=1)
    return highest.max(axis=1)


def _work(repetitions: Floats, exercise: Resistance, taken: Taken) -> Floats:
    """Return the mean over sessions, or the share of sets [%] that stopped early."""
    if not repetitions.size:
        return np.full(len(repetitions), np.nan)
    if taken == "repetitions":
        return repetitions.sum(axis=2).mean(axis=1)
    planned = np.floor(np.array(exercise.stretches) / exercise.repetition + 1e-6)
    return 100.0 * (repetitions < planned).mean(axis=(1, 2))


def _read(name: str, system: System) -> Output:
    if name in WORK:
        unit, meaning = WORK[name]
        return Output(name, unit, meaning, "", "repetitions" if name == "repetitions" else "failed_sets")
    if name in MEASURES and MEASURES[name].taken != "cuff":
        measure = MEASURES[name]
        ways = {"gained": "gained in the worst session", "lowest": "lowest of all sessions"}
        meaning = f"{_meaning(measure.variable, system)}, {ways.get(measure.taken, 'highest of all sessions')}"
        return Output(name, measure.unit or "1", meaning, measure.variable, measure.taken)  # type: ignore[arg-type]
    base, taken, words = name, "end", "at the end of the programme"
    for suffix, way in (("_max", "highest"), ("_min", "lowest")):
        if name.endswith(suffix) and name not in system.declared():
            base, taken, words = name.removesuffix(suffix), way, f"{way} of all sessions"
    if base not in system.declared():
        known = [*WORK, *(each for each, measure in MEASURES.items() if measure.taken != "cuff"), *system.outputs]
        hint = did_you_mean(name, known) or f"; the usual ones are {', '.join(DEFAULT)}"
        raise SimulationError(f"--of {name}: neither the model nor the safety strip has this output{hint}")
    unit = system.declared()[base].unit.spelling
    return Output(name, unit, f"{_meaning(base, system)}, {words}", base, taken)  # type: ignore[arg-type]


def _meaning(name: str, system: System) -> str:
    return system.declared()[name].meaning if name in system.declared() else name
