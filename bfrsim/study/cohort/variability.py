"""How people differ in what their covariates do not tell: which parameters vary, which make up trainability, how much.

Which: ``scenarios/evidence/variability.toml``. How much: ``spread.toml`` beside it, which `calibration` fits.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bfrsim.library import models_folder
from bfrsim.study.cohort.tables import evidence


@dataclass(frozen=True)
class Spread:
    """How much people differ.

    Attributes
    ----------
    prior_width : common factor on the width of the priors.
    size_log_sd, strength_log_sd : SD of the logarithm of the factor that each trait puts on its parameters.
    correlation : of the two traits.
    trained_size, trained_strength : further factor for people who have trained before.
    """

    prior_width: float
    size_log_sd: float
    strength_log_sd: float
    correlation: float
    trained_size: float
    trained_strength: float

    def as_dict(self) -> dict[str, float]:
        """Return the values by name."""
        return asdict(self)


@dataclass(frozen=True)
class Targets:
    """What the spread is fitted to; SD of change in per cent, with the lowest and highest of the studies."""

    size_sd: float
    size_range: tuple[float, float]
    strength_sd: float
    strength_range: tuple[float, float]
    interaction: float
    correlation: float


@dataclass(frozen=True)
class Roles:
    """Which parameters vary how, and with which programmes the spread is measured."""

    full_width: frozenset[str]
    fixed: frozenset[str]
    size: tuple[str, ...]
    strength: tuple[str, ...]
    heavy: str
    cuffed: str


@cache
def roles() -> Roles:
    """Return which parameters vary, and how."""
    told = _toml(evidence("variability.toml"))
    traits, priors, reference = told["trainability"], told["priors"], told["reference"]
    return Roles(
        frozenset(priors["full_width"]), frozenset(priors["fixed"]), tuple(traits["size"]["parameters"]),
        tuple(traits["strength"]["parameters"]), reference["heavy"], reference["cuffed"],
    )  # fmt: skip


@cache
def targets() -> Targets:
    """Return the published spread of responses."""
    told = _toml(evidence("variability.toml"))["targets"]
    size, strength = (_true_sds(told[name]) for name in ("size", "strength"))
    return Targets(
        sum(size) / len(size), (min(size), max(size)), sum(strength) / len(strength), (min(strength), max(strength)),
        told["interaction"], told["correlation"],
    )  # fmt: skip


@cache
def shipped_spread() -> Spread:
    """Return the spread in use."""
    return read_spread(evidence("spread.toml"))


@cache
def shipped_spread_model() -> str:
    """Return the digest of the model that the spread in use was fitted to."""
    return str(_toml(evidence("spread.toml"))["model"])


def model_digest() -> str:
    """Return a digest of the shipped equations, to tell whether a spread was fitted to them."""
    files = sorted(models_folder().glob("*.bfr"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def read_spread(path: Path) -> Spread:
    """Return the values of a file that `write_spread` wrote."""
    return Spread(**_toml(path)["values"])


def write_spread(path: Path, spread: Spread, model: str, provenance: str, reached: Mapping[str, float]) -> None:
    """Write the values with how they came about; what they reached stands beside."""
    lines = [
        "# Written by  bfrsim cohort COHORT --calibrate-spread FILE;  variability.toml says what the names mean.",
        'title = "How much people differ"',
        f'provenance = "{provenance}"',
        f'model = "{model}"',
        "",
        "[values]",
        *(f"{name} = {value:.4g}" for name, value in spread.as_dict().items()),
        "",
        "[reached]",
        *(f"{name} = {value:.4g}" for name, value in reached.items()),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _true_sds(told: Mapping[str, Any]) -> list[float]:
    with evidence("responses.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["study"] in told["studies"] and row["outcome"] in told["outcomes"] and row["true_response_sd_pct"]
        ]
    assert {row["study"] for row in rows} == set(told["studies"]), "variability.toml and responses.csv disagree"
    return [float(row["true_response_sd_pct"]) for row in rows]


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)
