"""How well predictions meet published rows: error, bias, coverage, order of arms, and skill against statistics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from bfrsim.study.published.evidence import OUTCOMES, Outcome
from bfrsim.study.published.predict import DECISIVE, Prediction

BaselineName = Literal["meta_regression", "mean_by_stimulus"]
RESAMPLES, SEED = 4000, 20240501  # of cohorts; the same interval each time
INTERVAL = (2.5, 97.5)  # percentiles: a 95 % interval

Number = float | None
Scores = dict[str, int | Number | tuple[float, float] | None]


@dataclass(frozen=True)
class Pair:
    """Two arms of one trial in one outcome; decisive if they differ by more than 1.5 standard errors as published."""

    first: Prediction
    second: Prediction
    decisive: bool
    right: bool


def scored(predictions: Iterable[Prediction]) -> list[Prediction]:
    """Return what counts: rows to score with a number from the engine."""
    return [each for each in predictions if each.row.scored and math.isfinite(each.mean)]


def scores(predictions: Sequence[Prediction], free_constants: int | None) -> Scores:
    """Return the numbers of a group of rows; None where there is nothing to count.

    Errors and bias are weighted means in percent points. Order is counted in pairs whose difference exceeds 1.5 of
    its standard error; the other pairs are right if they differ as little in the engine.
    """
    counted = scored(predictions)
    found: Scores = {"rows": len(counted), "studies": len({each.row.study for each in counted})}
    for outcome in OUTCOMES:
        found[f"rmse_{outcome}"] = rmse(of(counted, outcome))
    for outcome in OUTCOMES:
        found[f"bias_{outcome}"] = bias(of(counted, outcome))
    found["coverage90"] = coverage(counted)
    every = pairs(counted)
    found |= _counted("rank_pairs", [pair for pair in every if pair.decisive])
    found |= _counted("equal_pairs", [pair for pair in every if not pair.decisive])
    for name, suffix in (("meta_regression", ""), ("mean_by_stimulus", "_mean")):
        for outcome in OUTCOMES:
            found[f"skill_{outcome}{suffix}"] = skill(of(counted, outcome), name)  # type: ignore[arg-type]
    for name, suffix in (("meta_regression", ""), ("mean_by_stimulus", "_mean")):
        for outcome in OUTCOMES:
            found[f"skill_{outcome}{suffix}_ci"] = skill_interval(of(counted, outcome), name)  # type: ignore[arg-type]
    return found | {"free_constants": free_constants}


def of(predictions: Iterable[Prediction], outcome: Outcome) -> list[Prediction]:
    """Return the predictions of one outcome."""
    return [each for each in predictions if each.row.outcome_class == outcome]


def rmse(predictions: Sequence[Prediction]) -> Number:
    """Return the weighted root of the mean squared error [points]."""
    error = _weighted([each.miss**2 for each in predictions], predictions)
    return None if error is None else math.sqrt(error)


def bias(predictions: Sequence[Prediction]) -> Number:
    """Return the weighted mean of predicted minus published [points]."""
    return _weighted([each.miss for each in predictions], predictions)


def coverage(predictions: Sequence[Prediction]) -> Number:
    """Return the share of rows whose published mean lies within the 90 % interval."""
    return sum(each.covered for each in predictions) / len(predictions) if predictions else None


def pairs(predictions: Sequence[Prediction]) -> list[Pair]:
    """Return every pair of arms of one study that share outcome, instrument and time."""
    groups: dict[tuple[str, str, str, float], list[Prediction]] = {}
    for each in predictions:
        place = (each.row.study, each.row.outcome, each.row.texts.get("instrument", ""), each.row.weeks)
        groups.setdefault(place, []).append(each)
    found = []
    for group in groups.values():
        for first, second in combinations(group, 2):
            if first.row.arm != second.row.arm:
                found.append(_pair(first, second))
    return found


def skill(predictions: Sequence[Prediction], baseline: BaselineName) -> Number:
    """Return 1 - MSE(engine) / MSE(baseline) over the rows that the baseline predicts, with the same weights."""
    known = [each for each in predictions if each.baseline is not None]
    ours, theirs = _errors(known, baseline)
    return None if not theirs.sum() > 0 else float(1.0 - ours.sum() / theirs.sum())


def skill_interval(predictions: Sequence[Prediction], baseline: BaselineName) -> tuple[float, float] | None:
    """Return the 95 % interval of the skill over cohorts drawn with replacement; None with fewer than two cohorts."""
    known = [each for each in predictions if each.baseline is not None]
    names = sorted({each.row.cohort for each in known})
    if len(names) < 2:
        return None
    ours, theirs = _errors(known, baseline)
    place = np.array([names.index(each.row.cohort) for each in known])
    engine = np.bincount(place, ours, len(names))
    other = np.bincount(place, theirs, len(names))
    drawn = np.random.default_rng(SEED).multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = 1.0 - (drawn @ engine) / (drawn @ other)
    low, high = np.percentile(values[np.isfinite(values)], INTERVAL)
    return float(low), float(high)


def by_trait(predictions: Sequence[Prediction], trait: str) -> dict[str, list[Prediction]]:
    """Return the predictions that count, grouped by a trait such as ``mode``, in alphabetical order."""
    groups: dict[str, list[Prediction]] = {}
    for each in scored(predictions):
        groups.setdefault(getattr(each.traits, trait), []).append(each)
    return dict(sorted(groups.items()))


def _errors(known: Sequence[Prediction], baseline: BaselineName) -> tuple[np.ndarray, np.ndarray]:
    weight = np.array([each.weight for each in known])
    published = np.array([each.row.change for each in known])
    engine = np.array([each.mean for each in known])
    other = np.array([getattr(each.baseline, baseline) for each in known])
    return weight * (engine - published) ** 2, weight * (other - published) ** 2


def _weighted(values: Sequence[float], predictions: Sequence[Prediction]) -> Number:
    total = sum(each.weight for each in predictions)
    return sum(each.weight * value for each, value in zip(predictions, values, strict=True)) / total if total else None


def _pair(first: Prediction, second: Prediction) -> Pair:
    published = first.row.change - second.row.change
    predicted = first.mean - second.mean
    limit = DECISIVE * math.hypot(first.row.se, second.row.se)
    if abs(published) > limit:
        return Pair(first, second, True, predicted * published > 0)
    return Pair(first, second, False, abs(predicted) <= limit)


def _counted(name: str, some: Sequence[Pair]) -> Mapping[str, int]:
    return {f"{name}_right": sum(pair.right for pair in some), name: len(some)}
