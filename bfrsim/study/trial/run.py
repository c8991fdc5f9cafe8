"""A trial from design to result: pool, replicates, curve of sizes, assurance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

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

Flags = NDArray[np.bool_]
Announce = Callable[[str], None]
Progress = Callable[[float], None]

PART = 25  # replicates that a worker does at a time; results do not depend on it


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
        Threads of the simulation and workers of the mixed models; results do not depend on it.
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
    return analyse_pool(file, pool, ready.system, doubt, replicates, jobs, announce, progress)


def analyse_pool(
    file: DesignFile, pool: Pool, system: System, doubt: tuple[Sequence[Pool], tuple[str, ...]] | None = None,
    replicates: int | None = None, jobs: int = 1,
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
    done = _planned(population, design, count, jobs, progress)
    announce("looking at other sizes")
    curves = _curves(population, design, count, progress)
    rejected = decisions(done, design)[1]
    places = range(len(design.comparison))
    found = tuple(comparison_result(place, done, population, design, curves[place]) for place in places)
    arms = tuple(arm_result(place, done, pool, population, design) for place in range(len(design.arm)))
    assurance = _assured(doubt, design, count) if doubt is not None else None
    return TrialResult(file, pool, done, rejected, arms, found, familywise(rejected, found), assurance, _trust(system))


def _planned(population: Population, design: Design, count: int, jobs: int, progress: Progress) -> Replicates:
    parts = [range(first, min(first + PART, count)) for first in range(0, count, PART)]
    counts = arm_counts(design)
    mixed = any(each.method == "mixed model" for each in design.comparison)
    if jobs == 1 or not mixed:  # other analyses take less time than starting a worker
        found = []
        for part in parts:
            found.append(run_replicates(population, design, counts, part))
            progress(part.stop / count)
        return joined(found)
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as workers:
        waiting = [workers.submit(run_replicates, population, design, counts, part) for part in parts]
        found = []
        for part, each in zip(parts, waiting, strict=True):
            found.append(each.result())
            progress(part.stop / count)
    return joined(found)


def _curves(population: Population, design: Design, count: int, progress: Progress) -> list[Curve | None]:
    """Return the curve of each comparison; None of a mixed model, which takes too long at every size.

    Where a mixed model is among the primary comparisons, the others' curves are without the rule for several.
    """
    fast = np.array([each.method != "mixed model" for each in design.comparison])
    sizes, table = curve_sizes(design), []
    for number, size in enumerate(sizes, start=1):
        if fast.any():
            done = run_replicates(population, design, arm_counts(design, size), range(count), which=fast)
            table.append(_rejected(done, design, fast))
        progress(number / len(sizes))
    return [
        curve_of(sizes, [Share.of(each[:, place]) for each in table], design.analysis.power) if quick else None
        for place, quick in enumerate(fast)
    ]


def _rejected(done: Replicates, design: Design, fast: Flags) -> Flags:
    p, rejected = decisions(done, design)
    slow_primary = any(
        not quick and each.role == "primary" for quick, each in zip(fast, design.comparison, strict=True)
    )
    return np.nan_to_num(p, nan=1.0) < design.analysis.alpha if slow_primary else rejected


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
    fast = np.array([each.method != "mixed model" for each in design.comparison])
    truths, powers = [], []
    for pool in pools:
        population = population_of(pool, design)
        done = run_replicates(population, design, arm_counts(design), range(count), which=fast)
        rejected = _rejected(done, design, fast)
        truths.append([true_effect(population, design, each) for each in design.comparison])
        powers.append([rejected[:, place].mean() if quick else np.nan for place, quick in enumerate(fast)])
    shape = (len(pools), len(design.comparison))
    return AssuranceResult(
        design.assurance.draws, design.assurance.people, np.array(truths).reshape(shape),
        np.array(powers).reshape(shape), failures,
    )  # fmt: skip


def _trust(system: System) -> dict[str, str]:
    total = len(system.parameters)
    fitted, assumed = (sum(item.source == kind for item in system.parameters) for kind in (FITTED, ASSUMED))
    return {"fitted": f"{fitted} of {total}", "assumed": f"{assumed} of {total}"}
