"""From replicates to what is told of a trial: effects, intervals, power with its error, shares of people who gain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bfrsim.study.cohort.streams import generator
from bfrsim.study.trial.allocate import arm_counts
from bfrsim.study.trial.decide import interval, p_values, rejections
from bfrsim.study.trial.endpoints import endpoint_named, endpoint_values, outcome_of, threshold
from bfrsim.study.trial.evidence import instruments
from bfrsim.study.trial.measures import MEASURES
from bfrsim.study.trial.pool import Pool
from bfrsim.study.trial.recruit import Population
from bfrsim.study.trial.replicate import Replicates
from bfrsim.study.trial.results import Answered, ArmResult, ComparisonResult, Curve, Share
from bfrsim.study.trial.schema import Comparison, Design, Endpoint
from bfrsim.study.trial.sizes import by_formula, published_size
from bfrsim.study.trial.truth import hypothesis_is_false, true_effect, true_values

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVEL = 0.95


def decisions(done: Replicates, design: Design) -> tuple[Floats, Flags]:
    """Return p values and rejections after the rule for several comparisons, (R, C) each."""
    columns = [
        p_values(each, done.effect[:, place], done.se[:, place], done.df[:, place])
        for place, each in enumerate(design.comparison)
    ]
    p = np.column_stack(columns)
    return p, rejections(p, design.comparison, design.analysis.multiplicity, design.analysis.alpha)


def comparison_result(
    place: int, done: Replicates, population: Population, design: Design, curve: Curve
) -> ComparisonResult:
    """Return what the replicates say of a comparison."""
    comparison = design.comparison[place]
    p, rejected = decisions(done, design)
    effect, se, df, sd = (each[:, place] for each in (done.effect, done.se, done.df, done.sd))
    known = np.isfinite(effect)
    low, high = interval(effect, se, df, LEVEL)
    truth = true_effect(population, design, comparison)
    covered = (low[known] <= truth) & (truth <= high[known])
    means = [float(np.nanmean(each)) if known.any() else float("nan") for each in (effect, low, high, sd)]
    size = done.analysed[:, place]
    formula = (
        by_formula(means[0], means[3], design.analysis.alpha, design.analysis.power)
        if comparison.hypothesis == "superiority" and not design.paired else None
    )  # fmt: skip
    return ComparisonResult(
        name=name_of(comparison),
        comparison=comparison,
        unit=unit_of(design, endpoint_named(design.endpoint, comparison.endpoint)),
        truth=truth,
        effect=means[0],
        low=means[1],
        high=means[2],
        g=_hedges(effect[known], sd[known], size[known].sum(axis=1)),
        sd=means[3],
        power=Share.of(rejected[:, place]),
        alone=Share.of(_below(p[:, place], design.analysis.alpha)),
        coverage=Share.of(covered),
        null=hypothesis_is_false(comparison, truth),
        formula=formula,
        curve=curve,
        analysed=(float(size[:, 0].mean()), float(size[:, 1].mean())),
        published=published_size(comparison, design),
        failed=int((~known).sum()),
    )


def _below(p: Floats, level: float) -> Flags:
    return np.asarray(np.nan_to_num(p, nan=1.0) < level)


def arm_result(place: int, done: Replicates, pool: Pool, population: Population, design: Design) -> ArmResult:
    """Return what an arm asks of people and gives them."""
    counts, arm = arm_counts(design), design.arm[place]
    came, felt = pool.attendance[:, place], pool.discomfort[:, place]
    trains, feels = np.isfinite(came).any(), np.isfinite(felt).any()
    low, middle, high = np.percentile(done.left[:, place], [5.0, 50.0, 95.0])
    return ArmResult(
        arm.name, sum(counts) if design.paired else counts[place],
        float(np.nanmean(came)) if trains else None, float(np.nanstd(came, ddof=1)) if trains else None,
        float(np.nanmean(felt)) if feels else None, float(np.isfinite(pool.leaves[:, place]).mean()),
        (float(low), float(middle), float(high)),
        tuple(_answered(each, place, population, design) for each in design.endpoint),
    )  # fmt: skip


def familywise(rejected: Flags, results: tuple[ComparisonResult, ...]) -> Share | None:
    """Return in which share of trials any primary comparison that should not be is rejected; None if all should."""
    false = [place for place, each in enumerate(results) if each.null and each.comparison.role == "primary"]
    return Share.of(np.asarray(rejected[:, false].any(axis=1))) if false else None


def name_of(comparison: Comparison) -> str:
    """Return the name of a comparison, its own or one that says what is compared."""
    return comparison.name or f"{comparison.arm} against {comparison.against}, {comparison.endpoint}"


def unit_of(design: Design, endpoint: Endpoint) -> str:
    """Return the unit an endpoint is told in."""
    return "%" if endpoint.kind == "percent change" else MEASURES[outcome_of(design, endpoint).measure].unit


def _answered(endpoint: Endpoint, place: int, population: Population, design: Design) -> Answered:
    outcome = outcome_of(design, endpoint)
    values = true_values(population, design, endpoint)[:, place]
    levels = population.truth[outcome.name][:, place]
    change = endpoint.model_copy(update={"kind": "change"}) if endpoint.kind == "value" else endpoint
    limit, meaning = threshold(change, outcome, levels[:, 0])
    tool = instruments()[outcome.instrument]
    noise = generator(design.seed, f"measured once: {endpoint.name}", place).standard_normal(levels.shape)
    measured = endpoint_values(change, outcome, levels * (1.0 + tool.cv * noise) + tool.error * noise)
    true = endpoint_values(change, outcome, levels)
    return Answered(
        endpoint.name, float(values.mean()), float(values.std(ddof=1)), float((true > limit).mean()),
        float((measured > limit).mean()), limit, meaning,
    )  # fmt: skip


def _hedges(effect: Floats, sd: Floats, people: Floats) -> float:
    """Return the mean of effects over SD within arms, each freed of its bias in small samples."""
    if not effect.size:
        return float("nan")
    return float(np.mean(effect / sd * (1.0 - 3.0 / (4.0 * (people - 2.0) - 1.0))))
