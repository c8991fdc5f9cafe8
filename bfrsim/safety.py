"""What a session does to circulation and limb, as plain values, and the limits they are held against.

Values follow from a result, limits from the scenario or, where it says nothing, from
``scenarios/evidence/safety_limits.csv``. None of it is the risk of a person.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import BfrsimError, did_you_mean
from bfrsim.library import scenarios_folder
from bfrsim.scenario.limits import Limits
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.segments import TIMELINE_INPUTS, Timeline, compile_timeline

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]

HIGH_PRESSURE = 0.8  # of arterial occlusion pressure; the limit `high_pressure` counts time above it
SLACK = 1e-6  # a value that meets its limit to this share is within it
STATEMENT = (
    "Simulated for the mean of published groups: a research tool, and never the risk of one person. "
    "A value within its limit does not make a session safe."
)

_CUFF = [list(TIMELINE_INPUTS).index(name) for name in ("cuff_relative", "cuff_pressure")]


@dataclass(frozen=True)
class Measure:
    """A value of a session: how it is written, the output it is read from, and how.

    `taken`: highest or lowest of the session; ``gained`` between its start and its end (for integrals that never
    leak); ``cuff`` where it follows from the cuff's pressure over time.
    """

    label: str
    unit: str
    decimals: int
    variable: str
    taken: Literal["highest", "lowest", "gained", "cuff"] = "highest"


# In the order of the table; a name that is also a field of [limits] can be limited.
MEASURES: dict[str, Measure] = {
    "systolic_pressure": Measure("Systolic pressure, highest", "mmHg", 0, "SBP"),
    "systolic_rise": Measure("Systolic rise over rest", "mmHg", 0, "SBP_rise"),
    "mean_pressure": Measure("Mean pressure, highest", "mmHg", 0, "MAP"),
    "rate_pressure_product": Measure("Rate pressure product, highest", "mmHg/min", 0, "RPP"),
    "stroke_volume_fall": Measure("Stroke volume, fall", "%", 0, "SV_fall"),
    "sympathetic_bursts": Measure("Sympathetic bursts, most", "1/min", 0, "MSNA"),
    "systolic_fall": Measure("Systolic fall on release", "mmHg", 0, "SBP_fall"),
    "venous_stasis": Measure("Venous stasis", "min", 1, "venous_stasis", "gained"),
    "ischaemia": Measure("Ischaemia", "min", 1, "ischaemia", "gained"),
    "reperfusion": Measure("Reperfusion load", "", 1, "dose_reperfusion"),
    "low_shear": Measure("Endothelium, low shear", "min", 1, "low_shear"),
    "flow_mediated_dilation": Measure("Flow mediated dilation, lowest", "%", 1, "FMD", "lowest"),
    "discomfort": Measure("Discomfort, highest", "CR-10", 1, "discomfort"),
    "cuff": Measure("Cuff, highest", "%AOP", 0, "P_cuff", "cuff"),
    "high_pressure": Measure("Cuff above 80 %AOP", "min", 1, "P_cuff", "cuff"),
    "inflation": Measure("Cuff without a break", "min", 1, "P_cuff", "cuff"),
}


@dataclass(frozen=True)
class Limit:
    """The most that is wanted of a value, in its unit.

    `confidence` is ``scenario`` where the scenario sets it; otherwise ``assumed``, ``recalled``, ``derived`` or
    ``verified``, with the source.
    """

    value: float
    confidence: str
    source: str


def limits_of(scenario: Scenario) -> dict[str, Limit]:
    """Return the limits a scenario is held against: its own, then the shipped ones; a value without any is left out."""
    own = {
        name: Limit(value, "scenario", "set by the scenario")
        for name, value in scenario.limits.model_dump().items()
        if value is not None
    }
    both = shipped_limits() | own
    return {name: both[name] for name in MEASURES if name in both}


@cache
def shipped_limits() -> dict[str, Limit]:
    """Return the limits of ``safety_limits.csv``, written there as in a scenario; rows without one are left out."""
    rows = {row["name"]: row for row in _table("safety_limits.csv") if row["limit"]}
    read = Limits.model_validate({name: row["limit"] for name, row in rows.items()})
    return {name: Limit(getattr(read, name), row["confidence"], row["source"]) for name, row in rows.items()}


@cache
def safety_notes() -> tuple[dict[str, str], ...]:
    """Return what is known of matters that are not simulated: topic, grade, line, statement, rows, source."""
    return tuple(_table("safety_notes.csv"))


def safety_values(dataset: xarray.Dataset, session: int = 0, person: int = 0) -> dict[str, float]:
    """Return the value of each measure in one session; NaN if the person failed before.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result of `bfrsim.simulate` or `bfrsim.replay`.
    session : int
        Place along the dimension ``session``; negative numbers count from the end.
    person : int
        Place along the dimension ``person``.

    Raises
    ------
    BfrsimError
        If the result was saved without an output that is needed.
    """
    return {name: float(values[session]) for name, values in safety_by_session(dataset, person).items()}


def safety_by_session(dataset: xarray.Dataset, person: int = 0) -> dict[str, Floats]:
    """Return the value of each measure in every session, (sessions,) each, in the unit of `MEASURES`."""
    found = _cuff(dataset, person)
    found |= {name: _taken(dataset, each, person) for name, each in MEASURES.items() if each.taken != "cuff"}
    return {name: found[name] for name in MEASURES}


def is_over(value: float, limit: float) -> bool:
    """Return whether a value exceeds its limit; one that nobody knows does not."""
    return value > limit + SLACK * abs(limit)


def _taken(dataset: xarray.Dataset, measure: Measure, person: int) -> Floats:
    lowest, highest = (_values(dataset, f"{measure.variable}_{end}", person) for end in ("min", "max"))
    if measure.taken == "lowest":
        return lowest
    taken = highest - lowest if measure.taken == "gained" else highest
    return np.maximum(taken, 0.0)  # a fall or rise that did not happen is none


def _cuff(dataset: xarray.Dataset, person: int) -> dict[str, Floats]:
    """Return the highest pressure [%AOP] and the two times [min], each for every session."""
    occlusion = _values(dataset, "AOP_max", person)
    high, unbroken = np.full(occlusion.shape, np.nan), np.full(occlusion.shape, np.nan)
    timeline = compile_timeline(_scenario(dataset))
    for session in np.flatnonzero(np.isfinite(occlusion)):
        minutes, relative = _stretches(dataset, timeline, int(session), person, occlusion[session])
        high[session] = minutes[relative > HIGH_PRESSURE + SLACK].sum()
        unbroken[session] = _longest(minutes, relative > 0.0)
    percent = 100.0 * _values(dataset, "P_cuff_max", person) / occlusion
    return {"cuff": percent, "high_pressure": high, "inflation": unbroken}


def _stretches(
    dataset: xarray.Dataset, timeline: Timeline, session: int, person: int, occlusion: float
) -> tuple[Floats, Floats]:
    """Return length [min] and pressure of the cuff [share of occlusion] of each segment of a session."""
    replayed = dataset.attrs.get("replayed_session")  # holds the segments of that session only
    rows = np.flatnonzero(timeline.session == (session if replayed is None else int(replayed) - 1))
    ends = np.asarray(dataset["segment_end"].values[person], dtype=float)[rows if replayed is None else slice(None)]
    edges = np.concatenate([[float(dataset["session_start"].values[session])], ends])
    share, pressure = (timeline.inputs[rows, column] for column in _CUFF)
    return np.diff(edges) / 60.0, share + pressure / occlusion


def _longest(minutes: Floats, inflated: NDArray[np.bool_]) -> float:
    """Return the longest sum of neighbouring segments that are all inflated."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inflated, [False]]).astype(int)))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return max((float(minutes[first:after].sum()) for first, after in runs), default=0.0)


def _values(dataset: xarray.Dataset, name: str, person: int) -> Floats:
    if name not in dataset:
        hint = did_you_mean(name, map(str, dataset.data_vars))
        raise BfrsimError(f"the result has no '{name}'{hint}; simulate with the model's own outputs to ask for safety")
    return np.asarray(dataset[name].values[person], dtype=float)


def _scenario(dataset: xarray.Dataset) -> Scenario:
    if "scenario" not in dataset.attrs:
        raise BfrsimError("this dataset does not name its scenario; it is not a result of bfrsim")
    return Scenario.model_validate(json.loads(dataset.attrs["scenario"]))


def _table(name: str) -> list[dict[str, str]]:
    with (scenarios_folder() / "evidence" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
