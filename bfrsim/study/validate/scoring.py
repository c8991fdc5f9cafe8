"""Bands of rows, truth of orders, and their counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bfrsim.study.validate.mapping import Mapped
from bfrsim.study.validate.tables import Evidence, Order

BANDS = ("good", "fair", "miss")
SOLVER = 1e-5  # of the larger number: a difference below it is one of integration, at the default tolerance of 1e-6
LOWEST, HIGHEST = 0.67, 1.5  # simulated over published SD between people, within which it counts as met
ROUNDING = 1e-9  # of the tolerance: an error on the edge of a band lies within it


@dataclass(frozen=True)
class ScoredRow:
    """A row with what was simulated, in the row's unit; `band` is empty where the row cannot be answered.

    `error` is one-sided for bounds; `remark` says why there is no answer, or what the reader must know of it; `how` is
    the line of the mapping.
    """

    row: Evidence
    simulated: float
    error: float
    band: str
    remark: str
    fitted: bool = False
    how: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def answered(self) -> bool:
        """Whether there is a simulated number with a band."""
        return self.band != ""

    @property
    def severity(self) -> float:
        """Error in tolerances; infinite for a failed run."""
        if not self.answered:
            return 0.0
        return abs(self.error) / self.row.tolerance if math.isfinite(self.error) else math.inf


@dataclass(frozen=True)
class ScoredOrder:
    """An order with its pairs (low, high) in one unit; `holds` is None where it cannot be answered.

    `suspected` says why it may not hold, as the mapping of its experiments tells.
    """

    order: Order
    pairs: tuple[tuple[float, float], ...]
    unit: str
    holds: bool | None
    remark: str
    suspected: str = ""

    @property
    def contested(self) -> bool:
        """Whether studies disagree, so that the order is left out of the totals."""
        return self.order.strength == "contested"


@dataclass(frozen=True)
class ScoredSpread:
    """Published and simulated spread between people of one row, in the row's unit.

    `people` counts those with a number, of `asked` who were drawn.
    """

    row: Evidence
    published: float
    simulated: float
    mean: float
    people: int
    asked: int

    @property
    def ratio(self) -> float:
        """Simulated over published SD."""
        return self.simulated / self.published

    @property
    def within(self) -> bool:
        """Whether it lies within what counts as met."""
        return LOWEST <= self.ratio <= HIGHEST


def error_of(row: Evidence, simulated: float) -> float:
    """Return simulated minus observed; for bounds only what lies beyond them, as a positive number."""
    if row.relation in ("gt", "ge"):
        return max(0.0, row.value - simulated)
    if row.relation in ("lt", "le"):
        return max(0.0, simulated - row.value)
    return simulated - row.value


def band_of(error: float, tolerance: float) -> str:
    """Return ``good`` up to half of the tolerance, ``fair`` up to all of it, else ``miss``; NaN is a miss."""
    size = abs(error)
    if size <= tolerance * (0.5 + ROUNDING):
        return "good"
    return "fair" if size <= tolerance * (1.0 + ROUNDING) else "miss"


def score_row(row: Evidence, simulated: float, remark: str, line: Mapped) -> ScoredRow:
    """Return a row with its error and band; a run that failed (NaN) is a miss."""
    error = error_of(row, simulated) if math.isfinite(simulated) else math.nan
    return ScoredRow(row, simulated, error, band_of(error, row.tolerance), remark, line.fitted, line.told)


def unanswered(row: Evidence, why: str, line: Mapped | None = None) -> ScoredRow:
    """Return a row that cannot be answered, with the reason."""
    return ScoredRow(row, math.nan, math.nan, "", why, how={} if line is None else line.told)


def order_holds(order: Order, pairs: Iterable[tuple[float, float]]) -> bool:
    """Return whether a relation holds for every pair of (low, high); NaN never holds.

    A difference that is no larger than what the solver may leave is none.
    """
    if order.relation == "eq":
        return all(abs(high - low) <= order.margin * (1.0 + ROUNDING) for low, high in pairs)
    return all(high - low > order.margin + SOLVER * max(abs(low), abs(high)) for low, high in pairs)


def count_rows(rows: Sequence[ScoredRow]) -> dict[str, int]:
    """Return ``rows``, ``answerable`` and the three bands; the bands add up to the answerable rows."""
    counts = {"rows": len(rows), "answerable": sum(each.answered for each in rows)}
    return counts | {band: sum(each.band == band for each in rows) for band in BANDS}


def count_orders(orders: Sequence[ScoredOrder]) -> dict[str, int]:
    """Return how many orders hold, of all that are not contested, and of the solid ones; contested ones apart.

    An order that cannot be answered counts in the totals and does not hold.
    """
    counted = [each for each in orders if not each.contested]
    solid = [each for each in counted if each.order.strength == "solid"]
    contested = [each for each in orders if each.contested]
    return {
        "order_true": sum(each.holds is True for each in counted),
        "order_total": len(counted),
        "order_solid_true": sum(each.holds is True for each in solid),
        "order_solid_total": len(solid),
        "order_unanswered": sum(each.holds is None for each in counted),
        "order_contested_true": sum(each.holds is True for each in contested),
        "order_contested_total": len(contested),
    }


def count_spread(spread: Sequence[ScoredSpread]) -> dict[str, int]:
    """Return how many rows give a SD between people, and for how many of them the simulated one is near it."""
    return {"sd_rows": len(spread), "sd_within": sum(each.within for each in spread)}
