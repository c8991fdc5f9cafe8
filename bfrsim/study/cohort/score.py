"""What is drawn against the tables it is drawn from: means, spreads, correlations, and shares that surveys report.

Scored is the population of a cohort's file (ancestries, sexes, level, the age bands it touches), before criteria and
earlier training, which change distributions on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.scenario.population import BAND_CENTRES
from bfrsim.scenario.sarcopenia import SARCOPENIA, SEVERE
from bfrsim.study.cohort.columns import COVARIATES, MAXIMA
from bfrsim.study.cohort.derived import classes
from bfrsim.study.cohort.draw import candidate_columns
from bfrsim.study.cohort.marginals import marginals
from bfrsim.study.cohort.schema import CohortSpec, Population, Stratum
from bfrsim.study.cohort.tables import Prevalence, copula, prevalences

Columns = dict[str, NDArray]

MEAN_TOLERANCE, SD_TOLERANCE, R_TOLERANCE = 5.0, 15.0, 0.1  # per cent, per cent, difference
PEOPLE = 4000  # of each ancestry, sex and age band: sampling then blurs a mean by 1 % at most
# Ages of the bands [yr]; the last is centred where the table says that its mean holds.
BANDS = {
    "18-39": (18.0, 40.0),
    "40-59": (40.0, 60.0),
    "60-69": (60.0, 70.0),
    "70-79": (70.0, 80.0),
    "80+": (80.0, 86.0),
}
OLD_AGES = ((60.0, 70.0, 0.35), (70.0, 80.0, 0.45), (80.0, 90.0, 0.20))  # of surveys over 60, and their shares


@dataclass(frozen=True)
class CellScore:
    """Mean and SD of a quantity among people of one ancestry, sex and age band, by the table and as drawn."""

    ancestry: str
    sex: str
    band: str
    quantity: str
    mean_table: float
    mean_drawn: float
    sd_table: float
    sd_drawn: float

    @property
    def mean_miss(self) -> float:
        """By how much the mean is off [%]."""
        return 100.0 * (self.mean_drawn / self.mean_table - 1.0)

    @property
    def sd_miss(self) -> float:
        """By how much the SD is off [%]."""
        return 100.0 * (self.sd_drawn / self.sd_table - 1.0)

    @property
    def fits(self) -> bool:
        """Whether both are within tolerance."""
        return abs(self.mean_miss) <= MEAN_TOLERANCE and abs(self.sd_miss) <= SD_TOLERANCE


@dataclass(frozen=True)
class MatrixScore:
    """Correlations of normal scores given age, (q, q), among people of one sex, by the table and as drawn."""

    sex: str
    names: tuple[str, ...]
    table: NDArray[np.float64]
    drawn: NDArray[np.float64]

    def worst(self) -> tuple[str, str, float]:
        """Return the pair that is furthest off, and the difference."""
        off = self.drawn - self.table
        row, column = np.unravel_index(int(np.argmax(np.abs(off))), off.shape)
        return self.names[row], self.names[column], float(off[row, column])


@dataclass(frozen=True)
class PrevalenceScore:
    """A published share of people with a condition, and the share of those drawn, without and with errors [%]."""

    published: Prevalence
    drawn: float
    as_measured: float


@dataclass(frozen=True)
class Score:
    """How well the population of a cohort meets its tables."""

    people: int
    cells: tuple[CellScore, ...]
    matrices: tuple[MatrixScore, ...]
    prevalences: tuple[PrevalenceScore, ...]

    @property
    def fits(self) -> bool:
        """Whether every mean, SD and correlation is within tolerance."""
        return all(cell.fits for cell in self.cells) and all(
            abs(each.worst()[2]) <= R_TOLERANCE for each in self.matrices
        )


def score_population(spec: CohortSpec, people: int = PEOPLE) -> Score:
    """Score the population that a cohort is drawn from.

    Parameters
    ----------
    people : int
        How many are drawn for each ancestry, sex and age band.
    """
    drawn, cells = list(_reference(spec, people)), list[CellScore]()
    for ancestry, sex, band, columns in drawn:
        cells += _cell_scores(spec, ancestry, sex, band, columns)
    sexes = dict.fromkeys(sex for _, sex, _, _ in drawn)
    matrices = [_matrix(spec, sex, [each[3] for each in drawn if each[1] == sex]) for sex in sexes]
    return Score(people, tuple(cells), tuple(matrices), tuple(_prevalence_scores(spec, people)))


def _reference(spec: CohortSpec, people: int) -> Iterator[tuple[str, str, str, Columns]]:
    """Yield people of each ancestry, sex and band that the cohort touches, ages uniform in the band."""
    number = 0
    for ancestry in _ancestries(spec):
        for sex in _sexes(spec):
            for band, (youngest, oldest) in BANDS.items():
                if any(each.oldest >= youngest and each.youngest < oldest for each in spec.population.ages):
                    candidates = np.arange(number * people, (number + 1) * people)
                    other = _only(spec, ancestry, sex, [(youngest, oldest, 1.0)])
                    yield ancestry, sex, band, candidate_columns(other, candidates)
                    number += 1


def _cell_scores(spec: CohortSpec, ancestry: str, sex: str, band: str, columns: Columns) -> Iterator[CellScore]:
    table, place = marginals(spec.population.level), list(BAND_CENTRES).index(band)
    for name in (*COVARIATES, *MAXIMA):
        told, values = table[ancestry, sex, name], columns[name]
        yield CellScore(
            ancestry, sex, band, name, float(told.means[place]), float(values.mean()), float(told.sds[place]),
            float(values.std(ddof=1)),
        )  # fmt: skip


def _matrix(spec: CohortSpec, sex: str, groups: list[Columns]) -> MatrixScore:
    """Return correlations of the scores that the drawn values have in their own distributions."""
    names, table = copula(sex)
    distributions = marginals(spec.population.level)
    scores = []
    for columns in groups:
        ancestry, age = str(columns["ancestry"][0]), columns["age"]
        scores.append([distributions[ancestry, sex, name].score(columns[name], age) for name in names])
    drawn = np.corrcoef(np.concatenate([np.array(each) for each in scores], axis=1))
    return MatrixScore(sex, names, table, drawn)


def _prevalence_scores(spec: CohortSpec, people: int) -> Iterator[PrevalenceScore]:
    for row in prevalences():
        touched = any(each.oldest > row.youngest and each.youngest < row.oldest for each in spec.population.ages)
        sexes = _sexes(spec) if row.sex == "both" else [row.sex]
        if row.ancestry not in _ancestries(spec) or not touched or not set(sexes) <= set(_sexes(spec)):
            continue
        surveyed = row.youngest == OLD_AGES[0][0] and row.oldest == OLD_AGES[-1][1]
        ages = OLD_AGES if surveyed else ((row.youngest, row.oldest, 1.0),)
        other = _only(spec, row.ancestry, row.sex, ages)
        columns = candidate_columns(other, np.arange(2 * people))
        yield PrevalenceScore(row, *_shares(row, columns))


def _shares(row: Prevalence, columns: Columns) -> tuple[float, float]:
    if row.condition == "hypertension":
        share = 100.0 * float(columns["hypertension"].mean())
        return share, share
    shares = []
    for suffix in ("", "_measured"):
        measured = (columns[f"{name}{suffix}"] for name in ("almi", "grip", "gait_speed"))
        found = classes(columns["sex"], *measured)
        told = found["ewgsop2"] if row.definition == "EWGSOP2" else found["awgs_2019"]
        shares.append(100.0 * float(np.isin(told, (SARCOPENIA, SEVERE)).mean()))
    return shares[0], shares[1]


def _only(spec: CohortSpec, ancestry: str, sex: str, ages: Sequence[tuple[float, float, float]]) -> CohortSpec:
    """Return a cohort of one ancestry and sex (or both), without criteria or earlier training."""
    female = {"female": 1.0, "male": 0.0, "both": 0.5}[sex]
    strata = tuple(Stratum.model_construct(youngest=low, oldest=high, share=share) for low, high, share in ages)
    population = Population.model_construct(
        female=female, asian=float(ancestry == "asian"), level=spec.population.level, training="none", ages=strata
    )
    return CohortSpec.model_construct(
        title=spec.title, seed=spec.seed, people=spec.people, population=population, include=(), exclude=()
    )


def _ancestries(spec: CohortSpec) -> list[str]:
    share = spec.population.asian
    return [name for name, used in (("asian", share > 0.0), ("european", share < 1.0)) if used]


def _sexes(spec: CohortSpec) -> list[str]:
    share = spec.population.female
    return [name for name, used in (("female", share > 0.0), ("male", share < 1.0)) if used]
