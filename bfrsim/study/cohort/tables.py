"""The tables of evidence that a cohort is drawn from, as records.

``scenarios/evidence/README.md`` names the sources.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bfrsim.library import scenarios_folder

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """Mean and SD of a quantity in one population, as factors of the table's, for ages `youngest` to `oldest` [yr]."""

    ancestry: str
    quantity: str
    youngest: float
    oldest: float
    mean_factor: float
    sd_factor: float


@dataclass(frozen=True)
class Maximum:
    """How a one-repetition maximum follows another quantity: times a lognormal residual, or by correlated scores."""

    follows: str
    residual: float | None
    score_r: float | None


@dataclass(frozen=True)
class TrainedChange:
    """What training has changed: `operation` (``times``, ``plus``) with `value` on the mean, `sd_factor` on the SD."""

    quantity: str
    operation: str
    value: float
    sd_factor: float


@dataclass(frozen=True)
class HypertensionRule:
    """Pressures [mmHg] from which hypertension counts, and the log odds that somebody below them is treated."""

    systolic: float
    diastolic: float
    intercept: float
    per_decade: float
    per_10_mmhg: float


@dataclass(frozen=True)
class Prevalence:
    """A published share of people with a condition [%]; `role` is ``tuned`` where the tables were made to meet it."""

    condition: str
    definition: str
    ancestry: str
    sex: str
    youngest: float
    oldest: float
    percent: float
    low: float | None
    high: float | None
    role: str
    source: str


def evidence(name: str) -> Path:
    """Return the path of a table of evidence."""
    return scenarios_folder() / "evidence" / name


@cache
def copula(sex: str) -> tuple[tuple[str, ...], Floats]:
    """Return the names of the correlated quantities and the (16, 16) matrix of their normal scores, given age."""
    with evidence({"female": "copula_women.csv", "male": "copula_men.csv"}[sex]).open(encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    names = tuple(head[1:])
    matrix = np.array([[float(cell) for cell in row[1:]] for row in rows])
    matrix.setflags(write=False)
    return names, matrix


@cache
def levels() -> Mapping[str, tuple[Level, ...]]:
    """Return the populations whose level differs from the table's."""
    found: dict[str, tuple[Level, ...]] = {}
    for row in _rows("levels.csv"):
        numbers = (float(row[name]) for name in ("youngest", "oldest", "mean_factor", "sd_factor"))
        found[row["level"]] = (*found.get(row["level"], ()), Level(row["ancestry"], row["quantity"], *numbers))
    return MappingProxyType(found)


@cache
def maxima() -> Mapping[str, Maximum]:
    """Return what each one-repetition maximum follows."""
    found = {}
    for row in _rows("one_rm.csv"):
        percent, r = _number(row["residual_percent"]), _number(row["score_r"])
        found[row["quantity"]] = Maximum(row["follows"], None if percent is None else percent / 100.0, r)
    return MappingProxyType(found)


@cache
def screening_errors() -> Mapping[str, tuple[float, bool]]:
    """Return the typical error of one measurement of a quantity, and whether it is a share of the value."""
    return MappingProxyType(
        {row["quantity"]: (float(row["typical_error"]), row["relative"] == "1") for row in _rows("screening_error.csv")}
    )


@cache
def trained_changes() -> Mapping[str, tuple[TrainedChange, ...]]:
    """Return what each kind of training has changed; ``response`` is the change that more training gives."""
    found: dict[str, tuple[TrainedChange, ...]] = {}
    for row in _rows("trained.csv"):
        change = TrainedChange(row["quantity"], row["operation"], float(row["value"]), float(row["sd_factor"]))
        found[row["training"]] = (*found.get(row["training"], ()), change)
    return MappingProxyType(found)


@cache
def hypertension_rules() -> Mapping[str, HypertensionRule]:
    """Return the rule of each ancestry."""
    names = ("systolic", "diastolic", "intercept", "per_decade", "per_10_mmhg")
    rows = _rows("hypertension.csv")
    return MappingProxyType({row["ancestry"]: HypertensionRule(*(float(row[name]) for name in names)) for row in rows})


@cache
def prevalences() -> tuple[Prevalence, ...]:
    """Return the published shares of people with sarcopenia and hypertension."""
    return tuple(
        Prevalence(
            row["condition"], row["definition"], row["ancestry"], row["sex"], float(row["youngest"]),
            float(row["oldest"]), float(row["percent"]), _number(row["low"]), _number(row["high"]), row["role"],
            row["source"],
        )
        for row in _rows("prevalence.csv")
    )  # fmt: skip


def _rows(name: str) -> Iterator[dict[str, str]]:
    with evidence(name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _number(text: str) -> float | None:
    return float(text) if text else None
