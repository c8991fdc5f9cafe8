"""A trial as numbers: one JSON object, the same on standard output and in the folder."""

from __future__ import annotations

import json
import math
from typing import Any

from bfrsim.dataset import DISCLAIMER
from bfrsim.report.trial.words import design_sentences
from bfrsim.study.trial.results import ArmResult, ComparisonResult, Curve, Share, TrialResult
from bfrsim.study.trial.whole import whole_trial


def trial_numbers(result: TrialResult) -> dict[str, Any]:
    """Return everything that is told of a trial as plain values; what is not known is None."""
    design, replicates = result.file.design, len(result.rejected)
    found = {
        "title": design.title,
        "disclaimer": DISCLAIMER,
        "design": design_sentences(result),
        "replicates": replicates,
        "seed": design.seed,
        "pool": result.pool.size,
        "failures": list(result.pool.failures),
        "parameters_fitted": result.parameters["fitted"],
        "parameters_assumed": result.parameters["assumed"],
        "arms": [_arm(arm) for arm in result.arms],
        "comparisons": [_comparison(each, result, place) for place, each in enumerate(result.comparisons)],
        "dropout": {arm.name: arm.dropout for arm in result.arms},
    }
    whole = whole_trial(result)
    if whole is not None:
        found["whole_trial"] = {
            "endpoint": whole.endpoint, "arms": list(whole.arms), "n_published": whole.published,
            "n_simulated": whole.simulated,
        }  # fmt: skip
    if result.familywise is not None:
        found["type1_error"] = result.familywise.value
        found["type1_mc_error"] = result.familywise.mc_error
    known: dict[str, Any] = _known(found)
    return known


def trial_text(result: TrialResult) -> str:
    """Return the numbers as text."""
    return json.dumps(trial_numbers(result), indent=2, allow_nan=False, ensure_ascii=False)


def _arm(arm: ArmResult) -> dict[str, Any]:
    return {
        "name": arm.name,
        "n": arm.n,
        "attendance": arm.attendance,
        "attendance_sd": arm.attendance_sd,
        "discomfort": arm.discomfort,
        "dropout": arm.dropout,
        "left_of_a_trial": {"p5": arm.left[0], "median": arm.left[1], "p95": arm.left[2]},
        "endpoints": {
            each.endpoint: {
                "mean": each.mean, "sd": each.sd, "threshold": each.threshold, "threshold_is": each.meaning,
                "share_above": each.above, "share_above_as_measured": each.measured_above,
            }
            for each in arm.answered
        },
    }  # fmt: skip


def _comparison(each: ComparisonResult, result: TrialResult, place: int) -> dict[str, Any]:
    told = each.comparison
    found: dict[str, Any] = {
        "name": each.name, "endpoint": told.endpoint, "arm": told.arm, "against": told.against, "unit": each.unit,
        "method": told.method, "hypothesis": told.hypothesis, "margin": told.margin, "role": told.role,
        "effect": each.effect, "ci": [each.low, each.high], "true_effect": each.truth, "hedges_g": each.g,
        "sd": each.sd, "power": each.power.value, "mc_error": each.power.mc_error,
        "power_before_multiplicity": each.alone.value, "coverage": each.coverage.value,
        "coverage_mc_error": each.coverage.mc_error, "analysed": list(each.analysed), "failed": each.failed,
        "n_by_formula": each.formula, "sizes": _curve(each.curve),
    }  # fmt: skip
    if each.null:
        found |= {"type1_error": each.alone.value, "type1_mc_error": each.alone.mc_error}
    if result.assurance is not None:
        share = result.assurance.of(place)
        found |= {"assurance": share.value, "assurance_mc_error": share.mc_error}
    if each.published is not None:
        asked = each.published
        found["published"] = {
            "rows": list(asked.rows), "means": list(asked.means), "sds": list(asked.sds), "d": asked.d, "n": asked.n,
        }  # fmt: skip
    return found


def _curve(curve: Curve) -> dict[str, Any]:
    def numbers(name: str) -> list[float]:
        return [getattr(each, name) for each in curve.power]

    return {
        "n": list(curve.n), "power": numbers("value"), "mc_error": numbers("mc_error"), "n_needed": curve.needed,
        "bounded": curve.bounded,
    }  # fmt: skip


def share_text(share: Share) -> str:
    """Return a share with its error as per cent, ``81.0 ± 2.8 %``."""
    if math.isnan(share.value):
        return "-"
    return f"{100 * share.value:.1f} ± {100 * share.mc_error:.1f} %"


def _known(value: Any) -> Any:
    """Return the same with None for what is not finite."""
    if isinstance(value, dict):
        return {key: _known(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_known(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
