"""What one quantity is like among people of an age, sex and ancestry; from normal score to value, and back.

The table is ``scenarios/evidence/marginals.csv``; its README names the sources.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bfrsim.library import scenarios_folder
from bfrsim.scenario.population import BAND_CENTRES
from bfrsim.study.cohort.tables import Level, copula, levels

Floats = NDArray[np.float64]
Cell = tuple[str, str, str]  # ancestry, sex, quantity

CENTRES = np.array(list(BAND_CENTRES.values()))
FOLLOW_MASS = ("thigh_circ", "arm_circ", "calf_circ")  # what another level of body mass changes as well


@dataclass(frozen=True)
class Marginal:
    """Distribution of a quantity in a cell of ancestry and sex.

    Attributes
    ----------
    family : {"normal", "lognormal", "gamma", "normal_trunc0.2"}
    means, sds : one for each age band; linear in age between the centres of the bands, constant outside.
    basis : where each band's row comes from.
    """

    family: str
    means: tuple[float, ...]
    sds: tuple[float, ...]
    basis: tuple[str, ...]

    def mean(self, age: Floats) -> Floats:
        """Return the mean at each age [yr], (n,)."""
        return np.interp(age, CENTRES, self.means)

    def sd(self, age: Floats) -> Floats:
        """Return the SD at each age [yr], (n,)."""
        return np.interp(age, CENTRES, self.sds)

    def value(self, score: Floats, age: Floats) -> Floats:
        """Return the values that stand at normal scores, (n,)."""
        return _FAMILIES[self.family].value(score, self.mean(age), self.sd(age))

    def score(self, value: Floats, age: Floats) -> Floats:
        """Return the normal scores of values, (n,): the inverse of `value`."""
        return _FAMILIES[self.family].score(value, self.mean(age), self.sd(age))


@dataclass(frozen=True)
class Family:
    """From a normal score to a value with this mean and SD, and back."""

    value: Callable[[Floats, Floats, Floats], Floats]
    score: Callable[[Floats, Floats, Floats], Floats]


def marginals(level: str = "table") -> Mapping[Cell, Marginal]:
    """Return the distribution of every quantity, by ancestry, sex (``female``, ``male``) and name.

    Parameters
    ----------
    level : str
        ``table``, or a level of ``levels.csv`` such as ``europe``: body mass times a factor. Circumferences follow it
        by the copula's own regression on the logarithm of mass; other quantities stay.
    """
    found = dict(_table())
    for change in levels().get(level, ()):
        for cell in [key for key in found if key[0] == change.ancestry and key[2] == change.quantity]:
            found |= dict(_at_level(found, cell, change))
    return MappingProxyType(found)


@cache
def _table() -> Mapping[Cell, Marginal]:
    bands: dict[Cell, dict[str, tuple[str, float, float, str]]] = {}
    with (scenarios_folder() / "evidence" / "marginals.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cell = (row["ancestry"], {"F": "female", "M": "male"}[row["sex"]], row["quantity"])
            told = (row["family"], float(row["mean"]), float(row["sd"]), row["basis"])
            bands.setdefault(cell, {})[row["age_band"]] = told
    found = {}
    for cell, rows in bands.items():
        families, means, sds, basis = zip(*(rows[band] for band in BAND_CENTRES), strict=True)
        found[cell] = Marginal(families[0], means, sds, basis)
    return MappingProxyType(found)


def _at_level(found: Mapping[Cell, Marginal], cell: Cell, change: Level) -> Iterator[tuple[Cell, Marginal]]:
    old = found[cell]
    applies = (change.youngest <= CENTRES) & (change.oldest >= CENTRES)
    factor, spread = np.where(applies, change.mean_factor, 1.0), np.where(applies, change.sd_factor, 1.0)
    means, sds = np.array(old.means), np.array(old.sds)
    yield cell, replace(old, means=tuple(means * factor), sds=tuple(sds * factor * spread))
    if change.quantity != "body_mass":
        return
    names, matrix = copula(cell[1])
    log_sd = np.sqrt(np.log1p((sds / means) ** 2))
    for name in FOLLOW_MASS:
        follower, r = found[(*cell[:2], name)], matrix[names.index(name), names.index("body_mass")]
        shift = r * np.array(follower.sds) * np.log(factor) / log_sd
        rest = np.sqrt(1.0 - r**2 * (1.0 - spread**2))
        yield (
            (*cell[:2], name),
            replace(follower, means=tuple(follower.means + shift), sds=tuple(follower.sds * rest)),
        )


def _log_of(mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Return mean and SD of the logarithm of a lognormal quantity."""
    variance = np.log1p((sd / mean) ** 2)
    return np.log(mean) - 0.5 * variance, np.sqrt(variance)


def _lognormal_value(score: Floats, mean: Floats, sd: Floats) -> Floats:
    middle, spread = _log_of(mean, sd)
    return np.exp(middle + spread * score)


def _lognormal_score(value: Floats, mean: Floats, sd: Floats) -> Floats:
    middle, spread = _log_of(mean, sd)
    return (np.log(value) - middle) / spread


def _gamma_value(score: Floats, mean: Floats, sd: Floats) -> Floats:
    from scipy.special import gammaincinv, ndtr

    found: Floats = gammaincinv((mean / sd) ** 2, ndtr(score)) * sd**2 / mean
    return found


def _gamma_score(value: Floats, mean: Floats, sd: Floats) -> Floats:
    from scipy.special import gammainc, ndtri

    found: Floats = ndtri(gammainc((mean / sd) ** 2, value * mean / sd**2))
    return found


def _truncated_value(score: Floats, mean: Floats, sd: Floats) -> Floats:
    from scipy.special import ndtr, ndtri

    below = ndtr((0.2 - mean) / sd)
    found: Floats = mean + sd * ndtri(below + (1.0 - below) * ndtr(score))
    return found


def _truncated_score(value: Floats, mean: Floats, sd: Floats) -> Floats:
    from scipy.special import ndtr, ndtri

    below = ndtr((0.2 - mean) / sd)
    found: Floats = ndtri((ndtr((value - mean) / sd) - below) / (1.0 - below))
    return found


_FAMILIES = {
    "normal": Family(lambda score, mean, sd: mean + sd * score, lambda value, mean, sd: (value - mean) / sd),
    "lognormal": Family(_lognormal_value, _lognormal_score),
    "gamma": Family(_gamma_value, _gamma_score),
    "normal_trunc0.2": Family(_truncated_value, _truncated_score),
}
