"""A calibration from its sources to everything that is written of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import ScenarioError
from bfrsim.scenario.parameter_sets import read_parameter_set
from bfrsim.study.calibrate.constants import FARTHEST
from bfrsim.study.calibrate.declaration import Declaration, read_declaration, shipped_declaration
from bfrsim.study.calibrate.fit import Fit, Search, fit
from bfrsim.study.calibrate.identify import Identified, identify
from bfrsim.study.calibrate.left_out import without
from bfrsim.study.calibrate.problem import Problem, Share, problem_of
from bfrsim.study.calibrate.restrictions import Held, check_restrictions, held
from bfrsim.study.cohort.variability import model_digest
from bfrsim.study.published.evidence import shipped_baseline
from bfrsim.study.published.trials import Material, Sources, gather

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Request:
    """What is fitted, to what, and what was read and checked of it before anything is simulated.

    Attributes
    ----------
    told : name -> file, of everything that the result hangs on beside the model.
    begin : (P,) scores at which the search begins; None for the model's own values.
    """

    declaration: Declaration
    material: Material
    problem: Problem
    told: Mapping[str, Path]
    begin: Floats | None = None


@dataclass(frozen=True)
class Calibration:
    """What came of it.

    Attributes
    ----------
    without : cohort -> scores of the constants fitted without it, (P,).
    held, held_before : what a fit may not break, with the fitted constants and with the model's own values.
    model : digest of the model that was fitted.
    digests : file -> digest of its content.
    """

    request: Request
    fit: Fit
    without: Mapping[str, Floats]
    identified: Identified
    held: Sequence[Held]
    held_before: Sequence[Held]
    model: str
    digests: Mapping[str, str]

    @property
    def broken(self) -> list[Held]:
        """Restrictions that the fitted constants break."""
        return [each for each in self.held if not each.holds]


def request(sources: Sources, declaration: Path | None = None, begin: Path | None = None) -> Request:
    """Read and check everything.

    Parameters
    ----------
    begin : a set of constants, such as an earlier calibration wrote, at which the search begins.

    Raises
    ------
    ScenarioError
        With file and line, for the first file that holds a mistake.
    """
    path = declaration or shipped_declaration()
    declared = read_declaration(path)
    material = gather(sources)
    try:
        problem = problem_of(material, declared.names)
        check_restrictions(declared.restriction, problem.system)
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from None
    told = {"declaration": path, "evidence": material.evidence}
    baseline = sources.baseline or (None if sources.evidence else shipped_baseline())
    place = None if begin is None else _scores(problem, begin)
    return Request(declared, material, problem, told | ({"baseline": baseline} if baseline else {}), place)


def calibrate(
    asked: Request,
    search: Search,
    *,
    profiled: bool = True,
    announce: Callable[[str], None] = lambda _: None,
    share: Share | None = None,
) -> Calibration:
    """Fit the free constants, fit them again without each cohort, and tell how well they are known.

    Parameters
    ----------
    profiled : whether the profile of each constant is simulated.
    announce, share : told in words what takes time, and the part of it that is done.
    """
    found = fit(asked.problem, search, announce, share, asked.begin)
    again = without(found)
    if profiled:
        announce("profiles")
    identified = identify(found, again, profiled=profiled, share=share)
    announce("what the fit may not break")
    restrictions, problem = asked.declaration.restriction, asked.problem
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in asked.told.items()}
    return Calibration(
        asked, found, again, identified,
        held(restrictions, problem.system, problem.values(found.scores)), held(restrictions, problem.system, {}),
        model_digest(), digests,
    )  # fmt: skip


def _scores(problem: Problem, path: Path) -> Floats:
    """Return the scores of the constants in a set; those it lacks keep the model's own."""
    chosen = read_parameter_set(str(path))
    values = chosen.values_in({item.name: item.unit for item in problem.system.parameters})
    own = {each.name: each.value for each in problem.constants}
    found = [float(each.score(np.array([values.get(each.name, own[each.name])]))[0]) for each in problem.constants]
    for each, score in zip(problem.constants, found, strict=True):
        if not abs(score) < FARTHEST:
            raise chosen.mistake(each.name, f"'{each.name}' lies at the end of its prior, or beyond it")
    return np.array(found)
