"""The table of published trials, and what plain statistics predict for its rows, read from CSV."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bfrsim.errors import ScenarioError, did_you_mean
from bfrsim.library import scenarios_folder

Outcome = Literal["size", "strength"]
OUTCOMES: tuple[Outcome, ...] = ("size", "strength")

SCORED = "score"
CALIBRATE = "calibrate"
COLUMNS = (
    "id", "study", "cohort", "arm", "outcome_class", "outcome", "time_weeks", "change_pct", "se_pct", "use", "role",
)  # fmt: skip
BASELINE_COLUMNS = ("id", "stimulus", "weight", "meta_regression", "mean_by_stimulus")


@dataclass(frozen=True)
class Published:
    """A row of the table: what one arm of a study did in one outcome.

    Attributes
    ----------
    change, se : mean change from before training and its standard error [%]; NaN where the paper gives no number.
    weeks : time of the measurement since the start [week]; NaN where there is none.
    texts : the other columns as they stand.
    """

    id: str
    study: str
    cohort: str
    arm: str
    outcome_class: str
    outcome: str
    weeks: float
    change: float
    se: float
    scored: bool
    calibrate: bool
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Baseline:
    """What statistics predict for a row when fitted without its cohort [%], and the row's weight."""

    stimulus: str
    weight: float
    meta_regression: float
    mean_by_stimulus: float


@dataclass(frozen=True)
class Spread:
    """Scatter of an outcome: between trials, as used for weights, and between people where none is printed [%]."""

    between_trial: float
    weight: float
    change: float


def shipped_trials() -> Path:
    """Return the folder of the shipped trial files."""
    return scenarios_folder() / "trials"


def shipped_evidence() -> Path:
    """Return the shipped table of published trials."""
    return scenarios_folder() / "evidence" / "trials.csv"


def shipped_baseline() -> Path:
    """Return the shipped table of what plain statistics predict."""
    return scenarios_folder() / "evidence" / "baseline.csv"


def read_published(path: Path) -> dict[str, Published]:
    """Return the rows of a table of published trials by their id.

    Raises
    ------
    ScenarioError
        With file, line and column, if a column is missing or a value is no number; likewise for a repeated id.
    """
    rows: dict[str, Published] = {}
    for line, row in _lines(path, COLUMNS):
        if row["id"] in rows:
            raise ScenarioError(f"the id '{row['id']}' stands twice", path, line)
        scored = row["use"] == SCORED
        if scored and row["outcome_class"] not in OUTCOMES:
            raise ScenarioError(f"outcome_class = '{row['outcome_class']}': expected size or strength", path, line)
        numbers = {
            name: _number(row[name], name, path, line, scored) for name in ("time_weeks", "change_pct", "se_pct")
        }
        if scored and not numbers["se_pct"] > 0:
            raise ScenarioError(f"se_pct = {row['se_pct']}: expected a standard error above 0", path, line)
        rows[row["id"]] = Published(
            row["id"], row["study"], row["cohort"], row["arm"], row["outcome_class"], row["outcome"],
            numbers["time_weeks"], numbers["change_pct"], numbers["se_pct"], scored, row["role"] == CALIBRATE, row,
        )  # fmt: skip
    return rows


def read_baseline(path: Path) -> dict[str, Baseline]:
    """Return what plain statistics predict, by the id of the row.

    Raises
    ------
    ScenarioError
        As `read_published`.
    """
    found = {}
    for line, row in _lines(path, BASELINE_COLUMNS):
        values = {name: _number(row[name], name, path, line, needed=True) for name in BASELINE_COLUMNS[2:]}
        if not values["weight"] > 0:
            raise ScenarioError(f"weight = {row['weight']}: expected a weight above 0", path, line)
        found[row["id"]] = Baseline(row["stimulus"], **values)
    return found


def read_spread(path: Path | None = None) -> dict[str, Spread]:
    """Return the scatter of each outcome, from the shipped table unless told otherwise."""
    path = path or scenarios_folder() / "evidence" / "trial_spread.csv"
    columns = ("between_trial_sd", "weight_sd", "change_sd")
    return {
        row["outcome"]: Spread(*(numbers[name] for name in columns))
        for row, numbers in read_columns(path, ("outcome",), columns)
    }


def read_columns(
    path: Path, texts: Sequence[str], numbers: Sequence[str]
) -> list[tuple[dict[str, str], dict[str, float]]]:
    """Return each line of a table, and the values of the columns that must be numbers."""
    return [
        (row, {name: _number(row[name], name, path, line, needed=True) for name in numbers})
        for line, row in _lines(path, (*texts, *numbers))
    ]


def weights(rows: Sequence[Published], baseline: Mapping[str, Baseline], spread: Mapping[str, Spread]) -> list[float]:
    """Return the weight of each row: that of the baseline, or by its formula where the baseline does not know the row.

    The formula is 1 / (se**2 + tau**2), divided by the number of rows of the cohort in that outcome.
    """
    count = Counter((row.cohort, row.outcome_class) for row in rows)
    return [
        baseline[row.id].weight
        if row.id in baseline
        else 1 / (row.se**2 + spread[row.outcome_class].weight ** 2) / count[row.cohort, row.outcome_class]
        for row in rows
    ]


def check_ids(asked: Iterable[str], rows: Mapping[str, Published], path: Path, evidence: Path) -> None:
    """Raise ScenarioError if a trial file names a row that the table lacks."""
    for name in asked:
        if name not in rows:
            raise ScenarioError(f"no row '{name}' in {evidence}{did_you_mean(name, rows)}", path)


def _lines(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                hint = did_you_mean(missing[0], reader.fieldnames or ())
                raise ScenarioError(f"no column '{missing[0]}'{hint}; needed are {', '.join(columns)}", path, 1)
            found = []
            for row in reader:
                if None in row or None in row.values():
                    raise ScenarioError("this line has not as many cells as the head", path, reader.line_num)
                found.append((reader.line_num, row))
            return found
    except OSError as error:
        raise ScenarioError(f"cannot read this table: {error.strerror or error}", path) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError(f"not a table of UTF-8 text with commas: {error}", path) from None


def _number(text: str, column: str, path: Path, line: int, needed: bool) -> float:
    if not text.strip() and not needed:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if needed and not math.isfinite(value):
        raise ScenarioError(f"{column} = '{text[:40]}': expected a number", path, line)
    return value
