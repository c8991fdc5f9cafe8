"""From a file of TOML to a checked design with a scenario for each arm, or to one error with all mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bfrsim.errors import ScenarioError
from bfrsim.library import find_design
from bfrsim.scenario.places import told_in_file
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.toml_file import file_table, file_text
from bfrsim.study.arm_changes import dotted, laid_to_arm
from bfrsim.study.cohort.mistakes import mistakes_in
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.spec import read_cohort
from bfrsim.study.trial.agreement import disagreements, late_visits
from bfrsim.study.trial.schema import RECORDS, Arm, Design

NOUN = "a design"


@dataclass(frozen=True)
class DesignFile:
    """A design, where it stands, its cohort, and the scenario of each arm that is simulated."""

    path: Path
    design: Design
    cohort: CohortSpec
    scenarios: Mapping[str, Scenario]


def read_design(source: str | Path) -> DesignFile:
    """Read and check a design.

    Parameters
    ----------
    source : str or Path
        Path of a TOML file, or the bare name of a shipped design such as ``three_arms``.

    Raises
    ------
    ScenarioError
        One line for each mistake, with file and line.
    """
    path = find_design(source)
    text = file_text(path, NOUN)
    data = file_table(text, path)
    if not data:
        raise ScenarioError('an empty design; it begins with lines title = "..." and cohort = "older_adults"', path)
    try:
        design = Design.model_validate(data)
    except ValidationError as error:
        raise ScenarioError("\n".join(mistakes_in(error, data, text, path, RECORDS))) from None
    found = list(disagreements(design))
    if found:
        raise ScenarioError("\n".join(told_in_file(found, text, path)))
    cohort = _cohort(design, text, path)
    scenarios = {
        arm.name: _scenario(arm, number, cohort, text, path) for number, arm in enumerate(design.arm) if arm.base
    }
    late = list(late_visits(design, scenarios))
    if late:
        raise ScenarioError("\n".join(told_in_file(late, text, path)))
    return DesignFile(path, design, cohort, scenarios)


def _beside(name: str, path: Path) -> str | Path:
    """Return a file beside the design if it is one, else the name, which is then one of the shipped."""
    beside = path.parent / name
    return beside if name.endswith(".toml") and beside.is_file() else name


def _cohort(design: Design, text: str, path: Path) -> CohortSpec:
    try:
        return read_cohort(_beside(design.cohort, path))
    except ScenarioError as error:
        raise ScenarioError("\n".join(told_in_file([(("cohort",), f"cohort: {error}")], text, path))) from None


def _scenario(arm: Arm, number: int, cohort: CohortSpec, text: str, path: Path) -> Scenario:
    assert arm.base is not None
    # The people of the cohort replace the base's own person; only its sex and age must be told.
    female = cohort.population.female > 0.5
    age = sum(each.youngest + each.oldest for each in cohort.population.ages) / (2 * len(cohort.population.ages))
    changes: dict[str, Any] = {"title": arm.name}
    changes["person"] = {"sex": "female" if female else "male", "age": f"{age:g} year"}
    changes |= dict.fromkeys(arm.without)
    changes |= dotted(arm.set)
    try:
        return read_scenario(_beside(arm.base, path), changes)
    except ScenarioError as error:
        lines = (laid_to_arm(line, arm.name, number, text, path) for line in str(error).splitlines())
        raise ScenarioError("\n".join(lines)) from None
