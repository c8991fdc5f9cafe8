"""Tables a trial reads: errors of instruments, rates of adherence and drop-out, rules of setting and testing."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from bfrsim.library import scenarios_folder

NO_INSTRUMENT = "none"  # measures without error
DIFFERENCE = 1.96 * math.sqrt(2.0)  # typical errors that the change of one person must exceed to be told from none


@dataclass(frozen=True)
class Instrument:
    """Typical error of one measurement: as a share of the value where known, else in `unit`.

    Attributes
    ----------
    cv : share of the value [1]; 0 where the error does not grow with it.
    error : in `unit`; 0 where `cv` tells it.
    """

    id: str
    words: str
    cv: float
    error: float
    unit: str
    confidence: str
    source: str


@dataclass(frozen=True)
class Rate:
    """A published rate; a share [1] where the table has per cent."""

    id: str
    value: float
    unit: str
    population: str
    source: str
    confidence: str


@cache
def instruments() -> Mapping[str, Instrument]:
    """Return the instruments whose error the table tells, by id, and one without error."""
    found = {NO_INSTRUMENT: Instrument(NO_INSTRUMENT, "without error", 0.0, 0.0, "", "assumed", "assumed")}
    for row in _rows("instruments.csv"):
        cv, error = _number(row["cv_percent"]), _number(row["typical_error"])
        if row["unit"].startswith("%") or row["unit"] == "log units" or "not an error" in row["unit"]:
            continue  # gains by learning and spreads of diet, no errors of a measurement
        if cv is None and error is None:
            continue
        words = f"{row['instrument']}, {row['quantity']} ({row['population']})"
        found[row["id"]] = Instrument(
            row["id"], words, (cv or 0.0) / 100.0, 0.0 if cv is not None else error or 0.0, row["unit"],
            row["confidence"], row["source"],
        )  # fmt: skip
    return MappingProxyType(found)


@cache
def rates() -> Mapping[str, Rate]:
    """Return the rows of ``trial_operations.csv`` that are shares of people or sessions, by id."""
    return MappingProxyType({row["id"]: _rate(row) for row in _rows("trial_operations.csv") if row["unit"] == "%"})


def rate_of(told: float | str) -> float:
    """Return a share that is told, or that of a published row."""
    return rates()[told].value if isinstance(told, str) else float(told)


@cache
def rules() -> Mapping[tuple[str, str], float]:
    """Return (rule, for whom) -> value, shares as shares of 1."""
    return MappingProxyType(
        {
            (row["rule"], row["who"]): float(row["value"]) / (100.0 if row["unit"].startswith("%") else 1.0)
            for row in _rows("trial_rules.csv")
        }
    )


def _rate(row: Mapping[str, str]) -> Rate:
    return Rate(row["id"], float(row["value"]) / 100.0, "1", row["population"], row["source"], row["confidence"])


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (scenarios_folder() / "evidence" / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _number(text: str) -> float | None:
    return float(text) if text else None
