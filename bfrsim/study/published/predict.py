"""The engine's prediction of each row that a trial answers, with its interval, beside what statistics predict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bfrsim.study.published.arms import Answer, Arms
from bfrsim.study.published.evidence import Baseline, Published, Spread
from bfrsim.study.published.measures import MEASURES
from bfrsim.study.published.read import TrialFile, seconds
from bfrsim.study.published.record import Arm, Order, Row
from bfrsim.study.published.traits import Traits, traits_of

Z_90 = 1.6448536269514722  # a normal variable lies within this many SD of its mean in 90 % of cases
DECISIVE = 1.5  # a difference of more than this many standard errors is one
LIKE = 0.1  # levels closer than this share of their mean are alike


@dataclass(frozen=True)
class Prediction:
    """What the engine says of a row.

    Attributes
    ----------
    mean, people_sd : mean of the virtual group and SD between its people [%].
    low, high : between these the trial's mean is expected in 90 % of trials [%].
    size : people of the trial's arm; `simulated` are as many as were simulated, `failed` of these gave no number.
    output, stands_in : what it was read from, and whether that stands in for the outcome itself.
    weight : of the row, as in the baseline.
    """

    row: Published
    file: str
    arm: str
    measure: str
    output: str
    stands_in: bool
    mean: float
    people_sd: float
    low: float
    high: float
    size: int
    simulated: int
    failed: int
    weight: float
    baseline: Baseline | None
    traits: Traits
    suspect: str

    @property
    def miss(self) -> float:
        """Predicted minus published [%]."""
        return self.mean - self.row.change

    @property
    def covered(self) -> bool:
        """Whether the published mean lies within the interval."""
        return self.low <= self.row.change <= self.high


@dataclass(frozen=True)
class Compared:
    """A comparison that a paper states in words, and what the engine says; `right` is None where it says nothing."""

    file: str
    study: str
    order: Order
    values: Mapping[str, float]
    right: bool | None


@dataclass(frozen=True)
class Tables:
    """What predictions are laid beside: published rows and baseline by id, weights, scatter, SD from the constants."""

    rows: Mapping[str, Published]
    weights: Mapping[str, float]
    baseline: Mapping[str, Baseline]
    spread: Mapping[str, Spread]
    constants_sd: Mapping[str, float]


def predictions(arms: Arms, tables: Tables) -> list[Prediction]:
    """Return a prediction for each row that has a published number and an outcome of size or strength.

    The interval adds the variance between people over the trial's size, that of the constants where it is known, and
    that between trials.
    """
    found = []
    for file in arms.files.values():
        for arm in file.trial.arm:
            for asked in arm.rows:
                answer = answer_to(arms, file, arm, asked)
                number = math.isfinite(tables.rows[asked.id].change)
                if answer is not None and number and MEASURES[asked.measure].outcome:
                    known = _known(asked, answer, tables, arm)
                    known |= {"file": file.path.name, "arm": arm.name, "traits": traits_of(arms, file, arm)}
                    found.append(Prediction(**known))
    return found


def comparisons(arms: Arms, spread: Mapping[str, Spread]) -> list[Compared]:
    """Return the verdict on each comparison that a paper states in words.

    Arms are alike if they differ by less than 1.5 standard errors of a trial of that size, levels of other quantities
    if by less than a tenth.
    """
    found = []
    for file in arms.files.values():
        for order in file.trial.order:
            at = seconds(order, [file.scenarios[name] for name in order.arms if name in file.scenarios])
            answers = {name: arms.answer(file, name, order.measure, order, at) for name in order.arms}
            values = {name: finished_mean(answer) for name, answer in answers.items() if answer is not None}
            complete = len(values) == len(order.arms) and all(map(math.isfinite, values.values()))
            right = _verdict(order, values, _margin(file, order, values, spread)) if complete else None
            found.append(Compared(file.path.name, file.trial.study, order, values, right))
    return found


def answer_to(arms: Arms, file: TrialFile, arm: Arm, asked: Row) -> Answer | None:
    """Return what an arm did in the measure and at the time that a row asks for; None if the model lacks the output."""
    names = arm.mean_of or (arm.name,)
    at = seconds(asked, [file.scenarios[name] for name in names])
    return arms.answer(file, arm.name, asked.measure, asked, at)


def _known(asked: Row, answer: Answer, tables: Tables, arm: Arm) -> dict[str, Any]:
    """Return what a prediction says of its row."""
    finished, mean = answer.values[np.isfinite(answer.values)], finished_mean(answer)
    people_sd = float(finished.std(ddof=1)) if finished.size > 1 else 0.0
    between = tables.spread[MEASURES[asked.measure].outcome].between_trial
    # A row that was not fitted has the uncertainty that rows of its outcome have on the whole.
    typical = tables.constants_sd.get(MEASURES[asked.measure].outcome, 0.0)
    sd = math.hypot(people_sd / math.sqrt(answer.size), between, tables.constants_sd.get(asked.id, typical))
    return {
        "row": tables.rows[asked.id],
        "measure": asked.measure,
        "output": answer.output,
        "stands_in": answer.stands_in,
        "mean": mean,
        "people_sd": people_sd,
        "low": mean - Z_90 * sd,
        "high": mean + Z_90 * sd,
        "size": answer.size,
        "simulated": len(answer.values),
        "failed": len(answer.values) - finished.size,
        "weight": tables.weights.get(asked.id, 0.0),
        "baseline": tables.baseline.get(asked.id),
        "suspect": asked.suspect or arm.suspect or "",
    }


def finished_mean(answer: Answer) -> float:
    """Return the mean of the people who finished; NaN if nobody did."""
    finished = answer.values[np.isfinite(answer.values)]
    return float(finished.mean()) if finished.size else math.nan


def _margin(file: TrialFile, order: Order, values: Mapping[str, float], spread: Mapping[str, Spread]) -> float:
    outcome = MEASURES[order.measure].outcome
    if not outcome:
        return LIKE * sum(map(abs, values.values())) / len(values)
    sizes = [file.trial.arm_named(name).size for name in order.arms]
    return DECISIVE * spread[outcome].change * math.sqrt(sum(1 / size for size in sorted(sizes)[:2]))


def _verdict(order: Order, values: Mapping[str, float], margin: float) -> bool:
    if order.alike is not None:
        return max(values.values()) - min(values.values()) <= margin
    more, less = (values[name] for name in order.arms)
    return more > less


def unanswered(rows: Mapping[str, Published], files: Sequence[TrialFile]) -> list[str]:
    """Return the ids of rows to score which no trial file speaks of."""
    spoken = {name for file in files for name in file.trial.ids()}
    return [row.id for row in rows.values() if row.scored and row.id not in spoken]
