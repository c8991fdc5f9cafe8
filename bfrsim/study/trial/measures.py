"""What outcomes are in the model: an output for the change, and a column of the cohort for the level before."""

from __future__ import annotations

from dataclasses import dataclass

from bfrsim.scenario.schema import Scenario
from bfrsim.study.trial.schema import MeasureName


@dataclass(frozen=True)
class Measure:
    """How an outcome is read.

    Attributes
    ----------
    output : change from the start in the model [%].
    leg, arm : column of the cohort that is the level at the start; empty where nothing tells it: 100 % then.
    unit : of that level.
    words : its name in sentences.
    learned : whether testing it teaches it.
    """

    output: str
    leg: str
    arm: str
    unit: str
    words: str
    learned: bool = False

    def column(self, scenario: Scenario | None) -> str:
        """Return the column that is the level at the start, for the limb that trains."""
        return self.arm if scenario is not None and scenario.trained_limb == "arm" else self.leg


MEASURES: dict[MeasureName, Measure] = {
    "size": Measure("csa_change", "quad_csa", "", "cm**2", "muscle cross-sectional area"),
    "1RM": Measure("one_rm_change", "knee_ext_1rm", "elbow_flex_1rm", "kg", "one-repetition maximum", learned=True),
    "isometric": Measure("isometric_change", "knee_torque", "", "N*m", "isometric strength"),
    "isokinetic": Measure("isokinetic_change", "knee_torque", "", "N*m", "isokinetic strength"),
}
