"""Draw the people of a cohort: candidates one after the other, and who meets the criteria is kept."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError
from bfrsim.study.cohort.columns import COLUMNS
from bfrsim.study.cohort.covariates import draw_covariates
from bfrsim.study.cohort.derived import derive
from bfrsim.study.cohort.marginals import marginals
from bfrsim.study.cohort.schema import CohortSpec, Criterion
from bfrsim.study.cohort.streams import normals

if TYPE_CHECKING:
    import xarray

Integers = NDArray[np.int64]

BLOCK = 2048  # candidates looked at together; who is kept does not depend on it
LOOK, RAREST = 100_000, 2000  # after so many candidates, one in 2000 must have met the criteria

_RULES: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def draw_cohort(spec: CohortSpec, n: int | None = None, first: int = 0) -> xarray.Dataset:
    """Return the people of a cohort.

    Parameters
    ----------
    spec : CohortSpec
        From `read_cohort`.
    n : int, optional
        How many; what the file says if omitted.
    first : int
        The number of the first one, from 0. Person k is the same whatever `n` and `first` are.

    Returns
    -------
    xarray.Dataset
        Dim person. The columns of `columns.COLUMNS`, and ``candidate``: who of those drawn the person is. Attributes:
        unit, meaning and source of each; the cohort, its seed, and how many candidates were looked at.

    Raises
    ------
    SimulationError
        If hardly anybody meets the criteria.
    """
    import xarray

    count = spec.people if n is None else n
    if count < 1 or first < 0:
        raise SimulationError(f"a cohort is 1 person or more, the first numbered from 0; found {count} from {first}")
    candidates, seen = _kept(spec, first + count)
    columns = candidate_columns(spec, candidates[first:])
    variables = {
        name: ("person", columns[name], {"units": told.unit, "long_name": told.meaning, "source": _source(spec, name)})
        for name, told in COLUMNS.items()
    }
    who = {"long_name": "number among all who were drawn, before criteria", "units": "1"}
    coords = {"person": np.arange(first, first + count), "candidate": ("person", candidates[first:], who)}
    return xarray.Dataset(variables, coords=coords, attrs=_manifest(spec, seen, len(candidates)))


def candidate_columns(spec: CohortSpec, candidates: Integers) -> dict[str, NDArray]:
    """Return every column of some candidates, (n,) each, whether or not they meet the criteria."""
    columns = draw_covariates(spec, candidates)
    columns |= derive(spec.seed, candidates, columns)
    traits = {name: normals(spec.seed, name, candidates) for name in ("trainability_size", "trainability_strength")}
    return {name: (columns | traits)[name] for name in COLUMNS}


def meets(spec: CohortSpec, columns: Mapping[str, NDArray]) -> NDArray[np.bool_]:
    """Return who meets every inclusion criterion and no exclusion criterion, (n,)."""
    kept = np.ones(len(columns["age"]), dtype=bool)
    for criterion in spec.include:
        kept &= _true_of(criterion, columns)
    for criterion in spec.exclude:
        kept &= ~_true_of(criterion, columns)
    return kept


def _true_of(criterion: Criterion, columns: Mapping[str, NDArray]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = _RULES[criterion.operator](columns[criterion.field], criterion.limit)
    return found


def _kept(spec: CohortSpec, wanted: int) -> tuple[Integers, int]:
    """Return the first `wanted` candidates that meet the criteria, and how many were looked at to find them."""
    if not (spec.include or spec.exclude):
        return np.arange(wanted), wanted
    found: list[int] = []
    at = 0
    while len(found) < wanted:
        if at >= LOOK and len(found) * RAREST < at:
            raise SimulationError(_too_strict(spec, len(found), at, wanted))
        block = np.arange(at, at + BLOCK)
        found += block[meets(spec, candidate_columns(spec, block))].tolist()
        at += BLOCK
    return np.array(found[:wanted], dtype=np.int64), found[wanted - 1] + 1


def _too_strict(spec: CohortSpec, found: int, seen: int, wanted: int) -> str:
    rules = _rules("include", spec.include) + _rules("exclude", spec.exclude)
    return f"'{spec.title}': {found} of {seen:,} candidates meet the criteria, {wanted} are wanted ({'; '.join(rules)})"


def _rules(verb: str, criteria: Iterable[Criterion]) -> list[str]:
    return [f"{verb} {each.field} {each.operator} {each.value}" for each in criteria]


def _source(spec: CohortSpec, name: str) -> str:
    """Return where a column comes from: of the table, the basis of the rows of this ancestry and sex."""
    table = marginals(spec.population.level)
    share = spec.population
    ancestries = [each for each, used in (("asian", share.asian > 0), ("european", share.asian < 1)) if used]
    sexes = [each for each, used in (("female", share.female > 0), ("male", share.female < 1)) if used]
    cells = [table[a, s, name] for a in ancestries for s in sexes if (a, s, name) in table]
    basis = dict.fromkeys(text for cell in cells for text in cell.basis)
    return "; ".join([COLUMNS[name].source, *basis])


def _manifest(spec: CohortSpec, seen: int, kept: int) -> dict[str, Any]:
    text = spec.model_dump_json()
    return {
        "title": spec.title,
        "cohort": text,
        "cohort_hash": hashlib.sha256(text.encode()).hexdigest()[:16],
        "seed": spec.seed,
        "candidates": seen,
        "kept": kept,
        "disclaimer": "Virtual people drawn from published means, spreads and correlations; nobody real.",
    }
