"""Published means for an age, sex and ancestry: what fills in a person of whom a scenario tells little.

The table is ``scenarios/evidence/marginals.csv``; its README names the sources.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from bfrsim.library import scenarios_folder

# Age bands of the table and the age at which the mean of each holds; linear between, constant outside.
BAND_CENTRES = {"18-39": 28.5, "40-59": 49.0, "60-69": 65.0, "70-79": 74.5, "80+": 83.0}

KG_PER_TORQUE = 0.245  # maximum of a knee extension of one leg, in kg per N m of knee torque (Lesnak 2020)

# Thigh circumference [cm] = a + b ln(mass/kg) - c height/cm - d age/yr, by sex and centre of the band (NHANES 2003-06).
THIGH = {
    "male": {
        28.5: (-46.8, 30.63, 0.167, 0.153),
        49.0: (-38.5, 27.59, 0.139, 0.137),
        65.0: (-33.9, 25.16, 0.116, 0.098),
    },
    "female": {
        28.5: (-48.6, 30.36, 0.154, 0.062),
        49.0: (-40.3, 29.02, 0.158, 0.113),
        65.0: (-57.1, 30.05, 0.122, 0.012),
    },
}


def population_mean(quantity: str, age: float, sex: str, ancestry: str) -> float:
    """Return the published mean of a quantity of the table, in the table's unit.

    Parameters
    ----------
    quantity : str
        A name of the column ``quantity``, such as ``grip``.
    age : float
        In yr.
    sex : {"female", "male"}
    ancestry : {"asian", "european"}
    """
    means = _means()[ancestry, sex, quantity]
    return _between(age, tuple(BAND_CENTRES.values()), means)


def thigh_circumference(mass: float, height: float, age: float, sex: str) -> float:
    """Return the mean thigh circumference [cm] for a mass [kg], height [cm] and age [yr].

    The regressions of neighbouring age bands are blended, so that a person does not change size on a birthday.
    """
    lines = [a + b * math.log(mass) - c * height - d * age for a, b, c, d in THIGH[sex].values()]
    return _between(age, tuple(THIGH[sex]), lines)


def _between(age: float, centres: Sequence[float], values: Sequence[float]) -> float:
    if age <= centres[0]:
        return values[0]
    for place in range(1, len(centres)):
        if age <= centres[place]:
            share = (age - centres[place - 1]) / (centres[place] - centres[place - 1])
            return values[place - 1] + share * (values[place] - values[place - 1])
    return values[-1]


@cache
def _means() -> Mapping[tuple[str, str, str], tuple[float, ...]]:
    found: dict[tuple[str, str, str], dict[str, float]] = {}
    with (scenarios_folder() / "evidence" / "marginals.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            sex = {"F": "female", "M": "male"}[row["sex"]]
            bands = found.setdefault((row["ancestry"], sex, row["quantity"]), {})
            bands[row["age_band"]] = float(row["mean"])
    return MappingProxyType({key: tuple(bands[band] for band in BAND_CENTRES) for key, bands in found.items()})
