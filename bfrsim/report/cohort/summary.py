"""A cohort as plain values: who was drawn, how well the tables are met, and what of it is assumed or fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bfrsim.study.cohort.columns import COLUMNS, COVARIATES, MAXIMA
from bfrsim.study.cohort.schema import CohortSpec, Criterion
from bfrsim.study.cohort.score import MEAN_TOLERANCE, R_TOLERANCE, SD_TOLERANCE, CellScore, Score
from bfrsim.study.cohort.variability import shipped_spread, shipped_spread_model, targets

if TYPE_CHECKING:
    import xarray

QUANTITIES = ("age", "bmi", *COVARIATES, *MAXIMA)


@dataclass(frozen=True)
class QuantityLine:
    """Mean and SD of a quantity among the people, and by how much its means and SDs miss the table at worst [%]."""

    name: str
    mean: float
    sd: float
    mean_miss: float
    sd_miss: float
    cells_off: int

    @property
    def scored(self) -> bool:
        """Whether there is a table for it."""
        return bool(np.isfinite(self.mean_miss))


def quantity_lines(people: xarray.Dataset, score: Score) -> list[QuantityLine]:
    """Return one line for each number that describes a person."""
    lines = []
    for name in QUANTITIES:
        values = np.asarray(people[name].values, dtype=float)
        sd = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        cells = [cell for cell in score.cells if cell.quantity == name]
        worst = (_worst(cells, "mean_miss"), _worst(cells, "sd_miss"))
        lines.append(QuantityLine(name, float(values.mean()), sd, *worst, sum(not cell.fits for cell in cells)))
    return lines


def _worst(cells: list[CellScore], which: str) -> float:
    return max((float(getattr(cell, which)) for cell in cells), key=abs, default=float("nan"))


def criteria_text(spec: CohortSpec) -> list[str]:
    """Return the criteria in words, one each."""
    return [_rule("included", each) for each in spec.include] + [_rule("excluded", each) for each in spec.exclude]


def _rule(verb: str, each: Criterion) -> str:
    value = str(each.value).lower() if isinstance(each.value, bool) else each.value
    return f"{verb} if {each.field} {each.operator} {value}"


def notes(model_hash: str) -> list[str]:
    """Return what the reader must know: what was fitted, what assumed, and whether the fit is of this model."""
    spread, wanted = shipped_spread(), targets()
    said = [
        "The tables of Asian lean mass, grip and gait were tuned to 17 % sarcopenia: a fit, no validation. "
        "'Fitted' shares are those that tables or rules were made to meet; the others were not looked at. "
        "Americans of 60+ gave the correlations; for other people and ages they are assumed.",
        f"Priors of the model are drawn {spread.prior_width:.2g} times as wide as declared; two traits (size, "
        f"strength) multiply gains by lognormal factors of SD {spread.size_log_sd:.2g} and "
        f"{spread.strength_log_sd:.2g}, correlated {spread.correlation:.2g}. Fitted to published "
        f"SDs of response, {wanted.size_sd:.1f} % size and {wanted.strength_sd:.1f} % strength.",
    ]
    if shipped_spread_model() != model_hash:
        said.append(
            "That fit is of an earlier model; mend it: bfrsim cohort adults --calibrate-spread "
            "scenarios/evidence/spread.toml"
        )
    return said


def cohort_summary(people: xarray.Dataset, spec: CohortSpec, score: Score, model_hash: str) -> dict[str, Any]:
    """Return the cohort in plain Python values that JSON can write; unknown is None."""
    return {
        "title": spec.title,
        "seed": spec.seed,
        "cohort_hash": people.attrs["cohort_hash"],
        "people": int(people.sizes["person"]),
        "candidates": int(people.attrs["candidates"]),
        "criteria": criteria_text(spec),
        "quantities": {
            each.name: {
                "unit": COLUMNS[each.name].unit, "mean": _known(each.mean), "sd": _known(each.sd),
                "worst_mean_miss_percent": _known(each.mean_miss), "worst_sd_miss_percent": _known(each.sd_miss),
                "cells_off": each.cells_off,
            }
            for each in quantity_lines(people, score)
        },
        "shares": {name: float(people[name].mean()) for name in ("sarcopenia", "hypertension")}
        | {"female": float((people["sex"] == "female").mean()), "asian": float((people["ancestry"] == "asian").mean())},
        "score": _score(score),
        "spread": shipped_spread().as_dict(),
        "notes": notes(model_hash),
    }  # fmt: skip


def _score(score: Score) -> dict[str, Any]:
    return {
        "fits": score.fits,
        "people_per_cell": score.people,
        "tolerances": {"mean_percent": MEAN_TOLERANCE, "sd_percent": SD_TOLERANCE, "correlation": R_TOLERANCE},
        "cells": len(score.cells),
        "cells_off": [
            {
                "ancestry": each.ancestry, "sex": each.sex, "band": each.band, "quantity": each.quantity,
                "mean_miss_percent": each.mean_miss, "sd_miss_percent": each.sd_miss,
            }
            for each in score.cells
            if not each.fits
        ],
        "correlations": {
            each.sex: {"pair": list(each.worst()[:2]), "worst_difference": each.worst()[2]} for each in score.matrices
        },
        "prevalence": [
            {
                "condition": each.published.condition, "definition": each.published.definition,
                "ancestry": each.published.ancestry, "sex": each.published.sex,
                "ages": [each.published.youngest, each.published.oldest], "published_percent": each.published.percent,
                "published_low": each.published.low, "published_high": each.published.high, "role": each.published.role,
                "drawn_percent": each.drawn, "drawn_as_measured_percent": each.as_measured,
            }
            for each in score.prevalences
        ],
    }  # fmt: skip


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
