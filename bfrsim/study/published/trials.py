"""Published trials against the engine: read, simulate, predict, sort into fitted and left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bfrsim.errors import ScenarioError
from bfrsim.study.published.arms import Arms, Plan, simulate_arms
from bfrsim.study.published.constants import Constants, find_constants, free_constants
from bfrsim.study.published.evidence import (
    Published,
    check_ids,
    read_baseline,
    read_published,
    read_spread,
    shipped_baseline,
    shipped_evidence,
    shipped_trials,
    weights,
)
from bfrsim.study.published.predict import Compared, Prediction, Tables, comparisons, predictions, unanswered
from bfrsim.study.published.read import TrialFile, read_trials
from bfrsim.study.published.score import Scores, scores


@dataclass(frozen=True)
class Sources:
    """Where trials, published rows, baseline and fitted constants stand; the shipped ones if None.

    A table that is not the shipped one has no baseline unless one is named, and then no skill.
    """

    scenarios: Path | None = None
    evidence: Path | None = None
    baseline: Path | None = None
    sets: Path | None = None


@dataclass(frozen=True)
class Material:
    """What was read and checked, before anything is simulated."""

    files: Sequence[TrialFile]
    tables: Tables
    constants: Constants
    evidence: Path


@dataclass(frozen=True)
class Validation:
    """What came of it.

    Attributes
    ----------
    fitted : predictions of rows that may be fitted, with constants that may have seen them.
    left_out : predictions with constants that have not seen the row's cohort: rows that are not for fitting, and
        cohorts for which a set fitted without them exists.
    compared : verdicts on what papers state in words.
    unanswered : ids of rows to score which no trial file speaks of.
    failures : what went wrong in simulations, one sentence each.
    """

    material: Material
    plan: Plan
    fitted: Sequence[Prediction]
    left_out: Sequence[Prediction]
    compared: Sequence[Compared]
    unanswered: Sequence[str]
    failures: Sequence[str]
    free_constants: int

    def summary(self) -> dict[str, Scores]:
        """Return the numbers of both groups."""
        groups = {"fitted": self.fitted, "left_out": self.left_out}
        return {name: scores(group, self.free_constants) for name, group in groups.items()}


def gather(sources: Sources) -> Material:
    """Read and check everything.

    Raises
    ------
    ScenarioError
        With file and line, for the first file that holds a mistake.
    """
    evidence = sources.evidence or shipped_evidence()
    rows = read_published(evidence)
    files = read_trials(sources.scenarios or shipped_trials())
    for file in files:
        check_ids(file.trial.ids(), rows, file.path, evidence)
        _check_arms(file, rows)
    constants = find_constants(sources.sets)
    baseline = read_baseline(sources.baseline or shipped_baseline()) if sources.baseline or not sources.evidence else {}
    spread = read_spread()
    counted = [row for row in rows.values() if row.scored]
    known = dict(zip((row.id for row in counted), weights(counted, baseline, spread), strict=True))
    return Material(files, Tables(rows, known, baseline, spread, constants.spread), constants, evidence)


def validate_trials(
    material: Material,
    plan: Plan,
    *,
    announce: Callable[[str], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Validation:
    """Simulate every arm and compare it with what was published.

    Parameters
    ----------
    material : from `gather`.
    plan : how many people, threads, tolerance; its parameter set is that of `material`.
    announce, progress : told in words what takes time, and the share that is done.
    """
    constants = material.constants
    plan = replace(plan, parameter_set=constants.fitted)
    arms = simulate_arms(material.files, plan, announce=announce, progress=progress)
    found = predictions(arms, material.tables)
    again = _without_cohorts(material, plan, announce, progress)
    refitted = [each for run in again for each in predictions(run, material.tables) if each.row.calibrate]
    return Validation(
        material,
        plan,
        [each for each in found if each.row.calibrate or not each.row.scored],
        [each for each in found if each.row.scored and not each.row.calibrate] + refitted,
        comparisons(arms, material.tables.spread),
        unanswered(material.tables.rows, material.files),
        [sentence for run in (arms, *again) for sentence in _failures(run)],
        free_constants(constants, arms.system),
    )


def _without_cohorts(
    material: Material,
    plan: Plan,
    announce: Callable[[str], None] | None,
    progress: Callable[[float], None] | None,
) -> list[Arms]:
    """Simulate each cohort for which there is a set of constants that has not seen it."""
    sets = material.constants.without
    files = {cohort: [file for file in material.files if file.trial.cohort == cohort] for cohort in sets}
    if announce and any(files.values()):
        announce("simulating cohorts with constants that have not seen them")
    found = []
    for number, (cohort, parameter_set) in enumerate(sets.items(), start=1):
        if files[cohort]:
            found.append(simulate_arms(files[cohort], replace(plan, parameter_set=parameter_set)))
        if progress:
            progress(number / len(sets))
    return found


def _check_arms(file: TrialFile, rows: dict[str, Published]) -> None:
    """Refuse rows of another study or arm, so that no arm answers for one that the table means otherwise."""
    for arm in file.trial.arm:
        for asked in arm.rows:
            row = rows[asked.id]
            if row.study != file.trial.study or row.cohort != file.trial.cohort:
                told = f"row '{asked.id}' is of {row.study}, cohort {row.cohort}, not of {file.trial.study}"
                raise ScenarioError(f"{told}, cohort {file.trial.cohort}", file.path)
            if row.arm != arm.table_name:
                raise ScenarioError(
                    f"row '{asked.id}' is of the arm '{row.arm}'; arm '{arm.name}' answers for '{arm.table_name}'"
                    "; write table = if its name in the table is another",
                    file.path,
                )


def _failures(arms: Arms) -> list[str]:
    titles = {place: f"{file}, {arm}" for (file, arm), place in arms.places.items()}
    return [f"{titles[place]}: {sentence}" for place, run in arms.runs.items() for sentence in run.failures]
