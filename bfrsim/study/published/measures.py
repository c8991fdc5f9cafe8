"""What published outcomes are simulated as: which output of the model, read when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

MeasureName = Literal[
    "size", "1RM", "isometric", "isokinetic", "protein synthesis", "blood pressure", "heart rate", "exertion",
    "capillaries", "satellite cells", "myonuclei", "S6K1", "lactate",
]  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """How an outcome is simulated.

    Attributes
    ----------
    output : the output of the model that is the outcome itself.
    read : ``change`` (percent of the start) and ``level`` are read at a time, ``highest`` is that of the first session.
    instead : outputs that stand in for it where the model lacks it, best first.
    outcome : ``size`` or ``strength`` where the outcome is scored, else empty.
    """

    output: str
    read: Literal["change", "level", "highest"]
    instead: tuple[str, ...] = ()
    outcome: str = ""

    def output_in(self, known: Collection[str]) -> str | None:
        """Return the best output that a model has; None if it has none of them."""
        return next((name for name in (self.output, *self.instead) if name in known), None)


MEASURES: dict[MeasureName, Measure] = {
    "size": Measure("csa_change", "change", outcome="size"),
    "1RM": Measure("one_rm_change", "change", outcome="strength"),
    "isometric": Measure("isometric_change", "change", ("one_rm_change",), outcome="strength"),
    "isokinetic": Measure("isokinetic_change", "change", ("isometric_change", "one_rm_change"), outcome="strength"),
    "protein synthesis": Measure("FSR", "level"),
    "blood pressure": Measure("MAP", "highest"),
    "heart rate": Measure("HR", "highest"),
    "exertion": Measure("discomfort", "highest"),
    "capillaries": Measure("capillaries", "level"),
    "satellite cells": Measure("satellite", "level"),
    "myonuclei": Measure("nuclei", "level"),
    "S6K1": Measure("S6K1", "level"),
    "lactate": Measure("La", "highest"),
}
