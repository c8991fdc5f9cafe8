"""The few numbers of a result that a program asks for, as one JSON object."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bfrsim.report.safety import safety_summary
from bfrsim.report.values import (
    cuff_pressure,
    failure_sentences,
    final_value,
    repetitions,
    session_count,
    session_value,
)

if TYPE_CHECKING:
    import xarray


def summarise(dataset: xarray.Dataset, person: int = 0) -> dict[str, Any]:
    """Return the key numbers of the first session and of the programme.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result of `bfrsim.simulate`.
    person : int
        Which person.

    Returns
    -------
    dict
        ``session`` (None without exercise) and ``programme``, in plain Python numbers that JSON can write; a value
        that is not known, because the person failed before, is None and ``failures`` says why.
        ``safety`` holds the values of the first, last and worst session with their limits (None without exercise).
        ``repetitions`` is the total of the sets done, None where work has no repetitions: walking, cycling, a cuff at
        rest.
    """
    summary: dict[str, Any] = {
        "session": _session(dataset, person) if session_count(dataset) else None,
        "programme": {
            "sessions": session_count(dataset),
            "csa_change_percent": _known(final_value(dataset, "csa_change", person)),
            "one_rm_change_percent": _known(final_value(dataset, "one_rm_change", person)),
        },
        "safety": safety_summary(dataset, person) if session_count(dataset) else None,
    }
    failures = failure_sentences(dataset)
    return summary | {"failures": failures} if failures else summary


def _session(dataset: xarray.Dataset, person: int) -> dict[str, float | int | None]:
    pressure, percent = cuff_pressure(dataset, 0, person)
    sets = repetitions(dataset, 0, person)
    done = _known(float(sets.sum())) if sets.size else None  # walking, cycling and a cuff at rest know no repetitions
    return {
        "cuff_mmhg": _known(pressure),
        "cuff_percent_aop": _known(percent),
        "nadir_sto2_percent": _known(session_value(dataset, "StO2_min", 0, person)),
        "peak_map_mmhg": _known(session_value(dataset, "MAP_max", 0, person)),
        "peak_hr_bpm": _known(session_value(dataset, "HR_max", 0, person)),
        "repetitions": None if done is None else int(done),
    }


def _known(value: float) -> float | None:
    """JSON has no NaN: a number nobody knows is null."""
    return value if math.isfinite(value) else None
