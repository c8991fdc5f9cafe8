"""The protocols of the frozen study model (`models/study.bfr`): rows of seconds and inputs, each with its kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

MODEL = Path(__file__).with_name("models") / "study.bfr"
CUFF, LOAD, DUTY = 0.5, 0.3, 0.8
REPETITIONS = (30, 15, 15, 15)  # 3 s each
REST, BEFORE, AFTER = 30.0, 60.0, 600.0  # s: between sets, inflated before the first, recovery after the last
WEEKS, TRAINING_DAYS = 12, (0, 3)
HOUR, MEAL, LEUCINE = 3600.0, 900.0, 17.0  # s, s, mmol in a meal
MORNING, NOON = 8 * HOUR, 4.75 * HOUR  # until the first meal; from its end to the second


@dataclass(frozen=True)
class Row:
    """A stretch of constant input: r, L, Dn, on, meal of the model."""

    kind: str
    seconds: float
    inputs: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)


def session() -> list[Row]:
    """Return one session with its recovery: 9 rows, 975 s."""
    return [*_sets(), Row("recovery", AFTER)]


def programme() -> list[Row]:
    """Return twelve weeks of three meals a day and two sessions a week: 804 rows."""
    return [row for day in range(7 * WEEKS) for row in _day(day % 7 in TRAINING_DAYS)]


def arrays(rows: list[Row]) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return durations (S,), inputs (S, 5) and kinds."""
    return np.array([row.seconds for row in rows]), np.array([row.inputs for row in rows]), tuple(r.kind for r in rows)


def _sets() -> list[Row]:
    rows = [Row("inflation", BEFORE, (CUFF, 0.0, 0.0, 0.0, 0.0))]
    for count in REPETITIONS:
        rows += [Row("set", 3.0 * count, (CUFF, LOAD, DUTY, 1.0, 0.0)), Row("rest", REST, (CUFF, 0.0, 0.0, 0.0, 0.0))]
    return rows[:-1]


def _day(trains: bool) -> list[Row]:
    meal = Row("meal", MEAL, (0.0, 0.0, 0.0, 0.0, LEUCINE / MEAL))
    noon = [Row("free", NOON)]
    if trains:
        sets, before = _sets(), 1.75 * HOUR
        after = NOON - before - sum(row.seconds for row in sets)
        noon = [Row("free", before), *sets, Row("free", after)]
    return [Row("free", MORNING), meal, *noon, meal, Row("free", 5.75 * HOUR), meal, Row("free", NOON)]
