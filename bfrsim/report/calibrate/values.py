"""The numbers of a calibration: of each constant, of the fit, and of what it may not break."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.calibrate.calibration import Calibration
from bfrsim.study.calibrate.constants import Constant
from bfrsim.study.calibrate.fit import Fit
from bfrsim.study.calibrate.identify import GRID
from bfrsim.study.calibrate.restrictions import Held
from bfrsim.study.published.evidence import OUTCOMES
from bfrsim.study.published.predict import Z_90

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """What is known of a constant; values in its own unit, SDs in those of its prior."""

    constant: Constant
    value: float
    low: float
    high: float
    score: float
    sd: float
    jackknife_sd: float
    verdict: str
    partners: tuple[str, ...]
    profile: tuple[float, ...]


def told_of(calibration: Calibration) -> list[Told]:
    """Return what is known of each constant, in the order of the declaration."""
    constants, found = calibration.fit.problem.constants, calibration.identified
    told = []
    for at, constant in enumerate(constants):
        score, sd = float(calibration.fit.scores[at]), float(found.sd[at])
        value, low, high = map(float, constant.at(score + Z_90 * sd * np.array([0.0, -1.0, 1.0])))
        partners = tuple(constants[other].name for other in found.partners(at))
        profile = tuple(map(float, found.profile[at]))
        jackknife = float(found.jackknife[at])
        told.append(Told(constant, value, low, high, score, sd, jackknife, found.verdict(at), partners, profile))
    return told


def errors(fit: Fit, predicted: Floats) -> dict[str, float]:
    """Return weighted root mean square error and bias of each outcome [points]."""
    found = {}
    misses, weights = predicted - fit.problem.published, fit.problem.weights
    for outcome in OUTCOMES:
        rows = np.array([each.published.outcome_class == outcome for each in fit.problem.asked])
        if rows.any():
            found[f"rmse_{outcome}"] = math.sqrt(np.average(misses[rows] ** 2, weights=weights[rows]))
            found[f"bias_{outcome}"] = float(np.average(misses[rows], weights=weights[rows]))
    return found


def summary(calibration: Calibration) -> dict[str, Any]:
    """Return everything as plain values, ready for JSON; nothing in it hangs on date or place."""
    fit, request = calibration.fit, calibration.request
    search = fit.search
    return {
        "title": request.declaration.title,
        "model": calibration.model,
        "files": {name: f"{path.name} {calibration.digests[name]}" for name, path in request.told.items()},
        "rows": len(fit.problem.asked),
        "cohorts": len(fit.problem.cohorts),
        "people": search.effort.people,
        "people_of_slopes": search.slopes.people,
        "rtol": search.effort.rtol,
        "seed": search.seed,
        "cost": fit.cost,
        "cost_of_the_models_own_values": fit.cost_start,
        "errors": errors(fit, fit.predicted),
        "errors_of_the_models_own_values": errors(fit, fit.predicted_start),
        "constants": [_constant(each) for each in told_of(calibration)],
        "correlation": np.round(calibration.identified.correlation, 4).tolist(),
        "profile_at_sd": list(GRID) if calibration.identified.profile.size else [],
        "searches": [
            {"cost_begin": each.cost_begin, "cost_end": each.cost_end, "evaluations": each.rounds,
             "rested": each.rested, "begin": each.begin.tolist(), "end": each.end.tolist()}
            for each in fit.starts
        ],
        "restrictions": [
            _restriction(now, before) for now, before in zip(calibration.held, calibration.held_before, strict=True)
        ],
    }  # fmt: skip


def _constant(each: Told) -> dict[str, Any]:
    prior = each.constant.prior
    return {
        "name": each.constant.name,
        "unit": each.constant.unit,
        "meaning": each.constant.meaning,
        "prior": f"{prior.family}({prior.first:g}, {prior.second:g})",
        "value": each.value,
        "low90": each.low,
        "high90": each.high,
        "models_own": each.constant.value,
        "score": each.score,
        "posterior_sd_over_prior_sd": each.sd,
        "jackknife_sd_over_prior_sd": each.jackknife_sd,
        "verdict": each.verdict,
        "hardly_told_apart_from": list(each.partners),
        "rise_of_cost": list(each.profile),
    }


def _restriction(now: Held, before: Held) -> dict[str, Any]:
    return {
        "says": now.restriction.says,
        "source": now.restriction.source,
        "share": now.restriction.share,
        "less": now.less,
        "more": now.more,
        "holds": now.holds,
        "less_before": before.less,
        "more_before": before.more,
        "held_before": before.holds,
    }
