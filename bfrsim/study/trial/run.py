"""A trial from design to result: pool, replicates, curve of sizes, assurance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bfrsim.language.bibliography import ASSUMED, FITTED
from bfrsim.language.join import System
from bfrsim.study.trial.allocate import arm_counts
from bfrsim.study.trial.assurance import shifts
from bfrsim.study.trial.pool import Pool, shifted, simulate_pool
from bfrsim.study.trial.prepare import Prepared, prepare
from bfrsim.study.trial.read import DesignFile
from bfrsim.study.trial.recruit import Population, population_of
from bfrsim.study.trial.replicate import Replicates, joined, run_replicates
from bfrsim.study.trial.results import AssuranceResult, Curve, Share, TrialResult
from bfrsim.study.trial.schema import Design
from bfrsim.study.trial.sizes import curve_of, curve_sizes
from bfrsim.study.trial.summarise import arm_result, comparison_result, decisions, familywise
from bfrsim.study.trial.truth import true_effect

Announce = Callable[[str], None]
Progress = Callable[[float], None]

PART = 25  # replicates between two looks at the progress


def run_trial(
    file: DesignFile, *, replicates: int | None = None, jobs: int = 1,
    announce: Announce = lambda _: None, progress: Progress = lambda _: None,
) -> TrialResult:  # fmt: skip
    """Simulate the people of a design once, and run the trial on them many times.

    Parameters
    ----------
    replicates : int, optional
        Number of trials; that of the design if omitted.
    jobs : int
        Threads of the simulation; results do not depend on it.
    announce, progress : told in words what begins, and the share of it that is done.

    Raises
    ------
    SimulationError
        If hardly anybody can be simulated.
    """
    announce("simulating the first session of everybody")
    ready = prepare(file, threads=jobs)
    announce(f"simulating {len(ready.who)} people in {len(ready.simulated)} arms")
    pool = simulate_pool(ready, threads=jobs, progress=progress)
    doubt = _doubt(ready, pool, jobs, announce, progress)
    return analyse_pool(file, pool, ready.system, doubt, replicates, announce, progress)


def analyse_pool(
    file: DesignFile, pool: Pool, system: System, doubt: tuple[Sequence[Pool], tuple[str, ...]] | None = None,
    replicates: int | None = None,
    announce: Announce = lambda _: None, progress: Progress = lambda _: None,
) -> TrialResult:  # fmt: skip
    """Run the replicates of a design on a pool that is simulated already.

    Parameters
    ----------
    doubt : pools under draws of the model's constants, and what failed of them.
    """
    design, count = file.design, replicates or file.design.replicates
    population = population_of(pool, design)
    announce(f"running {count} trials")
    done = _planned(population, design, count, progress)
    announce("looking at other sizes")
    curves = _curves(population, design, count, progress)
    rejected = decisions(done, design)[1]
    places = range(len(design.comparison))
    found = tuple(comparison_result(place, done, population, design, curves[place]) for place in places)
    arms = tuple(arm_result(place, done, pool, population, design) for place in range(len(design.arm)))
    assurance = _assured(doubt, design, count) if doubt is not None else None
    return TrialResult(file, pool, done, rejected, arms, found, familywise(rejected, found), assurance, _trust(system))


def _planned(population: Population, design: Design, count: int, progress: Progress) -> Replicates:
    parts, found = [range(first, min(first + PART, count)) for first in range(0, count, PART)], []
    for part in parts:
        found.append(run_replicates(population, design, arm_counts(design), part))
        progress(part.stop / count)
    return joined(found)


def _curves(population: Population, design: Design, count: int, progress: Progress) -> list[Curve]:
    """Return the curve of each comparison."""
    sizes, table = curve_sizes(design), []
    for number, size in enumerate(sizes, start=1):
        done = run_replicates(population, design, arm_counts(design, size), range(count))
        table.append(decisions(done, design)[1])
        progress(number / len(sizes))
    places = range(len(design.comparison))
    return [curve_of(sizes, [Share.of(each[:, place]) for each in table], design.analysis.power) for place in places]


def _doubt(
    ready: Prepared, pool: Pool, jobs: int, announce: Announce, progress: Progress
) -> tuple[Sequence[Pool], tuple[str, ...]] | None:
    told = ready.file.design.assurance
    if not told.draws or not ready.simulated:
        return None
    announce(f"simulating {told.people} people under {told.draws} draws of the constants")
    found = shifts(ready, threads=jobs, progress=progress)
    return [shifted(pool, each) for each in found.moved], found.failures


def _assured(doubt: tuple[Sequence[Pool], tuple[str, ...]], design: Design, count: int) -> AssuranceResult:
    pools, failures = doubt
    truths, powers = [], []
    for pool in pools:
        population = population_of(pool, design)
        rejected = decisions(run_replicates(population, design, arm_counts(design), range(count)), design)[1]
        truths.append([true_effect(population, design, each) for each in design.comparison])
        powers.append(rejected.mean(axis=0))
    shape = (len(pools), len(design.comparison))
    return AssuranceResult(
        design.assurance.draws, design.assurance.people, np.array(truths).reshape(shape),
        np.array(powers).reshape(shape), failures,
    )  # fmt: skip


def _trust(system: System) -> dict[str, str]:
    total = len(system.parameters)
    fitted, assumed = (sum(item.source == kind for item in system.parameters) for kind in (FITTED, ASSUMED))
    return {"fitted": f"{fitted} of {total}", "assumed": f"{assumed} of {total}"}
