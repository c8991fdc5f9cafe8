"""What a trial came to: arms, comparisons with effect and power, the curve of sizes, assurance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.trial.pool import Pool
from bfrsim.study.trial.read import DesignFile
from bfrsim.study.trial.replicate import Replicates
from bfrsim.study.trial.schema import Comparison

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A share of replicates with the SE that their number leaves it."""

    value: float
    mc_error: float

    @classmethod
    def of(cls, hits: NDArray[np.bool_]) -> Share:
        """Return the share of those that are true; NaN of none."""
        if not hits.size:
            return cls(float("nan"), float("nan"))
        value = float(hits.mean())
        return cls(value, float(np.sqrt(value * (1.0 - value) / hits.size)))


@dataclass(frozen=True)
class Answered:
    """What one endpoint does in one arm, over the pool.

    Attributes
    ----------
    mean, sd : without error of the instrument, in the unit of the endpoint.
    above : share of people whose true change exceeds the threshold.
    measured_above : likewise of the change as it would be measured.
    """

    endpoint: str
    mean: float
    sd: float
    above: float
    measured_above: float
    threshold: float
    meaning: str


@dataclass(frozen=True)
class ArmResult:
    """An arm: people of a trial, conduct over the pool, and what its endpoints do.

    `attendance` and `discomfort` are None where there are no sessions; `left` holds the 5th, 50th and 95th percentile
    of people who leave in a trial.
    """

    name: str
    n: int
    attendance: float | None
    attendance_sd: float | None
    discomfort: float | None
    dropout: float
    left: tuple[float, float, float]
    answered: tuple[Answered, ...]


@dataclass(frozen=True)
class Curve:
    """Power by size, (S,) each; `n` is that of the mean arm.

    `needed` is None where no size reaches the wanted power or all do, and `bounded` says so.
    """

    n: tuple[int, ...]
    power: tuple[Share, ...]
    needed: float | None
    bounded: str = ""


@dataclass(frozen=True)
class PublishedSize:
    """What published means and SDs ask for: standardised difference, and people of each arm by the t-test formula."""

    rows: tuple[str, str]
    means: tuple[float, float]
    sds: tuple[float, float]
    d: float
    n: float


@dataclass(frozen=True)
class ComparisonResult:
    """One comparison over the replicates.

    Attributes
    ----------
    truth : difference between the pool's people in both arms, without error of instruments.
    effect, low, high : means over replicates of the estimate and of its 95 % interval.
    g : Hedges' g, mean over replicates.
    power : share of replicates that reject, after the rule for several comparisons; `alone` before it.
    coverage : share of intervals that hold the truth.
    null : whether the hypothesis under test is true, so that each rejection is an error.
    formula : people of each arm by the t-test formula from the effect and SD seen here; None where it says nothing.
    failed : replicates in which nothing could be fitted.
    """

    name: str
    comparison: Comparison
    unit: str
    truth: float
    effect: float
    low: float
    high: float
    g: float
    sd: float
    power: Share
    alone: Share
    coverage: Share
    null: bool
    formula: float | None
    curve: Curve
    analysed: tuple[float, float]
    published: PublishedSize | None
    failed: int


@dataclass(frozen=True)
class AssuranceResult:
    """Power over draws of the model's constants: (D, C) truths and powers, mean power with its SE over draws."""

    draws: int
    people: int
    truth: Floats
    power: Floats
    failures: tuple[str, ...]

    def of(self, place: int) -> Share:
        """Return the assurance of a comparison."""
        powers = self.power[:, place]
        known = powers[np.isfinite(powers)]
        if len(known) < 2:
            return Share(float("nan"), float("nan"))
        return Share(float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known))))


@dataclass(frozen=True)
class TrialResult:
    """A design, its pool, its replicates and what they say; `familywise` is the share with any false rejection."""

    file: DesignFile
    pool: Pool
    replicates: Replicates
    rejected: NDArray[np.bool_]
    arms: tuple[ArmResult, ...]
    comparisons: tuple[ComparisonResult, ...]
    familywise: Share | None
    assurance: AssuranceResult | None
    parameters: Mapping[str, str]

    @property
    def sizes(self) -> Sequence[int]:
        """People of each arm or order."""
        return self.replicates.counts
